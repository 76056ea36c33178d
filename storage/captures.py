"""The bytes a server sent, kept as WARC/1.1 and found again by offset.

A writer appends to one file, a record at a time, each its own gzip member, written at once
and flushed, so that a kill loses at most the record being written. A file is named for its
writer and moment and ends in `.open` until it is closed. Its writer holds a lock on it: where
nobody does, the writer is dead, and the next one to start in the folder finishes the file.
"""

import fcntl
import hashlib
import io
import os
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from storage.encodings import decoded
from storage.errors import ArchiveError, InputError, of_writing
from storage.exchanges import Exchange, Headers

ROTATE_BYTES = 1_000_000_000
OPEN = ".open"
CHUNK = 1 << 20

# What a writer puts before each record: no name, no time, best compression, Unix.
MEMBER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"

# What a body may grow to when its content encoding is undone.
LONGEST = 64 * 1024 * 1024

NOTE = (
    "bodies as sent, content encodings included; the chunks of a transfer encoding are joined. "
    "Not kept by the crawler (Scrapy): the order and the letter case of header names, the reason "
    "phrase (the one usual for its status stands there), headers of the connection. Bytes beyond "
    "ASCII in header values are percent-encoded."
)


@dataclass(frozen=True, slots=True)
class Record:
    """Where one response is kept. *warc* is a file name, without folder; *sha256* is of the body.

    *length* and *record_sha256* are of the bytes on disk from *offset* on: the response with its
    request, and the redirects before it. None where another program wrote the file.
    """

    url: str
    warc: str
    offset: int
    sha256: str
    fetched_at: datetime
    status: int
    length: int | None = None
    record_sha256: str | None = None
    redirects: tuple[str, ...] = ()
    address: str | None = None
    tls: Mapping[str, Any] | None = None
    robots: Mapping[str, Any] | None = None
    # Set where only the headers stand here, the body being that of an earlier record.
    original: "Original | None" = None
    # When the bytes were given up under the rules of retention.
    dropped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """The record whose body an unchanged one has."""

    url: str
    warc: str
    offset: int
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it stands in a WARC file; *body* as sent, None in a record without one."""

    url: str
    fetched_at: datetime
    status: int
    headers: Headers
    body: bytes | None
    refers_to: tuple[str, datetime] | None = None

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None."""
        found = (value for key, value in self.headers if key.lower() == name.lower())
        return next(found, None)

    def content(self) -> bytes:
        """Return the body with its encodings undone, at most LONGEST bytes of it."""
        body = self.body or b""
        if (self.header("Transfer-Encoding") or "").strip().lower() == "chunked":
            from warcio.bufferedreaders import ChunkedDataReader

            # Other programs keep the chunks; what only says that it has some stays as it is.
            body = _all(ChunkedDataReader(io.BytesIO(body)))
        return decoded(body, self.header("Content-Encoding"), longest=LONGEST)


class Writer:
    """Appends exchanges to WARC files in *folder*; one writer a process."""

    def __init__(
        self, folder: Path, name: str, *, software: str, rotate: int = ROTATE_BYTES
    ) -> None:
        self._folder = folder
        self._name = name
        self._software = software
        self._rotate = rotate
        self._file: BinaryIO | None = None
        self._path = folder
        self._number = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"captures {folder}: the folder cannot be made ({error.strerror}); "
                'choose another, or captures = "" to keep none.'
            ) from error
        finish_abandoned(folder)

    def write(self, exchange: Exchange, original: Record | None = None) -> Record:
        """Append *exchange* and return where it stands; with *original*, without its body.

        Raises DiskFull where there is no room and ArchiveError where the disk refuses otherwise;
        of a record that could not be written whole nothing stays behind.
        """
        try:
            file = self._current(exchange.fetched_at)
            offset = file.tell()
            written = self._records(exchange, original)
            self._append(file, offset, written)
        except OSError as error:
            raise of_writing(error, f"captures {self._path}") from error
        return Record(
            url=exchange.url,
            warc=self._path.name.removesuffix(OPEN),
            offset=offset,
            sha256=hashlib.sha256(exchange.body).hexdigest(),
            fetched_at=exchange.fetched_at,
            status=exchange.status,
            length=len(written),
            record_sha256=hashlib.sha256(written).hexdigest(),
            redirects=tuple(hop.url for hop in exchange.redirects),
            address=exchange.address,
            tls=exchange.tls,
            original=_original(original),
        )

    def close(self) -> None:
        """Finish the file: flushed to the disk, and its `.open` taken off."""
        if self._file is None:
            return
        file, self._file = self._file, None
        _finish(file, self._path)

    def _current(self, moment: datetime) -> BinaryIO:
        if self._file is None or self._file.tell() >= self._rotate:
            self._open(moment)
        assert self._file is not None
        return self._file

    def _open(self, moment: datetime) -> None:
        self.close()
        self._number += 1
        stamp = moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        self._path = self._folder / f"rasid-{stamp}-{self._name}-{self._number:05}.warc.gz{OPEN}"
        # Exclusive: two writers in one file would break its offsets.
        file = self._path.open("xb", buffering=0)
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        name = self._path.name.removesuffix(OPEN)
        self._append(file, 0, warcinfo(name, self._software))
        self._file = file

    @staticmethod
    def _append(file: BinaryIO, offset: int, written: bytes) -> None:
        try:
            left = memoryview(written)
            while left:
                left = left[file.write(left) :]
        except OSError:
            # Half a record would be in the way of the next one.
            file.truncate(offset)
            file.seek(offset)
            raise

    def _records(self, exchange: Exchange, original: Record | None) -> bytes:
        from warcio.warcwriter import WARCWriter

        out = io.BytesIO()
        warc = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
        response = _revisit(warc, exchange, original) if original else _response(warc, exchange)
        warc.write_record(response)
        warc.write_record(_request(warc, exchange, response))
        for hop in exchange.redirects:
            response = _response(warc, hop)
            warc.write_record(response)
            warc.write_record(_request(warc, hop, response))
        return out.getvalue()


