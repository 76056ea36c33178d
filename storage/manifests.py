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
# So many captures are entered in one transaction: no writer waits for long.
BATCH = 2_000
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


def seal(db: Session, folder: Path, now: datetime) -> Path | None:
    """Enter what is in no manifest yet, up to BATCH captures, in that of today; return its path.

    None where there is nothing to do. One process at a time may do so: the caller takes a turn,
    and commits at once: the file is written already. Raises ArchiveError as `write` does.
    """
    rows = db.scalars(
        select(Capture)
        .where(Capture.record_sha256.is_not(None), Capture.sealed_day.is_(None))
        .order_by(Capture.id)
        .limit(BATCH)
    ).all()
    if not rows:
        return None
    sealed = _today(db, now)
    path = folder / FOLDER / f"{sealed.day}.jsonl"
    try:
        content = [_standing(db, path, sealed)]
        for place, row in enumerate(rows, sealed.captures + 1):
            row.sealed_day, row.sealed_place = sealed.day, place
            said = entry(row)
            sealed.chain = _link(sealed.chain, said)
            content.append(_line({**said, "chain": sealed.chain}) + b"\n")
        whole = b"".join(content)
        sealed.captures += len(rows)
        sealed.sha256 = hashlib.sha256(whole).hexdigest()
        sealed.sealed_at = now
        # The file last: it is made of the tables, and made again where a kill comes between.
        db.flush()
        _put(path, whole)
    except OSError as error:
        raise of_writing(error, str(path)) from error
    return path


def _today(db: Session, now: datetime) -> Manifest:
    """Return the manifest of today, begun where there was none."""
    day = now.astimezone(UTC).date().isoformat()
    newest = db.scalars(select(Manifest).order_by(Manifest.day.desc()).limit(1)).first()
    # A clock that was set back does not turn the chain around.
    if newest is not None and newest.day >= day:
        return newest
    sealed = Manifest(day=day, captures=0, sha256="", chain="", sealed_at=now)
    db.add(sealed)
    db.flush()
    begun = contents(db, day)
    sealed.sha256 = hashlib.sha256(begun).hexdigest()
    sealed.chain = json.loads(begun)["chain"]
    return sealed


def _standing(db: Session, path: Path, sealed: Manifest) -> bytes:
    """Return the content of *path* as it was sealed.

    Read from the file where that is what it should be, and else made from the tables: after a
    kill the file may be behind them, or ahead. ArchiveError where it says something else.
    """
    found = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(found).hexdigest() == sealed.sha256:
        return found
    content = contents(db, sealed.day)
    if not (content.startswith(found) or found.startswith(content)):
        raise ArchiveError(
            f"{path}: it was altered, and is left as it is; "
            "`rasid db check` says more; put it aside to have it written anew."
        )
    return content


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, content)
    _replace(_sum_path(path), _sum(path, content))


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
    try:
        _put(path, _standing(db, path, db.get_one(Manifest, day)))
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
