"""Which articles carry the same text: found and decided as each one is written.

    keys of the article's word sequences ──> Band ──> candidates (at most 30)
    candidates ── storage.copies ──> the best ── and most of its cluster agree? ──> joined

What a person said of two articles (storage.rulings) stands above all of it.

Nothing is hidden or removed by it: an article is joined to a cluster, says to which article
it is related and why, and stays what it is.

Two workers must not each open a cluster for one text. Joining therefore reads and writes under
a lock that lasts to the end of the transaction: SQLite's write lock, which every write
transaction of the archive takes when it begins, or an advisory lock on PostgreSQL. Call it as
late in the transaction as possible.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, case, delete, func, select, text, update
from sqlalchemy.orm import Session

from storage import bands, rulings
from storage.columns import UTCDateTime
from storage.copies import DAYS, EXACT_DAYS, RULE_VERSION, Text, Verdict, compare
from storage.models import Alert, Article, Band, Cluster, Version
from storage.rulings import NOTHING, Said

# Copies appear within days; older articles are not looked at, however many there are.
WINDOW = timedelta(days=7)
# What was published longer ago than this was not seen when it came out, it is history brought
# in by an import: its copies are those of its own days, whenever they arrived.
LATE = timedelta(days=4)
CANDIDATES = 30
EXACT_CANDIDATES = 5
# How many articles of a cluster are asked whether they carry the text as well.
VOTERS = 12
# No article has a higher number.
ANY = 1 << 62

# Any number will do, as long as every Rasid takes the same one, and for nothing else.
_LOCK = text("SELECT pg_advisory_xact_lock(727411)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article another may be a copy of."""

    article_id: int
    cluster_id: int
    text: Text


Found = tuple[Candidate, Verdict]


@dataclass(frozen=True, slots=True)
class Decision:
    """What an article is to be joined with, or is merely related to; all that carry its text."""

    found: Found | None
    carrying: list[Candidate]

    @property
    def joined(self) -> Candidate | None:
        """The article whose cluster it joins."""
        return self.found[0] if self.found and self.found[1].joins else None


@dataclass(frozen=True, slots=True)
class Joining:
    """An article that looks for its cluster: what it says now, and the keys of that."""

    article: Article
    headline: str
    body: str
    keys: frozenset[int]

    @property
    def text(self) -> Text:
        """Its text as it is compared."""
        when = self.article.published_at or self.article.first_seen_at
        return Text(self.headline, self.body, when, self.article.site_key)


def open_cluster(db: Session, now: datetime) -> Cluster:
    """Return a new cluster, for an article that is about to be written."""
    [cluster] = open_clusters(db, 1, now)
    return cluster


def open_clusters(db: Session, count: int, now: datetime) -> list[Cluster]:
    """Return new clusters, for articles that are about to be written."""
    opened = [Cluster(first_seen_at=now, size=1) for _ in range(count)]
    db.add_all(opened)
    db.flush()
    return opened


def join_new(db: Session, arrived: Sequence[Joining], *, now: datetime) -> None:
    """Find the clusters of articles that have just come, one after another, and put them there.

    The articles must have been flushed, each in a cluster of its own that it represents.
    """
    lock(db)
    ids = [one.article.id for one in arrived]
    keys = bands.taken(db, {key for one in arrived for key in one.keys})
    digests = _equalled(db, {one.article.digest for one in arrived}, ids)
    unwritten: list[tuple[int, frozenset[int]]] = []
    for place, joining in enumerate(arrived):
        article = joining.article
        # Most share nothing with any other, and then there is nothing to look up.
        if article.digest in digests or not keys.isdisjoint(joining.keys):
            bands.write(db, unwritten)
            unwritten = []
            decision = decide(
                db, article, joining.text, joining.keys, now=now, pending=ids[place + 1 :]
            )
            _settle(db, article, decision)
        else:
            relate(article, None)
        unwritten.append((article.id, joining.keys))
        keys |= joining.keys
        digests.add(article.digest)
    bands.write(db, unwritten)
    db.flush()


