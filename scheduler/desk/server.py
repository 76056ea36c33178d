"""The desk served: bound, with its way in, in a thread of the process that asks for it."""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.config import Config
from storage.errors import ConfigError

LOCAL = ("localhost", "127.0.0.1", "[::1]")
# How long a request that is being answered may take when the service ends.
PATIENCE = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """Where the desk is; *link* leads in once, while nobody has a password."""

    base: str
    link: str | None

    @property
    def greeting(self) -> str:
        """A line for who started it."""
        if self.link is None:
            return f"the desk: {self.base}/"
        return f"the desk: {self.link} (good once; `rasid user add NAME --role admin` gives you a password)"


@contextlib.contextmanager
def serving(
    config: Config,
    clock: Callable[[], datetime],
    environ: Mapping[str, str],
    tell: Callable[[str], None],
) -> Iterator[Served | None]:
    """Serve the desk of *config* as long as the block runs; None where there is none to serve.

    The archive must be there. An address somebody else listens on is told of, and
    the rest of the service goes on. Raises ConfigError for an address that is none,
    cannot be had at all, or that others can reach while nobody has a password.
    """
    if not config.desk.address:
        yield None
        return
    from scheduler.desk.app import application
    from scheduler.desk.doors import Doors
    from storage.database import open_archive

    host, port = place(config.desk.address)
    # Connections of its own: a room that waits for one holds up no pass of the service.
    engine = open_archive(config.archive)
    try:
        doors = Doors(engine, clock)
        if not _is_loopback(host) and not doors.guarded():
            raise ConfigError(
                f"desk: {config.desk.address} can be reached by others, and nobody has a password; "
                "run `rasid user add NAME --role admin` first, or listen on 127.0.0.1"
            )
        listening = _bound(host, port, config.desk.address, tell)
        if listening is None:
            yield None
            return
        with contextlib.closing(listening):
            port = listening.getsockname()[1]
            names = {*LOCAL, _as_name(host), *config.desk.hosts}
            app = application(config, engine, clock, environ, doors=doors, hosts=names)
            base = f"http://{_as_name(host) if _is_loopback(host) else 'localhost'}:{port}"
            key = doors.mint()
            with _uvicorn(app, listening):
                yield Served(base, f"{base}/enter/{key}" if key else None)
    finally:
        engine.dispose()


def place(address: str) -> tuple[str, int]:
    """Return host and port of `[desk] address`.

    >>> place("127.0.0.1:8765"), place("[::1]:80")
    (('127.0.0.1', 8765), ('::1', 80))
    """
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f'desk: "{address}" is no address; write it like 127.0.0.1:8765')
    return host, int(port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _as_name(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _bound(host: str, port: int, address: str, tell: Callable[[str], None]) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        said = (
            f"desk: {address} cannot be listened on ({error.strerror}); choose another "
            'address under [desk], or address = "" for none'
        )
        if error.errno != errno.EADDRINUSE:
            raise ConfigError(said) from None
        tell(said)
        return None
    return listening


@contextlib.contextmanager
def _uvicorn(app: Any, listening: socket.socket) -> Iterator[None]:
    import uvicorn

    settings = uvicorn.Config(
        app,
        # Ours is set up already; and addresses asked for are nobody's business.
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
        limit_concurrency=1_000,
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(
        target=asyncio.run, args=(server.serve(sockets=[listening]),), name="desk", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        app.state.live.close()
        thread.join(PATIENCE * 3)
