"""Keys in a real browser: on an Arabic keyboard, and when what they ask for cannot be done."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

from scheduler.desk.server import serving
from storage.database import session
from storage.desk_tables import Visit
from tests.browser import chromium

pytestmark = pytest.mark.long

# An Arabic keyboard writes other letters with the same keys.
ARABIC = {"j": ("ت", "KeyJ"), "s": ("س", "KeyS"), "/": ("ظ", "Slash")}
PRESS = """([key, code]) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }))"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser, small_desk):
    """The stream of a desk with one alert, in the browser of its owner."""
    small_desk.now = datetime.now(UTC)
    small_desk.keep(published_at=small_desk.now)
    with serving(small_desk.config, lambda: datetime.now(UTC), {}, print) as served:
        page = browser.new_context().new_page()
        page.goto(served.link)
        expect(page.locator("article.card")).to_have_count(1)
        yield page
        page.close()


def test_on_an_arabic_keyboard_the_same_keys_work(page):
    page.evaluate(PRESS, ARABIC["j"])
    page.evaluate(PRESS, ARABIC["s"])
    expect(page.locator("article.card button.on")).to_have_count(1)

    page.evaluate(PRESS, ARABIC["/"])

    page.wait_for_url("**/search")


def test_where_letters_stand_elsewhere_a_key_is_what_it_writes(page):
    page.evaluate(PRESS, ["j", "KeyC"])
    page.evaluate(PRESS, ["a", "KeyQ"])

    expect(page.locator("article.card.seen")).to_have_count(1)


def test_a_key_that_could_do_nothing_says_so(page):
    page.evaluate(PRESS, ARABIC["j"])
    page.evaluate(
        "document.body.dataset.csrf = 'old'; document.querySelectorAll('[name=csrf]').forEach((each) => each.value = 'old')"
    )

    page.keyboard.press("s")

    expect(page.locator("#failed")).to_be_visible()


def test_an_editor_whose_visit_has_ended_is_led_to_the_door(page, small_desk):
    page.evaluate(PRESS, ARABIC["j"])
    with session(small_desk.engine) as db:
        db.execute(delete(Visit))

    page.keyboard.press("a")

    page.wait_for_url("**/enter")
