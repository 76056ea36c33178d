"""What `rasid alerts` and `rasid status` say is what stands in the archive."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from scheduler import jobs
from scheduler.cli.app import run
from scheduler.config import Config
from scheduler.watchlists import Watch
from scraper.items import ArticleItem
from storage import archive as kept
from storage import mutes, watches
from storage.database import open_archive, reading, session
from storage.models import Alert, Delivery, Match, Site
from storage.queries import moment

SECRET = "S3CRET-token"
LISTED = [
    Watch(name="شرق الفرات", query="شرق الفرات"),
    Watch(name="مكتوم", query="مكتوم"),
    Watch(name="قسد", query="قسد", priority="low"),
]


@pytest.fixture
def desk(archive_url, tmp_path):
    """A desk with alerts delivered, waiting and failing, and matches of every outcome."""
    now = datetime.now(UTC)
    path = tmp_path / "rasid.toml"
    path.write_text(
        f'archive = "{archive_url}"\ncaptures = ""\n'
        '[channels.file]\nurl = "jsonl:alerts.jsonl"\n'
        f'[channels.bot]\nurl = "telegram://123:{SECRET}@42?api=http://127.0.0.1:9"\n',
        "utf-8",
    )
    config = Config.load(path, {})
    engine = open_archive(archive_url)
    with session(engine) as db:
        watches.sync(db, LISTED, now)
        mutes.mute(db, "مكتوم", now)
        db.add(Site(key="sana", name="سانا"))
        db.flush()
        headlines = ["أول من شرق الفرات", "ثان عن قسد", "مكتوم", "شرق الفرات وقسد"]
        for number, headline in enumerate(headlines):
            page = ArticleItem(
                site="sana",
                url=f"https://sana.example/{number}",
                headline=headline,
                body="قصير",
                published_at=now,
            )
            kept.keep(db, page, now=now)
    jobs.match_new(engine, LISTED, config, lambda: now)
    jobs.deliver(engine, config, lambda: now)
    yield path, engine
    engine.dispose()


def said(capsys, path, *command: str):
    run([*command, "--json", "--config", str(path)])
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    return json.loads(out)


def test_alerts_and_status_say_what_the_archive_says(desk, capsys):
    path, engine = desk

    listed = said(capsys, path, "alerts", "list")
    status = said(capsys, path, "status")

    with reading(engine) as db:
        alerts = {alert.id: alert for alert in db.scalars(select(Alert))}
        states = {(d.alert_id, d.channel): d for d in db.scalars(select(Delivery))}
        outcomes = dict(
            tuple(row)
            for row in db.execute(select(Match.outcome, func.count()).group_by(Match.outcome))
        )
    assert {alert["id"] for alert in listed} == set(alerts)
    for alert in listed:
        assert alert["kind"] == alerts[alert["id"]].kind
        for each in alert["deliveries"]:
            row = states.pop((alert["id"], each["channel"]))
            assert (each["state"], each["attempts"], each["last_error"], each["message"]) == (
                row.state,
                row.attempts,
                row.last_error,
                row.message,
            )
    assert states == {}
    assert {key: status["matches"][key] for key in outcomes} == outcomes
    assert outcomes == {"alerted": 4, "muted": 1}
    assert status["matches"]["matches"] == sum(outcomes.values())
    assert status["alerts"]["alerts"] == len(alerts)
    for states_of in status["alerts"]["channels"].values():
        assert sum(states_of.values()) == len(alerts)
    assert [each["watch"] for each in status["watches"] if each["muted"]] == ["مكتوم"]
    assert status["gaps"] == []


def test_each_channel_has_in_status_what_it_has_in_the_archive(desk, capsys):
    path, engine = desk
    with session(engine) as db:
        for number, delivery in enumerate(db.scalars(select(Delivery).order_by(Delivery.id))):
            delivery.state = ("delivered", "pending", "sending", "failed")[number % 4]

    status = said(capsys, path, "status")
    run(["status", "--config", str(path)])
    text = capsys.readouterr().out
    listed = said(capsys, path, "alerts", "list")

    with reading(engine) as db:
        rows = db.execute(
            select(Delivery.channel, Delivery.state, func.count())
            .where(Delivery.alert_id.is_not(None))
            .group_by(Delivery.channel, Delivery.state)
        ).all()
        moments = {
            (row.alert_id, row.channel): (moment(row.not_before), moment(row.delivered_at))
            for row in db.scalars(select(Delivery))
        }
    counts = {(channel, state): number for channel, state, number in rows}
    for channel, states in status["alerts"]["channels"].items():
        assert {s: n for s, n in states.items() if n} == {
            state: number for (name, state), number in counts.items() if name == channel
        }
        assert f"{channel}: {states['delivered']} delivered, {states['pending']} pending" in text
    for alert in listed:
        for each in alert["deliveries"]:
            next_try, delivered = moments[alert["id"], each["channel"]]
            waits = each["state"] in ("pending", "sending")
            assert each["not_before"] == (next_try if waits else None)
            assert each["delivered_at"] == delivered


def test_a_secret_is_in_no_answer_and_not_in_the_archive(desk, capsys):
    path, engine = desk

    said(capsys, path, "channel", "list")
    assert said(capsys, path, "channel", "test", "bot")["sent"] is False
    said(capsys, path, "deliver")
    said(capsys, path, "alerts", "show", "1")

    with reading(engine) as db:
        errors = [error for error in db.scalars(select(Delivery.last_error)) if error]
    assert errors
    assert not any(SECRET in error for error in errors)


def test_a_watch_is_muted_and_speaks_again(desk, capsys):
    path, _ = desk
    arguments = ["--config", str(path)]
    path.with_name("watches.toml").write_text('[[watch]]\nname = "قسد"\nquery = "قسد"\n', "utf-8")

    assert run(["watch", "mute", "قسد", "--until", "8h", *arguments]) == 0
    muted = {w["watch"]: w["muted"] for w in said(capsys_after(capsys), path, "status")["watches"]}
    assert muted["قسد"]["until"] is not None
    assert run(["watch", "unmute", "قسد", *arguments]) == 0
    assert run(["watch", "mute", "قسد", "--until", "2020-01-01", *arguments]) == 2
    assert run(["watch", "mute", "حلب", *arguments]) == 2
    assert "no watch 'حلب'" in capsys.readouterr().err


def capsys_after(capsys):
    """Forget what was printed so far."""
    capsys.readouterr()
    return capsys
