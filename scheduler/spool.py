"""Files of JSON, read once and given back in another order, in bounded memory.

A file may be JSON Lines, an array of objects, or objects one behind the other,
plain or gzipped; what it is, is seen from its first bytes. Every object is put
into a temporary database on disk, whose index then does the sorting.
"""

import gzip
import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from storage.errors import InputError

# An article above this is a mistake, and would have to be in memory whole.
LONGEST = 64_000_000

STANDARD_INPUT = Path("/dev/stdin")
CHUNK = 1 << 20
GZIP = b"\x1f\x8b"
MARKS = {
    b"\x28\xb5\x2f\xfd": "it is compressed with zstd; decompress it first",
    b"\xff\xfe": "it is UTF-16; save it as UTF-8",
    b"\xfe\xff": "it is UTF-16; save it as UTF-8",
    b"PK\x03\x04": "it is a zip archive; unpack it first",
    b"WARC": "it is a WARC file; only JSON is imported",
}
BOM = b"\xef\xbb\xbf"
STRUCTURE = re.compile(rb'["\\{}\[\]]')


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a file, or the reason why what stands there is none."""

    place: str
    text: bytes = b""
    problem: str | None = None


class Spool:
    """Objects waiting on disk for their turn. To be used as a context manager."""

    def __init__(self) -> None:
        # The empty name is a database of its own in a file that is gone when it is closed.
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, place TEXT, text BLOB)")
        self._db.execute("CREATE TABLE step (at REAL, later REAL, entry INTEGER, number INTEGER)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def put(self, entry: Entry, moments: Iterable[tuple[float, float]]) -> None:
        """Keep *entry*; it will be given back once at each of *moments*."""
        row = self._db.execute(
            "INSERT INTO entry (place, text) VALUES (?, ?)", (entry.place, entry.text)
        ).lastrowid
        steps = [(*moment, row, number) for number, moment in enumerate(moments)]
        self._db.executemany("INSERT INTO step VALUES (?, ?, ?, ?)", steps)

    def ordered(self) -> Iterator[tuple[Entry, int]]:
        """Yield each entry with the number of its moment, the earliest moment first.

        Equal moments come in the order of `put`.
        """
        self._db.execute("CREATE INDEX step_order ON step (at, later, entry, number)")
        steps = self._db.execute(
            "SELECT place, text, number FROM step JOIN entry ON entry.id = step.entry "
            "ORDER BY step.at, step.later, step.entry, step.number"
        )
        for place, text, number in steps:
            yield Entry(place, text), number


def entries(path: Path) -> Iterator[Entry]:
    """Yield what stands in the file *path*, object by object; `-` is standard input.

    Raises InputError where it cannot be read at all. A line that is no JSON is an
    entry with a problem, and so is the rest of a file that is damaged.
    """
    try:
        file = STANDARD_INPUT.open("rb") if str(path) == "-" else path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    number = 0
    with file, _plain(file, path) as plain:
        try:
            for number, (text, problem) in enumerate(_parts(plain), start=1):
                if text or problem:
                    yield Entry(f"{path.name}:{number}", text, problem)
        except (EOFError, OSError, zlib.error):
            yield Entry(f"{path.name}:{number + 1}", problem="damaged_file")


def decoded(entry: Entry) -> dict[str, Any] | str:
    """Return the object of *entry*, or in one word why it has none."""
    if entry.problem:
        return entry.problem
    try:
        found = json.loads(entry.text)
    except UnicodeDecodeError:
        return "bad_encoding"
    except (ValueError, RecursionError):
        return "bad_json"
    return found if isinstance(found, dict) else "no_object"


def unwrapped(entry: Entry) -> list[Entry]:
    """Return the objects in *entry*'s only list of objects, as an answer of an API has one.

    An object that holds several lists, or none, is what it is.
    """
    found = decoded(entry)
    if not isinstance(found, dict):
        return [entry]
    lists = [value for value in found.values() if isinstance(value, list) and _objects_only(value)]
    if len(lists) != 1:
        return [entry]
    return [
        Entry(f"{entry.place}[{number}]", json.dumps(each).encode())
        for number, each in enumerate(lists[0])
    ]


def _objects_only(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(each, dict) for each in value)


def _plain(file: BinaryIO, path: Path) -> BinaryIO:
    head = _head(file)
    for mark, meaning in MARKS.items():
        if head.startswith(mark):
            raise InputError(f"{path}: {meaning}.")
    if head.startswith(GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    return file


def _head(file: Any) -> bytes:
    """Return the first bytes, and leave the file where it was."""
    head: bytes = file.peek(CHUNK)
    return head


def _is_lines(head: bytes) -> bool:
    """Whether each line is an object of its own, by the first line."""
    first = head.removeprefix(BOM).lstrip().split(b"\n", 1)[0].strip()
    return first != b"{" and not first.startswith(b"[")


def _parts(file: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    return _lines(file) if _is_lines(_head(file)) else _objects(file)


def _lines(file: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    first = True
    while line := file.readline(LONGEST):
        text = line.removeprefix(BOM) if first else line
        first = False
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield b"", "too_long"
        else:
            yield text.strip(), None


def _objects(file: BinaryIO) -> Iterator[tuple[bytes, str | None]]:
    """Cut the outermost objects out of an array, or out of objects behind each other."""
    scanner = _Scanner()
    while chunk := file.read(CHUNK):
        yield from scanner.feed(chunk)
    if scanner.depth or scanner.quoted:
        yield b"", "damaged_file"


class _Scanner:
    """Counts braces, in bytes: JSON's own signs never occur inside a UTF-8 letter."""

    def __init__(self) -> None:
        self.depth = 0
        self.quoted = False
        self._escaped = -1
        self._kept: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, str | None]]:
        start = 0
        for found in STRUCTURE.finditer(chunk):
            position = found.start()
            if self._is_text(found[0], position):
                continue
            if found[0] == b"{":
                if self.depth == 0:
                    start = position
                self.depth += 1
            elif found[0] == b"}" and self.depth:
                self.depth -= 1
                if self.depth == 0:
                    self._keep(chunk[start : position + 1])
                    yield self._taken()
        if self.depth:
            self._keep(chunk[start:])
        self._escaped -= len(chunk)

    def _is_text(self, sign: bytes, position: int) -> bool:
        """Whether *sign* stands in a string, or begins or ends one."""
        if self.quoted:
            if position == self._escaped:
                return True
            if sign == b"\\":
                self._escaped = position + 1
            elif sign == b'"':
                self.quoted = False
            return True
        if sign == b'"':
            self.quoted = True
        return self.quoted

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= LONGEST:
            self._kept.append(part)
        else:
            self._kept.clear()

    def _taken(self) -> tuple[bytes, str | None]:
        text, problem = b"".join(self._kept), "too_long" if self._size > LONGEST else None
        self._kept, self._size = [], 0
        return text, problem
