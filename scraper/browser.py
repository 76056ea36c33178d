"""Whether a browser can be run here, for the sites whose pages are put together by scripts."""

import shutil
from importlib.util import find_spec

# As the systems name it.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def program() -> str | None:
    """Return the path of the system's Chromium, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def missing() -> str | None:
    """Return what a browser lacks to run here and the way out, in one line; None when nothing."""
    if find_spec("scrapy_playwright") is None:
        return "a browser is asked for, and the extra for it is not installed; install 'rasid[browser]'"
    if program() is None:
        return "a browser is asked for, and there is no Chromium; on Debian and Ubuntu: apt install chromium"
    return None
