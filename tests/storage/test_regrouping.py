from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select

from storage import clusters, regrouping, rulings
from storage.copies import Verdict
from storage.database import session
from storage.errors import InputError
from storage.models import Alert, Article, Band, Cluster, Match, Version, Watch
from tests.newswire import (
    AGENCY,
    DAY,
    HEADLINE,
    HOUR,
    NOW,
    OTHER,
    OUTLETS,
    Page,
    add_sites,
    chronicle,
    partition,
    sizes,
    write,
)

FIRST = Page("sana", HEADLINE, AGENCY)
COPY = Page("enab", "مساعدات طبية للرقة", "الرقة – سانا\n" + AGENCY[:300], NOW + HOUR)
SECOND_COPY = Page("npa", "قافلة طبية", AGENCY[:330], NOW + 2 * HOUR)
ELSE = Page("zaman", "تشرين يفوز على الكرامة", OTHER)


@pytest.fixture
def db(archive: Engine):
    with session(archive) as db:
        add_sites(db)
        yield db


def companies(db):
    db.expire_all()
    found = {}
    for number, cluster_id in db.execute(select(Article.id, Article.cluster_id)):
        found.setdefault(cluster_id, set()).add(number)
    return sorted(map(sorted, found.values()))


def every_decision_again(db):
    regrouping.forget_decisions(db)
    changes, after = [], 0
    while after is not None:
        batch = regrouping.again(db, after=after, limit=3)
        changes += batch.changes
        after = batch.last
    return changes


def watch_and_alert(db, about, copies=()):
    """An alert about *about*, with the matches of its copies."""
    watch = db.scalars(select(Watch)).first()
    if watch is None:
        watch = Watch(name="الرقة", query="الرقة", settings={}, created_at=NOW, changed_at=NOW)
        db.add(watch)
        db.flush()
    alert = Alert(
        watch_id=watch.id,
        cluster_id=about.cluster_id,
        article_id=about.id,
        version_id=version_of(db, about).id,
        kind="new",
        created_at=NOW,
    )
    db.add(alert)
    db.flush()
    for article in (about, *copies):
        version = version_of(db, article)
        version.matched_at = NOW
        outcome = "alerted" if article is about else "copy"
        db.add(
            Match(
                watch_id=watch.id,
                article_id=article.id,
                version_id=version.id,
                spans=[],
                matched_at=NOW,
                outcome=outcome,
                alert_id=alert.id,
            )
        )
    db.flush()
    return alert


def version_of(db, article):
    return db.scalars(select(Version).where(Version.article_id == article.id)).one()


def outcome_of(db, article):
    match = db.scalars(select(Match).where(Match.article_id == article.id)).one()
    return match.outcome, match.alert_id


def test_a_split_article_stands_alone_and_the_others_stay(db):
    first, copy, second = (write(db, page) for page in (FIRST, COPY, SECOND_COPY))

    done = regrouping.split(db, [copy.id], NOW)

    assert done.moved == [copy.id]
    assert companies(db) == [[first.id, second.id], [copy.id]]
    assert copy.relation is None
    assert sizes(db) == [1, 2]


def test_when_the_first_is_split_off_the_next_one_represents_the_others(db):
    first, copy, second = (write(db, page) for page in (FIRST, COPY, SECOND_COPY))

    regrouping.split(db, [first.id], NOW)

    assert companies(db) == [[first.id], [copy.id, second.id]]
    assert (copy.relation, second.related_to) == (None, copy.id)
    assert db.get(Cluster, copy.cluster_id).representative_id == copy.id


def test_a_split_is_remembered_when_the_article_is_revised_or_decided_again(db):
    first, copy = write(db, FIRST), write(db, COPY)
    regrouping.split(db, [copy.id], NOW)

    write(db, replace(COPY, body=AGENCY), now=NOW + 3 * HOUR)
    assert companies(db) == [[first.id], [copy.id]]

    every_decision_again(db)
    assert companies(db) == [[first.id], [copy.id]]
    third = write(db, SECOND_COPY)
    assert third.cluster_id in (first.cluster_id, copy.cluster_id)


def test_joined_clusters_are_one_and_stay_so(db):
    first, other = write(db, FIRST), write(db, ELSE)

    done = regrouping.unite(db, [first.id, other.id], NOW)

    assert (done.cluster_id, done.moved) == (first.cluster_id, [other.id])
    assert companies(db) == [[first.id, other.id]]
    assert (other.relation, other.related_to) == ("duplicate", first.id)
    assert other.relation_reasons[0] == "joined by a person"
    assert sizes(db) == [2]
    assert every_decision_again(db) == []
    assert companies(db) == [[first.id, other.id]]


def test_the_last_word_counts(db):
    first, copy = write(db, FIRST), write(db, COPY)

    regrouping.split(db, [copy.id], NOW)
    regrouping.unite(db, [first.id, copy.id], NOW)
    every_decision_again(db)
    assert companies(db) == [[first.id, copy.id]]

    regrouping.split(db, [copy.id], NOW)
    every_decision_again(db)
    assert companies(db) == [[first.id], [copy.id]]
    assert len(rulings.among(db, [copy.id])) == 1


