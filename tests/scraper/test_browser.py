"""Pages that scripts make, read in the system's Chromium: only where a site's file asks for it."""

import json
import os
import subprocess
import sys

import pytest
from aiohttp import web
from sqlalchemy import select

from scraper import browser
from storage.captures import opened, response_at
from storage.models import Capture, Site, Version
from tests.scraper.outlet import Crawl, Outlet, Process
from tests.scraper.test_crawl import rows
from tests.scraper.test_resolver import Victim

FILLED = """<!doctype html><html lang="ar"><head><meta charset="utf-8"><title>موقع</title></head>
<body><div id="app"></div><script>
fetch("/api/{number}").then(answer => answer.json()).then(one => {{
  document.title = one.headline;
  document.getElementById("app").innerHTML =
    "<article><h1>" + one.headline + "</h1><div class='entry-content'>" + one.body + "</div></article>";
}});
{more}
</script><img src="/picture.png"></body></html>"""


@pytest.fixture
def chromium():
    lack = browser.missing()
    if lack and (os.environ.get("RASID_REQUIRE_BROWSER") == "1" or os.environ.get("CI")):
        pytest.fail(f"required here: {lack}", pytrace=False)
    if lack:
        pytest.skip(lack)


@pytest.fixture
def outlet():
    with Outlet(stories=2) as outlet:
        for story in outlet.stories:
            fill(outlet, story)
        yield outlet
    Process.kill_all()


def fill(outlet, story, more=""):
    """Have the page of *story* made by a script, which does *more*."""
    body = "".join(f"<p>{text}</p>" for text in story.body)
    outlet.answers[f"/api/{story.number}"] = lambda _: web.json_response(
        {"headline": story.headline, "body": body}
    )
    text = FILLED.format(number=story.number, more=more)
    outlet.answers[story.path] = web.Response(text=text, content_type="text/html")


def crawled(outlet, url, folder, *, routes=None, **orders):
    outlet.write_site(folder / "sites", browser=True, routes=routes)
    found = Crawl(url, folder / "sites", **orders).run("outlet")
    assert found.errors == ""
    return found.reports["outlet"]


@pytest.mark.long
def test_an_article_that_a_script_puts_there_is_read(chromium, outlet, sqlite_url, tmp_path):
    seen = {}
    told = outlet.answers["/api/1"]

    def answer(request):
        seen["agent"] = request.headers["User-Agent"]
        return told(request)

    outlet.answers["/api/1"] = answer
    report = crawled(outlet, sqlite_url, tmp_path, captures=str(tmp_path / "captures"))

    assert (report["outcome"], report["new"]) == ("ok", 2), report
    bodies = rows(sqlite_url, select(Version.body))
    assert sorted(bodies) == sorted("\n\n".join(story.body) for story in outlet.stories)
    # It says who asks, as a crawl does, and asks for no pictures.
    assert seen["agent"].startswith("Rasid/")
    assert outlet.paths("/picture") == []
    # What is kept of it says that it is not what was sent.
    record = rows(sqlite_url, select(Capture).where(Capture.url.contains("/news/")))[0]
    with opened(tmp_path / "captures", record.warc) as file:
        kept = response_at(file, record.offset)
    assert (kept.header("X-Rendered-By") or "").startswith("Chromium/")


