"""A real browser for the tests of the desk: the system's Chromium, driven by Playwright.

Where there is none its tests are skipped; where `CI` or `RASID_REQUIRE_BROWSER` is set they fail.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

# WCAG 2.2, levels A and AA.
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Nothing of its own is fetched: no test reaches beyond loopback.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the system's Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("RASID_REQUIRE_BROWSER") == "1" or os.environ.get("CI"):
            pytest.fail("Chromium is required here; apt install chromium", pytrace=False)
        pytest.skip("there is no Chromium; apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page) -> list[tuple[str, list[Any]]]:
    """Return what axe finds wrong with *page*: the rule, and the elements that break it."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARD}})
    return [
        (each["id"], [node["target"] for node in each["nodes"]])
        for each in found.response["violations"]
    ]


def shrink(path: Path) -> None:
    """Write the picture at *path* anew with few colours: a screen needs no more."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(64, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
