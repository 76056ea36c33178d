"""The desk as an ASGI application: which address leads to which room, and for whom."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime

from anyio import to_thread
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from scheduler.config import Config
from scheduler.desk import atom
from scheduler.desk.api import routes as api
from scheduler.desk.checking import Checks
from scheduler.desk.doors import Doors
from scheduler.desk.guard import Guard, actor
from scheduler.desk.live import Live
from scheduler.desk.page import Desk, Mistake, complaint, locale_of, page
from scheduler.desk.rhythms import Rhythms
from scheduler.desk.rooms import (
    article,
    editor,
    enter,
    health,
    packs,
    people,
    search,
    settings,
    sites,
    stream,
    trends,
    watches,
)
from storage.errors import RasidError

# Rooms asked at once. Each holds a thread and a connection, and the service needs its share.
AT_ONCE = 6


class _Number(Convertor[int]):
    """A number in an address that fits into the archive's columns."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


class _Form(Convertor[str]):
    """A form articles are given out in."""

    regex = "jsonl|csv"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("number", _Number())
register_url_convertor("form", _Form())

Room = Callable[[Request], Response]


def application(
    config: Config,
    engine: Engine,
    clock: Callable[[], datetime],
    environ: Mapping[str, str],
    *,
    doors: Doors,
    hosts: Collection[str],
) -> Starlette:
    """Return the desk of an archive; *engine* is its own, *hosts* are the names it answers to."""
    live, checks = Live(engine), Checks(config, environ)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = AT_ONCE
        looking = asyncio.create_task(live.run())
        try:
            yield
        finally:
            looking.cancel()
            checks.stop()
            await to_thread.run_sync(app.state.desk.chores.close)

    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(Guard, doors=doors, hosts=hosts)],
        exception_handlers={RasidError: _mistake, HTTPException: _no_such, Exception: _fault},
        lifespan=lifespan,
    )
    app.state.desk = Desk(config, engine, clock, environ, doors, checks, Rhythms(engine, clock))
    app.state.live = live
    return app


def _routes() -> Sequence[BaseRoute]:
    get, post = ("GET",), ("POST",)
    return [
        Mount("/static", StaticFiles(packages=[("scheduler.desk", "static")]), name="static"),
        _open("/enter", enter.show, get),
        _open("/enter", enter.by_password, post),
        _open("/enter/{key}", enter.by_key, get),
        _open("/enter/choice", enter.choose, post),
        _room("/leave", enter.leave, post),
        Route("/live", _live),
        _room("/", stream.room, get),
        _room("/alerts/new", stream.new, get),
        _room("/alerts/said", stream.said, get),
        _room("/alerts", stream.handle_many, post, role="editor"),
        _room("/alerts/{alert_id:number}", stream.card, get),
        _room("/alerts/{alert_id:number}", stream.handle, post, role="editor"),
        _room("/articles/{article_id:number}", article.room, get),
        _room("/search", search.room, get),
        _room("/search/facets", search.facets, get),
        _room("/search/export.{form:form}", search.export, get),
        *_watches(),
        _room("/health", health.room, get),
        _room("/health/card", health.card, get),
        _room("/sites", sites.room, get),
        _room("/sites/{key}", sites.one, get),
        _room("/sites/{key}", sites.change, post, role="admin"),
        _room("/sites/{key}/check", sites.checked, get),
        _room("/sites/{key}/check", sites.begin_check, post, role="admin"),
        *_settings(),
        *api.routes(),
        _room("/alerts.atom", atom.everything, get),
        _room("/watches/{watch_id:number}.atom", atom.watch, get),
        _room("/views", stream.keep_view, post),
        _room("/views/{view_id:number}", stream.drop_view, post),
    ]


def _settings() -> Sequence[BaseRoute]:
    get, post = ("GET",), ("POST",)
    return [
        _own("/settings", settings.room, get),
        _own("/settings/password", settings.change_password, post),
        _own("/settings/tokens", settings.add_token, post),
        _own("/settings/tokens/{token_id:number}", settings.end_token, post),
        _own("/settings/visits", settings.end_visits, post),
        _own("/settings/people", people.room, get, role="admin"),
        _own("/settings/people", people.add, post, role="admin"),
        _own("/settings/people/{person_id:number}", people.change, post, role="admin"),
        _own("/settings/channels", people.channels, get, role="admin"),
        _own("/settings/channels", people.test_channel, post, role="admin"),
        _own("/settings/log", people.log, get, role="admin"),
    ]


def _watches() -> Sequence[BaseRoute]:
    get, post = ("GET",), ("POST",)
    return [
        _room("/watches", watches.room, get),
        _room("/watches/one", watches.one, get),
        _room("/watches/mute", watches.mute, post, role="editor"),
        _room("/watches/remove", watches.remove, post, role="editor"),
        _room("/watches/earlier", watches.earlier, post, role="editor"),
        _room("/watches/edit", editor.room, get, role="editor"),
        _room("/watches/edit", editor.change, post, role="editor"),
        _room("/watches/forecast", editor.forecast, post, role="editor"),
        _room("/watches/packs", packs.room, get),
        _room("/trends", trends.room, get),
        _room("/trends.csv", trends.export, get),
    ]


def _open(path: str, room: Room, methods: Sequence[str]) -> Route:
    """A room for everybody."""
    return Route(path, room, methods=list(methods))


def _room(path: str, room: Room, methods: Sequence[str], *, role: str = "viewer") -> Route:
    """A room for those who may do what *role* may."""

    def entered(request: Request) -> Response:
        if not actor(request).may(role):
            raise HTTPException(403, role)
        return room(request)

    return Route(path, entered, methods=list(methods))


def _own(path: str, room: Room, methods: Sequence[str], *, role: str = "viewer") -> Route:
    """A room for people themselves: a token makes no tokens, and lets nobody in."""

    def in_person(request: Request) -> Response:
        if request.state.by_token:
            raise HTTPException(403, "a token does not open the settings; come in by the door")
        return room(request)

    return _room(path, in_person, methods, role=role)


async def _live(request: Request) -> Response:
    live: Live = request.app.state.live
    if live.full:
        return PlainTextResponse("too many desks listen\n", 503, headers={"Retry-After": "30"})
    return StreamingResponse(
        live.listen(),
        media_type="text/event-stream",
        # A proxy that gathers would hold everything back.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _mistake(request: Request, error: Exception) -> Response:
    """Something the reader can put right, said in one line."""
    said = str(error)
    if request.scope["path"].startswith("/api/"):
        return JSONResponse({"detail": said}, 400)
    if isinstance(error, Mistake):
        said = locale_of(request).t(error.key, error.n, **error.values)
    elif isinstance(error, RasidError):
        said = complaint(request, error)
    return page(request, "trouble.html", status=400, code=400, said=said)


def _no_such(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.scope["path"].startswith("/api/"):
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)
    if request.state.actor is None:
        return PlainTextResponse(f"{error.detail}\n", error.status_code, headers=error.headers)
    said = error.detail if error.status_code == 403 else ""
    return page(
        request, "trouble.html", status=error.status_code, code=error.status_code, said=said
    )


def _fault(request: Request, error: Exception) -> Response:
    """A fault of ours: the server logs it, and nothing of it is shown."""
    del error
    if request.scope["path"].startswith("/api/"):
        return JSONResponse({"detail": "a fault of ours; the log says more"}, 500)
    return PlainTextResponse("a fault of ours; the log says more\n", 500)
