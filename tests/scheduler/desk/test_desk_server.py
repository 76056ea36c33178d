"""The desk served: bound, entered by its link, live, ended."""

import json
import socket
import threading
from contextlib import closing
from datetime import UTC, datetime
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from scheduler.config import Config, Desk
from scheduler.desk import secrets
from scheduler.desk.server import serving
from storage import deeds, people
from storage.database import open_archive, session
from storage.errors import ConfigError
from tests.scheduler.desk.conftest import post


def clock() -> datetime:
    return datetime.now(UTC)


def config(url: str, address: str = "127.0.0.1:0") -> Config:
    return Config(archive=url, desk=Desk(address=address))


def told(line: str) -> None:
    pytest.fail(line)


def test_the_link_leads_to_the_stream(archive_url):
    with serving(config(archive_url), clock, {}, told) as desk:
        browser = build_opener(HTTPCookieProcessor())
        with browser.open(desk.link) as answer:
            text = answer.read().decode()

    assert answer.url == f"{desk.base}/"
    assert "التنبيهات" in text


def test_an_address_others_can_reach_is_refused_until_somebody_has_a_password(sqlite_url):
    wide = config(sqlite_url, "0.0.0.0:0")
    with pytest.raises(ConfigError, match="rasid user add"), serving(wide, clock, {}, told):
        pass
    engine = open_archive(sqlite_url)
    with session(engine) as db:
        people.add(db, "chief", secrets.hashed("long enough"), "admin", clock())
    engine.dispose()

    with serving(wide, clock, {}, told) as desk:
        assert desk.link is None


def test_an_address_in_use_is_told_and_the_rest_goes_on(sqlite_url):
    lines = []
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with serving(config(sqlite_url, address), clock, {}, lines.append) as desk:
            assert desk is None

    assert address in lines[0]
    assert "[desk]" in lines[0]


@pytest.mark.parametrize("address", ["8765", "localhost", "localhost:99999", ":80"])
def test_an_address_that_is_none_is_the_users_mistake(sqlite_url, address):
    with (
        pytest.raises(ConfigError, match=r"127\.0\.0\.1:8765"),
        serving(config(sqlite_url, address), clock, {}, told),
    ):
        pass


def test_an_empty_address_serves_none(sqlite_url):
    with serving(config(sqlite_url, ""), clock, {}, told) as desk:
        assert desk is None


def test_what_is_done_on_one_screen_is_told_to_the_others(sqlite_url, newsdesk_of):
    newsdesk = newsdesk_of(sqlite_url)
    newsdesk.keep()
    with serving(newsdesk.config, clock, {}, told) as desk:
        browser = build_opener(HTTPCookieProcessor())
        browser.open(desk.link).close()
        with browser.open(f"{desk.base}/live", timeout=30) as live:
            assert live.headers["content-type"].startswith("text/event-stream")
            assert next_event(live) == ("alerts", {"last": 1})
            newsdesk.keep(url="https://sana.example/2", headline="شرق الفرات مرة أخرى", body="")
            assert next_event(live) == ("alerts", {"last": 2})
            with session(newsdesk.engine) as db:
                deeds.handle(db, "samer", "ack", [1], clock())
            assert next_event(live) == ("touched", {"alerts": [1]})

    assert not [thread for thread in threading.enumerate() if thread.name == "desk"]


def next_event(live) -> tuple[str, dict]:
    """Read on to the next event of a stream."""
    event = ""
    for raw in live:
        line = raw.decode().strip()
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: "):
            return event, json.loads(line.removeprefix("data: "))
    pytest.fail("the stream ended")


def test_a_page_that_breaks_off_shows_nothing_of_why(small_desk, monkeypatch):
    client = small_desk.owner(raise_server_exceptions=False)

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("storage.stream.page", broken)
    said = client.get("/")

    assert said.status_code == 500
    assert "secret" not in said.text
    assert post(client, "/leave").status_code == 303