def test_a_copy_that_was_silenced_is_matched_again_when_it_is_split_off(db):
    first, copy, second = (write(db, page) for page in (FIRST, COPY, SECOND_COPY))
    alert = watch_and_alert(db, first, (copy, second))

    done = regrouping.split(db, [copy.id], NOW)

    assert done.looked_at_again == 1
    assert outcome_of(db, copy) == ("listed", None)
    assert version_of(db, copy).matched_at is None
    assert outcome_of(db, second) == ("copy", alert.id)


def test_copies_of_an_article_that_is_split_off_are_matched_again(db):
    first, copy, second = (write(db, page) for page in (FIRST, COPY, SECOND_COPY))
    alert = watch_and_alert(db, first, (copy, second))

    regrouping.split(db, [first.id], NOW)

    db.refresh(alert)
    assert alert.cluster_id == first.cluster_id
    assert [outcome_of(db, each) for each in (copy, second)] == [("listed", None)] * 2


def test_alerts_follow_the_cluster_that_is_joined_to_another(db):
    first, other = write(db, FIRST), write(db, ELSE)
    alert = watch_and_alert(db, other)

    regrouping.unite(db, [first.id, other.id], NOW)

    db.refresh(alert)
    assert alert.cluster_id == first.cluster_id
    assert outcome_of(db, other) == ("alerted", alert.id)


@pytest.mark.parametrize(
    ("act", "numbers", "message"),
    [
        (regrouping.split, [1], "article 1 would leave nobody behind"),
        (regrouping.split, [1, 2], "not in one cluster"),
        (regrouping.split, [9], "there is no article 9"),
        (regrouping.unite, [1, 1], "in one cluster already"),
        (regrouping.unite, [1, 9], "there is no article 9"),
    ],
)
def test_what_cannot_be_done_is_said(db, act, numbers, message):
    for page in (FIRST, ELSE):
        write(db, page)

    with pytest.raises(InputError, match=message):
        act(db, numbers, NOW)


def test_deciding_again_what_today_s_rule_decided_changes_nothing(archive):
    with session(archive) as db:
        add_sites(db)
        for page in chronicle():
            write(db, page, now=page.published_at + HOUR)
    lived = partition(archive)
    with session(archive) as db:
        assert regrouping.waiting(db) == 0
        assert every_decision_again(db) == []
    assert partition(archive) == lived


@pytest.mark.parametrize("kind", ["nothing is joined", "moulds are joined"])
def test_deciding_again_makes_the_clusters_that_living_under_the_rule_makes(
    archive, tmp_path, monkeypatch, kind
):
    with session(archive) as db:
        add_sites(db)
        with monkeypatch.context() as older:
            older.setattr(clusters, "RULE_VERSION", 1)
            older.setattr(clusters, "compare", OLDER[kind])
            older.setattr(clusters, "VOTERS", 1)
            for page in chronicle():
                write(db, page, now=page.published_at + HOUR)
    with session(archive) as db:
        assert regrouping.waiting(db) == len(chronicle())
    after, changes = 0, []
    while after is not None:
        with session(archive) as db:
            batch = regrouping.again(db, after=after, limit=7)
        after, changes = batch.last, changes + batch.changes
    assert {change.what for change in changes} <= {"joined", "left", "moved", "related"}
    assert changes
    decided = partition(archive)

    from storage.database import open_archive

    lived = open_archive(f"sqlite:///{tmp_path / 'lived.db'}", create=True)
    with session(lived) as db:
        add_sites(db)
        for page in chronicle():
            write(db, page, now=page.published_at + HOUR)
    assert decided == partition(lived)
    lived.dispose()
    with session(archive) as db:
        assert regrouping.waiting(db) == 0
        sizes(db)


def joins_nothing(_one, _other):
    return Verdict(None, 0.0, [])


def joins_one_headline(one, other):
    same = one.headline == other.headline
    return Verdict("duplicate" if same else None, 0.5, ["the same headline"])


OLDER = {"nothing is joined": joins_nothing, "moulds are joined": joins_one_headline}


def test_an_article_decided_again_is_found_by_its_keys(db):
    first = write(db, FIRST)
    db.query(Band).delete()
    every_decision_again(db)

    assert db.scalar(select(func.count()).where(Band.article_id == first.id)) == 81
    assert write(db, COPY).cluster_id == first.cluster_id


def test_who_joined_a_cluster_that_falls_apart_is_decided_again_with_it(db, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(clusters, "RULE_VERSION", 1)
        older.setattr(clusters, "compare", lambda *_: Verdict("duplicate", 1.0, ["all"]))
        first, wrong = write(db, FIRST), write(db, replace(COPY, body=AGENCY + OTHER))
    copy = write(db, replace(FIRST, site="npa", headline="قافلة", published_at=NOW + DAY))
    assert companies(db) == [[first.id, wrong.id, copy.id]]

    after = 0
    while after is not None:
        after = regrouping.again(db, after=after, limit=1).last

    assert regrouping.waiting(db) == 0
    assert first.cluster_id == copy.cluster_id
    assert len(OUTLETS) == 4
