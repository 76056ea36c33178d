"""RSS 0.9x, 1.0, 2.0 and Atom, as sent → what they announce."""

import html
import re
from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from scraper.catalogue import Route, Site
from scraper.discovery import markup, paging
from scraper.discovery.entries import (
    Announcement,
    Entry,
    Problems,
    absolute,
    distinct,
    plain,
    written,
)
from scraper.discovery.errors import RouteError
from scraper.discovery.instants import Clock

# No feed is longer; one that is has been made to be.
MAX_ENTRIES = 2_000

# Excerpts are shorter; whether what is longer is the full text, the page tells.
LONG = 600

_PREFIXES = {
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss2": "",
    "http://www.w3.org/2005/Atom": "atom:",
    "http://purl.org/atom/ns#": "atom:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
}

Children = dict[str, list[Any]]


def read(body: bytes, *, url: str, route: Route, site: Site, now: datetime) -> Announcement:
    """Return the entries of the feed *body*, fetched from *url*.

    An empty feed has no entries and a problem. Entries without an address on
    the site's hosts are left out and counted among the problems. Raises
    RouteError where *body* is no feed.
    """
    root, mended = markup.parse(body, reason="not_a_feed")
    if markup.name(root).lower() not in {"rss", "rdf", "feed"}:
        raise RouteError("not_a_feed", f"the answer is <{markup.name(root)}>, not a feed")
    problems = Problems()
    reader = _Reader(root, url, route, site, Clock(site.timezone, now, problems), problems)
    entries = reader.entries()
    if not entries:
        problems.note("the feed announces nothing")
    return Announcement(
        entries=entries,
        next_url=reader.next_url() if entries else None,
        problems=mended + problems.lines(),
        mended=bool(mended),
    )


def _children(element: Any) -> Children:
    """Return the child elements by name, with the usual prefix of the namespaces known here."""
    found: Children = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        namespace, _, local = child.tag.rpartition("}")
        prefix = _PREFIXES.get(namespace[1:], None if namespace else "")
        if prefix is not None:
            found.setdefault(prefix + local, []).append(child)
    return found


def _first(children: Children, *names: str) -> str | None:
    """Return the first text that is not blank, by the order of *names*."""
    for name in names:
        for element in children.get(name, ()):
            if said := markup.text(element):
                return said
    return None


