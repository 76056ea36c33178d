"""An index of a WARC file for those who replay it: CDXJ, compressed in blocks (ZipNum)."""

import hashlib
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from itertools import islice
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from storage.export.warc import Entry

# Lines in a block: what a reader fetches to look one address up.
BLOCK = 1024

_WWW = re.compile(r"^www\d*\.")
_PORTS = {"http": "80", "https": "443"}


class Index:
    """Gathers entries on disk, and gives them out in order of their keys."""

    def __init__(self, warc: str) -> None:
        self._warc = warc
        # A database without a name lives in a temporary file.
        self._rows = sqlite3.connect("")
        self._rows.execute("CREATE TABLE line (key TEXT, moment TEXT, said TEXT)")

    def __enter__(self) -> Self:
        """Return the index, empty."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the temporary file."""
        self._rows.close()

    def add(self, entry: Entry) -> None:
        """Take in one response."""
        said = {
            "url": entry.url,
            "mime": entry.mime,
            "status": str(entry.status),
            "digest": entry.digest,
            "length": str(entry.length),
            "offset": str(entry.offset),
            "filename": self._warc,
        }
        moment = entry.fetched_at.strftime("%Y%m%d%H%M%S")
        self._rows.execute(
            "INSERT INTO line VALUES (?, ?, ?)", (surt(entry.url), moment, json.dumps(said))
        )

    def lines(self) -> Iterator[str]:
        """Yield the lines of the index, as bytes order them."""
        # SQLite compares text byte by byte.
        yield from (
            f"{key} {moment} {said}\n"
            for key, moment, said in self._rows.execute(
                "SELECT key, moment, said FROM line ORDER BY key, moment, said"
            )
        )

    def blocks(self) -> Iterator[tuple[bytes, str]]:
        """Yield compressed blocks, each with its line for the index of blocks."""
        waiting, offset = self.lines(), 0
        while lines := list(islice(waiting, BLOCK)):
            compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
            block = compressor.compress("".join(lines).encode()) + compressor.flush()
            key, moment, _ = lines[0].split(" ", 2)
            said = {
                "offset": offset,
                "length": len(block),
                "digest": f"sha256:{hashlib.sha256(block).hexdigest()}",
                "filename": "index.cdx.gz",
            }
            yield block, f"{key} {moment} {json.dumps(said)}\n"
            offset += len(block)


def surt(url: str) -> str:
    """Return *url* as indexes of web archives are sorted by: host backwards, then path and query.

    >>> surt("https://www.Example.org:443/News/?b=2&a=1#top")
    'org,example)/news?a=1&b=2'
    """
    parts = urlsplit(url.strip())
    host, _, port = parts.netloc.rpartition("@")[2].lower().partition(":")
    host = _WWW.sub("", host)
    key = ",".join(reversed(host.split("."))) + (
        f":{port}" if port and port != _PORTS.get(parts.scheme) else ""
    )
    path = parts.path.lower().rstrip("/") or "/"
    query = "&".join(sorted(parts.query.lower().split("&"))) if parts.query else ""
    return f"{key}){path}" + (f"?{query}" if query else "")
