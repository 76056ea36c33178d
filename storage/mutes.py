"""Watches nobody is told of, for a while or until they are unmuted."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Watch


def is_muted(watch: Watch, now: datetime) -> bool:
    """Return whether nobody is told *now* of what *watch* finds."""
    if watch.muted_at is None or watch.muted_at > now:
        return False
    return watch.muted_until is None or now < watch.muted_until


def mute(db: Session, name: str, now: datetime, until: datetime | None = None) -> bool:
    """Mute a watch, *until* a time or until it is unmuted; return whether there is such a watch."""
    return _set_mute(db, name, now, until)


def unmute(db: Session, name: str) -> bool:
    """Let a watch speak again; return whether there is such a watch."""
    return _set_mute(db, name, None, None)


def _set_mute(db: Session, name: str, at: datetime | None, until: datetime | None) -> bool:
    row = db.scalars(select(Watch).where(Watch.name == name)).first()
    if row is None:
        return False
    row.muted_at, row.muted_until = at, until
    return True
