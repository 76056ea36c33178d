"""Channels against real servers on loopback."""

import hashlib
import hmac
import io
import json
import socket
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest

from scheduler import quoting
from scheduler.alerts import Message
from scheduler.channels.errors import ChannelError
from scheduler.channels.masking import masked
from scheduler.channels.opening import opened
from scheduler.quoting import Piece
from tests.scheduler.peers import smtp, telegram_no, telegram_yes, web

# Apprise looks for it at its first import, and Python 3.11 announces its end.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ALERT = {
    "id": 7,
    "kind": "new",
    "watch": "شرق الفرات",
    "headline": "من شرقِ الفراتِ",
    "url": "https://sana.example/1?a=1&b=2",
    "site_name": "سانا",
    "published_at": None,
    "created_at": "2026-11-25T10:00:00Z",
    "spans": [
        {"field": "headline", "start": 3, "end": 14, "text": "شرقِ الفراتِ", "term": "شرق الفرات"}
    ],
}
MESSAGE = Message(
    key="alert-7-abc",
    subject="[شرق الفرات] القواتُ الروسيّةُ",
    pieces=[Piece("من "), Piece("شرقِ الفراتِ", marked=True)],
    alerts=[ALERT],
)


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


def test_what_an_attempt_before_has_written_is_not_written_again(tmp_path):
    other = replace(MESSAGE, alerts=[{**ALERT, "id": 70}])
    channel("jsonl:alerts.jsonl", tmp_path).send(MESSAGE)
    channel("jsonl:alerts.jsonl", tmp_path).send(replace(MESSAGE, again=True))
    channel("jsonl:alerts.jsonl", tmp_path).send(replace(other, again=True))

    lines = (tmp_path / "alerts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [7, 70]


def test_an_apprise_address_gets_what_it_is_given():
    with web() as peer:
        channel(f"json://127.0.0.1:{peer.port}/hook").send(MESSAGE)

    [posted] = peer.received
    assert posted.json["title"] == MESSAGE.subject
    assert posted.json["message"] == MESSAGE.text


def test_an_apprise_address_that_fails_is_a_failure_and_keeps_its_secret():
    with web(500) as peer, pytest.raises(ChannelError) as error:
        channel(f"json://desk:hunter2secret@127.0.0.1:{peer.port}/T0KEN-abc/x").send(MESSAGE)

    assert peer.received
    assert "500" in str(error.value)
    assert "hunter2secret" not in str(error.value)
    assert "T0KEN-abc" not in str(error.value)


def test_a_server_that_is_not_there_is_a_failure():
    with web() as peer:
        pass

    with pytest.raises(ChannelError, match=r"^json: "):
        channel(f"json://127.0.0.1:{peer.port}/hook").send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("env:DESK_URL", "DESK_URL is not set"),
        ("smtp://rima:secret-token@host", "the address must be like smtp://"),
        ("smtp://host:secret-token?to=a@b.example", "the address must be like smtp://"),
        ("smtp://host?to=secret-token", "one of its addresses is none"),
        ("telegram://secret-token", "the address must be like telegram://"),
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


def mail(mailbox, options: str = "") -> str:
    return f"smtp://127.0.0.1:{mailbox.port}?from=rasid@desk.example&to=desk@desk.example{options}"


def test_an_email_is_multipart_and_known_again_by_its_id():
    with smtp() as mailbox:
        channel(mail(mailbox)).send(MESSAGE)

    [letter] = mailbox.received
    assert letter["Subject"] == MESSAGE.subject
    assert letter["Message-ID"] == "<alert-7-abc@desk.example>"
    assert letter["List-Id"].endswith(".rasid.desk.example>")
    assert letter["In-Reply-To"] is None
    assert 'dir="rtl"' in letter.get_body(("html",)).get_content()
    assert letter.get_body(("plain",)).get_content().strip() == "من [شرقِ الفراتِ]"


def test_a_correction_stands_under_the_letter_it_corrects():
    with smtp() as mailbox:
        channel(mail(mailbox)).send(replace(MESSAGE, follows=["alert-5-a", "alert-6-b"]))

    [letter] = mailbox.received
    assert letter["In-Reply-To"] == "<alert-6-b@desk.example>"
    assert letter["References"] == "<alert-5-a@desk.example> <alert-6-b@desk.example>"


def test_a_mail_server_that_refuses_is_a_failure_with_its_words():
    with smtp("554 no thanks") as mailbox, pytest.raises(ChannelError) as error:
        channel(mail(mailbox)).send(MESSAGE)

    assert str(error.value) == "mail: 127.0.0.1 refused: 554 no thanks"
    assert mailbox.received == []


def test_a_recipient_that_is_refused_costs_the_others_nothing_and_them_no_second_letter():
    to = "&to=a@desk.example,gone@desk.example,b@desk.example"
    with smtp(refused=("gone@desk.example",)) as mailbox:
        with pytest.raises(ChannelError, match="1 of 3 recipients refused: 550 no such") as error:
            channel(mail(mailbox, to)).send(MESSAGE)
        with pytest.raises(ChannelError, match="1 of 3"):
            channel(mail(mailbox, to)).send(replace(MESSAGE, taken=error.value.taken))

    assert mailbox.recipients == ["a@desk.example", "b@desk.example"]


@pytest.mark.parametrize(
    ("options", "said"),
    [("&tls=required", "does not offer TLS"), ("&color=red", "options are to, from and tls")],
)
def test_mail_that_cannot_go_as_asked_says_so(options, said):
    with smtp() as mailbox, pytest.raises(ChannelError, match=said):
        channel(mail(mailbox, options)).send(MESSAGE)

    assert mailbox.received == []


def test_a_password_is_never_sent_in_the_clear_nor_told():
    with smtp() as mailbox, pytest.raises(ChannelError) as error:
        channel(f"smtp://rima:hunter2@127.0.0.1:{mailbox.port}?to=a@desk.example").send(MESSAGE)

    assert "does not offer TLS" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_mail_server_that_is_silent_times_out():
    with socket.create_server(("127.0.0.1", 0)) as server:
        slow = channel(f"smtp://127.0.0.1:{server.getsockname()[1]}?to=a@desk.example")
        with pytest.raises(ChannelError, match=r"127\.0\.0\.1 timed out"):
            replace(slow, timeout=0.2).send(MESSAGE)


def hook(peer, secret: str | None = "geheim"):
    return channel(f"webhook+http://127.0.0.1:{peer.port}/T0KEN-abc?x=1", secret=secret)


def test_a_webhook_gets_signed_json_with_a_key():
    with web() as peer:
        hook(peer).send(MESSAGE)

    [posted] = peer.received
    made = hmac.new(
        b"geheim", posted.headers["X-Rasid-Timestamp"].encode() + b"." + posted.body, hashlib.sha256
    )
    assert posted.path == "/T0KEN-abc?x=1"
    assert posted.headers["X-Rasid-Signature"] == f"sha256={made.hexdigest()}"
    assert posted.headers["Idempotency-Key"] == posted.json["message"] == MESSAGE.key
    assert posted.json["alerts"] == [ALERT]


@pytest.mark.parametrize(
    ("mood", "said", "wait"),
    [
        (500, "refused (500)", None),
        ((429, {"Retry-After": "17"}, b""), "refused (429)", 17.0),
        ((301, {"Location": "http://127.0.0.1:1/"}, b""), "refused (301)", None),
        ("cut", "gave no answer", None),
        ("hang", "gave no answer: timed out", None),
    ],
)
def test_a_webhook_that_does_not_take_it_is_a_failure(mood, said, wait):
    with web(mood) as peer, pytest.raises(ChannelError) as error:
        replace(hook(peer), timeout=0.3).send(MESSAGE)

    assert said in str(error.value)
    assert "T0KEN-abc" not in str(error.value)
    assert error.value.retry_after == wait


def test_a_webhook_that_says_yes_and_breaks_off_has_taken_it():
    with web("half") as peer:
        hook(peer).send(MESSAGE)

    assert len(peer.received) == 1


def bot(peer, chats: str = "42"):
    return channel(f"telegram://123:S3CRET-token@{chats}?api=http://127.0.0.1:{peer.port}")


def test_telegram_gets_html_with_the_words_marked():
    with web(telegram_yes()) as peer:
        bot(peer).send(replace(MESSAGE, pieces=[Piece("<b> & "), Piece("قسد", marked=True)]))

    [posted] = peer.received
    assert posted.path == "/bot123:S3CRET-token/sendMessage"
    assert posted.json["chat_id"] == "42"
    assert posted.json["text"] == "&lt;b&gt; &amp; <b><u>قسد</u></b>"


def test_a_long_message_comes_to_telegram_in_parts_that_fit_each_once():
    text = "هذه جملة من خبر طويل. " * 500
    yes, no = telegram_yes(), telegram_no(429, "Too Many Requests", retry_after=5)
    long = replace(MESSAGE, pieces=[Piece(text)])
    with web(yes, no, yes) as peer:
        with pytest.raises(ChannelError) as error:
            bot(peer).send(long)
        bot(peer).send(replace(long, taken=error.value.taken))

    assert error.value.retry_after == 5
    texts = [posted.json["text"] for posted in peer.received]
    assert all(len(each) <= 4096 for each in texts)
    assert texts.pop(1) == texts[1]
    assert len(texts) == len(quoting.split([Piece(text)], 4096)) == 3
    assert "".join("".join(texts).split()) == "".join(text.split())


def test_telegram_serves_each_chat_once_though_one_refuses():
    no = telegram_no(403, "Forbidden: bot was kicked from the group")
    with web(telegram_yes(), no, telegram_yes()) as peer:
        with pytest.raises(ChannelError, match=r"403, Forbidden: bot was kicked") as error:
            bot(peer, "42,-10077").send(MESSAGE)
        bot(peer, "42,-10077").send(replace(MESSAGE, taken=error.value.taken))

    assert [posted.json["chat_id"] for posted in peer.received] == ["42", "-10077", "-10077"]


@pytest.mark.parametrize(
    "mood",
    [500, "cut", "hang", (200, {}, b"<html>Sign in</html>"), telegram_no(401, "Unauthorized")],
)
def test_telegram_that_does_not_take_it_is_a_failure_and_the_token_stays_secret(mood):
    with web(mood) as peer, pytest.raises(ChannelError) as error:
        replace(bot(peer), timeout=0.3).send(MESSAGE)

    assert "S3CRET-token" not in str(error.value)
    assert error.value.taken == ()


def test_telegram_that_says_yes_and_breaks_off_has_taken_it():
    with web("half") as peer:
        bot(peer).send(MESSAGE)

    assert len(peer.received) == 1


def test_feeds_hold_each_alert_once_however_often_it_is_sent(tmp_path):
    other = {**ALERT, "id": 8, "watch": "قسد", "created_at": "2026-11-25T11:00:00Z"}
    feeds = channel("atom:feeds", tmp_path)
    feeds.send(MESSAGE)
    feeds.send(MESSAGE)
    feeds.send(replace(MESSAGE, alerts=[other]))

    everything = feedparser.parse((tmp_path / "feeds/all.atom").read_bytes())
    of_watch = feedparser.parse((tmp_path / "feeds/watches/شرق-الفرات.atom").read_bytes())
    assert not everything.bozo
    assert [entry.title for entry in everything.entries] == ["من شرقِ الفراتِ"] * 2
    assert everything.feed.updated == "2026-11-25T11:00:00Z"
    [entry] = of_watch.entries
    assert entry.link == ALERT["url"]
    assert "<mark" in entry.content[0].value or "شرقِ الفراتِ" in entry.content[0].value


def test_watches_whose_names_differ_in_signs_only_have_a_feed_each(tmp_path):
    feeds = channel("atom:feeds", tmp_path)
    for name in ("قسد", "قسد!", "«قسد»"):
        feeds.send(replace(MESSAGE, alerts=[{**ALERT, "watch": name}]))

    assert len(list((tmp_path / "feeds/watches").glob("*.atom"))) == 3


def test_a_feed_that_is_none_any_more_is_not_overwritten(tmp_path):
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds/all.atom").write_text("notes of somebody")

    with pytest.raises(ChannelError, match="is no feed any more"):
        channel("atom:feeds", tmp_path).send(MESSAGE)
