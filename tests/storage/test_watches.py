from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storage import outbox, watches
from storage.database import reading, session
from storage.models import Alert, Article, Cluster, Delivery, Match, Site, Version, Watch
from storage.outbox import Outlet
from storage.watches import Found, Policy, Told, decide

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
POLICY = Policy()


@dataclass(frozen=True)
class Listed:
    name: str = "الفرات"
    query: str = "شرق الفرات"
    settings: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def db(archive: Engine) -> Iterator[Session]:
    with session(archive) as opened:
        opened.add(Site(key="sana", name="سانا"))
        opened.flush()
        yield opened


def article(db: Session, *, cluster: int | None = None, published=NOW, seen=NOW) -> Article:
    if cluster is None:
        row = Cluster(first_seen_at=seen)
        db.add(row)
        db.flush()
        cluster = row.id
    number = len(list(db.scalars(select(Article.id)))) + 1
    kept = Article(
        site_key="sana",
        url_key=f"sana/{number}",
        url=f"https://sana.example/{number}",
        headline="من شرق الفرات",
        digest="0" * 64,
        published_at=published,
        first_seen_at=seen,
        last_seen_at=seen,
        cluster_id=cluster,
        version_number=0,
    )
    db.add(kept)
    db.flush()
    return kept


def version(db: Session, of: Article, *, alerting: bool = True) -> Version:
    of.version_number += 1
    written = Version(
        article_id=of.id,
        number=of.version_number,
        headline="من شرق الفرات",
        body="",
        authors=[],
        tags=[],
        digest="0" * 64,
        provenance={},
        seen_at=NOW,
        alerting=alerting,
    )
    db.add(written)
    db.flush()
    return written


def watch(db: Session, *listed: Listed) -> Watch:
    return next(iter(watches.sync(db, listed or [Listed()], NOW).values()))


def record(db: Session, row: Watch, *pairs: tuple[Article, Version], policy=POLICY, now=NOW):
    spans = [
        {"field": "headline", "start": 3, "end": 13, "text": "شرق الفرات", "term": "شرق الفرات"}
    ]
    return watches.record(
        db,
        [Found(row.id, of, written, spans) for of, written in pairs],
        outlets={row.id: [Outlet("desk", now)]},
        priorities={row.id: "normal"},
        policy=policy,
        now=now,
    )


def kinds(db: Session) -> list[str]:
    return list(db.scalars(select(Alert.kind).order_by(Alert.id)))


def outcomes(db: Session) -> list[str]:
    return list(db.scalars(select(Match.outcome).order_by(Match.id)))


def test_rows_follow_the_list_and_a_watch_taken_out_keeps_its_history(db):
    watches.sync(db, [Listed("a"), Listed("b")], NOW)
    later = NOW + timedelta(hours=1)

    active = watches.sync(db, [Listed("b", query="جديد"), Listed("c")], later)

    rows = {row.name: row for row in db.scalars(select(Watch))}
    assert set(active) == {"b", "c"}
    assert {name: row.active for name, row in rows.items()} == {"a": False, "b": True, "c": True}
    assert (rows["b"].query, rows["b"].changed_at, rows["b"].created_at) == ("جديد", later, NOW)


def test_a_watch_that_comes_back_is_the_same_watch(db):
    first = watch(db, Listed("a")).id
    watches.sync(db, [], NOW)

    again = watch(db, Listed("a"))

    assert (again.id, again.active) == (first, True)


def test_a_first_match_alerts_and_has_a_delivery_for_each_channel(db):
    of = article(db)

    counts = record(db, watch(db), (of, version(db, of)))

    assert counts == {"alerted": 1}
    [alert] = db.scalars(select(Alert))
    [delivery] = db.scalars(select(Delivery))
    assert (alert.kind, alert.article_id, alert.cluster_id) == ("new", of.id, of.cluster_id)
    assert (delivery.alert_id, delivery.state, delivery.attempts) == (alert.id, "pending", 0)


def test_of_two_copies_kept_together_the_first_alerts_and_the_second_is_counted(db):
    first = article(db)
    second = article(db, cluster=first.cluster_id)

    record(db, watch(db), (first, version(db, first)), (second, version(db, second)))

    [alert] = db.scalars(select(Alert))
    assert outcomes(db) == ["alerted", "copy"]
    assert set(db.scalars(select(Match.alert_id))) == {alert.id}


