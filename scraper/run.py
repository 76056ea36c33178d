"""One run of one site: from its lease to its release, its sums written down."""

import asyncio
import logging
import time
from datetime import timedelta
from typing import Any

from scrapy.crawler import Crawler
from sqlalchemy.orm import Session

from scraper.catalogue import Site
from scraper.keeper import Keeper
from scraper.orders import Report
from scraper.visit import Visit
from storage import leases, runs, sites
from storage.errors import LeaseLost
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
    ) -> None:
        self._keeper = keeper
        self._site = site
        self._lease = lease
        self._crawler = crawler
        self._visit = visit
        # How long the lease is good for; renewed at a third of it.
        self._seconds = seconds
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
        if self._visit.purpose != "poll":
            # It says nothing of the site's rhythm; a server that asks us to stay away is
            # heard all the same.
            waits = self._visit.retry_after
            later = now + timedelta(seconds=waits) if waits else None
            leases.release(db, self._lease, next_due=later)
            return
        due = now
        if outcome != "stopped":
            due = sites.record_poll(
                db,
                self._site.key,
                outcome=outcome,
                reason=reason,
                listed=self._visit.listed,
                new=counts.new,
                now=now,
            )
        due = max(due, now + timedelta(seconds=self._visit.retry_after))
        leases.release(db, self._lease, next_due=due)

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
