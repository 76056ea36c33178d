"""The captures of articles as one WARC file: the records as they lie in the archive, byte by byte.

Each capture comes with its request, the redirects before it, the robots.txt that allowed it, and
the record that holds its body where it was the same as before. The answer of a route is the capture
of many articles: it is left out where one of them was taken down.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import captures, holdings, queries
from storage.captures import Original, Record
from storage.errors import InputError
from storage.evidence_tables import Takedown
from storage.models import Article, Capture, Version
from storage.queries import Row

Place = tuple[str, int]

NOTE = (
    "a selection of an archive's captures; each record is as the archive holds it, byte by byte. "
    + captures.NOTE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index says of a response in the file."""

    url: str
    fetched_at: datetime
    kind: str
    status: int
    mime: str
    digest: str
    offset: int
    length: int


class Subset:
    """Copies captures into one file, each once; *tell* is given what an index says of them."""

    def __init__(
        self,
        folder: Path | None,
        out: BinaryIO,
        name: str,
        *,
        withheld: frozenset[Place] = frozenset(),
        tell: Callable[[Entry], None] = lambda _: None,
    ) -> None:
        self.name = name
        # Captures whose bytes are not there any more, or never were here.
        self.missing = 0
        self._folder = folder
        self._out = out
        self._withheld = withheld
        self._tell = tell
        self._places: dict[Place, int] = {}
        self._end = 0

    def add(self, record: Record) -> Record | None:
        """Copy what *record* speaks of; return the record of the copy, None where there is none."""
        if (record.warc, record.offset) in self._withheld:
            return None
        original, robots = record.original, record.robots
        if original is not None:
            moved = self._copy(
                Record(original.url, original.warc, original.offset, "", original.fetched_at, 0)
            )
            if moved is None:
                return None
            original = Original(original.url, self.name, moved, original.fetched_at)
        if robots and "warc" in robots:
            proof = Record(
                "",
                robots["warc"],
                robots["offset"],
                robots["sha256"],
                record.fetched_at,
                0,
                robots.get("length"),
            )
            place = self._copy(proof)
            robots = {**robots, "warc": self.name, "offset": place} if place is not None else robots
        offset = self._copy(record)
        if offset is None:
            return None
        return replace(record, warc=self.name, offset=offset, original=original, robots=robots)

    def _copy(self, record: Record) -> int | None:
        place = record.warc, record.offset
        known = self._places.get(place)
        if known is not None:
            return known if known >= 0 else None
        found = self._found(record)
        if found is None:
            self.missing += 1
            self._places[place] = -1
            return None
        entries = list(_entries(found))
        if self._end == 0:
            self._write(captures.warcinfo(self.name, "Rasid", NOTE, moment=record.fetched_at))
        offset = self._places[place] = self._end
        for entry in entries:
            self._tell(replace(entry, offset=entry.offset + offset))
        self._write(found)
        return offset

    def _found(self, record: Record) -> bytes | None:
        if self._folder is None or record.dropped_at is not None:
            return None
        try:
            with captures.opened(self._folder, record.warc) as file:
                return captures.raw(file, record.offset, record.length)
        except InputError:
            return None

    def _write(self, content: bytes) -> None:
        self._out.write(content)
        self._end += len(content)


def write(db: Session, rows: Iterable[Row], subset: Subset) -> Iterator[int]:
    """Copy the captures of all versions of *rows*; yield after each batch its size."""
    for batch in queries.batches(rows):
        versions = queries.versions(db, [row.article.id for row in batch])
        for row in batch:
            for _, capture in versions.get(row.article.id, ()):
                if capture is not None:
                    subset.add(holdings.record_of(capture))
        yield len(batch)


def withheld(db: Session) -> frozenset[Place]:
    """Return where the captures lie in which an article stands that was taken down."""
    statement = (
        select(Capture.warc, Capture.offset)
        .join(Version, Version.capture_id == Capture.id)
        .join(Article, Article.id == Version.article_id)
        .join(Takedown, Takedown.url_key == Article.url_key)
    )
    return frozenset((warc, offset) for warc, offset in db.execute(statement))


def _entries(content: bytes) -> Iterator[Entry]:
    from warcio.archiveiterator import ArchiveIterator

    records = ArchiveIterator(io.BytesIO(content))
    for record in records:
        if record.rec_type not in {"response", "revisit"}:
            continue
        response = captures.response_of(record)
        digest = record.rec_headers.get_header("WARC-Payload-Digest") or _sha256(response.body)
        mime = (response.header("Content-Type") or "unk").partition(";")[0].strip() or "unk"
        records.read_to_end(record)
        yield Entry(
            response.url,
            response.fetched_at,
            record.rec_type,
            response.status,
            "warc/revisit" if record.rec_type == "revisit" else mime,
            digest,
            records.get_record_offset(),
            records.get_record_length(),
        )


def _sha256(body: Any) -> str:
    return f"sha256:{hashlib.sha256(body or b'').hexdigest()}"
