"""Five hundred sites polled every quarter of an hour by one worker, time going faster than it does.

    python -m benchmarks.polling [--sites 500] [--faster 5] [--quarters 2]

Each site has a feed of five items that says 304 where nothing is new, and publishes an article an
hour. They are served from a process of its own on the loopback, each at an address of its own; the
worker is as in life, one request at a time to a site, and what it is told of time is true: a
quarter of an hour is made a fifth of one by bringing forward when each site is due, whatever the
worker made of its rhythm. Reported of all but the first quarter: how late sites were leased, how
many requests and articles there were, and the share of a core that the worker needs at the true
pace. Then all are due at once: how many visits a second a worker makes at most, from which follows
how many sites it can poll.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import ColumnElement, Engine, func, or_, select, update

from benchmarks import crawl, loopback
from benchmarks.crawl_newsroom import Press, moulds, page_of_mould
from storage.database import open_archive, reading, session
from storage.models import Article, Site

QUARTER, HOUR = 900.0, 3_600.0
PORT, ITEMS, LOOK = 18766, 5, 0.5


def host(place: int) -> str:
    return f"127.1.{place // 250}.{place % 250 + 1}"


async def serve(count: int, faster: float) -> None:
    """Serve the sites until the process is told to end."""
    press, shapes = Press(3), moulds()
    articles = [press.article(10_000_000 + number) for number in range(count * 2)]
    places = {host(place): place for place in range(count)}
    asked: Counter[str] = Counter()
    began = time.time()

    async def handle(request: web.Request) -> web.Response:
        path = request.path
        if path == "/-/counts":
            return web.json_response(asked)
        name = request.host.partition(":")[0]
        place = places[name]
        asked[path.strip("/").partition("/")[0]] += 1
        if path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow:\n")
        if path == "/feed/":
            newest = ITEMS + int(((time.time() - began) * faster + place * HOUR / count) / HOUR)
            return feed(request, name, newest, began)
        article = articles[(place + int(path.split("/")[2]) * 17) % len(articles)]
        text = page_of_mould(shapes[place % len(shapes)], f"http://{name}:{PORT}", article)
        return web.Response(text=text, content_type="text/html")

    await loopback.serve(handle, places, PORT)


def feed(request: web.Request, name: str, newest: int, began: float) -> web.Response:
    """Return a feed up to item *newest*, or that it is as it was."""
    tag = f'"{newest}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    items = "".join(
        f"<item><title>خبر رقم {number} من هذا الموقع</title>"
        f"<link>http://{name}:{PORT}/news/{number}/</link>"
        f"<pubDate>{format_datetime(datetime.fromtimestamp(began, UTC))}</pubDate></item>"
        for number in range(newest, newest - ITEMS, -1)
    )
    text = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
    return web.Response(text=text, content_type="application/rss+xml", headers={"ETag": tag})


def prepare(folder: Path, count: int) -> str:
    """Write the site files and an empty archive; return a worker's orders."""
    (folder / "sites").mkdir()
    for place in range(count):
        base = f"http://{host(place)}:{PORT}/"
        (folder / "sites" / f"s{place}.toml").write_text(
            f'key = "s{place}"\nname = "s{place}"\nurl = "{base}"\nhosts = ["{host(place)}"]\n'
            'private_network = true\ndelay_seconds = 0\n[[routes]]\ntype = "feed"\n'
            f'url = "{base}feed/"\n'
        )
    url = f"sqlite:///{folder / 'rasid.db'}"
    open_archive(url, create=True).dispose()
    keys = [f"s{place}" for place in range(count)]
    return json.dumps(
        {"archive": url, "captures": None, "sites": [str(folder / "sites")], "only": keys}
    )


