"""What is wrong at this moment, read from the archive: sites, workers, channels, the ledger."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from storage import ledger
from storage.models import Delivery, Site, Worker

# A site that was not reached so often in a row is failing; once or twice is the weather.
FAILURES = 3
# A channel that did not take a message so often is failing.
ATTEMPTS = 3

_FINE = ("new", "ok")


def troubles(db: Session, now: datetime) -> dict[str, dict[str, Any]]:
    """Return every trouble by its subject: `{"trouble": in one word, "name", "reason", …}`."""
    return {**dict(_sites(db)), **dict(_workers(db, now)), **dict(_channels(db))}


def open_sums(db: Session, now: datetime) -> dict[str, dict[str, Any]]:
    """Return the trouble that the ledger does not close, where it does not."""
    gaps = ledger.status(db, now=now)["gaps"]
    if not gaps:
        return {}
    return {"ledger": {"trouble": "ledger", "name": "", "reason": "; ".join(gaps)}}


def _sites(db: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    statement = select(Site).where(Site.enabled, ~Site.imported, Site.state.not_in(_FINE))
    for site in db.scalars(statement.order_by(Site.key)):
        if site.state == "failing" and site.failures < FAILURES:
            continue
        # A site that refuses and then fails is another trouble, and told as one; one that
        # fails until it is called dead has the trouble it had.
        state = "failing" if site.state == "dead" else site.state
        yield (
            f"site:{site.key}:{state}",
            {"trouble": state, "name": site.name, "reason": site.state_reason or ""},
        )


def _workers(db: Session, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    silent = (Worker.seen_at < now - ledger.SILENCE) & Worker.ended_at.is_(None)
    other = aliased(Worker)
    # Another was started in its place: the work goes on. Time alone mends nothing.
    replaced = exists().where(other.started_at > Worker.seen_at)
    statement = select(Worker).where(silent, ~replaced).order_by(Worker.name)
    for worker in db.scalars(statement):
        yield f"worker:{worker.name}", {"trouble": "lost", "name": worker.name, "reason": ""}


def _channels(db: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    last = (
        select(Delivery.channel, func.max(Delivery.delivered_at).label("at"))
        .group_by(Delivery.channel)
        .subquery()
    )
    waits = Delivery.state.in_(("pending", "sending")) & (Delivery.attempts >= ATTEMPTS)
    # Until the channel takes something again; how long ago does not matter.
    given_up = (Delivery.state == "failed") & or_(
        last.c.at.is_(None), Delivery.not_before > last.c.at
    )
    rows = db.execute(
        select(
            Delivery.channel,
            func.count().filter(waits),
            func.count().filter(given_up),
            func.max(Delivery.id),
        )
        .outerjoin(last, last.c.channel == Delivery.channel)
        .where(or_(waits, given_up), Delivery.last_error.is_not(None))
        .group_by(Delivery.channel)
        .order_by(Delivery.channel)
    )
    for channel, waiting, failed, newest in rows:
        reason = db.get_one(Delivery, newest).last_error
        yield (
            f"channel:{channel}",
            {
                "trouble": "channel",
                "name": channel,
                "reason": reason,
                "waiting": waiting,
                "failed": failed,
            },
        )
