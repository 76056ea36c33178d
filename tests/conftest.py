"""Databases for the tests, and a wall around them.

    archive_url     an archive with its tables; the test runs twice, on SQLite and PostgreSQL
    archive         the same, opened: an Engine
    sqlite_url      only on SQLite             sqlite_archive     opened
    postgres_url    only on PostgreSQL         postgres_archive   opened
    blank_url       a database without tables, on both
    postgres_server the server itself, for tests that stop or restart it

Each test gets a database of its own. Where PostgreSQL cannot be started its
tests are skipped and the run's last lines say so; where `CI` or
`RASID_REQUIRE_POSTGRES` is set they fail.

No test reaches beyond loopback: one that tries fails, even when the code
under test swallows the error.
"""

import ipaddress
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from storage.database import open_archive
from tests.postgres import PostgresServer, PostgresUnavailable

# A shell that runs the tests in the background has SIGINT ignored, and every process they
# start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

SKIPPED = "PostgreSQL tests were SKIPPED"

# No deadline: a busy machine is no defect. The same examples every time in CI, so that a
# change lands or does not for what it changed; new ones on every other run.
settings.register_profile("rasid", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("rasid")


def _create_tables(url: str) -> None:
    open_archive(url, create=True).dispose()


def _opened(url: str) -> Iterator[Engine]:
    engine = open_archive(url)
    yield engine
    engine.dispose()


def _required() -> bool:
    return os.environ.get("RASID_REQUIRE_POSTGRES") == "1" or bool(os.environ.get("CI"))


@pytest.fixture(scope="session")
def _postgres() -> Iterator[PostgresServer]:
    try:
        server = PostgresServer()
        server.initialise()
        server.start()
    except PostgresUnavailable as error:
        if _required():
            pytest.fail(f"PostgreSQL is required here: {error}", pytrace=False)
        pytest.skip(f"{SKIPPED}: {error}")
    yield server
    server.remove()


@pytest.fixture(scope="session")
def _postgres_template(_postgres: PostgresServer) -> None:
    database = _postgres.create()
    _create_tables(_postgres.url(database))
    _postgres.use_template(database)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "archive.db"
    _create_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_server(_postgres: PostgresServer) -> Iterator[PostgresServer]:
    """The server, up; what the test did to it is mended for those that follow."""
    yield _postgres
    if _postgres.process is None:
        _postgres.start()


@pytest.fixture
def postgres_url(_postgres: PostgresServer, _postgres_template: None) -> Iterator[str]:
    database = _postgres.lend()
    yield _postgres.url(database)
    _postgres.take_back(database)


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "archive.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def sqlite_archive(sqlite_url: str) -> Iterator[Engine]:
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_archive(postgres_url: str) -> Iterator[Engine]:
    yield from _opened(postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def archive_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def archive(archive_url: str) -> Iterator[Engine]:
    yield from _opened(archive_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.db'}"
        return
    server: PostgresServer = request.getfixturevalue("_postgres")
    database = server.create()
    yield server.url(database)
    server.drop(database)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly when half of the archive's tests did not run."""
    reasons = [
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and SKIPPED in report.longrepr[2]
    ]
    if reasons:
        terminalreporter.write_sep("!", f"{len(reasons)} {reasons[0]}", red=True, bold=True)


def _is_near(address: Any) -> bool:
    """Whether *address*, as given to `connect`, stays on this machine."""
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0]).partition("%")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost")


@pytest.fixture(autouse=True)
def strayed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Where the test tried to go beyond loopback; it fails when this is not empty at its end."""
    addresses: list[Any] = []

    def guarded(method: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if not _is_near(address):
                addresses.append(address)
                raise OSError(f"tests stay on loopback; this one wanted {address}")
            return method(self, address)

        return connect

    def near_names_only(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is None or _is_literal(name) or name == "localhost":
            return resolve(host, *args, **kwargs)
        raise socket.gaierror(socket.EAI_NONAME, f"tests resolve no names; wanted {name}")

    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", near_names_only)
    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    yield addresses
    if addresses:
        pytest.fail(f"this test reached beyond loopback: {addresses}", pytrace=False)


def _is_literal(name: str) -> bool:
    """Whether *name* is an address in any spelling: 127.0.0.1, ::1, 0x7f000001, 2130706433."""
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        try:
            socket.inet_aton(name)
        except OSError:
            return False
    return True
