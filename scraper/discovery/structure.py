"""Which links of an unknown page lead to articles: found by how the page is built.

Articles stand in a list: many links in the same place of the same markup, with the
length of a headline, to addresses of one shape. Menus have short words, and cards for
"read on" none.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from scraper.discovery.entries import Announcement, Entry, absolute
from scraper.discovery.listing import base_of, headline_of, page_of

# A headline has so many letters and words, a menu's word has not.
SHORTEST = 20
FEWEST_WORDS = 3
# So many make a list.
FEWEST = 3
# Of the links of a list so many have a headline, and of addresses so many have one shape.
MOST = 0.6
# And so few of the others may have it, too.
FEW = 0.2

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_ASIDE = {"nav", "footer", "aside", "form"}
_MENU = re.compile(
    r"(?:^|[-_ ])(?:nav|menu|navbar|breadcrumbs?|footer|social|share)(?:$|[-_ ])", re.IGNORECASE
)
_NO_ARTICLE = re.compile(
    r"/(?:category|tag|author|page|topics?|about|contact|privacy\S*|wp-\w+|feed|search)(?:/|$)"
    r"|/(?:تصنيف|وسم|كاتب|من-نحن|اتصل-بنا)(?:/|$)",
    re.IGNORECASE,
)
# How lists count their pages, and how much the count grows.
_COUNTED = (
    re.compile(r"(?P<before>.*/page/)(?P<number>\d+)(?P<after>/?(?:\?.*)?)"),
    re.compile(
        r"(?P<before>.*[?&](?:page|paged|pg|p|start|limitstart)=)(?P<number>\d+)(?P<after>(?:&.*)?)"
    ),
)
_CLASS = re.compile(r"[A-Za-z][\w-]*")


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list counts its pages, as a site file states it."""

    url: str
    first_page: int = 1
    page_step: int = 1


@dataclass(slots=True)
class Structure:
    """What a page turned out to be."""

    entries: list[Entry] = field(default_factory=list)
    # Which elements the links lie in, as CSS, and the shape of their addresses.
    links: str | None = None
    article_url: str | None = None
    pages: Pages | None = None


@dataclass(slots=True)
class _Link:
    url: str
    headline: str
    place: str
    aside: bool

    @property
    def telling(self) -> bool:
        return len(self.headline) >= SHORTEST and len(self.headline.split()) >= FEWEST_WORDS


def find(
    body: bytes, *, url: str, owns: Callable[[str], bool], charset: str | None = None
) -> Structure:
    """Return the list of articles on the page *body*, empty where it has none.

    *owns* tells the site's own addresses. Raises RouteError where *body* is no page.
    """
    page = page_of(body, charset)
    base = base_of(page, url)
    links = [link for link in _links(page, base) if link.url != url and owns(link.url)]
    groups: dict[str, list[_Link]] = {}
    for link in links:
        if not link.aside:
            groups.setdefault(link.place, []).append(link)
    best = max(groups.values(), key=_score, default=[])
    if not _score(best):
        return Structure()
    shape = _shape(best, [link for link in links if link.place != best[0].place])
    chosen = best if shape is None else [li for li in links if re.search(shape, _path(li.url))]
    return Structure(
        entries=_entries(chosen),
        links=best[0].place,
        article_url=shape,
        pages=_pages(page, base, owns),
    )


def read(body: bytes, *, url: str, owns: Callable[[str], bool]) -> Announcement:
    """Return the articles of the list on the page *body*, as a route announces them."""
    return Announcement(entries=find(body, url=url, owns=owns).entries)


def _links(page: Any, base: str) -> Iterator[_Link]:
    for element in page.iter("a"):
        url = absolute(base, element.get("href"))
        if url is None or urlsplit(url).path in {"", "/"} or _NO_ARTICLE.search(_path(url)):
            continue
        yield _Link(url, headline_of(element) or "", _place(element), _is_aside(element))


def _is_aside(element: Any) -> bool:
    inside = list(element.iterancestors())
    article = any(one.tag == "article" for one in inside)
    return any(
        one.tag in _ASIDE
        or (one.tag == "header" and not article)
        or _MENU.search(f"{one.get('class') or ''} {one.get('id') or ''}")
        for one in inside
        if isinstance(one.tag, str) and one.tag not in {"body", "html"}
    )


