"""Dates displayed around the headline, for pages that state none.

Only what stands close to the headline counts: the top of a page shows the day
of the visit, boxes beside and below show the dates of other articles.
"""

import re
from collections.abc import Iterator
from typing import Any

from scraper.extraction import clutter, dates
from scraper.extraction.page import Page, text_of

_DIGITS = re.compile("[0-9٠-٩۰-۹]")
_FRAME = re.compile(r"top-?bar|topbar|navbar|masthead|clock|today|current|weather|ticker|breaking")
_VISIT = re.compile(r"(?:اليوم|today)\s*[:،,]?\s", re.IGNORECASE)
_VISITED = re.compile(r"today|current-?(?:date|time|day)")
# "منذ يومين" holds no digit; in a longer line it is said of something else.
_AGO = re.compile(r"\W*(?:نُ?شر\w*\s*:?\s*)?منذ\s+\w+(?:\s+\w+)?\W*")
_PAST = re.compile(r"منذ|قبل|مضت|\bago\b", re.IGNORECASE)
_TITLED = ("time", "abbr", "span")
_LONGEST = 140
_ELEMENTS = 60
# What has so many children is no line.
_MANY = 12
_PROSE = 180
_PASSED = frozenset(("script", "style", "aside", "nav", "footer", "form"))
_SENTENCE = 10
_ENDINGS = (".", "!", "؟", "?", "»", "”", "…")
# A byline may be a short list; a long one is a menu or other articles.
_LISTED = 6


def strings(page: Page) -> list[str]:
    """Return the strings near the headline of *page* that may be its date."""
    headline = page.heading
    if headline is None:
        return []
    found: list[str] = []
    for element in [*_before(headline), *after(headline)]:
        if _VISITED.search((element.get("class") or "").lower()):
            continue
        stated = element.get("datetime") or _titled(element)
        if stated:
            found.append(str(stated))
        if stated or len(element) >= _MANY:
            continue
        text = text_of(element, longest=_LONGEST)
        timed = _DIGITS.search(text) or _AGO.fullmatch(text)
        if 0 < len(text) <= _LONGEST and timed and not _VISIT.match(text) and not _is_prose(text):
            # "5 minutes ago" was written when the page was; the attribute inside it stays true.
            found += [] if element.find(".//time[@datetime]") is not None else [text]
    return list(dict.fromkeys(found))


def _is_prose(text: str) -> bool:
    """Tell whether *text* is a sentence, in which any day may be spoken of."""
    return len(text.split()) > _SENTENCE and text.endswith(_ENDINGS) and not text.endswith("m.")


def _titled(element: Any) -> str | None:
    """Return the date a browser shows where the pointer rests on *element*, which says how long ago.

    Beside other words it is the date of something else: of joining, of the site's founding.
    """
    title = element.get("title") if element.tag in _TITLED else None
    if not title or (
        element.tag != "time" and not _PAST.search(text_of(element, longest=_LONGEST))
    ):
        return None
    return title if dates.holds_day(title) else None


def after(headline: Any) -> Iterator[Any]:
    """Yield the elements that follow *headline* until the article's prose begins."""
    seen = prose = 0
    node = _next(headline, descend=False)
    while node is not None and seen < _ELEMENTS:
        seen += 1
        if node.tag in _PASSED or (node.tag in ("ul", "ol") and len(node) > _LISTED):
            node = _next(node, descend=False)
            continue
        yield node
        if node.tag in ("p", "h1", "h2"):
            prose += len(text_of(node, longest=_PROSE))
            if prose > _PROSE:
                return
        node = _next(node, descend=True)


def _before(headline: Any) -> Iterator[Any]:
    """Yield short elements that stand just above *headline*, nearest first.

    Above what the headline stands in, only what is named as a date: the top of
    the site is near, and it may say today's in any element.
    """
    node = headline
    for around in range(2):
        sibling = node.getprevious()
        for _ in range(3):
            if sibling is None:
                break
            if not _is_frame(sibling) and len(sibling) < _MANY:
                found = [sibling, *sibling.iterdescendants("time", "span", "div")]
                yield from found if around == 0 else filter(_is_date, found)
            sibling = sibling.getprevious()
        node = node.getparent()
        if node is None or node.tag in ("body", "html"):
            return


def _is_date(element: Any) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return element.tag == "time" or clutter.names_date(names)


def _is_frame(element: Any) -> bool:
    """Tell whether *element* belongs to the top of the site, which shows the day of the visit."""
    names = f"{element.get('class', '')} {element.get('id', '')}".lower()
    return element.tag in clutter.DROPPED or _FRAME.search(names) is not None


def _next(node: Any, *, descend: bool) -> Any | None:
    if descend and len(node):
        return node[0]
    while node is not None:
        following = node.getnext()
        if following is not None:
            return following
        node = node.getparent()
    return None
