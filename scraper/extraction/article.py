"""A page or an entry of a route → the ArticleItem it is.

Every field is taken the same way: structured data, Open Graph and meta, the
site's rule, the theme's rule, then what can be told from any page; the body
from rules first, since structured data rarely holds a body to be trusted.
`provenance` says for each field which source gave it.
"""

from datetime import datetime
from typing import Any, Protocol

from scraper.extraction import authors, bodies, details, headline, published, refusal
from scraper.extraction.body import read as read_body
from scraper.extraction.css import selector
from scraper.extraction.errors import NoArticle
from scraper.extraction.identity import extractor
from scraper.extraction.language import language
from scraper.extraction.page import Page, fragment, parse
from scraper.extraction.published import Context
from scraper.extraction.themes import Rules, Sources, rules_for, selectors, shipped
from scraper.extraction.wording import one_line
from scraper.items import ArticleItem


class Entry(Protocol):
    """What a route says of an article when it carries the whole text."""

    @property
    def url(self) -> str: ...
    @property
    def headline(self) -> str | None: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def modified_at(self) -> datetime | None: ...
    @property
    def content(self) -> str | None: ...
    @property
    def authors(self) -> list[str]: ...
    @property
    def section(self) -> str | None: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def aliases(self) -> list[str]: ...
    @property
    def summary(self) -> str | None: ...


def extract(
    body: bytes,
    *,
    url: str,
    site: str,
    rules: Rules | None,
    timezone: str,
    now: datetime,
    charset: str | None = None,
) -> ArticleItem:
    """Return what the page *body*, fetched from *url*, says.

    *timezone* is the site's, for dates that name none; *charset* what the
    server declared. Raises NoArticle where the page is none, and nothing else.
    """
    page = parse(body, url=url, charset=charset)
    return read(page, site=site, rules=rules, context=Context(timezone, now))


def read(page: Page, *, site: str, rules: Rules | None, context: Context) -> ArticleItem:
    """Return what the parsed *page* says; see `extract`."""
    sources = rules_for(page, rules)
    title, title_source = headline.read(page, selectors(sources, "title"))
    title = refusal.check_headline(page, title)
    text = bodies.read(page, sources, headline=title)
    refusal.check_body(page, text)
    item = ArticleItem(site=site, url=page.url, headline=title, body=text.body)
    item.extractor = extractor(rules)
    item.provenance = {"headline": str(title_source), "body": text.source}
    changed = published.modified(page, context)
    _date(item, published.read(page, selectors(sources, "date"), context, changed))
    # A change before publication is a record nobody keeps up.
    if changed and not (item.published_at and changed.at < item.published_at):
        item.modified_at = changed.at
    _describe(item, page, sources, text.paragraphs)
    return item


def from_entry(
    entry: Entry,
    *,
    site: str,
    rules: Rules | None,
    timezone: str,
    now: datetime,
    route_type: str,
) -> ArticleItem:
    """Return the article *entry* carries whole, cleaned as a page's body is.

    Raises NoArticle where it has no headline or no text.
    """
    del timezone, now
    source = f"route:{route_type}"
    title = one_line(entry.headline or "")
    if not title:
        raise NoArticle("no_headline")
    container = fragment(entry.content or "")
    removed = _removed(container, rules)
    text = read_body([container], source=source, headline=title, removed=removed)
    if not text.body:
        raise NoArticle("no_body")
    item = ArticleItem(site=site, url=entry.url, headline=title, body=text.body)
    item.extractor = extractor(rules)
    item.aliases = list(entry.aliases)
    item.authors = authors.persons(entry.authors)
    item.section, item.tags = entry.section, list(entry.tags)
    item.language = language(text.body)
    item.published_at, item.modified_at = entry.published_at, entry.modified_at
    if entry.published_at:
        item.published_raw, item.date_source = entry.published_at.isoformat(), source
    filled = ("headline", "body", "authors", "section", "tags", "published_at", "modified_at")
    item.provenance = {name: source for name in filled if getattr(item, name)}
    return item


def _date(item: ArticleItem, found: published.Dated | None) -> None:
    if found is not None:
        item.published_at = found.moment.at
        item.published_raw, item.date_source = found.raw, found.source
        item.provenance["published_at"] = found.source


def _describe(item: ArticleItem, page: Page, sources: Sources, paragraphs: list[str]) -> None:
    found = {
        "authors": authors.read(page, selectors(sources, "author"), paragraphs),
        "section": details.section(page, selectors(sources, "section")),
        "tags": details.tags(page),
    }
    for name, (value, source) in found.items():
        setattr(item, name, value)
        if source:
            item.provenance[name] = source
    item.language = language(item.body)
    item.image = details.image(page)
    item.canonical_url = details.canonical(page)
    item.aliases = details.aliases(page)


def _removed(container: Any, rules: Rules | None) -> set[Any]:
    if rules is None:
        return set()
    theme = shipped().get(rules.theme) if rules.theme else None
    listed = [*rules.remove, *(theme.remove if theme else ())]
    return {element for css in listed for element in selector(css)(container)}
