"""Who works at the desk: people, their visits, their tokens. Secrets are kept as digests.

Roles, each able to do what the one before can: `viewer` reads, `editor` handles alerts
and watches, `admin` handles sites, people and channels.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from storage.desk_tables import Person, Token, View, Visit
from storage.errors import InputError

ROLES = ("viewer", "editor", "admin")
# A browser that was not seen for so long has to come in anew.
IDLE = timedelta(days=14)
# How often it is noted that a browser or a program was here.
NOTED = timedelta(minutes=5)


class Actor(NamedTuple):
    """Who asks. *person_id* is None for the owner of a desk without passwords."""

    name: str
    role: str
    person_id: int | None = None

    def may(self, role: str) -> bool:
        """Return whether this one may do what *role* may."""
        return ROLES.index(self.role) >= ROLES.index(role)


OWNER = Actor("owner", "admin")


def digest(secret: str) -> str:
    """Return what is kept of a secret of ours: it is long and random, so no salt is needed."""
    return sha256(secret.encode()).hexdigest()


def any_person(db: Session) -> bool:
    """Return whether somebody has a password here."""
    return db.scalars(select(Person.id).where(Person.active).limit(1)).first() is not None


def everybody(db: Session) -> list[Person]:
    """Return all people by name."""
    return list(db.scalars(select(Person).order_by(Person.name)))


def find(db: Session, name: str) -> Person | None:
    """Return the person called *name*, or None."""
    return db.scalars(select(Person).where(Person.name == name)).first()


def add(db: Session, name: str, password: str, role: str, now: datetime) -> Person:
    """Add a person; *password* is hashed already. InputError for a name that is taken.

    With the first person the visits of the owner without a password end.
    """
    if role not in ROLES:
        raise InputError(f"no role {role!r}; the roles are {', '.join(ROLES)}")
    if not name.strip() or len(name) > 64:
        raise InputError("a name has 1 to 64 characters")
    if find(db, name) is not None:
        raise InputError(f"there is a person '{name}' already")
    person = Person(name=name, password=password, role=role, active=True, created_at=now)
    db.add(person)
    db.flush()
    db.execute(delete(Visit).where(Visit.person_id.is_(None)))
    for owned in (*db.scalars(select(View).where(View.person_id.is_(None))),):
        owned.person_id = person.id
    for token in (*db.scalars(select(Token).where(Token.person_id.is_(None))),):
        token.person_id = person.id
    return person


def change(
    db: Session, person: Person, *, role: str | None = None, active: bool | None = None
) -> None:
    """Give a person another role, or shut or open the door; InputError for the last admin."""
    if role is not None and role not in ROLES:
        raise InputError(f"no role {role!r}; the roles are {', '.join(ROLES)}")
    loses = person.role == "admin" and person.active and (role not in (None, "admin") or active is False)  # fmt: skip
    if loses and _admins(db) == 1:
        raise InputError(f"'{person.name}' is the last admin; make another one first")
    if role is not None:
        person.role = role
    if active is not None:
        person.active = active
    if active is False:
        end_visits(db, person)


def begin_visit(
    db: Session, secret: str, person: Person | None, browser: str, now: datetime
) -> None:
    """Let a browser in that holds *secret*; visits that ran out are cleared away."""
    db.execute(delete(Visit).where(Visit.seen_at < now - IDLE))
    person_id = person.id if person is not None else None
    db.add(
        Visit(
            key=digest(secret),
            person_id=person_id,
            began_at=now,
            seen_at=now,
            browser=browser[:200],
        )
    )


def visitor(db: Session, secret: str, now: datetime) -> tuple[Actor, bool] | None:
    """Return who holds *secret*, and whether that they were here should be noted; or None."""
    found = db.execute(
        select(Visit, Person)
        .outerjoin(Person, Person.id == Visit.person_id)
        .where(Visit.key == digest(secret), Visit.seen_at >= now - IDLE)
    ).first()
    if found is None:
        return None
    visit, person = found
    stale = visit.seen_at < now - NOTED
    if visit.person_id is None:
        return None if any_person(db) else (OWNER, stale)
    return (_actor(person), stale) if person.active else None


def note_visit(db: Session, secret: str, now: datetime) -> None:
    """Note that the browser was here."""
    visit = db.get(Visit, digest(secret))
    if visit is not None:
        visit.seen_at = now


def visits(db: Session, actor: Actor) -> list[Visit]:
    """Return the open visits of *actor*, the latest first."""
    mine = Visit.person_id == actor.person_id if actor.person_id else Visit.person_id.is_(None)
    return list(db.scalars(select(Visit).where(mine).order_by(Visit.seen_at.desc())))


def end_visit(db: Session, key: str, actor: Actor | None = None) -> None:
    """Shut out the browser of the visit *key*; with *actor*, only one of theirs."""
    visit = db.get(Visit, key)
    if visit is not None and (actor is None or visit.person_id == actor.person_id):
        db.delete(visit)


def presence(db: Session) -> dict[int, tuple[int, datetime]]:
    """Return for each person who is in how many visits are open, and when they were last here."""
    counted = select(Visit.person_id, func.count(), func.max(Visit.seen_at))
    rows = db.execute(counted.where(Visit.person_id.is_not(None)).group_by(Visit.person_id))
    return {person_id: (count, seen) for person_id, count, seen in rows if person_id is not None}


def end_visits(db: Session, person: Person, *, but: str = "") -> None:
    """Shut out every browser of *person*, except the visit *but*."""
    db.execute(delete(Visit).where(Visit.person_id == person.id, Visit.key != but))


def add_token(
    db: Session, secret: str, actor: Actor, label: str, role: str, now: datetime
) -> Token:
    """Keep a token of *actor*; it can do no more than they can. InputError otherwise."""
    if role not in ROLES or not actor.may(role):
        raise InputError(f"a token of {actor.name} cannot have the role {role!r}")
    if not label.strip():
        raise InputError("say what the token is for")
    token = Token(
        key=digest(secret),
        person_id=actor.person_id,
        label=label.strip()[:100],
        role=role,
        created_at=now,
    )
    db.add(token)
    db.flush()
    return token


def bearer(db: Session, secret: str, now: datetime) -> tuple[Actor, bool] | None:
    """Return in whose name the token speaks, and whether its use should be noted; or None."""
    found = db.execute(
        select(Token, Person)
        .outerjoin(Person, Person.id == Token.person_id)
        .where(Token.key == digest(secret))
    ).first()
    if found is None:
        return None
    token, person = found
    if token.person_id is None:
        actor = OWNER
    elif person.active:
        actor = _actor(person)
    else:
        return None
    role = min(token.role, actor.role, key=ROLES.index)
    stale = token.used_at is None or token.used_at < now - NOTED
    return actor._replace(role=role), stale


def note_token(db: Session, secret: str, now: datetime) -> None:
    """Note that the token was used."""
    token = db.scalars(select(Token).where(Token.key == digest(secret))).first()
    if token is not None:
        token.used_at = now


def tokens(db: Session, actor: Actor) -> list[Token]:
    """Return the tokens of *actor*."""
    mine = Token.person_id == actor.person_id if actor.person_id else Token.person_id.is_(None)
    return list(db.scalars(select(Token).where(mine).order_by(Token.id)))


def end_token(db: Session, token_id: int, actor: Actor) -> Token | None:
    """Take one of *actor*'s tokens back; return it, or None."""
    token = db.get(Token, token_id)
    if token is None or token.person_id != actor.person_id:
        return None
    db.delete(token)
    return token


