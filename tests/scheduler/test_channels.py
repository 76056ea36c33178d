"""Channels against real servers on loopback."""

import contextlib
import email
import email.policy
import io
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from scheduler.alerts import Message
from scheduler.channels.apprise import masked
from scheduler.channels.errors import ChannelError
from scheduler.channels.opening import opened

# Apprise looks for it at its first import, and Python 3.11 announces its end.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MESSAGE = Message(
    key="rasid-alert-7",
    subject="[شرق الفرات] القواتُ الروسيّةُ",
    text="من [شرقِ الفراتِ]",
    html='<div lang="ar" dir="rtl">من <mark>شرقِ الفراتِ</mark></div>',
    alerts=[{"id": 7, "headline": "من شرقِ الفراتِ"}],
)


class Mailbox:
    """An SMTP server that keeps what it is given, or says *answer* instead."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.received: list[email.message.EmailMessage] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server, _session, envelope
    ):
        if self.answer.startswith("250"):
            self.received.append(
                email.message_from_bytes(envelope.content, policy=email.policy.default)
            )
        return self.answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def smtp(answer: str = "250 OK"):
    mailbox = Mailbox(answer)
    mailbox.port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@contextlib.contextmanager
def webhook(status: int = 200):
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def channel(url: str, folder: Path = Path("/nowhere"), **options):
    return opened(url, folder=folder, **options)


def test_a_console_prints_the_text():
    stream = io.StringIO()

    channel("console", stream=stream).send(MESSAGE)

    assert stream.getvalue() == "من [شرقِ الفراتِ]\n\n"


def test_a_file_gets_one_line_of_json_for_each_alert(tmp_path):
    for _ in range(2):
        channel("jsonl:alerts.jsonl", tmp_path).send(MESSAGE)

    lines = (tmp_path / "alerts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["headline"] for line in lines] == ["من شرقِ الفراتِ"] * 2


def test_a_file_address_names_an_absolute_path(tmp_path):
    channel(f"file://{tmp_path}/out.jsonl").send(MESSAGE)

    assert json.loads((tmp_path / "out.jsonl").read_text("utf-8"))["id"] == 7


def test_a_line_that_was_cut_off_does_not_spoil_the_next(tmp_path):
    (tmp_path / "alerts.jsonl").write_text('{"id": 6, "hea')

    channel("jsonl:alerts.jsonl", tmp_path).send(MESSAGE)

    assert json.loads((tmp_path / "alerts.jsonl").read_text("utf-8").splitlines()[1])["id"] == 7


def test_a_file_that_cannot_be_written_is_a_failure_with_its_reason(tmp_path):
    with pytest.raises(ChannelError, match="No such file or directory"):
        channel("jsonl:missing/alerts.jsonl", tmp_path).send(MESSAGE)


def test_an_email_is_multipart_right_to_left_and_as_published():
    with smtp() as mailbox:
        channel(
            f"mailto://127.0.0.1:{mailbox.port}?from=rasid@desk.example&to=desk@desk.example"
        ).send(MESSAGE)

    [mail] = mailbox.received
    assert mail["Subject"] == MESSAGE.subject
    html = mail.get_body(("html",)).get_content()
    assert 'dir="rtl"' in html
    assert "شرقِ الفراتِ" in html
    assert "شرقِ الفراتِ" in mail.get_body(("plain",)).get_content()


def test_a_mail_server_that_refuses_is_a_failure():
    with smtp("554 no") as mailbox, pytest.raises(ChannelError) as error:
        channel(
            f"mailto://127.0.0.1:{mailbox.port}?from=rasid@desk.example&to=desk@desk.example"
        ).send(MESSAGE)

    assert str(error.value).startswith("mailto: ")
    assert mailbox.received == []


def test_a_webhook_gets_json():
    with webhook() as (port, received):
        channel(f"json://127.0.0.1:{port}/hook").send(MESSAGE)

    [body] = received
    assert json.loads(body)["title"] == MESSAGE.subject
    assert json.loads(body)["message"] == MESSAGE.text


def test_a_webhook_that_fails_is_a_failure_and_keeps_its_secret():
    with webhook(500) as (port, received), pytest.raises(ChannelError) as error:
        channel(f"json://desk:hunter2secret@127.0.0.1:{port}/T0KEN-abc/x").send(MESSAGE)

    assert received
    assert "500" in str(error.value)
    assert "hunter2secret" not in str(error.value)
    assert "T0KEN-abc" not in str(error.value)


def test_a_server_that_is_not_there_is_a_failure():
    with webhook() as (port, _):
        pass

    with pytest.raises(ChannelError, match=r"^json: "):
        channel(f"json://127.0.0.1:{port}/hook").send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("env:DESK_URL", "DESK_URL is not set"),
        ("no-such-scheme://secret-token/x", "does not understand the address"),
        ("tgram://", "does not understand the address"),
        ("1234567:secret-token", "the address is none"),
    ],
)
def test_an_address_that_is_none_says_so_without_repeating_it(url, said):
    with pytest.raises(ChannelError, match=said) as error:
        channel(url).send(MESSAGE)
    with pytest.raises(ChannelError, match=said):
        channel(url).check()

    assert "secret-token" not in str(error.value)


def test_masking_keeps_the_host_that_could_not_be_reached():
    said = masked(
        "cannot reach smtp.desk.example as rima:hunter2", "mailtos://rima:hunter2@smtp.desk.example"
    )

    assert said == "cannot reach smtp.desk.example as ***"
