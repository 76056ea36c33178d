"""Other people's JSON → ArticleItems. Pure; keeps nothing.

One object is one article. Its fields are found by name, whatever program wrote
them: Rasid's own export, news-please (`maintext`, `date_publish`), Fundus
(`publishing_date`, a body of sections), trafilatura (`text`, `hostname`),
schema.org (`articleBody`, `datePublished`) and the plain names of data sets.
Text is taken as it stands. When an article was collected says nothing about
when it was published, so such fields are not asked.
"""

import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from scraper.catalogue import Site
from scraper.extraction import dates
from scraper.extraction.language import language
from scraper.items import ArticleItem
from storage.captures import Record
from storage.urls import canonical_url

# The first name that holds something wins. Case, underscores and hyphens make no difference.
NAMES: dict[str, tuple[str, ...]] = {
    "headline": ("headline", "title", "titlepage", "titlerss", "heading"),
    "body": (
        "body",
        "maintext",
        "articlebody",
        "plaintext",
        "text",
        "content",
        "fulltext",
        "articletext",
        "article",
        "rawtext",
    ),
    "url": ("url", "link", "permalink", "articleurl", "source", "guid"),
    "authors": ("authors", "author", "byline", "creator"),
    "section": ("section", "articlesection", "category", "categories", "categoryname"),
    "tags": ("tags", "keywords", "topics"),
    "language": ("language", "lang", "inlanguage"),
    "published_at": (
        "publishedat",
        "published",
        "datepublish",
        "publishdate",
        "publishingdate",
        "datepublished",
        "publisheddate",
        "publicationdate",
        "pubdate",
        "dategmt",
        "date",
        "datetime",
    ),
    "modified_at": (
        "modifiedat",
        "modifiedgmt",
        "datemodify",
        "datemodified",
        "modifieddate",
        "modified",
        "updatedat",
        "updated",
        "lastmodified",
    ),
    "site": (
        "site",
        "sourcedomain",
        "outlet",
        "hostname",
        "publisher",
        "newspaper",
        "sourcename",
        "source",
        "domain",
    ),
    "id": ("id", "uid", "articleid", "guid"),
}

LAST = float("inf")
PARAGRAPH = "\n\n"
# Bodies from content systems are HTML; a sign here and there is not.
MARKUP = re.compile(r"</p>|</div>|<p[\s>]|<br\s*/?>", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+);", re.IGNORECASE)
# What serialisers write where there is nothing.
NOTHING = frozenset({"", "none", "null", "nan", "nat"})
# The scheme of articles without an address. Nothing can be fetched there, and it says so.
NO_ADDRESS = "import:"
# A site key of ours holds at most this many characters.
KEY_LENGTH = 64


T = TypeVar("T")


