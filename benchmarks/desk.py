"""How soon the desk answers over a large archive, and whether desks that listen slow the crawl.

    python benchmarks/desk.py [--articles 200000] [--alerts 20000] [--desks 50] [--keep FOLDER]

Makes an archive of invented articles, every so many of them an alert of one of twenty watches, and
runs the service over it. Each room is asked for again and again by one reader: the time to the first
byte, the size of the page. Then the demonstration's newsroom is crawled with and without so many
desks that listen to the live stream, in turns; the ratio of the times is what counts.
"""

import argparse
import http.client
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from exports import WORDS
from sqlalchemy import insert

from scheduler.newsroom import demonstration
from scheduler.newsroom.server import opened_now, serving
from storage.database import open_archive, session
from storage.models import Alert, Delivery, Match, Watch
from storage.stems import index_texts
from tests import bulk

WATCHES = 20
PHRASE = "شرق الفرات"
ROOMS = {
    "stream": "/",
    "stream of a watch": f"/?watch={quote('مراقبة 3')}",
    "alert": "/alerts/1",
    "article": "/articles/{article}",
    "search": f"/search?q={quote(PHRASE)}",
    "search, facets": f"/search/facets?q={quote(PHRASE)}",
    "watches": "/watches",
    "watch": f"/watches/one?name={quote('مراقبة 3')}",
    "packs": "/watches/packs",
    "trends": "/trends",
    "health": "/health",
    "sites": "/sites",
    "settings": "/settings",
    "people": "/settings/people",
    "log": "/settings/log",
}
TIMES = 15
PAIRS = 3


def fill(folder: Path, articles: int, alerts: int) -> None:
    """Write a desk with an archive of invented articles and their alerts to *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rasid.toml").write_text('[crawl]\nworkers = 0\n[desk]\naddress = "127.0.0.1:0"\n')
    (folder / "watches.toml").write_text(
        "\n".join(
            f'[[watch]]\nname = "مراقبة {number}"\nquery = "\\"{PHRASE}\\" AND رقم{number}"\n'
            for number in range(1, WATCHES + 1)
        ),
        "utf-8",
    )
    engine = open_archive(f"sqlite:///{folder / 'rasid.db'}", create=True)
    now = datetime.now(UTC)
    every = articles // alerts
    chance = random.Random(7)  # noqa: S311 - invented text
    bulk.fill(engine, (invented(chance, n, every) for n in range(1, articles + 1)), newest=now)
    with session(engine) as db:
        watches = [
            {"id": n, "name": f"مراقبة {n}", "query": f'"{PHRASE}" AND رقم{n}', "settings": {}}
            for n in range(1, WATCHES + 1)
        ]
        for each in watches:
            each |= {"created_at": now, "changed_at": now, "active": True}
        db.execute(insert(Watch), watches)
    rows: dict[type, list[dict]] = {Alert: [], Match: [], Delivery: []}
    for number, article in enumerate(range(every, articles + 1, every), start=1):
        found = {"article_id": article, "version_id": article, "watch_id": number % WATCHES + 1}
        rows[Alert].append(
            {**found, "id": number, "cluster_id": article, "kind": "new", "created_at": now}
        )
        spans = [
            {"field": "headline", "start": 0, "end": len(PHRASE), "text": PHRASE, "term": PHRASE}
        ]
        rows[Match].append(
            {**found, "spans": spans, "matched_at": now, "outcome": "alerted", "alert_id": number}
        )
        rows[Delivery].append(
            {
                "alert_id": number,
                "channel": "console",
                "state": "delivered",
                "attempts": 1,
                "not_before": now,
                "delivered_at": now,
                "parts": [],
            }
        )
    for table, values in rows.items():
        for start in range(0, len(values), 1000):
            with session(engine) as db:
                db.execute(insert(table), values[start : start + 1000])
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    engine.dispose()


def invented(chance: random.Random, number: int, every: int) -> bulk.Text:
    """Return a text of about the usual length; one in *every* is what a watch finds."""
    headline = " ".join(chance.choices(WORDS, k=9))
    body = " ".join(chance.choices(WORDS, k=250))
    if number % every == 0:
        headline = f"{PHRASE} {headline}"
        body = f"{body} رقم{number // every % WATCHES + 1}"
    return bulk.Text(headline, body, index_texts(headline, body))


@contextmanager
def service(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the service in *folder*; yield its desk's host and the cookie of who came in."""
    command = [sys.executable, "-P", "-m", "scheduler", "run"]
    environ = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            found = (re.search(r"the desk: (\S+/enter/\S+)", line) for line in process.stderr)
            link = urlsplit(next(filter(None, found))[1])
            threading.Thread(target=process.stderr.read, daemon=True).start()
            connection = http.client.HTTPConnection(link.netloc)
            connection.request("GET", link.path)
            cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
            yield link.netloc, cookie
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def answer(host: str, cookie: str, address: str) -> tuple[float, int]:
    """Return the seconds until the first byte of a page, and its size."""
    connection = http.client.HTTPConnection(host)
    begun = time.perf_counter()
    connection.request("GET", address, headers={"Cookie": cookie})
    got = connection.getresponse()
    first = got.read(1)
    seconds = time.perf_counter() - begun
    size = len(first) + len(got.read())
    connection.close()
    if got.status != 200:
        raise SystemExit(f"{address}: {got.status}")
    return seconds, size