def end_tokens(db: Session, person: Person) -> None:
    """Take all tokens of *person* back."""
    db.execute(delete(Token).where(Token.person_id == person.id))


def views(db: Session, actor: Actor) -> list[View]:
    """Return the views *actor* keeps, by name."""
    mine = or_(View.person_id == actor.person_id, View.person_id.is_(None))
    return list(db.scalars(select(View).where(mine).order_by(View.name)))


def keep_view(db: Session, actor: Actor, name: str, filters: str) -> None:
    """Keep *filters* under *name*; one of that name is replaced."""
    name = " ".join(name.split())[:60]
    if not name:
        raise InputError("a view needs a name")
    known = next((view for view in views(db, actor) if view.name == name), None)
    if known is not None:
        known.filters = filters
    else:
        db.add(View(person_id=actor.person_id, name=name, filters=filters[:2000]))


def rename_in_views(db: Session, key: str, old: str, new: str) -> None:
    """Have everybody's views that ask for *old* by *key* ask for *new*."""
    for view in db.scalars(select(View)):
        asked = parse_qsl(view.filters, keep_blank_values=True)
        if (key, old) in asked:
            renamed = [
                (name, new if (name, value) == (key, old) else value) for name, value in asked
            ]
            view.filters = urlencode(renamed)


def drop_view(db: Session, actor: Actor, view_id: int) -> None:
    """Forget one of *actor*'s views."""
    view = db.get(View, view_id)
    if view is not None and view.person_id == actor.person_id:
        db.delete(view)


def _admins(db: Session) -> int:
    active = select(func.count()).where(Person.role == "admin", Person.active)
    return db.execute(active).scalar_one()


def _actor(person: Person) -> Actor:
    return Actor(person.name, person.role, person.id)
