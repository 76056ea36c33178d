"""How fast the desk answers over a large archive, and whether many who listen slow down the keeping.

    python benchmarks/desk.py [--articles N] [--alerts N] [--requests N] [--desks N] [--archive FILE] [--json]

The archive is filled in bulk with made-up Arabic texts; `--archive` keeps it there, or uses the one
that is there. The desk is served as `rasid run` serves it, in a process of its own, and asked over
loopback: of each room the median until the first byte of its answer, after one request that is not
counted, and what its page weighs before pictures and fonts.

Then articles are kept, one transaction each, as a worker does: by turns with nobody listening and
with `--desks` browsers that listen to what is new; what counts is the ratio of the two.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, func, insert, select

sys.path.insert(0, str(Path(__file__).parents[1]))

from scheduler.config import Config, Desk
from scraper.items import ArticleItem
from storage import archive, people
from storage.database import open_archive, session
from storage.models import Alert, Article, Delivery, Match, Run, Site, Watch
from storage.stems import index_texts
from tests import bulk

NOW = datetime.now(UTC).replace(microsecond=0)
TOKEN = "rasid_" + "b" * 43
WATCHES, SPAN = 20, "شرق الفرات"
# What is asked at a time; asked by turns, so that other work of the machine meets both alike.
KEPT, TURNS = 150, 3
ROOMS = {
    "stream": "/",
    "stream, filtered": f"/?watch={quote('مراقبة 3')}",
    "article": "/articles/{last}",
    "search": f"/search?q={quote(SPAN)}",
    "facets": f"/search/facets?q={quote(SPAN)}",
    "watches": "/watches",
    "trends": "/trends",
    "health": "/health",
    "sites": "/sites",
    "door": "/enter",
    "API: alerts": "/api/v1/alerts?limit=30",
    "API: search": f"/api/v1/search?limit=20&q={quote(SPAN)}",
    "feed": "/watches/1.atom",
}


def main() -> None:
    """Fill, serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--alerts", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=15)
    parser.add_argument("--desks", type=int, default=50)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.archive or Path(folder) / "desk.db"
        config = Config(
            archive=f"sqlite:///{path}",
            watches=Path(folder) / "watches.toml",
            sites=[],
            captures=None,
            desk=Desk(address="127.0.0.1:0"),
        )
        engine = open_archive(config.archive, create=True)
        fill(engine, asked.articles, asked.alerts)
        with served(config) as port:
            rooms = {name: ask(port, at, engine, asked.requests) for name, at in ROOMS.items()}
            kept = listened_to(port, engine, asked.desks)
        engine.dispose()
    if asked.json:
        print(json.dumps({"rooms": rooms, "keeping": kept}, ensure_ascii=False))
        return
    for name, said in rooms.items():
        print(f"{name:18} {said['median_ms']:7.1f} ms {said['kilobytes']:8.1f} KB")
    print(f"kept a second: {kept['alone']:.1f} with nobody listening, "
          f"{kept['listened_to']:.1f} with {asked.desks} desks: ratio {kept['ratio']:.2f}")  # fmt: skip


def fill(engine: Engine, articles: int, alerts: int) -> None:
    """Bring the archive to that size, with matches, alerts and the runs of a day."""
    with session(engine) as db:
        there = db.scalar(select(func.count()).select_from(Article)) or 0
        if db.scalar(select(func.count()).select_from(Watch)) == 0:
            names = [{"name": f"مراقبة {n}", "query": SPAN, "settings": {}} for n in range(WATCHES)]
            dates = {"created_at": NOW - timedelta(days=90), "changed_at": NOW}
            db.execute(insert(Watch), [{**each, **dates} for each in names])
            person = people.add(db, "bench", "x", "admin", NOW)
            actor = people.Actor("bench", "admin", person.id)
            people.add_token(db, TOKEN, actor, "bench", "admin", NOW)
    if there < articles:
        some = list(islice(_texts(), 500))
        bulk.fill(engine, islice(cycle(some), articles - there), newest=NOW)
        with session(engine) as db:
            _add_alerts(db, articles, alerts)
            _add_runs(db)


def _texts() -> Iterator[bulk.Text]:
    """Made-up texts of real words, one in fifty with what is watched for."""
    chance = random.Random(1)  # noqa: S311 - no secret
    words = [
        "قال",
        "مصدر",
        "محلي",
        "إن",
        "قوات",
        "الحكومة",
        "دخلت",
        "قرية",
        "في",
        "ريف",
        "دير",
        "الزور",
        "بعد",
        "اتفاق",
        "مع",
        "وجهاء",
        "العشائر",
        "على",
        "فتح",
        "الطريق",
        "أمام",
        "قوافل",
        "المساعدات",
    ]
    while True:
        headline = " ".join(chance.choices(words, k=9))
        body = "\n\n".join(" ".join(chance.choices(words, k=70)) for _ in range(4))
        if chance.random() < 0.02:
            headline = f"{headline} {SPAN}"
        yield bulk.Text(headline, body, index_texts(headline, body))


