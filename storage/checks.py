"""Whether an archive is what it should be: sound, whole, and in step with itself.

Each check counts what is wrong and names the first few; an archive is in order
when every count is 0. Nothing is changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from storage import ledger, queries, search
from storage.columns import Base
from storage.fingerprint import digest_of, folded
from storage.models import (
    Address,
    Article,
    ArticleIndex,
    Cluster,
    Match,
    Run,
    Version,
)
from storage.stems import index_of

EXAMPLES = 5
BATCH = 200

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: how many things are wrong, and which ones first."""

    check: str
    wrong: int
    examples: tuple[str, ...] = ()


def check(db: Session, advance: Advance = lambda _: None) -> Iterator[Finding]:
    """Yield what each check finds. *advance* is told of articles read again."""
    yield from _database(db)
    for name, statement in _statements().items():
        yield _counted(db, name, statement)
    yield _runs(db)
    yield from _texts(db, advance)


def _database(db: Session) -> Iterator[Finding]:
    if db.get_bind().dialect.name != "sqlite":
        # PostgreSQL checks its pages when it reads them, and its foreign keys when it writes.
        return
    answers = [str(row[0]) for row in db.execute(sql("PRAGMA integrity_check"))]
    yield _found("database file", [] if answers == ["ok"] else answers)
    broken = [f"{row[0]} {row[1]}" for row in db.execute(sql("PRAGMA foreign_key_check"))]
    yield _found("foreign keys", broken)


def check_index(db: Session) -> Iterator[Finding]:
    """Yield whether the full-text index holds what the table holds.

    Needs a write transaction on SQLite, where such a check is written as an
    insertion; that is why it is apart. PostgreSQL generates the column itself.
    """
    if db.get_bind().dialect.name != "sqlite":
        return
    try:
        # 1: compare with the table as well, not only the index with itself.
        db.execute(sql("INSERT INTO article_fts(article_fts, rank) VALUES ('integrity-check', 1)"))
    except DatabaseError as error:
        yield _found("full-text index", [str(error.orig)])
    else:
        yield _found("full-text index", [])


def _statements() -> dict[str, Select[Any]]:
    """Checks that one statement makes: each selects the ids of what is wrong."""
    latest = (
        select(Version.article_id, func.max(Version.number).label("top"), func.count().label("n"))
        .group_by(Version.article_id)
        .subquery()
    )
    members = (
        select(Article.cluster_id, func.count().label("n"), func.min(Article.id).label("first"))
        .group_by(Article.cluster_id)
        .subquery()
    )
    leader = select(Article.cluster_id).where(Article.id == Cluster.representative_id)
    return {
        "articles without their version": select(Article.id)
        .outerjoin(latest, latest.c.article_id == Article.id)
        .where(or_(latest.c.top.is_(None), latest.c.top != Article.version_number)),
        "versions not numbered 1, 2, 3": select(latest.c.article_id).where(
            latest.c.n != latest.c.top
        ),
        "articles that differ from their version": select(Article.id)
        .join(Version)
        .where(Version.number == Article.version_number)
        .where(or_(Version.digest != Article.digest, Version.headline != Article.headline)),
        "articles without index": select(Article.id).where(
            ~exists().where(ArticleIndex.article_id == Article.id)
        ),
        "clusters that count wrong": select(Cluster.id)
        .outerjoin(members, members.c.cluster_id == Cluster.id)
        .where(func.coalesce(members.c.n, 0) != Cluster.size),
        "clusters without representative": select(Cluster.id).where(
            func.coalesce(leader.scalar_subquery(), 0) != Cluster.id
        ),
        "addresses kept without article": select(Address.key).where(
            Address.state == "kept", Address.article_id.is_(None)
        ),
        "matches unaccounted for": select(Match.id).where(
            or_(
                Match.outcome.not_in(ledger.OUTCOMES),
                (Match.outcome == "alerted") & Match.alert_id.is_(None),
            )
        ),
    }


def _counted(db: Session, name: str, statement: Select[Any]) -> Finding:
    wrong = db.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    examples = db.scalars(statement.limit(EXAMPLES)).all() if wrong else ()
    return Finding(name, wrong, tuple(map(str, examples)))


def _runs(db: Session) -> Finding:
    ended = select(Run).where(Run.ended_at.is_not(None)).execution_options(yield_per=500)
    return _found(
        "runs whose sum does not close",
        [f"run {run.id} of {run.site_key}" for run in db.scalars(ended) if ledger.gap(run)],
    )


def _texts(db: Session, advance: Advance) -> Iterator[Finding]:
    """Fold every current text again: its digest and its index must come out the same."""
    altered: list[str] = []
    stale: list[str] = []
    last = 0
    while True:
        rows = db.execute(
            select(
                Version.article_id,
                Version.headline,
                Version.body,
                Version.digest,
                ArticleIndex.headline,
                ArticleIndex.body,
                ArticleIndex.place,
                queries.time_of(),
            )
            .join(Article, Article.id == Version.article_id)
            .join(ArticleIndex, ArticleIndex.article_id == Article.id)
            .where(Version.number == Article.version_number, Article.id > last)
            .order_by(Article.id)
            .limit(BATCH)
        ).all()
        for key, headline, body, kept, *indexed, place, when in rows:
            text = folded(headline, body)
            if digest_of(text) != kept:
                altered.append(str(key))
            current = list(index_of(text.headline, text.body)) == indexed
            if not current or not search.is_place_of(place, when):
                stale.append(str(key))
        advance(len(rows))
        if len(rows) < BATCH:
            break
        last = rows[-1][0]
    yield _found("texts that do not fit their digest", altered)
    yield _found("index behind the text", stale)


def _found(name: str, wrong: list[str]) -> Finding:
    return Finding(name, len(wrong), tuple(wrong[:EXAMPLES]))


def statistics(db: Session) -> dict[str, Any]:
    """Return how much there is of everything, and of each site."""
    tables = {
        table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
        for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    }
    sites = db.execute(
        select(
            Article.site_key,
            func.count(),
            func.count(Article.relation),
            func.min(Article.published_at),
            func.max(Article.published_at),
            func.max(Article.first_seen_at),
        )
        .group_by(Article.site_key)
        .order_by(func.count().desc(), Article.site_key)
    )
    names = ("site", "articles", "related", "oldest", "newest", "last_seen_at")
    return {
        "bytes": size(db),
        "tables": tables,
        "sites": [dict(zip(names, row, strict=True)) for row in sites],
    }


def size(db: Session) -> int:
    """Return how many bytes the database takes on disk."""
    if db.get_bind().dialect.name == "sqlite":
        pages = db.execute(sql("PRAGMA page_count")).scalar_one()
        return int(pages) * int(db.execute(sql("PRAGMA page_size")).scalar_one())
    return int(db.execute(sql("SELECT pg_database_size(current_database())")).scalar_one())
