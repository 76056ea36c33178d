"""The tables of the desk: who works there, and what they did.

    Person ── Visit, Token, View
       └───── Deed        what was done, by whom, to what: history and audit log in one
    Switch                a site turned on or off by hand
    Handling              where an alert stands in the desk's hands

Nothing of what is crawled, matched or told depends on them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, BigId


class Person(Base):
    """Somebody with a password at this desk. Roles: viewer, editor, admin."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    # argon2, with its own salt and cost.
    password: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Visit(Base):
    """A browser that was let in. Without a person it is the owner's, before there is a password."""

    __tablename__ = "visit"

    # sha256 of what the browser holds: who reads the archive cannot come in with it.
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    browser: Mapped[str]


class Token(Base):
    """What a program shows to read the API in a person's name."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    label: Mapped[str]
    # The most it may do, whatever its person may.
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class View(Base):
    """A choice of filters that a person keeps under a name."""

    __tablename__ = "view"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    filters: Mapped[str]


class Switch(Base):
    """A site turned on or off at the desk; stands over what its file says."""

    __tablename__ = "switch"

    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"), primary_key=True)
    enabled: Mapped[bool]


class Handling(Base):
    """Where an alert stands: starred, dismissed. That it was seen is said by the alert itself."""

    __tablename__ = "handling"

    alert_id: Mapped[int] = mapped_column(BigId, ForeignKey("alert.id"), primary_key=True)
    starred_at: Mapped[datetime | None] = mapped_column(index=True)
    dismissed_at: Mapped[datetime | None] = mapped_column(index=True)


class Deed(Base):
    """Something a person did at the desk; never changed, never taken back."""

    __tablename__ = "deed"
    __table_args__ = (Index("ix_deed_subject", "kind", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    # The name as it was then: a person may go, the record stays.
    who: Mapped[str]
    deed: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))  # alert, watch, site, person, token, channel
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
