import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.catalogue import Route, Site
from scraper.discovery import wordpress
from scraper.discovery.errors import RouteError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOME = "https://furat.example/"
ROUTE = Route(type="wordpress", url=HOME)
SITE = Site.model_validate(
    {
        "key": "furat",
        "name": "الفرات",
        "url": HOME,
        "timezone": "Asia/Damascus",
        "routes": [{"type": "wordpress", "url": HOME}],
    }
)
URL = wordpress.posts_url(HOME, page=1)


def post(**changes):
    return {
        "id": 800832,
        "date": "2026-11-23T11:30:00",
        "date_gmt": "2026-11-23T08:30:00",
        "modified": "2026-11-23T12:00:00",
        "modified_gmt": "2026-11-23T09:00:00",
        "guid": {"rendered": "https://furat.example/?p=800832"},
        "link": "https://furat.example/800832/x/",
        "status": "publish",
        "title": {"rendered": "القواتُ الروسيّةُ تهدّدُ &#8220;قسدَ&#8221;"},
        "content": {"rendered": "\n<p>النص كله.</p>\n", "protected": False},
        "excerpt": {"rendered": "<p>خلاصة [&hellip;]</p>\n", "protected": False},
        "_embedded": {
            "author": [{"id": 3, "name": "ريم الحلبي"}],
            "wp:term": [
                [
                    {"name": "سوريا", "taxonomy": "category"},
                    {"name": "ميدانيات", "taxonomy": "category"},
                ],
                [{"name": "شرق &amp; غرب الفرات", "taxonomy": "post_tag"}],
            ],
        },
    } | changes


def read(answer, url: str = URL, route: Route = ROUTE, **kwargs):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return wordpress.read(body, url=url, route=route, site=SITE, now=NOW, **kwargs)


def test_every_field_of_a_post_is_read():
    found = read([post()])

    [entry] = found.entries
    assert entry.url == "https://furat.example/800832/x/"
    assert entry.headline == "القواتُ الروسيّةُ تهدّدُ “قسدَ”"
    assert entry.published_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert entry.modified_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert entry.content == "<p>النص كله.</p>"
    assert entry.summary == "خلاصة […]"
    assert entry.authors == ["ريم الحلبي"]
    assert (entry.section, entry.tags) == ("سوريا", ["ميدانيات", "شرق & غرب الفرات"])
    assert entry.aliases == ["https://furat.example/?p=800832"]
    assert found.problems == []


def test_the_newest_change_is_the_cursor_and_is_asked_from_with_its_zone():
    newest = post(id=2, link="https://furat.example/2/", modified_gmt="2026-11-23T10:00:00")

    cursor = read([post(), newest]).cursor

    assert cursor == "2026-11-23T10:00:00Z"
    query = parse_qs(urlsplit(wordpress.posts_url(HOME, page=1, modified_after=cursor)).query)
    assert query["modified_after"] == ["2026-11-23T10:00:00Z"]
    assert query["orderby"] == ["modified"]


def test_a_cursor_given_as_a_time_is_written_in_utc():
    damascus = datetime(2026, 11, 23, 13, 0, tzinfo=timezone(timedelta(hours=3)))

    assert "2026-11-23T10:00:00Z" in wordpress.posts_url(HOME, page=1, modified_after=damascus)


@pytest.mark.parametrize(
    ("root", "begins"),
    [
        (
            "https://furat.example/",
            "https://furat.example/wp-json/wp/v2/posts?per_page=100&page=3&",
        ),
        ("https://furat.example", "https://furat.example/wp-json/wp/v2/posts?per_page=100"),
        ("https://furat.example/ar/", "https://furat.example/ar/wp-json/wp/v2/posts?per_page"),
        ("https://furat.example/?lang=ar", "https://furat.example/wp-json/wp/v2/posts?lang=ar&per"),
        (
            "https://furat.example/?rest_route=/wp/v2/posts",
            "https://furat.example/?rest_route=/wp/v2/posts&per_page=100&page=3",
        ),
        (
            "https://furat.example/wp-json/wp/v2/posts?categories=5",
            "https://furat.example/wp-json/wp/v2/posts?categories=5&per_page=100",
        ),
    ],
)
def test_the_endpoint_is_found_from_the_root_and_kept_where_it_is_stated(root, begins):
    assert wordpress.posts_url(root, page=3).startswith(begins)


def test_pages_go_on_until_the_last_that_the_server_counts():
    assert read([post()], total_pages=2).next_url == wordpress.posts_url(HOME, page=2)
    assert read([post()], url=wordpress.posts_url(HOME, page=2), total_pages=2).next_url is None


def test_without_a_count_a_full_page_has_one_after_it():
    posts = [post(id=n, link=f"https://furat.example/{n}/") for n in range(1, 101)]

    assert read(posts).next_url == wordpress.posts_url(HOME, page=2)
    assert read(posts[:99]).next_url is None
    assert read([]).next_url is None


