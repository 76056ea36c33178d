"""The read side: articles as they are shown, exported and searched.

Everything is read in the form of `Row`, an article with its current version,
its capture and its cluster, and given out as `article_json`, the one shape in
which search, `rasid article`, exports and imports speak of articles.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from storage import withheld
from storage.evidence_tables import Takedown
from storage.models import Alias, Article, Capture, Cluster, Version

# Rows read at a time: a few megabytes of text, whatever the size of the archive.
BATCH = 200


class Row(NamedTuple):
    """An article, one of its versions, that version's capture, its cluster."""

    article: Article
    version: Version
    capture: Capture | None
    cluster: Cluster


class Found(NamedTuple):
    """One article as `Row`, asked for by its number."""

    article: Article
    version: Version
    capture: Capture | None
    cluster: Cluster
    # Why the article is not shown; then neither it nor the version says anything.
    withheld: Takedown | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles are meant: those of *sites*, of a time; all where nothing is said.

    The time of an article is when it was published, or, where nobody knows
    that, when it was first seen. *since* is included, *until* is not.
    """

    sites: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a statement over `Article` must hold; what was taken down is never meant."""
        found: list[ColumnElement[bool]] = [shown()]
        if self.sites:
            found.append(Article.site_key.in_(self.sites))
        if self.since:
            found.append(time_of() >= self.since)
        if self.until:
            found.append(time_of() < self.until)
        return found


def shown() -> ColumnElement[bool]:
    """Return the expression of whether an article may be shown: it is not on the take-down list."""
    return ~exists().where(Takedown.url_key == Article.url_key)


def time_of() -> ColumnElement[datetime]:
    """Return the expression of an article's place in time, see Selection."""
    return func.coalesce(Article.published_at, Article.first_seen_at)


def current() -> Select[Article, Version, Capture, Cluster]:
    """Return the statement that reads articles with their current versions."""
    of_article = and_(Version.article_id == Article.id, Version.number == Article.version_number)
    return (
        select(Article, Version, Capture, Cluster)
        .join(Version, of_article)
        .join(Cluster, Cluster.id == Article.cluster_id)
        .outerjoin(Capture, Capture.id == Version.capture_id)
    )


def every(db: Session, selection: Selection, *, batch: int = BATCH) -> Iterator[Row]:
    """Yield the selected articles by id, a batch of them in memory at a time."""
    last = 0
    while True:
        found = after(db, selection, last, batch)
        yield from found
        if len(found) < batch:
            return
        last = found[-1].article.id


def after(db: Session, selection: Selection, last: int, limit: int) -> list[Row]:
    """Return the first *limit* of the selected articles whose ids are larger than *last*."""
    page = current().where(Article.id > last, *selection.conditions())
    return [Row(*row) for row in db.execute(page.order_by(Article.id).limit(limit))]


def by_ids(db: Session, ids: Sequence[int]) -> list[Row]:
    """Return the articles *ids*, in the order of *ids*; those that are not there are left out."""
    found = {row[0].id: Row(*row) for row in db.execute(current().where(Article.id.in_(ids)))}
    return [found[key] for key in ids if key in found]


def batches(rows: Iterable[Row], size: int = BATCH) -> Iterator[list[Row]]:
    """Yield *rows* in lists of *size*, the last one shorter."""
    waiting = iter(rows)
    while batch := list(islice(waiting, size)):
        yield batch


