"""What a backfill asks the archive and tells it; the frontier of a visit to a site's past."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scraper.catalogue import Site
from scraper.frontier import ArchiveFrontier
from scraper.keeper import Keeper
from scraper.visit import Visit
from scraper.walk import Place, Window
from storage import addresses, backfills
from storage.addresses import Announced, Verdict, Waiting
from storage.captures import Writer
from storage.leases import Lease


@dataclass(frozen=True, slots=True)
class Advance:
    """How far a step has brought a walk, and what it came to."""

    place: Place | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    hole: str | None = None


class HistoryFrontier(ArchiveFrontier):
    """Queues what the past announces, and remembers how far it was read."""

    def __init__(
        self,
        keeper: Keeper,
        site: Site,
        lease: Lease,
        *,
        number: int,
        captures: Writer | None,
        clock: Callable[[], datetime],
    ) -> None:
        """Write to the backfill *number*. What is of the past is not looked at again."""
        super().__init__(keeper, site, lease, captures=captures, clock=clock, recheck_after=())
        self._number = number

    async def queue(
        self, entries: Sequence[Announced], advance: Advance, *, whole: bool
    ) -> dict[str, Verdict]:
        """Write down, in one transaction, what a step announced and that it is done.

        *whole*: the articles come with it, so it is done when they are kept, and
        *advance* is only counted.
        """
        now, key = self._clock(), self._site.key

        def work(db: Session) -> dict[str, Verdict]:
            verdicts = addresses.queue(db, key, entries, whole=whole, now=now)
            self._advance(db, advance)
            return verdicts

        return await self._write(work)

    async def advance(self, advance: Advance) -> None:
        """Write down how far the walk has come."""
        await self._write(lambda db: self._advance(db, advance))

    async def queued(self, limit: int) -> list[Waiting]:
        """Return addresses to fetch next."""
        return await self._write(lambda db: addresses.queued(db, self._site.key, limit=limit))

    async def published(self, keys: Sequence[str]) -> dict[str, datetime | None]:
        """Return when the articles at *keys* came out, of those that are kept."""
        return await self._write(lambda db: addresses.published(db, keys))

    async def is_due(self) -> bool:
        """Tell whether the site is to be polled now."""
        return await self._write(lambda db: backfills.is_due(db, self._site.key, now=self._clock()))

    async def end(self) -> None:
        """Close the backfill."""
        await self._write(lambda db: backfills.end(db, self._number, now=self._clock()))

    def _advance(self, db: Session, advance: Advance) -> None:
        place = advance.place.as_json() if advance.place else None
        backfills.advance(db, self._number, place=place, counts=advance.counts, hole=advance.hole)


class Past(Visit):
    """A visit to the past of a site: at most *budget* new articles, then it ends."""

    def __init__(
        self,
        site: Site,
        history: HistoryFrontier,
        *,
        place: Place,
        window: Window,
        budget: int | None,
        tell: Callable[[dict[str, Any]], None],
        clock: Callable[[], datetime],
        capture: bool,
    ) -> None:
        super().__init__(site, history, clock=clock, capture=capture, purpose="backfill")
        self.history = history
        self.place = place
        self.window = window
        self.budget = budget
        self.tell = tell
        # All is read that there is; or it cannot go on now, and why.
        self.finished = False
        self.stuck: str | None = None

    @property
    def left(self) -> int | None:
        """How many new articles may still be had; None for any number."""
        return None if self.budget is None else max(0, self.budget - self.ledger.counts().new)

    def outcome(self) -> tuple[str, str | None]:
        """Return how the visit went and why."""
        if self.lease_lost or self.full is not None or self.broken is not None:
            return super().outcome()
        return ("failing", self.stuck) if self.stuck else ("ok", None)
