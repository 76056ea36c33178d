"""Clusters changed by hand, or decided again after the rule has changed.

    split, unite     what a person says, remembered as rulings
    again            every article an older rule decided, in the order in which they came

What hangs on clusters follows: sizes and representatives, alerts, and matches that were counted
as copies of an alert about another text, which are looked at again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from storage import bands, candidates, clusters, rulings
from storage.candidates import Candidate
from storage.copies import JOINING, RULE_VERSION, compare
from storage.errors import InputError
from storage.fingerprint import folded, keys_of
from storage.models import Alert, Article, Band, Cluster, Match, Version

What = Literal["joined", "left", "moved", "related"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an article stands: its cluster, and to which article it is related and how."""

    cluster: int
    relation: str | None
    article: int | None

    @property
    def joined(self) -> bool:
        """Whether it is in its cluster because of another article."""
        return self.relation in JOINING


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one article that was decided again."""

    article: Article
    what: What
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class Batch:
    """A stretch of articles decided again; *last* is where the next one goes on, None at the end."""

    decided: int
    changes: list[Change]
    looked_at_again: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Regrouped:
    """What a person's word did: the cluster that came of it, and who was moved into it."""

    cluster_id: int
    moved: list[int]
    looked_at_again: int


def split(db: Session, article_ids: Sequence[int], now: datetime) -> Regrouped:
    """Take these articles out of their cluster, into one of their own, and remember it.

    Raises InputError when they are not in one cluster, or when nothing would stay in it.
    """
    clusters.lock(db)
    out = _articles(db, article_ids)
    if len({article.cluster_id for article in out}) > 1:
        raise InputError("these articles are not in one cluster; split them one by one")
    left = out[0].cluster_id
    ids = [article.id for article in out]
    staying = [each for each in _members(db, [left]) if each.id not in ids]
    if not staying:
        raise InputError(
            f"article {ids[0]} would leave nobody behind; 'rasid cluster show {ids[0]}' lists "
            "who carries the text"
        )
    cluster = clusters.open_cluster(db, min(article.first_seen_at for article in out))
    rulings.say(db, ids, [each.id for each in staying], together=False, now=now)
    rulings.say(db, ids[:1], ids[1:], together=True, now=now)
    _move(db, out, cluster.id)
    for mates in (out, staying):
        _relate_again(db, mates)
    return Regrouped(cluster.id, ids, follow(db, [*ids, *(each.id for each in staying)]))


def unite(db: Session, article_ids: Sequence[int], now: datetime) -> Regrouped:
    """Bring the clusters of these articles together, into that of the first; remember it.

    Raises InputError when they are in one cluster already.
    """
    clusters.lock(db)
    given = _articles(db, article_ids)
    anchor = given[0]
    others = {article.cluster_id for article in given} - {anchor.cluster_id}
    if not others:
        raise InputError(
            f"these articles are in one cluster already, {anchor.cluster_id}; nothing to join"
        )
    moving = _members(db, others)
    ids = [article.id for article in moving]
    everyone = [*ids, *(each.id for each in _members(db, [anchor.cluster_id]))]
    rulings.say(db, [anchor.id], ids, together=True, now=now)
    rulings.reconcile(db, everyone)
    for article in moving:
        if article.relation not in JOINING:
            _put_with(db, article, anchor)
    _move(db, moving, anchor.cluster_id)
    return Regrouped(anchor.cluster_id, ids, follow(db, everyone))


def forget_decisions(db: Session) -> None:
    """Have `again` decide every article, those of today's rule as well."""
    db.execute(update(Article).values(rule_version=0))


def waiting(db: Session) -> int:
    """Return how many articles an older rule decided."""
    return db.scalar(select(func.count()).select_from(Article).where(_older())) or 0


def again(db: Session, *, after: int, limit: int) -> Batch:
    """Decide the next articles of an older rule as if they came now, in the order in which they came.

    Each sees only the articles that were there before it, so that the clusters are those that
    living under today's rule would have made. What it is killed in is undone; what remains is
    known by the rule each article was decided by, so it may be called again at any time.
    """
    clusters.lock(db)
    statement = select(Article).where(Article.id > after, _older()).order_by(Article.id)
    articles = list(db.scalars(statement.limit(limit).with_for_update(of=Article)))
    changes = [change for article in articles for change in _again(db, article)]
    touched = {each.article.id for each in changes}
    mates = _members(db, {n for each in changes for n in (each.before.cluster, each.after.cluster)})
    return Batch(
        decided=len(articles),
        changes=changes,
        looked_at_again=follow(db, touched | {article.id for article in mates}),
        last=_last(db, articles, after) if articles else None,
    )


def follow(db: Session, article_ids: Collection[int]) -> int:
    """Have the watches look again at copies of a text that is not theirs any more; return how many.

    Of these articles, whose clusters have changed: a match that was counted as a copy of an
    alert alerted nobody. Where alert and article have come apart it is nobody's copy.
    """
    told = aliased(Article)
    rows = db.scalars(
        select(Match)
        .join(Article, Article.id == Match.article_id)
        .join(Alert, Alert.id == Match.alert_id)
        .join(told, told.id == Alert.article_id)
        .where(Match.article_id.in_(article_ids), Match.outcome == "copy")
        .where(told.cluster_id != Article.cluster_id)
    ).all()
    for match in rows:
        match.outcome, match.alert_id = "listed", None
    versions = {match.version_id for match in rows}
    db.execute(update(Version).where(Version.id.in_(versions)).values(matched_at=None))
    db.flush()
    return len(rows)


def _older() -> ColumnElement[bool]:
    return func.coalesce(Article.rule_version, 0) < RULE_VERSION


