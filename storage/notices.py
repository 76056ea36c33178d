"""What channels are told of the program itself: troubles that begin and end, cards, sweeps.

A trouble is told once when it begins and once when it is over, whatever happens to it
between.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models import Delivery, Notice, Run, Watch
from storage.outbox import Outlet
from storage.queries import moment

Facts = dict[str, Any]


def add(
    db: Session, kind: str, subject: str, facts: Facts, outlets: Sequence[Outlet], now: datetime
) -> Notice:
    """Write a notice and its pending deliveries."""
    notice = Notice(kind=kind, subject=subject, facts=facts, created_at=now)
    db.add(notice)
    db.flush()
    for outlet in outlets:
        db.add(Delivery(notice_id=notice.id, channel=outlet.channel, not_before=outlet.not_before))
    return notice


def latest(db: Session, kind: str, subject: str | None = None) -> Notice | None:
    """Return the newest notice of a kind, *subject*: about that, or None."""
    statement = select(Notice).where(Notice.kind == kind)
    if subject is not None:
        statement = statement.where(Notice.subject == subject)
    return db.scalars(statement.order_by(Notice.id.desc()).limit(1)).first()


def open_troubles(db: Session) -> list[Notice]:
    """Return the troubles that are not over, the oldest first."""
    statement = select(Notice).where(
        Notice.kind == "health",
        Notice.ended_at.is_(None),
        Notice.facts["over"].as_boolean().is_not(True),
    )
    return list(db.scalars(statement.order_by(Notice.id)))


def keep_troubles(
    db: Session,
    found: Mapping[str, Facts],
    outlets: Mapping[str, Sequence[Outlet]],
    now: datetime,
) -> list[Notice]:
    """Note the troubles there are, and that others are over; return what is news.

    *found* are all troubles there are now, by subject; *outlets* whom to tell of what begins
    and ends, by subject, and under "" for subjects it does not name.
    """
    known = {notice.subject: notice for notice in open_troubles(db)}
    news = []
    for subject, facts in found.items():
        if subject not in known:
            whom = outlets.get(subject, outlets[""])
            news.append(add(db, "health", subject, {**facts, "over": False}, whom, now))
    for subject, notice in known.items():
        if subject not in found:
            notice.ended_at = now
            facts = {**notice.facts, "over": True, "began": moment(notice.created_at)}
            whom = outlets.get(subject, outlets[""])
            ended = add(db, "health", subject, {**facts, "begun_by": notice.id}, whom, now)
            ended.ended_at = now
            news.append(ended)
    return news


def beginning(db: Session) -> datetime | None:
    """Return when this archive was first at work, or None."""
    first = [
        db.scalar(select(func.min(Run.started_at))),
        db.scalar(select(func.min(Watch.created_at))),
    ]
    return min((each for each in first if each is not None), default=None)


def trouble_json(notice: Notice) -> Facts:
    """Return an open trouble as JSON."""
    said = {key: value for key, value in notice.facts.items() if key != "over"}
    return {"subject": notice.subject, "since": moment(notice.created_at), **said}