def one_per_cluster(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield of each cluster the first of its articles that is among *rows*.

    Remembers one number for each cluster of several articles.
    """
    seen: set[int] = set()
    for row in rows:
        if row.cluster.size > 1:
            if row.cluster.id in seen:
                continue
            seen.add(row.cluster.id)
        yield row


def find(db: Session, article_id: int) -> Found | None:
    """Return one article with its current version, or None; one taken down without its text."""
    row = next(iter(by_ids(db, [article_id])), None)
    if row is None:
        return None
    takedown = withheld.of(db, [row.article]).get(article_id)
    if takedown is None:
        return Found(*row, withheld=None)
    article, version = withheld.without_text(row.article), withheld.without_text(row.version)
    return Found(article, version, row.capture, row.cluster, takedown)


def history(db: Session, row: Found) -> list[tuple[Version, Capture | None]]:
    """Return all versions of an article that was found; none of one that was taken down."""
    return [] if row.withheld else versions(db, [row.article.id])[row.article.id]


def count(db: Session, selection: Selection) -> int:
    """Return how many articles are selected."""
    statement = select(func.count()).select_from(Article).where(*selection.conditions())
    return db.execute(statement).scalar_one()


def earliest(db: Session, selection: Selection) -> datetime | None:
    """Return the time of the first of the selected articles, or None where there is none."""
    statement = select(Article).where(*selection.conditions()).order_by(time_of()).limit(1)
    found = db.scalars(statement).first()
    return (found.published_at or found.first_seen_at) if found else None


def versions(
    db: Session, article_ids: Sequence[int]
) -> dict[int, list[tuple[Version, Capture | None]]]:
    """Return for each article all its versions with their captures, from the first on."""
    found: dict[int, list[tuple[Version, Capture | None]]] = {}
    statement = (
        select(Version, Capture)
        .outerjoin(Capture, Capture.id == Version.capture_id)
        .where(Version.article_id.in_(article_ids))
        .order_by(Version.article_id, Version.number)
    )
    for version, capture in db.execute(statement):
        found.setdefault(version.article_id, []).append((version, capture))
    return found


def copies(db: Session, article: Article) -> list[Article]:
    """Return the other articles that carry the same text and are shown, from the first seen on."""
    return list(
        db.scalars(
            select(Article)
            .where(Article.cluster_id == article.cluster_id, Article.id != article.id, shown())
            .order_by(Article.first_seen_at, Article.id)
        )
    )


def aliases(db: Session, article_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the compared forms of further addresses, for each article that has any."""
    found: dict[int, list[str]] = {}
    statement = select(Alias).where(Alias.article_id.in_(article_ids)).order_by(Alias.url_key)
    for alias in db.scalars(statement):
        found.setdefault(alias.article_id, []).append(alias.url_key)
    return found


def article_json(row: Row | Found) -> dict[str, Any]:
    """Return the article as JSON: the fields of `docs`' article JSON, in their order."""
    article, version, capture, cluster = row[:4]
    return {
        "id": article.id,
        "site": article.site_key,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "headline": version.headline,
        "body": version.body,
        "authors": version.authors,
        "section": version.section,
        "tags": version.tags,
        "language": version.language,
        # A later version may be dated anew; the article keeps the day it first came out.
        "published_at": moment(article.published_at),
        "modified_at": moment(article.modified_at),
        "published_raw": version.published_raw,
        "date_source": version.date_source,
        "first_seen_at": moment(article.first_seen_at),
        "gone": gone_json(article),
        "version": version.number,
        "versions": article.version_number,
        "digest": version.digest,
        "cluster": article.cluster_id,
        "copies": cluster.size - 1,
        "capture": capture_json(capture),
        "provenance": version.provenance,
    }


def version_json(version: Version, capture: Capture | None) -> dict[str, Any]:
    """Return one version as JSON: what the article said, and from when on."""
    return {
        "version": version.number,
        "seen_at": moment(version.seen_at),
        "headline": version.headline,
        "body": version.body,
        "authors": version.authors,
        "section": version.section,
        "tags": version.tags,
        "language": version.language,
        "published_at": moment(version.published_at),
        "modified_at": moment(version.modified_at),
        "published_raw": version.published_raw,
        "date_source": version.date_source,
        "digest": version.digest,
        "capture": capture_json(capture),
        "provenance": version.provenance,
        "extractor": version.extractor,
        "cause": version.cause,
    }


def capture_json(capture: Capture | None) -> dict[str, Any] | None:
    """Return where the bytes are that prove it, or None where none were kept."""
    if capture is None:
        return None
    return {
        "url": capture.url,
        "warc": capture.warc,
        "offset": capture.offset,
        "sha256": capture.sha256,
        "fetched_at": moment(capture.fetched_at),
        "status": capture.status,
        "length": capture.length,
        "record_sha256": capture.record_sha256,
        "redirects": capture.redirects,
        "address": capture.address,
        "tls": capture.tls,
        "robots": capture.robots,
        "original": capture.original,
        "dropped_at": moment(capture.dropped_at),
    }


def gone_json(article: Article) -> dict[str, Any] | None:
    """Return since when the article is known to be gone from its site, and how, or None."""
    if article.gone_at is None:
        return None
    return {"since": moment(article.gone_at), "reason": article.gone_reason}


def relation_json(article: Article) -> dict[str, Any] | None:
    """Return how the article was joined to its cluster, or None when it stands alone."""
    if article.relation is None:
        return None
    return {
        "kind": article.relation,
        "article": article.related_to,
        "score": article.relation_score,
        "reasons": article.relation_reasons,
        "rule": article.rule_version,
    }


def moment(value: datetime | None) -> str | None:
    """Return an aware time in ISO 8601, UTC.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
    '2026-11-23T18:00:00Z'
    """
    return value.isoformat().replace("+00:00", "Z") if value else None
