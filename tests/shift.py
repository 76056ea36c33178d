"""A newsroom at work and the real service that watches it, for tests and pictures of the desk."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, update

from scheduler.newsroom import demonstration
from scheduler.newsroom.demonstration import HOLD, SAMPLE
from scheduler.newsroom.server import Newsroom, serving
from storage.database import open_archive, session
from storage.models import Site

ROOT = Path(__file__).parents[1]
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
PASSWORD = "long enough"
PEOPLE = {"hala": "admin", "mona": "editor", "samer": "editor", "rima": "viewer"}
# Milliseconds. A loaded machine starts a worker slowly.
PATIENCE = 120_000


@dataclass
class Shift:
    """A newsroom whose sample is not out yet, and a desk at *base* that watches it."""

    newsroom: Newsroom
    engine: Engine
    folder: Path
    base: str

    def rasid(self, *arguments: str, said: str = "") -> None:
        command = [sys.executable, "-P", "-m", "scheduler", *arguments]
        subprocess.run(
            command, cwd=self.folder, env=_environ(), input=said, text=True, check=True, timeout=60
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

    def screen(self, browser: Browser, name: str, **options: Any) -> Page:
        """Return a screen of its own at which *name* has come in, in Arabic."""
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{self.base}/enter")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", PASSWORD)
        page.click("form[action='/enter'] button")
        expect(page.locator("#stream")).to_be_visible()
        return page


@contextmanager
def on_duty(folder: Path) -> Iterator[Shift]:
    """Yield a shift in *folder*; the service ends with it."""
    newsroom = Newsroom(now(), clock=now, hold={**HOLD, SAMPLE: timedelta(seconds=-1)})
    with serving(newsroom):
        config = demonstration.prepare(folder, newsroom, desk="127.0.0.1:0")
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "scheduler", "run"],
            cwd=folder,
            env=_environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            found = (re.search(r"the desk: (\S+)/enter/", line) for line in process.stderr)
            base = next(filter(None, found))[1]
            shift = Shift(newsroom, open_archive(config.archive), folder, base)
            for name, role in PEOPLE.items():
                shift.rasid("user", "add", name, "--role", role, said=f"{PASSWORD}\n")
            ended = threading.Event()
            hurrying = threading.Thread(target=shift.hurry, args=[ended])
            hurrying.start()
            try:
                yield shift
            finally:
                ended.set()
                hurrying.join()
                shift.engine.dispose()
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=60)


def now() -> datetime:
    return datetime.now(UTC)


def _environ() -> dict[str, str]:
    return {**demonstration.offline(os.environ), "PYTHONPATH": str(ROOT)}
