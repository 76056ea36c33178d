"""The archive as Parquet: typed columns, a folder for each month (`month=2026-11`).

The month is that of the article's time, see `storage.queries.Selection`; in UTC. Articles of one
month stand in the order of their numbers. Needs pyarrow.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from storage import queries
from storage.export.target import arrow
from storage.queries import Row

# So many articles of a month make a row group; when so many wait in all, the largest is written.
GROUP = 500
WAITING = 2_000


class Months:
    """Writes articles to files by month; memory does not grow with their number."""

    def __init__(self, folder: Path) -> None:
        self._pa = arrow("parquet")
        self._folder = folder
        self._schema = schema(self._pa)
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._count = 0
        self._writers: dict[str, Any] = {}

    def add(self, row: Row) -> None:
        """Put an article with its month."""
        article = row.article
        month = (article.published_at or article.first_seen_at).strftime("%Y-%m")
        waiting = self._waiting.setdefault(month, [])
        waiting.append(typed(row))
        self._count += 1
        if len(waiting) >= GROUP:
            self._write(month)
        elif self._count >= WAITING:
            self._write(max(self._waiting, key=lambda name: (len(self._waiting[name]), name)))

    def close(self) -> None:
        """Write what waits and finish the files."""
        for month in sorted(self._waiting):
            self._write(month)
        for writer in self._writers.values():
            writer.close()

    def _write(self, month: str) -> None:
        waiting = self._waiting.pop(month)
        self._count -= len(waiting)
        if month not in self._writers:
            place = self._folder / f"month={month}" / "part-0.parquet"
            place.parent.mkdir(parents=True, exist_ok=True)
            self._writers[month] = self._pa.parquet.ParquetWriter(
                place, self._schema, compression="zstd"
            )
        self._writers[month].write_table(self._pa.Table.from_pylist(waiting, self._schema))


def write(rows: Iterable[Row], folder: Path) -> Iterator[int]:
    """Write *rows* under *folder*; yield after each batch its size."""
    months = Months(folder)
    for batch in queries.batches(rows):
        for row in batch:
            months.add(row)
        yield len(batch)
    months.close()


def typed(row: Row) -> dict[str, Any]:
    """Return the article JSON with its times as times, and `provenance` as a list of pairs."""
    article, version, capture, _ = row
    found = queries.article_json(row)
    found |= {
        "published_at": article.published_at,
        "modified_at": article.modified_at,
        "first_seen_at": article.first_seen_at,
        "gone_at": article.gone_at,
        "provenance": [
            {"field": name, "source": source} for name, source in version.provenance.items()
        ],
    }
    if capture is not None:
        found["capture"] |= {"fetched_at": capture.fetched_at}
    return found


def schema(pa: Any) -> Any:
    """Return the columns, with their types; as in article JSON."""
    text, number, moment = pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")
    capture = pa.struct(
        [
            ("url", text),
            ("warc", text),
            ("offset", number),
            ("sha256", text),
            ("fetched_at", moment),
            ("status", pa.int32()),
            ("length", number),
            ("record_sha256", text),
            ("redirects", pa.list_(text)),
        ]
    )
    return pa.schema(
        [
            ("id", number),
            ("site", text),
            ("url", text),
            ("canonical_url", text),
            ("headline", text),
            ("body", text),
            ("authors", pa.list_(text)),
            ("section", text),
            ("tags", pa.list_(text)),
            ("language", text),
            ("published_at", moment),
            ("modified_at", moment),
            ("published_raw", text),
            ("date_source", text),
            ("first_seen_at", moment),
            ("gone_at", moment),
            ("version", pa.int32()),
            ("versions", pa.int32()),
            ("digest", text),
            ("cluster", number),
            ("copies", pa.int32()),
            ("capture", capture),
            ("provenance", pa.list_(pa.struct([("field", text), ("source", text)]))),
        ]
    )
