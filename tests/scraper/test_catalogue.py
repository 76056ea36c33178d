import subprocess
import sys
from pathlib import Path

import pytest

from scraper.catalogue import Route, Site, load, load_file
from storage.errors import SiteError

SITE = """\
key = "furat"
name = "الفرات"
url = "https://www.furat.example/"
timezone = "Asia/Damascus"

[[routes]]
type = "feed"
url = "https://www.furat.example/feed/"

[extract]
theme = "jannah"
body = "div.entry-content"
"""


def write(folder: Path, text: str = SITE, name: str = "furat") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint_about(folder: Path, old: str, new: str) -> str:
    assert old in SITE
    with pytest.raises(SiteError) as caught:
        load_file(write(folder, SITE.replace(old, new)))
    message = str(caught.value)
    assert message.startswith(f"{folder / 'furat.toml'}: ")
    assert "\n" not in message
    return message


def test_a_site_file_is_read_with_its_routes_rules_and_defaults(tmp_path):
    site = load_file(write(tmp_path))

    assert (site.key, site.name, site.hosts) == ("furat", "الفرات", ["www.furat.example"])
    assert [(route.type, route.url) for route in site.routes] == [
        ("feed", "https://www.furat.example/feed/")
    ]
    assert (site.extract.theme, site.extract.body) == ("jannah", "div.entry-content")
    assert (site.enabled, site.private_network, site.capture_pages) == (True, False, False)


def test_a_byte_order_mark_at_the_head_of_a_file_does_no_harm(tmp_path):
    path = tmp_path / "furat.toml"
    path.write_text(SITE, encoding="utf-8-sig")

    assert load_file(path).key == "furat"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name =", "nmae =", "unknown key 'nmae'; did you mean 'name'?"),
        ("type =", "typ =", "routes[1]: unknown key 'typ'; did you mean 'type'?"),
        ("theme =", "thme =", "extract: unknown key 'thme'; did you mean 'theme'?"),
        ("name =", "zzz =", "unknown key 'zzz'; known are browser, capture_pages,"),
        ('"feed"', '"fed"', "routes[1]: unknown type 'fed'; did you mean 'feed'?"),
        ("Asia/Damascus", "Asia/Damascas", "did you mean 'Asia/Damascus'?"),
        ("Asia/Damascus", "../../etc/passwd", "no time zone '../../etc/passwd'"),
        ('name = "الفرات"\n', "", "key 'name' is missing"),
        ("[[routes]]", "[routes]", "routes: begin each with [[routes]], not [routes]"),
        ("type =", "side = 'x'\ntype =", "key 'side' belongs above the first [table]"),
        ("div.entry-content", "div[", "extract.body: 'div[' is no CSS selector"),
        ("/feed/", "/{n}/", "unknown placeholder {n}"),
        ('"https://www.furat.example/feed/"', '"www.furat.example/feed/"', "is no web address"),
        ('"https://www.furat.example/feed/"', '"https://[/"', "is no web address"),
        ('"https://www.furat.example/feed/"', '"file:///etc/passwd"', "is no web address"),
        ('"https://www.furat.example/feed/"', '"https://b.example/"', "add 'b.example'"),
        ('"furat"', '"Furat"', "key: 'Furat' does not fit"),
        ('"furat"', '"forat"', "rename the file to forat.toml"),
        ('"الفرات"', '"الفرات', "line 2, column"),
        ('key = "furat"', 'key = "furat"\nkey = "furat"', "line 2, column"),
    ],
)
def test_a_wrong_file_is_told_in_one_line_with_the_way_out(tmp_path, old, new, said):
    assert said in complaint_about(tmp_path, old, new)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('article_url = "("', "'(' is no regular expression"),
        ('links = "a"', "'links' is for listings; this route is of type 'feed'"),
        ("max_pages = 0", "routes[1].max_pages: input should be greater than"),
    ],
)
def test_a_wrong_key_of_a_route_is_told_with_its_place(tmp_path, line, said):
    message = complaint_about(tmp_path, 'type = "feed"', f'type = "feed"\n{line}')

    assert "routes[1]" in message
    assert said in message


def test_a_listing_must_say_what_a_link_to_an_article_is(tmp_path):
    assert "needs 'links' or 'article_url'" in complaint_about(tmp_path, '"feed"', '"listing"')


@pytest.mark.parametrize("pattern", [r"\\d+", r"/(\\d+)/(\\d+)"])
def test_a_number_pattern_has_exactly_one_group(tmp_path, pattern):
    message = complaint_about(tmp_path, "name =", f'number_pattern = "{pattern}"\nname =')

    assert "must have one group" in message


