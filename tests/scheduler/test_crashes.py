"""Killed at any step between a match and a recorded delivery, nothing is lost or left unsaid."""

import contextlib
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from scraper.items import ArticleItem
from storage import archive as kept
from storage import ledger
from storage.database import reading, session
from storage.models import Alert, Site
from tests.scheduler.dying import NOW
from tests.scheduler.peers import smtp, web

SCRIPT = Path(__file__).with_name("dying.py")
KILLS = 10
BODY = "\n\n".join(
    f"الفقرة رقم {n} من خبر عن الاجتماع الذي عقد بين الوفود {word} وانتهى دون اتفاق معلن حتى مساء اليوم"
    for n, word in enumerate(("الأول", "الثاني", "الثالث", "الرابع", "الخامس"))
)


def keep(engine, turn: int) -> None:
    """What a turn brings: an article, its copy, an old one, and a correction of the last turn's."""
    texts = [
        ("sana", turn, f"خبر {turn} من شرق الفرات", f"{BODY} {turn * 7919}", NOW),
        ("sham", turn, f"خبر {turn} من شرق الفرات", f"{BODY} {turn * 7919}", NOW),
        ("sana", 1000 + turn, f"قديم {turn} من شرق الفرات", "قصير", NOW.replace(year=2025)),
    ]
    if turn:
        texts.append(("sana", turn - 1, f"عنوان مصحح {turn} من شرق الفرات", "قصير", NOW))
    with session(engine) as db:
        for site, number, headline, body, published in texts:
            url = f"https://{site}.example/{number}"
            page = ArticleItem(
                site=site, url=url, headline=headline, body=body, published_at=published
            )
            if db.get(Site, site) is None:
                db.add(Site(key=site, name=site))
                db.flush()
            kept.keep(db, page, now=NOW)


def configure(folder: Path, url: str, mailbox, hook) -> Path:
    (folder / "watches.toml").write_text(
        '[[watch]]\nname = "a"\nquery = "شرق الفرات"\n[[watch]]\nname = "b"\nquery = "الفرات"\n',
        "utf-8",
    )
    path = folder / "rasid.toml"
    channels = {
        "mail": f"smtp://127.0.0.1:{mailbox.port}?to=desk@desk.example&from=rasid@desk.example",
        "hook": f"webhook+http://127.0.0.1:{hook.port}/",
        "file": "jsonl:alerts.jsonl",
    }
    tables = "".join(f'[channels.{name}]\nurl = "{each}"\n' for name, each in channels.items())
    path.write_text(f'archive = "{url}"\ncaptures = ""\n{tables}', "utf-8")
    return path


@contextlib.contextmanager
def dying(config: Path):
    command = [sys.executable, str(SCRIPT), str(config)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def go(step: int, seconds: int) -> str:
            process.stdin.write(f"{step} {seconds}\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        yield go
        process.stdin.close()


def sums(engine) -> dict:
    with reading(engine) as db:
        said = ledger.status(db, now=NOW, since=NOW.replace(year=2000))
    assert said["gaps"] == []
    matches = said["matches"]
    parts = ("alerted", "copy", "too_old", "muted", "listed")
    assert matches["matches"] == sum(matches[part] for part in parts)
    for states in said["alerts"]["channels"].values():
        assert said["alerts"]["alerts"] == sum(states[each] for each in ledger.STATES)
    return said


@pytest.mark.long
def test_killed_at_any_step_every_alert_arrives_and_the_sums_close(archive, archive_url, tmp_path):
    chance = random.Random(7)
    with (
        smtp() as mailbox,
        web() as hook,
        dying(configure(tmp_path, archive_url, mailbox, hook)) as go,
    ):
        keep(archive, 0)
        steps = int(go(0, 0).removeprefix("done "))
        # Turn by turn there is more to do than at first; each is killed somewhere on its way.
        killed = 0
        for turn in range(1, KILLS + 1):
            keep(archive, turn)
            killed += go(chance.randint(1, steps), turn * 3600) == "killed"
            sums(archive)
        last = go(0, (KILLS + 1) * 3600)
        again = go(0, (KILLS + 2) * 3600)

    assert killed > KILLS // 2
    assert last.startswith("done ")
    assert again.startswith("done ")
    said = sums(archive)
    assert said["versions"]["waiting"] == 0
    for states in said["alerts"]["channels"].values():
        assert states["delivered"] == said["alerts"]["alerts"]
    with reading(archive) as db:
        ids = set(db.scalars(select(Alert.id)))
    # A file shows each alert once, whatever was killed.
    lines = (tmp_path / "alerts.jsonl").read_text("utf-8").splitlines()
    assert Counter(json.loads(line)["id"] for line in lines) == Counter(ids)
    # What came twice elsewhere is to be known by its key.
    posted = {
        each.json["message"]: [a["id"] for a in each.json["alerts"]] for each in hook.received
    }
    assert Counter(number for numbers in posted.values() for number in numbers) == Counter(ids)
    letters = {letter["Message-ID"] for letter in mailbox.received}
    assert len(letters) == len(posted)
