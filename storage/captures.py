"""The bytes a server sent, kept as WARC/1.1 and found again by offset.

A writer appends to one file, a record at a time, each its own gzip member and
flushed, so that a kill loses at most the record being written. A file is
named for its writer and moment and ends in `.open` until it is closed.
"""

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.errors import ArchiveError, InputError

ROTATE_BYTES = 1_000_000_000

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Record:
    """Where one response is kept. *warc* is a file name, without folder; *sha256* is of the body."""

    url: str
    warc: str
    offset: int
    sha256: str
    fetched_at: datetime
    status: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the response to it; bodies as sent, still compressed."""

    url: str
    fetched_at: datetime
    method: str
    request_headers: Headers
    status: int
    reason: str
    response_headers: Headers
    body: bytes


class Writer:
    """Appends exchanges to WARC files in *folder*; one writer a process."""

    def __init__(
        self, folder: Path, name: str, *, software: str, rotate: int = ROTATE_BYTES
    ) -> None:
        self._folder = folder
        self._name = name
        self._software = software
        self._rotate = rotate
        self._file: io.BufferedWriter | None = None
        self._warc: Any = None
        self._path = folder
        self._number = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"captures {folder}: the folder cannot be made ({error.strerror}); "
                'choose another, or captures = "" to keep none.'
            ) from error

    def write(self, exchange: Exchange) -> Record:
        """Append *exchange* and return where it stands; ArchiveError when the disk refuses."""
        try:
            if self._file is None or self._file.tell() >= self._rotate:
                self._open(exchange.fetched_at)
            assert self._file is not None
            response = self._response(exchange)
            offset = self._file.tell()
            self._warc.write_record(response)
            self._warc.write_record(self._request(exchange, response))
            self._file.flush()
        except OSError as error:
            raise ArchiveError(
                f"captures {self._path}: cannot be written ({error.strerror}); free some space."
            ) from error
        return Record(
            url=exchange.url,
            warc=self._path.name.removesuffix(".open"),
            offset=offset,
            sha256=hashlib.sha256(exchange.body).hexdigest(),
            fetched_at=exchange.fetched_at,
            status=exchange.status,
        )

    def close(self) -> None:
        """Finish the file: flushed to the disk, and its `.open` taken off."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        self._path.rename(self._path.with_suffix(""))

    def _open(self, moment: datetime) -> None:
        from warcio.warcwriter import WARCWriter

        self.close()
        self._number += 1
        stamp = moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        self._path = self._folder / f"rasid-{stamp}-{self._name}-{self._number:05}.warc.gz.open"
        # Exclusive: two writers in one file would break its offsets.
        self._file = self._path.open("xb")
        self._warc = WARCWriter(self._file, gzip=True, warc_version="WARC/1.1")
        self._warc.write_record(
            self._warc.create_warcinfo_record(
                self._path.name.removesuffix(".open"),
                {
                    "software": self._software,
                    "format": "WARC File Format 1.1",
                    "note": "bodies as sent; the order and the letter case of header names "
                    "and the reason phrase were not kept by the crawler",
                },
            )
        )

    def _response(self, exchange: Exchange) -> Any:
        from warcio.statusandheaders import StatusAndHeaders

        headers = StatusAndHeaders(
            f"{exchange.status} {exchange.reason}",
            list(exchange.response_headers),
            protocol="HTTP/1.1",
        )
        return self._warc.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.body),
            # Told the length, warcio needs no temporary file to find it out.
            length=len(exchange.body),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": _warc_date(exchange.fetched_at)},
        )

    def _request(self, exchange: Exchange, response: Any) -> Any:
        from warcio.statusandheaders import StatusAndHeaders

        path = "/" + exchange.url.split("://", 1)[-1].partition("/")[2]
        headers = StatusAndHeaders(
            f"{exchange.method} {path} HTTP/1.1",
            list(exchange.request_headers),
            is_http_request=True,
        )
        return self._warc.create_warc_record(
            exchange.url,
            "request",
            payload=io.BytesIO(),
            length=0,
            http_headers=headers,
            warc_headers_dict={
                "WARC-Date": _warc_date(exchange.fetched_at),
                "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
            },
        )


def read(folder: Path, warc: str, offset: int) -> bytes:
    """Return the body, as sent, of the response at *offset* of the file *warc* in *folder*.

    Raises InputError when there is no such file or no response there.
    """
    from warcio.archiveiterator import ArchiveIterator

    path = next((p for p in (folder / warc, folder / f"{warc}.open") if p.exists()), None)
    if path is None:
        raise InputError(f"captures {folder / warc}: there is no such file; was it moved?")
    with path.open("rb") as file:
        file.seek(offset)
        for record in ArchiveIterator(file, no_record_parse=False):
            if record.rec_type == "response":
                body: bytes = record.raw_stream.read()
                return body
            break
    raise InputError(f"captures {path}: no response at {offset}; the file is damaged.")


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
