"""Articles out of files, kept in the order in which they were published.

    files → spool (on disk, sorted) → batches → storage.archive.keep

The order matters: of articles that carry one text the first published is the
original, and the others are its copies. Memory does not grow with the files.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from scheduler import crawled, exported, foreign
from scheduler.exported import Exported
from scheduler.foreign import NO_ADDRESS, Catalogue, Origin, Refused, Saying
from scheduler.spool import Entry, Spool, decoded, entries, unwrapped
from storage import archive
from storage.captures import Record
from storage.database import session
from storage.fingerprint import digest
from storage.models import Alias, Article, Site, Version
from storage.urls import credible_canonical, url_key

# Pages in one transaction: enough that commits cost little, few enough that a
# crawl beside an import does not wait long.
BATCH = 200
# Places of refused records remembered for each reason, to be shown.
EXAMPLES = 5
ENDINGS = (".gz", ".jsonl", ".ndjson", ".json")

Clock = Callable[[], datetime]
Advance = Callable[[int], None]


@dataclass(slots=True)
class Ledger:
    """What became of the records: seen = new + revised + unchanged + refused."""

    seen: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    versions: int = 0
    sites: set[str] = field(default_factory=set)

    def refuse(self, place: str, reason: str) -> None:
        """Count a record that was not kept."""
        self.refused[reason] += 1
        places = self.examples.setdefault(reason, [])
        if len(places) < EXAMPLES:
            places.append(place)

    @property
    def kept(self) -> int:
        """Records that brought something new."""
        return self.outcomes["new"] + self.outcomes["revised"]

    @property
    def closes(self) -> bool:
        """Whether every record is accounted for."""
        return self.seen == self.kept + self.outcomes["unchanged"] + self.refused.total()

    def as_json(self) -> dict[str, Any]:
        """Return the sums."""
        return {
            "seen": self.seen,
            "kept": self.kept,
            "new": self.outcomes["new"],
            "revised": self.outcomes["revised"],
            "unchanged": self.outcomes["unchanged"],
            "refused": dict(sorted(self.refused.items())),
            "versions": self.versions,
            "sites": sorted(self.sites),
        }


class Step(NamedTuple):
    """One saying on its way into the archive."""

    entry: Entry
    saying: Saying
    # The last of its record: what is true of the whole record is settled with it.
    last: bool
    whole: Exported | None


class Import:
    """One import; its ledger grows while it runs.

    *catalogue* lends known sites their names, zones and rules of addresses;
    *site* overrides what the records say; *timezone* is that of naive dates
    of unknown sites. With *alerting* the watches may alert on what comes in.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        catalogue: Catalogue,
        clock: Clock,
        timezone: str,
        site: str | None = None,
        alerting: bool = False,
    ) -> None:
        self.ledger = Ledger()
        self._engine = engine
        self._catalogue = catalogue
        self._clock = clock
        self._started = self._ticked = clock()
        self._timezone = timezone
        self._site = site
        self._alerting = alerting
        # Records of which some version was kept, while others are still to come.
        self._begun: dict[str, str] = {}

    def run(self, paths: Sequence[Path], advance: Advance = lambda _: None) -> Ledger:
        """Keep what stands in *paths*. InputError, with nothing kept, where one cannot be read.

        *advance* is told of records done.
        """
        with Spool() as spool:
            for path in paths:
                self._collect(spool, path)
            steps = self._steps(spool)
            while batch := list(islice(steps, BATCH)):
                self._keep(batch)
                advance(sum(step.last for step in batch))
        return self.ledger

    def _collect(self, spool: Spool, path: Path) -> None:
        found_in = entries(path)
        if crawled.is_crawl(path):
            found_in = crawled.entries(path, self._catalogue, self._timezone)
        for entry in found_in:
            try:
                self._put(spool, entry)
            except Refused as refusal:
                found = unwrapped(entry) if refusal.reason == "no_text" else [entry]
                if found == [entry]:
                    self._refuse(entry, refusal)
                    continue
                for each in found:
                    try:
                        self._put(spool, each)
                    except Refused as inner:
                        self._refuse(each, inner)

    def _put(self, spool: Spool, entry: Entry) -> None:
        sayings, _ = self._read(entry)
        spool.put(entry, [saying.moment for saying in sayings])
        self.ledger.seen += 1

    def _refuse(self, entry: Entry, refusal: Refused) -> None:
        self.ledger.seen += 1
        self.ledger.refuse(entry.place, refusal.reason)

    def _steps(self, spool: Spool) -> Iterator[Step]:
        for entry, number in spool.ordered():
            sayings, whole = self._read(entry)
            yield Step(entry, sayings[number], number == len(sayings) - 1, whole)

    def _read(self, entry: Entry) -> tuple[list[Saying], Exported | None]:
        found = decoded(entry)
        if isinstance(found, str):
            raise Refused(found)
        origin = Origin(
            stem(entry.place.rpartition(":")[0]),
            self._timezone,
            self._started,
            self._site,
            self._catalogue,
        )
        if exported.is_exported(found):
            whole = exported.read(found, origin)
            return whole.sayings, whole
        return [foreign.read(found, origin)], None

    def _keep(self, batch: Sequence[Step]) -> None:
        """Keep a batch in one transaction; when something in it cannot be kept, each in its own."""
        try:
            with session(self._engine) as db:
                known = _known(db, [key for step in batch for key in self._keys(step)])
                outcomes = [self._keep_one(db, step, known) for step in batch]
        except (DBAPIError, ValueError) as error:
            if not _lies_in_the_record(error):
                raise
            if len(batch) == 1:
                self._settle(batch[0], Refused("not_storable"))
                return
            for step in batch:
                self._keep([step])
        else:
            for step, outcome in zip(batch, outcomes, strict=True):
                self._settle(step, outcome)

    def _keep_one(self, db: Session, step: Step, known: set[str]) -> str | Refused:
        """Keep a page. *known* are the batch's keys the archive has; it grows with it."""
        saying, page = step.saying, step.saying.page
        keys = self._keys(step)
        found = None if known.isdisjoint(keys) else archive.find(db, keys)
        if found is not None and (verdict := _compare(db, found, saying)):
            return verdict
        known.update(keys, page.aliases)
        _register(db, page.site, self._catalogue)
        kept = archive.keep(
            db,
            page,
            now=saying.seen_at or self._tick(),
            capture=_given(saying.capture),
            alerting=self._alerting,
            identity=self._identity(step),
        )
        if step.last and step.whole:
            _restore(db.get_one(Article, kept.article_id), step.whole)
        return kept.outcome

    def _settle(self, step: Step, outcome: str | Refused) -> None:
        """Count a record when its last version is through."""
        place = step.entry.place
        if outcome in ("new", "revised"):
            self.ledger.versions += 1
            self.ledger.sites.add(step.saying.page.site)
            self._begun.setdefault(place, str(outcome))
        if not step.last:
            return
        begun = self._begun.pop(place, None)
        if begun:
            self.ledger.outcomes[begun] += 1
        elif isinstance(outcome, Refused):
            self.ledger.refuse(place, outcome.reason)
        else:
            self.ledger.outcomes[outcome] += 1

    def _keys(self, step: Step) -> list[str]:
        """The compared forms of the page's own addresses, as `archive.keep` sees them."""
        page, identity = step.saying.page, self._identity(step)
        urls = [page.url]
        if page.canonical_url and credible_canonical(page.url, page.canonical_url):
            urls.insert(0, page.canonical_url)
        return [identity(url) for url in urls]

    def _identity(self, step: Step) -> Callable[[str], str]:
        as_they_are = step.whole.keys if step.whole else frozenset()
        listed = self._catalogue.sites.get(step.saying.page.site)
        rule = url_key
        if listed is not None:
            rule = partial(url_key, drop=listed.drop_params, number=listed.number_pattern)

        def identity(url: str) -> str:
            return url if url.startswith(NO_ADDRESS) or url in as_they_are else rule(url)

        return identity

    def _tick(self) -> datetime:
        """Return now, later at every call: the order of keeping can be told from it again."""
        self._ticked = max(self._clock(), self._ticked + timedelta(microseconds=1))
        return self._ticked


