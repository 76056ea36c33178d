"""What was captured, day by day, sealed so that a later change shows.

Each day has a file `manifests/DAY.jsonl` beside the captures, and `DAY.jsonl.sha256` in the form
`sha256sum -c` reads. Its first line names the day before with the end of that one's chain; each
further line is a capture with the sha256 of its bytes on disk. A line's `chain` is the sha256 of
the chain before it and of the line itself, so that no line can be altered, left out or put in
without altering all that follow, in this day and in every later one. The archive holds the same
in its own tables: file, table and captures are compared with each other.

A file is written from the tables alone, so a copy of it kept elsewhere proves the rest.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.errors import ArchiveError, of_writing
from storage.evidence_tables import Manifest
from storage.models import Capture
from storage.queries import moment

FORMAT = "rasid-captures-1"
FOLDER = "manifests"
# What a line says of a capture, in this order. Where it lies may change, see storage.retention.
LASTING = ("url", "fetched_at", "status", "sha256", "length", "record_sha256")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the manifest of *day*."""

    day: str
    what: str

    def __str__(self) -> str:
        """Return both."""
        return f"{self.day}: {self.what}"


def enter(db: Session, now: datetime) -> str | None:
    """Enter what is in no manifest yet in that of today; return the day, None with nothing to do.

    One process at a time may do so: the caller takes a turn.
    """
    rows = db.scalars(
        select(Capture)
        .where(Capture.record_sha256.is_not(None), Capture.sealed_day.is_(None))
        .order_by(Capture.id)
    ).all()
    if not rows:
        return None
    day = now.astimezone(UTC).date().isoformat()
    newest = db.scalars(select(Manifest).order_by(Manifest.day.desc()).limit(1)).first()
    if newest is not None and newest.day > day:
        day = newest.day  # a clock that was set back does not turn the chain around
    sealed = db.get(Manifest, day)
    if sealed is None:
        sealed = Manifest(day=day, captures=0, sha256="", chain="", sealed_at=now)
        db.add(sealed)
        db.flush()
    for place, row in enumerate(rows, sealed.captures + 1):
        row.sealed_day, row.sealed_place = day, place
    db.flush()
    content = contents(db, day)
    sealed.captures += len(rows)
    sealed.sha256 = hashlib.sha256(content).hexdigest()
    sealed.chain = json.loads(content.splitlines()[-1])["chain"]
    sealed.sealed_at = now
    return day


def contents(db: Session, day: str) -> bytes:
    """Return the file of *day* as the tables have it."""
    previous = db.scalars(
        select(Manifest).where(Manifest.day < day).order_by(Manifest.day.desc()).limit(1)
    ).first()
    before = previous and {"day": previous.day, "sha256": previous.sha256, "chain": previous.chain}
    rows = db.scalars(
        select(Capture).where(Capture.sealed_day == day).order_by(Capture.sealed_place)
    )
    entries = [{"format": FORMAT, "day": day, "previous": before}, *map(entry, rows)]
    chain, lines = previous.chain if previous else "", []
    for one in entries:
        chain = _link(chain, one)
        lines.append(_line({**one, "chain": chain}))
    return b"".join(line + b"\n" for line in lines)


def entry(row: Capture) -> dict[str, Any]:
    """Return what a manifest says of a capture."""
    return {
        "warc": row.warc,
        "offset": row.offset,
        "url": row.url,
        "fetched_at": moment(row.fetched_at),
        "status": row.status,
        "sha256": row.sha256,
        "length": row.length,
        "record_sha256": row.record_sha256,
    }


def write(db: Session, folder: Path, day: str) -> Path:
    """Write the file of *day* under *folder* and return its path.

    Raises ArchiveError, with nothing written, where a file lies there that says something else:
    it is evidence of who altered it. DiskFull where there is no room.
    """
    path = folder / FOLDER / f"{day}.jsonl"
    content = contents(db, day)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        found = path.read_bytes() if path.exists() else b""
        # After a kill it may be behind the tables, or ahead of them.
        if not (content.startswith(found) or found.startswith(content)):
            raise ArchiveError(
                f"{path}: it was altered, and is left as it is; "
                "`rasid db check` says more; put it aside to have it written anew."
            )
        _replace(path, content)
        _replace(_sum_path(path), _sum(path, content))
    except OSError as error:
        raise of_writing(error, str(path)) from error
    return path


def days(db: Session) -> list[str]:
    """Return the days that have a manifest, the first one first."""
    return list(db.scalars(select(Manifest.day).order_by(Manifest.day)))


def check(db: Session, folder: Path, only: str | None = None) -> Iterator[Fault]:
    """Yield what is wrong with the manifests, or with that of one day: files, chain and tables."""
    previous: Manifest | None = None
    for sealed in db.scalars(select(Manifest).order_by(Manifest.day)).all():
        if only is None or sealed.day == only:
            for what in _wrong(db, folder, sealed, previous):
                yield Fault(sealed.day, what)
        previous = sealed


def _wrong(db: Session, folder: Path, sealed: Manifest, previous: Manifest | None) -> Iterator[str]:
    path = folder / FOLDER / f"{sealed.day}.jsonl"
    try:
        content, stated = path.read_bytes(), _sum_path(path).read_bytes()
    except OSError as error:
        yield f"{error.filename}: {error.strerror}"
        return
    if hashlib.sha256(content).hexdigest() != sealed.sha256:
        yield "the file is not the one that was sealed"
    if stated != _sum(path, content):
        yield f"the file does not fit {_sum_path(path).name}"
    try:
        lines = [json.loads(line) for line in content.splitlines()]
        yield from _broken_chain(lines, previous)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        yield f"the file cannot be read ({error})"
        return
    rows = db.scalars(
        select(Capture).where(Capture.sealed_day == sealed.day).order_by(Capture.sealed_place)
    ).all()
    if len(rows) != len(lines) - 1:
        yield f"{len(lines) - 1} captures in the file, {len(rows)} in the archive"
    for row, line in zip(rows, lines[1:], strict=False):
        said = entry(row)
        if any(line.get(name) != said[name] for name in LASTING):
            yield f"line {row.sealed_place} and capture {row.id} of the archive differ"


def _broken_chain(lines: list[dict[str, Any]], previous: Manifest | None) -> Iterator[str]:
    before = lines[0]["previous"]
    expected = previous.chain if previous else ""
    if (before["chain"] if before else "") != expected:
        yield "it does not follow on the day before"
    chain = before["chain"] if before else ""
    for place, line in enumerate(lines):
        said = {name: value for name, value in line.items() if name != "chain"}
        chain = _link(chain, said)
        if line["chain"] != chain:
            yield f"the chain breaks at line {place}"
            return


def _link(chain: str, said: dict[str, Any]) -> str:
    return hashlib.sha256(chain.encode() + _line(said)).hexdigest()


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _sum_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _sum(path: Path, content: bytes) -> bytes:
    return f"{hashlib.sha256(content).hexdigest()}  {path.name}\n".encode()


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
