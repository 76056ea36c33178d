import itertools
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler import searching
from scraper.items import ArticleItem
from storage import queries
from storage.archive import keep
from storage.database import reading, session
from storage.errors import QueryError
from storage.models import Site
from storage.queries import Selection

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = [
    "شرق",
    "شرقِ",
    "شرقي",
    "الفرات",
    "الفراتِ",
    "والفرات",
    "للفرات",
    "نهر",
    "قسد",
    "وقسد",
    "لقسد",
    "القواتُ",
    "قوات",
    "الروسيّة",
    "روسيا",
    "سوريا",
    "سورية",
    "السوري",
    "دمشق",
    "حلب",
    "حلبـ",
    "إدلب",
    "ادلب",
    "غارة",
    "غارات",
    "الغارات",
    "مشرق",
    "على",
    "علي",
    "2024",
    "naïve",
    "CAFÉ",
]
# Every form of the language, and then some.
QUERIES = [
    "شرق الفرات", "=شرق", "+الروسيه", "قسد OR داعش", "سوريا AND NOT دمشق", '"شرق الفرات"~1',
    "شرق NEAR/3 الفرات", 'الفرات EXCEPT "شرق الفرات"', "روس*", "غارة", "headline:حلب", "body:حلب",
    "site:a", "site:b AND قسد", "author:سامر", "author:سامر OR حلب", "section:سياسة AND الفرات",
    "tag:حرب OR NOT قسد AND شرق", "(قوات OR غارات) AND (سوريا OR حلب)", "علي{name}", "2024",
    "naive OR cafe", "حمص", "NOT حمص AND ادلب", "الغارات{number=off}",
]  # fmt: skip


@pytest.fixture
def filled(archive):
    choose = random.Random(7)
    with session(archive) as db:
        for site in "ab":
            db.add(Site(key=site, name=site))
        db.flush()
        for number in range(60):
            page = ArticleItem(
                "ab"[number % 2],
                f"https://a.org/{number}",
                " ".join(choose.choices(WORDS, k=4)),
                " ".join(choose.choices(WORDS, k=12)),
                authors=["سامر"] if number % 5 == 0 else [],
                section="سياسة" if number % 3 == 0 else None,
                tags=["حرب"] if number % 4 == 0 else [],
                published_at=NOW - timedelta(hours=number * 7 % 60),
            )
            keep(db, page, now=NOW)
    return archive


def test_search_finds_what_matches_and_nothing_else(filled):
    with reading(filled) as db:
        rows = list(queries.every(db, Selection()))
        for query in QUERIES:
            asked = searching.compiled(query)
            matching = {
                row.article.id for row in rows if asked.matcher.match(searching.document(row))
            }
            found = [hit.row.article.id for hit in searching.hits(db, asked, Selection())]

            assert (query, sorted(found)) == (query, sorted(matching))
            assert len(found) == len(set(found))


def test_the_index_narrows_down_what_it_can():
    with_index = {query for query in QUERIES if searching.compiled(query).demand is not None}

    assert {"شرق الفرات", "قسد OR داعش", "روس*"} <= with_index
    assert "site:a" not in with_index


def test_hits_come_newest_first_and_pages_follow_each_other(filled):
    asked = searching.compiled("الفرات OR قسد OR حلب")
    with reading(filled) as db:
        every = list(searching.hits(db, asked, Selection()))
        pages = [
            searching.page(db, asked, Selection(), limit=7, offset=offset)
            for offset in range(0, len(every), 7)
        ]

    times = [hit.row.article.published_at for hit in every]
    assert times == sorted(times, reverse=True)
    assert list(itertools.chain(*pages)) == every


def test_the_best_are_the_same_articles_in_another_order(filled):
    asked = searching.compiled("الفرات OR قسد OR حلب")
    with reading(filled) as db:
        newest = [hit.row.article.id for hit in searching.hits(db, asked, Selection())]
        best = [hit.row.article.id for hit in searching.hits(db, asked, Selection(), order="best")]

    assert sorted(best) == sorted(newest)
    assert best != newest


def test_a_span_leads_to_the_text_as_published(filled):
    with reading(filled) as db:
        for hit in searching.hits(db, searching.compiled("شرق الفرات"), Selection()):
            said = searching.hit_json(hit)
            for span in said["spans"]:
                assert said[span["field"]][span["start"] : span["end"]] == span["text"]


def test_the_words_found_are_marked_where_a_hit_is_shown(archive):
    with session(archive) as db:
        db.add(Site(key="a", name="a"))
        db.flush()
        keep(
            db,
            ArticleItem("a", "https://a.org/1", "بالانسحابِ من شرقِ الفراتِ", "قبل. شرق الفرات. بعد."),
            now=NOW,
        )
    with reading(archive) as db:
        [hit] = searching.hits(db, searching.compiled("شرق الفرات"), Selection())

    assert list(searching.hit_lines(hit, ZoneInfo("Asia/Damascus"))) == [
        "1  2026-11-23 15:00  a  بالانسحابِ من [شرقِ الفراتِ]",
        "    [شرق الفرات]. بعد.",
        "    https://a.org/1",
    ]


@pytest.mark.parametrize(
    "before",
    [
        # PostgreSQL keeps the places of 16,383 words, of one word 255 times, and 1 MB in all.
        " ".join(f"عام{n} كذا" for n in range(9_000)),
        "شرق كذا " * 300,
        " ".join(f"كلمة{n}" for n in range(70_000)),
        "ش" * 3_000,
    ],
    ids=["many words", "one word often", "more than a megabyte", "a word without end"],
)
@pytest.mark.long
def test_what_stands_at_the_end_of_a_long_text_is_found(archive, before):
    with session(archive) as db:
        db.add(Site(key="a", name="a"))
        db.flush()
        keep(db, ArticleItem("a", "https://a.org/1", "خبر", f"{before} لشرقي الفرات"), now=NOW)
        keep(db, ArticleItem("a", "https://a.org/2", "خبر", f"{before} لشرقي النهر"), now=NOW)
    with reading(archive) as db:
        found = {
            query: [
                h.row.article.id for h in searching.hits(db, searching.compiled(query), Selection())
            ]
            for query in ("شرق الفرات", "شرق OR غرب", "خبر AND الفرا*", "النهر", "=الفرات")
        }

    assert found == {
        "شرق الفرات": [1],
        "شرق OR غرب": [2, 1] if "شرق" in before else [],
        "خبر AND الفرا*": [1],
        "النهر": [2],
        "=الفرات": [1],
    }


def test_selected_articles_only(filled):
    asked = searching.compiled("الفرات")
    with reading(filled) as db:
        found = list(
            searching.hits(db, asked, Selection(sites=("b",), since=NOW - timedelta(days=1)))
        )

    assert found
    for hit in found:
        assert hit.row.article.site_key == "b"
        assert hit.row.article.published_at >= NOW - timedelta(days=1)


def test_a_query_that_cannot_be_read_says_where():
    with pytest.raises(QueryError) as caught:
        searching.compiled("قسد OR (")

    assert caught.value.column
