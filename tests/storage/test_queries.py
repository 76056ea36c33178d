from datetime import UTC, datetime, timedelta

import pytest

from scraper.items import ArticleItem
from storage import queries
from storage.archive import keep
from storage.captures import Record
from storage.database import reading, session
from storage.models import Site
from storage.queries import Selection

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BODY = "قالت مصادر محلية في ريف دير الزور إن رتلاً عسكرياً وصل صباح اليوم إلى القاعدة القريبة " * 3


def article(engine, number, *, site="a", at=NOW, body=None, **fields):
    page = ArticleItem(
        site=site,
        url=f"https://{site}.example.org/{number}",
        headline=fields.pop("headline", f"خبر {number}"),
        body=body or f"نص الخبر رقم {number}",
        **fields,
    )
    capture = Record(page.url, "a.warc.gz", number, "f" * 64, at, 200)
    with session(engine) as db:
        if db.get(Site, site) is None:
            db.add(Site(key=site, name=site))
            db.flush()
        return keep(db, page, now=at, capture=lambda: capture).article_id


def selected(engine, **options):
    batch = options.pop("batch", 200)
    with reading(engine) as db:
        rows = list(queries.every(db, Selection(**options), batch=batch))
        assert queries.count(db, Selection(**options)) == len(rows)
        return [row.article.id for row in rows]


def test_article_json_has_the_fields_of_the_contract_in_their_order(archive):
    article(
        archive,
        7,
        headline="القواتُ الروسيّةُ",
        authors=["أ"],
        tags=["ب"],
        section="سياسة",
        language="ar",
        published_at=NOW - timedelta(hours=1),
        published_raw="قبل ساعة",
        date_source="meta",
        provenance={"headline": "og"},
    )

    with reading(archive) as db:
        found = queries.article_json(queries.find(db, 1))

    digest = found.pop("digest")
    assert len(digest) == 64
    assert found == {
        "id": 1,
        "site": "a",
        "url": "https://a.example.org/7",
        "canonical_url": "https://a.example.org/7",
        "headline": "القواتُ الروسيّةُ",
        "body": "نص الخبر رقم 7",
        "authors": ["أ"],
        "section": "سياسة",
        "tags": ["ب"],
        "language": "ar",
        "published_at": "2026-11-23T11:00:00Z",
        "modified_at": None,
        "published_raw": "قبل ساعة",
        "date_source": "meta",
        "first_seen_at": "2026-11-23T12:00:00Z",
        "version": 1,
        "versions": 1,
        "cluster": 1,
        "copies": 0,
        "capture": {
            "url": "https://a.example.org/7",
            "warc": "a.warc.gz",
            "offset": 7,
            "sha256": "f" * 64,
            "fetched_at": "2026-11-23T12:00:00Z",
            "status": 200,
            "length": None,
            "record_sha256": None,
            "redirects": [],
            "address": None,
            "tls": None,
            "robots": None,
            "original": None,
            "dropped_at": None,
        },
        "provenance": {"headline": "og"},
        "gone": None,
    }
    assert list(found)[:5] == ["id", "site", "url", "canonical_url", "headline"]


def test_an_article_is_shown_as_its_current_version_dated_as_its_first(archive):
    article(archive, 1, published_at=NOW)
    article(archive, 1, body="نص مصحح", published_at=NOW + timedelta(days=1))

    with reading(archive) as db:
        row = queries.find(db, 1)
        found = queries.article_json(row)
        history = [version.body for version, _ in queries.versions(db, [1])[1]]

    assert (found["body"], found["version"], found["versions"]) == ("نص مصحح", 2, 2)
    assert found["published_at"] == "2026-11-23T12:00:00Z"
    assert history == ["نص الخبر رقم 1", "نص مصحح"]


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 200])
def test_every_article_comes_once_by_id_whatever_the_batch(archive, batch):
    ids = [article(archive, number) for number in range(5)]

    assert selected(archive, batch=batch) == ids


def test_the_time_of_an_undated_article_is_when_it_was_first_seen(archive):
    dated = article(archive, 1, published_at=NOW - timedelta(days=10))
    undated = article(archive, 2)

    assert selected(archive, since=NOW) == [undated]
    assert selected(archive, until=NOW) == [dated]
    assert selected(archive, since=NOW - timedelta(days=10), until=NOW) == [dated]


def test_articles_are_selected_by_site(archive):
    here, there = article(archive, 1, site="a"), article(archive, 1, site="b")

    assert selected(archive, sites=("b",)) == [there]
    assert selected(archive, sites=("a", "b")) == [here, there]
    assert selected(archive, sites=("c",)) == []


def test_of_copies_the_first_selected_one_stands_for_all(archive):
    for site in "abc":
        article(archive, 1, site=site, headline="رتل", body=BODY)
    article(archive, 2)

    with reading(archive) as db:
        every = queries.one_per_cluster(queries.every(db, Selection()))
        some = queries.one_per_cluster(queries.every(db, Selection(sites=("b", "c"))))
        assert [row.article.id for row in every] == [1, 4]
        assert [row.article.id for row in some] == [2]
        first = queries.find(db, 1)
        assert [copy.id for copy in queries.copies(db, first.article)] == [2, 3]
        assert queries.article_json(first)["copies"] == 2


def test_articles_come_in_the_order_they_are_asked_for(archive):
    for number in range(3):
        article(archive, number)

    with reading(archive) as db:
        assert [row.article.id for row in queries.by_ids(db, [3, 9, 1])] == [3, 1]
        assert queries.find(db, 9) is None
