"""What is one's own, people, tokens, channels, the log."""

import base64
import json
import re

import pytest

from storage import deeds, people
from storage.database import reading, session
from tests.scheduler.desk.conftest import PASSWORD, csrf, post

NEW = "another long one"
SECRET = re.compile(r"rasid_[\w-]{43}")


def made(client, **said):
    """Make a token; return it and the page that shows it."""
    page = post(client, "/settings/tokens", **{"label": "archive", "role": "viewer", **said})
    return SECRET.search(page.text)[0], page


def test_a_new_password_opens_the_door_and_shuts_out_other_browsers(newsdesk):
    here, there = (newsdesk.person("samer", "viewer") for _ in range(2))

    said = post(here, "/settings/password", old=PASSWORD, new=NEW)

    assert "تغيّرت كلمة السر" in here.get(said.headers["location"]).text
    assert there.get("/").status_code == 303
    client = newsdesk.client()
    word = csrf(client.get("/enter").text)
    for password, status in ((PASSWORD, 403), (NEW, 303)):
        form = {"csrf": word, "name": "samer", "password": password}
        assert client.post("/enter", data=form).status_code == status


def test_a_wrong_password_changes_nothing_and_is_slowed_down(small_desk):
    client = small_desk.person("samer", "viewer")

    said = [post(client, "/settings/password", old="a guess", new=NEW) for _ in range(6)]

    assert [each.status_code for each in said] == [400] * 6
    assert "غير صحيحة" in said[0].text
    assert "انتظر" in said[5].text


def test_a_short_password_is_refused_in_the_readers_language(small_desk):
    client = small_desk.person("samer", "viewer")

    assert "١٠ أحرف" in post(client, "/settings/password", old=PASSWORD, new="short").text


def test_one_shuts_out_ones_own_browsers_alone(newsdesk):
    mine, other = (newsdesk.person("samer", "viewer") for _ in range(2))
    theirs = newsdesk.person("layla", "viewer")
    with reading(newsdesk.engine) as db:
        her = people.find(db, "layla")
        key = people.visits(db, people.Actor("layla", "viewer", her.id))[0].key

    post(mine, "/settings/visits", visit=key)
    post(mine, "/settings/visits", visit="others")

    assert other.get("/").status_code == 303
    assert mine.get("/").status_code == theirs.get("/").status_code == 200


def test_a_token_is_shown_once_kept_as_a_digest_and_speaks_until_taken_back(newsdesk):
    client = newsdesk.person("samer", "editor")

    token, _ = made(client)

    program = newsdesk.client(headers={"Authorization": f"Bearer {token}"})
    assert program.get("/health").status_code == 200
    listed = client.get("/settings").text
    assert token not in listed
    assert "آخر استعمال" in listed
    post(client, "/settings/tokens/1")
    assert program.get("/health").status_code == 401


def test_a_token_can_do_no_more_than_it_was_made_for_nor_than_its_person(newsdesk):
    newsdesk.keep()
    client = newsdesk.person("samer", "editor")
    token, _ = made(client)
    program = newsdesk.client(headers={"Authorization": f"Bearer {token}"})

    assert program.post("/alerts/1", data={"deed": "ack"}).status_code == 403
    assert post(client, "/settings/tokens", label="x", role="admin").status_code == 400
    assert post(client, "/settings/tokens", label=" ", role="viewer").status_code == 400


def test_a_token_opens_no_settings_and_changes_nothing_as_a_password(newsdesk):
    newsdesk.keep()
    token, _ = made(newsdesk.person("chief", "admin"), role="admin")
    bearer = newsdesk.client(headers={"Authorization": f"Bearer {token}"})
    # What a browser was once asked for it sends by itself, for any page that has it do so.
    shown = base64.b64encode(f":{token}".encode()).decode()
    basic = newsdesk.client(headers={"Authorization": f"Basic {shown}"})

    assert bearer.get("/settings").status_code == 403
    said = {"label": "x", "role": "admin"}
    assert bearer.post("/settings/tokens", data=said).status_code == 403
    assert bearer.post("/alerts/1", data={"deed": "ack"}).status_code == 303
    assert basic.get("/health").status_code == 200
    assert basic.post("/alerts/1", data={"deed": "star"}).status_code == 403


def test_the_owner_adds_an_admin_first_and_is_them_at_once(newsdesk):
    owner = newsdesk.owner()
    said = {"name": "chief", "password": NEW}

    assert post(owner, "/settings/people", role="viewer", **said).status_code == 400
    assert post(owner, "/settings/people", role="admin", **said).status_code == 303

    assert "<bdi>chief</bdi>" in owner.get("/settings").text
    assert newsdesk.doors.mint() is None


