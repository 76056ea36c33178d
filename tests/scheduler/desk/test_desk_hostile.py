"""What hostile sites may publish, shown in a real browser: it stays text, and in its place."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from scheduler.desk.server import serving
from storage.database import session
from storage.models import Article
from tests.browser import chromium

pytestmark = pytest.mark.long

PHRASE = "شرق الفرات"
ZALGO = "".join(letter + "\N{COMBINING ZIGZAG ABOVE}" * 60 for letter in PHRASE)
HEADLINES = {
    "script": f"<script>window.pwned = 1</script> {PHRASE}",
    "image": f'{PHRASE} <img src=x onerror="window.pwned = 1">',
    "attribute": f"{PHRASE} \"><svg onload=window.pwned=1> ' onmouseover=window.pwned=1 x='",
    "template": f"{PHRASE} {{{{ 7 * 7 }}}} {{% raw %}} ${{7*7}}",
    "override": f"\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\N{LEFT-TO-RIGHT OVERRIDE} {PHRASE}",
    "unclosed": f"{PHRASE} " + "\N{LEFT-TO-RIGHT EMBEDDING}\N{LEFT-TO-RIGHT ISOLATE}" * 50,
    "zalgo": f"{ZALGO} {PHRASE}",
    "one word": f"{PHRASE} " + "س" * 5_000,
    "long": f"{PHRASE} خبر " * 60_000,
    "controls": f"{PHRASE} \x07\x1b[31m\N{ZERO WIDTH JOINER}\N{WORD JOINER}\N{SOFT HYPHEN}",
}
SCRIPT = "javascript:window.pwned=1//sana.example"
WIDTH, HEIGHT = 400, 800


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def desk(small_desk):
    """A desk whose newest articles are all hostile, served."""
    for number, headline in enumerate(HEADLINES.values(), start=1):
        small_desk.now = datetime.now(UTC)
        small_desk.keep(
            url=f"https://sana.example/{number}",
            headline=headline,
            body=f"{headline[:2000]}. {PHRASE} رقم {number} " + f"كلام آخر {number} " * 40,
            authors=(headline[:200],),
            section=headline[:100],
            published_at=small_desk.now - timedelta(minutes=number),
        )
    with session(small_desk.engine) as db:
        db.execute(update(Article).where(Article.id == 1).values(url=SCRIPT))
    with serving(small_desk.config, lambda: datetime.now(UTC), {}, print) as served:
        yield served


def test_what_hostile_sites_publish_stays_text_and_in_its_place(browser, desk):
    page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}).new_page()
    told = []
    page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda line: told.append(line.text) if line.type == "error" else None)
    page.goto(desk.link)

    addresses = ["/", f"/search?q={PHRASE}&facets=1", "/watches/one?name=" + PHRASE]
    addresses += [f"/articles/{number}" for number in range(1, len(HEADLINES) + 1)]
    for address in addresses:
        answer = page.goto(desk.base + address)
        assert (address, answer.status) == (address, 200)
        assert page.evaluate("window.pwned") is None
        # Nothing sticks out to the side: the longest word is broken.
        width = page.evaluate("document.documentElement.scrollWidth")
        assert (address, width) == (address, WIDTH)
        assert page.locator("a[href^='javascript:' i]").count() == 0
        assert (address, len(answer.body()) < 150_000) == (address, True)
    assert told == []


def test_a_headline_that_turns_the_writing_around_turns_only_itself(browser, desk):
    page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}).new_page()
    page.goto(desk.link)
    heights, places = [], []
    for card in page.locator("article.card").all():
        card.scroll_into_view_if_needed()
        heights.append(card.bounding_box()["height"])
        site = card.locator(".facts .site").bounding_box()
        places.append(round(site["x"] + site["width"]))

    # The name of the site begins at the right edge of every card.
    assert len(set(places)) == 1, places
    # And no card is so tall that others are out of sight.
    assert max(heights) < HEIGHT, heights
