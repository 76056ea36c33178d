import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

import storage.backfill_tables
import storage.desk_tables
import storage.evidence_tables
import storage.migrations
from storage import sites
from storage.columns import Base
from storage.database import (
    SCHEMA,
    connect,
    lost_connection,
    open_archive,
    reading,
    schema_version,
    session,
    upgrade,
)
from storage.errors import ArchiveError, DiskFull, SchemaError
from storage.health_tables import Condition
from storage.models import Route, Site, Turn


def test_a_new_archive_has_this_versions_schema(blank_url):
    engine = open_archive(blank_url, create=True)

    assert schema_version(engine) == SCHEMA
    assert upgrade(engine) == SCHEMA
    engine.dispose()


def test_the_schema_number_is_the_newest_migrations():
    script = ScriptDirectory(str(Path(storage.migrations.__file__).parent))

    assert int(script.get_current_head()) == SCHEMA


def test_the_migrations_make_the_tables_of_the_models(archive):
    with archive.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, Base.metadata)

    # The full-text index is made in SQL and is not among the models.
    differences = [
        str(difference)
        for difference in differences
        if "article_fts" not in str(difference) and "words" not in str(difference)
    ]
    assert differences == []


def test_several_processes_may_create_one_archive_at_once(blank_url):
    # The file or database is there; who makes the tables is a race.
    connect(blank_url, create=True).dispose()
    errors = []

    def create() -> None:
        try:
            open_archive(blank_url, create=True).dispose()
        except Exception as error:  # noqa: BLE001 - whatever it was, the test shows it
            errors.append(error)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []


def test_an_archive_that_is_not_there_is_named_with_the_way_out(tmp_path):
    with pytest.raises(ArchiveError, match=r"nowhere\.db: there is no such file; run `rasid init`"):
        open_archive(f"sqlite:///{tmp_path}/nowhere.db")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ArchiveError, match="deep does not exist; make it first"):
        open_archive(f"sqlite:///{tmp_path}/deep/rasid.db", create=True)


def test_a_folder_is_no_archive(tmp_path):
    with pytest.raises(ArchiveError, match="it is a folder"):
        open_archive(f"sqlite:///{tmp_path}", create=True)


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path):
    (tmp_path / "letter.db").write_text("السلام عليكم " * 100)

    with pytest.raises(
        ArchiveError, match=r"letter\.db: cannot be opened \(file is not a database"
    ):
        open_archive(f"sqlite:///{tmp_path}/letter.db")