@pytest.mark.parametrize("role", ["viewer", "editor"])
@pytest.mark.parametrize("place", ["people", "channels", "log"])
def test_who_may_not_handle_people_is_refused_in_words(small_desk, role, place):
    small_desk.person("chief", "admin")
    client = small_desk.person("samer", role)

    said = client.get(f"/settings/{place}")

    assert said.status_code == 403
    assert "مدير" in said.text
    assert f"/settings/{place}" not in client.get("/settings").text


def test_people_get_roles_and_passwords_and_are_shut_out(newsdesk):
    chief, samer = newsdesk.person("chief", "admin"), newsdesk.person("samer", "viewer")
    newsdesk.keep()
    with reading(newsdesk.engine) as db:
        address = f"/settings/people/{people.find(db, 'samer').id}"

    post(chief, address, deed="role", role="editor")
    assert post(samer, "/alerts/1", deed="ack").status_code == 303
    token, _ = made(samer)
    post(chief, address, deed="visits")
    assert samer.get("/").status_code == 303
    program = newsdesk.client(headers={"Authorization": f"Bearer {token}"})
    assert program.get("/health").status_code == 401
    post(chief, address, deed="shut")
    assert "الباب مغلق" in chief.get("/settings/people").text
    post(chief, address, deed="password", password=NEW)
    with reading(newsdesk.engine) as db:
        assert not people.find(db, "samer").active


@pytest.mark.parametrize("deed", ["shut", "role"])
def test_the_last_admin_cannot_be_shut_out_from_the_page(small_desk, deed):
    chief = small_desk.person("chief", "admin")

    said = post(chief, "/settings/people/1", deed=deed, role="viewer")

    assert said.status_code == 400
    assert "آخر مدير" in said.text
    assert chief.get("/settings/people").status_code == 200


def test_a_name_is_taken_once_also_at_the_desk(small_desk):
    chief = small_desk.person("chief", "admin")

    said = post(chief, "/settings/people", name="chief", password=NEW, role="viewer")

    assert "هناك شخص باسم «chief»" in said.text


def test_channels_are_shown_without_their_addresses_and_take_a_sample(small_desk, tmp_path):
    chief = small_desk.person("chief", "admin")

    said = post(chief, "/settings/channels", channel="newsroom").text

    assert "وصلت الرسالة التجريبية" in said
    assert str(tmp_path) not in said
    assert json.loads((tmp_path / "out.jsonl").read_text("utf-8").splitlines()[0])
    assert post(chief, "/settings/channels", channel="none").status_code == 404


def test_the_log_says_who_did_what_and_never_a_secret(newsdesk):
    newsdesk.keep()
    chief = newsdesk.person("chief", "admin")
    token, _ = made(chief, label="أرشيف <b>")
    post(chief, "/alerts/1", deed="note", text="راجعته")
    post(chief, "/settings/password", old=PASSWORD, new=NEW)

    text = chief.get("/settings/log").text

    for said in ("غيّر كلمة السر", "أرشيف &lt;b&gt;", "راجعته", 'href="/alerts/1"'):
        assert said in text
    for secret in (token, people.digest(token), NEW, PASSWORD):
        assert secret not in text
    assert "راجعته" not in chief.get("/settings/log?kind=token").text


def test_the_log_goes_back_page_by_page(small_desk):
    chief = small_desk.person("chief", "admin")
    with session(small_desk.engine) as db:
        for number in range(60):
            deeds.note(db, "chief", "check", "site", f"site{number}", small_desk.now)

    first = chief.get("/settings/log").text
    older = re.search(r"/settings/log\?before=\d+", first)[0]

    assert "site59" in first
    assert "site0<" in chief.get(older).text
    assert chief.get("/settings/log?before=x&kind=y").status_code == 200


def test_a_reader_has_language_digits_and_zone_of_their_own(small_desk):
    small_desk.keep()
    client = small_desk.owner()
    chosen = {"lang": "en", "digits": "arab", "theme": "dark", "zone": "Asia/Tokyo"}

    assert post(client, "/enter/choice", back="/settings", **chosen).status_code == 303

    text = client.get("/").text
    assert 'lang="en" dir="ltr"' in text
    assert "٢١:٠٠" in text
    post(client, "/enter/choice", zone="Mars/Olympus")
    assert client.get("/").status_code == 200
