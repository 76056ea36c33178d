"""The main job on the newsroom: the real service and its workers, watched from beside.

A folder gets a configuration, a watch list and the newsroom's site files, as a
desk of its own would have them; the service runs on that. A watchman stands
beside it: it lets the sites grow, and sees when the sample's alert is out.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, update

from scheduler.config import Config
from scheduler.newsroom.server import Newsroom
from storage import outbox
from storage.database import reading, session
from storage.models import Article, Match, Site

# The article the demonstration is about, and what its desk watches for.
SAMPLE = "rus-threat"
WATCH = "شرق الفرات"
# Its copies come after it, as they do in life: the alert is raised by the original.
HOLD: Mapping[str, timedelta] = {
    "rus-threat-tadmor": timedelta(seconds=20),
    "rus-threat-alnawaeer": timedelta(seconds=50),
    "rus-threat-alghouta": timedelta(seconds=110),
}
# What outlets put right while they are watched.
CORRECTIONS: Mapping[str, timedelta] = {
    "lira-fall": timedelta(seconds=90),
    "damascus-metro": timedelta(seconds=150),
    "ferry-sink": timedelta(seconds=240),
}
# A real site is asked every five minutes at most; nobody watches a demonstration that long.
POLL = timedelta(seconds=15)
# Any free port: a desk of the person's own may be listening on the usual one.
DESK = "127.0.0.1:0"
# Seconds between two looks of the watchman.
LOOK = 0.25

_CONFIG = """# The desk of the demonstration.
archive = "sqlite:///rasid.db"
captures = "captures"
sites = ["sites"]
watches = "watches.toml"

[crawl]
workers = 1
only = [{only}]

[desk]
address = "{desk}"
"""
_WATCHES = f"""[[watch]]
name = "{WATCH}"
query = "{WATCH}"
priority = "high"
"""


def prepare(folder: Path, newsroom: Newsroom, desk: str = "") -> Config:
    """Write a desk for *newsroom*, which must be served already, into *folder*; return its settings.

    *desk* is where its web desk listens; nowhere when empty.
    """
    newsroom.write_sites(folder / "sites")
    only = ", ".join(f'"{key}"' for key in newsroom.keys)
    path = folder / "rasid.toml"
    path.write_text(_CONFIG.format(only=only, desk=desk), "utf-8")
    (folder / "watches.toml").write_text(_WATCHES, "utf-8")
    # Nothing of the person's own settings: this desk must not touch theirs.
    return Config.load(path, {})


def offline(environ: Mapping[str, str]) -> dict[str, str]:
    """Return *environ* for workers that only speak with this machine: no proxies, no settings."""
    return {
        name: value
        for name, value in environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("RASID_")
    }


@dataclass(slots=True)
class Watchman:
    """Stands beside the service in a thread of its own.

    *tell* gets a line for each thing that happens; *found* is called with the
    JSON of the sample's alert, once. With *growing*, sites grow and put
    things right on schedule.
    """

    newsroom: Newsroom
    engine: Engine
    clock: Callable[[], datetime]
    tell: Callable[[str], None]
    found: Callable[[outbox.Entry, dict[str, Any]], None]
    growing: bool
    alert: dict[str, Any] | None = field(default=None, init=False)
    failure: BaseException | None = field(default=None, init=False)
    _copies: int = field(default=0, init=False)
    _visited: set[str] = field(default_factory=set, init=False)
    _corrected: set[str] = field(default_factory=set, init=False)
    _exhausted: bool = field(default=False, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)

    def watch(self, until: datetime | None, stop: Callable[[], None]) -> None:
        """Look until told to end, or past *until*; then call *stop*."""
        try:
            while not self._stopping.wait(LOOK):
                self._look()
                if until is not None and (self.alert is not None or self.clock() >= until):
                    break
        except BaseException as error:  # noqa: BLE001 - handed on to the thread that waits
            self.failure = error
        finally:
            stop()

    def end(self) -> None:
        """Let `watch` return."""
        self._stopping.set()

    def shortfall(self) -> str:
        """Return how far things came, for who waited in vain."""
        with reading(self.engine) as db:
            visited = db.scalar(select(func.count()).where(Site.state != "new")) or 0
            articles = db.scalar(select(func.count(Article.id))) or 0
            matches = db.scalar(select(func.count(Match.id))) or 0
        total = len(self.newsroom.keys)
        return (
            f"{visited} of {total} sites were visited, {articles} articles kept, "
            f"{matches} matched '{WATCH}'"
        )

    def _look(self) -> None:
        if self.growing:
            self._grow()
        with reading(self.engine) as db:
            self._see_sites(db)
            self._see_alert(db)

    def _grow(self) -> None:
        now = self.clock()
        for gold in self.newsroom.advance(now):
            self.tell(f"{gold.site} publishes: {gold.headline}")
        for article_id, after in CORRECTIONS.items():
            if article_id not in self._corrected and now - self.newsroom.opened_at >= after:
                self._corrected.add(article_id)
                gold = self.newsroom.correct(article_id)
                self.tell(f"{gold.site} corrects: {gold.headline}")
        if not self._exhausted and not self.newsroom.held and self._corrected == set(CORRECTIONS):
            self._exhausted = True
            self.tell("the sites have published all they had; Ctrl-C ends")
        self._hurry(now)

    def _hurry(self, now: datetime) -> None:
        """Let no site wait longer than `POLL`; only where one would, since it takes the archive."""
        late = Site.next_due > now + POLL
        with reading(self.engine) as db:
            waiting = db.scalar(select(func.count()).where(late, Site.enabled))
        if waiting:
            with session(self.engine) as db:
                db.execute(update(Site).where(late).values(next_due=now + POLL))

    def _see_sites(self, db: Any) -> None:
        for site in db.scalars(select(Site).where(Site.state != "new")):
            if site.key not in self._visited:
                self._visited.add(site.key)
                kept = db.scalar(select(func.count()).where(Article.site_key == site.key))
                reason = f" ({site.state_reason})" if site.state_reason else ""
                self.tell(f"{site.key}: {site.state}{reason}, {kept} articles")

    def _see_alert(self, db: Any) -> None:
        """Look for the sample's alert once it is delivered, and for copies that join it."""
        headline = self.newsroom.gold_of(SAMPLE).headline
        for entry in outbox.latest(db, watch=WATCH, limit=100):
            if entry.version.headline != headline:
                continue
            sent = outbox.deliveries(db, [entry.alert.id]).get(entry.alert.id, [])
            copies = outbox.copies(db, [entry.alert.id]).get(entry.alert.id, [])
            if self.alert is None and any(one.state == "delivered" for one in sent):
                self.alert = outbox.alert_json(entry, copies, sent)
                self.found(entry, self.alert)
            if len(copies) > self._copies:
                self._copies = len(copies)
                names = ", ".join(copy.site_name for copy in copies)
                self.tell(f"alert {entry.alert.id}: the same text on {names}; no alert of its own")
