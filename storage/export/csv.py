"""The archive as CSV, for spreadsheets: one article a row, text as published.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula, and a
headline may begin so. Such a cell gets an apostrophe in front, which spreadsheets
take for "this is text".
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from storage import queries
from storage.queries import Row

COLUMNS = (
    "id",
    "site",
    "url",
    "canonical_url",
    "headline",
    "body",
    "authors",
    "section",
    "tags",
    "language",
    "published_at",
    "modified_at",
    "published_raw",
    "date_source",
    "first_seen_at",
    "version",
    "versions",
    "digest",
    "cluster",
    "copies",
    "capture_warc",
    "capture_offset",
    "capture_sha256",
    "capture_fetched_at",
    "capture_status",
)

# What makes a formula, with its full-width forms; tab and return hide it from a reader.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")

BETWEEN = "; "


def write(rows: Iterable[Row], out: BinaryIO, *, mark: bool = False) -> Iterator[int]:
    """Write *rows* to *out* under a line of column names; yield after each batch its size.

    *mark* puts a byte order mark in front, without which Excel does not see UTF-8.
    """
    if mark:
        out.write(codecs.BOM_UTF8)
    out.write(_encode([COLUMNS]))
    for batch in queries.batches(rows):
        out.write(_encode([cells(row) for row in batch]))
        yield len(batch)


def cells(row: Row) -> list[str]:
    """Return the article's cells, in the order of COLUMNS."""
    found = queries.article_json(row)
    found["authors"] = BETWEEN.join(found["authors"])
    found["tags"] = BETWEEN.join(found["tags"])
    for name, value in (found.pop("capture") or {}).items():
        found[f"capture_{name}"] = value
    return [cell(found.get(name)) for name in COLUMNS]


def cell(value: Any) -> str:
    r"""Return *value* as text that no spreadsheet takes for a formula.

    >>> cell('=HYPERLINK("https://example.org")')
    '\'=HYPERLINK("https://example.org")'
    >>> cell(-5)
    '-5'
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return str(value)


def _encode(lines: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
