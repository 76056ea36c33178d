"""Captures given up after a time, but for those that prove an alert.

File by file: what is kept of one moves into a new file, byte by byte; the digests of the archive
and of the manifests stay as they were. A capture that is dropped stays on record: when it was
made, what its bytes were, and when they were given up.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from storage import captures
from storage.export.target import opened
from storage.export.warc import NOTE, Place
from storage.models import Alert, Capture, Version

CHUNK = 200


@dataclass(slots=True)
class Survey:
    """The finished files of which some capture is old enough, and what of them others refer to.

    *needed* holds by file the offsets of records that a kept capture rests on - its robots.txt, an
    earlier body - with their length where it is known. *strays* are files of before that no
    capture is in: left by a kill between a move and the removal of what was moved.
    """

    before: datetime
    files: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    needed: dict[str, dict[int, int | None]] = field(default_factory=lambda: defaultdict(dict))
    newest: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with the captures in one file: row numbers."""

    warc: str
    dropped: Sequence[int]
    kept: Sequence[int]
    # Records that are no capture of their own but proof of one, as in Survey.needed.
    proofs: dict[int, int | None]


def survey(db: Session, folder: Path, before: datetime) -> Survey:
    """Return what captures made *before* a time may be given up."""
    found = Survey(before, newest=db.scalar(select(Capture.id).order_by(Capture.id.desc())) or 0)
    old = select(Capture.warc).where(_held(), Capture.fetched_at < before, ~_proving()).distinct()
    finished = {path.name: path for path in folder.glob("*.warc.gz")}
    found.files = sorted(warc for warc in db.scalars(old) if warc in finished)
    _need(db, found, or_(Capture.fetched_at >= before, _proving()))
    held = set(db.scalars(select(Capture.warc).where(_held()).distinct())) | set(found.needed)
    found.strays = sorted(
        name
        for name, path in finished.items()
        if name.startswith("rasid-")
        and name not in held
        and path.stat().st_mtime < before.timestamp()
    )
    return found


def plan(db: Session, warc: str, surveyed: Survey) -> Plan:
    """Return what of the file *warc* is dropped and what is kept; its captures are locked.

    Kept is what an alert rests on, with its robots.txt, and a body that a kept capture refers to.
    """
    rows = db.execute(
        select(Capture.id, Capture.offset, Capture.fetched_at, _proving())
        .where(_held(), Capture.warc == warc)
        .order_by(Capture.offset)
        .with_for_update(of=Capture)
    ).all()
    # What came since may refer to an earlier body.
    _need(db, surveyed, Capture.id > surveyed.newest)
    needed = surveyed.needed.get(warc, {})
    dropped: list[int] = []
    kept: list[int] = []
    for number, offset, fetched_at, proving in rows:
        stays = fetched_at >= surveyed.before or proving or offset in needed
        (kept if stays else dropped).append(number)
    own = {offset for _, offset, _, _ in rows}
    proofs = {offset: length for offset, length in needed.items() if offset not in own}
    return Plan(warc, dropped, kept, proofs)


def carry_out(db: Session, folder: Path, planned: Plan, name: str, now: datetime) -> None:
    """Move what is kept into the file *name*, and write down what is dropped.

    The old file is still there; the caller removes it once this is committed. Raises InputError,
    with nothing changed, where something to be kept cannot be read.
    """
    rows = db.scalars(select(Capture).where(Capture.id.in_(planned.kept))).all()
    extents = {row.offset: row.length for row in rows} | planned.proofs
    if extents:
        moves = _moved(folder, planned.warc, extents, name, now)
        for row in rows:
            row.warc, row.offset = moves[row.warc, row.offset]
        db.flush()
        _follow(db, planned.warc, moves)
    for chunk in _chunks(planned.dropped):
        for row in db.scalars(select(Capture).where(Capture.id.in_(chunk))):
            row.dropped_at = now
    db.flush()


def _moved(
    folder: Path, warc: str, extents: dict[int, int | None], name: str, now: datetime
) -> dict[Place, Place]:
    moves: dict[Place, Place] = {}
    with opened(str(folder / name)) as out, captures.opened(folder, warc) as file:
        end = out.write(captures.warcinfo(name, "Rasid", NOTE, moment=now))
        for offset, length in sorted(extents.items()):
            moves[warc, offset] = name, end
            end += out.write(captures.raw(file, offset, length))
    return moves


def _follow(db: Session, warc: str, moves: dict[Place, Place]) -> None:
    """Let what refers to the file *warc* refer to where that lies now."""
    refers = or_(
        Capture.original["warc"].as_string() == warc, Capture.robots["warc"].as_string() == warc
    )
    for row in db.scalars(select(Capture).where(refers).execution_options(yield_per=CHUNK)):
        row.original, row.robots = _elsewhere(row.original, moves), _elsewhere(row.robots, moves)


def _elsewhere(said: dict[str, Any] | None, moves: dict[Place, Place]) -> dict[str, Any] | None:
    place = moves.get((said["warc"], said["offset"])) if said and "warc" in said else None
    if said is None or place is None:
        return said
    return {**said, "warc": place[0], "offset": place[1]}


def _need(db: Session, found: Survey, which: ColumnElement[bool]) -> None:
    """Add to *found* what the captures *which* rest on, and what that rests on in its turn."""
    proofs = _proofs(db, which)
    while proofs:
        fresh = []
        for warc, offset, length in proofs:
            if offset not in found.needed[warc]:
                found.needed[warc][offset] = length
                fresh.append((warc, offset))
        proofs = [
            proof
            for chunk in _chunks(fresh)
            for proof in _proofs(db, tuple_(Capture.warc, Capture.offset).in_(chunk))
        ]


def _proofs(db: Session, which: ColumnElement[bool]) -> list[tuple[str, int, int | None]]:
    statement = select(Capture.original, Capture.robots).where(_held(), which)
    return list(
        {
            (said["warc"], said["offset"], said.get("length"))
            for row in db.execute(statement.execution_options(yield_per=1000))
            for said in row
            if said and "warc" in said
        }
    )


def _held() -> ColumnElement[bool]:
    return Capture.dropped_at.is_(None)


def _proving() -> ColumnElement[bool]:
    alerted = select(Version.capture_id).join(Alert, Alert.version_id == Version.id)
    return Capture.id.in_(alerted.where(Version.capture_id.is_not(None)))


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
