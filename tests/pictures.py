"""Pictures of every room of the desk for docs/: `make pictures`.

The demonstration's newsroom is crawled by the real service; a sheet shows a room in one language,
light and dark, on a wide screen and on a phone.
"""

import sys
import tempfile
from base64 import b64encode
from itertools import product
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from storage.database import reading
from storage.models import Article
from tests.browser import chromium, shrink
from tests.shift import HEADLINE, PATIENCE, Shift, on_duty

FOLDER = Path(__file__).parents[1] / "docs" / "desk"
SIZES = ((1440, 900), (390, 844))
HEIGHT = 620
ARTICLES = 100


def rooms(shift: Shift) -> dict[str, str]:
    """Return the address of each room, by the name of its pictures."""
    with reading(shift.engine) as db:
        article = db.scalar(select(Article.id).where(Article.headline == HEADLINE))
    return {
        "stream": "/",
        "article": f"/articles/{article}",
        "search": "/search?q=شرق الفرات",
        "watches": "/watches",
        "watch": "/watches/one?name=شرق الفرات&test=1",
        "editor": "/watches/edit?query=شرق الفرات",
        "packs": "/watches/packs",
        "trends": "/trends",
        "health": "/health",
        "sites": "/sites",
        "settings": "/settings",
        "people": "/settings/people",
        "channels": "/settings/channels",
        "log": "/settings/log",
    }


def wait(shift: Shift, page: Page) -> None:
    """Wait until there is something to be seen."""
    shift.publish_sample()
    card = page.locator("article.card", has_text=HEADLINE)
    expect(card.locator("mark").first).to_be_visible(timeout=PATIENCE)
    while True:
        with reading(shift.engine) as db:
            if (db.scalar(select(func.count(Article.id))) or 0) >= ARTICLES:
                return
        page.wait_for_timeout(1000)


def take(folder: Path) -> None:
    """Write a sheet for each room and language to *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        chromium() as browser,
        on_duty(Path(temporary)) as shift,
    ):
        page, sheet = shift.screen(browser, "hala"), browser.new_page()
        wait(shift, page)
        for language in ("ar", "en"):
            taken: dict[str, list[bytes]] = {name: [] for name in rooms(shift)}
            for theme, (width, height) in product(("light", "dark"), SIZES):
                page.set_viewport_size({"width": width, "height": height})
                choose(page, shift, language, theme)
                for name, address in rooms(shift).items():
                    page.goto(shift.base + address)
                    page.wait_for_timeout(700)  # what is fetched later is there by now
                    taken[name].append(page.screenshot())
            for name, pictures in taken.items():
                put(sheet, pictures, folder / f"{name}-{language}.png")


def put(sheet: Page, pictures: list[bytes], path: Path) -> None:
    """Write one picture of *pictures*, side by side, smaller."""
    parts = "".join(
        f'<img src="data:image/png;base64,{b64encode(picture).decode()}" height="{HEIGHT}">'
        for picture in pictures
    )
    sheet.set_content(f'<body style="margin:0;display:flex;gap:8px;background:#888">{parts}')
    width = int(sheet.evaluate("document.body.scrollWidth"))
    sheet.set_viewport_size({"width": width, "height": HEIGHT})
    sheet.screenshot(path=path)
    shrink(path)
    sys.stdout.write(f"{path}\n")


def choose(page: Page, shift: Shift, language: str, theme: str) -> None:
    page.goto(f"{shift.base}/settings")
    if page.get_attribute("html", "lang") != language:
        page.click("button[name=lang]")
    while page.get_attribute("html", "data-theme") != theme:
        page.click("button[name=theme]")


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