def _place(element: Any) -> str:
    """Return where a link stands, as CSS: in its heading, or in the nearest element with a class."""
    for heading in element.iter(*_HEADINGS):
        # A heading in a link stands for it.
        return _named(heading)
    above = next(element.iterancestors(), None)
    if above is not None and above.tag in _HEADINGS:
        return f"{_named(above)} a"
    own = _CLASS.fullmatch((element.get("class") or "").partition(" ")[0])
    if own:
        return f"a.{own[0]}"
    for one in element.iterancestors():
        if isinstance(one.tag, str) and "." in _named(one):
            return f"{_named(one)} a"
    return "a"


def _named(element: Any) -> str:
    first = _CLASS.fullmatch((element.get("class") or "").strip().partition(" ")[0])
    return f"{element.tag}.{first[0]}" if first else str(element.tag)


def _score(group: Sequence[_Link]) -> int:
    """Return how much a group of links looks like a list of articles; 0 where it does not."""
    headlines = {link.url: link.headline for link in group if link.telling}
    if len(headlines) < FEWEST or len(headlines) < MOST * len({link.url for link in group}):
        return 0
    return sum(min(len(headline), 120) for headline in headlines.values())


def _entries(links: Sequence[_Link]) -> list[Entry]:
    headlines: dict[str, str] = {}
    for link in links:
        if len(link.headline) >= len(headlines.get(link.url, "")):
            headlines[link.url] = link.headline
    return [Entry(url=url, headline=headline or None) for url, headline in headlines.items()]


def _path(url: str) -> str:
    parts = urlsplit(url)
    query = f"?{unquote(parts.query)}" if parts.query else ""
    return f"{unquote(parts.path)}{query}"


def _shape(articles: Sequence[_Link], others: Sequence[_Link]) -> str | None:
    """Return the regular expression that the addresses of articles fit and the others do not."""
    paths = list(dict.fromkeys(_path(link.url) for link in articles))
    shapes = Counter(shape for shape in map(_numbers_of, paths) if shape)
    if not shapes:
        return None
    shape, _ = shapes.most_common(1)[0]
    fits = [path for path in paths if re.search(shape, path)]
    apart = {_path(link.url) for link in others if not link.telling} - set(paths)
    strays = [path for path in apart if re.search(shape, path)]
    if len(fits) < MOST * len(paths) or len(strays) > FEW * max(len(apart), 1):
        return None
    return shape


def _numbers_of(path: str) -> str | None:
    r"""Return the shape of an address by its numbers; None where it has none.

    >>> _numbers_of("/2026/11/23/خبر/"), _numbers_of("/archives/12345")
    ('^/\\d{4}/\\d{2}/\\d{2}/', '^/archives/\\d+')
    >>> _numbers_of("/politics/5201650-slug"), _numbers_of("/news/slug/")
    ('^/[^/]+/\\d+-', None)
    """
    shape, found = "", ""
    for segment in path.partition("?")[0].strip("/").split("/"):
        if re.fullmatch(r"(?:19|20)\d\d|\d\d", segment):
            shape += rf"/\d{{{len(segment)}}}"
            found = f"{shape}/"
        elif segment.isdecimal():
            shape += r"/\d+"
            found = shape
        elif re.match(r"\d{3,}-", segment):
            shape += r"/\d+-"
            found = shape
        elif re.search(r"-\d{3,}$", segment):
            shape += r"/[^/]+-\d+"
            found = shape
        elif re.fullmatch(r"archives?|news|articles?|posts?|story|node", segment):
            shape += f"/{segment}"
        else:
            shape += "/[^/]+"
    return f"^{found}" if found else None


def _pages(page: Any, base: str, owns: Callable[[str], bool]) -> Pages | None:
    """Return how the list counts its pages: from its link to the next one."""
    hrefs = [el.get("href") for el in page.iter("a", "link") if "next" in (el.get("rel") or "")]
    hrefs += [
        el.get("href") for el in page.iter("a") if re.search(r"\bnext\b", el.get("class") or "")
    ]
    stated = len(hrefs)
    hrefs += [el.get("href") for el in page.iter("a")]
    for place, href in enumerate(hrefs):
        url = absolute(base, href)
        if url is None or not owns(url) or "{" in url:
            continue
        for counted in _COUNTED:
            found = counted.fullmatch(url)
            if found and (place < stated or found["number"] == "2"):
                return _counting(found)
    return None


def _counting(found: "re.Match[str]") -> Pages:
    number = int(found["number"])
    url = f"{found['before']}{{page}}{found['after']}"
    # The second page is 2, or 1 where the first is 0, or 10 where articles are counted.
    if number == 2:
        return Pages(url)
    return Pages(url, first_page=0, page_step=max(number, 1))
