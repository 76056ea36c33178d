"""Watches, what matched them, and the outbox of alerts.

    Watch ── Match ── Alert ── Delivery (see storage.outbox)

The list the user writes is the master of the watches; their rows follow it.
A match is recorded once per watch and version, and an alert with its
deliveries in the same transaction. What a match means is decided by
`decide`, which touches nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from storage.models import Alert, Article, Delivery, Match, Turn, Version, Watch
from storage.mutes import is_muted
from storage.outbox import Outlet
from storage.surges import Surge

# For so long a desk hears that what it was told of is gone.
REMEMBERED = timedelta(days=30)

Outcome = Literal["alerted", "copy", "too_old", "muted", "listed"]


class Listed(Protocol):
    """What the archive needs to know of a watch on the list."""

    @property
    def name(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A version satisfies a watch; spans as a match keeps them."""

    watch_id: int
    article: Article
    version: Version
    spans: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that went out before, and which article it spoke of."""

    alert_id: int
    article_id: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Who hears what.

    An article older than *max_age* alerts nobody; nor does a copy, unless
    *copies_alert*.
    """

    max_age: timedelta = timedelta(hours=72)
    copies_alert: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What a watch's desk was last told of an article: the alert, the version, its spans."""

    alert_id: int
    watch_id: int
    article_id: int
    version: Version
    spans: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a desk was told was changed, or taken out, in a later version."""

    known: Known
    article: Article
    version: Version
    # [{"field", "before", "after"}]
    changes: list[dict[str, Any]]


def decide(
    article: Article,
    version: Version,
    told: Sequence[Told],
    policy: Policy,
    now: datetime,
    *,
    muted: bool = False,
) -> tuple[Outcome, int | None]:
    """Decide what a match means: its outcome, and the alert it belongs to when it is a copy.

    *told* are the alerts of this watch about this article or its cluster,
    oldest first; *muted* says whether the watch is.
    """
    if not version.alerting:
        return "listed", None
    if now - (article.published_at or article.first_seen_at) > policy.max_age:
        return "too_old", None
    if policy.copies_alert:
        told = [each for each in told if each.article_id == article.id]
    if told:
        return "copy", told[0].alert_id
    return ("muted", None) if muted else ("alerted", None)


def take_turn(db: Session, job: str, now: datetime) -> None:
    """Wait until no other process is at *job*; the turn ends with the transaction.

    SQLite has one writer anyway; on PostgreSQL the job's row is locked.
    """
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    db.execute(insert(Turn).values(job=job).on_conflict_do_nothing())
    turn = db.execute(select(Turn).where(Turn.job == job).with_for_update()).scalar_one()
    turn.taken_at = now


def sync(db: Session, listed: Iterable[Listed], now: datetime) -> dict[str, Watch]:
    """Make the rows follow the list; return the active watches by name.

    A watch that is not on the list any more becomes inactive: what it found
    and whom it told stays.
    """
    rows = {row.name: row for row in db.scalars(select(Watch))}
    active = {}
    for watch in listed:
        row = rows.get(watch.name)
        if row is None:
            row = Watch(name=watch.name, created_at=now, changed_at=now)
            db.add(row)
        if (row.query, row.settings, row.active) != (watch.query, watch.settings, True):
            row.query, row.settings, row.active = watch.query, watch.settings, True
            row.changed_at = now
        active[watch.name] = row
    for name, row in rows.items():
        if name not in active and row.active:
            row.active, row.changed_at = False, now
    db.flush()
    return active


def rename(db: Session, old: str, new: str, now: datetime) -> None:
    """Have a watch go by another name, with what it found and whom it told.

    The list is to be written in the same breath: by it the rows are told apart.
    """
    row = db.scalars(select(Watch).where(Watch.name == old)).first()
    if row is not None:
        row.name, row.changed_at = new, now
        db.flush()


def changed(db: Session) -> datetime | None:
    """Return when a watch was last changed."""
    return db.execute(select(func.max(Watch.changed_at))).scalar_one()


def follows(db: Session, listed: Iterable[Listed]) -> bool:
    """Return whether the rows are as the list is, so that `sync` has nothing to do."""
    rows = db.scalars(select(Watch).where(Watch.active))
    kept = {row.name: (row.query, row.settings) for row in rows}
    return kept == {watch.name: (watch.query, watch.settings) for watch in listed}


def any_unmatched(db: Session) -> bool:
    """Return whether there is a version no watch has looked at."""
    waiting = select(Version.id).where(Version.matched_at.is_(None)).limit(1)
    return db.scalars(waiting).first() is not None


def names(db: Session) -> list[str]:
    """Return the names of all watches, active or not."""
    return list(db.scalars(select(Watch.name).order_by(Watch.name)))


def unmatched(db: Session, limit: int) -> list[tuple[Article, Version]]:
    """Return versions no watch has looked at yet, oldest first."""
    rows = db.execute(
        select(Article, Version)
        .join(Version, Version.article_id == Article.id)
        .where(Version.matched_at.is_(None))
        .order_by(Version.id)
        .limit(limit)
    )
    return [(article, version) for article, version in rows]


def currents(db: Session, after: int, limit: int) -> list[tuple[Article, Version]]:
    """Return articles with ids above *after* and their current versions, in order of id."""
    rows = db.execute(
        select(Article, Version)
        .join(Version, Version.article_id == Article.id)
        .where(Version.number == Article.version_number, Article.id > after)
        .order_by(Article.id)
        .limit(limit)
    )
    return [(article, version) for article, version in rows]


def known(db: Session, article_ids: Collection[int]) -> list[Known]:
    """Return what the desks of active watches were last told of these articles."""
    rows = db.execute(
        select(Alert, Version, Match)
        .join(Version, Version.id == Alert.version_id)
        .join(Watch, Watch.id == Alert.watch_id)
        .outerjoin(
            Match, (Match.watch_id == Alert.watch_id) & (Match.version_id == Alert.version_id)
        )
        .where(Alert.article_id.in_(article_ids), Alert.kind != "surge", Watch.active)
        .order_by(Alert.id)
    )
    found = {}
    for alert, version, match in rows:
        spans = match.spans if match is not None else []
        found[alert.watch_id, alert.article_id] = Known(
            alert.id, alert.watch_id, alert.article_id, version, spans
        )
    return list(found.values())


def raise_gone(
    db: Session,
    outlets: Mapping[int, Sequence[Outlet]],
    priorities: Mapping[int, str],
    now: datetime,
) -> int:
    """Raise an alert for each article a desk was told of that is gone; return how many.

    One that came back and went again is told of again.
    """
    another = aliased(Alert)
    told = exists().where(
        another.watch_id == Alert.watch_id,
        another.article_id == Alert.article_id,
        another.kind == "deleted",
        another.created_at >= Article.gone_at,
    )
    rows = db.execute(
        select(Alert, Article, Version, Watch)
        .join(Article, Article.id == Alert.article_id)
        .join(Watch, Watch.id == Alert.watch_id)
        .join(
            Version,
            (Version.article_id == Article.id) & (Version.number == Article.version_number),
        )
        .where(Article.gone_at.is_not(None), Alert.created_at >= now - REMEMBERED, ~told)
        .where(Alert.kind.in_(("new", "revised", "correction")), Watch.active)
        .order_by(Alert.id)
    )
    # The newest of what a watch was told of an article is the one that is taken back.
    newest = {(alert.watch_id, article.id): row for row in rows for alert, article, *_ in [row]}
    raised = 0
    for alert, article, version, watch in newest.values():
        if watch.id not in outlets or is_muted(watch, now):
            continue
        gone = _alert(watch.id, article, version, "deleted", priorities, now)
        gone.parent_id = alert.id
        _write_alert(db, gone, outlets[watch.id])
        raised += 1
    return raised


def raise_surge(
    db: Session, surge: Surge, outlets: Sequence[Outlet], priority: str, now: datetime
) -> None:
    """Raise the alert that a watch finds far more than it is used to, unless it is muted."""
    if is_muted(surge.watch, now):
        return
    watch_id = surge.watch.id
    alert = _alert(watch_id, surge.article, surge.version, "surge", {watch_id: priority}, now)
    alert.facts = surge.facts(now)
    _write_alert(db, alert, outlets)


def evaluated(
    db: Session, since: datetime, after: int, limit: int
) -> list[tuple[Article, Version]]:
    """Return versions seen since *since* that the watches have looked at, above an id, in order."""
    rows = db.execute(
        select(Article, Version)
        .join(Version, Version.article_id == Article.id)
        .where(Version.seen_at >= since, Version.matched_at.is_not(None), Version.id > after)
        .order_by(Version.id)
        .limit(limit)
    )
    return [(article, version) for article, version in rows]


def matches_in(
    db: Session, version_ids: Collection[int], watch_ids: Collection[int]
) -> dict[tuple[int, int], Match]:
    """Return the matches of these watches in these versions, by watch and version."""
    rows = db.scalars(
        select(Match).where(Match.version_id.in_(version_ids), Match.watch_id.in_(watch_ids))
    )
    return {(row.watch_id, row.version_id): row for row in rows}


def record(
    db: Session,
    found: Sequence[Found],
    *,
    outlets: Mapping[int, Sequence[Outlet]],
    priorities: Mapping[int, str],
    policy: Policy,
    now: datetime,
    corrections: Sequence[Correction] = (),
) -> dict[str, int]:
    """Write matches, and the alerts and pending deliveries that follow; return outcomes counted.

    *outlets* and *priorities* are by watch id. *found* stands in the order
    in which it was kept, so that of two copies in it the first one alerts. A match in
    a version that is one of *corrections* is told as that.
    """
    matches = _matches(db, found)
    told = _told(db, found)
    muted = {row.id for row in db.scalars(select(Watch)) if is_muted(row, now)}
    corrected = _corrected(db, corrections, outlets, priorities, muted, now)
    counts: dict[str, int] = {}
    for each in found:
        match = matches.get((each.watch_id, each.version.id))
        if match is not None and match.outcome != "listed":
            continue
        outcome: Outcome
        alert_id = corrected.get((each.watch_id, each.version.id))
        if alert_id is not None:
            outcome = "alerted"
        else:
            before = _before(told, each)
            outcome, alert_id = decide(
                each.article, each.version, before, policy, now, muted=each.watch_id in muted
            )
        if alert_id is None and outcome == "alerted":
            alert = _alert(
                each.watch_id, each.article, each.version, _kind(db, each), priorities, now
            )
            alert_id = _write_alert(db, alert, outlets[each.watch_id])
            _remember(told, each.watch_id, each.article, alert_id)
        _write(db, match, each, outcome, alert_id, now)
        counts[outcome] = counts.get(outcome, 0) + 1
    db.flush()
    return counts


def _corrected(
    db: Session,
    corrections: Sequence[Correction],
    outlets: Mapping[int, Sequence[Outlet]],
    priorities: Mapping[int, str],
    muted: Collection[int],
    now: datetime,
) -> dict[tuple[int, int], int]:
    """Raise an alert for each correction a desk is to hear of; return them by watch and version.

    The age of the article does not matter: who was told something is told that it changed.
    """
    raised = {}
    for each in corrections:
        watch_id = each.known.watch_id
        if watch_id in muted or watch_id not in outlets or not each.version.alerting:
            continue
        alert = _alert(watch_id, each.article, each.version, "correction", priorities, now)
        alert.parent_id = each.known.alert_id
        alert.facts = {"changes": each.changes}
        raised[watch_id, each.version.id] = _write_alert(db, alert, outlets[watch_id])
    return raised


def _before(told: "Before", found: Found) -> list[Told]:
    of_article = told.get((found.watch_id, "article", found.article.id), set())
    of_cluster = told.get((found.watch_id, "cluster", found.article.cluster_id), set())
    return sorted(of_article | of_cluster, key=lambda each: each.alert_id)


def list_only(db: Session, found: Sequence[Found], now: datetime) -> int:
    """Write matches that tell nobody, those not yet known; return how many were written."""
    there = _matches(db, found)
    fresh = [each for each in found if (each.watch_id, each.version.id) not in there]
    for each in fresh:
        _write(db, None, each, "listed", None, now)
    db.flush()
    return len(fresh)


def mark_matched(db: Session, version_ids: Collection[int], now: datetime) -> None:
    """Note that the watches have looked at these versions."""
    db.execute(update(Version).where(Version.id.in_(version_ids)).values(matched_at=now))


Before = dict[tuple[int, str, int], set[Told]]


def _told(db: Session, found: Sequence[Found]) -> Before:
    """The alerts of these watches about these articles or their clusters."""
    watch_ids = {each.watch_id for each in found}
    clusters = {each.article.cluster_id for each in found}
    articles = {each.article.id for each in found}
    rows = db.execute(
        select(Alert.id, Alert.watch_id, Alert.article_id, Alert.cluster_id, Article.cluster_id)
        .join(Article, Article.id == Alert.article_id)
        .where(Alert.watch_id.in_(watch_ids), Alert.kind != "surge")
        .where(
            # A correction may have moved the article since: its cluster of then and of today.
            Alert.cluster_id.in_(clusters)
            | Article.cluster_id.in_(clusters)
            | Alert.article_id.in_(articles)
        )
    )
    told: Before = {}
    for alert_id, watch_id, article_id, *of_cluster in rows:
        about = Told(alert_id, article_id)
        told.setdefault((watch_id, "article", article_id), set()).add(about)
        for cluster_id in of_cluster:
            told.setdefault((watch_id, "cluster", cluster_id), set()).add(about)
    return told


def _remember(told: Before, watch_id: int, article: Article, alert_id: int) -> None:
    about = Told(alert_id, article.id)
    told.setdefault((watch_id, "cluster", article.cluster_id), set()).add(about)
    told.setdefault((watch_id, "article", article.id), set()).add(about)


def _matches(db: Session, found: Sequence[Found]) -> dict[tuple[int, int], Match]:
    versions = {each.version.id for each in found}
    rows = db.scalars(select(Match).where(Match.version_id.in_(versions)))
    return {(row.watch_id, row.version_id): row for row in rows}


def _kind(db: Session, found: Found) -> str:
    if found.version.number == 1:
        return "new"
    earlier = db.scalars(
        select(Match.id)
        .where(Match.watch_id == found.watch_id, Match.article_id == found.article.id)
        .where(Match.version_id != found.version.id)
        .limit(1)
    ).first()
    return "new" if earlier is not None else "revised"


def _alert(
    watch_id: int,
    article: Article,
    version: Version,
    kind: str,
    priorities: Mapping[int, str],
    now: datetime,
) -> Alert:
    return Alert(
        watch_id=watch_id,
        cluster_id=article.cluster_id,
        article_id=article.id,
        version_id=version.id,
        kind=kind,
        priority=priorities[watch_id],
        created_at=now,
    )


def _write_alert(db: Session, alert: Alert, outlets: Sequence[Outlet]) -> int:
    db.add(alert)
    db.flush()
    for outlet in outlets:
        db.add(Delivery(alert_id=alert.id, channel=outlet.channel, not_before=outlet.not_before))
    return alert.id


def _write(
    db: Session,
    match: Match | None,
    found: Found,
    outcome: str,
    alert_id: int | None,
    now: datetime,
) -> None:
    if match is None:
        match = Match(
            watch_id=found.watch_id, article_id=found.article.id, version_id=found.version.id
        )
        db.add(match)
    # One listed by a pass over the archive is decided now that its turn has come.
    match.spans, match.matched_at = found.spans, now
    match.outcome, match.alert_id = outcome, alert_id
