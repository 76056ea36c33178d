"""The query language over the archive: the index narrows down, the matcher decides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from scheduler import quoting
from scheduler.candidates import Candidates
from scheduler.matching import Document, Matcher, Span, WatchQuery, compile_watches
from scheduler.moments import clock_time
from scheduler.nodes import TEXT_FIELDS, Alias
from scheduler.query import candidate_terms, parse, print_query
from storage import queries, search
from storage.queries import Row, Selection
from storage.search import Order


@dataclass(frozen=True, slots=True)
class Search:
    """A query ready to be asked; *demand* is None where the index cannot narrow it down."""

    text: str
    matcher: Matcher
    demand: Candidates | None


class Hit(NamedTuple):
    """An article that matches, and where; no spans where facts alone decided."""

    row: Row
    spans: list[Span]


def compiled(query: str, *, packs: Mapping[str, Alias] | None = None) -> Search:
    """Return the search for *query*. Raises QueryError where it cannot be read."""
    return of_watch(WatchQuery("", query), packs=packs)


def of_watch(watch: WatchQuery, *, packs: Mapping[str, Alias] | None = None) -> Search:
    """Return the search that finds what *watch* finds; its sites, too. Raises QueryError."""
    node = parse(watch.query)
    matcher = compile_watches([replace(watch, name="")], packs=packs)
    demand = None
    # The index holds headlines and bodies.
    if set(watch.fields) <= set(TEXT_FIELDS):
        demand = candidate_terms(
            node,
            mode=watch.mode,
            gap=watch.gap,
            name=watch.name_switch,
            number=watch.number,
            packs=packs,
        )
    return Search(print_query(node), matcher, demand)


def hits(
    db: Session, query: Search, selection: Selection, *, order: Order = "newest"
) -> Iterator[Hit]:
    """Yield the selected articles whose current version matches, a batch in memory at a time."""
    for row, spans in looked_at(db, query, selection, order=order):
        if spans is not None:
            yield Hit(row, spans)


def looked_at(
    db: Session, query: Search, selection: Selection, *, order: Order = "newest"
) -> Iterator[tuple[Row, list[Span] | None]]:
    """Yield the selected articles that the index lets through, with what was found: None, no match."""
    for row in search.candidates(db, query.demand, selection, order=order):
        yield row, query.matcher.match(document(row)).get("")


def page(
    db: Session,
    query: Search,
    selection: Selection,
    *,
    limit: int,
    offset: int = 0,
    order: Order = "newest",
) -> list[Hit]:
    """Return *limit* hits, after the first *offset* of them in that *order*."""
    return list(islice(hits(db, query, selection, order=order), offset, offset + limit))


def matching_rows(db: Session, query: Search, selection: Selection) -> Iterator[Row]:
    """Yield the selected articles that match, by id."""
    for hit in hits(db, query, selection, order="id"):
        yield hit.row


def document(row: Row) -> Document:
    """Return what the matcher looks at in an article's current version."""
    version = row.version
    return Document(
        version.headline,
        version.body,
        row.article.site_key,
        version.section,
        tuple(version.authors),
        tuple(version.tags),
    )


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return the article JSON of a hit with its spans."""
    return queries.article_json(hit.row) | {"spans": [span._asdict() for span in hit.spans]}


def hit_lines(hit: Hit, zone: tzinfo) -> Iterator[str]:
    """Yield the lines a hit is shown in: number, time, site, headline, what matched, address."""
    said = hit_json(hit)
    spans = said["spans"]
    when = clock_time(said["published_at"] or said["first_seen_at"], zone)
    headline = said["headline"] or "(no headline)"
    marked = _quoted(headline, spans, "headline", 0, len(headline))
    yield f"{said['id']}  {when}  {said['site']}  {marked}"
    first = next((span for span in spans if span["field"] == "body"), None)
    if first is not None:
        begin, end = quoting.excerpt(said["body"], first["start"], first["end"])
        yield f"    {_quoted(said['body'], spans, 'body', begin, end)}"
    yield f"    {said['url']}"


def _quoted(text: str, spans: list[dict[str, Any]], field: str, begin: int, end: int) -> str:
    mine = [span for span in spans if span["field"] == field]
    parts = quoting.pieces(text, mine, begin, end)
    return " ".join(quoting.bracketed(parts).split())
