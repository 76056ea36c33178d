"""Kept captures read once more, after the rules of a site or the extractor changed.

What comes out otherwise becomes a version of its own, marked as the extractor's doing, and tells
nobody. What the route had said of an article, and its page does not, is carried over.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from scheduler import proofs, verifying
from scheduler.jobs import Clock
from scheduler.verifying import Claim, Shelf
from scraper.catalogue import Site
from scraper.extraction.errors import NoArticle
from scraper.items import ArticleItem
from storage import archive, queries
from storage.archive import storable
from storage.database import reading, session
from storage.errors import InputError
from storage.models import Version

TEXTS = ("headline", "body")
FACTS = ("authors", "section", "tags", "language", "published_at")
# A time told as "two hours ago" is as exact as the clock of who read it.
APART = timedelta(minutes=1)
SHOWN = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """An article that reads otherwise now."""

    article: int
    site: str
    url: str
    version: int
    changes: Mapping[str, tuple[Any, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return one JSON object; *version* is the new one."""
        return {
            "article": self.article,
            "site": self.site,
            "url": self.url,
            "version": self.version,
            "changes": {
                name: {"before": _plain(before), "after": _plain(after)}
                for name, (before, after) in self.changes.items()
            },
        }

    def line(self) -> str:
        """Return one line for a person."""
        said = []
        for name, (before, after) in self.changes.items():
            if name == "body":
                said.append(f"body {len(before)} to {len(after)} characters")
            else:
                said.append(f"{name} {_short(before)} to {_short(after)}")
        return f"{self.article}  {self.site}  {'; '.join(said)}  {self.url}"


@dataclass(slots=True)
class Ledger:
    """What became of the articles: read = the sum of the outcomes."""

    outcomes: Counter[str] = field(default_factory=Counter)
    # Why captures gave no article, or could not be read.
    refused: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """Return the sums."""
        names = ("changed", "unchanged", "no_capture", "refused")
        return {name: self.outcomes[name] for name in names} | {"reasons": dict(self.refused)}


def reextract(
    engine: Engine,
    shelf: Shelf,
    sites: Mapping[str, Site],
    *,
    clock: Clock,
    ledger: Ledger,
    only: Sequence[str] = (),
    dry: bool = False,
) -> Iterator[Difference]:
    """Read the captures of current versions again and yield what differs; *dry* keeps nothing.

    One article is one transaction; *ledger* grows as it goes.
    """
    with reading(engine) as db:
        numbers = proofs.numbers(db, only)
    for number in numbers:
        with reading(engine) as db:
            claim = proofs.of_articles(db, [number])[-1]
        found = _read(claim, shelf, sites, ledger)
        if found is None:
            continue
        with reading(engine) if dry else session(engine) as db:
            [row] = queries.by_ids(db, [claim.article])
            _carry_over(found, row.version)
            changes = differences(row.version, found)
            if changes:
                version = row.version.number + 1
                if not dry:
                    archive.read_anew(db, row.article, found, now=clock())
        ledger.outcomes["changed" if changes else "unchanged"] += 1
        if changes:
            yield Difference(number, claim.site, claim.url, version, changes)


def differences(version: Version, item: ArticleItem) -> dict[str, tuple[Any, Any]]:
    """Return what *item* says otherwise than *version*: {field: (before, after)}."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in TEXTS:
        before, after = getattr(version, name), storable(getattr(item, name))
        if before != after:
            found[name] = before, after
    for name in FACTS:
        before, after = getattr(version, name), getattr(item, name)
        if name == "published_at" and before and after and abs(before - after) < APART:
            continue
        if before != after:
            found[name] = before, after
    return found


def _read(
    claim: Claim, shelf: Shelf, sites: Mapping[str, Site], ledger: Ledger
) -> ArticleItem | None:
    record = claim.capture
    if record is None or record.dropped_at is not None:
        ledger.outcomes["no_capture"] += 1
        return None
    try:
        return verifying.reread(claim, verifying.load(record, shelf), sites)
    except NoArticle as error:
        reason = error.reason
    except InputError:
        reason = "not_readable"
    ledger.outcomes["refused"] += 1
    ledger.refused[reason] += 1
    return None


def _carry_over(item: ArticleItem, version: Version) -> None:
    for name in ("authors", "section", "tags", "published_at", "modified_at"):
        source = version.provenance.get(name, "")
        if source.startswith("route:") and not getattr(item, name):
            setattr(item, name, getattr(version, name))
            item.provenance[name] = source
            if name == "published_at":
                item.published_raw, item.date_source = version.published_raw, version.date_source


def _plain(value: Any) -> Any:
    return queries.moment(value) if isinstance(value, datetime) else value


def _short(value: Any) -> str:
    said = " ".join(str(_plain(value)).split())
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