def warcinfo(name: str, software: str, note: str = NOTE, moment: datetime | None = None) -> bytes:
    """Return the record that begins the file *name*: who wrote it, and what it does not hold.

    With *moment* it is the same whenever it is made.
    """
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    warc = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    facts = {"software": software, "format": "WARC File Format 1.1", "note": note}
    record = warc.create_warcinfo_record(name, facts)
    if moment is not None:
        number = uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {moment.isoformat()}")
        record.rec_headers.replace_header("WARC-Record-ID", f"<urn:uuid:{number}>")
        record.rec_headers.replace_header("WARC-Date", warc_date(moment))
    warc.write_record(record)
    return out.getvalue()


def read(folder: Path, warc: str, offset: int) -> bytes:
    """Return the body, as sent, of the response at *offset* of the file *warc* in *folder*.

    Raises InputError when there is no such file or no response with a body there.
    """
    with opened(folder, warc) as file:
        found = response_at(file, offset)
    if found.body is None:
        raise InputError(f"captures {folder / warc}: the record at {offset} has no body.")
    return found.body


def opened(folder: Path, warc: str) -> BinaryIO:
    """Open the file *warc* of *folder*, whether it is finished or not. InputError where it is not."""
    # Once more by its final name: it may have been finished in between.
    for path in (folder / warc, folder / f"{warc}{OPEN}", folder / warc):
        with suppress(FileNotFoundError):
            return path.open("rb")
    raise InputError(f"captures {folder / warc}: there is no such file; was it moved?")


def response_at(file: BinaryIO, offset: int) -> Response:
    """Return the response at *offset* of *file*; InputError when there is none."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        file.seek(offset)
        record = next(iter(ArchiveIterator(file)), None)
        if record is not None and record.rec_type in {"response", "revisit"}:
            return response_of(record)
    except (ArchiveLoadFailed, EOFError, OSError, ValueError, KeyError, zlib.error) as error:
        raise _damaged(file, offset) from error
    raise _damaged(file, offset)


def response_of(record: Any) -> Response:
    """Return the response in a `response` or `revisit` record of warcio's."""
    said = record.rec_headers.get_header
    refers = said("WARC-Refers-To-Target-URI"), said("WARC-Refers-To-Date")
    http = record.http_headers
    status = str(http.get_statuscode()) if http else ""
    return Response(
        url=said("WARC-Target-URI") or "",
        fetched_at=moment(said("WARC-Date") or ""),
        status=int(status) if status.isdecimal() else 0,
        headers=list(http.headers) if http else [],
        body=None if record.rec_type == "revisit" else _all(record.raw_stream),
        refers_to=(refers[0], moment(refers[1])) if refers[0] and refers[1] else None,
    )


def digest_on_disk(file: BinaryIO, offset: int, length: int) -> str:
    """Return the sha256 of *length* bytes from *offset* on, as they lie in *file*."""
    file.seek(offset)
    found = hashlib.sha256()
    while length > 0 and (part := file.read(min(CHUNK, length))):
        found.update(part)
        length -= len(part)
    return found.hexdigest()


def raw(file: BinaryIO, offset: int, length: int | None) -> bytes:
    """Return the bytes of the capture at *offset*, gzip members and all.

    Where *length* is not known it is the response and the request behind it. InputError where
    nothing can be read there.
    """
    if length is None:
        length = _extent(file, offset)
    file.seek(offset)
    found = file.read(length)
    if len(found) < length or not found.startswith(MEMBER[:3]):
        raise _damaged(file, offset)
    return found


def _extent(file: BinaryIO, offset: int) -> int:
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    file.seek(offset)
    records = ArchiveIterator(file)
    end = offset
    try:
        for place, record in enumerate(records):
            if place and record.rec_type not in {"request", "metadata"}:
                break
            records.read_to_end(record)
            end = records.get_record_offset() + records.get_record_length()
    except (ArchiveLoadFailed, EOFError, ValueError, zlib.error) as error:
        if end == offset:
            raise _damaged(file, offset) from error
    return end - offset


