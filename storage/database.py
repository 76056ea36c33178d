"""Opening an archive: SQLite or PostgreSQL, the same code for both.

engine = open_archive("sqlite:///rasid.db")
with session(engine) as db:      # one write transaction
    ...
with reading(engine) as db:      # reads only, never waits for a writer
    ...
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, insert, inspect
from sqlalchemy import text as sql
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session

from storage.columns import Base
from storage.errors import ArchiveError, DiskFull, SchemaError

# The newest migration in storage/migrations/versions; a test holds the two together.
SCHEMA = 10

# How often another may come between before a writer gives up.
COLLISIONS = 3
# How long a writer waits for another before it gives up.
BUSY_SECONDS = 30

# PostgreSQL ends the session of a writer that is silent for so long in mid-transaction: a
# frozen process would otherwise hold its locks, and with them every other writer, for ever.
SILENT_SECONDS = 60
_SILENCED = "25P03"

T = TypeVar("T")

log = logging.getLogger(__name__)


def open_archive(
    url: str, *, create: bool = False, read_only: bool = False, silence: float = SILENT_SECONDS
) -> Engine:
    """Return an engine for the archive at *url*, its schema checked.

    *create* makes a missing SQLite file and an empty database's tables.
    *silence* is how many seconds PostgreSQL waits for a writer that says nothing
    in mid-transaction before it ends its session.
    Raises ArchiveError when the archive cannot be reached, or is not there and
    *create* is not set; SchemaError when it needs another version of this program.
    """
    engine = connect(url, create=create, read_only=read_only, silence=silence)
    try:
        found = schema_version(engine)
        if found == 0 and create:
            upgrade(engine)
        else:
            _check_schema(found, engine.url)
    except DBAPIError as error:
        engine.dispose()
        raise _unreachable(engine.url, error) from error
    except ArchiveError:
        engine.dispose()
        raise
    return engine


def connect(
    url: str, *, create: bool = False, read_only: bool = False, silence: float = SILENT_SECONDS
) -> Engine:
    """Return an engine for *url* without looking at its schema."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ArchiveError(
            f"archive {url!r}: not an address of a database; "
            'write "sqlite:///rasid.db" or "postgresql://user@host/db".'
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed, create=create, read_only=read_only)
    if backend == "postgresql":
        return _postgresql(parsed, silence)
    raise ArchiveError(
        f"archive {shown(parsed)}: {backend} is not supported; use sqlite:///… or postgresql://…"
    )


def shown(url: URL) -> str:
    """Return *url* fit for a message: without its password."""
    return url.render_as_string(hide_password=True)


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """Yield a session in one write transaction: committed at the end, or nothing of it.

    Raises DiskFull where the database has no room.
    """
    try:
        with Session(engine, expire_on_commit=False) as db, db.begin():
            yield db
    except DBAPIError as error:
        if _disk_full(error):
            raise DiskFull(
                "the archive: the disk is full; free some space, then start again."
            ) from error
        raise


def written(engine: Engine, work: Callable[[Session], T]) -> T:
    """Return what *work* returns, in one write transaction.

    It is done anew where another process came between: it wrote the same address, or merged the
    cluster that was to be written of into another.
    """
    for _ in range(COLLISIONS):
        try:
            with session(engine) as db:
                return work(db)
        except IntegrityError as error:
            log.info("done anew: %s", error.orig)
    with session(engine) as db:
        return work(db)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session that only reads, at one moment of the archive."""
    with (
        engine.connect().execution_options(reading=True) as connection,
        Session(connection, expire_on_commit=False) as db,
    ):
        if connection.dialect.name == "postgresql":
            # A reader holds no locks, and may be read slowly: an export into a pager.
            db.execute(sql("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield db


def write_rows(db: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Write many *rows* of one kind; each names the same columns, and nothing is filled in.

    They go to the driver as they are: of an article's 57 keys SQLAlchemy's own way costs three
    times what the database does with them.
    """
    if not rows:
        return
    connection = db.connection()
    statement, names = _statement(model, tuple(rows[0]), connection.dialect)
    given = [tuple(map(row.__getitem__, names)) for row in rows] if names else rows
    connection.exec_driver_sql(statement, given)


@lru_cache(maxsize=32)
def _statement(
    model: type[Base], columns: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[str, ...] | None]:
    """Return the text that inserts *columns*, and their order where the driver wants no names."""
    compiled = insert(model).compile(dialect=dialect, column_keys=list(columns))
    order = compiled.positiontup
    return str(compiled), tuple(order) if order else None


