"""The work of a shift, in a real browser, over the replica newsroom and the real service."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import Engine, update

from scheduler.newsroom import demonstration
from scheduler.newsroom.demonstration import HOLD, SAMPLE
from scheduler.newsroom.server import Newsroom, serving
from storage.database import open_archive, session
from storage.models import Site
from tests.browser import chromium

ROOT = Path(__file__).parents[3]
PASSWORD = "long enough"
# A loaded machine starts a worker slowly.
PATIENCE = 90_000
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"

pytestmark = pytest.mark.long


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Shift:
    """A newsroom whose sample is not out yet, and the service that watches it."""

    newsroom: Newsroom
    engine: Engine
    folder: Path
    base: str

    def rasid(self, *arguments: str, said: str = "") -> None:
        command = [sys.executable, "-P", "-m", "scheduler", *arguments]
        subprocess.run(
            command, cwd=self.folder, env=environ(), input=said, text=True, check=True, timeout=60
        )

    def publish_sample(self) -> None:
        [gold] = self.newsroom.grow()
        assert gold.headline == HEADLINE

    def hurry(self, ended: threading.Event) -> None:
        """Let no site wait longer than a few seconds, as long as the shift lasts."""
        while not ended.wait(2):
            with session(self.engine) as db:
                soon = now() + timedelta(seconds=5)
                db.execute(update(Site).where(Site.next_due > soon).values(next_due=soon))


def environ() -> dict[str, str]:
    return {**demonstration.offline(os.environ), "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    folder = tmp_path_factory.mktemp("shift")
    newsroom = Newsroom(now(), clock=now, hold={**HOLD, SAMPLE: timedelta(seconds=-1)})
    with serving(newsroom):
        config = demonstration.prepare(folder, newsroom, desk="127.0.0.1:0")
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "scheduler", "run"],
            cwd=folder,
            env=environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            found = next(
                filter(None, (re.search(r"the desk: (\S+)/enter/", one) for one in process.stderr))
            )
            engine = open_archive(config.archive)
            made = Shift(newsroom, engine, folder, found[1])
            for name, role in (("mona", "editor"), ("samer", "editor"), ("rima", "viewer")):
                made.rasid("user", "add", name, "--role", role, said=f"{PASSWORD}\n")
            ended = threading.Event()
            hurrying = threading.Thread(target=made.hurry, args=[ended])
            hurrying.start()
            yield made
            ended.set()
            hurrying.join()
            engine.dispose()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def screen(browser, shift: Shift, name: str, **options) -> Page:
    """A screen of its own at which *name* has come in."""
    context: BrowserContext = browser.new_context(locale="ar", **options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{shift.base}/enter")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/enter'] button")
    expect(page.locator("#stream")).to_be_visible()
    return page


def test_the_work_of_a_shift(browser, shift):
    mona, samer = screen(browser, shift, "mona"), screen(browser, shift, "samer")
    for page in (mona, samer):
        page.wait_for_selector("html[data-listening]", state="attached")
        page.evaluate("window.never_left = true")

    # An article appears, and its card arrives by itself, the words marked as published.
    shift.publish_sample()
    card, theirs = (page.locator("article.card", has_text=HEADLINE) for page in (mona, samer))
    expect(card.locator("h2 mark")).to_have_text("شرقِ الفراتِ", timeout=PATIENCE)

    # One acknowledges, the other one sees it.
    mona.keyboard.press("j")
    mona.keyboard.press("a")
    expect(theirs).to_have_class(re.compile(r"\bseen\b"), timeout=PATIENCE)
    expect(theirs.locator(".deeds")).to_contain_text("mona")

    # Its correction arrives.
    gold = shift.newsroom.gold_of(SAMPLE)
    shift.newsroom.correct(SAMPLE, headline=gold.headline.replace("شرقِ الفراتِ", "حلب"))
    expect(samer.locator("article.card .flag.correction").first).to_be_visible(timeout=PATIENCE)
    assert samer.evaluate("window.never_left")
