"""The container of a page nobody has described: where the prose is.

Paragraph-like elements vote for their parents by length and punctuation. The
winner is widened to the ancestor that holds the paragraphs looking just like
its own - same tag, class and parent's class - which is how pages that wrap
every paragraph are read whole without taking in teasers and comments.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from scraper.extraction import clutter
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
# So much of the page's paragraphs, at least so many and so long, need no weighing.
_OBVIOUS = 0.88
_SEVERAL = 4
_ENOUGH = 700
_LONG = 100
_BAD = re.compile(
    r"comment|disqus|replies|sidebar|side-bar|related|relation|footer|menu|widget|recommend|popular|trending|"
    r"newsletter|promo|banner|cookie|consent|gdpr|modal|login|signup|outbrain|taboola|most-read|mostread|"
    r"breadcrumb|share|social|sponsor|teaser|tooltip|dialog|subscribe|masthead|topbar|navbar|author-bio|"
    r"more-stories|next-article|read-next|readmore|latest-?news|also-like|carousel|slider|ticker"
)
# Tag and first class of an element and of its parent.
Look = tuple[str, str, str, str]

# Links and emphasis nested without end are cut off here.
_PIECES = 200
_WIDEST = 6
# What stands in one article element with the heading counts this much more.
_NEAR = 1.6


@dataclass(slots=True)
class _Piece:
    """A paragraph-like element: its letters, its vote, what it stands in."""

    element: Any
    letters: int
    vote: float
    path: list[Any]


class _Prose:
    """The paragraphs of a page, and how much of them each element holds."""

    def __init__(self, page: Page) -> None:
        self.held: dict[Any, int] = defaultdict(int)
        self._paths: dict[Any, list[Any]] = {}
        self.found = [
            piece for element in page.tree.iter(*_PROSE_TAGS) if (piece := self._weigh(element))
        ]
        self.total = sum(piece.letters for piece in self.found) or 1
        heading = page.heading
        self.heading_path = set() if heading is None else set(heading.iterancestors())
        self.around_text = self._around_text()
        self._known: dict[Any, bool] = {}
        self.kept = [piece for piece in self.found if not any(map(self._is_bad, piece.path))]

    def is_near(self, piece: _Piece) -> bool:
        """Tell whether *piece* shares an article element with the heading."""
        return any(one.tag == "article" and one in self.heading_path for one in piece.path)

    def within(self, ancestor: Any) -> list[_Piece]:
        """Return the pieces kept that *ancestor* holds."""
        return [piece for piece in self.kept if ancestor in piece.path]

    def _weigh(self, element: Any) -> _Piece | None:
        text, linked = _own_text(element)
        if len(text) < _LEAST:
            return None
        vote = min(len(text) / 100, 6) + len(_COMMAS.findall(text)) / 2 + 1
        if element.tag in ("h2", "h3", "h4", "li"):
            vote /= 4
        parent = element.getparent()
        above = self._paths.get(parent)
        if above is None:
            above = self._paths[parent] = [] if parent is None else _ancestry(parent)
        path = [element, *above]
        if any(one.tag == "a" for one in above):
            linked = len(text)
        for one in path:
            self.held[one] += len(text) - linked
        return _Piece(element, len(text), vote * (1 - min(1.0, linked / len(text))), path)

    def _around_text(self) -> set[Any]:
        """Return what stands around elements that are named as the article's text and hold some."""
        long = Counter(p.element.getparent() for p in self.found if p.letters > _LONG)
        named = (one for one, count in long.items() if count > 1 and clutter.text_element(one))
        return {ancestor for one in named for ancestor in one.iterancestors()}

    def _is_bad(self, element: Any) -> bool:
        known = self._known.get(element)
        if known is None:
            known = self._known[element] = self._judge(element)
        return known

    def _judge(self, element: Any) -> bool:
        tag, attributes = element.tag, element.attrib
        if tag in clutter.DROPPED:
            return element not in self.heading_path
        if not attributes or tag in ("html", "body", "article", "main"):
            return False
        names = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        if not _bad_names(names) or element in self.heading_path:
            return False
        if clutter.names_remarks(names):
            return True
        return element not in self.around_text and self.held[element] <= self.total / 2


@lru_cache(maxsize=8192)
def _bad_names(names: str) -> bool:
    plain = clutter.plain_names(names)
    if _BAD.search(plain) is None:
        return False
    return clutter.names_remarks(plain) or not clutter.names_text(names)