class Refused(Exception):
    """What stands there is no article; *reason* is one word for the ledger."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Catalogue:
    """The sites that are known, found by key, name or host."""

    def __init__(self, sites: Mapping[str, Site] | None = None) -> None:
        self.sites = dict(sites or {})
        self._keys = {site.name: key for key, site in self.sites.items()}
        self._keys |= {key: key for key in self.sites}
        for key, site in self.sites.items():
            self._keys |= dict.fromkeys(site.bare_hosts, key)

    def key_of(self, name: str) -> str | None:
        """Return the key of the site that goes by *name*, or None."""
        return self._keys.get(name) or self._keys.get(name.removeprefix("www."))

    def zone_of(self, key: str, otherwise: str) -> str:
        """Return the time zone of the site *key*, or *otherwise* where it is not known."""
        return self.sites[key].timezone if key in self.sites else otherwise


@dataclass(frozen=True, slots=True)
class Origin:
    """Where records come from, and what fills in what they do not say.

    *site* overrides what they say; *stem* is the site of those that say nothing.
    *timezone* is that of naive dates of sites the catalogue does not know.
    """

    stem: str
    timezone: str
    now: datetime
    site: str | None = None
    catalogue: Catalogue = field(default_factory=Catalogue)


@dataclass(frozen=True, slots=True)
class Saying:
    """What an article said at one moment: a page to keep.

    *seen_at* and *capture* are what another archive knows of it; None where
    no archive has seen it before.
    """

    page: ArticleItem
    seen_at: datetime | None = None
    capture: Record | None = None

    @property
    def moment(self) -> tuple[float, float]:
        """Where it belongs in the order of things, and among those of one moment.

        Undated ones come last.
        """
        if self.seen_at:
            return self.seen_at.timestamp(), 0.0
        at = self.page.published_at or self.page.modified_at
        then = self.page.modified_at or at
        return (at.timestamp() if at else LAST), (then.timestamp() if then else LAST)


def read(found: Mapping[str, Any], origin: Origin) -> Saying:
    """Return the article in *found*. Raises Refused where there is none."""
    fields = _fields(found)
    headline_name, headline = _first(fields, "headline", text_of)
    headline = html.unescape(headline) if ENTITY.search(headline) else headline
    body_name, body = _first(fields, "body", body_of)
    body = _without_markup(body, headline) if MARKUP.search(body) else body
    if not headline.strip() and not body.strip():
        raise Refused("no_text")
    url = _url(fields)
    site = site_of(fields, url, origin)
    zone = origin.catalogue.zone_of(site, origin.timezone)
    page = ArticleItem(
        site=site,
        url=url or _made_up(site, fields, headline, body),
        headline=headline,
        body=body,
        authors=_first(fields, "authors", authors_of)[1],
        section=_first(fields, "section", _section_of)[1] or None,
        tags=_first(fields, "tags", tags_of)[1],
        language=_language(fields) or language(f"{headline}\n{body}"),
    )
    _date(page, fields, zone, origin.now)
    for key, name in (("headline", headline_name), ("body", body_name)):
        if name:
            page.provenance[key] = f"import:{name}"
    page.provenance |= _provenance(fields)
    return Saying(page)


def site_of(fields: Mapping[str, Any], url: str | None, origin: Origin) -> str:
    """Return the site key: as ordered, as stated, by the address, or by the file's name."""
    if origin.site:
        return origin.site
    host = _host(url) if url else ""
    stated = _first(fields, "site", text_of)[1].strip()
    for name in (host, _host(stated), stated):
        if name and (known := origin.catalogue.key_of(name)):
            return known
    return site_key(_host(stated) or stated or host or origin.stem)


def site_key(name: str) -> str:
    """Return *name* as a site key: letters, digits, dots and hyphens.

    >>> site_key("www.Example.org"), site_key("عنب بلدي")
    ('example.org', 'عنب-بلدي')
    """
    name = name.strip().casefold().removeprefix("www.")
    key = re.sub(r"[^\w.-]+", "-", name).strip("-.")
    if len(key) > KEY_LENGTH:
        key = f"{key[: KEY_LENGTH - 9]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    return key or "import"


def text_of(value: Any) -> str:
    """Return the text of a field that may be a string, a number, a list or an object."""
    if isinstance(value, str):
        return "" if value.strip().casefold() in NOTHING else value
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return next(filter(None, map(text_of, value)), "")
    if isinstance(value, Mapping):
        return next(filter(None, (text_of(value.get(key)) for key in ("name", "rendered"))), "")
    return ""


def body_of(value: Any) -> str:
    r"""Return a body: a text, a list of paragraphs, or Fundus' summary and sections.

    >>> body_of({"summary": ["a"], "sections": [{"headline": ["b"], "paragraphs": ["c", "d"]}]})
    'a\n\nb\n\nc\n\nd'
    """
    if isinstance(value, list | Mapping):
        return PARAGRAPH.join(_paragraphs(value))
    return text_of(value)


def authors_of(value: Any) -> list[str]:
    """Return names: a list of names or of objects that have one, or a text with semicolons.

    >>> authors_of("أ; ب"), authors_of([{"name": "أ"}]), authors_of(None)
    (['أ', 'ب'], ['أ'], [])
    """
    parts = value if isinstance(value, list) else re.split(r"[;؛]", text_of(value))
    return _distinct(text_of(part) for part in parts)


def tags_of(value: Any) -> list[str]:
    """Return tags: a list, or a text with commas or semicolons."""
    parts = value if isinstance(value, list) else re.split(r"[,،;؛]", text_of(value))
    return _distinct(text_of(part) for part in parts)


def _section_of(value: Any) -> str:
    return text_of(value).split(";")[0].strip()


