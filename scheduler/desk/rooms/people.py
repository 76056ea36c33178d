"""Who works at the desk, its channels, and what was done here. For those who may handle people."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scheduler import connections
from scheduler.desk import secrets
from scheduler.desk.guard import actor
from scheduler.desk.page import Mistake, desk_of, form, page, see_other
from scheduler.desk.rooms import enter
from scheduler.desk.rooms.settings import done, hashed
from storage import deeds, people
from storage.database import reading, session
from storage.desk_tables import Person
from storage.errors import InputError

PAGE = 50
# What deeds are done to; the log can be read of one kind alone.
KINDS = ("alert", "watch", "site", "person", "token", "channel")


def room(request: Request) -> Response:
    """The people, each with what may be done about them."""
    desk = desk_of(request)
    with reading(desk.engine) as db:
        everybody, presence = people.everybody(db), people.presence(db)
    return page(
        request,
        "people.html",
        everybody=everybody,
        presence=presence,
        roles=people.ROLES,
        shortest=secrets.SHORTEST,
        done=done(request),
    )


def add(request: Request) -> Response:
    """Add a person. The first one is whoever adds them, and comes in at once."""
    desk, now = desk_of(request), desk_of(request).clock()
    name, role = " ".join(form(request, "name").split()), form(request, "role")
    kept = hashed(form(request, "password"))
    is_first = actor(request).person_id is None
    if is_first and role != "admin":
        raise Mistake("people.first")
    if not name or len(name) > 64:
        raise Mistake("people.nameless")
    with session(desk.engine) as db:
        if people.find(db, name) is not None:
            raise Mistake("people.taken", name=name)
        person = people.add(db, name, kept, role, now)
        deeds.note(db, actor(request).name, "add", "person", name, now, role=role)
        answer = see_other("/settings/people?done=person")
        if is_first:
            secret = secrets.fresh()
            people.begin_visit(db, secret, person, request.headers.get("user-agent", ""), now)
            enter.hand(request, answer, secret)
    return answer


def change(request: Request) -> Response:
    """Give a person another role or password, end their visits, shut or open the door to them."""
    desk = desk_of(request)
    deed = form(request, "deed")
    if deed not in _CHANGES:
        raise HTTPException(400)
    with session(desk.engine) as db:
        person = db.get(Person, request.path_params["person_id"])
        if person is None:
            raise HTTPException(404)
        detail = _CHANGES[deed](db, person, request)
        deeds.note(
            db, actor(request).name, deed, "person", person.name, desk.clock(), **(detail or {})
        )
    return see_other("/settings/people?done=person")


def _role(db: Session, person: Person, request: Request) -> dict[str, Any]:
    role = form(request, "role")
    if role not in people.ROLES:
        raise HTTPException(400)
    _changed(db, person, role=role)
    return {"role": role}


def _shut(db: Session, person: Person, _request: Request) -> None:
    _changed(db, person, active=False)


def _open(db: Session, person: Person, _request: Request) -> None:
    _changed(db, person, active=True)


def _password(db: Session, person: Person, request: Request) -> None:
    person.password = hashed(form(request, "password"))
    people.end_visits(db, person)


def _visits(db: Session, person: Person, _request: Request) -> None:
    people.end_visits(db, person)
    people.end_tokens(db, person)


_CHANGES: dict[str, Callable[[Session, Person, Request], dict[str, Any] | None]] = {
    "role": _role,
    "shut": _shut,
    "open": _open,
    "password": _password,
    "visits": _visits,
}


def _changed(db: Session, person: Person, **what: Any) -> None:
    try:
        people.change(db, person, **what)
    except InputError:
        raise Mistake("people.last_admin", name=person.name) from None


def channels(request: Request) -> Response:
    """The channels as configured; never their addresses."""
    desk = desk_of(request)
    said = [connections.channel_json(desk.config, name) for name in desk.config.channels]
    return page(request, "channels.html", channels=said, tried=None, problem=None)


def test_channel(request: Request) -> Response:
    """Send a sample to a channel, and say what came of it."""
    desk, name = desk_of(request), form(request, "channel")
    if name not in desk.config.channels:
        raise HTTPException(404)
    problem = connections.send_sample(desk.config, name, desk.clock())
    with session(desk.engine) as db:
        taken = {"taken": problem is None}
        deeds.note(db, actor(request).name, "test", "channel", name, desk.clock(), **taken)
    said = [connections.channel_json(desk.config, each) for each in desk.config.channels]
    return page(request, "channels.html", channels=said, tried=name, problem=problem)


def log(request: Request) -> Response:
    """What was done, the latest first."""
    asked = request.query_params
    kind = asked.get("kind", "")
    kind = kind if kind in KINDS else ""
    said = asked.get("before", "")
    before = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
    with reading(desk_of(request).engine) as db:
        found = deeds.log(db, before=before, kind=kind or None, limit=PAGE + 1)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return page(request, "log.html", found=found[:PAGE], more=more, kind=kind, kinds=KINDS)
