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

    def drop(self, database: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())
