"""Each page under tests/pages/ gives exactly what the JSON beside it says."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scraper.extraction import themes
from scraper.extraction.article import extract
from scraper.extraction.css import selector

PAGES = Path(__file__).parents[2] / "pages"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def recorded():
    return sorted(gold.with_suffix(".html") for gold in PAGES.glob("*/*.json"))


@pytest.mark.parametrize("page", recorded(), ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_a_recorded_page_gives_exactly_its_gold(page):
    gold = json.loads(page.with_suffix(".json").read_text("utf-8"))

    item = extract(
        page.read_bytes(),
        url=gold["url"],
        site="example",
        rules=None,
        timezone=gold["timezone"],
        now=NOW,
    )

    assert item.headline == gold["headline"]
    assert item.body.split("\n\n") == gold["body"]
    assert item.authors == gold["authors"]
    assert item.section == gold["section"]
    assert item.tags == gold["tags"]
    assert stated(item, gold) == gold["published_at"]
    assert item.date_source == gold["date_source"]
    assert item.provenance["body"] == gold["body_source"]
    assert item.language == "ar"
    assert item.aliases == gold.get("aliases", [])


def stated(item, gold):
    """The instant as ISO text; the day alone where the gold has a day alone."""
    if item.published_at is None:
        return None
    if len(gold["published_at"] or "") == 10:
        return item.published_at.astimezone(ZoneInfo(gold["timezone"])).date().isoformat()
    return item.published_at.isoformat()


def test_every_theme_has_a_recorded_page():
    assert {page.parent.name for page in recorded()} >= set(themes.shipped())


def test_every_theme_a_site_names_is_shipped():
    folder = Path(__file__).parents[3] / "scraper" / "sites"
    named = {
        tomllib.loads(file.read_text("utf-8")).get("extract", {}).get("theme")
        for file in folder.glob("*.toml")
    }

    assert named - {None} <= set(themes.shipped())


def test_every_selector_of_a_theme_is_one():
    for theme in themes.shipped().values():
        for name in ("title", "body", "author", "date", "section", "remove"):
            assert all(selector(css) for css in getattr(theme, name)), theme.name
