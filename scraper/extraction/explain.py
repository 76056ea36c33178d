"""Why extraction said what it said: every candidate of every field, and the winner."""

from dataclasses import dataclass, field
from datetime import datetime

from scraper.extraction import article, authors, bodies, details, headline, published
from scraper.extraction.errors import NoArticle
from scraper.extraction.page import Page, parse
from scraper.extraction.published import Context, Dated
from scraper.extraction.themes import Rules, Sources, rules_for, selectors
from scraper.items import ArticleItem

_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing the page says of a field, and whether it was believed."""

    field: str
    source: str
    value: str
    chosen: bool = False


@dataclass(slots=True)
class Explanation:
    """What `explain` found; *refused* is the reason where the page is no article."""

    url: str
    # Whose selectors were asked, in order: "site", "theme:jannah".
    sources: list[str] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    item: ArticleItem | None = None
    refused: str | None = None
    # The date believed, also where the page was refused.
    published: Dated | None = None

    def of(self, name: str) -> list[Candidate]:
        """Return the candidates of the field *name*."""
        return [one for one in self.candidates if one.field == name]


def explain(
    body: bytes,
    *,
    url: str,
    site: str,
    rules: Rules | None,
    timezone: str,
    now: datetime,
    charset: str | None = None,
) -> Explanation:
    """Return what `article.extract` makes of the page *body* and what it chose from.

    Never raises NoArticle; the reason is in *refused*.
    """
    found = Explanation(url)
    try:
        page = parse(body, url=url, charset=charset)
        context = Context(timezone, now)
        _gather(found, page, rules_for(page, rules), context)
        found.item = article.read(page, site=site, rules=rules, context=context)
    except NoArticle as refused:
        found.refused = refused.reason
    return found


def _gather(found: Explanation, page: Page, sources: Sources, context: Context) -> None:
    found.sources = [name for name, _ in sources]
    titles = selectors(sources, "title")
    title = headline.read(page, titles)
    _add(found, "headline", headline.candidates(page, titles), title[1])
    texts = bodies.candidates(page, sources, headline=title[0], every=True)
    _add(found, "body", [(text.source, _measure(text.body)) for text in texts],
         texts[0].source if texts else None)  # fmt: skip
    days = selectors(sources, "date")
    found.published = published.read(page, days, context)
    dated = published.candidates(page, days, context)
    chosen = found.published.source.split(",")[0] if found.published else None
    _add(found, "published_at", [(d.source, f"{d.raw} → {d.moment.at.isoformat()}") for d in dated],
         chosen)  # fmt: skip
    writers = selectors(sources, "author")
    _add(found, "authors", [(s, " | ".join(v)) for s, v in authors.candidates(page, writers)],
         authors.read(page, writers)[1])  # fmt: skip
    section = details.section(page, selectors(sources, "section"))
    if section[0]:
        _add(found, "section", [(str(section[1]), section[0])], section[1])


def _add(found: Explanation, name: str, listed: list[tuple[str, str]], winner: str | None) -> None:
    """Add what is *listed* for the field *name*; the first of source *winner* won."""
    for source, value in listed:
        chosen = source == winner
        found.candidates.append(Candidate(name, source, value[:_SHOWN], chosen))
        winner = None if chosen else winner


def _measure(body: str) -> str:
    return f"{len(body)} letters: {body.replace(chr(10), ' ')}"
