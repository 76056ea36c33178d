"""The articles one may be a copy of: those that came out in its days and share its keys or words."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, case, func, select
from sqlalchemy.orm import Session

from storage.columns import UTCDateTime
from storage.copies import DAYS, EXACT_DAYS, Text
from storage.models import Article, Band, Version

# Copies appear within days; older articles are not looked at, however many there are.
WINDOW = timedelta(days=7)
# What was published longer ago than this was not seen when it came out, it is history brought
# in by an import: its copies are those of its own days, whenever they arrived.
LATE = timedelta(days=4)
CANDIDATES = 30
EXACT_CANDIDATES = 5
# No article has a higher number.
ANY = 1 << 62


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article another may be a copy of."""

    article_id: int
    cluster_id: int
    text: Text


def find(
    db: Session,
    article: Article,
    seen: Text,
    keys: Collection[int],
    *,
    now: datetime,
    before: int = ANY,
    pending: Collection[int] = (),
) -> list[Candidate]:
    """Return the articles that share keys or all words with this one, as they were *before* it."""
    when = seen.published_at or now
    who = {"id": article.id, "before": before}
    equal = db.scalars(
        _EQUAL,
        {
            **who,
            "digest": article.digest,
            "pending": list(pending),
            **_around(when, "date", EXACT_DAYS),
        },
    )
    sharing = db.scalars(
        _SHARING,
        {
            **who,
            "keys": list(keys),
            # Bounded by arrival where it can be: so the cost does not grow with the archive.
            "after": _last_before(db, now - WINDOW) if when > now - LATE else 0,
            **_around(when, "date", WINDOW),
            **_around(when, "near", DAYS),
        },
    )
    return list(read(db, list(dict.fromkeys([*equal, *sharing]))))


def _around(when: datetime, name: str, span: timedelta) -> dict[str, datetime]:
    return {f"{name}_from": when - span, f"{name}_to": when + span}


def _last_before(db: Session, moment: datetime) -> int:
    """The newest article that had arrived at *moment*; ids grow as articles arrive."""
    return db.scalar(_LAST_BEFORE, {"moment": moment}) or 0


def read(db: Session, ids: Collection[int]) -> Iterator[Candidate]:
    """Yield these articles with their current texts."""
    if not ids:
        return
    for row in db.execute(_TEXTS, {"ids": list(ids)}):
        article_id, cluster_id, headline, body, came_out, site = row
        yield Candidate(article_id, cluster_id, Text(headline, body, came_out, site))


# The statements are made once: built anew for each article they cost more than they take to run.

_CAME_OUT = func.coalesce(Article.published_at, Article.first_seen_at)


def _came_out_within(name: str) -> ColumnElement[bool]:
    return _CAME_OUT.between(
        bindparam(f"{name}_from", type_=UTCDateTime), bindparam(f"{name}_to", type_=UTCDateTime)
    )


_EQUAL = (
    select(Article.id)
    .where(
        Article.digest == bindparam("digest"),
        Article.id != bindparam("id"),
        Article.id < bindparam("before"),
        # The keys of those are not written yet, so that it is only here that they would be found.
        Article.id.not_in(bindparam("pending", expanding=True)),
        _came_out_within("date"),
    )
    .order_by(Article.id)
    .limit(EXACT_CANDIDATES)
)

_HITS = (
    select(Band.article_id, func.count().label("shared"))
    .where(
        Band.key.in_(bindparam("keys", expanding=True)),
        Band.article_id > bindparam("after"),
        Band.article_id < bindparam("before"),
        Band.article_id != bindparam("id"),
    )
    .group_by(Band.article_id)
    .subquery()
)

_SHARING = (
    select(Article.id)
    .join(_HITS, _HITS.c.article_id == Article.id)
    .where(_came_out_within("date"))
    # A mould is filled daily: what came out in other days must not crowd out the copies.
    .order_by(case((_came_out_within("near"), 0), else_=1), _HITS.c.shared.desc(), Article.id)
    .limit(CANDIDATES)
)

_LAST_BEFORE = (
    select(Article.id)
    .where(Article.first_seen_at < bindparam("moment", type_=UTCDateTime))
    .order_by(Article.first_seen_at.desc(), Article.id.desc())
    .limit(1)
)

_TEXTS = (
    select(
        Article.id,
        Article.cluster_id,
        Version.headline,
        Version.body,
        _CAME_OUT,
        Article.site_key,
    )
    .join(
        Version,
        (Version.article_id == Article.id) & (Version.number == Article.version_number),
    )
    .where(Article.id.in_(bindparam("ids", expanding=True)))
)
