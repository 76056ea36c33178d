import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from storage.database import open_archive, reading
from storage.models import Address, Article, Run, Site, Version, Worker
from tests.scraper.outlet import Crawl, Outlet, Process, Story

STORIES = 30
# Seconds; long enough for a busy machine to renew in time.
LEASE = 4


@pytest.fixture(autouse=True)
def _leave_no_process():
    yield
    Process.kill_all()


@pytest.fixture
def outlet():
    with Outlet(stories=STORIES) as outlet:
        outlet.page_seconds = 0.05
        yield outlet


@pytest.fixture
def crawl(archive_url, outlet, tmp_path):
    sites = tmp_path / "sites"
    outlet.write_site(sites)
    return Crawl(archive_url, sites, lease_seconds=LEASE, only=["outlet"])


class Archive:
    def __init__(self, url: str) -> None:
        self._engine = open_archive(url)

    def count(self, table: type) -> int:
        with reading(self._engine) as db:
            return db.scalar(select(func.count()).select_from(table)) or 0

    def rows(self, table: type) -> list:
        with reading(self._engine) as db:
            return list(db.scalars(select(table)))

    def writable(self) -> bool:
        """Whether nobody holds SQLite's write lock."""
        with closing(
            sqlite3.connect(str(self._engine.url.database), timeout=0, isolation_level=None)
        ) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            connection.execute("ROLLBACK")
            return True

    def in_transaction(self) -> bool:
        """Whether somebody on PostgreSQL has begun a transaction and says nothing more."""
        with self._engine.connect() as connection:
            silent = text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'idle in transaction'"
            )
            return bool(connection.scalar(silent))

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def archive_now(archive_url):
    archive = Archive(archive_url)
    yield archive
    archive.close()


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def freeze(worker: Process, archive: Archive) -> None:
    """Stop *worker* where it hurts most: in mid-transaction on PostgreSQL.

    On SQLite between two of them, where it would take the lock with it.
    """
    frozen = archive.writable if archive.dialect == "sqlite" else archive.in_transaction
    for _ in range(200):
        worker.signal(signal.SIGSTOP)
        if frozen():
            return
        worker.signal(signal.SIGCONT)
        time.sleep(0.007)
    raise AssertionError("it could not be caught at the right moment")


def everything_is_stored_once(archive: Archive) -> None:
    assert archive.count(Article) == STORIES
    assert archive.count(Version) == STORIES
    assert {row.state for row in archive.rows(Address)} == {"kept"}


@pytest.mark.long
def test_a_worker_killed_in_mid_crawl_loses_nothing_and_doubles_nothing(crawl, outlet, archive_now):
    for pages in (5, 15):
        worker = crawl.start()
        wait_until(lambda pages=pages: len(outlet.paths()) >= pages)
        worker.signal(signal.SIGKILL)
        wait_until(lambda worker=worker: not worker.alive)

    heir = crawl.start()
    wait_until(lambda: archive_now.count(Article) == STORIES)
    heir.signal(signal.SIGTERM)

    assert heir.finish().status == 0
    everything_is_stored_once(archive_now)
    # Of each kill, at most the page in flight and the one being kept were asked for again.
    assert len(outlet.paths()) <= STORIES + 4
    unended = [run for run in archive_now.rows(Run) if run.ended_at is None]
    assert len(unended) == 2


@pytest.mark.long
def test_a_worker_frozen_past_its_lease_writes_nothing_when_it_wakes(crawl, outlet, archive_now):
    frozen = crawl.start()
    wait_until(lambda: len(outlet.paths()) >= 5)
    freeze(frozen, archive_now)
    time.sleep(LEASE + 0.5)
    heir = crawl.start()
    wait_until(lambda: archive_now.count(Article) > 10)
    frozen.signal(signal.SIGCONT)
    wait_until(lambda: archive_now.count(Article) == STORIES)
    assert frozen.alive
    for worker in (frozen, heir):
        worker.signal(signal.SIGTERM)

    assert [worker.finish().status for worker in (frozen, heir)] == [0, 0]
    everything_is_stored_once(archive_now)
    first, *later = sorted(archive_now.rows(Run), key=lambda run: run.id)
    assert first.outcome == "lease_lost"
    assert "ok" in {run.outcome for run in later}


def test_a_worker_outlives_a_restart_of_postgresql(postgres_url, postgres_server, outlet, tmp_path):
    sites = tmp_path / "sites"
    outlet.write_site(sites)
    worker = Crawl(postgres_url, sites, lease_seconds=10, only=["outlet"]).start()
    wait_until(lambda: len(outlet.paths()) >= 5)

    postgres_server.restart()

    archive = Archive(postgres_url)

    def stored() -> bool:
        try:
            return archive.count(Article) == STORIES
        except OperationalError:
            return False

    wait_until(stored)
    assert worker.alive
    worker.signal(signal.SIGTERM)
    assert worker.finish().status == 0
    everything_is_stored_once(archive)
    archive.close()


def test_a_worker_told_to_stop_gives_everything_back(crawl, outlet, archive_now):
    worker = crawl.start()
    wait_until(lambda: len(outlet.paths()) >= 5)
    worker.signal(signal.SIGTERM)

    assert worker.finish(20).status == 0
    [site] = [row for row in archive_now.rows(Site) if row.key == "outlet"]
    assert site.lease_owner is None
    [run] = archive_now.rows(Run)
    assert run.ended_at is not None
    assert run.discovered == run.known + run.fetched + run.left
    assert run.left > 0
    [row] = archive_now.rows(Worker)
    assert row.ended_at is not None
    # What it left waits, and is fetched by the next.
    waiting = [row for row in archive_now.rows(Address) if row.state == "seen"]
    assert len(waiting) == run.left


def test_one_shot_crawling_of_what_is_due_ends_by_itself(crawl, outlet, archive_now):
    outlet.page_seconds = 0

    done = crawl.start("--once").finish()

    assert done.status == 0
    assert done.reports["outlet"]["new"] == STORIES
    again = crawl.start("--once").finish()
    assert again.reports == {}  # nothing is due
    everything_is_stored_once(archive_now)


def test_two_workers_share_sites_and_store_each_article_once(archive_url, tmp_path):
    sites = tmp_path / "sites"
    with Outlet("first", 10) as first, Outlet("second", 10) as second:
        for outlet in (first, second):
            outlet.stories = [Story(n, f"خبر {outlet.key} رقم {n}") for n in range(10)]
            outlet.page_seconds = 0.05
            outlet.write_site(sites)
        crawl = Crawl(archive_url, sites, only=["first", "second"])
        done = [worker.finish() for worker in [crawl.start("--once"), crawl.start("--once")]]

    assert [one.status for one in done] == [0, 0]
    archive = Archive(archive_url)
    assert archive.count(Article) == 20
    assert archive.count(Version) == 20
    archive.close()


def test_a_supervised_worker_ends_when_its_supervisor_was_killed(crawl, archive_now):
    # A process in between starts the worker, then is killed without a word to it.
    told = [sys.executable, "-m", "scraper.worker", "--config-json", json.dumps(crawl.orders)]
    told += ["--with-parent"]
    starter = f"import subprocess, time; subprocess.Popen({told!r}); time.sleep(60)"
    supervisor = subprocess.Popen([sys.executable, "-c", starter])
    wait_until(lambda: archive_now.count(Worker) == 1)
    supervisor.kill()
    supervisor.wait()

    wait_until(lambda: archive_now.rows(Worker)[0].ended_at is not None)
