"""What extraction made of one capture."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(slots=True)
class ArticleItem:
    """One article as published. Fits `storage.archive.Page`.

    Text is as published, marks and all; paragraphs are kept apart by a blank
    line. Names ending in `_at` are aware, in UTC; unknown is None, never
    the time of the crawl.
    """

    site: str
    # As fetched, after redirects.
    url: str
    headline: str
    body: str
    # rel=canonical or og:url as the page states it, absolute; whether it is
    # believed is storage's business.
    canonical_url: str | None = None
    # Further addresses the page or the route states for itself: rel=shortlink,
    # `?p=ID`, guid, AMP.
    aliases: list[str] = field(default_factory=list)
    # Persons, in the page's order; no agency, place, address or "admin".
    authors: list[str] = field(default_factory=list)
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    # ISO 639-1, by content.
    language: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    # The string published_at was read from, and where it stood (see provenance).
    published_raw: str | None = None
    date_source: str | None = None
    image: str | None = None
    # field name -> the source that gave it: "json-ld", "microdata", "og", "meta",
    # "site:body", "theme:jannah", "generic", "trafilatura", "route:feed", ...
    provenance: dict[str, str] = field(default_factory=dict)
    # What read it out of a capture, see scraper.extraction.identity; None where nothing did.
    extractor: str | None = None


def as_json(item: ArticleItem) -> dict[str, Any]:
    """Return *item* as article JSON (design §5), as far as it is known before it is kept."""
    return {
        "site": item.site,
        "url": item.url,
        "canonical_url": item.canonical_url,
        "headline": item.headline,
        "body": item.body,
        "authors": list(item.authors),
        "section": item.section,
        "tags": list(item.tags),
        "language": item.language,
        "published_at": _iso(item.published_at),
        "modified_at": _iso(item.modified_at),
        "published_raw": item.published_raw,
        "date_source": item.date_source,
        "image": item.image,
        "provenance": dict(item.provenance),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
