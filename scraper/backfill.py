"""A backfill from its first call to its end, beside the polls of its site.

It holds the site for some minutes at a time. When the site is due for a poll, it is
polled first: by whichever worker takes it, or here.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from scraper import walk
from scraper.catalogue import Site
from scraper.history import HistoryFrontier, Past
from scraper.keeper import Keeper
from scraper.manners import host_of
from scraper.orders import Report
from scraper.spiders import backfill as spiders
from scraper.spiders.base import SiteSpider
from scraper.visit import Visit
from scraper.walk import Place, Window
from storage import backfills, hosts
from storage.backfills import Standing
from storage.captures import Writer
from storage.errors import InputError
from storage.leases import Lease

Tell = Callable[[dict[str, Any]], None]
Begin = Callable[[Site, Lease], tuple[type[SiteSpider], Visit]]


class Holder(Protocol):
    """What a backfill needs of the worker it runs in."""

    @property
    def captures(self) -> Writer | None: ...
    @property
    def stopping(self) -> bool: ...
    async def poll(self, key: str) -> Report | None:
        """Poll one site now; None while another worker holds it."""

    async def hold(self, key: str, begin: Begin) -> Report | None:
        """Visit one site as *begin* says; None while another worker holds it."""


# How long to wait for a site that another worker holds, before asking again.
PAUSE = 1.0
# A server that asks for more is left alone, and the backfill ends for now.
LONGEST_REST = 600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    site: str
    since: datetime
    until: datetime | None = None
    # So many new articles at most, this time.
    most: int | None = None

    @classmethod
    def read(cls, text: str) -> "Asked":
        """Return what the JSON object *text* asks for; InputError names what it cannot use."""
        try:
            told = json.loads(text)
            until = told.get("until")
            return cls(
                site=str(told["site"]),
                since=datetime.fromisoformat(told["since"]),
                until=datetime.fromisoformat(until) if until else None,
                most=told.get("max"),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"--backfill: {error!r}; `rasid backfill` writes it.") from error


class Backfill:
    """Reads the past of one site, as far as it was not read yet."""

    def __init__(
        self,
        worker: Holder,
        keeper: Keeper,
        site: Site,
        asked: Asked,
        *,
        tell: Tell,
        clock: Callable[[], datetime],
    ) -> None:
        self._worker, self._keeper = worker, keeper
        self._site, self._asked = site, asked
        self._tell, self._clock = tell, clock
        self._window = Window(asked.since, asked.until)
        self._new = 0
        self._held: Standing | None = None
        self._visit: Past | None = None

    async def run(self) -> bool:
        """Read what there is to read, and tell how it went; True when nothing failed."""
        started = time.monotonic()
        begun = self._held = await self._keeper.call(
            lambda db: backfills.resume(
                db,
                self._site.key,
                since=self._asked.since,
                until=self._asked.until,
                now=self._clock(),
            )
        )
        ways = [way.kind for way in self._place(begun).ways]
        self._tell({"event": "begin", "resumed": begun.resumed, "ways": list(dict.fromkeys(ways))})
        outcome, reason = await self._walk()
        end = await self._keeper.call(
            lambda db: backfills.standing(db, begun.id, resumed=begun.resumed)
        )
        self._tell(
            {
                **await self._report(end),
                "outcome": outcome,
                "reason": reason,
                "seconds": round(time.monotonic() - started, 3),
            }
        )
        return outcome in {"done", "max", "stopped"} and not end.holes

    async def _report(self, end: Standing) -> dict[str, Any]:
        site, asked = self._site.key, self._asked
        until = asked.until or self._clock()
        silences = await self._keeper.call(
            lambda db: backfills.silences(db, site, since=asked.since, until=until)
        )
        waiting = await self._keeper.call(lambda db: backfills.waiting(db, site))
        return {
            "event": "end",
            "site": site,
            "since": asked.since.isoformat(),
            "until": asked.until.isoformat() if asked.until else None,
            "outcome": None,
            "reason": None,
            "resumed": end.resumed,
            **_sums(end.counts),
            "waiting": waiting,
            "holes": end.holes,
            "silences": [{"from": a.isoformat(), "to": b.isoformat()} for a, b in silences],
        }

    async def _walk(self) -> tuple[str, str | None]:
        """Visit the past until it is read; return `done`, `max`, `stopped` or `failing`, and why."""
        held = False
        while not self._worker.stopping:
            if self._asked.most is not None and self._new >= self._asked.most:
                return "max", f"{self._new} new articles; the same command goes on"
            if await self._keeper.call(
                lambda db: backfills.is_due(db, self._site.key, now=self._clock())
            ):
                polled = await self._worker.poll(self._site.key)
                if polled is not None:
                    self._tell({"event": "polled", "new": polled.counts.new})
            report = await self._worker.hold(self._site.key, self._begin)
            if report is None:
                if not held:
                    self._tell({"event": "waiting", "reason": "another worker holds the site"})
                held = True
                await asyncio.sleep(PAUSE)
                continue
            held = False
            ended = await self._after(report)
            if ended is not None:
                return ended
        return "stopped", "told to stop; the same command goes on"

    async def _after(self, report: Report) -> tuple[str, str | None] | None:
        visit = self._visit
        assert visit is not None
        self._new += report.counts.new
        if visit.finished:
            return "done", None
        if report.outcome == "ok" or report.outcome in {"lease_lost", "stopped"}:
            return None
        seconds = await self._rest(visit)
        if 0 < seconds <= LONGEST_REST:
            self._tell({"event": "waiting", "reason": f"asked to, {seconds:.0f} s"})
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and not self._worker.stopping:  # noqa: ASYNC110 - to be stopped
                await asyncio.sleep(PAUSE)
            return None
        return "failing", report.reason

    async def _rest(self, visit: Past) -> float:
        """Return for how many seconds more a host of the visit is to be left alone."""
        names = {*visit.rests.asked, *(host_of(route.url) for route in self._site.routes)}
        now = self._clock()
        rests = await self._keeper.call(lambda db: hosts.resting(db, names, now=now))
        return max(((until - now).total_seconds() for until in rests.values()), default=0.0)

    def _begin(self, site: Site, lease: Lease) -> tuple[type[spiders.BackfillSpider], Past]:
        standing = self._held
        assert standing is not None
        frontier = HistoryFrontier(
            self._keeper,
            site,
            lease,
            number=standing.id,
            captures=self._worker.captures,
            clock=self._clock,
        )
        most = self._asked.most
        self._visit = Past(
            site,
            frontier,
            place=self._place(standing),
            window=self._window,
            budget=None if most is None else most - self._new,
            tell=self._tell,
            clock=self._clock,
            capture=self._worker.captures is not None,
        )
        return spiders.spider_class(site), self._visit

    def _place(self, standing: Standing) -> Place:
        visit = self._visit
        if visit is not None:
            return visit.place
        return Place.read(standing.place) if standing.place else walk.begin(self._site)


def _sums(counts: dict[str, int]) -> dict[str, Any]:
    """Return the sums of a backfill as its JSON shows them."""
    told: dict[str, Any] = {
        name: counts.get(name, 0)
        for name in ("requests", "listed", "known", "new", "revised", "unchanged")
    }
    for fate in ("refused", "failed"):
        told[fate] = {
            name.partition(" ")[2]: number
            for name, number in sorted(counts.items())
            if name.startswith(f"{fate} ")
        }
    return told
