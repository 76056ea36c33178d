"""The service and its workers, as processes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduler import workers
from scheduler.config import Config
from scheduler.service import Service
from scheduler.workers import Supervisor
from scraper.items import ArticleItem
from storage import archive as kept
from storage.database import open_archive, reading, session
from storage.models import Article, Delivery, Site
from tests.scheduler.peers import web

ROOT = Path(__file__).parents[2]
SECONDS = 60
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
# Says that it is ready for SIGTERM by making a file.
STUBBORN = (
    "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
)


def eventually(check, what: str):
    """Return what *check* returns once it is true; fails after a minute."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"waited {SECONDS} s for {what}")


@pytest.fixture
def supervise():
    made = []

    def make(command, count=1):
        made.append(Supervisor(command, dict(os.environ), count))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop(patience=0.1)


def ended(supervisor) -> bool:
    return all(slot.process.poll() is not None for slot in supervisor.slots)


def test_workers_are_started_and_stopped(supervise):
    supervisor = supervise(SLEEPER, 2)

    supervisor.tend(0.0)
    assert supervisor.alive() == 2
    supervisor.stop()

    assert [slot.process.returncode for slot in supervisor.slots] == [-signal.SIGTERM] * 2


def test_a_worker_that_dies_is_started_again_after_a_wait_that_grows(supervise):
    supervisor = supervise([sys.executable, "-c", "raise SystemExit(3)"])
    moment, waits = 100.0, []

    for _ in range(6):
        supervisor.tend(moment)
        eventually(lambda: ended(supervisor), "the end of a worker")
        supervisor.tend(moment)
        waits.append(supervisor.slots[0].not_before - moment)
        moment = supervisor.slots[0].not_before

    assert waits == [1, 2, 5, 15, 60, 60]


def test_a_worker_that_retires_is_replaced_at_once(supervise):
    supervisor = supervise([sys.executable, "-c", ""])
    supervisor.tend(0.0)
    eventually(lambda: ended(supervisor), "the end of a worker")

    supervisor.tend(1.0)

    assert supervisor.alive() == 1


def test_a_worker_that_does_not_listen_is_killed(supervise, tmp_path):
    supervisor = supervise([sys.executable, "-c", STUBBORN, str(tmp_path / "ready")])
    supervisor.tend(0.0)
    eventually((tmp_path / "ready").exists, "a worker")

    supervisor.stop(patience=0.2)

    assert supervisor.slots[0].process.returncode == -signal.SIGKILL


def test_a_stopped_supervisor_starts_nothing(supervise):
    supervisor = supervise(SLEEPER)
    supervisor.stop()

    supervisor.tend(0.0)

    assert supervisor.alive() == 0


def test_the_archives_password_is_not_on_the_command_line():
    config = Config(archive="postgresql://rima:s3cr%2Ft@db.example:5433/news?sslmode=require")

    told = json.loads(workers.command(config)[5])
    environ = workers.environment(config, {})

    assert told["archive"] == "postgresql://rima@db.example:5433/news?sslmode=require"
    assert environ["PGPASSWORD"] == "s3cr/t"


def settled(folder: Path, url: str, **changes: str) -> Config:
    """A configuration of no workers, with one watch."""
    (folder / "watches.toml").write_text(
        '[[watch]]\nname = "الفرات"\nquery = "شرق الفرات"', "utf-8"
    )
    text = {"archive": url, "captures": ""} | changes
    lines = [f"{key} = {json.dumps(value)}" for key, value in text.items()]
    lines += ["[crawl]", "workers = 0", "[desk]", 'address = ""']
    lines += ["[channels.desk]", 'url = "jsonl:alerts.jsonl"']
    (folder / "rasid.toml").write_text("\n".join(lines), "utf-8")
    return Config.load(folder / "rasid.toml", {})


def keep(engine, number: int = 1) -> None:
    now = datetime.now(UTC)
    page = ArticleItem(
        site="sana",
        url=f"https://sana.example/{number}",
        headline=f"الخبر {number} من شرقِ الفراتِ",
        body="",
        published_at=now,
    )
    with session(engine) as db:
        if db.get(Site, "sana") is None:
            db.add(Site(key="sana", name="سانا"))
            db.flush()
        kept.keep(db, page, now=now)


def lines(folder: Path) -> list[dict]:
    path = folder / "alerts.jsonl"
    with contextlib.suppress(FileNotFoundError):
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return []


