"""Old captures given up, file by file, so that no writer waits for long: see storage.retention."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from scheduler.jobs import Clock
from storage import retention, watches
from storage.database import reading, session
from storage.errors import InputError


@dataclass(slots=True)
class Pruned:
    """What was given up: captures, those moved for it, and the files that are gone."""

    dropped: int = 0
    moved: int = 0
    files: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return one JSON object."""
        return {"dropped": self.dropped, "moved": self.moved, "files": self.files}


def prune(engine: Engine, folder: Path, clock: Clock, *, days: int, dry: bool = False) -> Pruned:
    """Give up the bytes of captures older than *days* that prove no alert; *dry*: only count.

    Raises InputError at the end where a file could not be read; nothing of that is dropped. A kill loses nothing: a file is removed once what is kept of it is committed elsewhere, and
    one that was not removed is at the next time.
    """
    done = Pruned()
    unread: InputError | None = None
    before = clock() - timedelta(days=days)
    with reading(engine) as db:
        surveyed = retention.survey(db, folder, before)
    for number, warc in enumerate(surveyed.files, 1):
        now = clock()
        name = f"rasid-{now:%Y%m%d%H%M%S}-kept-{number:05}.warc.gz"
        try:
            with session(engine) as db:
                watches.take_turn(db, "prune", now)
                planned = retention.plan(db, warc, surveyed)
                if planned.dropped and not dry:
                    retention.carry_out(db, folder, planned, name, now)
        except InputError as error:
            unread = unread or InputError(f"{error} Nothing of that file is dropped.")
            continue
        if planned.dropped:
            done.dropped += len(planned.dropped)
            done.moved += len(planned.kept)
            done.files.append(warc)
    done.files += surveyed.strays
    for warc in done.files if not dry else ():
        with suppress(FileNotFoundError):  # another process was as quick
            (folder / warc).unlink()
    if unread is not None:
        raise unread
    return done
