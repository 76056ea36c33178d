"""Backups made while a crawl writes: sound, and with all that was kept when they began."""

import subprocess

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from storage import checks
from storage.backup import back_up
from storage.database import open_archive, reading
from storage.models import Article
from tests.scraper.outlet import Crawl, Outlet

ARTICLES = 60


@pytest.fixture
def outlet():
    with Outlet(stories=ARTICLES) as outlet:
        outlet.page_seconds = 0.05
        yield outlet


@pytest.fixture
def sites(tmp_path):
    return tmp_path / "sites"


@pytest.fixture
def restored(archive_url, request, tmp_path):
    """Return what gives the address of an archive made of a backup."""
    if archive_url.startswith("sqlite"):
        return lambda path: f"sqlite:///{path}"
    server = request.getfixturevalue("postgres_server")

    def restore(path):
        url = server.url(server.create())
        target = make_url(url).set(drivername="postgresql").render_as_string()
        subprocess.run(["pg_restore", "--dbname", target, str(path)], check=True)
        return url

    return restore


def kept(engine):
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Article))


@pytest.mark.long
def test_a_backup_made_during_a_crawl_is_sound_and_holds_what_was_kept(
    archive, archive_url, outlet, sites, tmp_path, restored
):
    outlet.write_site(sites)
    crawl = Crawl(archive_url, sites).start("--sites", "outlet")
    made = {}
    while crawl.alive:
        path = tmp_path / f"{len(made)}.backup"
        before = kept(archive)
        back_up(archive, path)
        made[path] = before
    assert crawl.finish().status == 0

    among = [path for path, before in made.items() if 0 < before < ARTICLES]
    assert among != []  # it did run beside the crawl
    for path in among[:: max(1, len(among) // 3)]:
        copy = open_archive(restored(path))
        with reading(copy) as db:
            assert [finding for finding in checks.check(db) if finding.wrong] == []
        assert kept(copy) >= made[path]
        copy.dispose()
    assert kept(archive) == ARTICLES
