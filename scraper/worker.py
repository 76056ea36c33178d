"""The crawl process: leases due sites from the archive, visits them, writes.

    python -m scraper.worker --config-json JSON              serve until told to stop
    python -m scraper.worker --config-json JSON --once       what is due now, then end
    python -m scraper.worker --config-json JSON --sites A B  these, whether due or not
    ... --sites A B --recheck                                their recent articles alone
    ... --backfill JSON                                      the past of a site, see scraper.backfill
    python -m scraper.worker --config-json JSON --check A    ask what works of a site, without an archive;
                                            with --progress, a line for each route as it is answered

The second and third print the Crawl JSON of each site, a line each, on standard
output, the last one JSON document.
Exit status: 0 done; 1 a site was refused or failed; 2 the user's mistake; 130
stopped by a signal, everything given back.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from scraper import catalogue, check, scout
from scraper import settings as project
from scraper.backfill import Asked, Backfill, Begin
from scraper.catalogue import Site
from scraper.frontier import ArchiveFrontier
from scraper.keeper import Keeper
from scraper.orders import Orders, Report, check_browser, check_keys
from scraper.reactor import megabytes, own_name, react
from scraper.run import VISIT_SECONDS, SiteRun
from scraper.spiders.base import SiteSpider, spider_class
from scraper.visit import Purpose, Visit, utcnow
from storage import leases, sites
from storage.captures import Writer
from storage.database import open_archive
from storage.errors import DiskFull, RasidError
from storage.leases import Lease
from storage.runs import Counts

log = logging.getLogger(__name__)

T = TypeVar("T")

# How many sites one process visits at a time: enough to keep a core busy while most of
# them wait out their delays.
SLOTS = 16
# So many are leased in one transaction; another worker that starts at the same moment finds some.
LEASED_TOGETHER = 4
# How long an idle worker waits before it asks again what is due.
IDLE_SECONDS = 2.0
# What these say, some of it over forty lines, is in the ledger in one word.
RECORDED = (
    "scrapy.downloadermiddlewares.robotstxt",
    "scrapy.downloadermiddlewares.retry",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.core.downloader.handlers.http11",
    "scrapy-playwright",
)
# A backfill that was killed keeps its site from its next call for so long.
BACKFILL_LEASE = 15.0
# Then a worker ends and its supervisor starts a fresh one.
RETIRE_SECONDS = 6 * 3600
RETIRE_MEGABYTES = 400


@dataclass(slots=True)
class _Underway:
    runs: dict[str, SiteRun] = field(default_factory=dict)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)


class Worker:
    """Visits sites it has leased, several at a time, until it is told to stop."""

    def __init__(
        self,
        keeper: Keeper,
        known: Mapping[str, Site],
        *,
        orders: Orders,
        name: str,
        report: Callable[[Report], None],
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._keeper = keeper
        self._known = known
        self._orders = orders
        self._name = name
        self._report = report
        self._clock = clock
        self.captures = (
            Writer(Path(orders.captures), name, software="Rasid") if orders.captures else None
        )
        self._stopping = asyncio.Event()
        self._underway = _Underway()
        keeper.writers = self._underway.runs.__len__
        self._runner = _runner(orders)
        self.troubled = False

    def stop(self) -> None:
        """End in good order: running visits stop, leases are given back."""
        self._keeper.stop()
        self._stopping.set()

    async def register(self) -> None:
        """Bring the archive's sites in line with the catalogue."""
        listed = self._known.values()
        await self._keeper.call(lambda db: sites.register(db, listed, now=leases.clock(db)))

    async def serve(self, *, once: bool, seconds: float | None) -> None:
        """Visit what is due; with *once*, end when nothing is. *seconds* bounds the whole."""
        started = time.monotonic()
        limit = min(seconds or RETIRE_SECONDS, RETIRE_SECONDS)
        beat = asyncio.create_task(self._beat())
        try:
            while not self._stopping.is_set() and time.monotonic() - started < limit:
                if megabytes() > RETIRE_MEGABYTES:
                    log.info("%s retires at %d MB", self._name, megabytes())
                    break
                leased = await self._lease_due()
                for lease in leased:
                    self._launch(lease)
                if not leased and once and not self._underway.tasks:
                    break
                if not leased:
                    await self._pause(once=once)
        finally:
            # First: a beat after the last word would have the worker live for ever.
            beat.cancel()
            await self._finish()

    async def visit_all(
        self, keys: Sequence[str], *, seconds: float | None, purpose: Purpose = "poll"
    ) -> None:
        """Visit these sites now, whether due or not; a site held by another worker is reported."""
        deadline = time.monotonic() + seconds if seconds else None
        beat = asyncio.create_task(self._beat())
        try:
            for key in keys:
                while len(self._underway.tasks) >= SLOTS:
                    await asyncio.wait(self._underway.tasks, return_when=asyncio.FIRST_COMPLETED)
                if self._stopping.is_set():
                    break
                await self._visit_now(key, purpose)
            await self._wait_for_all(deadline)
        finally:
            # First: a beat after the last word would have the worker live for ever.
            beat.cancel()
            await self._finish()

    async def _visit_now(self, key: str, purpose: Purpose) -> None:
        lease = await self._keeper.call(
            lambda db: leases.lease_site(
                db, key, owner=self._name, now=leases.clock(db), seconds=self._orders.lease_seconds
            )
        )
        if lease is None:
            self._report(
                Report(key, "busy", "another worker is visiting this site now", Counts(), 0.0)
            )
        else:
            self._launch(lease, purpose)

    async def _wait_for_all(self, deadline: float | None) -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while self._underway.tasks:
                left = max(0.0, deadline - time.monotonic()) if deadline else None
                await asyncio.wait(
                    {*self._underway.tasks, stopping},
                    timeout=left,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if self._stopping.is_set() or (deadline and time.monotonic() >= deadline):
                    return
        finally:
            stopping.cancel()

    async def _lease_due(self) -> list[Lease]:
        room = min(SLOTS - len(self._underway.tasks), LEASED_TOGETHER)
        busy = tuple(self._underway.runs)

        def work(db: Session) -> list[Lease]:
            now, awake = leases.clock(db), list[Lease]()
            while leased := leases.lease_due(
                db,
                owner=self._name,
                now=now,
                seconds=self._orders.lease_seconds,
                among=self._orders.only or self._known,
                excluding={*busy, *(lease.site for lease in awake)},
                most=room - len(awake),
            ):
                for lease in leased:
                    wakes = self._known[lease.site].wakes(now)
                    if wakes <= now:
                        awake.append(lease)
                    else:
                        leases.release(db, lease, next_due=wakes)
            return awake

        return await self._keeper.call(work) if room > 0 else []

    def _launch(self, lease: Lease, purpose: Purpose = "poll") -> None:
        task = asyncio.create_task(self._visit(lease, purpose))
        self._underway.tasks.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._underway.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, DiskFull):
            self._end_full(str(error))
        elif error is not None:
            self.troubled = True
            log.error("a visit broke off", exc_info=error)

    def _end_full(self, why: str) -> None:
        """Stop the whole worker: the other sites would fare no better. Said once."""
        self.troubled = True
        if not self._stopping.is_set():
            log.critical("%s: %s The worker stops; nothing that was kept is lost", self._name, why)
            self.stop()

    async def _visit(self, lease: Lease, purpose: Purpose) -> None:
        spider, visit = self._begin(self._known[lease.site], lease, purpose)
        report = await self._go(lease, spider, visit)
        self.troubled |= report.outcome in {"refused", "failing", "resting"}
        self._report(report)

    async def _go(self, lease: Lease, spider: type[SiteSpider], visit: Visit) -> Report:
        run = SiteRun(
            self._keeper,
            visit.site,
            lease,
            crawler=self._runner.create_crawler(spider),
            seconds=self._orders.lease_seconds,
            visit=visit,
            recheck_after=self._recheck_after(),
        )
        self._underway.runs[lease.site] = run
        try:
            return await run.go()
        finally:
            del self._underway.runs[lease.site]
            if visit.full is not None:
                self._end_full(visit.full)

    @property
    def stopping(self) -> bool:
        """Whether this worker was told to stop."""
        return self._stopping.is_set()

    async def poll(self, key: str) -> Report | None:
        """Visit one site now; None while another worker holds it."""
        return await self.hold(key, lambda site, lease: self._begin(site, lease, "poll"))

    async def hold(self, key: str, begin: Begin) -> Report | None:
        """Visit one site as *begin* says, to its end; None while another worker holds it."""
        lease = await self._keeper.call(
            lambda db: leases.lease_site(
                db, key, owner=self._name, now=leases.clock(db), seconds=self._orders.lease_seconds
            )
        )
        if lease is None:
            return None
        task = asyncio.create_task(self._go(lease, *begin(self._known[key], lease)))
        self._underway.tasks.add(task)
        task.add_done_callback(self._underway.tasks.discard)
        return await task

    async def attend(self, work: Awaitable[T]) -> T:
        """Do *work*, which visits through `hold`, while this worker shows that it lives."""
        beat = asyncio.create_task(self._beat())
        try:
            return await work
        finally:
            beat.cancel()
            await self._finish()

    def _begin(self, site: Site, lease: Lease, purpose: Purpose) -> tuple[type[SiteSpider], Visit]:
        frontier = ArchiveFrontier(
            self._keeper,
            site,
            lease,
            captures=self.captures,
            clock=self._clock,
            recheck_after=self._recheck_after(),
            recheck_all=purpose == "recheck",
        )
        visit = Visit(
            site,
            frontier,
            clock=self._clock,
            capture=self.captures is not None,
            capture_pages=self._orders.capture_pages,
            purpose=purpose,
        )
        return spider_class(site), visit

    def _recheck_after(self) -> list[timedelta]:
        return [timedelta(hours=hours) for hours in self._orders.recheck_hours]

    async def _beat(self) -> None:
        while True:
            await self._keeper.call(lambda db: leases.beat(db, self._name, now=leases.clock(db)))
            await asyncio.sleep(self._orders.lease_seconds / 3)

    async def _pause(self, *, once: bool) -> None:
        """Wait until something may be due, a visit ends, or we are told to stop."""
        waits: set[asyncio.Task[Any]] = {asyncio.create_task(self._stopping.wait())}
        running = set(self._underway.tasks) if once or len(self._underway.tasks) >= SLOTS else set()
        await asyncio.wait(
            {*waits, *running}, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        for task in waits:
            task.cancel()

    async def _finish(self) -> None:
        """Stop what is under way, and give everything back."""
        while self._underway.tasks:
            # A visit launched a moment ago has no run to stop yet.
            await asyncio.gather(*(run.stop() for run in list(self._underway.runs.values())))
            await asyncio.wait(set(self._underway.tasks), timeout=0.2)
        try:
            await self._keeper.call(
                lambda db: leases.beat(db, self._name, now=leases.clock(db), ended=True)
            )
        except DBAPIError as error:
            log.warning("the archive is away, so this worker's end is not recorded: %s", error)
        if self.captures is not None:
            self.captures.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a worker as the command line says; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m scraper.worker")
    parser.add_argument("--config-json", required=True)
    parser.add_argument("--max-seconds", type=float)
    parser.add_argument("--sites", nargs="*", default=None)
    parser.add_argument("--recheck", action="store_true")
    parser.add_argument("--backfill", metavar="JSON")
    parser.add_argument("--check", metavar="SITE")
    parser.add_argument("--progress", action="store_true")
    parser.add_argument("--probe", metavar="URL")
    parser.add_argument("--private-network", action="store_true")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent does")
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=os.environ.get("RASID_LOG", "WARNING"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("scrapy").setLevel(logging.WARNING)
    for name in RECORDED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return _run(options)
    except RasidError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one line a person reads
        return 2


def _run(options: argparse.Namespace) -> int:
    orders = Orders.read(options.config_json)
    known = catalogue.load([Path(folder) for folder in orders.sites])
    past = Asked.read(options.backfill) if options.backfill else None
    if past is not None:
        orders = replace(orders, lease_seconds=min(orders.lease_seconds, BACKFILL_LEASE))
    named = [options.check] if options.check else [past.site] if past else options.sites or ()
    check_keys([*named, *orders.only], known)
    check_browser(named, known)
    if options.probe:
        unknown = scout.provisional(options.probe, private_network=options.private_network)
        return react(lambda: _probe(unknown, orders))
    if options.check:
        return react(lambda: _check(known[options.check], orders, progress=options.progress))
    # A site comes free when its lease ends, though its worker froze while it held the row.
    keeper = Keeper(open_archive(orders.archive, create=True, silence=orders.lease_seconds))
    try:
        return react(lambda: _work(keeper, known, orders, options, past))
    finally:
        keeper.close()


async def _probe(site: Site, orders: Orders) -> int:
    found = await scout.probe(site, _runner(orders))
    _tell(found)
    return 0 if found["outcome"] == "ok" else 1


async def _check(site: Site, orders: Orders, *, progress: bool) -> int:
    def tell(answer: check.Answered) -> None:
        if progress:
            _tell({"site": site.key, "route": answer.json()})

    found = await check.check(site, _runner(orders), tell)
    _tell(found)
    return 0 if found["outcome"] == "ok" else 1


async def _work(
    keeper: Keeper,
    known: Mapping[str, Site],
    orders: Orders,
    options: argparse.Namespace,
    past: Asked | None,
) -> int:
    reports = bool(options.once or options.sites is not None or past)
    worker = Worker(
        keeper,
        known,
        orders=orders,
        name=own_name(),
        report=_print if reports else _log,
    )
    signalled: list[int] = []

    def on_signal(number: int) -> None:
        signalled.append(number)
        worker.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    orphaned = loop.create_task(_outlive_nobody(worker)) if options.with_parent else None
    await worker.register()
    if past is not None:
        backfill = Backfill(worker, keeper, known[past.site], past, tell=_tell, clock=utcnow)
        worker.troubled = not await worker.attend(backfill.run())
    elif options.sites is not None:
        purpose: Purpose = "recheck" if options.recheck else "poll"
        await worker.visit_all(options.sites, seconds=options.max_seconds, purpose=purpose)
    else:
        await worker.serve(once=options.once, seconds=options.max_seconds)
    if orphaned is not None:
        orphaned.cancel()
    if signalled and reports:
        return 130
    return 1 if worker.troubled and reports else 0


async def _outlive_nobody(worker: Worker) -> None:
    """Stop *worker* when the process that started it is gone: nobody would tell it to."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - the system sends no event
        await asyncio.sleep(IDLE_SECONDS)
    log.warning("the service that started this worker is gone; it ends")
    worker.stop()


def _runner(orders: Orders) -> AsyncCrawlerRunner:
    settings = Settings()
    settings.setmodule(project, priority="project")
    settings.set("CLOSESPIDER_TIMEOUT", VISIT_SECONDS)
    settings.set("DOWNLOAD_TIMEOUT", orders.answer_seconds)
    if orders.contact:
        settings.set("USER_AGENT", f"Rasid/{project.VERSION} (+{orders.contact})")
    return AsyncCrawlerRunner(settings)


def _print(report: Report) -> None:
    _tell(report.as_json())


def _tell(told: Mapping[str, Any]) -> None:
    print(json.dumps(told, ensure_ascii=False), flush=True)  # noqa: T201 - what was asked for


def _log(report: Report) -> None:
    log.info("%s", json.dumps(report.as_json(), ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