@contextlib.contextmanager
def running(config: Config, engine):
    service = Service(config, engine, dict(os.environ), lambda: datetime.now(UTC))
    ready = threading.Event()
    thread = threading.Thread(target=lambda: service.run(ready=ready.set))
    thread.start()
    try:
        assert ready.wait(SECONDS)
        yield service
    finally:
        service.stop()
        thread.join(SECONDS)
    assert not thread.is_alive()


def test_the_service_alerts_on_what_is_kept_while_it_runs(archive, archive_url, tmp_path):
    with running(settled(tmp_path, archive_url), archive):
        keep(archive)
        [alert] = eventually(lambda: lines(tmp_path), "an alert")

    assert alert["spans"][0]["text"] == "شرقِ الفراتِ"


def test_the_service_does_what_was_left_while_it_was_down(sqlite_archive, sqlite_url, tmp_path):
    keep(sqlite_archive)

    with running(settled(tmp_path, sqlite_url), sqlite_archive):
        eventually(lambda: lines(tmp_path), "an alert")


def test_a_watch_list_that_breaks_leaves_the_last_one_in_force(
    sqlite_archive, sqlite_url, tmp_path
):
    with running(settled(tmp_path, sqlite_url), sqlite_archive) as service:
        (tmp_path / "watches.toml").write_text("[[watch]\n")
        eventually(lambda: service.troubles.get("watches"), "the trouble to be said")
        keep(sqlite_archive)
        eventually(lambda: lines(tmp_path), "an alert")
        text = '[[watch]]\nname = "حمص"\nquery = "حمص"'
        (tmp_path / "watches.toml").write_text(text, "utf-8")
        eventually(lambda: "watches" not in service.troubles, "the list to be read again")


def test_a_watch_list_is_not_read_while_it_is_being_written(sqlite_archive, sqlite_url, tmp_path):
    config = settled(tmp_path, sqlite_url)
    service = Service(config, sqlite_archive, {}, lambda: datetime.now(UTC))
    service.match()
    service.match()
    assert [watch.name for watch in service.listed] == ["الفرات"]
    half = "# Half of a list, up to a block's end.\n"
    config.watches.write_text(half, "utf-8")

    service.match()
    keep(sqlite_archive)
    config.watches.write_text(f'{half}[[watch]]\nname = "شرق"\nquery = "شرق الفرات"', "utf-8")
    service.match()
    service.deliver()

    assert [alert["watch"] for alert in lines(tmp_path)] == ["الفرات"]
    service.match()
    assert [watch.name for watch in service.listed] == ["شرق"]


@pytest.mark.long
def test_the_service_lives_through_a_restart_of_postgresql(
    postgres_server, postgres_archive, postgres_url, tmp_path
):
    with running(settled(tmp_path, postgres_url), postgres_archive) as service:
        keep(postgres_archive, 1)
        eventually(lambda: lines(tmp_path), "an alert")
        postgres_server.stop()
        eventually(lambda: service.troubles, "the trouble to be said")
        postgres_server.start()
        eventually(lambda: not service.troubles, "the trouble to be over")
        keep(postgres_archive, 2)
        eventually(lambda: len(lines(tmp_path)) == 2, "the second alert")


def start(folder: Path, *words: str, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "scheduler", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_rasid_run_ends_in_good_order_when_told(
    sqlite_archive, sqlite_url, tmp_path, number, status
):
    settled(tmp_path, sqlite_url)
    keep(sqlite_archive)
    with start(tmp_path, "run") as process:
        eventually(lambda: lines(tmp_path), "an alert")
        process.send_signal(number)
        _, errors = process.communicate(timeout=SECONDS)

    assert process.returncode == status
    assert errors.startswith("rasid: 1 watch, 0 workers, alerts go to desk")
    assert len(errors.splitlines()) == 1


@contextlib.contextmanager
def newsroom(folder: Path):
    """The replica newsroom on a free port; its site files in *folder*/sites."""
    (folder / "sites").mkdir()
    command = [sys.executable, "-m", "scheduler.newsroom", "--sites", str(folder / "sites")]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            eventually(lambda: list((folder / "sites").glob("almanara.toml")), "the newsroom")
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=SECONDS)