def _add_alerts(db: Any, articles: int, alerts: int) -> None:
    step = max(articles // max(alerts, 1), 1)
    numbers = range(articles, max(articles - step * alerts, 0), -step)
    span = {"field": "headline", "start": 0, "end": 3, "text": "قال", "term": SPAN}
    rows = [(n, NOW - timedelta(minutes=articles - n), n % WATCHES + 1) for n in reversed(numbers)]
    told = [
        {"watch_id": w, "article_id": n, "version_id": n, "kind": "new", "priority": "normal",
         "created_at": at, "cluster_id": n} for n, at, w in rows
    ]  # fmt: skip
    columns = Alert.__table__.columns.keys()
    db.execute(insert(Alert), [{k: v for k, v in row.items() if k in columns} for row in told])
    db.execute(
        insert(Match),
        [
            {"watch_id": w, "article_id": n, "version_id": n, "spans": [span], "matched_at": at,
             "outcome": "alerted", "alert_id": alert} for alert, (n, at, w) in enumerate(rows, 1)
        ],
    )  # fmt: skip
    db.execute(
        insert(Delivery),
        [
            {"alert_id": alert, "channel": "newsroom", "state": "delivered", "not_before": at,
             "delivered_at": at, "attempts": 1} for alert, (_, at, _) in enumerate(rows, 1)
        ],
    )  # fmt: skip


def _add_runs(db: Any) -> None:
    """The runs of a day: sixty sites, every quarter of an hour."""
    keys = [f"site{n}" for n in range(60)]
    db.execute(insert(Site), [{"key": key, "name": key, "state": "ok"} for key in keys])
    times = [NOW - timedelta(minutes=15 * n) for n in range(1, 96)]
    db.execute(
        insert(Run),
        [
            {"site_key": key, "worker": "w", "started_at": at, "ended_at": at, "outcome": "ok"}
            for key in keys
            for at in times
        ],
    )


@contextmanager
def served(config: Config) -> Iterator[int]:
    """Serve the desk in a process of its own; yields its port."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", config.model_dump_json(exclude={"channels", "path"})],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def serve(said: str) -> None:
    """Serve the desk of a configuration until told to stop."""
    from scheduler.desk.api import routes
    from scheduler.desk.server import serving

    routes.RATE = 10**9
    config = Config.model_validate_json(said)
    with serving(config, lambda: datetime.now(UTC), {}, sys.stderr.write) as desk:
        assert desk is not None
        print(desk.base.rpartition(":")[2], flush=True)
        threading.Event().wait()


def ask(port: int, address: str, engine: Engine, requests: int) -> dict[str, float]:
    """Return the median until the first byte, and how much came."""
    with session(engine) as db:
        last = db.scalar(select(func.max(Article.id)))
    times, size = [], 0
    for _ in range(requests + 1):
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        begun = time.perf_counter()
        connection.request("GET", address.format(last=last), headers=_heads())
        answer = connection.getresponse()
        body = answer.read(1)
        times.append(time.perf_counter() - begun)
        body += answer.read()
        size = len(body)
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"{address}: {answer.status} {body[:300]!r}")
    return {"median_ms": round(1000 * median(times[1:]), 1), "kilobytes": round(size / 1000, 1)}


def listened_to(port: int, engine: Engine, desks: int) -> dict[str, float]:
    """Return how many articles are kept a second, alone and while desks listen, and the ratio."""
    seconds = {"alone": 0.0, "listened_to": 0.0}
    for turn in range(TURNS):
        seconds["alone"] += _keep(engine, 2 * turn)
        with listeners(port, desks):
            seconds["listened_to"] += _keep(engine, 2 * turn + 1)
    rates = {name: TURNS * KEPT / spent for name, spent in seconds.items()}
    return {**rates, "ratio": rates["listened_to"] / rates["alone"]}


def _keep(engine: Engine, turn: int) -> float:
    """Keep some articles; return how long it took."""
    chance = random.Random(turn)  # noqa: S311 - no secret
    stamp = time.time_ns()
    begun = time.perf_counter()
    for number in range(KEPT):
        words = [f"كلمة{chance.randrange(5000)}" for _ in range(120)]
        page = ArticleItem(
            site="a", url=f"https://bench.example/{stamp}/{number}", headline=" ".join(words[:9]),
            body=" ".join(words), published_at=NOW,
        )  # fmt: skip
        with session(engine) as db:
            archive.keep(db, page, now=NOW)
    return time.perf_counter() - begun


@contextmanager
def listeners(port: int, desks: int) -> Iterator[None]:
    """Have so many browsers listen."""
    with ExitStack() as stack:
        for _ in range(desks):
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/live", headers=_heads())
            answer = connection.getresponse()
            answer.readline()
            stack.callback(connection.close)
            stack.callback(answer.close)
        yield


def _heads() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}", "Connection": "close"}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main()
