"""The container of a page nobody has described: where the prose is.

Paragraph-like elements vote for their parents by length and punctuation. The
winner is widened to the ancestor that holds the paragraphs looking just like
its own - same tag, class and parent's class - which is how pages that wrap
every paragraph are read whole without taking in teasers and comments.
"""

import re
from collections import Counter, defaultdict
from typing import Any

from scraper.extraction import clutter, nearby
from scraper.extraction.page import Page

_COMMAS = re.compile("[,،;؛.。、!?؟:]")
_PROSE_TAGS = frozenset(
    (
        "p", "div", "td", "section", "article", "li", "span", "pre", "blockquote", "font",
        "center", "main", "dd", "body", "h2", "h3", "h4",
    )
)  # fmt: skip
_INLINE = frozenset(
    ("b", "strong", "em", "i", "u", "br", "sup", "sub", "q", "mark", "small", "abbr", "cite", "s")
)
_LEAST = 25
_LONG = 100
_BAD = re.compile(
    r"comment|disqus|replies|sidebar|side-bar|related|footer|menu|widget|recommend|popular|trending|"
    r"newsletter|promo|banner|cookie|consent|gdpr|modal|login|signup|outbrain|taboola|most-read|mostread|"
    r"breadcrumb|share|social|sponsor|teaser|tooltip|dialog|subscribe|masthead|topbar|navbar|author-bio|"
    r"more-stories|next-article|read-next|readmore|latest-?news|also-like|carousel|slider|ticker"
)
# Tag, first class, parent's tag, parent's classes.
Look = tuple[str, str, str, str]

_WIDEST = 6
# What stands in one article element with the heading counts this much more.
_NEAR = 1.6


class _Prose:
    """The paragraphs of a page, and how much of them each element holds."""

    def __init__(self, page: Page) -> None:
        self.found: list[tuple[Any, int, float]] = []
        self.held: dict[Any, int] = defaultdict(int)
        listed = page.elements
        for element in listed:
            self._weigh(element)
        self.around_text = self._around_text()
        self.total = sum(size for _, size, _ in self.found) or 1
        self.heading_path = _path_of_heading(page)
        bad = {element for element in listed if self._is_bad(element)}
        self.kept = [one for one in self.found if bad.isdisjoint(_ancestry(one[0]))] or []

    def _around_text(self) -> set[Any]:
        """Return what stands around elements that are named as the article's text and hold some."""
        long = Counter(element.getparent() for element, size, _ in self.found if size > _LONG)
        named = (one for one, count in long.items() if count > 1 and clutter.text_element(one))
        return {ancestor for one in named for ancestor in one.iterancestors()}

    def is_near(self, element: Any) -> bool:
        """Tell whether *element* shares an article element with the heading."""
        return any(
            one.tag == "article" and one in self.heading_path for one in element.iterancestors()
        )

    def _weigh(self, element: Any) -> None:
        if element.tag not in _PROSE_TAGS:
            return
        text, linked = _own_text(element)
        if len(text) < _LEAST:
            return
        score = min(len(text) / 100, 6) + len(_COMMAS.findall(text)) / 2 + 1
        if element.tag in ("h2", "h3", "h4", "li"):
            score /= 4
        self.found.append((element, len(text), score * (1 - min(1.0, linked / len(text)))))
        size = len(text) - linked
        for one in _ancestry(element):
            self.held[one] += size

    def _is_bad(self, element: Any) -> bool:
        tag, attributes = element.tag, element.attrib
        if tag in clutter.DROPPED:
            return True
        if not attributes or tag in ("html", "body", "article", "main"):
            return False
        names = f"{attributes.get('class', '')} {attributes.get('id', '')}".lower()
        if _BAD.search(names) is None or element in self.heading_path:
            return False
        if clutter.names_remarks(names):
            return True
        if clutter.names_text(names) or element in self.around_text:
            return False
        return self.held[element] <= self.total / 2


def container(page: Page) -> Any | None:
    """Return the element that holds the page's prose, or None where there is none."""
    prose = _Prose(page)
    scores: dict[Any, float] = defaultdict(float)
    for element, _, stated in prose.kept:
        score = stated * (_NEAR if prose.is_near(element) else 1)
        parent, share = element.getparent(), score
        if element.tag not in ("p", "li", "h2", "h3", "h4", "span"):
            scores[element] += score
        for _ in range(3):
            if parent is None or (share < score and parent.tag in ("html", "body")):
                break
            scores[parent] += share
            if parent.tag == "article":
                # What holds several articles is a list of them.
                break
            parent, share = parent.getparent(), share / 2.5
    if not scores:
        return None
    best = max(scores, key=lambda one: scores[one])
    return _widened(best, prose)


def _widened(best: Any, prose: _Prose) -> Any:
    """Return *best* or the ancestor that holds more paragraphs of the same look."""
    inner = _descendants(best, prose)
    looks = {_look(element) for element, size, _ in inner if size > 60}
    chosen, held = best, sum(size for _, size, _ in inner)
    for ancestor in list(best.iterancestors())[:_WIDEST]:
        if ancestor.tag in ("body", "html"):
            break
        series = loose = 0
        for element, size, _ in _descendants(ancestor, prose):
            look, direct = _look(element), element.getparent() is ancestor
            like = any(look == one or (look[1] and look[:2] == one[:2]) for one in looks)
            series += size * like
            # Bare paragraphs standing in the ancestor itself look like any others.
            loose += size * (like or (direct and any(look[:2] == one[:2] for one in looks)))
        if series > held * 1.12 or loose > held * 1.3:
            chosen, held = ancestor, max(series, loose)
    return chosen


def _descendants(ancestor: Any, prose: _Prose) -> list[tuple[Any, int, float]]:
    return [one for one in prose.kept if one[0] is ancestor or ancestor in one[0].iterancestors()]


def _look(element: Any) -> Look:
    parent = element.getparent()
    names = element.get("class", "").split()
    return (
        element.tag,
        names[0] if names else "",
        "" if parent is None else parent.tag,
        "" if parent is None else parent.get("class", ""),
    )


def _path_of_heading(page: Page) -> set[Any]:
    """Return what the heading of the article stands in."""
    heading = nearby.anchor(page)
    return set() if heading is None else set(heading.iterancestors())


def _ancestry(element: Any) -> list[Any]:
    return [element, *element.iterancestors()]


def _own_text(element: Any) -> tuple[str, int]:
    """Return the text of *element* that is in no other prose element, and how much is linked."""
    parts = [element.text or ""]
    linked = 0
    for child in element:
        tag = child.tag
        if tag == "a":
            text = " ".join("".join(child.itertext()).split())
            linked += len(text)
            parts.append(text)
        elif tag in _INLINE:
            parts.append("".join(child.itertext()))
        elif tag in ("span", "font") and len(child) == 0:
            parts.append(child.text or "")
        parts.append(child.tail or "")
    return " ".join("".join(parts).split()), linked
