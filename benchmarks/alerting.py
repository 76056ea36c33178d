"""How long after it is published an article's alert is at a mail server, on the replica newsroom.

    python benchmarks/alerting.py [--articles 200] [--watches 1000] [--json]

The real service with a worker, an archive on SQLite, and a mail server on loopback. Every
article is published on a site that is due at that moment, so that what is measured is what
comes beyond the polling interval: the poll, the page, keeping, matching all watches, wording,
SMTP. Articles come in rounds, one on each site. Needs aiosmtpd, of the group dev.
"""

import argparse
import asyncio
import json
import logging
import os
import socket
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import Engine, update

sys.path.insert(0, str(Path(__file__).parents[1]))

from scheduler.config import Config
from scheduler.newsroom import demonstration
from scheduler.newsroom.content import Draft
from scheduler.newsroom.server import Newsroom, opened_now, serving
from scheduler.service import Service
from storage.database import open_archive, session
from storage.models import Site

WATCH = "مرصد القياس"
PATIENCE = 60.0


class Mailbox:
    """Keeps when each letter came."""

    def __init__(self) -> None:
        self.letters: list[tuple[float, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        import email
        from email.policy import default

        letter = email.message_from_bytes(envelope.content, policy=default)
        self.letters.append((time.monotonic(), str(letter["Subject"])))
        await asyncio.sleep(0)
        return "250 OK"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--watches", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    # It says of every pass that takes longer than its interval that the next is left out.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    mailbox = Mailbox()
    port = free_port()
    mail = Controller(mailbox, hostname="127.0.0.1", port=port)
    mail.start()
    try:
        with tempfile.TemporaryDirectory() as folder, serving(opened_now()) as newsroom:
            waits, lost = measured(Path(folder), newsroom, mailbox, port, options)
    finally:
        mail.stop()
    said = {
        "articles": options.articles, "watches": options.watches, "lost": lost,
        "median": round(median(waits), 2), "p95": round(quantiles(waits, n=20)[-1], 2),
        "longest": round(max(waits), 2),
    }  # fmt: skip
    print(json.dumps(said) if options.json else said)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def measured(
    folder: Path, newsroom: Newsroom, mailbox: Mailbox, port: int, options: argparse.Namespace
) -> tuple[list[float], int]:
    """Return how long each article took, and how many never came."""
    config = desk(folder, newsroom, port, options.watches)
    engine = open_archive(config.archive, create=True)
    environ = demonstration.offline(os.environ)
    service = Service(config, engine, environ, lambda: datetime.now(UTC))
    thread = threading.Thread(target=service.run)
    thread.start()
    waits: list[float] = []
    lost = 0
    try:
        keys = polled(engine, list(newsroom.keys))
        done = 0
        while done < options.articles:
            keys_now = keys[: options.articles - done]
            arrived, missing = one_round(engine, newsroom, mailbox, keys_now, done)
            waits += arrived
            lost += missing
            done += len(keys_now)
    finally:
        service.stop()
        thread.join()
        engine.dispose()
    return waits, lost


def desk(folder: Path, newsroom: Newsroom, port: int, watches: int) -> Config:
    """Write the desk of the demonstration, with so many watches and e-mail as its channel."""
    demonstration.prepare(folder, newsroom)
    others = [f'[[watch]]\nname = "w{n}"\nquery = "كلمة{n} نادرة{n}"\n' for n in range(watches - 1)]
    mine = f'[[watch]]\nname = "{WATCH}"\nquery = "{WATCH}"\n'
    (folder / "watches.toml").write_text("".join([mine, *others]), "utf-8")
    path = folder / "rasid.toml"
    channel = f'[channels.mail]\nurl = "smtp://127.0.0.1:{port}?to=desk@desk.example"\n'
    # The limit an hour is not what is measured.
    path.write_text(path.read_text("utf-8") + channel + "max_per_hour = 0\n", "utf-8")
    return Config.load(path, {})


def polled(engine: Engine, keys: list[str]) -> list[str]:
    """Wait until every site was polled once; return those that answer."""
    end = time.monotonic() + 4 * PATIENCE
    while time.monotonic() < end:
        with session(engine) as db:
            states = {key: site.state for key in keys if (site := db.get(Site, key))}
            busy = any(db.get_one(Site, key).lease_owner for key in states)
        if len(states) == len(keys) and "new" not in states.values() and not busy:
            break
        time.sleep(1)
    return [key for key, state in states.items() if state == "ok"]


def one_round(
    engine: Engine, newsroom: Newsroom, mailbox: Mailbox, keys: list[str], number: int
) -> tuple[list[float], int]:
    """Publish an article on each site, all due now; return how long each took to arrive."""
    published = {}
    for place, key in enumerate(keys):
        name = f"{WATCH} {number + place}"
        body = (f"فقرة {number + place} عن {name} {time.monotonic_ns()}.",) * 3
        section = newsroom.outlet(key).profile.sections[0][0]
        headline = f"خبر {name} من {key}"
        newsroom.publish(Draft(f"b{number + place}", key, headline, body, section))
        published[name] = time.monotonic()
    with session(engine) as db:
        due = update(Site).where(Site.key.in_(keys)).values(next_due=datetime.now(UTC))
        db.execute(due)
    end = time.monotonic() + PATIENCE
    arrived: dict[str, float] = {}
    while len(arrived) < len(published) and time.monotonic() < end:
        time.sleep(0.05)
        for at, subject in list(mailbox.letters):
            for name, began in published.items():
                if f"خبر {name} من" in subject:
                    arrived.setdefault(name, at - began)
    return list(arrived.values()), len(published) - len(arrived)


if __name__ == "__main__":
    main()
