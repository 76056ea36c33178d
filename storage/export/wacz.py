"""The captures of articles as WACZ 1.1.1: one file that ReplayWeb.page opens in a browser.

archive/captures.warc.gz     the records, see `storage.export.warc`
indexes/index.cdx.gz, .idx   where each response begins
pages/pages.jsonl            the articles, with their headlines
rasid/articles.jsonl.gz      article JSON of all versions, as `rasid verify --package` reads it
rasid/sites.json             the rules by which they were extracted
datapackage.json             the sha256 of each of these
"""

import gzip
import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from sqlalchemy.orm import Session

from storage import queries
from storage.export import jsonl, warc
from storage.export.cdx import Index
from storage.queries import Row

VERSION = "1.1.1"
WARC = "captures.warc.gz"
ARTICLES = "rasid/articles.jsonl.gz"
SITES = "rasid/sites.json"


class Package:
    """A WACZ file while it is written."""

    def __init__(self, out: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(out, "w", allowZip64=True)
        self._resources: list[dict[str, Any]] = []

    def open(self, path: str, *, stored: bool = False) -> "Member":
        """Return what to write the file *path* to; *stored* keeps it seekable, uncompressed."""
        # The same time always: equal content is equal bytes.
        entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        return Member(self._zip.open(entry, "w", force_zip64=True), path, self._resources)

    def close(self, facts: Mapping[str, Any]) -> None:
        """Write the list of what is in it, and finish."""
        listed = {
            "profile": "data-package",
            "wacz_version": VERSION,
            **facts,
            "resources": self._resources,
        }
        content = json.dumps(listed, ensure_ascii=False, indent=2).encode()
        digest = {
            "path": "datapackage.json",
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        }
        for path, said in (
            ("datapackage.json", content),
            ("datapackage-digest.json", json.dumps(digest, indent=2).encode()),
        ):
            entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            self._zip.writestr(entry, said)
        self._zip.close()


class Member:
    """One file of a package: written once, from beginning to end, then listed with its sha256."""

    def __init__(self, file: IO[bytes], path: str, resources: list[dict[str, Any]]) -> None:
        self._file, self._path, self._resources = file, path, resources
        self._digest, self._size = hashlib.sha256(), 0

    def write(self, content: bytes) -> int:
        """Append *content*."""
        self._digest.update(content)
        self._size += len(content)
        return self._file.write(content)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        self._resources.append(
            {
                "name": self._path.rpartition("/")[2].lower(),
                "path": self._path,
                "hash": f"sha256:{self._digest.hexdigest()}",
                "bytes": self._size,
            }
        )


def write(
    db: Session,
    rows: Iterable[Row],
    out: BinaryIO,
    *,
    folder: Path | None,
    sites: Mapping[str, Any],
    title: str,
) -> Iterator[int]:
    """Write *rows* and their captures, which lie in *folder*, to *out*; yield sizes of batches.

    *sites* are the rules of extraction, as JSON.
    """
    package = Package(out)
    with ExitStack() as stack:
        index = stack.enter_context(Index(WARC))
        pages = stack.enter_context(tempfile.TemporaryFile())
        articles = stack.enter_context(tempfile.TemporaryFile())
        member = package.open(f"archive/{WARC}", stored=True)
        subset = warc.Subset(
            folder,
            cast("BinaryIO", member),
            WARC,
            withheld=warc.withheld(db),
            tell=index.add,
        )
        newest = yield from _evidence(db, rows, subset, pages, articles)
        member.close()
        _indexes(package, index)
        _copied(package, "pages/pages.jsonl", pages)
        _copied(package, ARTICLES, articles, stored=True)
        rules = package.open(SITES)
        rules.write(json.dumps(sites, ensure_ascii=False, sort_keys=True).encode())
        rules.close()
        # Said of the content, so that the same content is the same file.
        moment = newest or "1970-01-01T00:00:00Z"
        package.close({"title": title, "software": "Rasid", "created": moment, "modified": moment})


def relocated(
    record: dict[str, Any], history: Iterable[dict[str, Any]], subset: warc.Subset
) -> dict[str, Any]:
    """Return an article's line with its captures, and those of *history*, where *subset* has them."""
    record = {**record, "capture": jsonl.moved(record["capture"], subset)}
    record["history"] = [
        {**version, "capture": jsonl.moved(version["capture"], subset)} for version in history
    ]
    return record


def _evidence(
    db: Session,
    rows: Iterable[Row],
    subset: warc.Subset,
    pages: IO[bytes],
    articles: IO[bytes],
) -> Any:
    """Copy captures and write what they prove; yields sizes, returns the newest time of fetching."""
    header = {"format": "json-pages-1.0", "id": "pages", "title": "Articles"}
    pages.write(json.dumps(header).encode() + b"\n")
    newest: str | None = None
    with gzip.GzipFile(filename="", mode="wb", fileobj=articles, mtime=0) as lines:
        for batch in queries.batches(rows):
            for record in jsonl.whole(db, batch):
                moved = relocated(record, record["history"], subset)
                lines.write(jsonl.line(moved))
                capture = moved["capture"]
                if capture is None:
                    continue
                newest = max(newest or "", capture["fetched_at"])
                page = {
                    "id": str(moved["id"]),
                    "url": capture["url"],
                    "ts": capture["fetched_at"],
                    "title": moved["headline"],
                }
                pages.write(json.dumps(page, ensure_ascii=False).encode() + b"\n")
            yield len(batch)
    return newest


def _indexes(package: Package, index: Index) -> None:
    lines = ['!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
    member = package.open("indexes/index.cdx.gz", stored=True)
    for block, line in index.blocks():
        member.write(block)
        lines.append(line)
    member.close()
    member = package.open("indexes/index.idx")
    member.write("".join(lines).encode())
    member.close()


def _copied(package: Package, path: str, file: IO[bytes], *, stored: bool = False) -> None:
    file.seek(0)
    member = package.open(path, stored=stored)
    shutil.copyfileobj(file, cast("BinaryIO", member), 1 << 20)
    member.close()
