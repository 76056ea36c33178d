"""Which articles carry the same text: found and decided as each one is written.

    keys of the article's word sequences ──> Band ──> candidates (at most 30)
    candidates ── storage.copies ──> the best ── and most of its cluster agree? ──> joined

Nothing is hidden or removed by it: an article is joined to a cluster, says to which article
it is related and why, and stays what it is.

Two workers must not each open a cluster for one text. `join` therefore reads and writes under
a lock that lasts to the end of the transaction: SQLite's write lock, which every write
transaction of the archive takes when it begins, or an advisory lock on PostgreSQL. Call it as
late in the transaction as possible.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, case, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from storage.copies import DAYS, EXACT_DAYS, RULE_VERSION, Text, Verdict, compare
from storage.fingerprint import bands, title_key
from storage.models import Alert, Article, Band, Cluster, Version
from storage.times import UTCDateTime

# Copies appear within days; older articles are not looked at, however many there are.
WINDOW = timedelta(days=7)
# What was published longer ago than this was not seen when it came out, it is history brought
# in by an import: its copies are those of its own days, whenever they arrived.
LATE = timedelta(days=4)
CANDIDATES = 30
EXACT_CANDIDATES = 5
# How many articles of a cluster are asked whether they carry the text as well.
VOTERS = 12

# Any number will do, as long as every Rasid takes the same one, and for nothing else.
_LOCK = text("SELECT pg_advisory_xact_lock(727411)")


@dataclass(frozen=True, slots=True)
class Joined:
    """Where an article came to stand: its cluster, and the article it is related to."""

    cluster_id: int
    relation: str | None
    related_to: int | None
    score: float | None
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    article_id: int
    cluster_id: int
    text: Text


def open_cluster(db: Session, now: datetime) -> Cluster:
    """Return a new cluster, for an article that is about to be written."""
    cluster = Cluster(first_seen_at=now, size=1)
    db.add(cluster)
    db.flush()
    return cluster


def join(
    db: Session,
    article: Article,
    *,
    headline: str,
    body: str,
    published_at: datetime | None,
    now: datetime,
) -> Joined:
    """Find the article's cluster by the text of its current version, and put it there.

    The article must have been flushed, in a cluster of its own. When it was joined before
    (its text was revised), later copies will find it by its new text; it leaves its cluster
    only when it is alone in it and nobody was alerted of it, as a flash that has grown into
    the agency's report is.
    """
    _lock(db)
    keys = _keys(headline, body)
    _index(db, article, keys)
    first_time = article.rule_version is None
    if first_time:
        db.execute(
            update(Cluster)
            .where(Cluster.id == article.cluster_id)
            .values(representative_id=article.id)
        )
    elif not _may_move(db, article):
        return _standing(article)
    seen = Text(headline, body, published_at or article.first_seen_at, article.site_key)
    found = _decide(db, seen, _candidates(db, article, seen, keys, now))
    article.rule_version = RULE_VERSION
    if found is None:
        article.relation = article.related_to = None
        article.relation_score = article.relation_reasons = None
    else:
        candidate, verdict = found
        article.relation, article.related_to = verdict.relation, candidate.article_id
        article.relation_score, article.relation_reasons = verdict.score, verdict.reasons
        if verdict.joins:
            _move(db, article, candidate.cluster_id)
    db.flush()
    return _standing(article)


def _lock(db: Session) -> None:
    if db.get_bind().dialect.name == "postgresql":
        db.execute(_LOCK)


def _standing(article: Article) -> Joined:
    return Joined(
        article.cluster_id,
        article.relation,
        article.related_to,
        article.relation_score,
        article.relation_reasons or [],
    )


def _keys(headline: str, body: str) -> set[int]:
    key = title_key(headline)
    return {*bands(headline, body), *([] if key is None else [key])}


def _index(db: Session, article: Article, keys: set[int]) -> None:
    """Write the keys by which later articles find this one, in place of those of older text."""
    known = set[int]()
    if article.rule_version is not None:
        older = db.execute(
            select(Version.headline, Version.body).where(
                Version.article_id == article.id, Version.number == article.version_number - 1
            )
        ).one_or_none()
        both = keys | _keys(*older) if older else keys
        mine = Band.article_id == article.id
        known = set(db.scalars(select(Band.key).where(Band.key.in_(both), mine)))
        db.execute(delete(Band).where(Band.key.in_(known - keys), mine))
    rows = [{"key": key, "article_id": article.id} for key in sorted(keys - known)]
    if rows:
        db.execute(insert(Band), rows)


def _may_move(db: Session, article: Article) -> bool:
    # Locked, so that no alert of the cluster is written before it is gone.
    own = select(Cluster.size).where(Cluster.id == article.cluster_id).with_for_update()
    if db.scalar(own) != 1:
        return False
    alerted = select(Alert.id).where(Alert.cluster_id == article.cluster_id).limit(1)
    return db.scalar(alerted) is None


def _move(db: Session, article: Article, cluster_id: int) -> None:
    left = article.cluster_id
    article.cluster_id = cluster_id
    db.execute(update(Cluster).where(Cluster.id == cluster_id).values(size=Cluster.size + 1))
    db.flush()
    db.execute(delete(Cluster).where(Cluster.id == left))


def _decide(
    db: Session, seen: Text, candidates: Sequence[_Candidate]
) -> tuple[_Candidate, Verdict] | None:
    """Return the candidate the text is to be joined with, or is merely related to."""
    verdicts = {candidate: compare(seen, candidate.text) for candidate in candidates}
    # Of equals the one that came first, so that the same articles always join the same way.
    ranked = sorted(
        verdicts.items(),
        key=lambda pair: (pair[1].relation != "exact", -pair[1].score, pair[0].article_id),
    )
    joining = [pair for pair in ranked if pair[1].joins]
    chosen = _most_agreeing(db, seen, verdicts, {pair[0].cluster_id for pair in joining})
    if chosen is not None:
        return next(pair for pair in joining if pair[0].cluster_id == chosen)
    return next((pair for pair in ranked if pair[1].relation == "related"), None)


def _most_agreeing(
    db: Session, seen: Text, verdicts: dict[_Candidate, Verdict], cluster_ids: set[int]
) -> int | None:
    """The cluster of which most articles carry the text, if more than half of its do.

    Joined for one article's sake, clusters would grow by chains, each link a little different,
    until a year of meetings of one minister is one cluster. And what the first article alone
    decided would hang on which of the copies happened to come first.
    """
    joins = {candidate.article_id: verdict.joins for candidate, verdict in verdicts.items()}
    members = _members(db, cluster_ids)
    unread = {number for ids in members.values() for number in ids} - joins.keys()
    joins |= {other.article_id: compare(seen, other.text).joins for other in _read(db, unread)}
    agreeing = {
        cluster_id: sum(joins.get(number, False) for number in ids)
        for cluster_id, ids in members.items()
    }
    return max(
        (number for number, count in agreeing.items() if 2 * count > len(members[number])),
        key=lambda number: (agreeing[number], -number),
        default=None,
    )


def _members(db: Session, cluster_ids: set[int]) -> dict[int, list[int]]:
    """The first articles of each cluster, at most VOTERS."""
    members: dict[int, list[int]] = {cluster_id: [] for cluster_id in cluster_ids}
    if cluster_ids:
        for article_id, cluster_id in db.execute(_MEMBERS, {"ids": sorted(cluster_ids)}):
            if len(members[cluster_id]) < VOTERS:
                members[cluster_id].append(article_id)
    return members


def _candidates(
    db: Session, article: Article, seen: Text, keys: Collection[int], now: datetime
) -> list[_Candidate]:
    """The articles that share keys or all words with this one."""
    when = seen.published_at or now
    equal = db.scalars(
        _EQUAL, {"id": article.id, "digest": article.digest, **_around(when, "date", EXACT_DAYS)}
    )
    sharing = db.scalars(
        _SHARING,
        {
            "id": article.id,
            "keys": list(keys),
            # Bounded by arrival where it can be: so the cost does not grow with the archive.
            "after": _last_before(db, now - WINDOW) if when > now - LATE else 0,
            **_around(when, "date", WINDOW),
            **_around(when, "near", DAYS),
        },
    )
    return list(_read(db, list(dict.fromkeys([*equal, *sharing]))))


def _around(when: datetime, name: str, span: timedelta) -> dict[str, datetime]:
    return {f"{name}_from": when - span, f"{name}_to": when + span}


def _last_before(db: Session, moment: datetime) -> int:
    """The newest article that had arrived at *moment*; ids grow as articles arrive."""
    return db.scalar(_LAST_BEFORE, {"moment": moment}) or 0


def _read(db: Session, ids: Collection[int]) -> Iterator[_Candidate]:
    if not ids:
        return
    for row in db.execute(_TEXTS, {"ids": list(ids)}):
        article_id, cluster_id, headline, body, came_out, site = row
        yield _Candidate(article_id, cluster_id, Text(headline, body, came_out, site))


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

_MEMBERS = (
    select(Article.id, Article.cluster_id)
    .where(Article.cluster_id.in_(bindparam("ids", expanding=True)))
    .order_by(Article.id)
)
