"""What a route announces, and what is done to its strings on the way in."""

import hashlib
import html
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urldefrag, urljoin, urlsplit

# Longer is no address a browser would keep and no headline a desk would print.
MAX_ADDRESS = 4_000
MAX_LINE = 5_000

# C0 and C1 controls, lone surrogates (JSON can spell them) and non-characters:
# no text, and no database or XML writer takes all of them.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# An address as nearly all are stated: nothing in it is to be joined, cut or escaped.
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9][a-z0-9.-]{0,252}/[!$-\[\]_a-z~]{0,2000}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--[^<>]*-->")


@dataclass(slots=True)
class Entry:
    """One article as a route announces it.

    Times are aware, in UTC, and None where the route states none or a false
    one. *content* is the HTML of the full text; *summary* is plain.
    """

    url: str
    headline: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    # Equal as long as the route says the same of the article.
    listed_hash: str = ""
    content: str | None = None
    authors: list[str] = field(default_factory=list)
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    # Other addresses the route states for the article: `?p=ID`, guid.
    aliases: list[str] = field(default_factory=list)
    summary: str | None = None

    def __post_init__(self) -> None:
        """Fill in the hash of what is listed."""
        if not self.listed_hash:
            modified = self.modified_at.isoformat() if self.modified_at else None
            listed = (self.headline, self.summary, modified, self.content)
            said = "\x1f".join(part or "" for part in listed)
            self.listed_hash = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


@dataclass(slots=True)
class Announcement:
    """What one answer of a route says."""

    entries: list[Entry] = field(default_factory=list)
    # Where older entries are; how deep to go is the caller's to decide.
    next_url: str | None = None
    # The newest change the route stated, to be asked from next time.
    cursor: str | None = None
    # What was wrong with the answer, each in one line; nothing of it stopped the reading.
    problems: list[str] = field(default_factory=list)
    # The answer was not well-formed, it may have been cut off: there may be more in it.
    mended: bool = False
    # Of a sitemap index: the sitemaps it names, newest first.
    children: list[str] = field(default_factory=list)
    # When each of these last changed, where the index says so.
    changed: dict[str, datetime] = field(default_factory=dict)


class Problems:
    """What was wrong with an answer, counted by kind."""

    def __init__(self) -> None:
        """Begin with none."""
        self._counts: Counter[str] = Counter()

    def note(self, what: str) -> None:
        """Count one more *what*."""
        self._counts[what] += 1

    def lines(self) -> list[str]:
        """Return each kind once, with how often it was met when that was more than once."""
        return [f"{what} ({n} times)" if n > 1 else what for what, n in self._counts.items()]


def written(text: str) -> str:
    """Return *text* without what cannot be written down."""
    return _UNWRITABLE.sub("", text)


def plain(text: str | None) -> str | None:
    """Return HTML of one line as text, or None when nothing is left.

    >>> plain("«قسد» &#8220;تنفي&#8221;  <b>الانسحاب</b>")
    '«قسد» “تنفي” الانسحاب'
    """
    if not text:
        return None
    text = text[:MAX_LINE]
    if "<" in text:
        text = _TAG.sub(" " if "<p" in text or "<br" in text else "", text)
    return line(html.unescape(text) if "&" in text else text)


def line(text: str) -> str | None:
    """Return *text* as one line, or None when it is blank."""
    return " ".join(written(text[:MAX_LINE]).split()) or None


def absolute(base: str, href: str | None) -> str | None:
    """Return *href* as seen from *base*, without fragment; None where it is no web address.

    >>> absolute("https://a.example/news/", "../٢ خبر/#x")
    'https://a.example/٢%20خبر/'
    >>> absolute("https://a.example/", "javascript:void(0)") is None
    True
    """
    if not href:
        return None
    if _PLAIN_ADDRESS.fullmatch(href) and "/." not in href:
        return href
    href = written(href).strip()
    if not href or href.startswith("#") or len(href) > MAX_ADDRESS:
        return None
    try:
        url = urldefrag(urljoin(base, href)).url
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    except ValueError:
        return None
    return re.sub(r"\s", "%20", url) if usable else None


def distinct(entries: list[Entry]) -> list[Entry]:
    """Return the first entry of each address, in the order given."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found.setdefault(entry.url, entry)
    return list(found.values())
