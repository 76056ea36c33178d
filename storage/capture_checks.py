"""Whether the captures are what was written: every byte of them, or of a sample.

Files that another archive's workers wrote (an import names them) are not looked for.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from storage import captures, manifests
from storage.checks import EXAMPLES, Advance, Finding
from storage.errors import InputError
from storage.models import Capture, Worker

# How many captures a sample has, spread evenly over all.
SAMPLE = 200


def check(
    db: Session, folder: Path, *, whole: bool = False, advance: Advance = lambda _: None
) -> Iterator[Finding]:
    """Yield what is wrong with manifests and captures in *folder*; *whole* reads every byte."""
    faults = [str(fault) for fault in manifests.check(db, folder)]
    yield Finding("manifests", len(faults), tuple(faults[:EXAMPLES]))
    altered, missing = [], []
    for row in _chosen(db, whole=whole):
        try:
            with captures.opened(folder, row.warc) as file:
                found = captures.digest_on_disk(file, row.offset, row.length or 0)
            if found != row.record_sha256:
                altered.append(f"{row.id} ({row.warc} at {row.offset})")
        except InputError:
            if _is_ours(db, row.warc):
                missing.append(f"{row.id} ({row.warc})")
        advance(1)
    yield Finding("captures that were altered", len(altered), tuple(altered[:EXAMPLES]))
    yield Finding("captures that are not there", len(missing), tuple(missing[:EXAMPLES]))
    if whole:
        odd = list(_odd_stretches(db, folder))
        yield Finding("bytes that are no record", len(odd), tuple(odd[:EXAMPLES]))


def count(db: Session, *, whole: bool) -> int:
    """Return how many captures a check reads."""
    every = db.execute(select(func.count()).select_from(Capture).where(*_readable())).scalar_one()
    return every if whole else min(every, SAMPLE)


def _readable() -> tuple[ColumnElement[bool], ...]:
    return Capture.record_sha256.is_not(None), Capture.dropped_at.is_(None)


def _chosen(db: Session, *, whole: bool) -> Iterator[Capture]:
    # File by file, as they lie: a disk likes that.
    statement = select(Capture).where(*_readable()).order_by(Capture.warc, Capture.offset)
    rows = db.scalars(statement.execution_options(yield_per=500))
    step = 1 if whole else -(-count(db, whole=True) // SAMPLE)
    for place, row in enumerate(rows):
        if place % max(step, 1) == 0:
            yield row


def _is_ours(db: Session, warc: str) -> bool:
    return any(f"-{name}-" in warc for name in db.scalars(select(Worker.name)))


def _odd_stretches(db: Session, folder: Path) -> Iterator[str]:
    """Yield where a file holds something between its captures that no writer writes.

    What a transaction took back stays in its file, and is a whole record all the same.
    """
    for path in sorted(folder.glob("*.warc.gz*")):
        name = path.name.removesuffix(captures.OPEN)
        places = db.execute(
            select(Capture.offset, Capture.length)
            .where(Capture.warc == name, Capture.record_sha256.is_not(None))
            .order_by(Capture.offset)
        ).all()
        # Behind the last capture of a file that is still written to, a record may be under way.
        end = path.stat().st_size if path.name == name else 0
        with captures.opened(folder, name) as file:
            at = 0
            for offset, length in [*places, (max(end, at), 0)]:
                fault = captures.faulty_stretch(file, at, offset) if offset > at else None
                if fault is not None:
                    yield f"{name} at {fault}"
                at = max(at, offset + (length or 0))
