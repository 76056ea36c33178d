"""The API: what it answers, to whom, and that its document says so."""

import json
import re
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from starlette.routing import Route

from scheduler.desk.api import routes, spec
from storage import people
from storage.database import session
from storage.models import Site
from tests.scheduler.desk.conftest import BODY, HEADLINE
from tests.scheduler.desk.test_desk_sites import add
from tests.scheduler.desk.test_desk_stream import LONG

DOCUMENT = spec.document()
TOKEN = "rasid_" + "x" * 43
TYPES = {
    "number": int | float,
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def program(desk, role="admin", name="archive"):
    """A program that shows a token of a person's."""
    with session(desk.engine) as db:
        person = people.find(db, name) or people.add(db, name, "x", role, desk.now)
        secret = f"{TOKEN}-{name}"
        people.add_token(db, secret, people.Actor(name, role, person.id), "test", role, desk.now)
    return desk.client(headers={"Authorization": f"Bearer {secret}"})


def filled(desk):
    """An archive with something of everything."""
    desk.keep(provenance={"body": "rule"}, tags=["سياسة"])
    desk.now += timedelta(hours=1)
    desk.keep(body=BODY + " وأكدت ذلك مصادر أخرى.")
    for site in ("raqqa", "idlib"):
        desk.keep(site=site, url=f"https://{site}.example/1", body=LONG)
    add(desk)
    return desk


def fits(value, schema, where="answer"):
    """Hold a value to a JSON schema, as far as our document uses them."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if value is not None:
            fits(value, schema["anyOf"][0], where)
        return
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    is_number = isinstance(value, int) and not isinstance(value, bool)
    right = any(
        is_number if kind == "integer" else isinstance(value, TYPES[kind]) for kind in kinds
    )
    assert right, f"{where}: {value!r} is no {kinds}"
    if isinstance(value, dict) and "properties" in schema:
        assert value.keys() == schema["properties"].keys(), where
        for name, each in value.items():
            fits(each, schema["properties"][name], f"{where}.{name}")
    if isinstance(value, list):
        for each in value:
            fits(each, schema["items"], where)
    if schema.get("format") == "date-time" and value is not None:
        assert datetime.fromisoformat(value).utcoffset() == timedelta(0), where


def addresses():
    """Every address of the document that is read, with one thing to ask it for."""
    for path, operations in DOCUMENT["paths"].items():
        if "get" not in operations or path.endswith(("/verdict", "/check")):
            continue
        names = [each["name"] for each in operations["get"]["parameters"]]
        asked = path.replace("{key}", "furat")
        for name in ("alert_id", "article_id", "watch_id"):
            asked = asked.replace(f"{{{name}}}", "1")
        yield asked + (f"?q={quote('شرق الفرات')}" if "q" in names else ""), operations["get"]


def test_the_document_has_every_route_and_no_other():
    made = {
        (route.path.replace(":number", ""), method.lower())
        for route in routes.routes()
        if isinstance(route, Route)
        for method in route.methods - {"HEAD"}
    }
    said = {(path, method) for path, there in DOCUMENT["paths"].items() for method in there}

    assert made == said | {("/api/v1/openapi.json", "get")}


def test_every_answer_is_what_the_document_says(newsdesk):
    client = program(filled(newsdesk))

    for address, operation in addresses():
        said = client.get(address)
        assert said.status_code == 200, (address, said.text)
        fits(said.json(), operation["responses"]["200"]["content"]["application/json"]["schema"], address)  # fmt: skip


def asked(parameters):
    """Anything for the parameters of an endpoint, and for some there are none of."""
    names = st.sampled_from([*(each.name for each in parameters), "nothing"])
    said = st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=30),
        st.integers(-1, 10**19).map(str),
        st.sampled_from(["", "شرق الفرات", "NOT قسد", '"أ"~9', "@east_of_euphrates", "7d", "99999w",
                         "0001-01-01", "9999-12-31", "open", "ack", "note", "enable", "interval"]),
        *(st.sampled_from(each.choices) for each in parameters if each.choices),
    )  # fmt: skip
    return st.lists(st.tuples(names, said), max_size=5)


@pytest.mark.long
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(asking=st.data())
def test_whatever_is_asked_is_answered_or_refused_in_words(newsdesk, asking):
    if not newsdesk.clients:
        program(filled(newsdesk))
    [client] = newsdesk.clients
    # A check is a process of its own.
    ours = [each for each in spec.ENDPOINTS if (each.method, each.path[-6:]) != ("POST", "/check")]
    endpoint = asking.draw(st.sampled_from(ours))
    newsdesk.now += timedelta(seconds=1)
    number = asking.draw(st.integers(0, 10**18 - 1) | st.integers(0, 3))
    path = re.sub(r"{\w+_id}", str(number), endpoint.path)
    key = asking.draw(st.sampled_from(["furat", "sana"]) | st.text("aس٣_ %\n", min_size=1))
    address = f"{spec.BASE}{path.replace('{key}', quote(key, safe=''))}"
    query = asking.draw(asked(endpoint.parameters))
    body = dict(asking.draw(asked(endpoint.body))) if endpoint.method == "POST" else None

    said = client.request(endpoint.method, address, params=query, json=body)

    assert said.status_code in (200, 400, 404, 503), said.text
    assert said.status_code == 200 or said.json()["detail"]


def test_the_document_is_given_out_and_every_shape_it_names_is_there(small_desk):
    said = program(small_desk).get("/api/v1/openapi.json").json()

    named = set(json.dumps(said).split('"#/components/schemas/')[1:])
    assert {each.partition('"')[0] for each in named} <= said["components"]["schemas"].keys()


def test_trends_count_articles_by_day_and_site_for_programs(newsdesk):
    client = program(filled(newsdesk))

    said = client.get("/api/v1/trends?days=2&site=sana").json()

    assert [(each["site"], each["articles"]) for each in said["tallies"]] == [("sana", 1)]
    assert (said["first"], said["last"]) == ("2026-11-22", "2026-11-23")


def test_nobody_asks_without_a_token(small_desk):
    said = small_desk.client().get("/api/v1/alerts")

    assert said.status_code == 401
    assert "token" in said.json()["detail"]
    assert "Bearer" in said.headers["www-authenticate"]


@pytest.mark.parametrize("path", ["people", "log", "channels"])
def test_who_may_not_is_refused_in_words(small_desk, path):
    said = program(small_desk, "editor").get(f"/api/v1/{path}")

    assert said.status_code == 403
    assert said.json()["detail"] == "this needs the role admin"


def test_pages_follow_each_other_without_a_gap(newsdesk):
    for number, word in enumerate(("مدرسة", "طريق", "سوق", "مطر", "حفل")):
        newsdesk.keep(
            url=f"https://sana.example/{number}", headline=f"{word} في شرق الفرات", body=""
        )
    client = program(newsdesk)
    query = quote("شرق الفرات")

    for path in ("alerts", "articles", f"search?q={query}", "watches/1/matches"):
        address, found = f"/api/v1/{path}{'&' if '?' in path else '?'}limit=2", []
        while address:
            page = client.get(address).json()
            found += [each["id"] for each in page["items"]]
            address = page["next"]
        assert len(found) == len(set(found)) == 5, path


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("alerts?limit=0", "limit: a number from 1 to 200"),
        ("alerts?stat=open", "did you mean 'state'?"),
        ("alerts?state=shut", "is none of open, waiting"),
        ("articles?since=someday", "since 'someday': not a time"),
        ("search", "q: say what is asked for"),
        ("search?q=(", ""),
        ("articles/1/changes?from=1&to=9", "no version 9"),
    ],
)
def test_what_is_not_right_is_said_in_words(small_desk, asked, said):
    small_desk.keep()

    answer = program(small_desk).get(f"/api/v1/{asked}")

    assert answer.status_code == 400
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["alerts/9", "articles/9", "sites/x", "watches/9", "no", "alerts/x"]
)
def test_what_there_is_none_of_is_said_as_json(small_desk, path):
    answer = program(small_desk).get(f"/api/v1/{path}")

    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_an_alert_is_handled_in_the_name_of_the_token(newsdesk):
    newsdesk.keep()
    client = program(newsdesk, "editor")

    said = client.post("/api/v1/alerts/1", json={"deed": "ack"}).json()

    assert said["acknowledged_at"]
    assert [(deed["who"], deed["deed"]) for deed in said["deeds"]] == [("archive", "ack")]
    assert program(newsdesk, "viewer", "reader").post("/api/v1/alerts/1", json={"deed": "ack"}).status_code == 403  # fmt: skip


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", "[" * 100_000, '{"deed": "burn"}', '{"deed": ["ack"]}', '{"deed": "note"}',
     '{"deed": "note", "text": "\\ud800"}', '{"deed": "note", "text": "\\u0000"}', '{"x": 1}'],
)  # fmt: skip
def test_a_body_that_is_none_changes_nothing(newsdesk, body):
    newsdesk.keep()

    said = program(newsdesk).post("/api/v1/alerts/1", content=body)

    assert said.status_code == 400
    assert said.json()["detail"]


def test_a_site_is_turned_on_and_paced(newsdesk):
    add(newsdesk)
    client = program(newsdesk)

    assert client.post("/api/v1/sites/furat", json={"deed": "enable"}).json()["by_hand"] is True
    paced = client.post("/api/v1/sites/furat", json={"deed": "interval", "minutes": 25}).json()

    assert paced["interval_minutes"] == 25
    assert [deed["deed"] for deed in paced["deeds"]] == ["enable", "interval"]
    assert client.post("/api/v1/sites/furat", json={"deed": "interval"}).status_code == 400


def test_too_many_requests_are_told_when_to_come_again(small_desk):
    client = program(small_desk)
    for _ in range(routes.RATE):
        assert client.get("/api/v1/me").status_code == 200

    said = client.get("/api/v1/me")

    assert (said.status_code, said.headers["retry-after"]) == (429, "61")
    small_desk.now += timedelta(seconds=61)
    assert client.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(
    "address", ["/api/v1/sites/%00", "/?watch=%00", "/sites?q=%00", "/search?q=a%00"]
)
def test_an_address_no_archive_can_hold_is_none(newsdesk, address):
    assert program(newsdesk).get(address).status_code == 404


def test_a_watch_has_a_feed_that_readers_open_with_a_token_as_password(newsdesk):
    newsdesk.keep()
    client = program(newsdesk, "viewer")
    address = client.get("/api/v1/watches").json()["items"][0]["feed"]

    said = client.get(address)

    feed = etree.fromstring(said.content)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert said.headers["content-type"].startswith("application/atom+xml")
    assert feed.xpath("a:title/text()", namespaces=names) == ["شرق الفرات"]
    assert feed.xpath("a:entry/a:title/text()", namespaces=names) == [HEADLINE]
    assert b"<entry>" in client.get("/alerts.atom").content
    assert newsdesk.client().get(address).status_code == 401
    assert client.get("/watches/9.atom").status_code == 404


def test_the_api_never_says_where_channels_lead_nor_what_opens_a_door(newsdesk, tmp_path):
    client = program(filled(newsdesk))
    with session(newsdesk.engine) as db:
        db.get_one(Site, "sana").state = "ok"

    for address, _ in addresses():
        text = client.get(address).text
        for secret in (str(tmp_path / "out"), TOKEN, people.digest(f"{TOKEN}-archive")):
            assert secret not in text, address
