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
# What is read as part of the text it stands in, and what is where it holds nothing but text.
_INNER = frozenset(
    (
        "a", "b", "strong", "em", "i", "u", "br", "sup", "sub", "q", "mark", "small", "abbr",
        "cite", "s",
    )
)  # fmt: skip
_LEAVES = frozenset(("span", "font"))
_FRAMES = ("nav", "aside", "footer", "figure", "dialog", "menu")
# These may be called anything.
_WHOLE = frozenset(("html", "body", "article", "main"))
_LEAST = 25
# So much of the page's paragraphs, at least so many and so long, need no weighing.
_OBVIOUS = 0.88
# So much is enough where nothing else looks like it.
_PLAIN = 0.75
# At least so much of all there is, menus and comments included.
_MOST = 0.5
_SEVERAL = 3
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
_LETTERS = 4_000
_WIDEST = 6
# What stands in one article element with the heading counts this much more.
_NEAR = 1.6


@dataclass(slots=True)
class _Place:
    """What paragraphs stand in: an element, those around it, what is known of them all."""

    path: list[Any]
    linked: bool
    # Whether an article element around it is around the heading, too.
    near: bool
    # Whether something of it is no part of an article; None until somebody asks.
    bad: bool | None = None


@dataclass(slots=True)
class _Piece:
    """A paragraph-like element: its letters, its vote, where it stands."""

    element: Any
    letters: int
    vote: float
    place: _Place

    def is_in(self, ancestor: Any) -> bool:
        return self.element is ancestor or ancestor in self.place.path


class _Prose:
    """The paragraphs of a page, and how much of them each element holds."""

    def __init__(self, page: Page) -> None:
        heading = page.heading
        self.heading_path = set() if heading is None else set(heading.iterancestors())
        self.held: dict[Any, int] = defaultdict(int)
        self._places: dict[Any, _Place] = {}
        self._known: dict[Any, bool] = {}
        self.found: list[_Piece] = []
        framing = self._framing(page)
        for element in page.tree.iter(*_PROSE_TAGS):
            if element in framing or (len(element) == 0 and len(element.text or "") < _LEAST):
                continue
            text, linked = _own_text(element)
            if len(text) >= _LEAST:
                self.found.append(self._weigh(element, text, linked))
        self.total = sum(piece.letters for piece in self.found) or 1
        self.around_text = self._around_text()
        self.kept = [piece for piece in self.found if not self._is_out(piece)]

    def within(self, ancestor: Any) -> list[_Piece]:
        """Return the pieces kept that *ancestor* holds."""
        return [piece for piece in self.kept if piece.is_in(ancestor)]

    def _framing(self, page: Page) -> set[Any]:
        """Return what stands in menus, asides and the like, unless the heading does."""
        found: set[Any] = set()
        for outer in page.tree.iter(*_FRAMES):
            if outer not in found and outer not in self.heading_path:
                found.update(outer.iter())
        return found

    def _weigh(self, element: Any, text: str, linked: int) -> _Piece:
        letters = len(text)
        vote = min(letters / 100, 6) + len(_COMMAS.findall(text)) / 2 + 1
        if element.tag in ("h2", "h3", "h4", "li") or _is_teaser(element):
            vote /= 4
        place = self._place(element.getparent())
        unlinked = 0 if place.linked else letters - linked
        self.held[element] += unlinked
        for one in place.path:
            self.held[one] += unlinked
        return _Piece(element, letters, vote * max(0.0, unlinked / letters), place)

    def _place(self, parent: Any) -> _Place:
        place = self._places.get(parent)
        if place is None:
            path = [] if parent is None else _ancestry(parent)
            near = any(one.tag == "article" and one in self.heading_path for one in path)
            place = _Place(path, any(one.tag == "a" for one in path), near)
            self._places[parent] = place
        return place

    def _around_text(self) -> set[Any]:
        """Return what stands around elements that are named as the article's text and hold some."""
        long = Counter(p.element.getparent() for p in self.found if p.letters > _LONG)
        named = (one for one, count in long.items() if count > 1 and clutter.text_element(one))
        return {ancestor for one in named for ancestor in one.iterancestors()}

    def _is_out(self, piece: _Piece) -> bool:
        """Tell whether *piece*, or anything around it, is no part of an article."""
        place = piece.place
        if place.bad is None:
            place.bad = any(map(self._is_bad, place.path))
        return place.bad or self._is_bad(piece.element)

    def _is_bad(self, element: Any) -> bool:
        known = self._known.get(element)
        if known is None:
            known = self._known[element] = self._judge(element)
        return known

    def _judge(self, element: Any) -> bool:
        tag, attributes = element.tag, element.attrib
        if tag in clutter.DROPPED:
            return element not in self.heading_path
        if not attributes or tag in _WHOLE:
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
    own = sum(letters)
    whole = sum(map(sum, held.values()))
    if len(letters) < _SEVERAL or own < _ENOUGH or own < _MOST * whole:
        return None
    above = _ancestry(parent)
    if own > _OBVIOUS * whole:
        return None if any(map(_is_remarks, above)) else parent
    # What stands in menus, boxes and among comments is nobody's rival.
    known: dict[Any, bool] = {}
    if any(_is_framing(one, known) for one in above):
        return None
    rivals = [
        other
        for other in held
        if other is not parent and not any(_is_framing(one, known) for one in _ancestry(other))
    ]
    rest = sum(sum(held[other]) for other in rivals)
    if own > _OBVIOUS * (own + rest):
        return parent
    # What looks like it may be another part of the same article.
    alone = all(_class_of(other) != _class_of(parent) for other in rivals)
    return parent if alone and own > _PLAIN * (own + rest) else None


