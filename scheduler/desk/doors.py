"""The ways in: the one-time link, a name with a password, a cookie, a token."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from scheduler.desk import secrets
from scheduler.desk.throttle import Throttle
from storage import deeds, people
from storage.database import reading, session
from storage.people import Actor


@dataclass(slots=True)
class Doors:
    """Lets people in. Whoever was let in holds a secret, of which the archive has the digest."""

    engine: Engine
    clock: Callable[[], datetime]
    throttle: Throttle = field(default_factory=Throttle)
    # Opens the desk once, while nobody has a password.
    key: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mint(self) -> str | None:
        """Return a key for the one-time link, or None where people have passwords."""
        with reading(self.engine) as db:
            closed = people.any_person(db)
        self.key = None if closed else secrets.fresh()
        return self.key

    def guarded(self) -> bool:
        """Return whether somebody has a password here."""
        with reading(self.engine) as db:
            return people.any_person(db)

    def by_key(self, key: str, browser: str) -> str | None:
        """Return the secret of a new visit for who brings the key, once; else None."""
        with self._lock:
            if self.key is None or not secrets.same(key, self.key):
                return None
            self.key = None
        with session(self.engine) as db:
            if people.any_person(db):
                return None
            secret = secrets.fresh()
            people.begin_visit(db, secret, None, browser, self.clock())
        return secret

    def by_password(
        self, name: str, password: str, address: str, browser: str
    ) -> str | timedelta | None:
        """Return the secret of a new visit; how long to wait after many failures; or None."""
        keys, now = self.throttle.keys(name, address), self.clock()
        wait = self.throttle.wait(keys, now)
        if wait is not None:
            return wait
        with reading(self.engine) as db:
            person = people.find(db, name)
        kept = person.password if person is not None and person.active else None
        if not secrets.right(password, kept):
            self.throttle.failed(keys, now)
            return None
        self.throttle.passed(keys)
        with session(self.engine) as db:
            secret = secrets.fresh()
            people.begin_visit(db, secret, people.find(db, name), browser, now)
            deeds.note(db, name, "enter", "person", name, now, address=address)
        return secret

    def leave(self, visit: str) -> None:
        """End the visit."""
        with session(self.engine) as db:
            people.end_visit(db, people.digest(visit))

    def visitor(self, visit: str) -> Actor | None:
        """Return who holds the cookie *visit*."""
        now = self.clock()
        with reading(self.engine) as db:
            found = people.visitor(db, visit, now)
        if found is None:
            return None
        actor, stale = found
        if stale:
            with session(self.engine) as db:
                people.note_visit(db, visit, now)
        return actor

    def bearer(self, token: str) -> Actor | None:
        """Return in whose name *token* speaks."""
        now = self.clock()
        with reading(self.engine) as db:
            found = people.bearer(db, token, now)
        if found is None:
            return None
        actor, stale = found
        if stale:
            with session(self.engine) as db:
                people.note_token(db, token, now)
        return actor