def measure_rooms(folder: Path, articles: int, alerts: int) -> None:
    print(f"{articles:,} articles, {alerts:,} alerts; {TIMES} requests each")
    print(f"{'room':20} {'median ms':>10} {'slowest':>8} {'KB':>6}")
    with service(folder) as (host, cookie):
        for name, address in ROOMS.items():
            asked = address.format(article=articles // alerts)
            got = [answer(host, cookie, asked) for _ in range(TIMES)]
            times = [seconds * 1000 for seconds, _ in got]
            size = got[0][1] / 1000
            print(f"{name:20} {statistics.median(times):10.1f} {max(times):8.1f} {size:6.0f}")


@contextmanager
def listening(host: str, cookie: str, desks: int) -> Iterator[None]:
    """Hold so many live streams open, and read what comes."""
    name, _, port = host.partition(":")
    with ExitStack() as stack:
        for _ in range(desks):
            stream = stack.enter_context(socket.create_connection((name, int(port))))
            stream.sendall(
                f"GET /live HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n".encode()
            )
            status = stream.recv(64).partition(b"\r\n")[0]
            if b" 200 " not in status:
                raise SystemExit(f"/live: {status!r}")
            reading = threading.Thread(target=_drain, args=[stream])
            reading.start()
            stack.callback(reading.join)
            stack.callback(stream.shutdown, socket.SHUT_RDWR)
        yield


def _drain(stream: socket.socket) -> None:
    while stream.recv(65536):
        pass


def crawl(desks: int) -> float:
    """Return the seconds a crawl of the whole newsroom takes with so many desks listening."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        serving(opened_now()) as newsroom,
    ):
        folder = Path(temporary)
        demonstration.prepare(folder, newsroom, desk="127.0.0.1:0")
        path = folder / "rasid.toml"
        path.write_text(path.read_text("utf-8").replace("workers = 1", "workers = 0"), "utf-8")
        with service(folder) as (host, cookie), listening(host, cookie, desks):
            command = [sys.executable, "-P", "-m", "scheduler", "crawl", "--all", "--json"]
            environ = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": "/usr/bin:/bin"}
            begun = time.perf_counter()
            subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)
            return time.perf_counter() - begun


def measure_crawl(desks: int) -> None:
    pairs = [(crawl(0), crawl(desks)) for _ in range(PAIRS)]
    for without, beside in pairs:
        print(f"crawl: {without:.1f} s alone, {beside:.1f} s beside {desks} desks")
    ratio = statistics.median(beside / without for without, beside in pairs)
    print(f"median ratio {ratio:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--alerts", type=int, default=20_000)
    parser.add_argument("--desks", type=int, default=50)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        if not (folder / "rasid.db").exists():
            fill(folder, options.articles, options.alerts)
        measure_rooms(folder, options.articles, options.alerts)
    measure_crawl(options.desks)


if __name__ == "__main__":
    main()