def test_a_file_in_another_encoding_is_named_as_such(tmp_path):
    path = tmp_path / "furat.toml"
    path.write_bytes(SITE.encode("windows-1256"))

    with pytest.raises(SiteError, match=r"furat\.toml: not UTF-8 \(byte \d+\); save the file as"):
        load_file(path)


def test_a_file_that_is_not_there_is_one_line_too(tmp_path):
    with pytest.raises(SiteError, match=r"gone\.toml: cannot be read \(No such file"):
        load_file(tmp_path / "gone.toml")


def test_a_users_file_replaces_the_shipped_site_of_the_same_key(tmp_path):
    text = SITE.replace('"furat"', '"sana"').replace("furat.example", "sana.sy")
    write(tmp_path, text, "sana")

    sites = load([tmp_path])

    assert sites["sana"].name == "الفرات"
    assert "enabbaladi" in sites


def test_two_sites_claiming_one_host_are_both_named_whatever_its_www(tmp_path):
    write(tmp_path)
    other = SITE.replace('"furat"', '"jisr"').replace("www.furat", "FURAT")
    write(tmp_path, other, "jisr")

    with pytest.raises(SiteError) as caught:
        load([tmp_path], with_shipped=False)

    assert "jisr.toml: host 'furat.example' belongs to 'furat'" in str(caught.value)
    assert "furat.toml" in str(caught.value)


def test_one_address_with_two_ports_is_two_hosts(tmp_path):
    for key, port in (("one", 8001), ("two", 8002)):
        text = SITE.replace('"furat"', f'"{key}"')
        text = text.replace("https://www.furat.example", f"http://127.0.0.1:{port}")
        write(tmp_path, text, key)

    sites = load([tmp_path], with_shipped=False)

    assert sites["one"].owns("http://127.0.0.1:8001/x")
    assert not sites["one"].owns("http://127.0.0.1:8002/x")


def test_only_the_sites_asked_for_are_returned(tmp_path):
    write(tmp_path)

    assert list(load([tmp_path], only=["sana", "furat"])) == ["furat", "sana"]


def test_an_unknown_site_asked_for_is_answered_with_the_nearest(tmp_path):
    write(tmp_path)

    with pytest.raises(SiteError, match="no site 'furatt'; did you mean 'furat'"):
        load([tmp_path], only=["furatt"])


def test_a_folder_that_does_not_exist_yet_holds_no_sites(tmp_path):
    assert load([tmp_path / "sites"], with_shipped=False) == {}


def test_a_file_in_place_of_a_folder_is_an_error(tmp_path):
    with pytest.raises(SiteError, match="not a folder"):
        load([write(tmp_path)])


def test_a_site_owns_its_hosts_and_their_subdomains_and_nothing_else():
    route = {"type": "feed", "url": "https://a.example/feed"}
    site = Site.model_validate(
        {"key": "a", "name": "a", "url": "https://www.a.example/", "routes": [route]}
    )

    assert site.owns("http://a.example/1")
    assert site.owns("https://AR.a.example./1")
    assert not site.owns("https://ba.example/1")
    assert not site.owns("https://a.example.evil.example/1")
    assert not site.owns("https://a.example@evil.example/1")
    assert not site.owns("file://a.example/etc/passwd")
    assert not site.owns("http://[")


def test_an_article_pattern_sees_the_decoded_path_and_then_the_query():
    by_path = Route(type="listing", url="https://a.example/", article_url="^/خبر/[^/]+$")
    by_query = Route(type="listing", url="https://a.example/", article_url=r"^/\?p=\d+$")

    assert by_path.announces("https://a.example/%d8%ae%d8%a8%d8%b1/1?utm_source=x")
    assert by_path.announces("https://a.example/خبر/1")
    assert not by_path.announces("https://a.example/news/1")
    assert by_query.announces("https://a.example/?p=12")
    assert not by_query.announces("https://a.example/p=12")


def test_pages_are_counted_as_the_site_counts_them():
    drupal = Route(type="listing", url="https://a.example/n?page={page}", links="a", first_page=0)
    joomla = drupal.model_copy(update={"page_step": 10})

    assert [drupal.page_url(n)[-1] for n in (1, 2, 3)] == ["0", "1", "2"]
    assert joomla.page_url(3) == "https://a.example/n?page=20"


def test_reading_the_catalogue_loads_nothing_heavy():
    heavy = "scrapy, twisted, parsel, lxml, sqlalchemy, apprise, trafilatura"
    code = (
        "import sys; from scraper.catalogue import shipped; shipped();"
        f"print([n for n in {heavy.split(', ')!r} if n in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
