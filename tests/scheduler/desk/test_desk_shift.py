"""The work of a shift, in a real browser, over the replica newsroom and the real service."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from scheduler.newsroom.demonstration import SAMPLE
from storage.database import reading
from storage.models import Alert
from tests.browser import chromium, violations
from tests.shift import HEADLINE, PATIENCE, on_duty

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def shift(tmp_path_factory):
    with on_duty(tmp_path_factory.mktemp("shift")) as shift:
        yield shift


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def rooms(shift):
    """Return the address of every room."""
    with reading(shift.engine) as db:
        article = db.scalars(select(Alert.article_id)).first()
    return [
        "/",
        "/alerts/1",
        f"/articles/{article}",
        "/search",
        "/search?q=شرق الفرات&facets=1",
        "/search?q=(",
        "/watches",
        "/watches/one?name=شرق الفرات&test=1",
        "/watches/edit?query=شرق الفرات",
        "/watches/packs",
        "/trends",
        "/health",
        "/sites",
        "/sites/almanara",
        "/settings",
        "/settings/people",
        "/settings/channels",
        "/settings/log",
        "/nowhere",
    ]


def test_the_work_of_a_shift(browser, shift):
    mona, samer = shift.screen(browser, "mona"), shift.screen(browser, "samer")
    for page in (mona, samer):
        page.wait_for_selector("html[data-listening]", state="attached")
        page.evaluate("window.never_left = true")

    # An article appears, and its card arrives by itself, the words marked as published.
    shift.publish_sample()
    card, theirs = (page.locator("article.card", has_text=HEADLINE) for page in (mona, samer))
    expect(card.locator("h2 mark")).to_have_text("شرقِ الفراتِ", timeout=PATIENCE)

    # One acknowledges by a key, the other one sees it.
    card.focus()
    mona.keyboard.press("a")
    expect(theirs).to_have_class(re.compile(r"\bseen\b"), timeout=PATIENCE)
    expect(theirs.locator(".deeds")).to_contain_text("mona")

    # Its correction arrives.
    gold = shift.newsroom.gold_of(SAMPLE)
    shift.newsroom.correct(SAMPLE, headline=gold.headline.replace("شرقِ الفراتِ", "حلب"))
    expect(samer.locator("article.card .flag.correction").first).to_be_visible(timeout=PATIENCE)
    assert samer.evaluate("window.never_left")

    # What was searched for becomes a watch, its forecast beside it.
    mona.goto(f"{shift.base}/search?q=العبارة")
    expect(mona.locator("article.card mark").first).to_be_visible()
    mona.click("a[href^='/watches/edit']")
    expect(mona.locator("#forecast")).to_be_visible()
    mona.fill("input[name=name]", "العبارة")
    mona.click("form.editor button.main")
    expect(mona.locator("h1")).to_have_text("العبارة")


def test_who_may_only_read_is_refused_and_not_asked(browser, shift):
    rima = shift.screen(browser, "rima")

    assert rima.locator("button[name=deed]").count() == 0
    word = rima.get_attribute("body", "data-csrf")
    answer = rima.request.post(
        f"{shift.base}/alerts/1", form={"csrf": word, "deed": "ack"}, max_redirects=0
    )
    assert answer.status == 403
    assert rima.goto(f"{shift.base}/watches/edit").status == 403
    assert rima.goto(f"{shift.base}/settings/people").status == 403


def test_without_javascript_the_same_is_done_by_links_and_forms(browser, shift):
    samer = shift.screen(browser, "samer", java_script_enabled=False)
    card = samer.locator("article.card").first
    name = card.get_attribute("id")

    card.locator("button[value=ack]").click()
    expect(samer.locator(f"#{name} button[value=unack]")).to_be_visible()

    samer.goto(f"{shift.base}/search?q=شرق الفرات&facets=1")
    expect(samer.locator("article.card mark").first).to_be_visible()
    expect(samer.locator(".facets")).to_be_visible()
    samer.click("a[href^='/watches/edit']")
    samer.fill("input[name=name]", "بلا سكربت")
    samer.locator("form.editor button[value=forecast]").last.click()
    expect(samer.locator("#forecast mark").first).to_be_visible()
    samer.click("form.editor button.main")
    expect(samer.locator("h1")).to_have_text("بلا سكربت")


@pytest.mark.parametrize(("language", "theme"), [("ar", "light"), ("en", "dark")])
def test_readers_with_other_needs_find_no_barrier_in_any_room(browser, shift, language, theme):
    hala = shift.screen(browser, "hala")
    if language == "en":
        hala.click("button[name=lang]")
    while hala.get_attribute("html", "data-theme") != theme:
        hala.click("button[name=theme]")

    found = {}
    for address in rooms(shift):
        hala.goto(shift.base + address)
        if address != "/":  # where the desk listens there is no end
            hala.wait_for_load_state("networkidle")
        found[address] = violations(hala)

    assert {address: wrong for address, wrong in found.items() if wrong} == {}
