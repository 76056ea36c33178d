"""The newsroom served on loopback, in a thread and in a process of its own."""

import os
import signal
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from scheduler.newsroom.server import Newsroom, Request, serving
from storage.errors import InputError

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.fixture
def newsroom():
    with serving(Newsroom(NOW)) as served:
        yield served


def get(port: int, host: str, path: str = "/") -> tuple[int, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Host": f"{host}:{port}"}
    )
    # Whatever proxy the machine is set to: this is loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def test_sites_share_a_port_and_are_told_apart_by_name(newsroom):
    gold = newsroom.gold_of("rus-threat")

    assert urlsplit(gold.url).netloc == f"almanara.localhost:{newsroom.port}"
    assert gold.headline in get(newsroom.port, "almanara.localhost", urlsplit(gold.url).path)[1]
    assert get(newsroom.port, "barada.localhost", urlsplit(gold.url).path)[0] == 404


def test_a_person_who_looks_round_is_shown_the_sites(newsroom):
    status, html = get(newsroom.port, "localhost")

    assert status == 200
    assert all(newsroom.outlet(key).base in html for key in newsroom.keys)


def test_every_request_is_logged_with_its_answer(newsroom):
    get(newsroom.port, "almanara.localhost", "/wp-json/wp/v2/posts?per_page=1")
    get(newsroom.port, "alsour.localhost", "/feed/")

    assert newsroom.requests == [
        Request("almanara", "/wp-json/wp/v2/posts?per_page=1", 200),
        Request("alsour", "/feed/", 403),
    ]


def test_what_is_published_while_serving_is_served(newsroom):
    [gold] = newsroom.grow()

    assert get(newsroom.port, f"{gold.site}.localhost", urlsplit(gold.url).path)[0] == 200


def test_a_port_in_use_is_said_in_one_line(newsroom):
    with (
        pytest.raises(InputError, match=f"port {newsroom.port} cannot be served on"),
        serving(Newsroom(NOW), newsroom.port),
    ):
        pass


def test_the_newsroom_runs_as_a_process_of_its_own(tmp_path):
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "scheduler.newsroom", "--sites", str(tmp_path / "sites")],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        addresses = [process.stdout.readline().strip() for _ in range(10)]
        port = urlsplit(addresses[0]).port

        assert get(port, "tadmor.localhost")[0] == 200
        assert len(list((tmp_path / "sites").glob("*.toml"))) == 10
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