def test_a_copy_that_comes_later_is_linked_to_the_alert(db):
    row = watch(db)
    first = article(db)
    record(db, row, (first, version(db, first)))
    second = article(db, cluster=first.cluster_id)

    assert record(db, row, (second, version(db, second))) == {"copy": 1}
    assert len(kinds(db)) == 1


def test_copies_alert_where_that_is_wanted(db):
    row = watch(db)
    policy = Policy(copies_alert=True)
    first = article(db)
    second = article(db, cluster=first.cluster_id)

    record(db, row, (first, version(db, first)), (second, version(db, second)), policy=policy)
    record(db, row, (second, version(db, second)), policy=policy)

    assert outcomes(db) == ["alerted", "alerted", "copy"]


def test_another_watch_is_told_of_the_same_cluster(db):
    rows = watches.sync(db, [Listed("a"), Listed("b")], NOW)
    of = article(db)
    written = version(db, of)

    for row in rows.values():
        record(db, row, (of, written))

    assert len(kinds(db)) == 2


def test_a_later_version_that_matches_for_the_first_time_is_a_revision(db):
    of = article(db)
    version(db, of)

    record(db, watch(db), (of, version(db, of)))

    assert kinds(db) == ["revised"]


def test_a_later_version_of_what_was_told_is_not_told_again(db):
    row = watch(db)
    of = article(db)

    record(db, row, (of, version(db, of)))
    record(db, row, (of, version(db, of)))

    assert outcomes(db) == ["alerted", "copy"]
    assert kinds(db) == ["new"]


def test_an_article_told_of_is_not_told_again_when_a_correction_moves_it_to_another_cluster(db):
    row = watch(db)
    of = article(db)
    record(db, row, (of, version(db, of)))
    of.cluster_id = article(db).cluster_id

    record(db, row, (of, version(db, of)))

    assert outcomes(db) == ["alerted", "copy"]


def test_a_copy_of_the_first_text_is_still_a_copy_after_the_article_has_moved(db):
    row = watch(db)
    of = article(db)
    before = of.cluster_id
    record(db, row, (of, version(db, of)))
    of.cluster_id = article(db).cluster_id
    late = article(db, cluster=before)

    record(db, row, (late, version(db, late)))

    assert outcomes(db) == ["alerted", "copy"]


@pytest.mark.parametrize(
    ("published", "seen", "outcome"),
    [
        (NOW - timedelta(hours=71), NOW, "alerted"),
        (NOW - timedelta(hours=73), NOW, "too_old"),
        (None, NOW - timedelta(hours=71), "alerted"),
        (None, NOW - timedelta(hours=73), "too_old"),
        (NOW + timedelta(hours=2), NOW, "alerted"),
    ],
)
def test_an_old_article_alerts_nobody(db, published, seen, outcome):
    of = article(db, published=published, seen=seen)

    assert record(db, watch(db), (of, version(db, of))) == {outcome: 1}


def test_what_was_imported_to_be_listed_alerts_nobody(db):
    of = article(db)

    assert record(db, watch(db), (of, version(db, of, alerting=False))) == {"listed": 1}
    assert kinds(db) == []


def test_a_match_is_recorded_once(db):
    row = watch(db)
    of = article(db)
    written = version(db, of)

    record(db, row, (of, written))
    assert record(db, row, (of, written)) == {}

    assert outcomes(db) == ["alerted"]


def test_a_match_listed_before_its_turn_still_alerts(db):
    row = watch(db)
    of = article(db)
    written = version(db, of)
    watches.list_only(db, [Found(row.id, of, written, [])], NOW)

    record(db, row, (of, written))

    assert outcomes(db) == ["alerted"]


def test_deciding_touches_nothing_but_its_arguments():
    of = Article(id=1, published_at=NOW, first_seen_at=NOW)

    assert decide(of, Version(alerting=True), [Told(5, 2), Told(6, 1)], POLICY, NOW) == ("copy", 5)


