from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from storage import archive, leases, sites
from storage.archive import storable
from storage.captures import Record
from storage.database import reading, session
from storage.errors import LeaseLost
from storage.models import Alias, Article, ArticleIndex, Capture, Cluster, Version
from storage.stems import stems

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Page:
    site: str = "alpha"
    url: str = "https://alpha.example/news/7/"
    canonical_url: str | None = None
    aliases: tuple[str, ...] = ()
    headline: str = "القواتُ الروسيّةُ تهدّدُ بالانسحابِ من شرقِ الفراتِ"
    body: str = "هدّدت القوات الروسية بالانسحاب.\n\nوأفادت مصادر محلية بذلك."
    authors: tuple[str, ...] = ("ليلى حداد",)
    section: str | None = "سياسة"
    tags: tuple[str, ...] = ()
    language: str | None = "ar"
    published_at: datetime | None = NOW - HOUR
    modified_at: datetime | None = None
    published_raw: str | None = "2026-03-01T11:00:00Z"
    date_source: str | None = "json-ld"
    provenance: dict[str, str] = field(default_factory=lambda: {"headline": "json-ld"})
    extractor: str | None = None


PAGE = Page()
REVISED = replace(PAGE, body="نفت القوات الروسية ما نُشر عن الانسحاب.")


@pytest.fixture
def alpha(archive: Engine) -> Engine:
    with session(archive) as db:
        listed = [sites.Listed(key, key, enabled=True, interval=HOUR) for key in ("alpha", "beta")]
        sites.register(db, listed, now=NOW)
    return archive


def keep(engine: Engine, page: Page, now: datetime = NOW, **options):
    with session(engine) as db:
        return archive.keep(db, page, now=now, **options)


def count(engine: Engine, table: type) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def test_a_new_page_is_an_article_with_version_1(alpha):
    kept = keep(alpha, PAGE)

    assert (kept.outcome, kept.number) == ("new", 1)
    with reading(alpha) as db:
        version = db.get_one(Version, kept.version_id)
        assert version.headline == PAGE.headline  # as published, marks and all
        assert version.body == PAGE.body
        assert version.published_at == NOW - HOUR
        assert version.matched_at is None


def test_the_same_text_again_writes_nothing_but_when_it_was_seen(alpha):
    keep(alpha, PAGE)

    kept = keep(alpha, PAGE, NOW + HOUR)

    assert (kept.outcome, kept.number) == ("unchanged", 1)
    assert count(alpha, Version) == 1
    with reading(alpha) as db:
        assert db.get_one(Article, kept.article_id).last_seen_at == NOW + HOUR


@pytest.mark.parametrize(
    "cosmetic",
    [
        replace(PAGE, headline="القوات الروسية تهدد بالانسحاب من شرق الفرات"),
        replace(PAGE, body=PAGE.body.replace("\n\n", "\n \n\n")),
        replace(PAGE, headline=PAGE.headline + "\N{RIGHT-TO-LEFT MARK}"),
        replace(PAGE, body=PAGE.body.replace(".", "…")),
        replace(PAGE, body=PAGE.body + "\n\n1,250 مشاهدة"),
    ],
)
def test_marks_spacing_punctuation_and_counters_make_no_version(alpha, cosmetic):
    keep(alpha, PAGE)

    assert keep(alpha, cosmetic).outcome == "unchanged"


def test_another_text_is_the_next_version_and_the_first_stays(alpha):
    first = keep(alpha, PAGE)

    second = keep(alpha, REVISED, NOW + HOUR)

    assert (second.outcome, second.number, second.article_id) == ("revised", 2, first.article_id)
    with reading(alpha) as db:
        assert db.get_one(Version, first.version_id).body == PAGE.body
        article = db.get_one(Article, first.article_id)
        assert (article.version_number, article.first_seen_at) == (2, NOW)


def test_a_text_that_returns_to_what_it_was_is_a_third_version(alpha):
    for page in (PAGE, REVISED, PAGE):
        kept = keep(alpha, page)

    assert kept.number == 3


def test_search_follows_every_version(alpha):
    kept = keep(alpha, PAGE)
    keep(alpha, REVISED)

    with reading(alpha) as db:
        index = db.get_one(ArticleIndex, kept.article_id)
    assert "نفت" in index.body
    assert index.headline.split() == stems(REVISED.headline)


def test_an_article_is_one_under_its_shortlink_and_its_permalink(alpha):
    keep(alpha, replace(PAGE, aliases=("https://alpha.example/?p=7",)))

    kept = keep(alpha, replace(PAGE, url="https://alpha.example/?p=7"))

    assert kept.outcome == "unchanged"
    assert count(alpha, Article) == 1


def test_a_canonical_address_on_another_domain_is_not_believed(alpha):
    elsewhere = replace(PAGE, canonical_url="https://agency.example.org/news/7/")
    keep(alpha, elsewhere)

    keep(alpha, replace(elsewhere, url="https://alpha.example/news/8/"))

    assert count(alpha, Article) == 2


def test_an_alias_never_joins_two_articles(alpha):
    one = keep(alpha, PAGE)
    other = keep(alpha, replace(REVISED, url="https://alpha.example/news/8/"))

    keep(alpha, replace(REVISED, url="https://alpha.example/news/8/", aliases=(PAGE.url,)))

    assert keep(alpha, PAGE).article_id == one.article_id
    assert keep(alpha, replace(REVISED, url="https://alpha.example/news/8/")).article_id == (
        other.article_id
    )
    assert count(alpha, Alias) == 0


