from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from scraper.items import ArticleItem
from storage import search
from storage.archive import keep
from storage.database import reading, session
from storage.models import Site
from storage.queries import Selection
from storage.stems import beginnings, stem

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXTS = [
    ("القواتُ الروسيّةُ", "تهدّدُ بالانسحابِ من شرقِ الفراتِ"),
    ("سدّ الفرات", "عاد إلى العمل"),
    ("طقس", "ماطر شرق البلاد"),
    ('It\'s a "test"', "naïve café 2024 5.5"),
    ("", "نص بلا عنوان"),
]


@dataclass
class Demand:
    kind: str
    tokens: tuple = ()
    parts: tuple = ()


def one_of(*tokens):
    whole = {stem(token) for token in tokens if not token.endswith("*")}
    begun = [beginnings(token[:-1]) for token in tokens if token.endswith("*")]
    return Demand("tokens", whole.union(*begun))


def all_of(*parts):
    return Demand("all", (), parts)


def phrase(*parts):
    return Demand("phrase", (), parts)


def any_of(*parts):
    return Demand("any", (), parts)


@pytest.fixture
def filled(archive):
    with session(archive) as db:
        db.add(Site(key="a", name="a"))
        db.flush()
        for number, (headline, body) in enumerate(TEXTS):
            published = NOW - timedelta(days=number)
            page = ArticleItem("a", f"https://a.org/{number}", headline, body)
            page.published_at = None if number == 4 else published
            keep(db, page, now=NOW - timedelta(days=10))
    return archive


def found(engine, demand, *, order="id", **options):
    with reading(engine) as db:
        rows = search.candidates(db, demand, Selection(**options), order=order)
        return [row.article.id for row in rows]


@pytest.mark.parametrize(
    ("demand", "ids"),
    [
        (one_of("الفرات"), [1, 2]),
        (one_of("شرق"), [1, 3]),
        (all_of(one_of("شرق"), one_of("الفرات")), [1]),
        (any_of(one_of("طقس"), one_of("سد")), [2, 3]),
        (all_of(any_of(one_of("سد"), one_of("تهدد")), one_of("الفرات", "x")), [1, 2]),
        (one_of("الفر*"), [1, 2]),
        (one_of("روسيه", "الروسيه*"), [1]),
        (one_of("2024"), [4]),
        (phrase(one_of("شرق", "وشرق"), one_of("الفرات", "الفر*")), [1]),
        (all_of(phrase(one_of("عاد"), one_of("الي", "على")), one_of("سد")), [2]),
        (phrase(one_of("شر*"), one_of("الفرات")), [1]),
        (one_of("غائب"), []),
        (None, [1, 2, 3, 4, 5]),
    ],
)
def test_the_index_is_asked_for_the_stems_of_words(filled, demand, ids):
    assert found(filled, demand) == ids


@pytest.mark.parametrize(
    "token", ['"', "'", "''", "\\", "a'b", 'a" OR "b', "x') | ('الفرات", "NEAR(", "a:b", "-"]
)
def test_no_token_is_taken_for_an_operator(filled, token):
    assert set(found(filled, one_of("الفرات", token))) <= {1, 2}
    assert 3 not in found(filled, one_of(token))


def test_a_demand_of_thousands_of_words_is_answered(filled):
    wide = any_of(*[one_of(*[f"كلمة{a}و{b}" for b in range(30)]) for a in range(300)])

    assert found(filled, any_of(wide, one_of("طقس"))) == [3]


def test_phrases_are_asked_for_where_the_index_can_be(monkeypatch):
    wide = phrase(one_of("ا", "ب"), one_of("ج", "د"))
    assert search.fts5(wide).startswith('("ا ج" OR "ا د" OR "ب ج" OR "ب د") OR ')
    assert search.tsquery(wide).startswith("(('ا' | 'ب') <-> ('ج' | 'د')) | ")

    monkeypatch.setattr(search, "PHRASES", 3)
    assert search.fts5(wide).startswith('(("ا" OR "ب") AND ("ج" OR "د")) OR ')


def test_the_newest_come_first_and_the_undated_by_when_they_were_seen(filled):
    assert found(filled, None, order="newest") == [1, 2, 3, 4, 5]
    assert found(filled, one_of("الفرات"), order="newest", until=NOW) == [2]
    assert found(filled, None, order="newest", until=NOW - timedelta(days=3)) == [5]


def test_the_best_come_first_where_that_is_asked_for(archive):
    texts = ["دمشق. " * 3 + "قسد في خبر طويل " + "عن أشياء أخرى " * 9, "قسد وقسد و قسد", "طقس"]
    with session(archive) as db:
        db.add(Site(key="a", name="a"))
        db.flush()
        for number, body in enumerate(texts):
            page = ArticleItem("a", f"https://a.org/{number}", "خبر", body)
            page.published_at = NOW + timedelta(days=number)
            keep(db, page, now=NOW)
        page = ArticleItem("a", "https://a.org/9", "قسد", "خبر " * 30, published_at=NOW)
        keep(db, page, now=NOW)

    best = found(archive, one_of("قسد", "وقسد"), order="best")

    assert sorted(best) == [1, 2, 4]
    # Once in a long text is less than three times in a short one.
    assert best.index(2) < best.index(1)
    assert found(archive, None, order="best") == [3, 2, 4, 1]


def test_search_is_never_behind_the_archive(filled):
    page = ArticleItem("a", "https://a.org/0", "عنوان", "مصحح")
    with session(filled) as db:
        keep(db, page, now=NOW)

    assert found(filled, one_of("الروسيه")) == []
    assert found(filled, one_of("مصحح")) == [1]


def test_all_candidates_come_once_whatever_the_pages(filled, monkeypatch):
    monkeypatch.setattr(search, "FIRST_BATCH", 1)
    monkeypatch.setattr(search.queries, "BATCH", 2)

    assert found(filled, None) == [1, 2, 3, 4, 5]
