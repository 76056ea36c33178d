"""A PostgreSQL server of the tests' own: made in a temporary folder, gone when they end.

It listens on a Unix socket only, so no port is taken and nothing outside this
machine can reach it. Its clock is set to Damascus: a time that was kept
without its zone comes back three hours off and fails the test.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

SUPERUSER = "rasid"
LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    # The machine is not switched off under the tests. `synchronous_commit` stays on:
    # the server is killed in some, and what was committed then must be there after.
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "16MB",
    "max_connections": "50",
    "timezone": "Asia/Damascus",
}


# All of a database but its rows: tables, columns, indexes, constraints, functions, schema version.
SHAPE = """
SELECT (SELECT string_agg(format('%s.%s:%s', c.relname, a.attname, a.atttypid), ' '
                          ORDER BY c.relname, a.attname)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped),
       (SELECT string_agg(indexdef, ' ' ORDER BY indexdef) FROM pg_indexes
        WHERE schemaname = 'public'),
       (SELECT count(*) FROM pg_constraint),
       (SELECT count(*) FROM pg_trigger),
       (SELECT count(*) FROM pg_proc),
       (SELECT string_agg(version_num, ' ') FROM alembic_version)
"""
SIZE = """
SELECT coalesce(sum(pg_relation_size(oid)), 0) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
# Dead rows are not cleared away, so a database that held many is slower than a new one.
TOO_LARGE = 5_000_000


class PostgresUnavailable(Exception):
    """The server cannot be made here; the message says what is missing."""


def binaries() -> Path:
    """Return the folder with `initdb` and `postgres`, the newest where there are several."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin"):
        folders += sorted(Path("/").glob(pattern), key=_release, reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresUnavailable("no initdb found; install postgresql")


def _release(folder: Path) -> list[int]:
    digits = "".join(c if c.isdigit() else " " for c in str(folder))
    return [int(number) for number in digits.split()]


def _account() -> dict[str, Any]:
    """Return whom to run the server as: it refuses to run as root."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresUnavailable("root has no account to run postgres as; add a user 'postgres'")


class PostgresServer:
    """One server; `start`, `stop` and `restart` it, and ask it for databases."""

    def __init__(self) -> None:
        self.bin = binaries()
        self.account = _account()
        # A socket's path has room for some 100 bytes, and the server's account must be
        # able to enter every folder above it: pytest's own temporary folders fit neither.
        self.folder = Path(tempfile.mkdtemp(prefix="rasid-pg-", dir="/tmp"))
        if self.account:
            os.chown(self.folder, self.account["user"], self.account["group"])
        self.folder.chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None
        self.made = 0
        self.free: list[str] = []
        self.template = ""
        self.shape: Any = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def initialise(self) -> None:
        """Make the cluster's files; half a second to two."""
        command = [self.bin / "initdb", "--pgdata", self.folder / "cluster", "--no-sync"]
        command += ["--auth=trust", "--encoding=UTF8", f"--locale={LOCALE}"]
        command += [f"--username={SUPERUSER}"]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **self.account
        )
        if done.returncode:
            raise PostgresUnavailable(f"initdb failed: {done.stderr.strip()[-300:]}")

    def start(self) -> None:
        """Start the server and return when it answers."""
        command: list[Any] = [self.bin / "postgres", "-D", self.folder / "cluster"]
        command += ["-k", self.folder]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        if setpriv := shutil.which("setpriv"):
            # Even a test run that is killed leaves no server behind.
            command = [setpriv, "--pdeathsig", "QUIT", *command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, **self.account
            )
        self._wait()

    def _wait(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect("postgres").close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    tail = self.log.read_text(errors="replace").strip()[-300:]
                    raise PostgresUnavailable(f"postgres did not start: {tail}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self, *, immediately: bool = False) -> None:
        """Stop the server, breaking every connection; *immediately* is as after a power cut."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self, *, immediately: bool = False) -> None:
        self.stop(immediately=immediately)
        self.start()

    def remove(self) -> None:
        self.stop(immediately=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.folder), user=SUPERUSER, dbname=database, autocommit=True
        )

    def url(self, database: str) -> str:
        """Return the address of *database* as it stands in a `rasid.toml`."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.folder}"

    def create(self, *, template: str = "template0") -> str:
        """Make a new database like *template* and return its name."""
        self.made += 1
        name = f"rasid_{self.made}"
        with self.connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return name

    def use_template(self, database: str) -> None:
        """Make *database* what those that are lent are like; it has tables and no rows."""
        self.template = database
        with self.connect(database) as connection:
            self.shape = connection.execute(SHAPE).fetchone()

    def lend(self) -> str:
        """Return a database like the template: one that was given back, or a new one."""
        return self.free.pop() if self.free else self.create(template=self.template)

    def take_back(self, database: str) -> None:
        """Empty *database* for the next test: that takes a hundredth of the time of a new one.

        Where a test changed more than rows, or left many behind, it is dropped.
        """
        if self.process is None:
            self.start()
        if self._emptied(database):
            self.free.append(database)
        else:
            self.drop(database)

    def _emptied(self, database: str) -> bool:
        with self.connect(database) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            try:
                shape = connection.execute(SHAPE).fetchone()
            except psycopg.errors.UndefinedTable:
                return False
            [size] = connection.execute(SIZE).fetchone() or [0]
            if shape != self.shape or size > TOO_LARGE:
                return False
            tables = connection.execute(
                "SELECT quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            ).fetchall()
            deletes = "".join(f"DELETE FROM {table};" for (table,) in tables)
            # As a replica it checks no foreign keys, so the order does not matter.
            connection.execute(f"SET session_replication_role = replica; {deletes}".encode())
            connection.execute(
                "SELECT setval(oid::regclass, 1, false) FROM pg_class"
                " WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
            )
        return True

    def drop(self, database: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())