def test_a_date_that_a_later_look_finds_is_filled_in(alpha):
    kept = keep(alpha, replace(PAGE, published_at=None, published_raw=None, date_source=None))

    keep(alpha, PAGE)

    with reading(alpha) as db:
        assert db.get_one(Article, kept.article_id).published_at == PAGE.published_at
        assert db.get_one(Version, kept.version_id).date_source == "json-ld"


def test_an_article_keeps_the_day_it_first_came_out(alpha):
    kept = keep(alpha, PAGE)
    keep(alpha, replace(REVISED, published_at=NOW + HOUR))

    with reading(alpha) as db:
        assert db.get_one(Article, kept.article_id).published_at == PAGE.published_at


def test_a_capture_is_written_only_for_what_is_new(alpha):
    written = []

    def capture() -> Record:
        written.append(1)
        return Record(PAGE.url, "a.warc.gz", 120, "0" * 64, NOW, 200)

    keep(alpha, PAGE, capture=capture)
    keep(alpha, PAGE, capture=capture)

    assert len(written) == 1
    assert count(alpha, Capture) == 1


def test_one_answer_of_a_route_is_the_capture_of_many_articles(alpha):
    answer = Record("https://alpha.example/feed/", "a.warc.gz", 120, "0" * 64, NOW, 200)
    for number in range(3):
        page = replace(PAGE, url=f"https://alpha.example/{number}/", headline=f"خبر {number}")
        keep(alpha, page, capture=lambda: answer)

    assert count(alpha, Capture) == 1


def test_without_the_lease_nothing_is_written(alpha):
    with session(alpha) as db:
        lost = leases.lease_site(db, "alpha", owner="old", now=NOW, seconds=1)
        leases.lease_site(db, "alpha", owner="new", now=NOW + HOUR, seconds=1)

    with pytest.raises(LeaseLost):
        keep(alpha, PAGE, lease=lost)
    assert count(alpha, Article) == 0


def test_a_text_copied_by_another_site_joins_its_cluster(alpha):
    body = "\n\n".join(
        f"قال المصدر في بيانه رقم {n} إنّ الدوريات ستستمر في ريف الحسكة الشرقي حتى إشعار آخر"
        for n in range(6)
    )
    keep(alpha, replace(PAGE, body=body))

    copy = keep(alpha, replace(PAGE, site="beta", url="https://beta.example/1", body=body))

    assert copy.relation == "exact"
    with reading(alpha) as db:
        assert len(set(db.scalars(select(Article.cluster_id)))) == 1


def test_what_a_database_cannot_hold_is_taken_out(alpha):
    kept = keep(alpha, replace(PAGE, headline="عاجل\0 \ud83d خبر", body="نص\0"))

    with reading(alpha) as db:
        assert db.get_one(Version, kept.version_id).headline == "عاجل  خبر"


@given(st.text())
def test_what_is_storable_can_be_written_and_nothing_else_is_lost(text):
    kept = storable(text)

    kept.encode()
    assert "\0" not in kept
    assert kept == "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")


def keep_all(engine: Engine, *pages: Page, now: datetime = NOW):
    with session(engine) as db:
        return archive.keep_all(db, [archive.arrive(page) for page in pages], now=now)


LONG = " ".join(f"كلمة{chr(0x627 + n % 8)}{n}" for n in range(60))
OTHERS = [replace(PAGE, url=f"https://alpha.example/news/{n}/") for n in (8, 9)]


def test_pages_kept_together_are_articles_each_of_its_own(alpha):
    first, second, third = keep_all(alpha, PAGE, *OTHERS)

    assert [kept.outcome for kept in (first, second, third)] == ["new"] * 3
    assert len({kept.article_id for kept in (first, second, third)}) == 3
    assert count(alpha, ArticleIndex) == 3


def test_of_two_pages_of_one_article_kept_together_the_second_finds_the_first(alpha):
    again = replace(PAGE, url=f"{PAGE.url}?utm_source=feed")
    first, second, third = keep_all(alpha, PAGE, again, REVISED)

    assert [kept.outcome for kept in (first, second, third)] == ["new", "unchanged", "revised"]
    assert first.article_id == second.article_id == third.article_id


def test_of_copies_kept_together_the_later_ones_are_copies_of_the_first(alpha):
    copies = [
        replace(page, body=LONG, site=site)
        for page, site in zip(OTHERS, ("beta", "alpha"), strict=True)
    ]
    first, second, third = keep_all(alpha, replace(PAGE, body=LONG), *copies)

    assert [kept.relation for kept in (first, second, third)] == [None, "exact", "exact"]
    with reading(alpha) as db:
        articles = db.scalars(select(Article).order_by(Article.id)).all()
        [cluster] = db.scalars(select(Cluster))
        assert {article.cluster_id for article in articles} == {cluster.id}
        assert (cluster.size, cluster.representative_id) == (3, first.article_id)
        assert [article.related_to for article in articles] == [None] + [first.article_id] * 2


def test_a_lost_lease_costs_only_the_pages_of_its_site(alpha):
    with session(alpha) as db:
        lost, held = (
            leases.lease_site(db, site, owner="one", now=NOW, seconds=60)
            for site in ("alpha", "beta")
        )
    with session(alpha) as db:
        later = NOW + HOUR
        assert leases.lease_site(db, "alpha", owner="other", now=later, seconds=60)

    with session(alpha) as db:
        arrivals = [
            archive.arrive(PAGE, lease=lost),
            archive.arrive(replace(OTHERS[0], site="beta"), lease=held),
        ]
        refused, kept = archive.keep_all(db, arrivals, now=later)

    assert isinstance(refused, LeaseLost)
    assert kept.outcome == "new"
    assert count(alpha, Article) == 1