def _distinct(parts: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _paragraphs(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "rendered" in value:
            yield text_of(value)
        for key in ("summary", "sections", "headline", "paragraphs", "text", "content"):
            yield from _paragraphs(value.get(key))
    elif isinstance(value, list):
        for part in value:
            yield from _paragraphs(part)
    elif found := text_of(value).strip():
        yield found


def _fields(found: Mapping[str, Any]) -> dict[str, Any]:
    """The record by plain names; what was said first under one name stands."""
    fields: dict[str, Any] = {}
    for name, value in found.items():
        fields.setdefault(re.sub(r"[\W_]+", "", name.lower()), value)
    # Fundus keeps the address with the page it came from.
    page = found.get("html")
    if isinstance(page, Mapping):
        fields.setdefault("url", page.get("responded_url") or page.get("requested_url"))
        origin = page.get("source_info")
        if isinstance(origin, Mapping):
            fields.setdefault("publisher", origin.get("publisher"))
    return fields


def _first(fields: Mapping[str, Any], what: str, reading: Callable[[Any], T]) -> tuple[str, T]:
    for name in NAMES[what]:
        value = reading(fields.get(name))
        if value:
            return name, value
    return "", reading(None)


def _without_markup(body: str, headline: str) -> str:
    """Return the text of a body in HTML, cleaned as that of a page or a feed is."""
    # lxml is only needed here.
    from scraper.discovery.entries import Entry
    from scraper.extraction.article import from_entry
    from scraper.extraction.errors import NoArticle

    entry = Entry("https://localhost/", headline=headline.strip() or "-", content=body)
    now = datetime.fromtimestamp(0, UTC)
    try:
        return from_entry(
            entry, site="", rules=None, timezone="UTC", now=now, route_type="import"
        ).body
    except NoArticle:
        return html.unescape(re.sub(r"<[^>]*>", " ", body))


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.lower().removeprefix("www.") if parts.scheme in ("http", "https") else ""


def _url(fields: Mapping[str, Any]) -> str | None:
    """The first field that holds an address of a web page."""
    for name in NAMES["url"]:
        stated = text_of(fields.get(name)).strip()
        if not _host(stated):
            continue
        try:
            canonical_url(stated)
        except ValueError:
            continue
        return stated
    return None


def _made_up(site: str, fields: Mapping[str, Any], headline: str, body: str) -> str:
    """A name for what has no address: the same for the same record at every import."""
    stated = _first(fields, "id", text_of)[1]
    text = f"{headline}\n{body}"
    name = stated.strip() or hashlib.sha256(text.encode(errors="replace")).hexdigest()
    return f"{NO_ADDRESS}{site}/{quote(name, safe='-._~', errors='replace')}"


def _language(fields: Mapping[str, Any]) -> str | None:
    """The language as stated, where it is a code: `ar`, `ar-SY`."""
    stated = _first(fields, "language", text_of)[1].strip().lower()
    return stated[:2] if re.fullmatch(r"[a-z]{2}([-_].*)?", stated) else None


def _provenance(fields: Mapping[str, Any]) -> dict[str, str]:
    """What `rasid extract` said of where each field stood."""
    stated = fields.get("provenance")
    if not isinstance(stated, Mapping):
        return {}
    return {str(name): str(value) for name, value in stated.items()}


def _date(page: ArticleItem, fields: Mapping[str, Any], zone: str, now: datetime) -> None:
    for name in NAMES["published_at"]:
        stated = text_of(fields.get(name)).strip()
        found = _moment(stated, _zone(name, zone), now)
        if found:
            page.published_at = found
            page.published_raw = text_of(fields.get("publishedraw")) or stated
            page.date_source = text_of(fields.get("datesource")) or f"import:{name}"
            break
    for name in NAMES["modified_at"]:
        found = _moment(text_of(fields.get(name)).strip(), _zone(name, zone), now)
        if found:
            page.modified_at = found
            return


def _zone(name: str, otherwise: str) -> str:
    """The zone that a field's name states."""
    return "UTC" if name.endswith(("gmt", "utc")) else otherwise


def _moment(text: str, zone: str, now: datetime) -> datetime | None:
    found = dates.parse(text, timezone=zone, now=now) if text else None
    if found and not re.search(r"\d{4}", text):
        # "two hours ago" was counted from a day nobody knows any more.
        later = dates.parse(text, timezone=zone, now=now + timedelta(days=200))
        return found if later == found else None
    return found
