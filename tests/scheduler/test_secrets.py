"""Secrets of channels are told to the channel and to nobody else."""

import json
import logging
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect, text

from scheduler import jobs
from scheduler.channels.errors import ChannelError
from scheduler.channels.opening import opened
from scheduler.cli.app import run
from scheduler.config import Config
from scheduler.service import Service
from storage.database import reading
from tests.scheduler.peers import smtp, telegram_no, web
from tests.scheduler.test_channels import MESSAGE
from tests.scheduler.test_jobs import NOW, RIVER, Clock, keep

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "AAH-S3CRET_t0ken"
SECRETS = (TOKEN, "hunter2pass", "geheimnis", "T0K3N/abc", "T0K3N%2Fabc")


def repeating(said: str):
    """An answer that repeats what it was asked, as careless servers do."""
    return (500, {}, said.encode())


@pytest.fixture
def places():
    """The addresses of channels that hold secrets, each with a peer that gives them away."""
    told = f"cannot open /bot123:{TOKEN}/sendMessage"
    with (
        web(telegram_no(400, f"Bad Request: {told}")) as bot,
        web(repeating("no /T0K3N%2Fabc?key=hunter2pass, no T0K3N/abc, no geheimnis")) as hook,
        web(repeating("no T0K3N%2Fabc of desk:hunter2pass")) as service,
        smtp("554 no thanks") as mailbox,
    ):
        yield {
            "bot": f"telegram://123:{TOKEN}@42?api=http://127.0.0.1:{bot.port}",
            "gone": f"telegram://123:{TOKEN}@42?api=http://127.0.0.1:9/{TOKEN}",
            "hook": f"webhook+http://127.0.0.1:{hook.port}/T0K3N%2Fabc?key=hunter2pass",
            "service": f"json://desk:hunter2pass@127.0.0.1:{service.port}/T0K3N%2Fabc",
            "mail": f"smtp://127.0.0.1:{mailbox.port}?to=a@desk.example",
            "login": f"smtp://rima:hunter2pass@127.0.0.1:{mailbox.port}?to=a@desk.example",
            "broken": f"telegram://{TOKEN}",
            "strange": "webhook+http://127.0.0.1:x/hunter2pass/T0K3N%2Fabc",
            "spaced": f"webhook+http://127.0.0.1:9/hunter2pass {TOKEN}",
        }


@pytest.fixture
def desk(archive_url, places, tmp_path, monkeypatch):
    path = tmp_path / "rasid.toml"
    tables = []
    for name, url in places.items():
        monkeypatch.setenv(f"SECRET_{name.upper()}", url)
        tables.append(
            f'[channels.{name}]\nurl = "env:SECRET_{name.upper()}"\nsecret = "geheimnis"\n'
        )
    path.write_text(f'archive = "{archive_url}"\ncaptures = ""\n{"".join(tables)}', "utf-8")
    (tmp_path / "watches.toml").write_text('[[watch]]\nname = "a"\nquery = "شرق الفرات"\n', "utf-8")
    return path


def clean(said: str) -> str:
    for secret in SECRETS:
        assert secret not in said
    return said


def test_no_command_no_log_and_no_table_tells_a_secret(archive, desk, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    keep(archive, published_at=datetime.now(UTC))
    commands = [
        ["match"],
        ["deliver"],
        ["alerts", "show", "1"],
        ["alerts", "list"],
        ["status"],
        ["channel", "list"],
        *(["channel", "test", name] for name in ("bot", "hook", "service", "mail", "spaced")),
    ]
    for command in commands:
        for as_json in ([], ["--json"]):
            run([*command, *as_json, "--config", str(desk)])
        out, err = capsys.readouterr()
        clean(out + err)
    clean(caplog.text)
    with reading(archive) as db:
        tables = inspect(db.connection()).get_table_names()
        rows = [list(db.execute(text(f"SELECT * FROM {table}"))) for table in tables]
        errors = set(db.scalars(text("SELECT last_error FROM delivery")))
    clean(json.dumps(rows, default=str))
    assert None not in errors
    assert len(errors) >= 7


def test_a_service_and_its_configuration_do_not_show_secrets(archive, desk, places):
    environ = {"SECRET_BOT": places["bot"], "SECRET_HOOK": places["hook"]}
    config = Config.load(desk, {**environ, "RASID_CHANNELS__BOT__SECRET": "geheimnis"})
    service = Service(config, archive, {**environ, "PASSWORD": "hunter2pass"}, lambda: NOW)

    clean(repr(config) + repr(service) + repr(service.deliver))
    clean(config.model_dump_json())


@pytest.mark.parametrize(
    "line", [f'url = ["{TOKEN}"]', f'url = "console"\nsecret = ["{TOKEN}"]', f'urll = "{TOKEN}"']
)
def test_a_mistake_in_the_configuration_does_not_repeat_what_was_written(tmp_path, capsys, line):
    path = tmp_path / "rasid.toml"
    path.write_text(f"[channels.bot]\n{line}\n", "utf-8")

    assert run(["channel", "list", "--config", str(path)]) == 2
    out, err = capsys.readouterr()

    clean(out + err)


def test_channels_that_fail_at_once_do_not_hear_each_other(caplog):
    """Apprise says why only in its log, and it has one for all."""
    said: dict[str, str] = {}
    start = threading.Barrier(2)

    def fail(name: str, url: str) -> None:
        start.wait()
        for _ in range(5):
            try:
                opened(url, folder=None).send(MESSAGE)
            except ChannelError as error:
                said[name] = said.get(name, "") + str(error)

    with web(repeating("no")) as peer:
        urls = {n: f"json://127.0.0.1:{peer.port}/{n}" for n in ("SECRETone", "SECRETtwo")}
        threads = [threading.Thread(target=fail, args=each) for each in urls.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert set(said) == set(urls)
    assert "SECRET" not in "".join(said.values()) + caplog.text
    assert all("500" in each for each in said.values())


def test_what_a_channel_raises_is_logged_without_its_words(archive, tmp_path, monkeypatch, caplog):
    class Broken:
        def send(self, _message):
            raise ValueError(f"unknown url type: https://api/bot{TOKEN}/x")

    monkeypatch.setattr("scheduler.connections.opened", lambda *_a, **_o: Broken())
    config = Config.model_validate(
        {"channels": {"bot": {"url": f"telegram://123:{TOKEN}@42"}}, "watches": tmp_path / "w.toml"}
    )
    keep(archive)
    jobs.match_new(archive, [RIVER], config, Clock())
    done = jobs.deliver(archive, config, Clock())

    clean(done.problems[0] + caplog.text)
    assert "ValueError" in done.problems[0]