def container(page: Page) -> Any | None:
    """Return the element that holds the page's prose, or None where there is none."""
    obvious = _obvious(page)
    return _densest(page) if obvious is None else obvious


def _obvious(page: Page) -> Any | None:
    """Return the parent of nearly all paragraphs of the page, where there is one.

    Most pages are so; the others are weighed element by element.
    """
    held: dict[Any, list[int]] = defaultdict(list)
    for paragraph in page.tree.iter("p"):
        text, linked = _own_text(paragraph)
        if len(text) > _LEAST and linked * 2 < len(text):
            held[paragraph.getparent()].append(len(text))
    if not held:
        return None
    parent, letters = max(held.items(), key=lambda one: sum(one[1]))
    most = sum(letters) > _OBVIOUS * sum(map(sum, held.values()))
    if len(letters) < _SEVERAL or sum(letters) < _ENOUGH or not most:
        return None
    return None if any(map(_is_remarks, _ancestry(parent))) else parent


def _is_remarks(element: Any) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')}"
    framed = element.tag in ("html", "body", "article", "main")
    return not framed and clutter.names_remarks(names) and not clutter.names_text(names)


def _densest(page: Page) -> Any | None:
    """Return the element the paragraphs of the page vote for."""
    prose = _Prose(page)
    scores: dict[Any, float] = defaultdict(float)
    for piece in prose.kept:
        vote = piece.vote * (_NEAR if prose.is_near(piece) else 1)
        share = vote
        if piece.element.tag not in ("p", "li", "h2", "h3", "h4", "span"):
            scores[piece.element] += vote
        for parent in piece.path[1:4]:
            if share < vote and parent.tag in ("html", "body"):
                break
            scores[parent] += share
            if parent.tag == "article":
                # What holds several articles is a list of them.
                break
            share /= 2.5
    if not scores:
        return None
    best = max(scores, key=lambda one: scores[one])
    return _widened(best, prose)


def _widened(best: Any, prose: _Prose) -> Any:
    """Return *best* or the ancestor that holds more paragraphs of the same look."""
    inner = prose.within(best)
    looks = {_look(piece.element) for piece in inner if piece.letters > 60}
    chosen, held = best, sum(piece.letters for piece in inner)
    for ancestor in list(best.iterancestors())[:_WIDEST]:
        if ancestor.tag in ("body", "html"):
            break
        series = loose = 0
        for piece in prose.within(ancestor):
            look, direct = _look(piece.element), piece.element.getparent() is ancestor
            like = any(look == one or (look[1] and look[:2] == one[:2]) for one in looks)
            series += piece.letters * like
            # Bare paragraphs standing in the ancestor itself look like any others.
            loose += piece.letters * (
                like or (direct and any(look[:2] == one[:2] for one in looks))
            )
        if series > held * 1.12 or loose > held * 1.3:
            chosen, held = ancestor, max(series, loose)
    return chosen


def _look(element: Any) -> Look:
    parent = element.getparent()
    if parent is None:
        return (element.tag, _first_class(element), "", "")
    # Articles of a list differ in later classes; parts of one article in none that matter.
    whole = parent.tag == "article"
    above = parent.get("class", "") if whole else _first_class(parent)
    return (element.tag, _first_class(element), parent.tag, above)


def _first_class(element: Any) -> str:
    names: list[str] = (element.get("class") or "").split(None, 1)
    return names[0] if names else ""


def _ancestry(element: Any) -> list[Any]:
    return [element, *element.iterancestors()]


def _own_text(element: Any) -> tuple[str, int]:
    """Return the text of *element* that is in no other prose element, and how much is linked.

    Less than is ever weighed comes back as nothing.
    """
    first = element.text
    if len(element) == 0:
        return (_joined(first), 0) if first and len(first) >= _LEAST else ("", 0)
    parts = [first] if first else []
    linked = 0
    for child in element:
        tag = child.tag
        if tag == "a":
            text = (child.text or "") if len(child) == 0 else _pieces(child)
            linked += len(_joined(text))
            parts.append(text)
        elif tag in _INLINE:
            parts.append((child.text or "") if len(child) == 0 else _pieces(child))
        elif tag in ("span", "font") and len(child) == 0:
            parts.append(child.text or "")
        if tail := child.tail:
            parts.append(" " if tail.isspace() else tail)
    whole = "".join(parts)
    return (_joined(whole), linked) if len(whole) >= _LEAST else ("", linked)


def _pieces(element: Any) -> str:
    return "".join(islice(element.itertext(), _PIECES))


def _joined(text: str) -> str:
    return " ".join(text.split())
