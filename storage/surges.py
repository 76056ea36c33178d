"""Watches that find far more in an hour than they are used to at that time of day."""

from datetime import datetime, timedelta
from math import sqrt
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models import Alert, Article, Match, Version, Watch
from storage.queries import moment

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# How far back a watch's rhythm is taken from.
MEMORY = 14
# Fewer than this in an hour is no surge, however quiet the watch is.
LEAST = 10
TIMES = 3.0
# One alert for one surge, however long it lasts.
REST = timedelta(hours=12)

_COUNTED = ("alerted", "copy")


class Surge(NamedTuple):
    """A watch, its newest article, and how many it found in the hour against what is usual."""

    watch: Watch
    article: Article
    version: Version
    number: int
    usual: float

    def facts(self, now: datetime) -> dict[str, Any]:
        """Return what its alert says."""
        return {
            "count": self.number,
            "usual": round(self.usual, 1),
            "since": moment(now - HOUR),
        }


def surges(db: Session, now: datetime) -> list[Surge]:
    """Return the watches that surge and have not been told to."""
    busy = db.execute(
        select(Match.watch_id, func.count())
        .join(Watch, Watch.id == Match.watch_id)
        .where(Match.matched_at > now - HOUR, Match.outcome.in_(_COUNTED))
        # Without a day of its own a watch has no rhythm yet.
        .where(Watch.active, Watch.created_at <= now - DAY)
        .group_by(Match.watch_id)
        .having(func.count() >= LEAST)
    )
    found = []
    for watch_id, count in busy.all():
        watch = db.get_one(Watch, watch_id)
        usual = _usual(db, watch, now)
        if is_surge(count, usual) and not _was_told(db, watch_id, now):
            article, version = _newest(db, watch_id)
            found.append(Surge(watch, article, version, count, usual))
    return found


def is_surge(count: int, usual: float) -> bool:
    """Return whether *count* is far above *usual*: three times, and out of reach of chance.

    >>> is_surge(30, 2.0), is_surge(30, 12.0), is_surge(9, 0.0)
    (True, False, False)
    """
    return count >= LEAST and count >= TIMES * usual and count > usual + 4 * sqrt(usual)


def _usual(db: Session, watch: Watch, now: datetime) -> float:
    """Matches an hour: over all hours, or around this time of day where that is more."""
    days = min(MEMORY, (now - watch.created_at) // DAY)
    begins = now - HOUR - days * DAY
    moments = db.scalars(
        select(Match.matched_at).where(
            Match.watch_id == watch.id,
            Match.matched_at > begins,
            Match.matched_at <= now - HOUR,
            Match.outcome.in_(_COUNTED),
        )
    ).all()
    # How far from this hour of another day, in hours, either way.
    apart = [((now - HOUR / 2 - each) % DAY) / HOUR for each in moments]
    around = sum(min(hours, 24 - hours) <= 1.5 for hours in apart)
    return max(len(moments) / (24 * days), around / (3 * days))


def _was_told(db: Session, watch_id: int, now: datetime) -> bool:
    statement = select(Alert.id).where(
        Alert.watch_id == watch_id, Alert.kind == "surge", Alert.created_at > now - REST
    )
    return db.scalars(statement.limit(1)).first() is not None


def _newest(db: Session, watch_id: int) -> tuple[Article, Version]:
    row = db.execute(
        select(Article, Version)
        .join(Match, Match.article_id == Article.id)
        .join(Version, Version.id == Match.version_id)
        .where(Match.watch_id == watch_id, Match.outcome.in_(_COUNTED))
        .order_by(Match.id.desc())
        .limit(1)
    ).one()
    return row[0], row[1]