def watch(folder: Path, pid: int, given: argparse.Namespace) -> dict[str, Any]:
    """Bring sites forward for so many quarters; return what was seen of all but the first."""
    engine = open_archive(f"sqlite:///{folder / 'rasid.db'}")
    quarter = QUARTER / given.faster
    while not polled(engine, given.sites):
        time.sleep(LOOK)
    spread(engine, given.sites, quarter)
    forward(engine, given.sites, quarter, quarters=1)
    began, before = time.time(), counts()
    used, _ = crawl.used([pid])
    late = forward(engine, given.sites, quarter, given.quarters)
    seconds = time.time() - began
    share = (crawl.used([pid])[0] - used) / seconds
    asked = Counter(counts())
    asked.subtract(before)
    a_poll = share * seconds / max(1, asked["feed"])
    rate = given.sites / all_at_once(engine, given.sites)
    with reading(engine) as db:
        articles = db.scalar(select(func.count()).select_from(Article))
    engine.dispose()
    return {
        "seconds": round(seconds),
        "requests": dict(asked),
        "latest_lease_median": round(statistics.median(late), 1),
        "latest_lease_most": round(max(late), 1),
        "cpu_ms_a_poll": round(1000 * a_poll, 1),
        "share_of_a_core_at_true_pace": round(a_poll * given.sites / QUARTER, 3),
        "visits_a_second_at_most": round(rate, 1),
        "sites_a_worker_at_most": round(rate * QUARTER),
        "articles": articles,
    }


def ours(count: int) -> ColumnElement[bool]:
    """The sites served here: the archive knows those of the catalogue, too, and polls none of them."""
    return Site.key.in_([f"s{place}" for place in range(count)])


def spread(engine: Engine, count: int, quarter: float) -> None:
    """Have the sites due one after another, as after hours of polling."""
    now = datetime.now(UTC)
    with session(engine) as db:
        for place, site in enumerate(db.scalars(select(Site).where(ours(count)))):
            site.next_due = now + timedelta(seconds=quarter * place / count)


def forward(engine: Engine, count: int, quarter: float, quarters: float) -> list[float]:
    """Have each site due a quarter after it was polled; return how late the latest was, each time."""
    late: list[float] = []
    end = time.time() + quarter * quarters
    while time.time() < end:
        time.sleep(LOOK)
        now = datetime.now(UTC)
        soon = now + timedelta(seconds=quarter)
        with session(engine) as db:
            db.execute(update(Site).where(ours(count), Site.next_due > soon).values(next_due=soon))
        free = (Site.lease_owner.is_(None), Site.next_due <= now)
        with reading(engine) as db:
            due = db.scalar(select(func.min(Site.next_due)).where(ours(count), *free))
        late.append((now - due).total_seconds() if due else 0)
    return late


def all_at_once(engine: Engine, count: int) -> float:
    """Have every site due at once; return the seconds until each was polled."""
    began = datetime.now(UTC)
    with session(engine) as db:
        db.execute(update(Site).where(ours(count)).values(next_due=began))
    left = count
    while left:
        time.sleep(LOOK / 10)
        with reading(engine) as db:
            waits = or_(Site.next_due <= began, Site.lease_owner.is_not(None))
            left = db.scalar(select(func.count()).where(ours(count), waits)) or 0
    return (datetime.now(UTC) - began).total_seconds()


def polled(engine: Engine, count: int) -> bool:
    with reading(engine) as db:
        done = db.scalar(select(func.count()).where(Site.last_success_at.is_not(None)))
    return bool(done == count)


def counts() -> dict[str, int]:
    found: dict[str, int] = crawl.ask("counts", PORT, host(0))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--faster", type=float, default=5)
    parser.add_argument("--quarters", type=float, default=2)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.sites, given.faster))
        return
    again = ["--sites", str(given.sites), "--faster", str(given.faster), "--serve"]
    command = [sys.executable, "-m", "benchmarks.polling", *again]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with tempfile.TemporaryDirectory() as name:
        assert server.stdout is not None
        server.stdout.readline()
        orders = prepare(Path(name), given.sites)
        command = [sys.executable, "-m", "scraper.worker", "--config-json", orders]
        worker = subprocess.Popen(command)
        try:
            print(json.dumps(watch(Path(name), worker.pid, given)))
        finally:
            worker.terminate()
            worker.wait()
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
