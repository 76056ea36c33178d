"""A copy of the archive, consistent while others write."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import Engine

from storage.database import shown
from storage.errors import ArchiveError, InputError


def back_up(engine: Engine, path: Path) -> int:
    """Write a copy of the archive to *path* and return its size in bytes.

    SQLite: a compacted copy that can be used in the archive's place, proved
    sound before it takes its name. PostgreSQL: a dump for pg_restore. Never
    writes over a file.
    """
    if path.exists():
        raise InputError(f"{path}: there is something already; name a new file.")
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; make it first.")
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        if engine.dialect.name == "sqlite":
            _copy(str(engine.url.database), part)
        else:
            _dump(engine, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size


def _copy(database: str, part: Path) -> None:
    source = sqlite3.connect(database, isolation_level=None)
    try:
        source.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.Error as error:
        raise ArchiveError(f"{part}: the backup failed ({error}); nothing is changed.") from error
    finally:
        source.close()
    copy = sqlite3.connect(part)
    try:
        [answer] = copy.execute("PRAGMA integrity_check(1)").fetchone()
    finally:
        copy.close()
    if answer != "ok":
        raise ArchiveError(f"archive {database}: its copy is not sound ({answer}); none is kept.")


def _dump(engine: Engine, part: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise ArchiveError(
            f"archive {shown(engine.url)}: pg_dump is not installed here; "
            "install the PostgreSQL client programs, or run it on the server."
        )
    url = engine.url.set(drivername="postgresql", password=None)
    environment = dict(os.environ)
    if engine.url.password:
        environment["PGPASSWORD"] = str(engine.url.password)
    command = [program, "--format=custom", f"--file={part}", f"--dbname={shown(url)}"]
    done = subprocess.run(  # noqa: S603 - no shell, and the address is the user's own
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = " ".join(done.stderr.split())
        raise ArchiveError(f"archive {shown(engine.url)}: pg_dump failed ({reason}).")
