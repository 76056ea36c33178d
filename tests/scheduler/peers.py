"""Servers on loopback that messages are sent to, in the moods real ones have."""

import contextlib
import email
import email.policy
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@dataclass
class Mailbox:
    """An SMTP server that keeps what it is given, or says *answer* instead.

    With "cut" it keeps a letter and breaks off before it says so.
    """

    answer: str = "250 OK"
    refused: tuple[str, ...] = ()
    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    # Who may log in, and who tried.
    login: tuple[str, str] | None = None
    logins: list[tuple[str, str]] = field(default_factory=list)

    def authenticate(self, _server, _session, _envelope, _mechanism, given) -> AuthResult:
        said = (given.login.decode(), given.password.decode())
        self.logins.append(said)
        return AuthResult(success=said == self.login, handled=False)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        if self.answer.startswith(("250", "cut")):
            self.recipients += envelope.rcpt_tos
            self.received.append(
                email.message_from_bytes(envelope.content, policy=email.policy.default)
            )
        if self.answer == "cut":
            server.transport.abort()
        return self.answer


@contextlib.contextmanager
def smtp(
    answer: str = "250 OK",
    *,
    context: ssl.SSLContext | None = None,
    at_once: bool = False,
    **options: Any,
) -> Iterator[Mailbox]:
    """A server; with *context* it takes letters over TLS only, asked for or *at once*."""
    mailbox = Mailbox(answer, port=free_port(), **{"refused": (), **options})
    secure: dict[str, Any] = {}
    if context is not None:
        secure = (
            {"ssl_context": context}
            if at_once
            else {"tls_context": context, "require_starttls": True}
        )
    if mailbox.login is not None:
        # Behind TLS from the start it does not know that it is there.
        secure |= {
            "authenticator": mailbox.authenticate,
            "auth_required": True,
            "auth_require_tls": not at_once,
        }
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **secure)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@dataclass
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class WebPeer:
    """A web server; *moods* are its next answers, after them *mood* for ever.

    A mood is a status, (status, headers, body), "hang" (no answer for a while) or "half"
    (a yes that breaks off), "cut" (the connection, before any answer).
    """

    mood: Any = 200
    moods: list[Any] = field(default_factory=list)
    port: int = 0
    received: list[Posted] = field(default_factory=list)
    hanging: float = 1.0

    def next(self) -> Any:
        return self.moods.pop(0) if self.moods else self.mood


@contextlib.contextmanager
def web(mood: Any = 200, *moods: Any) -> Iterator[WebPeer]:
    peer = WebPeer(mood=moods[-1] if moods else mood, moods=[mood, *moods[:-1]] if moods else [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            peer.received.append(Posted(self.path, dict(self.headers), body))
            self.answer(peer.next())

        def answer(self, mood: Any) -> None:
            if mood == "hang":
                time.sleep(peer.hanging)
                return
            if mood == "cut":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if mood == "half":
                mood = (200, {"Content-Length": "500"}, b'{"ok":true,"resu')
            status, headers, said = (mood, {}, b"") if isinstance(mood, int) else mood
            self.send_response(status)
            for name, value in {"Content-Length": str(len(said)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    peer.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def telegram_yes(number: int = 1) -> Any:
    return (200, {}, json.dumps({"ok": True, "result": {"message_id": number}}).encode())


def telegram_no(status: int, description: str, **parameters: Any) -> Any:
    said = {"ok": False, "error_code": status, "description": description}
    if parameters:
        said["parameters"] = parameters
    return (status, {}, json.dumps(said).encode())
