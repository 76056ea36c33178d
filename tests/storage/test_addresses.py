from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from scraper.items import ArticleItem
from storage import addresses, models, routes, sites
from storage import archive as archives
from storage.addresses import Announced
from storage.database import reading, session
from storage.models import Address
from storage.routes import Answer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE = Announced("https://a.example/1", "https://www.a.example/1/", "feed:x")
TWO = Announced("https://a.example/2", "https://www.a.example/2/", "feed:y")
PAGE = ArticleItem(site="alpha", url=ONE.url, headline="خبر عاجل", body="نص الخبر كما نُشر.")


@pytest.fixture
def site(archive: Engine) -> Engine:
    with session(archive) as db:
        sites.register(db, [sites.Listed("alpha", "ألفا", enabled=True, interval=HOUR)], now=NOW)
    return archive


def sift(archive: Engine, *entries: Announced, now: datetime = NOW) -> dict[str, str]:
    with session(archive) as db:
        return dict(addresses.sift(db, "alpha", entries, now=now))


def kept(archive: Engine, entry: Announced, now: datetime = NOW) -> None:
    with session(archive) as db:
        addresses.settle_kept(
            db, entry.key, article_id=None, now=now, listed_hash=entry.listed_hash
        )


def waiting(archive: Engine, now: datetime) -> list[str]:
    with reading(archive) as db:
        return [entry.key for entry in addresses.waiting(db, "alpha", now=now, limit=10)]


def rechecks(archive: Engine, now: datetime) -> list[str]:
    with reading(archive) as db:
        return [entry.key for entry in addresses.rechecks(db, "alpha", now=now, limit=10)]


def test_a_new_address_is_to_be_fetched_and_a_kept_one_is_known(site):
    assert sift(site, ONE, TWO) == {ONE.key: "fetch", TWO.key: "fetch"}
    kept(site, ONE)

    assert sift(site, ONE) == {ONE.key: "known"}


def test_an_address_that_was_announced_and_never_settled_waits_for_the_next_run(site):
    sift(site, ONE, TWO)
    kept(site, ONE)

    assert waiting(site, NOW) == [TWO.key]


def test_an_address_is_looked_at_again_when_its_route_says_something_else_of_it(site):
    sift(site, ONE)
    kept(site, ONE)

    assert sift(site, Announced(ONE.key, ONE.url, "feed:changed")) == {ONE.key: "fetch"}


def test_another_kind_of_route_telling_it_differently_is_no_change(site):
    sift(site, ONE)
    kept(site, ONE)

    assert sift(site, Announced(ONE.key, ONE.url, "listing:z")) == {ONE.key: "known"}
    assert sift(site, Announced(ONE.key, ONE.url, "listing:zz")) == {ONE.key: "fetch"}


def test_a_failed_address_is_tried_again_later_and_given_up_after_five_tries(site):
    sift(site, ONE)
    now = NOW
    for expected in ("wait", "wait", "wait", "wait", "known"):
        with session(site) as db:
            addresses.settle_failed(db, ONE.key, "timeout", now=now)
        assert sift(site, ONE, now=now) == {ONE.key: expected}
        now += timedelta(days=1)

    with reading(site) as db:
        row = db.get_one(Address, ONE.key)
        assert (row.state, row.reason, row.tries) == ("failed", "timeout", 5)


def test_a_failed_address_does_not_wait_beyond_its_time(site):
    sift(site, ONE)
    with session(site) as db:
        addresses.settle_failed(db, ONE.key, "timeout", now=NOW)

    assert waiting(site, NOW + timedelta(minutes=4)) == []
    assert waiting(site, NOW + timedelta(minutes=5)) == [ONE.key]


def test_while_its_host_is_down_an_address_uses_up_no_try(site):
    sift(site, ONE)
    for hours in range(50):
        with session(site) as db:
            now = NOW + hours * HOUR
            addresses.settle_failed(db, ONE.key, "timeout", now=now, counted=False)

    assert waiting(site, NOW + 50 * HOUR) == [ONE.key]


def test_a_refused_address_is_not_asked_for_again(site):
    sift(site, ONE)
    with session(site) as db:
        addresses.settle_refused(db, ONE.key, "not_article", now=NOW)

    assert sift(site, ONE, now=NOW + 100 * HOUR) == {ONE.key: "known"}
    assert waiting(site, NOW + 100 * HOUR) == []


def test_an_article_is_looked_at_again_after_1_6_24_and_72_hours(site):
    sift(site, ONE)
    kept(site, ONE)
    looked = []
    for hour in range(100):
        now = NOW + hour * HOUR
        if rechecks(site, now):
            looked.append(hour)
            with session(site) as db:
                addresses.settle_unchanged(db, ONE.key, now=now)

    assert looked == [1, 6, 24, 72]


def test_an_article_whose_page_fails_at_a_recheck_stays_kept(site):
    sift(site, ONE)
    kept(site, ONE)
    with session(site) as db:
        addresses.settle_failed(db, ONE.key, "timeout", now=NOW + HOUR)
        addresses.settle_refused(db, ONE.key, "http_404", now=NOW + 2 * HOUR)

    with reading(site) as db:
        assert db.get_one(Address, ONE.key).state == "kept"
    assert rechecks(site, NOW + 6 * HOUR) == [ONE.key]