class _Reader:
    """Reads one feed."""

    def __init__(
        self, root: Any, url: str, route: Route, site: Site, clock: Clock, problems: Problems
    ) -> None:
        self._url, self._route, self._site = url, route, site
        self._clock, self._problems = clock, problems
        channels = [child for child in root if markup.name(child) == "channel"]
        self._items = [
            element for element in root.iter() if markup.name(element) in {"item", "entry"}
        ]
        self._channel = _children(channels[0] if channels else root)
        home = absolute(url, _first(self._channel, "link"))
        self._base = home if home and site.owns(home) else url

    def entries(self) -> list[Entry]:
        """Return the entries in the order of the feed, each address once."""
        if len(self._items) > MAX_ENTRIES:
            self._problems.note(f"more than {MAX_ENTRIES} entries; the first are read")
        items = [(item, _children(item)) for item in self._items[:MAX_ENTRIES]]
        found = [self._entry(item, children) for item, children in items]
        entries = distinct([entry for entry in found if entry is not None])
        shared = Counter(alias for entry in entries for alias in entry.aliases)
        for entry in entries:
            # A guid many entries share names none of them.
            entry.aliases = [alias for alias in entry.aliases if shared[alias] == 1]
        if any(count > 1 for count in shared.values()):
            self._problems.note("one guid for several entries")
        return entries

    def _entry(self, item: Any, children: Children) -> Entry | None:
        base = absolute(self._base, item.base) or self._base
        link = self._link(children, base)
        if link is None:
            self._problems.note("an entry without a link")
            return None
        if not self._site.owns(link):
            self._problems.note("an entry that links to another site")
            return None
        if not self._route.announces(link):
            return None
        published, modified = self._times(children)
        headline = plain(_first(children, "title", "atom:title", "dc:title"))
        if headline is None:
            self._problems.note("an entry without a title")
        labels = _labels(children)
        return Entry(
            url=link,
            headline=headline,
            published_at=published,
            modified_at=modified,
            content=_content(children),
            authors=_authors(children),
            section=labels[0] if labels else None,
            tags=labels[1:],
            aliases=self._aliases(children, link),
            summary=plain(_first(children, "description", "atom:summary", "summary")),
        )

    def _link(self, children: Children, base: str) -> str | None:
        stated = [_first(children, "feedburner:origLink"), _first(children, "link")]
        stated += [_href(children, "alternate"), _permalink(children)]
        for href in stated:
            if href and (url := absolute(base, href)):
                return url
        return None

    def _times(self, children: Children) -> tuple[datetime | None, datetime | None]:
        stated = _first(
            children, "pubDate", "atom:published", "published", "dc:date", "dcterms:created",
            "dcterms:issued", "atom:issued", "pubdate", "date",
        )  # fmt: skip
        changed = _first(
            children,
            "atom:updated",
            "updated",
            "dcterms:modified",
            "atom:modified",
            "lastBuildDate",
        )
        modified = self._clock.read(changed)
        # Atom asks for `updated` alone: of an entry that states no other time it is
        # the time of publication.
        published = self._clock.read(stated) if stated else modified
        if stated is None and changed is None:
            self._problems.note("an entry without a date")
        return published, modified

    def _aliases(self, children: Children, link: str) -> list[str]:
        """Return the guid where it is a full address here: a relative one is a number or a name."""
        guid = _first(children, "guid", "atom:id", "id") or ""
        alias = absolute(link, guid) if re.match("https?://", guid) else None
        return [alias] if alias and alias != link and self._site.owns(alias) else []

    def next_url(self) -> str | None:
        """Return where older entries are: as stated, by the route's count, or by WordPress's."""
        stated = absolute(self._url, _href(self._channel, "next"))
        if stated and self._site.owns(stated):
            return stated if stated != self._url else None
        if "{page}" in self._route.url:
            return paging.following(self._route, self._url)
        generator = _first(self._channel, "generator", "atom:generator") or ""
        if "wordpress.org" not in generator.lower():
            return None
        parts = urlsplit(self._url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        page = query.get("paged", "1")
        query["paged"] = str(int(page) + 1 if page.isdecimal() and len(page) < 6 else 2)
        return urlunsplit(parts._replace(query=urlencode(query)))


def _href(children: Children, relation: str) -> str | None:
    """Return the address of the first link of this relation; without any it is `alternate`."""
    for element in [*children.get("atom:link", ()), *children.get("link", ())]:
        if (element.get("rel") or "alternate") == relation and element.get("href"):
            return str(element.get("href"))
    return None


def _permalink(children: Children) -> str | None:
    for element in children.get("guid", ()):
        if (element.get("isPermaLink") or "true").lower() != "false":
            guid = markup.text(element)
            if re.match("https?://", guid):
                return guid
    return None


def _content(children: Children) -> str | None:
    for element in [*children.get("content:encoded", ()), *children.get("encoded", ())]:
        if full := written(markup.inner(element)):
            return full
    for element in [*children.get("atom:content", ()), *children.get("content", ())]:
        kind = (element.get("type") or "text").lower()
        full = written(markup.inner(element))
        if full and "html" in kind:
            return full
        if full and kind in {"text", "text/plain"}:
            return html.escape(full, quote=False)
    return _long_description(children)


def _long_description(children: Children) -> str | None:
    """Return a description that is no excerpt: Drupal's feeds have the whole text in it."""
    for element in children.get("description", ()):
        full = written(markup.inner(element))
        if len(plain(full) or "") >= LONG:
            return full
    return None


def _authors(children: Children) -> list[str]:
    """Return names; of RSS's `desk@example.org (Name)` the name, of a bare address nothing."""
    stated = [markup.text(element) for element in children.get("dc:creator", ())]
    for element in [*children.get("atom:author", ()), *children.get("author", ())]:
        inside = _children(element)
        stated.append(
            _first(inside, "atom:name", "name") or ("" if inside else markup.text(element))
        )
    names = []
    for name in stated:
        if "@" in name:
            found = re.search(r"\(([^()]*)\)", name[:500])
            name = found[1] if found else ""  # noqa: PLW2901 - the name within
        names.append(plain(name))
    return [name for name in dict.fromkeys(names) if name]


def _labels(children: Children) -> list[str]:
    """Return categories and tags; WordPress puts its categories first."""
    elements = [
        element
        for kind in ("category", "atom:category", "dc:subject")
        for element in children.get(kind, ())
    ]
    labels = [
        plain(markup.text(element) or element.get("label") or element.get("term"))
        for element in elements
    ]
    return [label for label in dict.fromkeys(labels) if label]