@pytest.mark.long
def test_a_page_leads_a_browser_into_no_private_network(chromium, outlet, sqlite_url, tmp_path):
    with Victim() as victim:
        inside, port = f"http://127.0.0.1:{victim.port}/", victim.port
        named = [f"http://{host}:{port}/" for host in ("localhost", "[::1]", "db.localhost")]
        reach = "".join(
            f"fetch('{url}', {{mode: 'no-cors'}}).catch(() => 0);"
            f"new WebSocket('{url.replace('http', 'ws')}');"
            for url in (inside, *named, "http://10.0.0.1/", f"{outlet.url}/leads/in")
        )
        # Frames, scripts and what a script leads to, beside what it fetches.
        reach += f"let s = document.createElement('script'); s.src = '{inside}'; document.body.append(s);"
        reach += f"let f = document.createElement('iframe'); f.src = '{inside}'; document.body.append(f);"
        fill(outlet, outlet.stories[0], reach)
        outlet.answers["/leads/in"] = web.Response(status=302, headers={"Location": inside})
        outlet.answers[outlet.stories[1].path] = web.Response(
            status=302, headers={"Location": f"http://localhost:{victim.port}/"}
        )
        report = crawled(outlet, sqlite_url, tmp_path)

    assert victim.knocks == 0
    # The one that only tried is read; the one that leads there is refused.
    assert (report["new"], report["refused"]) == (1, {"offsite": 1}), report


@pytest.mark.long
def test_a_browser_is_bound_as_a_crawl_is(chromium, outlet, sqlite_url, tmp_path):
    good, large = outlet.stories
    outlet.answers["/robots.txt"] = web.Response(text="User-agent: *\nDisallow: /closed/\n")
    fill(outlet, good, "fetch('/closed/1'); window.open('/window/')")
    outlet.answers[large.path] = web.Response(
        text="<script>document.write('<p>' + 'x'.repeat(9000000))</script>",
        content_type="text/html",
    )
    report = crawled(outlet, sqlite_url, tmp_path)

    assert (report["new"], report["refused"]) == (1, {"too_large": 1}), report
    assert outlet.paths("/closed/") == outlet.paths("/window/") == []


@pytest.mark.long
def test_a_page_whose_scripts_never_end_costs_its_time_and_no_more(
    chromium, outlet, sqlite_url, tmp_path
):
    fill(outlet, outlet.stories[1], "while (true) {}")
    report = crawled(outlet, sqlite_url, tmp_path, answer_seconds=5)

    assert (report["new"], report["failed"]) == (1, {"timeout": 1}), report


@pytest.mark.long
def test_a_list_that_a_script_makes_is_read(chromium, outlet, sqlite_url, tmp_path):
    for story in outlet.stories:
        outlet.answers.pop(story.path)
    outlet.answers["/list"] = web.Response(
        text="""<body><ul></ul><script>document.querySelector("ul").innerHTML =
        "<li><a href='/news/1/'>خبر</a></li><li><a href='/news/2/'>خبر</a></li>"</script>""",
        content_type="text/html",
    )
    route = (
        f'[[routes]]\ntype = "listing"\nurl = "{outlet.url}/list"\nlinks = "li a"\nbrowser = true\n'
    )
    outlet.write_site(tmp_path / "sites", routes=route)
    found = Crawl(sqlite_url, tmp_path / "sites").run("outlet")

    assert found.reports["outlet"]["new"] == 2, found


@pytest.mark.long
def test_without_a_browser_that_is_the_state_of_the_site_and_who_names_it_is_told(
    outlet, sqlite_url, tmp_path
):
    outlet.write_site(tmp_path / "sites", browser=True)
    orders = Crawl(sqlite_url, tmp_path / "sites", only=["outlet"]).orders

    def run(*arguments):
        command = [sys.executable, "-m", "scraper.worker", "--config-json", json.dumps(orders)]
        # There is no program of any name on this path.
        env = {"PATH": str(tmp_path)}
        return subprocess.run(
            [*command, *arguments], check=False, capture_output=True, text=True, env=env
        )

    due, named = run("--once"), run("--sites", "outlet")

    told = json.loads(due.stdout)
    assert (told["outcome"], told["requests"]) == ("failing", 0)
    [site] = rows(sqlite_url, select(Site).where(Site.key == "outlet"))
    assert "no Chromium" in (site.poll_reason or "")
    assert named.returncode == 2
    assert named.stderr.startswith("outlet: a browser is asked for, and there is no Chromium; ")
    assert named.stderr.count("\n") == 1


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setattr(browser, "find_spec", lambda _: None)

    assert "install 'rasid[browser]'" in (browser.missing() or "")
