"""What is one's own: password, language, digits and zone; browsers that are in; tokens."""

from datetime import timedelta

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scheduler.desk import secrets
from scheduler.desk.guard import actor
from scheduler.desk.page import Mistake, desk_of, form, page, see_other, zones
from storage import deeds, people
from storage.database import reading, session
from storage.desk_tables import Person

# What a page says was done; anything else in the address says nothing.
DONE = ("password", "visits", "token", "person", "sample")


def room(request: Request) -> Response:
    """Everything that is one's own."""
    desk, who = desk_of(request), actor(request)
    with reading(desk.engine) as db:
        visits, tokens = people.visits(db, who), people.tokens(db, who)
    here = people.digest(request.state.visit)
    mine = [role for role in people.ROLES if who.may(role)]
    return page(
        request,
        "settings.html",
        visits=visits,
        tokens=tokens,
        here=here,
        roles=mine,
        zones=zones(),
        desk_zone=desk.config.timezone,
        shortest=secrets.SHORTEST,
        done=done(request),
    )


def done(request: Request) -> str:
    """Return what the address says was done, where it is something there is."""
    said = request.query_params.get("done", "")
    return said if said in DONE else ""


def change_password(request: Request) -> Response:
    """Take a new password for the old one; other browsers have to come in anew."""
    desk, who = desk_of(request), actor(request)
    kept = hashed(form(request, "new"))
    address = request.client.host if request.client is not None else ""
    throttle, now = desk.doors.throttle, desk.clock()
    keys = throttle.keys(who.name, address)
    wait = throttle.wait(keys, now)
    if wait is not None:
        raise Mistake("enter.wait", int(wait / timedelta(minutes=1)) + 1)
    with session(desk.engine) as db:
        person = _person(db, request)
        if not secrets.right(form(request, "old"), person.password):
            throttle.failed(keys, now)
            raise Mistake("settings.wrong")
        person.password = kept
        people.end_visits(db, person, but=people.digest(request.state.visit))
        deeds.note(db, who.name, "password", "person", person.name, now)
    return see_other("/settings?done=password")


def add_token(request: Request) -> Response:
    """Make a token; this answer is the only one that shows it."""
    desk, who = desk_of(request), actor(request)
    label, role = form(request, "label").strip(), form(request, "role")
    if not label:
        raise Mistake("tokens.unlabelled")
    secret, now = secrets.TOKEN_PREFIX + secrets.fresh(), desk.clock()
    with session(desk.engine) as db:
        token = people.add_token(db, secret, who, label, role, now)
        deeds.note(db, who.name, "add", "token", token.label, now, role=role)
    return page(request, "token.html", secret=secret, label=label[:100], role=role)


def end_token(request: Request) -> Response:
    """Take a token back."""
    desk, who = desk_of(request), actor(request)
    with session(desk.engine) as db:
        token = people.end_token(db, request.path_params["token_id"], who)
        if token is None:
            raise HTTPException(404)
        deeds.note(db, who.name, "remove", "token", token.label, desk.clock())
    return see_other("/settings?done=token")


def end_visits(request: Request) -> Response:
    """Shut out one of one's browsers, or all but this one."""
    desk, who = desk_of(request), actor(request)
    key, here = form(request, "visit"), people.digest(request.state.visit)
    with session(desk.engine) as db:
        for visit in people.visits(db, who):
            if visit.key != here and key in ("others", visit.key):
                people.end_visit(db, visit.key, who)
        deeds.note(db, who.name, "visits", "person", who.name, desk.clock())
    return see_other("/settings?done=visits")


def hashed(password: str) -> str:
    """Return what is kept of a new password; Mistake for one that is too short or too long."""
    if not secrets.SHORTEST <= len(password) <= secrets.LONGEST:
        raise Mistake("settings.short", secrets.SHORTEST)
    return secrets.hashed(password)


def _person(db: Session, request: Request) -> Person:
    """Return who asks; the owner of a desk without passwords is no person."""
    person = db.get(Person, actor(request).person_id or 0)
    if person is None:
        raise Mistake("settings.owner")
    return person
