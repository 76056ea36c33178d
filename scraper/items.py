"""What extraction made of one capture."""

from dataclasses import dataclass, field
from datetime import datetime


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
