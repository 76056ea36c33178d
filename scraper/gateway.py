"""The one way out for a browser: a SOCKS proxy on the loopback that looks up hosts as crawls do.

A page's scripts, frames and redirects may name any address, and a browser would go there. It is
told to go nowhere but here, names unresolved; what is not public is refused, save the hosts of
the page's own site where its file allows private addresses. Nor does a browser get anywhere with
what it asks for of its own accord: only to its site, and to hosts that the page was seen to ask for.
"""

import asyncio
import ipaddress
import logging
import struct
from collections.abc import Callable
from contextlib import suppress

from scrapy.exceptions import CannotResolveHostError, DownloadConnectionRefusedError
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError

from scraper import resolver

log = logging.getLogger(__name__)

# RFC 1928: the version, the one command that is understood, and what is answered.
SOCKS5, CONNECT, NO_LOGIN = 5, 1, 0
IPV4, NAME, IPV6 = 1, 3, 4
GRANTED, FORBIDDEN, NO_HOST, REFUSED = 0, 2, 4, 5

CHUNK = 64 * 1024


class Gateway:
    """Connects a browser to public hosts and to those that *owns* knows, a page at a time."""

    def __init__(self, owns: Callable[[str], bool], *, most: int, seconds: float) -> None:
        """Let a page receive *most* bytes, and wait *seconds* for a host."""
        self._owns = owns
        self._most = most
        self._seconds = seconds
        self._server: asyncio.Server | None = None
        self._tunnels: set[asyncio.Task[None]] = set()
        self._received = 0
        # Other hosts that the page asks for.
        self._expected: set[str] = set()
        # Why hosts could not be reached for this page, and where they were.
        self.troubles: dict[str, Exception] = {}
        self.addresses: dict[str, str] = {}

    async def open(self) -> str:
        """Begin to serve; return where."""
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        return f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
        for tunnel in self._tunnels:
            tunnel.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)

    def next_page(self) -> None:
        """Forget what the page before received and what it met."""
        self._received = 0
        self._expected.clear()
        self.troubles.clear()

    def expect(self, host: str | None) -> None:
        """Let the page through to *host*, if that is public."""
        if host is not None:
            self._expected.add(host)

    @property
    def spent(self) -> bool:
        """Whether the page received more than it may."""
        return self._received > self._most

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._attend(reader, writer))
        self._tunnels.add(task)
        task.add_done_callback(self._tunnels.discard)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError) as error:
            # Either side may hang up at any time.
            log.debug("a browser's connection ended: %s", error)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        if version != SOCKS5:
            return
        writer.write(bytes((SOCKS5, NO_LOGIN)))
        host, port = await _wanted(reader)
        name = f"[{host}]" if ":" in host else host
        own = self._owns(f"http://{name}:{port}/")
        if not own and host not in self._expected:
            writer.write(_answer(FORBIDDEN))
            return
        try:
            async with asyncio.timeout(self._seconds):
                address = await self._address(host, own=own)
                there = await asyncio.open_connection(address, port)
        except (OSError, DNSLookupError) as error:
            code, self.troubles[host] = _meaning(host, error)
            writer.write(_answer(code))
            return
        self.addresses[host] = address
        writer.write(_answer(GRANTED))
        await self._relay(reader, writer, *there)

    async def _address(self, host: str, *, own: bool) -> str:
        """Return where *host* is; PrivateAddressError where a page may not go."""
        address = await maybe_deferred_to_future(resolver.lookup(host))
        if not own:
            resolver.check_public(address, host)
        return address

    async def _relay(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there_reader: asyncio.StreamReader,
        there_writer: asyncio.StreamWriter,
    ) -> None:
        sending = asyncio.create_task(_copy(reader, there_writer))
        try:
            while not self.spent and (data := await there_reader.read(CHUNK)):
                self._received += len(data)
                writer.write(data)
                await writer.drain()
        finally:
            sending.cancel()
            there_writer.close()


async def _wanted(reader: asyncio.StreamReader) -> tuple[str, int]:
    """Return the host and port a client asks to be connected to."""
    _, command, _, kind = await reader.readexactly(4)
    if command != CONNECT:
        raise OSError("only connections are made here")
    if kind == NAME:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode(
            "ascii", "replace"
        )
    else:
        packed = await reader.readexactly(4 if kind == IPV4 else 16)
        host = str(ipaddress.ip_address(packed))
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    return host, port


def _meaning(host: str, error: Exception) -> tuple[int, Exception]:
    """Return what is answered, and what the crawl is told, of a host that cannot be reached."""
    if isinstance(error, resolver.PrivateAddressError):
        return FORBIDDEN, error
    if isinstance(error, DNSLookupError):
        return NO_HOST, CannotResolveHostError(f"{host}: {error}")
    return REFUSED, DownloadConnectionRefusedError(f"{host}: {error}")


def _answer(code: int) -> bytes:
    # The address and port it was bound to concern nobody.
    return struct.pack("!BBBBIH", SOCKS5, code, 0, IPV4, 0, 0)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
