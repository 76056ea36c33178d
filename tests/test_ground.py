"""The ground the other tests stand on: databases of their own, and no way out."""

import asyncio
import socket
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, inspect, select, text

from storage.columns import Base
from storage.database import session
from storage.models import Cluster, Site


def test_an_archive_comes_with_all_its_tables(archive: Engine):
    missing = set(Base.metadata.tables) - set(inspect(archive).get_table_names())

    assert missing == set()


def test_postgres_comes_back_after_a_power_cut(postgres_server, postgres_archive: Engine):
    with postgres_archive.begin() as connection:
        connection.execute(text("CREATE TABLE kept (id int)"))

    postgres_server.restart(immediately=True)
    postgres_archive.dispose()

    with postgres_archive.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kept")) == 0


@pytest.mark.parametrize("_", range(3))
def test_a_database_that_was_lent_before_looks_like_new(_, postgres_archive: Engine):
    with session(postgres_archive) as db:
        assert db.scalar(select(func.count()).select_from(Site)) == 0
        cluster = Cluster(first_seen_at=datetime(2026, 11, 23, tzinfo=UTC))
        db.add_all([Site(key="a", name="a"), cluster])
        db.flush()
        assert cluster.id == 1


@pytest.mark.parametrize("_", range(3))
def test_a_database_whose_tables_a_test_changed_is_not_lent_again(_, postgres_archive: Engine):
    with postgres_archive.begin() as connection:
        connection.execute(text("ALTER TABLE site ADD COLUMN mark text"))


def test_postgres_knows_the_letters_of_arabic(postgres_archive: Engine):
    # In a C-locale database it does not, and trigrams and lower() go wrong unnoticed.
    with postgres_archive.connect() as connection:
        assert connection.scalar(text("SELECT 'فرات' ~ '^[[:alpha:]]+$'"))


def test_no_socket_leads_beyond_loopback(strayed):
    with socket.socket() as stray, pytest.raises(OSError, match="stay on loopback"):
        stray.connect(("192.0.2.1", 80))

    assert strayed == [("192.0.2.1", 80)]
    strayed.clear()


def test_no_name_is_resolved():
    with pytest.raises(socket.gaierror, match="resolve no names"):
        socket.getaddrinfo("example.org", 80)


async def test_loopback_is_open():
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    _, port = server.sockets[0].getsockname()

    _, writer = await asyncio.open_connection("localhost", port)

    writer.close()
    server.close()