def test_versions_are_looked_at_once(db):
    of = article(db)
    first, second = version(db, of), version(db, of)
    watches.mark_matched(db, [first.id], NOW)

    assert [written.id for _, written in watches.unmatched(db, 10)] == [second.id]


def test_only_one_process_takes_a_turn(archive):
    with session(archive) as db:
        watches.take_turn(db, "match", NOW)
    with session(archive) as db:
        watches.take_turn(db, "match", NOW)


def alert(db: Session, *, channel: str = "desk", not_before=NOW) -> Delivery:
    of = article(db)
    written = version(db, of)
    row = watch(db)
    watches.record(
        db,
        [Found(row.id, of, written, [])],
        outlets={row.id: [Outlet(channel, not_before)]},
        priorities={row.id: "normal"},
        policy=POLICY,
        now=NOW,
    )
    return db.scalars(select(Delivery).order_by(Delivery.id.desc())).first()


def test_a_delivery_is_due_when_its_time_has_come(db):
    alert(db, not_before=NOW + timedelta(minutes=1))

    assert outbox.due(db, NOW) is None
    assert outbox.due(db, NOW + timedelta(minutes=1)) is not None


def test_a_leased_delivery_is_due_again_only_when_the_lease_has_run_out(db):
    delivery = alert(db)
    outbox.lease([delivery], NOW)
    db.flush()

    assert outbox.due(db, NOW + outbox.LEASE - timedelta(seconds=1)) is None
    assert outbox.due(db, NOW + outbox.LEASE).id == delivery.id


def test_a_process_whose_lease_ran_out_cannot_record(db):
    delivery = alert(db)
    outbox.lease([delivery], NOW)
    outbox.lease([delivery], NOW + outbox.LEASE)
    db.flush()

    assert outbox.held(db, {(delivery.id, 1)}) == []
    assert outbox.held(db, {(delivery.id, 2)}) == [delivery]


def test_attempts_come_further_and_further_apart_and_end_with_a_reason(db):
    delivery = alert(db)
    waits = []
    now = NOW
    again = True
    while again:
        outbox.lease([delivery], now)
        moment = outbox.next_attempt(delivery, now)
        waits.append(int((moment - now).total_seconds() / 60))
        again = outbox.postpone(delivery, "desk: 503", moment)
        now = moment

    assert waits[:7] == [1, 2, 5, 10, 30, 60, 60]
    assert (delivery.state, delivery.last_error) == ("failed", "desk: 503")
    assert delivery.attempts == outbox.ATTEMPTS


def test_what_is_delivered_is_never_due_again(db):
    delivery = alert(db)
    outbox.lease([delivery], NOW)
    outbox.delivered([delivery], NOW)
    db.flush()

    assert outbox.due(db, NOW + timedelta(days=9)) is None
    assert outbox.count(db) == {"delivered": 1}


def test_an_alert_as_json_names_its_copies_once(db):
    row = watch(db)
    first = article(db)
    record(db, row, (first, version(db, first)))
    copy = article(db, cluster=first.cluster_id)
    record(db, row, (copy, version(db, copy)))
    record(db, row, (copy, version(db, copy)))

    [entry] = outbox.latest(db)
    said = outbox.alert_json(
        entry,
        outbox.copies(db, [entry.alert.id])[entry.alert.id],
        outbox.deliveries(db, [entry.alert.id])[entry.alert.id],
    )

    assert [each["article"] for each in said["copies"]] == [copy.id]
    assert said["watch"] == "الفرات"
    assert said["spans"][0]["text"] == said["headline"][3:13]
    assert said["deliveries"][0]["state"] == "pending"


def test_an_alert_is_acknowledged_once_and_unknown_ids_come_back(db):
    alert(db)
    [entry] = outbox.latest(db)

    assert outbox.acknowledge(db, [entry.alert.id, 999], NOW) == [999]
    outbox.acknowledge(db, [entry.alert.id], NOW + timedelta(hours=1))

    assert entry.alert.acknowledged_at == NOW
    assert outbox.latest(db, waiting_only=True) == []


def test_alerts_are_read_without_waiting_for_a_writer(archive):
    with session(archive) as db:
        db.add(Site(key="sana", name="سانا"))
        db.flush()
        alert(db)
    with session(archive), reading(archive) as db:
        assert len(outbox.latest(db)) == 1
