"""Killed at any step between a match and a recorded delivery, nothing is lost or left unsaid."""

import contextlib
import json
import random
import re
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
from tests.scheduler.peers import smtp, telegram_yes, web

SCRIPT = Path(__file__).with_name("dying.py")
KILLS = 10
WORDS = [
    "الاجتماع",
    "الوفود",
    "اتفاق",
    "مساء",
    "مدينة",
    "حلب",
    "المجلس",
    "قرار",
    "الوزارة",
    "طريق",
    "الجسر",
    "المحافظة",
    "السكان",
    "مصدر",
    "محلي",
    "القمح",
    "الأسعار",
    "السوق",
    "المطار",
    "المعبر",
    "النهر",
    "السد",
    "الكهرباء",
    "المياه",
    "المدارس",
    "الطلاب",
    "المشفى",
    "الأطباء",
]


def text_of(turn: int) -> str:
    """A text like no other turn's."""
    chance = random.Random(turn)
    return "\n\n".join(" ".join(chance.choices(WORDS, k=20)) for _ in range(5))


def keep(engine, turn: int) -> None:
    """What a turn brings: an article, its copy, an old one; of the last, a late copy and a correction."""
    texts = [
        ("sana", turn, f"خبر {turn} من شرق الفرات", text_of(turn), NOW),
        ("sham", turn, f"خبر {turn} من شرق الفرات", text_of(turn), NOW),
        ("sana", 1000 + turn, f"قديم {turn} من شرق الفرات", "قصير", NOW.replace(year=2025)),
    ]
    if turn:
        before = text_of(turn - 1)
        texts.append(("late", turn - 1, f"خبر {turn - 1} من شرق الفرات", before, NOW))
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


def configure(folder: Path, url: str, mailbox, hook, bot) -> Path:
    (folder / "watches.toml").write_text(
        '[[watch]]\nname = "a"\nquery = "شرق الفرات"\n[[watch]]\nname = "b"\nquery = "الفرات"\n',
        "utf-8",
    )
    path = folder / "rasid.toml"
    channels = {
        "mail": f"smtp://127.0.0.1:{mailbox.port}?to=desk@desk.example&from=rasid@desk.example",
        "hook": f"webhook+http://127.0.0.1:{hook.port}/",
        "file": "jsonl:alerts.jsonl",
        "bot": f"telegram://123:abc@42?api=http://127.0.0.1:{bot.port}",
    }
    tables = "".join(
        f'[channels.{name}]\nurl = "{each}"\nmax_per_hour = 0\n' for name, each in channels.items()
    )
    path.write_text(
        f'archive = "{url}"\ncaptures = ""\n[alerts]\nmax_age_hours = 2000\n{tables}', "utf-8"
    )
    return path


@contextlib.contextmanager
def dying(config: Path):
    command = [sys.executable, str(SCRIPT), str(config)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def go(kind: str, step: int, seconds: int) -> str:
            process.stdin.write(f"{kind} {step} {seconds}\n")
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


@contextlib.contextmanager
def peers(folder: Path, url: str):
    """Everything that alerts are sent to, and what passes over them."""
    with (
        smtp() as mailbox,
        web() as hook,
        web(telegram_yes(5)) as bot,
        dying(configure(folder, url, mailbox, hook, bot)) as go,
    ):
        yield go, mailbox, hook, bot


def check(engine, folder: Path, mailbox, hook, bot) -> None:
    """Every alert arrived everywhere; what came twice is known to be one."""
    said = sums(engine)
    assert said["versions"]["waiting"] == 0
    for states in said["alerts"]["channels"].values():
        assert states["delivered"] == said["alerts"]["alerts"]
    with reading(engine) as db:
        ids = set(db.scalars(select(Alert.id)))
    # A file shows each alert once, whatever was killed.
    lines = (folder / "alerts.jsonl").read_text("utf-8").splitlines()
    assert Counter(json.loads(line)["id"] for line in lines) == Counter(ids)
    # What came twice elsewhere is to be known by its key, or by the number in its text.
    posted = {
        each.json["message"]: [a["id"] for a in each.json["alerts"]] for each in hook.received
    }
    assert Counter(number for numbers in posted.values() for number in numbers) == Counter(ids)
    letters = {letter["Message-ID"] for letter in mailbox.received}
    assert len(letters) == len(posted)
    sent = [each.json["text"] for each in bot.received if each.path.endswith("/sendMessage")]
    assert {int(number) for text in sent for number in re.findall(r"#(\d+)", text)} == ids


@pytest.mark.long
def test_killed_at_any_step_every_alert_arrives_and_the_sums_close(archive, archive_url, tmp_path):
    chance = random.Random(7)
    with peers(tmp_path, archive_url) as (go, *places):
        keep(archive, 0)
        steps = int(go("line", 0, 0).removeprefix("done "))
        # Turn by turn there is more to do than at first; each is killed somewhere on its way.
        killed = 0
        for turn in range(1, KILLS + 1):
            keep(archive, turn)
            killed += go("line", chance.randint(1, steps), turn * 3600) == "killed"
            sums(archive)
        last = go("line", 0, (KILLS + 1) * 3600)
        again = go("line", 0, (KILLS + 2) * 3600)

    assert killed > KILLS // 2
    assert last.startswith("done ")
    assert again.startswith("done ")
    check(archive, tmp_path, *places)


@pytest.mark.long
def test_killed_at_each_border_with_the_world_every_alert_arrives(archive, archive_url, tmp_path):
    with peers(tmp_path, archive_url) as (go, *places):
        # The second turn has everything: an alert, a copy, a correction, and a copy that is late.
        for turn in range(2):
            keep(archive, turn)
            borders = int(go("border", 0, turn * 3600).removeprefix("done "))
        # Each database has every other border: all of them take a minute and more.
        first = 1 if archive.dialect.name == "sqlite" else 2
        for turn, step in enumerate(range(first, borders + 1, 2), 2):
            keep(archive, turn)
            assert go("border", step, turn * 3600) == "killed"
            sums(archive)
        for later in (1, 2):
            assert go("border", 0, (turn + later) * 3600).startswith("done ")

    assert borders > 50
    check(archive, tmp_path, *places)