def join_again(db: Session, joining: Joining, *, now: datetime) -> None:
    """Find the cluster of an article whose text was revised.

    Later copies will find it by its new text; it leaves its cluster only when it is alone in it
    and nobody was alerted of it, as a flash that has grown into the agency's report is.
    """
    lock(db)
    article = joining.article
    bands.replace(db, article, joining.keys)
    if _may_move(db, article):
        said = rulings.of(db, article.id)
        decision = decide(db, article, joining.text, joining.keys, now=now, said=said)
        _settle(db, article, decision)
    db.flush()


def _settle(db: Session, article: Article, decision: Decision) -> None:
    """Put *article*, and who stood apart for want of it, where *decision* says."""
    relate(article, decision.found)
    if decision.joined is None:
        return
    _move(db, article, decision.joined.cluster_id)
    for stray, found in strays(db, article, decision):
        relate(stray, found)
        _move(db, stray, article.cluster_id)


def decide(
    db: Session,
    article: Article,
    seen: Text,
    keys: Collection[int],
    *,
    now: datetime,
    said: Said = NOTHING,
    before: int = ANY,
    pending: Collection[int] = (),
) -> Decision:
    """Return with which candidate *article* is to be joined, or to which it is merely related.

    *seen* is what it says, *keys* its keys, *said* what persons said of it. Only articles with
    ids below *before* are looked at, as they were when it came; those that are *pending* came
    after it, whatever their ids.
    """
    told = _told(db, seen, said, before)
    if told is not None:
        return Decision(told, [])
    candidates = _candidates(db, article, seen, keys, now, before, pending)
    verdicts = {
        candidate: compare(seen, candidate.text)
        for candidate in candidates
        if candidate.article_id not in said.apart
    }
    # Of equals the one that came first, so that the same articles always join the same way.
    ranked = sorted(
        verdicts.items(),
        key=lambda pair: (pair[1].relation != "exact", -pair[1].score, pair[0].article_id),
    )
    closed = _clusters_of(db, said.apart)
    joining = [pair for pair in ranked if pair[1].joins and pair[0].cluster_id not in closed]
    possible = {pair[0].cluster_id for pair in joining}
    chosen = _most_agreeing(db, seen, verdicts, possible, before)
    carrying = [candidate for candidate, _ in joining]
    if chosen is not None:
        return Decision(next(pair for pair in joining if pair[0].cluster_id == chosen), carrying)
    return Decision(next((p for p in ranked if p[1].relation == "related"), None), carrying)


def strays(
    db: Session, article: Article, decision: Decision, *, before: int = ANY
) -> Iterator[tuple[Article, Found]]:
    """Yield the articles that belong in the cluster *article* has just joined, and why.

    They stood alone: when they came, too little of the cluster was there to agree with them.
    Without this the order in which copies arrive would decide who is one of them.
    """
    elsewhere = {
        candidate.cluster_id: candidate
        for candidate in decision.carrying
        if candidate.cluster_id != article.cluster_id
    }
    members = _members(db, {*elsewhere, article.cluster_id}, before)
    mates = sorted({*members.pop(article.cluster_id), article.id})
    alone = [elsewhere[number] for number, ids in members.items() if len(ids) == 1]
    if not alone:
        return
    texts = list(read(db, mates))
    for stray in sorted(alone, key=lambda candidate: candidate.article_id):
        verdicts = [(mate, compare(stray.text, mate.text)) for mate in texts]
        joining = [pair for pair in verdicts if pair[1].joins]
        apart = rulings.of(db, stray.article_id).apart
        if _agree(len(joining), len(mates)) and not apart.intersection(mates):
            best = max(joining, key=lambda pair: (pair[1].score, -pair[0].article_id))
            yield db.get_one(Article, stray.article_id), best


def relate(article: Article, found: Found | None) -> None:
    """Note on *article* to which other one it is related, how, and by which rule."""
    article.rule_version = RULE_VERSION
    if found is None:
        article.relation = article.related_to = None
        article.relation_score = article.relation_reasons = None
        return
    candidate, verdict = found
    article.relation, article.related_to = verdict.relation, candidate.article_id
    article.relation_score, article.relation_reasons = verdict.score, verdict.reasons