def test_a_read_only_archive_is_refused_for_writing_and_opened_for_reading(sqlite_url, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere

    with pytest.raises(ArchiveError, match="is read-only; change its permissions"):
        open_archive(sqlite_url)
    engine = open_archive(sqlite_url, read_only=True)
    with reading(engine) as db:
        assert db.query(Turn).all() == []
    engine.dispose()


def _at_schema(url: str, revision: str) -> None:
    """Make the tables of an earlier version."""
    engine = connect(url, create=True)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "storage:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def test_an_archive_of_schema_1_keeps_its_sites_and_their_states(blank_url):
    _at_schema(blank_url, "0001")
    engine = connect(blank_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO site (key, name, enabled, imported, interval_seconds, fence, state, "
                "state_reason, state_since, failures) VALUES "
                "('a', 'ا', :yes, :no, 4500, 7, 'refused', 'http_403', '2026-11-20 10:00:00', 3), "
                "('b', 'ب', :yes, :no, 900, 0, 'new', NULL, NULL, 0)"
            ),
            {"yes": True, "no": False},
        )
        connection.execute(
            text(
                "INSERT INTO route (site_key, type, url, etag, state, failures) "
                "VALUES ('a', 'feed', 'http://a/feed/', '\"1\"', 'refused', 2)"
            )
        )

    assert upgrade(engine) == 1

    with reading(engine) as db:
        first, second = db.scalars(select(Site).order_by(Site.key))
        [condition] = db.scalars(select(Condition))
        [route] = db.scalars(select(Route))
    assert (first.poll_outcome, first.poll_reason) == ("refused", "http_403")
    assert (second.poll_outcome, second.stated_seconds) == (None, None)
    assert (condition.site_key, condition.state, condition.until) == ("a", "refused", None)
    assert (route.etag, route.read_at) == ('"1"', None)
    # Its adapted interval stays, since nobody changed the file.
    with session(engine) as db:
        listed = [sites.Listed("a", "ا", enabled=True, interval=timedelta(minutes=15))]
        sites.register(db, listed, now=condition.since)
        assert db.get_one(Site, "a").interval_seconds == 4500
    engine.dispose()


def test_an_archive_of_a_newer_schema_is_refused(archive_url):
    engine = open_archive(archive_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    engine.dispose()

    with pytest.raises(SchemaError, match="at schema 99, made by a newer Rasid"):
        open_archive(archive_url)


def test_an_archive_of_an_older_schema_says_how_to_upgrade(archive_url, monkeypatch):
    monkeypatch.setattr("storage.database.SCHEMA", SCHEMA + 1)

    with pytest.raises(SchemaError, match="run `rasid db upgrade`"):
        open_archive(archive_url)


def test_an_empty_database_is_not_taken_for_an_archive(blank_url):
    connect(blank_url, create=True).dispose()

    with pytest.raises(ArchiveError, match="it is empty; run `rasid init`"):
        open_archive(blank_url)


@pytest.mark.parametrize("url", ["rasid.db", "mysql://host/db", "postgres//x"])
def test_an_address_that_is_no_archive_is_refused(url):
    with pytest.raises(ArchiveError):
        open_archive(url)


def test_an_unreachable_server_is_named_without_its_password():
    with pytest.raises(ArchiveError, match="cannot be opened") as caught:
        open_archive("postgresql://rasid:secret@127.0.0.1:1/news")

    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_transaction_that_fails_leaves_nothing(archive):
    with pytest.raises(RuntimeError), session(archive) as db:
        db.add(Turn(job="match"))
        db.flush()
        raise RuntimeError

    with reading(archive) as db:
        assert db.query(Turn).all() == []


def test_writers_wait_for_each_other(archive):
    with session(archive) as db:
        db.add(Turn(job="match"))
    failures = []

    def write(number: int) -> None:
        try:
            for _ in range(25):
                with session(archive) as db:
                    db.get(Turn, "match")
                    db.add(Turn(job=f"{number}-{_}"))
        except Exception as error:  # noqa: BLE001 - whatever it was, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with reading(archive) as db:
        assert db.query(Turn).count() == 101


def test_a_syntax_error_is_no_lost_connection(archive):
    with pytest.raises(Exception) as caught, archive.connect() as connection:  # noqa: PT011
        connection.execute(text("SELECT * FROM nowhere"))

    assert not lost_connection(caught.value)
    assert not lost_connection(sqlite3.OperationalError("database is locked"))


def test_a_writer_that_falls_silent_on_postgresql_does_not_hold_the_others_up(postgres_url):
    frozen, other = open_archive(postgres_url, silence=1), open_archive(postgres_url)

    with pytest.raises(DBAPIError) as caught, session(frozen) as silent:
        silent.add(Turn(job="match"))
        silent.flush()
        with session(other) as db:
            db.add(Turn(job="match"))  # waits for the row of the silent one
        silent.execute(text("SELECT 1"))

    assert lost_connection(caught.value)
    with reading(other) as db:
        assert db.query(Turn).count() == 1
    frozen.dispose()
    other.dispose()


def test_a_database_without_room_says_what_to_do_and_keeps_what_it_had(sqlite_archive):
    def fill():
        with session(sqlite_archive) as db:
            # Of the connection: what the disk would say a little later.
            db.execute(text("PRAGMA max_page_count = 1"))
            db.add(Site(key="large", name="x" * 1_000_000))

    with pytest.raises(DiskFull, match="the disk is full; free some space, then start again"):
        fill()

    with reading(sqlite_archive) as db:
        assert db.scalars(select(Site)).all() == []