def faulty_stretch(file: BinaryIO, begin: int, end: int) -> int | None:
    """Return where what lies between *begin* and *end* is no record as a writer writes it.

    Every byte counts: those of the data by their checksum, those around them by what they
    must be. None where all is well.
    """
    file.seek(begin)
    whole = begin
    for size, head in _members(file, end - begin):
        if head != MEMBER:
            return whole
        whole += size
    return None if whole == end else whole


def finish_abandoned(folder: Path) -> list[Path]:
    """Give the files of dead writers their names, without what was being written; return them."""
    finished = []
    for path in sorted(folder.glob(f"*.warc.gz{OPEN}")):
        with suppress(OSError):  # held by a writer that lives, or finished by another process
            file = path.open("r+b", buffering=0)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                continue
            whole = sum(size for size, _ in _members(file, os.fstat(file.fileno()).st_size))
            file.truncate(whole)
            _finish(file, path)
            finished.append(path.with_suffix(""))
    return finished


def moment(text: str) -> datetime:
    """Return the time of a WARC-Date. Raises ValueError where it is none."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def warc_date(moment: datetime) -> str:
    """Return *moment* as a WARC-Date, to the microsecond.

    >>> warc_date(datetime(2026, 3, 1, 12, tzinfo=UTC))
    '2026-03-01T12:00:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _finish(file: BinaryIO, path: Path) -> None:
    with file:
        os.fsync(file.fileno())
        path.rename(path.with_suffix(""))


def _members(file: BinaryIO, length: int) -> Iterator[tuple[int, bytes]]:
    """Yield the size and the first bytes of each whole gzip member in the next *length* bytes."""
    waiting = b""
    while True:
        inflating = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        size, head = 0, b""
        while not inflating.eof:
            part = waiting or file.read(min(CHUNK, length))
            if not part:
                return
            length -= 0 if waiting else len(part)
            if len(head) < len(MEMBER):
                head = (head + part)[: len(MEMBER)]
            waiting = b""
            size += len(part)
            try:
                inflating.decompress(part, CHUNK)
                while inflating.unconsumed_tail:
                    inflating.decompress(inflating.unconsumed_tail, CHUNK)
            except zlib.error:
                return
        waiting = inflating.unused_data
        yield size - len(waiting), head


def _original(record: Record | None) -> Original | None:
    if record is None:
        return None
    return Original(record.url, record.warc, record.offset, record.fetched_at)


def _response(warc: Any, exchange: Exchange) -> Any:
    return warc.create_warc_record(
        exchange.url,
        "response",
        payload=io.BytesIO(exchange.body),
        # Told the length, warcio needs no temporary file to find it out.
        length=len(exchange.body),
        http_headers=_status_and_headers(exchange),
        warc_headers_dict=_warc_headers(exchange),
    )


def _revisit(warc: Any, exchange: Exchange, original: Record) -> Any:
    from warcio.utils import Digester

    digest = Digester("sha1")
    digest.update(exchange.body)
    return warc.create_revisit_record(
        exchange.url,
        str(digest),
        original.url,
        warc_date(original.fetched_at),
        http_headers=_status_and_headers(exchange),
        warc_headers_dict={
            **_warc_headers(exchange),
            "WARC-Refers-To-Filename": original.warc,
            "WARC-Refers-To-File-Offset": str(original.offset),
        },
    )


def _request(warc: Any, exchange: Exchange, response: Any) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = StatusAndHeaders(
        f"{exchange.method} {target} HTTP/1.1",
        list(exchange.request_headers),
        is_http_request=True,
    )
    return warc.create_warc_record(
        exchange.url,
        "request",
        payload=io.BytesIO(),
        length=0,
        http_headers=headers,
        warc_headers_dict={
            "WARC-Date": warc_date(exchange.fetched_at),
            "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
        },
    )


def _status_and_headers(exchange: Exchange) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    # The body is whole here, whatever the server had said of its chunks.
    kept = [pair for pair in exchange.response_headers if pair[0].lower() != "transfer-encoding"]
    return StatusAndHeaders(f"{exchange.status} {exchange.reason}", kept, protocol="HTTP/1.1")


def _warc_headers(exchange: Exchange) -> dict[str, str]:
    headers = {"WARC-Date": warc_date(exchange.fetched_at)}
    if exchange.address:
        headers["WARC-IP-Address"] = exchange.address
    return headers


def _all(stream: Any) -> bytes:
    parts = []
    while part := stream.read(CHUNK):
        parts.append(part)
    return b"".join(parts)


def _damaged(file: BinaryIO, offset: int) -> InputError:
    name = getattr(file, "name", "WARC")
    return InputError(f"captures {name}: no response at {offset}; the file is damaged.")
