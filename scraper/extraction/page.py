"""One parse of a page, and what every field reads from it.

Everything here is looked up once and kept: the tree, its meta values, the
JSON-LD nodes, the microdata properties, the names the site has for itself.
"""

import codecs
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from scraper.extraction import json_ld
from scraper.extraction.css import Index
from scraper.extraction.encoding import decode
from scraper.extraction.errors import NoArticle
from scraper.extraction.wording import key, one_line

# A page larger than this is no news article; parsing it would hold the reactor.
MAX_BYTES = 8_000_000
MAX_ELEMENTS = 40_000
# Counted only where there may be too many.
_SUSPECT = 500_000
# On broken pages half the page is one title.
_LONGEST = 600
_LONGEST_META = 4000

_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_XML_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*>")
_PSEUDO = re.compile(r"::(?:text\b|attr\([^)]*\))")
_MARKED_UP = re.compile(r"<(?:p|br|div|li|h[1-6])\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"::attr\(\s*([\w-]+)\s*\)")
# Between a headline and the site's name.
SEPARATOR = re.compile(r"\s+(?:[|»«›•·~]|-{1,3}|[–—]|::?|\|\|)\s+|\s*[|»]\s*")
_FRAME = ("meta", "link", "script", "title", "h1", "body")
# An attribute found tells its element, at a third of what looking for elements costs.
_PROPERTIES = etree.XPath("//@itemprop")
_READ_PROPERTIES = frozenset(("headline", "author", "datePublished", "dateCreated", "dateModified"))
_BREAKING = frozenset(("br", "p", "div", "li", "td", "h1", "h2", "h3", "tr", "section"))
_UNSEEN = frozenset(("script", "style", "noscript", "template", "svg", "iframe", "object"))


class Page:
    """A parsed page. *tree* is shared by all readers and never changed."""

    def __init__(self, tree: Any, url: str, source: bytes) -> None:
        """Take *tree*, an lxml element made of *source*, as the page at *url*."""
        self.tree = tree
        self.url = url
        self.source = source

    @cached_property
    def frame(self) -> dict[str, list[Any]]:
        """The elements that state something of the page, by tag, found in one pass."""
        found: dict[str, list[Any]] = {tag: [] for tag in _FRAME}
        for element in self.tree.iter(*_FRAME):
            found[element.tag].append(element)
        return found

    @cached_property
    def links(self) -> list[tuple[list[str], str]]:
        """Relations and addresses of the page's link elements."""
        return [
            (link.get("rel", "").lower().split(), link.get("href"))
            for link in self.frame["link"]
            if link.get("href")
        ]

    @cached_property
    def related(self) -> list[Any]:
        """The anchors that state a relation: author, tag, category."""
        return [anchor for anchor in self.tree.iter("a") if anchor.get("rel")]

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """Values of meta elements by lower-case property, name or itemprop."""
        found: dict[str, list[str]] = {}
        for element in self.frame["meta"]:
            content = element.get("content")
            if not content or not content.strip():
                continue
            for attribute in ("property", "name", "itemprop"):
                if name := element.get(attribute):
                    found.setdefault(name.strip().lower(), []).append(
                        content.strip()[:_LONGEST_META]
                    )
        return found

    def meta(self, *names: str) -> str | None:
        """Return the first value of the first of *names* the page states."""
        return next((self.metas[name][0] for name in names if name in self.metas), None)

    @cached_property
    def nodes(self) -> list[dict[str, Any]]:
        """All JSON-LD nodes of the page, graphs and lists laid flat."""
        scripts = (
            script.text or ""
            for script in self.frame["script"]
            if "ld+json" in (script.get("type") or "").lower()
        )
        return json_ld.nodes(scripts)

    @cached_property
    def article(self) -> dict[str, Any]:
        """The JSON-LD node of this page's article; empty where there is none."""
        return json_ld.article(self.nodes, self.url)

    @cached_property
    def microdata(self) -> dict[str, list[Any]]:
        """Elements by itemprop, as far as they are read: those of the page's article or of no scope."""
        return _microdata(self.tree) if b"itemprop" in self.source else {}

    @cached_property
    def index(self) -> Index:
        """The elements of the page by class and id."""
        return Index(self.tree)

    @cached_property
    def site_names(self) -> list[str]:
        """What the site calls itself, as its own metadata has it."""
        stated = [
            *self.metas.get("og:site_name", ()),
            *self.metas.get("application-name", ()),
            *self.metas.get("apple-mobile-web-app-title", ()),
            *self.metas.get("al:android:app_name", ()),
            *(name.lstrip("@") for name in self.metas.get("twitter:site", ())),
            *json_ld.publisher_names(self.nodes),
        ]
        host = host_of(self.url).removeprefix("www.")
        labels = [host, *(label for label in host.split(".")[:-1] if len(label) > 3)]
        # Some state the headline where their name belongs.
        taken = {key(title) for title in self.titles if len(title.split()) > 4}
        named = dict.fromkeys(one_line(name[:_LONGEST]) for name in [*stated, *labels])
        return [name for name in named if name and key(name) not in taken]

    @cached_property
    def added_names(self) -> list[str]:
        """What the titles in the head add to the heading of the page: mostly the site's name."""
        return added_names(self.titles, map(text_of, self.headings))

    @cached_property
    def titles(self) -> list[str]:
        """The titles stated in the head, the site's name still on them."""
        stated = [*self.metas.get("og:title", ()), *self.metas.get("twitter:title", ())]
        stated += [title.text or "" for title in self.frame["title"][:1]]
        return [title for title in (one_line(text[:_LONGEST]) for text in stated) if title]

    @cached_property
    def headings(self) -> list[Any]:
        """The h1 elements that hold text."""
        return [h1 for h1 in self.frame["h1"] if text_of(h1)]

    @cached_property
    def heading(self) -> Any | None:
        """The heading that shows the headline: of several, the one a title in the head repeats."""
        known = [key(title) for title in self.titles]
        for level in ("h1", "h2", "h3"):
            for heading in self.tree.iter(level):
                shown = key(text_of(heading)[:_LONGEST])
                if len(shown) > 10 and any(shown in one or one in shown for one in known if one):
                    return heading
        return self.headings[0] if len(self.headings) == 1 else None

    def select(self, css: str) -> list[Any]:
        """Return the elements *css* selects, in document order."""
        return self.index.select(_PSEUDO.sub("", css), self.tree)

    def values(self, css: str) -> list[str]:
        """Return the texts *css* selects, or attributes where it ends in `::attr(name)`."""
        named = _ATTRIBUTE.search(css)
        found = self.select(css)
        if named:
            return [one_line(one.get(named[1])) for one in found if one.get(named[1])]
        return [text for text in map(text_of, found) if text]

    def absolute(self, address: str) -> str:
        """Return *address* as the page means it; itself where it is no address."""
        stated = address.strip()
        if stated.startswith(("https://", "http://")):
            return stated
        try:
            return urljoin(self.url, stated)
        except ValueError:
            return stated


def parse(body: bytes, *, url: str, charset: str | None = None) -> Page:
    """Return *body* parsed as the page at *url*.

    Raises NoArticle (`empty`, `too_large`, `not_html`) where there is nothing
    to parse; broken markup is repaired as far as the parser can.
    """
    if len(body) > MAX_BYTES:
        raise NoArticle("too_large")
    text = _utf8(body, charset).translate(None, _CONTROLS)
    if not text.strip():
        raise NoArticle("empty")
    if b"<" not in text:
        raise NoArticle("not_html")
    try:
        tree = etree.fromstring(_XML_DECLARATION.sub(b"", text), parser=html_parser())
    except etree.XMLSyntaxError as error:
        raise NoArticle("not_html") from error
    if tree is None:
        raise NoArticle("not_html")
    if len(text) > _SUSPECT and tree.xpath("count(//*)") > MAX_ELEMENTS:
        raise NoArticle("too_large")
    return Page(tree, url, text)


def _utf8(body: bytes, charset: str | None) -> bytes:
    """Return *body* in UTF-8; most pages are already."""
    marked = body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not marked and _is_utf8(body):
        return body
    return decode(body, charset).encode("utf-8", "ignore")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def host_of(url: str) -> str:
    """Return the host of *url*, or nothing where it is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def fragment(content: str) -> Any:
    """Return *content*, HTML without a page around it, parsed inside one element.

    Where it has no markup of its own, its lines are its paragraphs.
    """
    if not _MARKED_UP.search(content):
        content = content.replace("\n", "<br><br>")
    try:
        tree = etree.fromstring(b"<div>" + xml_legal(content) + b"</div>", parser=html_parser())
    except etree.XMLSyntaxError:
        tree = None
    return etree.Element("div") if tree is None else tree


def html_parser() -> Any:
    """Return a parser of UTF-8 HTML that repairs what it can.

    Its depth limit is off: it would cut off what follows badly closed markup.
    The table of ids is not kept: filling it costs a seventh of the parse.
    """
    return etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False
    )


def xml_legal(text: str) -> bytes:
    """Return *text* in UTF-8 without the control characters no document may hold."""
    return text.encode("utf-8", "ignore").translate(None, _CONTROLS)


def text_of(element: Any, *, longest: int | None = None) -> str:
    """Return the visible text of *element* as one line, words kept apart.

    Who has no use for more than *longest* letters says so; of a longer text
    comes back more than that, but not all.

    >>> text_of(etree.fromstring("<h1>شرق<br/>الفرات</h1>"))
    'شرق الفرات'
    """
    # Of a text a little is looked at, with room for its white space.
    bound = None if longest is None else 8 * longest
    if len(element) == 0:
        return one_line((element.text or "")[:bound])
    parts: list[str] = []
    letters = 0
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        tag = node.tag
        if event == "start":
            if tag in _UNSEEN:
                walk.skip_subtree()
                continue
            text = node.text
        elif node is element:
            break
        else:
            text = node.tail
        if tag in _BREAKING:
            parts.append(" ")
        if text:
            text = text[:bound]
            parts.append(text)
            if longest is not None:
                letters += len(one_line(text))
                if letters > longest:
                    break
    return one_line("".join(parts))


def added_names(titles: Iterable[str], headings: Iterable[str]) -> list[str]:
    """Return what *titles* add to a heading of the page: the site's name.

    >>> added_names(["المدينة نيوز - فيضان الفرات يغمر القرى"], ["فيضان الفرات يغمر القرى"])
    ['المدينة نيوز']
    """
    shown = {key(heading) for heading in headings}
    found: list[str] = []
    for title in titles:
        for cut in SEPARATOR.finditer(title):
            before, after = title[: cut.start()], title[cut.end() :]
            found += [after] if key(before) in shown else [before] if key(after) in shown else []
    return [name for name in found if 0 < len(name) <= 60]


def _microdata(tree: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    first_scope: Any = None
    for stated in _PROPERTIES(tree):
        names = _READ_PROPERTIES.intersection(stated.split())
        if not names:
            continue
        element = stated.getparent()
        scope = _scope(element)
        if scope is not None:
            kind = (scope.get("itemtype") or "").rsplit("/", 1)[-1]
            if kind.endswith(("Article", "Posting")):
                first_scope = scope if first_scope is None else first_scope
                if scope is not first_scope:
                    continue
            elif kind and kind not in {"WebPage", "ItemPage", "CreativeWork", "Thing"}:
                continue
        for name in names:
            found.setdefault(name, []).append(element)
    return found


def _scope(element: Any) -> Any:
    node = element.getparent()
    while node is not None and "itemscope" not in node.attrib:
        node = node.getparent()
    return node
