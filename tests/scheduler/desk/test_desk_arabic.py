"""Rooms in Arabic are in Arabic: English stands there only as a name, an address or in an isolate."""

import re
from datetime import timedelta

import pytest
from lxml import html

from scheduler.desk import secrets
from storage import hosts, people, routes
from storage.database import session
from storage.health import Yield
from storage.models import Site
from storage.sites import record_poll
from tests.scheduler.desk.conftest import NOW

SITE = """key = "sana"
name = "موقع سانا"
url = "https://sana.example/"
hosts = ["sana.example"]
language = "ar"
side = "government"
[[routes]]
type = "feed"
url = "https://sana.example/feed"
"""
ROOMS = (
    "/",
    "/articles/1",
    "/articles/1?explain=حلب",
    "/articles/1?explain=((",
    "/search?q=شرق الفرات&facets=1",
    "/search?q=((",
    "/search?q=دمشق&since=abc",
    "/watches",
    "/watches/one?name=شرق الفرات",
    "/watches/edit?query=شرق الفرات",
    "/trends",
    "/trends?since=abc",
    "/sites",
    "/sites/sana",
    "/health?card=1",
    "/settings",
    "/settings/people",
    "/settings/channels",
    "/settings/log",
    "/nowhere",
)
# Names of formats and of sites, and a word that can be written for a day.
NAMES = {
    "Atom",
    "JSON",
    "CSV",
    "sha",
    "robots",
    "txt",
    "XML",
    "English",
    "RT",
    "ANHA",
    "SY",
    "today",
}
ISOLATE = re.compile(
    "[\N{LEFT-TO-RIGHT ISOLATE}\N{FIRST STRONG ISOLATE}][^\N{POP DIRECTIONAL ISOLATE}]*"
)


def english(page: str) -> list[str]:
    """Return the words in Latin letters that stand among the Arabic ones."""
    body = html.fromstring(page).find(".//body")
    for apart in body.xpath(
        './/script|.//dt|.//code|.//kbd|.//select[@name="zone"]|.//*[@lang="en"]'
    ):
        apart.drop_tree()
    for data in body.xpath(".//bdi"):
        # A name stands alone in its isolate; a sentence is ours.
        if not re.search("[\u0600-\u06ff]", data.text_content()):
            data.drop_tree()
    said = body.xpath(".//text()|.//@title|.//@aria-label|.//@placeholder")
    words = re.findall("[A-Za-z]{2,}", ISOLATE.sub("", " ".join(said)))
    return [word for word in words if word not in NAMES]


@pytest.fixture
def troubled(small_desk):
    """A desk whose site fails, whose route is gone, and whose host wants to rest."""
    (small_desk.config.sites[0] / "sana.toml").write_text(SITE, "utf-8")
    with session(small_desk.engine) as db:
        db.add(Site(key="sana", name="موقع سانا"))
    small_desk.keep()
    with session(small_desk.engine) as db:
        for n in range(4):
            at = NOW - timedelta(days=3) + timedelta(hours=20 * n)
            poll = {"outcome": "failing", "reason": "no route works: http_500, not_a_feed"}
            record_poll(db, "sana", **poll, listed=0, new=0, now=at, found=Yield())
        url = "https://sana.example/feed"
        routes.failed(db, "sana", url, "feed", state="failing", reason="not_a_feed", now=NOW)
        hosts.rest(db, "sana.example", reason="http_429", asked=timedelta(hours=2), now=NOW)
        people.add(db, "هالة", secrets.hashed("long enough"), "admin", NOW)
    return small_desk


def test_no_english_stands_among_the_arabic_in_any_room(troubled):
    client = troubled.person("هالة", "admin")

    found = {address: english(client.get(address).text) for address in ROOMS}

    assert {address: words for address, words in found.items() if words} == {}


def test_why_a_site_fails_is_said_in_arabic_and_in_english(troubled):
    client = troubled.person("هالة", "admin")
    arabic = client.get("/sites/sana").text
    client.cookies.set("rasid_choices", "lang=en")

    assert (
        "لم يعمل مسار حتى الآن؛ المحاولات المتتالية: ٤؛ آخرها: لا مسار يعمل: جواب الخادم ٥٠٠"
        in arabic
    )
    assert "no route has worked so far, 4 polls in a row" in client.get("/sites/sana").text


def test_a_page_that_is_too_old_is_refused_in_the_readers_language(troubled):
    client = troubled.person("هالة", "admin")

    assert "قديمة" in client.post("/views", data={"csrf": "none", "name": "x"}).text
