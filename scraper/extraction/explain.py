"""Why extraction said what it said: every candidate of every field, and the winner."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scraper.extraction import article, authors, bodies, details, headline, published
from scraper.extraction.dates import Moment
from scraper.extraction.errors import NoArticle
from scraper.extraction.page import Page, parse
from scraper.extraction.published import Context, Dated
from scraper.extraction.themes import Rules, Sources, rules_for, selectors
from scraper.items import ArticleItem, as_json

FIELDS = ("headline", "body", "published_at", "modified_at", "authors", "section", "tags")
# Each reason of `NoArticle` in a sentence.
REASONS = {
    "empty": "there is nothing in it",
    "not_html": "it is no HTML",
    "too_large": "it is larger than any article",
    "no_headline": "nothing in it can be its headline",
    "no_body": "there is no text in it that could be an article's",
    "listing": "it lists articles",
    "gallery": "it is a gallery with next to no text",
    "video": "it is a video with next to no text",
    "login_wall": "it asks the reader to log in",
    "challenge": "it is a check for robots in place of the page",
    "not_found": "it says that there is no such page",
}


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

    @property
    def why(self) -> str | None:
        """Why the page is no article, in words; None where it is one."""
        return REASONS.get(self.refused, self.refused) if self.refused else None

    def json(self) -> dict[str, Any]:
        """Return the explanation as one JSON document: see docs/formats.md."""
        item = as_json(self.item) if self.item else None
        fields = {
            name: {
                "value": item[name] if item else None,
                "source": self.item.provenance.get(name) if self.item else None,
                "candidates": [
                    {"source": one.source, "value": one.value, "chosen": one.chosen}
                    for one in self.of(name)
                ],
            }
            for name in FIELDS
        }
        return {
            "url": self.url,
            "rules": self.sources,
            "refused": self.refused,
            "why": self.why,
            "fields": fields,
            "article": item,
        }


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
    title, title_source = headline.read(page, titles)
    _add(found, "headline", headline.candidates(page, titles), title_source)
    texts = bodies.candidates(page, sources, headline=title, every=True)
    best = texts[0] if texts else None
    _add(found, "body", [(text.source, text.body) for text in texts], best.source if best else None)
    _gather_dates(found, page, sources, context)
    writers = selectors(sources, "author")
    paragraphs = best.paragraphs if best else []
    signed = [*authors.candidates(page, writers), ("byline", authors.bylines(paragraphs))]
    _add(found, "authors", [(source, " | ".join(named)) for source, named in signed if named],
         authors.read(page, writers, paragraphs)[1])  # fmt: skip
    chapters = selectors(sources, "section")
    _add(found, "section", details.sections(page, chapters), details.section(page, chapters)[1])
    tags, tagged = details.tags(page)
    _add(found, "tags", [(tagged, " | ".join(tags))] if tagged else [], tagged)


def _gather_dates(found: Explanation, page: Page, sources: Sources, context: Context) -> None:
    rules = selectors(sources, "date")
    changed = published.modified(page, context)
    found.published = believed = published.read(page, rules, context, changed)
    listed = published.candidates(page, rules, context)
    source = believed.source.partition(",")[0] if believed else None
    _add(found, "published_at", [(one.source, _dated(one.raw, one.moment)) for one in listed],
         source, believed.raw if believed else "")  # fmt: skip
    if changed:
        _add(found, "modified_at", [("stated", changed.at.isoformat())], "stated")


def _add(
    found: Explanation,
    name: str,
    listed: list[tuple[str, str]],
    winner: str | None,
    begins: str = "",
) -> None:
    """Add what is *listed* for the field *name*; the first of source *winner* won.

    Where *begins* is given, the first of that source that begins so.
    """
    for source, value in dict.fromkeys(one for one in listed if one[1]):
        chosen = source == winner and value.startswith(begins)
        found.candidates.append(Candidate(name, source, value, chosen))
        winner = None if chosen else winner


def _dated(raw: str, moment: Moment) -> str:
    return f"{raw} \N{RIGHTWARDS ARROW} {moment.at.isoformat()}"