def test_a_correction_a_route_told_of_is_not_lost_with_the_worker_that_was_told(site):
    late = NOW + 500 * HOUR
    sift(site, ONE)
    kept(site, ONE)
    with session(site) as db:
        addresses.settle_unchanged(db, ONE.key, now=NOW + 100 * HOUR)

    assert sift(site, Announced(ONE.key, ONE.url, "feed:changed"), now=late) == {ONE.key: "fetch"}

    assert rechecks(site, late) == [ONE.key]


def test_a_correction_whose_page_fails_is_looked_at_again_and_given_up_after_five_tries(site):
    now = NOW + 500 * HOUR
    sift(site, ONE)
    kept(site, ONE)
    sift(site, Announced(ONE.key, ONE.url, "feed:changed"), now=now)
    looks = 0
    while rechecks(site, now):
        looks += 1
        with session(site) as db:
            addresses.settle_failed(db, ONE.key, "timeout", now=now)
        now += timedelta(days=1)

    assert looks == 5
    with reading(site) as db:
        assert db.get_one(Address, ONE.key).state == "kept"


def test_an_address_given_up_waits_again_when_its_route_says_something_else_of_it(site):
    sift(site, ONE)
    with session(site) as db:
        addresses.settle_refused(db, ONE.key, "not_article", now=NOW)

    assert sift(site, Announced(ONE.key, ONE.url, "feed:changed")) == {ONE.key: "fetch"}

    assert waiting(site, NOW) == [ONE.key]


def test_a_route_keeps_its_validators_and_how_far_it_was_read(site):
    url = "https://a.example/feed/"
    with session(site) as db:
        answer = Answer(etag='"1"', body_hash="h", cursor="2026-03-01T10:00:00")
        routes.worked(db, "alpha", url, "wordpress", answer, now=NOW)
        older = Answer(etag='"2"', body_hash="i", cursor="2026-03-01T09:00:00")
        routes.worked(db, "alpha", url, "wordpress", older, now=NOW)

    with reading(site) as db:
        memory = routes.recall(db, "alpha")["wordpress", url]
    assert (memory.etag, memory.body_hash, memory.proven) == ('"2"', "i", True)
    assert memory.cursor == "2026-03-01T10:00:00"


def test_a_route_that_fails_is_asked_less_and_less_and_recovers_at_once(site):
    url = "https://a.example/feed/"
    waits = []
    for _ in range(9):
        with session(site) as db:
            routes.failed(db, "alpha", url, "feed", state="failing", reason="http_500", now=NOW)
        with reading(site) as db:
            waits.append((routes.recall(db, "alpha")["feed", url].not_before - NOW) / HOUR)
    with session(site) as db:
        routes.unchanged(db, "alpha", url, "feed", read=False, now=NOW)

    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 48, 48]
    with reading(site) as db:
        assert routes.recall(db, "alpha")["feed", url].not_before is None


def test_intervals_stay_between_five_minutes_and_six_hours():
    shortest = longest = timedelta(minutes=30)
    for _ in range(50):
        shortest = sites.interval_after(shortest, listed=10, new=10)
        longest = sites.interval_after(longest, listed=10, new=0)

    assert (shortest, longest) == (timedelta(minutes=5), timedelta(hours=6))


def test_an_article_whose_own_address_ends_is_read_at_another_it_goes_by(site):
    sift(site, ONE, TWO)
    with session(site) as db:
        number = archives.keep(db, PAGE, now=NOW).article_id
        addresses.settle_kept(db, ONE.key, article_id=number, now=NOW)
        addresses.settle_kept(db, TWO.key, article_id=number, now=NOW, own=False)
        addresses.settle_refused(db, ONE.key, "http_404", now=NOW + HOUR)

    with reading(site) as db:
        article = db.get_one(models.Article, number)
        assert (article.gone_at, article.url) == (None, TWO.url)
    assert rechecks(site, NOW + HOUR) == [TWO.key]

    with session(site) as db:
        addresses.settle_refused(db, TWO.key, "http_410", now=NOW + 2 * HOUR)

    with reading(site) as db:
        article = db.get_one(models.Article, number)
        assert (article.gone_at, article.gone_reason) == (NOW + 2 * HOUR, "http_410")


def test_an_alias_that_ends_says_nothing_of_its_article(site):
    sift(site, ONE, TWO)
    with session(site) as db:
        number = archives.keep(db, PAGE, now=NOW).article_id
        addresses.settle_kept(db, ONE.key, article_id=number, now=NOW)
        addresses.settle_kept(db, TWO.key, article_id=number, now=NOW, own=False)
        addresses.settle_refused(db, TWO.key, "http_404", now=NOW + HOUR)

    with reading(site) as db:
        assert db.get_one(models.Article, number).gone_at is None


def test_an_article_found_gone_after_its_last_look_is_looked_for_once_more(site):
    late = NOW + 100 * HOUR
    sift(site, ONE)
    with session(site) as db:
        number = archives.keep(db, PAGE, now=NOW).article_id
        addresses.settle_kept(db, ONE.key, article_id=number, now=NOW)
        addresses.settle_refused(db, ONE.key, "http_404", now=late)

    assert rechecks(site, late + 24 * HOUR) == [ONE.key]
    with session(site) as db:
        addresses.settle_refused(db, ONE.key, "http_404", now=late + 24 * HOUR)
    assert rechecks(site, late + 1000 * HOUR) == []
