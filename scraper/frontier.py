"""What a spider needs to know and to tell: what is new, what became of each address.

Two frontiers fit: `ArchiveFrontier` remembers in the archive, a transaction for
each page; `LooseFrontier` forgets, for `scrapy crawl` without an archive.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy.orm import Session

from scraper.catalogue import Route, Site
from scraper.items import ArticleItem
from scraper.keeper import Keeper
from scraper.manners import host_of
from scraper.outcomes import Outcome
from storage import addresses, archive, holdings, hosts, leases, routes
from storage.addresses import Announced, Verdict, Waiting
from storage.archive import Arrival
from storage.captures import Record, Writer
from storage.errors import LeaseLost, RasidError
from storage.exchanges import Exchange
from storage.leases import Lease
from storage.routes import Answer, Memory
from storage.urls import url_key

# Of what earlier runs left and of what is due for a second look, so many a run.
WAITING_LIMIT = 500
RECHECK_LIMIT = 100
# Of recent articles looked at again by name, so many.
RECENT_LIMIT = 5_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known as a run begins."""

    memories: dict[tuple[str, str], Memory] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    rechecks: list[Waiting] = field(default_factory=list)
    # Hosts that asked to be left alone, until when.
    rests: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Found:
    """An article as the spider found it, on its way to be kept."""

    item: ArticleItem
    key: str
    exchange: Exchange | None = None
    listed_hash: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class _Keeping:
    """An article that waits to be kept."""

    found: Found
    arrival: Arrival
    now: datetime
    recheck_after: Sequence[timedelta]


class Frontier(Protocol):
    """Where a spider's addresses come from and go to."""

    async def open(self) -> Opening:
        """Return what is known of the site."""

    async def announce(self, entries: Sequence[Announced]) -> dict[str, Verdict]:
        """Write down what a route announced; return what to do with each key."""

    async def route_worked(self, route: Route, url: str, answer: Answer) -> None:
        """Remember a route's answer, once all it announced is written down."""

    async def route_unchanged(self, route: Route, url: str, *, read: bool) -> None:
        """Remember that a route says what it said before; *read*: it sent it, all the same."""

    async def route_full_text(self, route: Route, url: str, *, full: bool) -> None:
        """Remember whether a feed carries as much as the pages do."""

    async def route_failed(self, route: Route, url: str, outcome: Outcome) -> None:
        """Remember that a route did not work."""

    async def keep(self, found: Found) -> str:
        """Keep an article and settle its address; return new, revised or unchanged."""

    async def unchanged(self, key: str) -> None:
        """Settle an address whose server answered 304."""

    async def settle(self, key: str, outcome: Outcome) -> None:
        """Settle an address that gave no article."""


def _keep(db: Session, batch: Sequence[_Keeping]) -> Sequence[archive.Kept | RasidError]:
    """Keep articles and settle their addresses, those of lost leases aside."""
    now = max(one.now for one in batch)
    outcomes = archive.keep_all(db, [one.arrival for one in batch], now=now)
    # Held as long as each is asked for by its key.
    rows = addresses.rows(db, [one.found.key for one in batch])
    for one, kept in zip(batch, outcomes, strict=True):
        if isinstance(kept, LeaseLost):
            continue
        found = one.found
        addresses.settle_kept(
            db,
            found.key,
            article_id=kept.article_id,
            now=now,
            listed_hash=found.listed_hash,
            etag=found.etag,
            last_modified=found.last_modified,
            own=kept.own,
            after=one.recheck_after,
        )
    del rows
    return outcomes


def identity(site: Site) -> Callable[[str], str]:
    """Return the function that gives the compared form of the addresses of *site*."""
    return partial(url_key, drop=site.drop_params, number=site.number_pattern)