def _articles(db: Session, article_ids: Sequence[int]) -> list[Article]:
    wanted = list(dict.fromkeys(article_ids))
    found = {row.id: row for row in db.scalars(select(Article).where(Article.id.in_(wanted)))}
    for number in wanted:
        if number not in found:
            raise InputError(f"there is no article {number}; 'rasid search' shows numbers.")
    return [found[number] for number in wanted]


def _members(db: Session, cluster_ids: Collection[int]) -> list[Article]:
    statement = select(Article).where(Article.cluster_id.in_(cluster_ids)).order_by(Article.id)
    return list(db.scalars(statement))


def _move(db: Session, articles: Iterable[Article], cluster_id: int) -> None:
    """Put articles into a cluster, with the alerts about them; what becomes empty goes."""
    left = set[int]()
    for article in articles:
        left.add(article.cluster_id)
        article.cluster_id = cluster_id
        about = Alert.article_id == article.id
        db.execute(update(Alert).where(about).values(cluster_id=cluster_id))
    db.flush()
    for number in left | {cluster_id}:
        _count(db, number)


def _count(db: Session, cluster_id: int) -> None:
    mine = Article.cluster_id == cluster_id
    size, first = db.execute(select(func.count(), func.min(Article.id)).where(mine)).one()
    if size:
        values = {"size": size, "representative_id": first}
        db.execute(update(Cluster).where(Cluster.id == cluster_id).values(values))
        return
    # An alert may have been of this cluster before its article moved elsewhere.
    for alert in db.scalars(select(Alert).where(Alert.cluster_id == cluster_id)):
        alert.cluster_id = db.scalars(
            select(Article.cluster_id).where(Article.id == alert.article_id)
        ).one()
    db.flush()
    db.execute(delete(Cluster).where(Cluster.id == cluster_id))


def _relate_again(db: Session, mates: Sequence[Article]) -> None:
    """Relate anew those whose relation is to an article that is no longer in their cluster."""
    ordered = sorted(mates, key=lambda article: article.id)
    ids = {article.id for article in ordered}
    for place, article in enumerate(ordered):
        if article.relation not in JOINING or article.related_to in ids:
            continue
        if place == 0:
            clusters.relate(article, None)
        else:
            _put_with(db, article, ordered[0])


def _put_with(db: Session, article: Article, anchor: Article) -> None:
    texts = {each.article_id: each for each in candidates.read(db, [article.id, anchor.id])}
    seen, other = texts[article.id], texts[anchor.id]
    verdict = compare(seen.text, other.text)
    if not verdict.joins:
        verdict = clusters.ruled(seen.text, other.text)
    clusters.relate(article, (other, verdict))


def _again(db: Session, article: Article) -> Iterator[Change]:
    before = _standing(article)
    mine = next(candidates.read(db, [article.id]))
    keys = keys_of(folded(mine.text.headline, mine.text.body))
    _index(db, article, keys)
    decision = clusters.decide(
        db,
        article,
        mine.text,
        keys,
        now=article.first_seen_at,
        said=rulings.of(db, article.id),
        before=article.id,
    )
    clusters.relate(article, decision.found)
    _leave_for(db, [article], _target(db, article, decision.joined))
    if decision.joined is not None:
        for company in clusters.followers(db, article, decision, before=article.id):
            yield from _follow(db, article, company)
    db.flush()
    yield from _change(article, before, _standing(article))


def _follow(db: Session, article: Article, company: clusters.Company) -> Iterator[Change]:
    before = {each: _standing(each) for each in (*company.members, company.tied)}
    company.tie()
    _leave_for(db, company.members, article.cluster_id)
    for each, standing in before.items():
        yield from _change(each, standing, _standing(each))


def _leave_for(db: Session, articles: Sequence[Article], cluster_id: int) -> None:
    """Move articles, in their order, from one cluster to another."""
    left = articles[0].cluster_id
    if cluster_id == left:
        return
    later = Article.cluster_id == left, Article.id > articles[-1].id
    # Who came later joined a cluster that is now another one.
    db.execute(update(Article).where(*later).values(rule_version=0))
    _move(db, articles, cluster_id)


def _target(db: Session, article: Article, joined: Candidate | None) -> int:
    """The cluster an article belongs in: the one it joins, or its own, which may be a new one."""
    if joined is not None:
        return joined.cluster_id
    earlier = Article.cluster_id == article.cluster_id, Article.id < article.id
    if db.scalars(select(Article.id).where(*earlier).limit(1)).first() is None:
        return article.cluster_id
    return clusters.open_cluster(db, article.first_seen_at).id


def _last(db: Session, articles: Sequence[Article], after: int) -> int:
    # One decided by today's rule may have lost its company to what was decided now.
    last = articles[-1].id
    between = Article.id > after, Article.id < last
    marked = db.scalar(select(func.min(Article.id)).where(_older(), *between))
    return last if marked is None else marked - 1


def _index(db: Session, article: Article, keys: frozenset[int]) -> None:
    mine = Band.article_id == article.id, Band.key.in_(keys)
    known = set(db.scalars(select(Band.key).where(*mine)))
    bands.write(db, [(article.id, keys - known)])


def _standing(article: Article) -> Standing:
    return Standing(article.cluster_id, article.relation, article.related_to)


def _change(article: Article, before: Standing, after: Standing) -> Iterator[Change]:
    if before == after:
        return
    what: What = "related"
    if before.joined != after.joined:
        what = "joined" if after.joined else "left"
    elif before.joined and before.cluster != after.cluster:
        what = "moved"
    elif (before.relation, before.article) == (after.relation, after.article):
        # It represents the same text in a cluster that was opened anew.
        return
    yield Change(article, what, before, after)
