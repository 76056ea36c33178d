"""The sweep: the last days evaluated a second time, with the watches as they are now.

What the first evaluation should have found and did not, or found and should not have, is
a defect and reported as one; what it missed is told to the desk late rather than never. What
differs because a watch was changed since is counted, and no defect.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from scheduler import jobs
from scheduler.compiled import compiled
from scheduler.config import Config
from scheduler.jobs import BATCH, Clock
from scheduler.packs.shelf import Packs
from scheduler.watchlists import Watch
from storage import notices, watches
from storage.database import reading, session
from storage.models import Article, Version
from storage.models import Watch as Row
from storage.outbox import Outlet
from storage.queries import moment
from storage.watches import Found

# So many differences are named; the rest are counted.
NAMED = 200


@dataclass(slots=True)
class Swept:
    """What a sweep looked at and what it found otherwise."""

    since: datetime
    versions: int = 0
    # Differences that are there because a watch was changed after the first evaluation.
    changed: int = 0
    missed: list[dict[str, Any]] = field(default_factory=list)
    lost: list[dict[str, Any]] = field(default_factory=list)

    @property
    def defects(self) -> int:
        """How many differences nothing explains."""
        return len(self.missed) + len(self.lost)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "since": moment(self.since),
            "versions": self.versions,
            "changed": self.changed,
            "defects": self.defects,
            "missed": self.missed[:NAMED],
            "lost": self.lost[:NAMED],
        }


def sweep(
    engine: Engine,
    listed: Sequence[Watch],
    config: Config,
    clock: Clock,
    *,
    days: int,
    packs: Packs | None = None,
    outlets: Sequence[Outlet] = (),
    batch: int = BATCH,
) -> Swept:
    """Evaluate the versions of the last *days* again; *outlets* are told where something differs.

    No writer waits for longer than it takes to write what a batch missed.
    """
    done = Swept(since=clock() - timedelta(days=days))
    with session(engine) as db:
        rows = watches.sync(db, listed, clock())
    matcher = compiled(tuple(listed), packs)
    ids = {name: row.id for name, row in rows.items()}
    after = 0
    while True:
        with reading(engine) as db:
            page = watches.evaluated(db, done.since, after, batch)
            if not page:
                break
            found = jobs.found(matcher, page, ids)
            missed = _compare(db, page, found, rows.values(), done)
        after = page[-1][1].id
        done.versions += len(page)
        if missed:
            with session(engine) as db:
                jobs.record(db, listed, config, ids, missed, clock())
    with session(engine) as db:
        whom = outlets if done.defects else ()
        notices.add(db, "sweep", "sweep", done.as_json(), whom, clock())
    return done


def _compare(
    db: Session,
    page: Sequence[tuple[Article, Version]],
    found: Sequence[Found],
    rows: Iterable[Row],
    done: Swept,
) -> list[Found]:
    """Hold *found* against the matches there are; return what was missed, by defect or not told."""
    active = {row.id: row for row in rows}
    known = watches.matches_in(db, [version.id for _, version in page], list(active))
    by_id = {version.id: (article, version) for article, version in page}
    missed = []
    for each in found:
        if (each.watch_id, each.version.id) in known:
            continue
        watch = active[each.watch_id]
        if _changed_since(watch, each.version.matched_at):
            done.changed += 1
            continue
        done.missed.append(_difference(watch, each.article, each.version))
        missed.append(each)
    here = {(each.watch_id, each.version.id) for each in found}
    for key, match in known.items():
        if key in here:
            continue
        article, version = by_id[match.version_id]
        watch = active[match.watch_id]
        if _changed_since(watch, match.matched_at):
            done.changed += 1
        else:
            done.lost.append(_difference(watch, article, version))
    return missed


def _changed_since(watch: Row, evaluated_at: datetime | None) -> bool:
    return evaluated_at is None or watch.changed_at >= evaluated_at


def _difference(watch: Row, article: Article, version: Version) -> dict[str, Any]:
    return {
        "watch": watch.name,
        "article": article.id,
        "version": version.number,
        "headline": version.headline,
        "url": article.url,
    }
