"""One run of one site: from its lease to its release, its sums written down."""

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from scrapy.crawler import Crawler
from sqlalchemy.orm import Session

from scraper.catalogue import Site
from scraper.keeper import Keeper
from scraper.manners import host_of
from scraper.orders import Report
from scraper.outcomes import UNREAD
from scraper.visit import Visit
from storage import addresses, hosts, leases, runs, sites
from storage.errors import LeaseLost
from storage.health import Yield
from storage.leases import Lease

log = logging.getLogger(__name__)

# One visit may take so long; what it left is fetched by the next.
VISIT_SECONDS = 15 * 60
# How long a spider told to stop may take for what is in flight.
PATIENCE = 35


class SiteRun:
    """Runs the spider of *site* while holding *lease*."""

    def __init__(
        self,
        keeper: Keeper,
        site: Site,
        lease: Lease,
        *,
        crawler: Crawler,
        visit: Visit,
        seconds: float,
        recheck_after: Sequence[timedelta] = addresses.RECHECK_AFTER,
    ) -> None:
        self._keeper = keeper
        self._site = site
        self._lease = lease
        self._crawler = crawler
        self._visit = visit
        # How long the lease is good for; renewed at a third of it.
        self._seconds = seconds
        self._recheck_after = recheck_after
        self._stopped = False
        self._crawling: asyncio.Task[None] | None = None

    async def go(self) -> Report:
        """Visit the site, write down how it went, and give it back."""
        started = time.monotonic()
        run_id = await self._keeper.call(
            lambda db: runs.begin(db, self._site.key, self._lease.owner, now=leases.clock(db))
        )
        renewing = asyncio.create_task(self._renew())
        self._crawling = asyncio.create_task(self._crawler.crawl_async(visit=self._visit))
        try:
            await asyncio.wait({self._crawling})
        finally:
            renewing.cancel()
        error = None if self._crawling.cancelled() else self._crawling.exception()
        if error is not None:
            # A fault of ours or of Scrapy's: the run is closed and the site backs off like
            # any that fails, or it would be leased, and break off, for ever.
            log.error("%s: the run broke off", self._site.key, exc_info=error)
            self._visit.broken = f"the run broke off: {type(error).__name__}"
        if _finish_reason(self._crawler) == "closespider_timeout":
            self._visit.ledger.note(
                f"ended after {VISIT_SECONDS} s; what is left waits for the next run"
            )
        return await self._close(run_id, seconds=time.monotonic() - started)

    async def stop(self) -> None:
        """End in good order: what is in flight arrives, the rest is left for the next run."""
        if self._stopped or self._crawling is None:
            return
        self._stopped = True
        # A spider stopped before its start has come to its first wait never closes.
        opened = asyncio.create_task(self._visit.opened.wait())
        await asyncio.wait(
            {opened, self._crawling}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED
        )
        opened.cancel()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._crawler.stop_async()
                await asyncio.wait({self._crawling})
        except TimeoutError:
            log.warning("%s: did not stop in %d s; broken off", self._site.key, PATIENCE)
            self._crawling.cancel()

    async def _close(self, run_id: int, *, seconds: float) -> Report:
        counts = self._visit.ledger.counts()
        outcome, reason = self._visit.outcome()
        if self._stopped and outcome == "failing":
            outcome, reason = "stopped", "the worker was told to stop"

        def work(db: Session) -> None:
            # The sums are the run's own and are written even when the site is another's by
            # now; a lost lease undoes only what belongs to the site.
            runs.end(db, run_id, counts, outcome=outcome, reason=reason, now=leases.clock(db))
            if outcome != "lease_lost":
                self._give_back(db, counts, outcome, reason)

        try:
            await self._keeper.call(work)
        except LeaseLost:
            outcome, reason = "lease_lost", "another worker holds the site"
            await self._keeper.call(
                lambda db: runs.end(
                    db, run_id, counts, outcome=outcome, reason=reason, now=leases.clock(db)
                )
            )
        return Report(self._site.key, outcome, reason, counts, seconds)

    def _give_back(
        self, db: Session, counts: runs.Counts, outcome: str, reason: str | None
    ) -> None:
        now = leases.clock(db)
        key, due = self._site.key, now
        self._settle_doubts(db, now)
        rested = self._visit.resting_until(self._rests(db, now))
        if self._visit.purpose != "poll":
            # It says nothing of the site's rhythm; a server that asks us to stay away is
            # heard all the same.
            leases.release(db, self._lease, next_due=rested)
            return
        if outcome not in {"stopped", "resting"}:
            wait = sites.record_poll(
                db,
                key,
                outcome=outcome,
                reason=reason,
                listed=self._visit.listed,
                new=counts.new,
                now=now,
                found=self._yield(counts),
            )
            # Sites that began together would be asked together for ever.
            due = now + sites.jittered(wait, random.random())  # noqa: S311 - no secret
        if rested is not None and rested > due:
            due = rested
            sites.hold_group(db, key, until=rested)
        leases.release(db, self._lease, next_due=self._site.wakes(due))

    def _settle_doubts(self, db: Session, now: datetime) -> None:
        """Write down which addresses could not be had; a try is used up where their host lives."""
        rests = self._visit.rests
        for key, host, reason in self._visit.doubts:
            counted = host in rests.answered and host not in rests
            addresses.settle_failed(
                db, key, reason, now=now, after=self._recheck_after, counted=counted
            )

    def _rests(self, db: Session, now: datetime) -> dict[str, datetime]:
        """Write down which hosts want to be left alone, and which are well again."""
        rests = self._visit.rests
        hosts.well(db, rests.answered - rests.asked.keys())
        for host, (reason, seconds) in rests.asked.items():
            asked = timedelta(seconds=seconds) if seconds is not None else None
            hosts.rest(db, host, reason=reason, asked=asked, now=now)
        routes = {host_of(route.url) for route in self._site.routes}
        return hosts.resting(db, routes, now=now)

    def _yield(self, counts: runs.Counts) -> Yield:
        ledger = self._visit.ledger
        read = counts.new + counts.revised
        unread = sum(counts.refused.get(reason, 0) for reason in UNREAD)
        return Yield(
            article=(read - self._visit.as_listed, read + unread),
            body=(ledger.bodied, read),
            date=(ledger.dated, read),
        )

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 3)
            try:
                await self._keeper.call(
                    lambda db: leases.renew(
                        db, self._lease, now=leases.clock(db), seconds=self._seconds
                    )
                )
            except LeaseLost as error:
                log.warning("%s", error)
                self._give_up()
                return

    def _give_up(self) -> None:
        spider: Any = self._crawler.spider
        if spider is not None:
            spider.give_up()


def _finish_reason(crawler: Crawler) -> str | None:
    reason: str | None = crawler.stats.get_value("finish_reason")
    return reason
