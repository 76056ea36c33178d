import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import pytest

from scraper.catalogue import ExtractRules, Route, Site
from scraper.extraction.errors import NoArticle
from scraper.extraction.identity import extractor
from scraper.rereading import reread
from storage.captures import Response
from storage.urls import url_key

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SITE = Site(
    key="alpha",
    name="alpha",
    url="https://alpha.example/",
    routes=[
        Route(type="wordpress", url="https://alpha.example/"),
        Route(type="feed", url="https://alpha.example/feed/"),
    ],
)
PARAGRAPH = (
    "قالت مصادر محلية إنّ دورية مشتركة سيّرت صباح اليوم في ريف المدينة الشرقي وسط انتشار أمني. "
)
PAGE = f"<h1>دوريةٌ مشتركة في ريف المدينة</h1><article><p>{PARAGRAPH * 4}</p></article>"


def post(number: int, content: str) -> dict:
    return {
        "id": number,
        "link": f"https://alpha.example/news/{number}/",
        "date_gmt": "2026-11-20T08:00:00",
        "status": "publish",
        "title": {"rendered": f"دورية مشتركة {number}"},
        "content": {"rendered": content},
        "excerpt": {"rendered": "<p>ملخص الخبر</p>"},
    }


def answer(url: str, body: bytes, **headers: str) -> Response:
    return Response(url, NOW, 200, list(headers.items()), body)


def read(response: Response, source: str | None, number: int = 7):
    key = url_key(f"https://alpha.example/news/{number}/")
    return reread(response, SITE, source=source, keys={key}, identity=partial(url_key))


def test_a_page_is_read_as_the_server_declared_it():
    body = gzip.compress(PAGE.encode("windows-1256", "ignore"))
    response = answer("https://alpha.example/news/7/", body)
    declared = Response(
        response.url,
        NOW,
        200,
        [("content-encoding", "gzip"), ("Content-Type", "text/html; charset=windows-1256")],
        body,
    )

    item = read(declared, "site:body")

    assert item.headline == "دوريةٌ مشتركة في ريف المدينة"
    assert item.body == (PARAGRAPH * 4).strip()
    assert item.extractor == extractor(SITE.extract)


def test_of_a_routes_answer_the_article_at_the_address_is_read():
    posts = [post(6, "<p>غير هذا</p>"), post(7, f"<p>{PARAGRAPH}</p>")]
    response = answer(
        "https://alpha.example/wp-json/wp/v2/posts?per_page=100", json.dumps(posts).encode()
    )

    item = read(response, "route:wordpress")

    assert (item.headline, item.body) == ("دورية مشتركة 7", PARAGRAPH.strip())


def test_a_post_known_by_its_number_is_found_by_it():
    response = answer(
        "https://alpha.example/wp-json/wp/v2/posts", json.dumps([post(7, "<p>نص</p>")]).encode()
    )
    key = url_key("https://alpha.example/?p=7")

    assert (
        reread(
            response, SITE, source="route:wordpress", keys={key}, identity=partial(url_key)
        ).headline
        == "دورية مشتركة 7"
    )


def test_where_a_route_carries_no_text_its_summary_is_what_was_kept():
    response = answer("https://alpha.example/wp-json/", json.dumps([post(7, "")]).encode())

    assert read(response, "route:wordpress").body == "ملخص الخبر"


def test_an_article_that_is_not_listed_is_none():
    response = answer("https://alpha.example/wp-json/", json.dumps([post(7, "<p>a</p>")]).encode())

    with pytest.raises(NoArticle, match="not_listed"):
        read(response, "route:wordpress", number=8)
    with pytest.raises(NoArticle, match="not_listed"):
        read(answer("https://alpha.example/feed/", b"no feed"), "route:feed")


@dataclass
class Rules:
    theme: str | None = None
    title: str | None = None
    body: str | None = None
    author: str | None = None
    date: str | None = None
    section: str | None = None
    remove: list[str] = field(default_factory=list)


def test_other_rules_are_another_extractor_and_the_same_rules_the_same():
    names = {
        extractor(rules)
        for rules in (None, Rules(title="h1"), Rules(body="h1"), Rules(remove=["h1"]))
    }

    assert len(names) == 4
    assert extractor(Rules()) == extractor(None) == extractor(ExtractRules())
    assert extractor(Rules(title="h1")) == extractor(ExtractRules(title="h1"))
