"""The card: what was read in the last day, and what the watches make of their own cases.

It says that silence means silence, or that collecting was impaired.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from scheduler import cases, notices, watchlists
from scheduler.config import Config
from scheduler.packs import shelf
from scheduler.packs.shelf import Packs
from scheduler.phrases import Phrases
from scheduler.watchlists import Watch
from storage import ledger, standing
from storage.errors import RasidError

DAY = timedelta(days=1)


def facts(
    db: Session, listed: Sequence[Watch], config: Config, now: datetime, packs: Packs | None
) -> dict[str, Any]:
    """Return the facts of a card over the last day."""
    found = standing.standing(db, since=now - DAY, now=now, only=config.crawl.only)
    found["watches"] = tested(listed, packs)
    found["gaps"] = ledger.status(db, now=now)["gaps"]
    return found


def tested(listed: Sequence[Watch], packs: Packs | None) -> dict[str, Any]:
    """Return how many watches there are and how they did on their own cases."""
    results = [
        (case.query.name, cases.run(case, packs=packs).ok) for case in cases.of_watches(listed)
    ]
    return {
        "active": len(listed),
        "cases": len(results),
        "passed": sum(ok for _, ok in results),
        "failing": sorted({name for name, ok in results if not ok}),
    }


def lines(db: Session, config: Config, now: datetime, *, channel: str, words: Phrases) -> list[str]:
    """Return the card as the last lines of a digest to *channel*."""
    listed: Sequence[Watch] = ()
    reason = ""
    try:
        listed = watchlists.read(config.watches) if config.watches.exists() else ()
        found = facts(db, listed, config, now, shelf.beside(config.watches))
    except RasidError as error:
        # A list that cannot be read is what the card is there to say.
        reason = str(error)
        found = facts(db, (), config, now, None)
    found["watches"]["reason"] = reason
    title, said = notices.worded("card", found, config.zone_of(channel), words)
    return [title, *said]