@pytest.mark.slow
def test_from_a_headline_on_a_site_to_the_desks_alert(sqlite_url, tmp_path):
    settled(tmp_path, sqlite_url)
    with newsroom(tmp_path):
        crawl = start(tmp_path, "crawl", "almanara", "--json")
        out, errors = crawl.communicate(timeout=SECONDS)
    [report] = [json.loads(line) for line in out.splitlines()]
    assert (crawl.returncode, errors) == (0, "")
    assert report["new"] > 0

    for words in (["match"], ["deliver"]):
        step = start(tmp_path, *words)
        _, errors = step.communicate(timeout=SECONDS)
        assert step.returncode == 0, errors

    found = [
        alert["headline"][span["start"] : span["end"]]
        for alert in lines(tmp_path)
        for span in alert["spans"]
        if span["field"] == "headline"
    ]
    assert "شرقِ الفراتِ" in found


@pytest.mark.slow
def test_a_site_that_refuses_is_status_1_and_a_tick_goes_on(sqlite_url, tmp_path):
    settled(tmp_path, sqlite_url)
    with (tmp_path / "rasid.toml").open("a", encoding="utf-8") as file:
        file.write("\n[alerts]\nmax_age_hours = 99999\n")
    text = (tmp_path / "rasid.toml").read_text("utf-8")
    text = text.replace("workers = 0", 'workers = 0\nonly = ["alsour", "almanara"]')
    (tmp_path / "rasid.toml").write_text(text, "utf-8")
    with newsroom(tmp_path):
        tick = start(tmp_path, "tick", "--json", "--max-seconds", "50")
        out, _ = tick.communicate(timeout=2 * SECONDS)

    said = json.loads(out)
    assert tick.returncode == 1
    assert {each["site"]: each["outcome"] for each in said["crawl"]}["alsour"] == "refused"
    assert said["match"]["alerted"] == said["deliver"]["sent"] > 0


@pytest.mark.long
def test_ticks_beside_a_service_keep_to_the_limit_of_an_hour_together(
    archive, archive_url, tmp_path
):
    desk = settled(tmp_path, archive_url)
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "sana.toml").write_text(
        'key = "sana"\nname = "سانا"\nurl = "http://127.0.0.1:9/"\nhosts = ["127.0.0.1"]\n'
        'language = "ar"\ntimezone = "Asia/Damascus"\nenabled = false\n'
        '[[routes]]\ntype = "feed"\nurl = "http://127.0.0.1:9/feed"\n',
        "utf-8",
    )
    with web() as peer:
        text = (tmp_path / "rasid.toml").read_text("utf-8")
        text = text.replace("workers = 0", 'workers = 0\nonly = ["sana"]')
        text = text.replace("jsonl:alerts.jsonl", f"webhook+http://127.0.0.1:{peer.port}/")
        (tmp_path / "rasid.toml").write_text(text + "\nmax_per_hour = 3\n", "utf-8")
        desk = Config.load(tmp_path / "rasid.toml", {})
        with running(desk, archive):
            ticks = [start(tmp_path, "tick", "--max-seconds", "5") for _ in range(2)]
            number = 0
            while any(tick.poll() is None for tick in ticks):
                number += 1
                keep(archive, number)
                time.sleep(0.2)
            said = [tick.communicate(timeout=SECONDS) for tick in ticks]

    assert [tick.returncode for tick in ticks] == [0, 0], said
    assert number > 3
    assert len(peer.received) == 3
    told = [alert["id"] for posted in peer.received for alert in posted.json["alerts"]]
    with reading(archive) as db:
        states = Counter(db.scalars(select(Delivery.state).where(Delivery.alert_id.is_not(None))))
    assert len(told) == len(set(told)) == states["delivered"]
    assert set(states) <= {"delivered", "pending"}


@pytest.mark.slow
def test_a_crawl_told_to_stop_gives_its_site_back(sqlite_url, tmp_path):
    settled(tmp_path, sqlite_url)
    with newsroom(tmp_path):
        crawl = start(tmp_path, "crawl", "almanara", "barada")
        engine = open_archive(sqlite_url)

        def begun() -> bool:
            with reading(engine) as db:
                return db.scalars(select(Article.id)).first() is not None

        eventually(begun, "the first article")
        crawl.terminate()
        crawl.communicate(timeout=SECONDS)

    with reading(engine) as db:
        holders = list(db.scalars(select(Site.lease_owner).where(Site.lease_owner.is_not(None))))
        until = [site.lease_until for site in db.scalars(select(Site)) if site.lease_until]
    engine.dispose()
    assert crawl.returncode == 130
    assert holders == [] or all(
        moment < datetime.now(UTC) + timedelta(seconds=1) for moment in until
    )