def stem(name: str) -> str:
    """Return a file's name without what says how it is written.

    >>> stem("khaleej.jsonl.gz")
    'khaleej'
    """
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name


def _known(db: Session, keys: Sequence[str]) -> set[str]:
    """Return which of *keys* articles go by: nearly always none, and one question for a batch."""
    own = select(Article.url_key).where(Article.url_key.in_(keys))
    return set(db.scalars(own.union(select(Alias.url_key).where(Alias.url_key.in_(keys)))))


def _compare(db: Session, known: Article, saying: Saying) -> str | Refused | None:
    """Return what to answer where the archive knows better; None where it should compare itself.

    An archive only learns the newest version of an article. A text it has had
    before is no revision, unless the other archive saw it come back later.
    """
    version = db.scalars(
        select(Version).where(
            Version.article_id == known.id, Version.number == known.version_number
        )
    ).one()
    found = digest(saying.page.headline, saying.page.body)
    earlier = saying.seen_at is not None and saying.seen_at < version.seen_at
    if found == version.digest:
        return "unchanged" if earlier else None
    had = select(Version.id).where(Version.article_id == known.id, Version.digest == found)
    later = saying.seen_at is not None and saying.seen_at > version.seen_at
    if not later and db.scalars(had).first() is not None:
        return "unchanged"
    if _is_older(saying, version):
        return Refused("older_than_known")
    return None


def _is_older(saying: Saying, version: Version) -> bool:
    if saying.seen_at is not None:
        return saying.seen_at < version.seen_at
    modified = saying.page.modified_at
    return bool(modified and version.modified_at and modified < version.modified_at)


def _register(db: Session, key: str, catalogue: Catalogue) -> None:
    if db.get(Site, key) is None:
        listed = catalogue.sites.get(key)
        name = listed.name if listed else key
        db.add(Site(key=key, name=name, imported=True, enabled=False))
        db.flush()


def _lies_in_the_record(error: Exception) -> bool:
    """Whether the next record may fare better; a full disk or a lost server fails them all."""
    if not isinstance(error, OperationalError):
        return True
    # PostgreSQL's class 54: what was to be stored is beyond one of its limits.
    return str(getattr(error.orig, "sqlstate", None) or "").startswith("54")


def _given(record: Record | None) -> Callable[[], Record] | None:
    return None if record is None else lambda: record


def _restore(article: Article, whole: Exported) -> None:
    """Give the article what its versions do not tell."""
    if whole.last_seen_at:
        article.last_seen_at = max(article.last_seen_at, whole.last_seen_at)
    article.modified_at = whole.modified_at or article.modified_at


def examples(ledger: Ledger) -> Iterable[str]:
    """Yield a line for each reason of refusal: how many, and where the first ones stand."""
    for reason, count in sorted(ledger.refused.items()):
        places = ", ".join(ledger.examples[reason])
        more = ", …" if count > len(ledger.examples[reason]) else ""
        yield f"refused {count} ({reason}): {places}{more}"
