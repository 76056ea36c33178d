"""The archive as JSON Lines: one article a line, complete enough to be imported again.

A line is the article JSON of `storage.queries.article_json`, and behind it what
only another archive needs:

    aliases        the compared forms of its further addresses, when it has any
    url_key        the compared form of its own
    last_seen_at   when it was last found
    relation       how it was joined to its cluster, null when it stands alone
    extractor      what read the current version out of its capture
    cause          why it differs from the one before, where the publisher is not
    history        every version from the first on, the current one included;
                   only where that says more than the fields above
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from storage import queries
from storage.capture_json import original_json, read_capture
from storage.export.warc import Subset
from storage.models import Capture, Version
from storage.queries import Row


def write(db: Session, rows: Iterable[Row], out: BinaryIO) -> Iterator[int]:
    """Write *rows* to *out*, and yield after each batch how many articles it had."""
    for records in _batches(db, rows):
        out.write(b"".join(map(line, records)))
        yield len(records)


def record(
    row: Row, history: Sequence[tuple[Version, Capture | None]], aliases: Sequence[str]
) -> dict[str, Any]:
    """Return the object of one line."""
    found = queries.article_json(row)
    found["url_key"] = row.article.url_key
    if aliases:
        found["aliases"] = list(aliases)
    found["last_seen_at"] = queries.moment(row.article.last_seen_at)
    found["relation"] = queries.relation_json(row.article)
    found["extractor"], found["cause"] = row.version.extractor, row.version.cause
    if history:
        found["history"] = [queries.version_json(version, capture) for version, capture in history]
    return found


def whole(db: Session, batch: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the objects of *batch* with all versions in `history`, whatever they say."""
    ids = [row.article.id for row in batch]
    aliases, histories = queries.aliases(db, ids), queries.versions(db, ids)
    return [
        record(row, histories.get(row.article.id, ()), aliases.get(row.article.id, ()))
        for row in batch
    ]


def moved(capture: dict[str, Any] | None, subset: Subset) -> dict[str, Any] | None:
    """Return the JSON of a capture where *subset* has its copy, None where it has none."""
    if capture is None:
        return None
    found = subset.add(read_capture(capture))
    if found is None:
        return None
    return {
        **capture,
        "warc": found.warc,
        "offset": found.offset,
        "robots": found.robots,
        "original": original_json(found.original),
    }


def _batches(db: Session, rows: Iterable[Row]) -> Iterator[list[dict[str, Any]]]:
    for batch in queries.batches(rows):
        aliases = queries.aliases(db, [row.article.id for row in batch])
        histories = queries.versions(db, [row.article.id for row in batch if _has_history(row)])
        yield [
            record(row, histories.get(row.article.id, ()), aliases.get(row.article.id, ()))
            for row in batch
        ]


def _has_history(row: Row) -> bool:
    """Whether the article and its versions differ in more than the line's own fields tell."""
    article, version = row.article, row.version
    return (
        version.number > 1
        or version.seen_at != article.first_seen_at
        or version.published_at != article.published_at
        or version.modified_at != article.modified_at
    )


def line(record: dict[str, Any]) -> bytes:
    """Return one line."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
