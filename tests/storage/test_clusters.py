import multiprocessing
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import combinations

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from storage import clusters, rulings
from storage.archive import keep
from storage.copies import RULE_VERSION, Text, Verdict, compare
from storage.database import open_archive, reading, session
from storage.models import Alert, Article, Band, Cluster, Site, Version, Watch
from tests import moulds
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
    letters,
    partition,
    sizes,
    story,
    write,
)


@pytest.fixture
def db(archive: Engine) -> Iterator[Session]:
    with session(archive) as db:
        add_sites(db)
        yield db


def test_an_article_alone_represents_a_cluster_of_its_own(db):
    article = write(db, Page("sana", HEADLINE, AGENCY))

    cluster = db.get(Cluster, article.cluster_id)
    assert (cluster.representative_id, cluster.size) == (article.id, 1)
    assert article.relation is None


def test_an_edited_copy_joins_the_first_and_says_why(db):
    first = write(db, Page("sana", HEADLINE, AGENCY))
    copy = write(
        db,
        Page("enab", "مساعدات طبية للرقة", "الرقة – سانا\n" + AGENCY[:300], NOW + 5 * HOUR),
    )

    assert copy.cluster_id == first.cluster_id
    assert (copy.relation, copy.related_to) == ("duplicate", first.id)
    assert copy.relation_score > 0.9
    assert "published 5 h apart" in copy.relation_reasons
    assert copy.rule_version == RULE_VERSION
    assert sizes(db) == [2]


def test_articles_of_other_texts_stay_apart(db):
    write(db, Page("sana", HEADLINE, AGENCY))
    other = write(db, Page("enab", "تشرين يفوز على الكرامة", OTHER))

    assert other.relation is None
    assert sizes(db) == [1, 1]


def test_the_same_words_under_other_marks_are_exact(db):
    first = write(db, Page("sana", HEADLINE, AGENCY))
    copy = write(db, Page("enab", HEADLINE.replace("قافلة", "قافلةُ"), AGENCY))

    assert (copy.relation, copy.related_to, copy.relation_score) == ("exact", first.id, 1.0)


def test_a_site_that_rewrites_its_article_elsewhere_has_a_version(db):
    write(db, Page("sana", HEADLINE, AGENCY))
    again = write(db, Page("sana", HEADLINE, AGENCY[:230] + " " + OTHER[:90], number=2))

    assert again.relation == "version"
    assert sizes(db) == [2]


def test_an_update_with_other_numbers_is_related_and_alone(db):
    toll = "قتل 3 مدنيين وأصيب 5 آخرون بانفجار في سوق المدينة. " + AGENCY
    first = write(db, Page("sana", "قتلى بانفجار في سوق المدينة", toll))
    update = write(
        db,
        Page(
            "sana",
            "قتلى بانفجار في سوق المدينة",
            toll.replace("3", "7").replace("5", "12"),
            NOW + 2 * HOUR,
            number=2,
        ),
    )

    assert (update.relation, update.related_to) == ("related", first.id)
    assert any("12، 7 here, 3، 5 there" in reason for reason in update.relation_reasons)
    assert sizes(db) == [1, 1]


def test_a_flash_under_one_headline_is_found_by_the_headline(db):
    first = write(db, Page("sana", HEADLINE, "عاجل"))
    copy = write(db, Page("enab", HEADLINE, "عاجل من الرقة", NOW + HOUR))
    own = write(db, Page("sana", HEADLINE, "خبر عاجل", NOW + HOUR, number=2))

    assert (copy.relation, copy.cluster_id) == ("duplicate", first.cluster_id)
    assert own.related_to != first.id


def test_a_text_that_returns_after_a_week_is_not_a_copy(db):
    write(db, Page("sana", HEADLINE, AGENCY))
    later = NOW + 8 * DAY
    again = write(db, Page("enab", "عنوان آخر لا يشبه الأول", AGENCY[40:], later), now=later)

    assert again.relation is None


def test_a_cluster_does_not_grow_by_chains(db):
    words = [f"كلمة{letters(place)}" for place in range(90)]
    parts = [" ".join(words[start : start + 45]) for start in (0, 20, 40)]
    pages = [
        Page(site, f"عنوان {site} هنا", part)
        for site, part in zip(("sana", "enab", "npa"), parts, strict=True)
    ]
    texts = [Text(page.headline, page.body, NOW, page.site) for page in pages]
    first, second, third = (write(db, page) for page in pages)

    assert compare(texts[1], texts[2]).joins
    assert second.cluster_id == first.cluster_id
    assert third.relation is None