def test_a_page_past_the_last_is_the_end_and_no_error():
    answer = {"code": "rest_post_invalid_page_number", "message": "x", "data": {"status": 400}}

    assert read(answer).entries == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"code": "rest_no_route", "message": "لم يتم العثور"}, "rest_closed"),
        ({"code": "rest_forbidden", "message": "x", "data": {"status": 401}}, "rest_closed"),
        ({"code": "rest_disabled", "message": "<b>x</b>"}, "rest_closed"),
        ({"code": "internal_server_error", "message": None}, "rest_error"),
        ({"code": "rest_invalid_param", "message": "x\ny"}, "rest_error"),
        ({"posts": []}, "not_rest"),
        (17, "not_rest"),
        ([17, {"id": 1}], "not_rest"),
        (b'<html><script>var x = [{"id": 1, "link": "https://furat.example/1"}]', "not_rest"),
        (b'Warning: x [{"id": 1, "link": "https://furat.example/1"}] and more', "not_rest"),
        (None, "not_rest"),
        (b"<!DOCTYPE html><title>Just a moment...</title>", "not_rest"),
        (b'[{"id": 1,', "not_rest"),
        (b"[" * 100_000, "not_rest"),
        (b"[1" + b"0" * 10_000 + b"]", "not_rest"),
        (b"", "empty"),
    ],
)
def test_what_is_no_list_of_posts_is_refused_with_its_reason(answer, reason):
    with pytest.raises(RouteError) as caught:
        read(answer)

    assert caught.value.reason == reason
    assert "\n" not in str(caught.value)


def test_what_php_prints_before_the_json_is_passed_over_and_noted():
    body = b"\xef\xbb\xbf<br />\n<b>Warning</b>: [x] in y.php\n" + json.dumps([post()]).encode()

    found = read(body)

    assert len(found.entries) == 1
    assert found.problems == ["something is printed before the JSON"]


def test_posts_behind_a_password_and_drafts_are_left_out_and_noted():
    protected = post(content={"rendered": "", "protected": True})

    found = read([protected, post(status="draft"), protected])

    assert found.entries == []
    assert found.problems == ["a post behind a password (2 times)", "a post that is not published"]


def test_an_author_the_site_hides_is_asked_of_the_seo_plugin_then_left_open():
    hidden = {"author": [{"code": "rest_user_invalid_id", "message": "x", "data": {"status": 404}}]}

    assert read([post(_embedded=hidden)]).entries[0].authors == []
    stated = post(_embedded=hidden, yoast_head_json={"author": "سامر"})
    assert read([stated]).entries[0].authors == ["سامر"]


def test_a_post_filed_nowhere_has_no_section():
    terms = {"wp:term": [[{"name": "غير مصنف", "taxonomy": "category"}]]}

    assert read([post(_embedded=terms)]).entries[0].section is None


def test_without_a_gmt_time_the_local_one_is_read_in_the_sites_zone():
    for unset in ("0000-00-00T00:00:00", None, ""):
        [entry] = read([post(date_gmt=unset)]).entries
        assert entry.published_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def test_a_gmt_time_in_the_future_is_a_false_one():
    found = read([post(date_gmt="2026-11-23T15:00:00")])

    assert found.entries[0].published_at is None
    assert found.problems == ["a date in the future"]


def test_the_short_link_stands_at_the_root_of_wordpress():
    guid = {"rendered": "http://localhost/?page_id=5"}
    url = wordpress.posts_url("https://furat.example/ar/", page=1)

    [entry] = read([post(guid=guid)], url=url).entries

    assert entry.aliases == ["https://furat.example/ar/?p=800832"]


def test_a_post_without_link_goes_by_its_guid_and_one_elsewhere_is_left_out():
    found = read([post(link=None), post(link="https://elsewhere.example/1/")])

    assert [entry.url for entry in found.entries] == ["https://furat.example/?p=800832"]
    assert found.problems == ["a post that links to another site"]


def test_fields_given_as_plain_strings_are_read_too():
    headless = post(title="عنوان", content="<p>نص</p>", excerpt=None, guid=None, _embedded=None)

    [entry] = read([headless]).entries

    assert (entry.headline, entry.content, entry.summary) == ("عنوان", "<p>نص</p>", None)


def test_what_cannot_be_written_down_is_taken_out():
    body = json.dumps([post(title={"rendered": "خبر\u0000 \ud800عاجل"})]).encode()

    assert read(body).entries[0].headline == "خبر عاجل"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(post())), JSON))
def test_no_kind_of_field_raises_anything_else(changes):
    with contextlib.suppress(RouteError):
        read([post(**changes), changes, changes.get("id")])
