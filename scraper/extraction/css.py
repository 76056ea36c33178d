"""CSS selectors on a page: which elements they select.

Themes and sites name their elements by tag, class and id, one inside another. Such
selectors are answered from an index of the page's classes and ids, at a fraction of
what XPath costs; all others by XPath.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml.cssselect import CSSSelector

_PART = r"(?:[a-z][a-z0-9]*)?(?:[.#][\w-]+)+|[a-z][a-z0-9]*"
_PLAIN = re.compile(rf"\s*(?:{_PART})(?:(?:\s*>\s*|\s+)(?:{_PART}))*\s*")
_STEP = re.compile(rf"(?P<child>>\s*)?(?P<part>{_PART})")
_NAMED = re.compile(r"[.#][\w-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a selector; *child* where it must be the parent's own."""

    tag: str
    names: frozenset[str]
    child: bool

    def fits(self, element: Any) -> bool:
        """Tell whether tag, classes and id of *element* are those asked for."""
        if self.tag and element.tag != self.tag:
            return False
        return not self.names or self.names <= _names(element.get("class"), element.get("id"))


class Index:
    """The elements of *tree* by class and id."""

    def __init__(self, tree: Any) -> None:
        """Read every class and id of *tree* once."""
        self.tree = tree
        self.named: dict[str, list[Any]] = defaultdict(list)
        for element in tree.iter():
            if classes := element.get("class"):
                for name in classes.split():
                    self.named[f".{name}"].append(element)
            if identity := element.get("id"):
                self.named[f"#{identity}"].append(element)

    def select(self, css: str, container: Any) -> list[Any]:
        """Return the elements of *container* that *css* selects, in document order."""
        parts = plain(css)
        if parts is None:
            found: list[Any] = selector(css)(container)
            return found
        # Most selectors of a theme name a class this page does not have.
        if any(name not in self.named for part in parts for name in part.names):
            return []
        found = [one for one in self._last(parts) if _ends(one, parts, container)]
        return list(dict.fromkeys(found))

    def _last(self, parts: tuple[Part, ...]) -> Iterable[Any]:
        """Return elements in document order, among them all that *parts* can end in."""
        named = [names for part in parts if (names := part.names)]
        if not named:
            listed: Iterator[Any] = self.tree.iter(parts[-1].tag)
            return listed
        rarest = min((self.named[name] for name in named[-1]), key=len)
        if parts[-1].names:
            return rarest
        # A page has hundreds of links and few of them inside what a selector names.
        return dict.fromkeys(one for outer in rarest for one in outer.iter(parts[-1].tag))


@lru_cache(maxsize=1024)
def selector(css: str) -> Any:
    """Return *css* compiled. Raises cssselect's SelectorError for what is no selector."""
    return CSSSelector(css, translator="html")


@lru_cache(maxsize=1024)
def plain(css: str) -> tuple[Part, ...] | None:
    """Return the parts of *css* where it has but tags, classes and ids; else None.

    >>> [part.tag for part in plain("#the-post > div.entry p")], plain("a[href], p")
    (['', 'div', 'p'], None)
    """
    if not _PLAIN.fullmatch(css):
        return None
    return tuple(
        Part(
            re.split("[.#]", step["part"], maxsplit=1)[0],
            frozenset(_NAMED.findall(step["part"])),
            step["child"] is not None,
        )
        for step in _STEP.finditer(css)
    )


# The pages of a site say the same of their elements over and over.
@lru_cache(maxsize=4096)
def _names(classes: str | None, identity: str | None) -> frozenset[str]:
    return frozenset((f"#{identity}", *(f".{name}" for name in (classes or "").split())))


def _ends(element: Any, parts: tuple[Part, ...], top: Any) -> bool:
    """Tell whether *element* is what *parts* end in, all of them inside *top*."""
    if not parts[-1].fits(element):
        return False
    return _stands_in(element, parts, top) and (
        top.getparent() is None or element is top or top in element.iterancestors()
    )


def _stands_in(element: Any, parts: tuple[Part, ...], top: Any) -> bool:
    if len(parts) == 1:
        return True
    while element is not top and (element := element.getparent()) is not None:
        if parts[-2].fits(element) and _stands_in(element, parts[:-1], top):
            return True
        if parts[-1].child:
            return False
    return False