def _is_framing(element: Any, known: dict[Any, bool]) -> bool:
    """Tell whether tag or names of *element* say that it is no part of an article."""
    framing = known.get(element)
    if framing is None:
        names = f"{element.get('class', '')} {element.get('id', '')}"
        whole = element.tag in _WHOLE
        framing = element.tag in clutter.DROPPED or (not whole and _bad_names(names))
        known[element] = framing
    return framing


def _is_remarks(element: Any) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return (
        element.tag not in _WHOLE and clutter.names_remarks(names) and not clutter.names_text(names)
    )


def _densest(page: Page) -> Any | None:
    """Return the element the paragraphs of the page vote for."""
    prose = _Prose(page)
    scores: dict[Any, float] = defaultdict(float)
    for piece in prose.kept:
        near = piece.place.near or (
            piece.element.tag == "article" and piece.element in prose.heading_path
        )
        vote = piece.vote * (_NEAR if near else 1)
        share = vote
        if piece.element.tag not in ("p", "li", "h2", "h3", "h4", "span"):
            scores[piece.element] += vote
        for parent in piece.place.path[:3]:
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


def _is_teaser(element: Any) -> bool:
    """Tell whether *element* stands under a heading that is a link: to the article it announces."""
    above = element.getprevious()
    if above is None or above.tag not in ("h2", "h3", "h4", "h5"):
        return False
    links = sum(len(link.text or "") for link in above.iter("a"))
    return links > 0 and not (above.text or "").strip()


def _look(element: Any) -> Look:
    parent = element.getparent()
    if parent is None:
        return (element.tag, _first_class(element), "", "")
    # Articles of a list differ in later classes; parts of one article in none that matter.
    whole = parent.tag == "article"
    above = parent.get("class", "") if whole else _first_class(parent)
    return (element.tag, _first_class(element), parent.tag, above)


def _class_of(element: Any) -> tuple[str, str]:
    return element.tag, element.get("class") or ""


def _first_class(element: Any) -> str:
    names: list[str] = (element.get("class") or "").split(None, 1)
    return names[0] if names else ""


def _ancestry(element: Any) -> list[Any]:
    return [element, *element.iterancestors()]


def _own_text(element: Any) -> tuple[str, int]:
    """Return the text of *element* that is in no other prose element, and how much is linked.

    Less than is ever weighed comes back as nothing.
    """
    parts = [element.text or ""]
    linked = 0
    for child in element:
        tag = child.tag
        if tag in _INNER:
            text = (child.text or "") if len(child) == 0 else _pieces(child)
            parts.append(text)
            if tag == "a":
                linked += len(_joined(text[:_LETTERS]))
        elif len(child) == 0 and tag in _LEAVES:
            parts.append(child.text or "")
        parts.append(child.tail or "")
    whole = "".join(parts)
    if len(whole) < _LEAST or whole.isspace():
        return "", linked
    return _joined(whole), linked


def _pieces(element: Any) -> str:
    parts, letters = [], 0
    for piece in islice(element.itertext(), _PIECES):
        parts.append(piece)
        letters += len(piece)
        # Of a thousand links within links each has the text of all.
        if letters > _LETTERS:
            break
    return "".join(parts)


def _joined(text: str) -> str:
    return " ".join(text.split())
