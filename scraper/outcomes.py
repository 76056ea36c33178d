"""What an answer or an error means for an address or a route. Pure.

`refused`: the other side has decided (robots.txt, 403, a challenge, no article),
and asking again at once would be rude or useless. `failed`: it may work later.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from scraper.ledger import UNWELCOME, status_reason

GONE = {404, 410}

# Why a page gave no article although its address is that of one: many of these, and the site
# has changed its theme, or its mind.
UNREAD = {
    "no_headline", "no_body", "listing", "empty", "login_wall", "challenge",
    *(status_reason(status) for status in UNWELCOME),
}  # fmt: skip

# Titles and marks of pages that want to see a browser, not a reader.
CHALLENGE = re.compile(
    rb"<title>\s*(?:just a moment|attention required|ddos-guard|checking your browser"
    rb"|security check|please wait)|cf-browser-verification|/cdn-cgi/challenge-platform/"
    rb"|_incapsula_resource|sucuri_cloudproxy_js",
    re.IGNORECASE,
)
CHALLENGE_WITHIN = 20_000
# Where a reader is sent to log in, and the form he finds there.
LOGIN_PATH = re.compile(
    r"/(?:wp-login\.php|(?:user/|accounts?/)?(?:log-?in|sign-?in))(?:\.\w+)?/?$", re.IGNORECASE
)
LOGIN_FORM = re.compile(rb"<input[^>]{0,200}\btype\s*=\s*[\"']?password", re.IGNORECASE)


class HostRests(IgnoreRequest):
    """The host wants to be left alone for a while."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be had, so nothing may be asked for; says why in one word."""


class BrowserBroken(Exception):
    """The browser a page is to be read in does not start."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: *kind*, and *reason* in one word."""

    kind: Literal["refused", "failed"]
    reason: str
    # Refused for now: the address is asked for again some day, a missing page is not.
    again: bool = False


# Scrapy's errors in the order they are asked for: a subclass before its base.
ERRORS: tuple[tuple[type[Exception], Outcome], ...] = (
    (DownloadCancelledError, Outcome("refused", "too_large", again=True)),
    (UnsupportedURLSchemeError, Outcome("refused", "scheme")),
    (CannotResolveHostError, Outcome("failed", "dns")),
    (DownloadTimeoutError, Outcome("failed", "timeout")),
    (DownloadConnectionRefusedError, Outcome("failed", "connection_refused")),
    (ResponseDataLossError, Outcome("failed", "cut_short")),
    (DownloadFailedError, Outcome("failed", "connection")),
    (BrowserBroken, Outcome("failed", "browser")),
)


def of_status(status: int, body: bytes) -> Outcome | None:
    """Return what a response means where it is no answer, or None for a good one."""
    if status in UNWELCOME or status in {429, 503}:
        if CHALLENGE.search(body[:CHALLENGE_WITHIN]):
            return Outcome("refused", "challenge", again=True)
        if status in UNWELCOME:
            return Outcome("refused", status_reason(status), again=True)
    if status in GONE:
        return Outcome("refused", status_reason(status))
    if status != 200:
        return Outcome("failed", status_reason(status))
    if len(body) < CHALLENGE_WITHIN and CHALLENGE.search(body):
        return Outcome("refused", "challenge", again=True)
    return None


def login_wall(url: str, body: bytes) -> Outcome | None:
    """Return the refusal of an answer that is a place to log in, where something else was asked for."""
    if LOGIN_PATH.search(urlsplit(url).path) or LOGIN_FORM.search(body):
        return Outcome("refused", "login_wall", again=True)
    return None


def of_error(error: BaseException) -> Outcome:
    """Return what an error of the download means."""
    words = str(error)
    if isinstance(error, HostRests):
        # Not asked at all: the address waits, and has used up no try.
        return Outcome("failed", "resting", again=True)
    if isinstance(error, RobotsUnreachable):
        return Outcome("failed", words)
    if isinstance(error, IgnoreRequest):
        reason = _ignored(words)
        # A hoster's page of overdue bills is off the site too, and passes.
        return Outcome("refused", reason, again=reason != "robots")
    if isinstance(error, DownloadFailedError) and re.search("TLS|SSL|certificate", words):
        return Outcome("failed", "tls")
    known = (outcome for kind, outcome in ERRORS if isinstance(error, kind))
    return next(known, Outcome("failed", "error"))


def _ignored(words: str) -> str:
    """Return the reason of a request or response that a middleware would not have."""
    if "robots.txt" in words:
        return "robots"
    if "max redirections" in words:
        return "redirects"
    # A body that unpacks to more than DOWNLOAD_MAXSIZE.
    return "too_large" if "DOWNLOAD_MAXSIZE" in words else "offsite"
