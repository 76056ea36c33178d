"""A desk over a small archive, and browsers without a browser."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlalchemy import Engine
from starlette.testclient import TestClient

from scheduler import jobs
from scheduler.config import Channel, Config, Desk
from scheduler.desk import secrets
from scheduler.desk.app import application
from scheduler.desk.doors import Doors
from scheduler.watchlists import Watch, added, read
from scraper.items import ArticleItem
from storage import archive as kept
from storage import people
from storage.database import open_archive, session
from storage.models import Site

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
BODY = "قالت مصادر إن القوات ستنسحب من شرق الفرات خلال أيام. ولم يصدر تعليق رسمي حتى الآن."
BASE = "http://localhost:8765"
PASSWORD = "long enough"


@dataclass
class Newsdesk:
    """A desk with its archive: articles are kept, matched, and looked at."""

    app: Any
    engine: Engine
    config: Config
    doors: Doors
    now: datetime = NOW
    clients: list[TestClient] = field(default_factory=list)

    def client(self, **options: Any) -> TestClient:
        """A browser nobody has come in with."""
        made = TestClient(self.app, base_url=BASE, follow_redirects=False, **options)
        self.clients.append(made)
        return made

    def owner(self, **options: Any) -> TestClient:
        """A browser let in by the one-time link."""
        client = self.client(**options)
        key = self.doors.mint()
        assert client.get(f"/enter/{key}").status_code == 303
        return client

    def person(self, name: str, role: str) -> TestClient:
        """A browser let in by name and password."""
        with session(self.engine) as db:
            if people.find(db, name) is None:
                people.add(db, name, secrets.hashed(PASSWORD), role, self.now)
        client = self.client()
        token = csrf(client.get("/enter").text)
        said = {"csrf": token, "name": name, "password": PASSWORD, "next": "/"}
        assert client.post("/enter", data=said).status_code == 303
        return client

    def keep(self, **facts: Any) -> Any:
        """Keep an article; match what is new."""
        page = ArticleItem(
            **{
                "site": "sana",
                "url": "https://sana.example/1",
                "headline": HEADLINE,
                "body": BODY,
                "published_at": NOW,
                **facts,
            }
        )
        with session(self.engine) as db:
            if db.get(Site, page.site) is None:
                db.add(Site(key=page.site, name=f"موقع {page.site}"))
                db.flush()
            result = kept.keep(db, page, now=self.now)
        jobs.match_new(self.engine, read(self.config.watches), self.config, lambda: self.now)
        return result


def csrf(page: str) -> str:
    """Return the word the forms of a page bring along."""
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found, page
    return found[1]


def post(client: TestClient, address: str, **said: Any) -> Any:
    """Send a form as a page of ours would."""
    word = said.pop("csrf", None) or secrets.csrf(client.cookies["rasid_desk"])
    return client.post(address, data={"csrf": word, **said})


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as always, at a cost that lets a few hundred tests pass in seconds."""
    monkeypatch.setattr(secrets, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64))


@pytest.fixture
def newsdesk(archive: Engine, tmp_path: Any) -> Iterator[Newsdesk]:
    """On both databases."""
    yield from _newsdesk(archive, tmp_path)


@pytest.fixture
def small_desk(sqlite_archive: Engine, tmp_path: Any) -> Iterator[Newsdesk]:
    """On SQLite only, where what is tested asks nothing of the archive."""
    yield from _newsdesk(sqlite_archive, tmp_path)


@pytest.fixture
def newsdesk_of(tmp_path: Any) -> Iterator[Callable[[str], Newsdesk]]:
    """A desk over the archive at an address, to be served on any free port."""
    with ExitStack() as stack:

        def make(url: str) -> Newsdesk:
            engine = open_archive(url)
            stack.callback(engine.dispose)
            return stack.enter_context(contextmanager(_newsdesk)(engine, tmp_path))

        yield make


def _newsdesk(archive: Engine, tmp_path: Any) -> Iterator[Newsdesk]:
    watches = tmp_path / "watches.toml"
    watches.write_text(added("", [Watch(name="شرق الفرات", query="شرق الفرات")]), "utf-8")
    config = Config(
        archive=archive.url.render_as_string(hide_password=False),
        watches=watches,
        sites=[tmp_path / "sites"],
        captures=tmp_path / "captures",
        desk=Desk(address="127.0.0.1:0"),
        channels={"newsroom": Channel(url=SecretStr(f"jsonl:{tmp_path / 'out.jsonl'}"))},
    )
    (tmp_path / "sites").mkdir()
    made: list[Newsdesk] = []
    clock: Callable[[], datetime] = lambda: made[0].now if made else NOW  # noqa: E731
    doors = Doors(archive, clock)
    hosts = ("localhost", "127.0.0.1")
    app = application(config, archive, clock, {}, doors=doors, hosts=hosts)
    made.append(Newsdesk(app, archive, config, doors))
    yield made[0]
    app.state.desk.chores.close()
    for client in made[0].clients:
        client.close()
