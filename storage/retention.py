"""Captures given up after a time, but for those that prove an alert.

What is kept of a file moves into a new one, byte by byte; the digests of the archive and of the
manifests stay as they were. A capture that is dropped stays on record: when it was made, what its
bytes were, and when they were given up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import holdings
from storage.errors import InputError
from storage.export.target import opened
from storage.export.warc import Place, Subset
from storage.models import Alert, Capture, Version


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with the files of which some capture is old enough."""

    dropped: list[int]
    kept: list[int]
    files: list[str]


def plan(db: Session, folder: Path, before: datetime) -> Plan:
    """Return which captures made *before* a time are dropped, which are kept, and in what files.

    Kept is what an alert rests on, with its robots.txt, and a body that a kept capture refers to.
    A file that is still written to is left alone.
    """
    rows = db.scalars(select(Capture).where(Capture.dropped_at.is_(None))).all()
    finished = {row.warc for row in rows if (folder / row.warc).is_file()}
    proving = set(
        db.scalars(select(Version.capture_id).join(Alert, Alert.version_id == Version.id))
    )
    kept = {row.id for row in rows if row.fetched_at >= before or row.id in proving}
    places = {(row.warc, row.offset): row for row in rows}
    waiting = [row for row in rows if row.id in kept]
    while waiting:
        for place in _needed(waiting.pop()):
            row = places.get(place)
            if row is not None and row.id not in kept:
                kept.add(row.id)
                waiting.append(row)
    dropped = [row.id for row in rows if row.id not in kept and row.warc in finished]
    files = {row.warc for row in rows if row.id in set(dropped)}
    moved = [row.id for row in rows if row.id in kept and row.warc in files]
    return Plan(dropped, moved, sorted(files))


def carry_out(db: Session, folder: Path, planned: Plan, name: str, now: datetime) -> None:
    """Move what is kept into the file *name*, and write down what is dropped.

    The old files are still there; the caller removes them once this is committed.
    """
    rows = {row.id: row for row in db.scalars(select(Capture)).all()}
    moves: dict[Place, Place] = {}
    if planned.kept:
        with opened(str(folder / name)) as out:
            subset = Subset(folder, out, name)
            for number in planned.kept:
                row = rows[number]
                record = subset.add(holdings.record_of(row))
                if record is None:
                    raise InputError(
                        f"captures {row.warc}: capture {row.id} cannot be read; nothing is dropped."
                    )
                moves[row.warc, row.offset] = record.warc, record.offset
    for number in planned.kept:
        row = rows[number]
        row.warc, row.offset = moves[row.warc, row.offset]
    for row in rows.values():
        row.original = _moved(row.original, moves)
        row.robots = _moved(row.robots, moves)
    for number in planned.dropped:
        rows[number].dropped_at = now
    db.flush()


def _needed(row: Capture) -> Iterator[Place]:
    for said in (row.original, row.robots):
        if said and "warc" in said:
            yield said["warc"], said["offset"]


def _moved(said: dict[str, Any] | None, moves: dict[Place, Place]) -> dict[str, Any] | None:
    place = moves.get((said["warc"], said["offset"])) if said and "warc" in said else None
    if said is None or place is None:
        return said
    return {**said, "warc": place[0], "offset": place[1]}