def test_an_article_that_came_too_early_to_be_known_joins_when_the_others_are_there(db):
    """Two tellings share too little; a longer one shows that they are one text."""
    words = [f"كلمة{letters(place)}" for place in range(80)]
    one, other, whole = (
        Page(site, f"عنوان {site} هنا", " ".join(words[start:end]))
        for site, start, end in (("sana", 0, 46), ("enab", 34, 80), ("npa", 0, 80))
    )
    early, late = write(db, one), write(db, other)
    assert sizes(db) == [1, 1]
    alert_of(db, late)
    longer = write(db, whole)
    again = write(db, Page("zaman", "عنوان آخر هنا", whole.body))

    assert early.cluster_id == late.cluster_id == longer.cluster_id == again.cluster_id
    assert sizes(db) == [4]
    assert db.get(Cluster, early.cluster_id).representative_id == early.id
    alert = db.scalars(select(Alert)).one()
    db.refresh(alert)
    assert alert.cluster_id == early.cluster_id


def test_the_order_in_which_copies_arrive_decides_nothing(tmp_path):
    pages = chronicle()
    partitions = set()
    for seed in range(3):
        by_day = sorted(pages, key=lambda page: (page.published_at.date(), hash_of(page, seed)))
        engine = open_archive(f"sqlite:///{tmp_path / str(seed)}.db", create=True)
        with session(engine) as db:
            add_sites(db)
            for page in by_day:
                write(db, page, now=page.published_at + HOUR)
        partitions.add(frozenset(partition(engine)))
        engine.dispose()

    assert len(partitions) == 1


def hash_of(page: Page, seed: int) -> bytes:
    return sha256(f"{seed} {page.url}".encode()).digest()


def test_history_brought_in_by_an_import_finds_the_copies_of_its_own_days(db):
    then = NOW - 400 * DAY
    first = write(db, Page("sana", HEADLINE, AGENCY, then), now=NOW - 30 * DAY)
    write(db, Page("npa", HEADLINE, AGENCY, NOW), now=NOW)
    copy = write(db, Page("enab", "مساعدات للرقة", AGENCY[:300], then + DAY), now=NOW)

    assert copy.related_to == first.id
    assert sizes(db) == [1, 2]


def test_a_revised_article_is_found_by_its_new_words_and_no_longer_by_the_old(db):
    first = write(db, Page("sana", "تشرين يفوز على الكرامة", OTHER))
    write(db, Page("sana", HEADLINE, AGENCY))
    copy = write(db, Page("enab", HEADLINE, AGENCY[:350]))
    old = write(db, Page("npa", "تشرين يفوز", OTHER))

    assert first.version_number == 2
    assert copy.related_to == first.id
    assert old.relation is None
    assert db.scalar(select(func.count()).where(Band.article_id == first.id)) == 81


def test_a_flash_that_grew_into_the_agency_report_joins_it(db):
    flash = write(db, Page("enab", "عاجل من الرقة", "وصول قافلة"))
    report = write(db, Page("sana", HEADLINE, AGENCY))
    write(db, Page("enab", "قافلة طبية إلى الرقة", AGENCY))

    assert flash.cluster_id == report.cluster_id
    assert sizes(db) == [2]


def test_an_article_that_was_alerted_of_keeps_its_cluster_when_revised(db):
    flash = write(db, Page("enab", "عاجل من الرقة", "وصول قافلة"))
    report = write(db, Page("sana", HEADLINE, AGENCY))
    alert_of(db, flash)
    write(db, Page("enab", "قافلة طبية إلى الرقة", AGENCY))

    assert flash.cluster_id != report.cluster_id
    assert sizes(db) == [1, 1]


def alert_of(db: Session, article: Article) -> None:
    watch = Watch(name="الرقة", query="الرقة", settings={}, created_at=NOW, changed_at=NOW)
    db.add(watch)
    db.flush()
    version = db.scalars(select(Version.id).where(Version.article_id == article.id)).one()
    db.add(
        Alert(
            watch_id=watch.id,
            cluster_id=article.cluster_id,
            article_id=article.id,
            version_id=version,
            kind="new",
            created_at=NOW,
        )
    )
    db.flush()


def test_a_copy_that_is_revised_stays_where_it_is(db):
    write(db, Page("sana", HEADLINE, AGENCY))
    write(db, Page("enab", HEADLINE, AGENCY[:250]))
    revised = write(db, Page("enab", "تشرين يفوز على الكرامة", OTHER))

    assert revised.relation == "duplicate"
    assert sizes(db) == [2]


def store(url: str, outlet: str, stories: int, moment: object) -> None:
    engine = open_archive(url)
    for number in range(stories):
        moment.wait()
        with session(engine) as db:
            keep(db, story(number, outlet), now=NOW)
    engine.dispose()


@pytest.mark.parametrize("stories", [20, pytest.param(300, marks=pytest.mark.long)])
def test_four_workers_that_store_one_text_at_the_same_moment_never_split_it(archive_url, stories):
    engine = open_archive(archive_url)
    with session(engine) as db:
        add_sites(db)
    processes = multiprocessing.get_context("spawn")
    moment = processes.Barrier(len(OUTLETS))
    workers = [
        processes.Process(target=store, args=(archive_url, outlet, stories, moment))
        for outlet in OUTLETS
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0] * len(OUTLETS)
    with reading(engine) as db:
        assert Counter(sizes(db)) == {len(OUTLETS): stories}
    engine.dispose()


