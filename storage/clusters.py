"""Which articles carry the same text: found and decided as each one is written.

    keys of the article's word sequences ──> Band ──> candidates (at most 30)
    candidates ── storage.copies ──> the best ── and most of its cluster agree? ──> joined
    other clusters of candidates ── do most of both agree? ──> follow it

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
from datetime import datetime

from sqlalchemy import bindparam, case, delete, select, text, update
from sqlalchemy.orm import Session

from storage import bands, candidates, rulings
from storage.candidates import ANY, Candidate, read
from storage.copies import JOINING, RULE_VERSION, Text, Verdict, compare
from storage.models import Alert, Article, Cluster
from storage.rulings import NOTHING, Said

# How many articles of a cluster are asked whether they carry the text as well; how many of each,
# whether two clusters do.
VOTERS = 12
SPOKESMEN = 6

# Any number will do, as long as every Rasid takes the same one, and for nothing else.
_LOCK = text("SELECT pg_advisory_xact_lock(727411)")


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
class Company:
    """The articles of a cluster that goes into another; who was first in one of the two is tied."""

    members: list[Article]
    tied: Article
    found: Found | None

    def tie(self) -> None:
        """Note to which article the one that is first no more is related."""
        if self.found is not None:
            relate(self.tied, self.found)


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
    _merge(db, article.cluster_id, decision.joined.cluster_id)
    for company in followers(db, article, decision):
        company.tie()
        _merge(db, company.members[0].cluster_id, article.cluster_id)


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
    found = candidates.find(db, article, seen, keys, now=now, before=before, pending=pending)
    verdicts = {
        candidate: compare(seen, candidate.text)
        for candidate in found
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


def followers(
    db: Session, article: Article, decision: Decision, *, before: int = ANY
) -> Iterator[Company]:
    """Yield the articles of each cluster that belongs to the one *article* has just joined, and why.

    When they came, too little of that one was there to agree with them: an article stood alone, or
    two clusters of one text grew side by side, until one came that is a copy of both. Without
    this the order in which copies arrive would decide who is one of them.
    """
    numbers = {each.cluster_id for each in decision.carrying} - {article.cluster_id}
    if not numbers:
        return
    members = _members(db, {*numbers, article.cluster_id}, before)
    mates = sorted({*members.pop(article.cluster_id)[:VOTERS], article.id})
    texts = list(read(db, mates))
    for ids in sorted(members.values()):
        spoken = list(read(db, ids[:SPOKESMEN]))
        asked = texts if len(ids) == 1 else texts[:SPOKESMEN]
        agreeing = sum(compare(one.text, other.text).joins for one in spoken for other in asked)
        enough = min(2, len(asked)) if len(ids) == 1 else 1
        if agreeing < enough or 2 * agreeing < len(spoken) * len(asked):
            continue
        apart = {each for number in ids for each in rulings.of(db, number).apart}
        if article.cluster_id not in _clusters_of(db, apart):
            tied = db.get_one(Article, max(ids[0], mates[0]))
            found = _best(db, tied.id, texts, spoken) if tied.relation not in JOINING else None
            yield Company([db.get_one(Article, number) for number in ids], tied, found)


def _best(db: Session, number: int, *companies: Sequence[Candidate]) -> Found | None:
    """The copy of an article that shares the most with it, of the first company that has any."""
    seen = next(read(db, [number])).text
    for company in companies:
        found = [(each, compare(seen, each.text)) for each in company if each.article_id != number]
        joining = [pair for pair in found if pair[1].joins]
        if joining:
            return max(joining, key=lambda pair: (pair[1].score, -pair[0].article_id))
    return None


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


def _merge(db: Session, left: int, cluster_id: int) -> None:
    """Put all articles of one cluster into another, with the alerts about them."""
    # Locked, so that the alerts just being written of it are seen and go along.
    own = select(Cluster.size, Cluster.representative_id).where(Cluster.id == left)
    size, first = db.execute(own.with_for_update()).one()
    db.execute(update(Article).where(Article.cluster_id == left).values(cluster_id=cluster_id))
    earliest = case((Cluster.representative_id > first, first), else_=Cluster.representative_id)
    grown = {"size": Cluster.size + size, "representative_id": earliest}
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
    known = {candidate.article_id: verdict for candidate, verdict in verdicts.items()}
    found = _members(db, cluster_ids, before)
    members = {cluster_id: ids[:VOTERS] for cluster_id, ids in found.items()}
    unread = {number for ids in members.values() for number in ids} - known.keys()
    known |= {other.article_id: compare(seen, other.text) for other in read(db, unread)}
    joining = {number: verdict for number, verdict in known.items() if verdict.joins}
    agreeing = {
        cluster_id: [joining[number].score for number in ids if number in joining]
        for cluster_id, ids in members.items()
    }
    return max(
        (one for one, scores in agreeing.items() if _agree(len(scores), len(members[one]))),
        key=lambda one: (len(agreeing[one]), sum(agreeing[one]), -one),
        default=None,
    )


def _agree(count: int, members: int) -> bool:
    # Half of them; of two or three, two.
    return 2 * count >= members and count >= min(2, members)


def _members(db: Session, cluster_ids: set[int], before: int) -> dict[int, list[int]]:
    """The articles of each cluster, in their order."""
    members: dict[int, list[int]] = {cluster_id: [] for cluster_id in cluster_ids}
    if cluster_ids:
        asked = {"ids": sorted(cluster_ids), "before": before}
        for article_id, cluster_id in db.execute(_MEMBERS, asked):
            members[cluster_id].append(article_id)
    return members


# The statements are made once: built anew for each article they cost more than they take to run.

_DIGESTS = select(Article.digest).where(
    Article.digest.in_(bindparam("digests", expanding=True)),
    Article.id.not_in(bindparam("ids", expanding=True)),
)

_MEMBERS = (
    select(Article.id, Article.cluster_id)
    .where(
        Article.cluster_id.in_(bindparam("ids", expanding=True)),
        Article.id < bindparam("before"),
    )
    .order_by(Article.id)
)