def schema_version(engine: Engine) -> int:
    """Return the schema an archive is at; 0 for an empty one."""
    with engine.connect().execution_options(reading=True) as connection:
        return _schema_version(connection)


def upgrade(engine: Engine) -> int:
    """Bring the archive to this version's schema; return the schema it was at.

    Safe to call from several processes at once: the second waits, then finds
    nothing to do.
    """
    # Alembic is only needed here, and is slow to import.
    from alembic import command
    from alembic.config import Config

    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Any number will do, as long as every Rasid takes the same one.
            connection.execute(sql("SELECT pg_advisory_xact_lock(727410)"))
        found = _schema_version(connection)
        if found > SCHEMA:
            _check_schema(found, engine.url)
        if found < SCHEMA:
            config = Config()
            config.set_main_option("script_location", "storage:migrations")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return found


def lost_connection(error: BaseException) -> bool:
    """Return whether *error* means that the database went away or was busy, so: try again."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    # PostgreSQL: class 57P (shut down), 08 (connection), 40 (serialisation, deadlock);
    # no state at all when the server could not be reached.
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return state.startswith(("57P", "08", "40"))


def _disk_full(error: DBAPIError) -> bool:
    """Return whether the database had no room to write."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return "disk is full" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) == "53100"


def _schema_version(connection: Connection) -> int:
    if not inspect(connection).has_table("alembic_version"):
        return 0
    number = connection.execute(sql("SELECT version_num FROM alembic_version")).scalar()
    return int(number) if number else 0


def _check_schema(found: int, url: URL) -> None:
    if found == 0:
        raise ArchiveError(
            f"archive {shown(url)}: it is empty; run `rasid init` or `rasid db upgrade` first."
        )
    if found < SCHEMA:
        raise SchemaError(
            f"archive {shown(url)}: it is at schema {found}, this version needs {SCHEMA}; "
            "back it up, then run `rasid db upgrade`."
        )
    if found > SCHEMA:
        raise SchemaError(
            f"archive {shown(url)}: it is at schema {found}, made by a newer Rasid; "
            f"this version knows schema {SCHEMA}: install the newer one."
        )


def _sqlite(url: URL, *, create: bool, read_only: bool) -> Engine:
    memory = url.database in (None, "", ":memory:")
    if not memory:
        _check_file(Path(str(url.database)), create=create, read_only=read_only)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    def on_connect(connection: Any, _record: Any) -> None:
        # The driver would begin transactions by itself, and never IMMEDIATE ones.
        connection.isolation_level = None
        cursor = connection.cursor()
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        elif not memory:
            cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once with
        # "database is locked" under WAL, in spite of the timeout; one that
        # takes the write lock first waits its turn.
        reads = read_only or connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    try:
        engine.connect().close()
    except DatabaseError as error:
        raise _unreachable(url, error) from error
    return engine


def _check_file(path: Path, *, create: bool, read_only: bool) -> None:
    where = f"archive {path}"
    if path.is_dir():
        raise ArchiveError(f"{where}: it is a folder; name a file in it.")
    if not path.exists():
        if not create:
            raise ArchiveError(f"{where}: there is no such file; run `rasid init` first.")
        if not path.parent.is_dir():
            raise ArchiveError(f"{where}: the folder {path.parent} does not exist; make it first.")
    if read_only:
        return
    for place in (path if path.exists() else path.parent, path.parent):
        if not os.access(place, os.W_OK):
            raise ArchiveError(f"{where}: {place} is read-only; change its permissions.")


def _postgresql(url: URL, silence: float) -> Engine:
    try:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=4,
            connect_args={
                "connect_timeout": 10,
                "options": f"-c idle_in_transaction_session_timeout={int(silence * 1000)}",
            },
        )
        event.listen(engine, "handle_error", _note_silence)
        engine.connect().close()
    except (ImportError, NoSuchModuleError) as error:
        raise ArchiveError(
            f'archive {shown(url)}: the PostgreSQL driver is missing; install "rasid[postgres]".'
        ) from error
    except SQLAlchemyError as error:
        raise _unreachable(url, error) from error
    return engine


def _note_silence(context: ExceptionContext) -> None:
    """Have a session that was ended for its silence counted as a lost connection."""
    if getattr(context.original_exception, "sqlstate", None) == _SILENCED:
        context.is_disconnect = True


def _unreachable(url: URL, error: SQLAlchemyError) -> ArchiveError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = " ".join(str(cause).split())
    if url.password:
        reason = reason.replace(str(url.password), "***")
    return ArchiveError(f"archive {shown(url)}: cannot be opened ({reason}).")