def ruled(seen: Text, other: Text) -> Verdict:
    """Return the verdict on two texts of which a person said that they are one."""
    verdict = compare(seen, other)
    relation = verdict.relation if verdict.joins else None
    if relation is None:
        relation = "version" if seen.site == other.site else "duplicate"
    return Verdict(relation, verdict.score, ["joined by a person", *verdict.reasons])


def lock(db: Session) -> None:
    """Have nobody else decide until the transaction ends."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(_LOCK)


def _equalled(db: Session, digests: Collection[str], ids: Collection[int]) -> set[str]:
    """Those of *digests* that articles other than *ids* have."""
    return set(db.scalars(_DIGESTS, {"digests": list(digests), "ids": list(ids)}))


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
    first = case(
        (Cluster.representative_id > article.id, article.id), else_=Cluster.representative_id
    )
    grown = {"size": Cluster.size + 1, "representative_id": first}
    db.execute(update(Cluster).where(Cluster.id == cluster_id).values(grown))
    db.execute(update(Alert).where(Alert.cluster_id == left).values(cluster_id=cluster_id))
    db.flush()
    db.execute(delete(Cluster).where(Cluster.id == left))


def _told(db: Session, seen: Text, said: Said, before: int) -> Found | None:
    """The first of the articles with which a person put this one, if there is one yet."""
    earlier = sorted(number for number in said.together if number < before)
    found = next(read(db, earlier[:1]), None)
    return (found, ruled(seen, found.text)) if found else None


def _clusters_of(db: Session, article_ids: Collection[int]) -> set[int]:
    if not article_ids:
        return set()
    return set(db.scalars(select(Article.cluster_id).where(Article.id.in_(article_ids))))


def _most_agreeing(
    db: Session,
    seen: Text,
    verdicts: dict[Candidate, Verdict],
    cluster_ids: set[int],
    before: int,
) -> int | None:
    """The cluster of which most articles carry the text, if enough of its do.

    Joined for one article's sake, clusters would grow by chains, each link a little different,
    until a year of meetings of one minister is one cluster. And what the first article alone
    decided would hang on which of the copies happened to come first.
    """
    joins = {candidate.article_id: verdict.joins for candidate, verdict in verdicts.items()}
    members = _members(db, cluster_ids, before)
    unread = {number for ids in members.values() for number in ids} - joins.keys()
    joins |= {other.article_id: compare(seen, other.text).joins for other in read(db, unread)}
    agreeing = {
        cluster_id: sum(joins.get(number, False) for number in ids)
        for cluster_id, ids in members.items()
    }
    return max(
        (number for number, count in agreeing.items() if _agree(count, len(members[number]))),
        key=lambda number: (agreeing[number], -number),
        default=None,
    )


def _agree(count: int, members: int) -> bool:
    # Half of them; of two or three, two.
    return 2 * count >= members and count >= min(2, members)


def _members(db: Session, cluster_ids: set[int], before: int) -> dict[int, list[int]]:
    """The first articles of each cluster, at most VOTERS."""
    members: dict[int, list[int]] = {cluster_id: [] for cluster_id in cluster_ids}
    if cluster_ids:
        asked = {"ids": sorted(cluster_ids), "before": before}
        for article_id, cluster_id in db.execute(_MEMBERS, asked):
            if len(members[cluster_id]) < VOTERS:
                members[cluster_id].append(article_id)
    return members


def _candidates(
    db: Session,
    article: Article,
    seen: Text,
    keys: Collection[int],
    now: datetime,
    before: int,
    pending: Collection[int],
) -> list[Candidate]:
    """The articles that share keys or all words with this one."""
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

_DIGESTS = select(Article.digest).where(
    Article.digest.in_(bindparam("digests", expanding=True)),
    Article.id.not_in(bindparam("ids", expanding=True)),
)

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

_MEMBERS = (
    select(Article.id, Article.cluster_id)
    .where(
        Article.cluster_id.in_(bindparam("ids", expanding=True)),
        Article.id < bindparam("before"),
    )
    .order_by(Article.id)
)
