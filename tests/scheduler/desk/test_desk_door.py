"""Who comes in, who does not, and what goes out with every answer."""

from datetime import timedelta

import pytest

from scheduler.desk import secrets
from storage import people
from storage.database import reading, session
from storage.errors import InputError
from tests.scheduler.desk.conftest import NOW, PASSWORD, csrf, post


def test_nobody_comes_in_without_a_link_or_a_password(small_desk):
    client = small_desk.client()

    assert client.get("/").headers["location"] == "/enter"
    asked = client.get("/alerts/1?x=1")
    assert asked.headers["location"] == "/enter?next=%2Falerts%2F1%3Fx%3D1"
    assert client.get("/live").status_code == 401
    assert client.post("/alerts", data={}).headers["location"] == "/enter"


def test_a_part_of_a_page_whose_visit_has_ended_leads_to_the_door(small_desk):
    said = small_desk.client().get("/health/card", headers={"hx-request": "true"})

    assert (said.status_code, said.headers["hx-redirect"]) == (401, "/enter")


def test_the_one_time_link_lets_one_browser_in(newsdesk):
    key = newsdesk.doors.mint()
    first, second = newsdesk.client(), newsdesk.client()

    assert first.get(f"/enter/{key}").headers["location"] == "/"
    assert first.get("/").status_code == 200
    assert second.get(f"/enter/{key}").headers["location"] == "/enter?used=1"
    assert second.get("/").status_code == 303


def test_with_the_first_password_the_owner_has_to_come_in_by_it(newsdesk):
    owner = newsdesk.owner()
    editor = newsdesk.person("سامر", "admin")

    assert newsdesk.doors.mint() is None
    assert owner.get("/").status_code == 303
    assert editor.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_told_alike(small_desk):
    small_desk.person("samer", "viewer")
    client = small_desk.client()
    word = csrf(client.get("/enter").text)

    said = [
        client.post("/enter", data={"csrf": word, "name": name, "password": "guess guess"}).text
        for name in ("samer", "nobody")
    ]

    assert said[0] == said[1]


def test_after_five_failures_the_right_password_has_to_wait(small_desk):
    small_desk.person("samer", "viewer")
    client = small_desk.client()
    word = csrf(client.get("/enter").text)

    def enter(password: str) -> int:
        said = {"csrf": word, "name": "samer", "password": password}
        return client.post("/enter", data=said).status_code

    assert [enter("guess guess") for _ in range(5)] == [403] * 5
    assert enter(PASSWORD) == 429
    small_desk.now += timedelta(minutes=16)
    assert enter(PASSWORD) == 303


def test_a_visit_ends_with_leaving_and_after_two_idle_weeks(newsdesk):
    client = newsdesk.person("samer", "viewer")
    other = newsdesk.person("samer", "viewer")
    post(client, "/leave")

    assert client.get("/").status_code == 303
    assert other.get("/").status_code == 200
    newsdesk.now += timedelta(days=15)
    assert other.get("/").status_code == 303


def test_one_who_was_shut_out_is_out_at_once(newsdesk):
    newsdesk.person("chief", "admin")
    client = newsdesk.person("samer", "editor")
    with session(newsdesk.engine) as db:
        people.change(db, people.find(db, "samer"), active=False)

    assert client.get("/").status_code == 303


def test_the_archive_holds_no_secret_that_lets_anybody_in(newsdesk):
    client = newsdesk.person("samer", "viewer")
    with reading(newsdesk.engine) as db:
        person = people.find(db, "samer")
        visit = people.visits(db, people.Actor("samer", "viewer", person.id))[0]

    assert person.password.startswith("$argon2id$")
    assert visit.key == people.digest(client.cookies["rasid_desk"])


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil"])
def test_a_host_nobody_gave_this_desk_is_refused(small_desk, host):
    client = small_desk.owner()

    assert client.get("/", headers={"host": host}).status_code == 421


def test_a_form_without_the_word_of_our_page_changes_nothing(small_desk):
    small_desk.keep()
    client, other = small_desk.owner(), small_desk.client()
    other.get("/enter")

    for word in ("", "0" * 64, secrets.csrf(other.cookies["rasid_desk"])):
        assert client.post("/alerts/1", data={"csrf": word, "deed": "ack"}).status_code == 403
    assert "اطّلع <bdi>" not in client.get("/").text


def test_a_form_of_a_megabyte_is_no_form_of_ours(small_desk):
    client = small_desk.owner()

    assert post(client, "/alerts/1", deed="note", text="x" * 1_000_000).status_code == 413


@pytest.mark.parametrize("address", ["/", "/enter", "/static/desk.css", "/nowhere", "/alerts/9"])
def test_every_answer_allows_no_script_but_our_own_files(small_desk, address):
    said = small_desk.owner().get(address).headers

    policy = said["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert said["x-frame-options"] == "DENY"
    assert said["referrer-policy"] == "no-referrer"
    assert said["x-content-type-options"] == "nosniff"


def test_no_page_has_a_script_or_a_style_of_its_own(small_desk):
    small_desk.keep()
    text = small_desk.owner().get("/").text

    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert text.count("<script") == text.count("<script src=")


def test_the_cookie_is_out_of_reach_of_scripts(small_desk):
    client = small_desk.client()
    said = client.get("/enter").headers["set-cookie"].lower()

    assert "httponly" in said
    assert "samesite=lax" in said


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_after_entering_nobody_is_sent_elsewhere(small_desk, place):
    small_desk.person("samer", "viewer")
    client = small_desk.client()
    word = csrf(client.get("/enter", params={"next": place}).text)
    said = {"csrf": word, "name": "samer", "password": PASSWORD, "next": place}

    assert client.post("/enter", data=said).headers["location"] == "/"


def test_roles_are_what_one_may_do(newsdesk):
    newsdesk.keep()
    newsdesk.person("chief", "admin")
    viewer, editor = newsdesk.person("reader", "viewer"), newsdesk.person("samer", "editor")

    refused = post(viewer, "/alerts/1", deed="ack")

    assert refused.status_code == 403
    assert "محرّر" in refused.text
    assert post(editor, "/alerts/1", deed="ack").status_code == 303
    assert "data-key" not in viewer.get("/").text


def test_the_last_admin_stays(newsdesk):
    newsdesk.person("chief", "admin")
    with session(newsdesk.engine) as db, pytest.raises(InputError, match="last admin"):
        people.change(db, people.find(db, "chief"), role="viewer")


def test_a_password_that_is_short_is_refused():
    with pytest.raises(InputError, match="10 characters"):
        secrets.hashed("short")


def test_names_are_taken_once(newsdesk):
    newsdesk.person("chief", "admin")
    with session(newsdesk.engine) as db, pytest.raises(InputError, match="already"):
        people.add(db, "chief", "x", "admin", NOW)


def test_a_form_whose_visit_has_ended_leads_to_the_door(small_desk):
    said = small_desk.client().post("/alerts/1", data={"deed": "ack"})

    assert (said.status_code, said.headers["location"]) == (303, "/enter")


def test_a_key_whose_visit_has_ended_leads_to_the_door(small_desk):
    said = small_desk.client().post("/alerts/1", headers={"hx-request": "true"})

    assert (said.status_code, said.headers["hx-redirect"]) == (401, "/enter")
