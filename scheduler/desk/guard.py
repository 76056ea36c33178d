"""Who may come in, and what goes out with every answer.

host      names nobody gave this desk are refused: a page elsewhere cannot speak to it
headers   no script but our own files, no frame, no referrer, nothing kept by caches
actor     a browser's cookie or a program's token, looked up in the archive
form      read here, small, and with the word of the page it was sent from (CSRF)
"""

import base64
import binascii
from collections.abc import Collection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.desk import secrets
from scheduler.desk.doors import Doors
from scheduler.desk.locale import catalogue
from scheduler.desk.page import choices
from storage.people import Actor

COOKIE = "rasid_desk"
# A note, a watch with its cases: more is no form of ours.
LARGEST_FORM = 256 * 1024
OPEN = ("/static/", "/enter")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_CHANGES = ("POST", "PUT", "PATCH", "DELETE")


class Guard:
    """The middleware in front of every room. *hosts* are the names this desk answers to."""

    def __init__(self, app: ASGIApp, doors: Doors, hosts: Collection[str]) -> None:
        self._app = app
        self._doors = doors
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _with_headers(send, static=scope["path"].startswith("/static/"))
        headers = Headers(scope=scope)
        refusal: Response | None
        if host_name(headers.get("host", "")) not in self._hosts:
            refusal = PlainTextResponse("no such host\n", 421)
        elif "\0" in scope["path"] or b"%00" in scope["query_string"]:
            # PostgreSQL keeps no text with it, so nothing can be called so.
            refusal = _said(scope, 404, "address")
        else:
            refusal, receive = await self._admit(scope, headers, receive)
        await (refusal or self._app)(scope, receive, answer)

    async def _admit(
        self, scope: Scope, headers: Headers, receive: Receive
    ) -> tuple[Response | None, Receive]:
        """Put the actor and the form into the scope; return a refusal where there is one."""
        state = scope.setdefault("state", {})
        path = scope["path"]
        visit = cookie(headers, COOKIE)
        state.update(visit=visit, actor=None, form={}, csrf=secrets.csrf(visit) if visit else "")
        state.update(by_token=False, body=b"")
        if path.startswith("/static/"):
            return None, receive
        token = token_of(headers)
        if token is not None:
            state["by_token"] = True
            state["actor"] = await to_thread.run_sync(self._doors.bearer, token)
        elif visit:
            state["actor"] = await to_thread.run_sync(self._doors.visitor, visit)
        if state["actor"] is None and (token is not None or not path.startswith(OPEN)):
            return _refused(scope), receive
        if scope["method"] not in _CHANGES:
            return None, receive
        # A browser sends Basic by itself, whoever asked for it: only Bearer says a program asks.
        is_bearer = headers.get("authorization", "").lower().startswith("bearer ")
        return await _form(scope, headers, receive, by_program=is_bearer)


async def _form(
    scope: Scope, headers: Headers, receive: Receive, *, by_program: bool
) -> tuple[Response | None, Receive]:
    """Read the body of a change, and refuse one that our own pages did not send."""
    body = await _read(receive)
    if body is None:
        return _said(scope, 413, "large"), receive
    state = scope["state"]
    state["body"] = body
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        try:
            state["form"] = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=2000)
        except ValueError:
            return _said(scope, 400, "form"), receive
        if any("\0" in value for values in state["form"].values() for value in values):
            return _said(scope, 400, "form"), receive
    brought = headers.get("x-csrf-token") or state["form"].get("csrf", [""])[0]
    if not by_program and not (state["csrf"] and secrets.same(brought, state["csrf"])):
        return _refused(scope, 403, "old"), receive
    return None, _again(body)


def host_name(host: str) -> str:
    """Return a Host header's name, without its port.

    >>> host_name("[::1]:8765"), host_name("Desk.example:80")
    ('[::1]', 'desk.example')
    """
    name, colon, port = host.strip().lower().rpartition(":")
    return name if colon and port.isdigit() else host.strip().lower()


def cookie(headers: Headers, name: str) -> str:
    """Return one cookie's value, or nothing."""
    found: SimpleCookie = SimpleCookie()
    try:
        found.load(headers.get("cookie", ""))
    except ValueError:
        return ""
    return found[name].value if name in found else ""


def token_of(headers: Headers) -> str | None:
    """Return the token a program shows: as Bearer, or as the password of Basic for feed readers."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return None


def actor(request: Any) -> Actor:
    """Return who asks; the guard has let nobody else in."""
    found: Actor = request.state.actor
    return found


def _said(scope: Scope, status: int, key: str) -> Response:
    """Say no in words: to programs as JSON, to people in their language."""
    if scope["path"].startswith("/api/"):
        return JSONResponse({"detail": _words(scope, key)}, status)
    return PlainTextResponse(_words(scope, key) + "\n", status)


def _words(scope: Scope, key: str) -> str:
    """Return why something is refused, in the reader's language; to programs in English."""
    people = not scope["path"].startswith("/api/") and not scope.get("state", {}).get("by_token")
    language = choices(Request(scope))["lang"] if people else "en"
    return str(catalogue(language)[f"refused.{key}"])


def _refused(scope: Scope, status: int = 401, key: str = "enter") -> Response:
    path, reason = scope["path"], _words(scope, key)
    if path.startswith("/api/") or path.endswith(".atom"):
        return JSONResponse(
            {"detail": reason},
            status,
            headers={"WWW-Authenticate": 'Basic realm="Rasid", Bearer'} if status == 401 else None,
        )
    is_program = scope["state"]["by_token"]
    if status != 401 or path == "/live" or is_program:
        return PlainTextResponse(reason + "\n", status)
    if Headers(scope=scope).get("hx-request") == "true":
        # Into the page that is open the door does not fit: it is opened in its place.
        return PlainTextResponse(reason + "\n", status, headers={"HX-Redirect": "/enter"})
    if scope["method"] not in ("GET", "HEAD"):
        # What was to be done is not done; the page it was on may be asked for again.
        return RedirectResponse("/enter", 303)
    asked = path + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    place = "/enter" if asked == "/" else f"/enter?next={quote(asked, safe='')}"
    return RedirectResponse(place, 303)


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body, or None for one that is larger than any form."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > LARGEST_FORM:
            return None
        if not message.get("more_body"):
            return body


def _again(body: bytes) -> Receive:
    """Return what gives *body* once more, to who reads it behind the guard."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive


def _with_headers(send: Send, *, static: bool) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "max-age=3600" if static else "no-store")
        await send(message)

    return answer
