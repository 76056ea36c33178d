"""The catalogue at the desk: how sites are, on and off, how often, what works of one."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scheduler.desk.rooms import sites as room
from storage import leases, sites
from storage.database import reading, session
from storage.health import State
from storage.models import Site
from tests.scheduler.desk.conftest import NOW, post

FILE = """\
key = "furat"
name = "الفرات"
url = "http://127.0.0.1:{port}/"
side = "independent"
enabled = {enabled}
private_network = true
delay_seconds = 0
[[routes]]
type = "feed"
url = "http://127.0.0.1:{port}/feed/"
[[routes]]
type = "sitemap"
url = "http://127.0.0.1:{port}/sitemap.xml"
"""
FEED = """<rss version="2.0"><channel><title>الفرات</title><item><title>خبر من شرق الفرات</title>
<link>http://127.0.0.1:{port}/1</link></item></channel></rss>"""


def add(desk, *, enabled="false", port=9):
    """Write the file of a site of the desk's own."""
    text = FILE.format(enabled=enabled, port=port)
    (desk.config.sites[0] / "furat.toml").write_text(text, "utf-8")


def enabled(desk, key="furat"):
    with reading(desk.engine) as db:
        return db.get_one(Site, key).enabled


def register(desk):
    """Do what every worker does as it starts."""
    with session(desk.engine) as db:
        listed = desk.app.state.desk.sites().values()
        sites.register(db, listed, now=NOW)


def test_a_site_is_turned_on_and_stays_so_whatever_workers_register(newsdesk):
    add(newsdesk)
    chief = newsdesk.person("chief", "admin")
    assert "موقوف" in chief.get("/sites/furat").text

    assert post(chief, "/sites/furat", deed="enable").headers["location"] == "/sites/furat"
    register(newsdesk)

    assert enabled(newsdesk)
    assert "بقرار من المكتب" in chief.get("/sites/furat").text
    with session(newsdesk.engine) as db:
        among = ["furat"]
        lease = leases.lease_due(db, owner="w", now=NOW, seconds=60, among=among)
    assert lease is not None


def test_turned_back_a_site_follows_its_file_again(newsdesk):
    add(newsdesk)
    chief = newsdesk.person("chief", "admin")

    post(chief, "/sites/furat", deed="enable")
    post(chief, "/sites/furat", deed="disable")

    assert not enabled(newsdesk)
    with reading(newsdesk.engine) as db:
        assert sites.switched(db) == {}
    assert "بقرار من المكتب" not in chief.get("/sites/furat").text


def test_an_interval_is_taken_up_at_once_and_no_file_takes_it_back(newsdesk):
    add(newsdesk, enabled="true")
    chief = newsdesk.person("chief", "admin")
    register(newsdesk)
    with session(newsdesk.engine) as db:
        db.get_one(Site, "furat").next_due = NOW + timedelta(hours=5)

    post(chief, "/sites/furat", deed="interval", minutes="10")
    register(newsdesk)

    with reading(newsdesk.engine) as db:
        site = db.get_one(Site, "furat")
        assert site.interval_seconds == 600
        assert site.next_due == NOW + timedelta(minutes=10)


@pytest.mark.parametrize("minutes", ["4", "361", "", "x", "-5", "9" * 30])
def test_an_interval_no_site_adapts_to_is_refused_in_words(small_desk, minutes):
    add(small_desk)

    said = post(small_desk.person("chief", "admin"), "/sites/furat", deed="interval", minutes=minutes)  # fmt: skip

    assert said.status_code == 400
    assert "من 5 إلى 360 دقيقة" in said.text


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_who_may_not_handle_sites_sees_them_and_changes_nothing(small_desk, role):
    add(small_desk)
    small_desk.person("chief", "admin")
    client = small_desk.person("samer", role)

    assert 'value="enable"' not in client.get("/sites").text + client.get("/sites/furat").text
    assert post(client, "/sites/furat", deed="enable").status_code == 403
    assert post(client, "/sites/furat/check").status_code == 403


def test_sites_in_trouble_come_first_and_can_be_chosen(newsdesk):
    add(newsdesk, enabled="true")
    register(newsdesk)
    with session(newsdesk.engine) as db:
        db.get_one(Site, "furat").state = "dead"
        db.get_one(Site, "furat").state_reason = "no route has worked <b>"
    client = newsdesk.owner()

    every = client.get("/sites").text

    assert every.index("الفرات</bdi>") < every.index('href="/sites/sana"')
    assert "no route has worked &lt;b&gt;" in every
    for query in ("q=fur", "state=dead", "q=الفرات"):
        chosen = client.get(f"/sites?{query}").text
        assert "/sites/furat" in chosen
        assert "/sites/sana" not in chosen
    assert client.get("/sites?page=9999999999&state=x").status_code == 200


def test_every_state_of_a_site_has_a_word():
    assert {*State.__args__, "off"} == set(room.STATES)


def test_a_site_there_is_none_of(small_desk):
    client = small_desk.owner()

    assert client.get("/sites/nowhere").status_code == 404
    assert post(client, "/sites/nowhere", deed="enable").status_code == 404
    assert post(client, "/sites/sana", deed="burn").status_code == 400


def test_what_was_done_to_a_site_is_shown_with_it(small_desk):
    add(small_desk)
    chief = small_desk.person("chief", "admin")

    post(chief, "/sites/furat", deed="interval", minutes="30")

    assert "غيّر الفترة <bdi>chief</bdi>" in chief.get("/sites/furat").text


class _Server(BaseHTTPRequestHandler):
    def do_GET(self):
        port = self.server.server_port
        body = FEED.format(port=port).encode() if self.path == "/feed/" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.mark.long
def test_a_check_is_followed_on_the_page_route_by_route(small_desk):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    add(small_desk, port=server.server_port)
    chief, checks = small_desk.person("chief", "admin"), small_desk.app.state.desk.checks
    try:
        assert post(chief, "/sites/furat/check").status_code == 303
        part = {"headers": {"hx-request": "true"}}
        going = chief.get("/sites/furat/check", **part).text
        assert post(chief, "/sites/furat/check").status_code == 303
        checks.of("furat").process.wait(60)
        while not checks.of("furat").ended:
            threading.Event().wait(0.05)
    finally:
        checks.stop()
        server.shutdown()
        server.server_close()

    text = chief.get("/sites/furat").text
    assert 'hx-trigger="every 1s"' in going
    assert 'hx-trigger="every 1s"' not in text
    assert "جواب الخادم ٤٠٤" in text
    assert text.count("فحص <bdi>chief</bdi>") == 1