class LooseFrontier:
    """Remembers nothing beyond the run."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    async def open(self) -> Opening:
        """Return an empty opening."""
        return Opening()

    async def announce(self, entries: Sequence[Announced]) -> dict[str, Verdict]:
        """Everything is new once."""
        verdicts: dict[str, Verdict] = {
            entry.key: "known" if entry.key in self._seen else "fetch" for entry in entries
        }
        self._seen.update(verdicts)
        return verdicts

    async def route_worked(self, route: Route, url: str, answer: Answer) -> None:
        """Forget it."""

    async def route_unchanged(self, route: Route, url: str, *, read: bool) -> None:
        """Forget it."""

    async def route_full_text(self, route: Route, url: str, *, full: bool) -> None:
        """Forget it."""

    async def route_failed(self, route: Route, url: str, outcome: Outcome) -> None:
        """Forget it."""

    async def keep(self, found: Found) -> str:
        """Every article is new."""
        del found
        return "new"

    async def unchanged(self, key: str) -> None:
        """Forget it."""

    async def settle(self, key: str, outcome: Outcome) -> None:
        """Forget it."""


class ArchiveFrontier:
    """Remembers in the archive. Every write checks that the site is still this worker's."""

    def __init__(
        self,
        keeper: Keeper,
        site: Site,
        lease: Lease,
        *,
        captures: Writer | None,
        clock: Callable[[], datetime],
        recheck_after: Sequence[timedelta] = addresses.RECHECK_AFTER,
        recheck_all: bool = False,
    ) -> None:
        """Write as the holder of *lease*; look again at articles so long after they came.

        With *recheck_all* the opening names every article that is younger than the last
        of these looks, due or not, and nothing else.
        """
        self._keeper = keeper
        self._recheck_after = recheck_after
        self._recheck_all = recheck_all
        self._site = site
        self._lease = lease
        self._captures = captures
        self._clock = clock
        self._identity = identity(site)
        # One answer of a route is the capture of many articles; it is written once.
        self._written: dict[int, tuple[Exchange, Record]] = {}
        # And robots.txt is what allowed all of them.
        self._robots: dict[int, tuple[Exchange, Record]] = {}

    async def open(self) -> Opening:
        """Return what the archive knows of the site."""

        def work(db: Session) -> Opening:
            now = self._clock()
            key = self._site.key
            memories = routes.recall(db, key)
            if self._recheck_all:
                since = now - max(self._recheck_after, default=timedelta())
                waiting: list[Waiting] = []
                looks = addresses.recent(db, key, since=since, limit=RECENT_LIMIT)
            else:
                waiting = addresses.waiting(db, key, now=now, limit=WAITING_LIMIT)
                looks = addresses.rechecks(db, key, now=now, limit=RECHECK_LIMIT)
            urls = [route.url for route in self._site.routes]
            urls += [place.url for place in (*waiting, *looks)]
            return Opening(
                memories=memories,
                waiting=waiting,
                rechecks=looks,
                rests=hosts.resting(db, {host_of(url) for url in urls}, now=now),
            )

        return await self._keeper.call(work)

    async def announce(self, entries: Sequence[Announced]) -> dict[str, Verdict]:
        """Write down what a route announced; return what to do with each key."""
        return await self._write(
            lambda db: addresses.sift(db, self._site.key, entries, now=self._clock())
        )

    async def route_worked(self, route: Route, url: str, answer: Answer) -> None:
        """Remember a route's answer, once all it announced is written down."""
        key, now = self._site.key, self._clock()
        await self._write(lambda db: routes.worked(db, key, url, route.type, answer, now=now))

    async def route_unchanged(self, route: Route, url: str, *, read: bool) -> None:
        """Remember that a route says what it said before; *read*: it sent it, all the same."""
        key, now = self._site.key, self._clock()
        await self._write(lambda db: routes.unchanged(db, key, url, route.type, read=read, now=now))

    async def route_full_text(self, route: Route, url: str, *, full: bool) -> None:
        """Remember whether a feed carries as much as the pages do."""
        key = self._site.key
        await self._write(lambda db: routes.full_text(db, key, url, route.type, full=full))

    async def route_failed(self, route: Route, url: str, outcome: Outcome) -> None:
        """Remember that a route did not work."""
        state = "refused" if outcome.kind == "refused" else "failing"
        key, now = self._site.key, self._clock()
        await self._write(
            lambda db: routes.failed(
                db, key, url, route.type, state=state, reason=outcome.reason, now=now
            )
        )

    async def keep(self, found: Found) -> str:
        """Keep an article and settle its address in one transaction."""
        exchange = found.exchange
        arrival = archive.arrive(
            found.item,
            lease=self._lease,
            capture=partial(self._capture, exchange) if exchange and self._captures else None,
            identity=self._identity,
            asked=found.key,
        )
        keeping = _Keeping(found, arrival, self._clock(), self._recheck_after)
        kept = await self._keeper.together(_keep, keeping)
        return kept.outcome

    async def unchanged(self, key: str) -> None:
        """Settle an address whose server answered 304."""
        now, after = self._clock(), self._recheck_after
        await self._write(lambda db: addresses.settle_unchanged(db, key, now=now, after=after))

    async def settle(self, key: str, outcome: Outcome) -> None:
        """Settle an address that gave no article."""
        now, after = self._clock(), self._recheck_after
        final = outcome.kind == "refused" and not outcome.again
        settle = addresses.settle_refused if final else addresses.settle_failed
        await self._write(lambda db: settle(db, key, outcome.reason, now=now, after=after))

    async def _write(self, work: Callable[[Session], T]) -> T:
        def checked(db: Session) -> T:
            leases.check(db, self._lease)
            return work(db)

        return await self._keeper.call(checked)

    def _capture(self, exchange: Exchange, db: Session) -> Record:
        writer = self._captures
        assert writer is not None
        robots = exchange.robots
        verdict: dict[str, Any] | None = None
        if robots is not None:
            verdict = {"verdict": robots.verdict}
            if robots.exchange is not None:
                proof = self._written_once(db, writer, robots.exchange, self._robots)
                holdings.keep(db, proof)
                verdict |= {"status": proof.status, "sha256": proof.sha256}
                verdict |= {"warc": proof.warc, "offset": proof.offset}
                verdict |= {"length": proof.length, "record_sha256": proof.record_sha256}
        record = self._written_once(db, writer, exchange, self._written)
        while len(self._written) > 4:
            self._written.pop(next(iter(self._written)))
        return replace(record, robots=verdict)

    @staticmethod
    def _written_once(
        db: Session, writer: Writer, exchange: Exchange, written: dict[int, tuple[Exchange, Record]]
    ) -> Record:
        known = written.get(id(exchange))
        if known is None:
            sha256 = hashlib.sha256(exchange.body).hexdigest()
            before = holdings.same_body(db, exchange.url, sha256) if exchange.body else None
            # The exchange is held with its record, so that its id stays its own.
            known = written[id(exchange)] = (exchange, writer.write(exchange, before))
        return known[1]