def test_an_imported_corpus_falls_into_the_clusters_that_living_through_it_made(tmp_path):
    partitions = []
    for name, lived in (("lived", True), ("imported", False)):
        url = f"sqlite:///{tmp_path / name}.db"
        engine = open_archive(url, create=True)
        with session(engine) as db:
            add_sites(db)
        for half in (chronicle()[:64], chronicle()[40:]):
            engine.dispose()
            engine = open_archive(url)
            with session(engine) as db:
                for page in half:
                    write(db, page, now=page.published_at + HOUR if lived else NOW)
        partitions.append(partition(engine))
        engine.dispose()

    assert partitions[0] == partitions[1]
    assert max(map(len, partitions[0])) == len(OUTLETS)


@pytest.mark.long
def test_days_of_moulds_fall_into_the_same_clusters_however_they_arrive(archive_url, tmp_path):
    pages = wire()
    half = len(pages) // 2
    by_day = sorted(pages, key=lambda page: (page.published_at.date(), hash_of(page, 1)))
    lived = kept(archive_url, pages[:half], pages[half:])
    imported = kept(f"sqlite:///{tmp_path / 'imported'}.db", pages, now=NOW + 60 * DAY)
    shuffled = kept(f"sqlite:///{tmp_path / 'shuffled'}.db", by_day)

    assert imported == lived
    assert agreement(lived, shuffled) >= 0.97
    assert len(lived) <= len(pages) / 3


def wire() -> list[Page]:
    """Each day an event of every mould, as its first outlet has it and as two others bring it."""
    pages = []
    for day in range(4):
        for number, mould in enumerate(moulds.MOULDS):
            first = moulds.report(mould, (day + number) % len(mould.facts))
            for way, site in enumerate(OUTLETS[:3]):
                said = first if way == 0 else moulds.brought(first, way, cut=way == 2)
                moment = NOW + (day - 40) * DAY + way * HOUR
                name = 100 * day + number
                pages.append(Page(site, said.headline, said.body, moment, number=name))
    return sorted(pages, key=lambda page: page.published_at)


def kept(url: str, *parts: list[Page], now: datetime | None = None) -> set[frozenset[str]]:
    """Keep the pages an hour after they came out, or *now*; each part in a process of its own."""
    processes = multiprocessing.get_context("spawn")
    for part in parts:
        process = processes.Process(target=keep_part, args=(url, part, now))
        process.start()
        process.join()
        assert process.exitcode == 0
    engine = open_archive(url)
    clusters = partition(engine)
    engine.dispose()
    return clusters


def keep_part(url: str, pages: list[Page], now: datetime | None) -> None:
    engine = open_archive(url, create=True)
    with session(engine) as db:
        if db.scalar(select(func.count()).select_from(Site)) == 0:
            add_sites(db)
    for page in pages:
        with session(engine) as db:
            write(db, page, now=now or page.published_at + HOUR)
    engine.dispose()


def agreement(one: set[frozenset[str]], other: set[frozenset[str]]) -> float:
    """The pairs that are in one cluster in both, of those that are in either."""
    left, right = (
        {pair for urls in each for pair in combinations(sorted(urls), 2)} for each in (one, other)
    )
    return len(left & right) / len(left | right)


PAIRS = {"ab", "ac", "bd", "cd", "xy", "xa", "yb", "yc"}


def joins_pairs(one, other):
    joins = "".join(sorted(one.headline[-1] + other.headline[-1])) in PAIRS
    return Verdict("duplicate" if joins else None, 0.5, [])


def edition(number, letter):
    return Page("sana", f"قافلة طبية تصل الرقة {letter}", AGENCY, NOW + number * HOUR, number)


@pytest.mark.parametrize("order", ["abcd", "cdab", "adbc", "dcba"])
def test_two_clusters_of_one_text_that_grew_apart_become_one(db, monkeypatch, order):
    # a and b are copies, c and d too; a is one of c and b of d, but not a of d nor b of c.
    monkeypatch.setattr(clusters, "compare", joins_pairs)

    for number, letter in enumerate(order):
        write(db, edition(number, letter), now=NOW + number * HOUR)

    assert sizes(db) == [4]
    first, *others = db.scalars(select(Article).order_by(Article.id))
    assert first.relation is None
    assert {other.relation for other in others} == {"duplicate"}


def test_clusters_a_person_told_apart_stay_apart(db, monkeypatch):
    monkeypatch.setattr(clusters, "compare", joins_pairs)
    first, second = (write(db, edition(number, letter)) for number, letter in enumerate("ab"))
    third = write(db, edition(3, "c"))
    rulings.say(db, [third.id], [first.id], together=False, now=NOW)

    write(db, edition(4, "d"))

    assert sizes(db) == [2, 2]
    assert {first.cluster_id, second.cluster_id} == {first.cluster_id}
