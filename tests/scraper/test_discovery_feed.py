import contextlib
import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.catalogue import Route, Site
from scraper.discovery import feed
from scraper.discovery.errors import RouteError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://www.furat.example/feed/"
ROUTE = Route(type="feed", url=URL)
SITE = Site.model_validate(
    {
        "key": "furat",
        "name": "الفرات",
        "url": "https://www.furat.example/",
        "timezone": "Asia/Damascus",
        "routes": [{"type": "feed", "url": URL}],
    }
)

ITEM = """\
<item>
  <title>القواتُ الروسيّةُ تهدّدُ “قسدَ”</title>
  <link>https://www.furat.example/800832/x/</link>
  <dc:creator><![CDATA[ريم الحلبي]]></dc:creator>
  <pubDate>Mon, 23 Nov 2026 08:30:00 +0000</pubDate>
  <category><![CDATA[سوريا]]></category>
  <category><![CDATA[دير الزور]]></category>
  <guid isPermaLink="false">https://www.furat.example/?p=800832</guid>
  <description><![CDATA[<p>خلاصة &#8230;</p>]]></description>
  <content:encoded><![CDATA[<p>النص <b>كله</b>.</p>]]></content:encoded>
</item>
"""


def rss(items: str = ITEM, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:media="http://search.yahoo.com/mrss/">\n'
        f"<channel><title>الفرات</title><link>https://www.furat.example</link>{head}\n"
        f"{items}</channel></rss>"
    )


def read(text: str | bytes, url: str = URL, route: Route = ROUTE, site: Site = SITE):
    body = text.encode() if isinstance(text, str) else text
    return feed.read(body, url=url, route=route, site=site, now=NOW)


def test_every_field_of_an_item_is_read():
    found = read(rss())

    [entry] = found.entries
    assert entry.url == "https://www.furat.example/800832/x/"
    assert entry.headline == "القواتُ الروسيّةُ تهدّدُ “قسدَ”"
    assert entry.published_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert entry.modified_at is None
    assert entry.authors == ["ريم الحلبي"]
    assert (entry.section, entry.tags) == ("سوريا", ["دير الزور"])
    assert entry.aliases == ["https://www.furat.example/?p=800832"]
    assert entry.summary == "خلاصة …"
    assert entry.content == "<p>النص <b>كله</b>.</p>"
    assert found.problems == []


def test_an_atom_feed_is_read_alike():
    [entry] = read(
        """<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>
        <link rel="next" href="?page=2"/>
        <entry><title type="html">خبر &amp;amp; خبر</title><id>tag:furat,2026:1</id>
        <link rel="replies" href="/1/comments"/><link href="/1/"/>
        <author><name>ريم</name><email>r@furat.example</email></author>
        <category term="politics" label="سياسة"/>
        <published>2026-11-23T10:30:00+03:00</published>
        <updated>2026-11-23T11:30:00+03:00</updated>
        <summary>قصير</summary>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>كامل</p></div></content>
        </entry></feed>"""
    ).entries

    assert (entry.url, entry.headline) == ("https://www.furat.example/1/", "خبر & خبر")
    assert entry.published_at == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert entry.modified_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert (entry.authors, entry.section) == (["ريم"], "سياسة")
    assert entry.content is not None
    assert "<p>كامل</p>" in entry.content


def test_an_rdf_feed_with_its_items_beside_the_channel_is_read():
    [entry] = read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel><link>https://www.furat.example/</link></channel>
        <item><title>خبر</title><link>https://www.furat.example/1</link>
        <dc:date>2026-11-23T10:30:00Z</dc:date></item></rdf:RDF>"""
    ).entries

    assert entry.published_at == datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


BROKEN = {
    "a bare ampersand": ("<title>الق", "<title>A & B الق"),
    "an entity of HTML": ("<title>", "<title>&laquo;&nbsp;"),
    "a control character": ("<title>", "<title>\x0b\x00"),
    "a control character by number": ("<title>", "<title>&#11;"),
    "a less-than sign": ("<title>", "<title>3 < 5 "),
    "a link with bare ampersands": ("</link>", "?a=1&b=2</link>"),
    "an undeclared prefix": ("<dc:creator>", "<wfw:x>y</wfw:x><dc:creator>"),
    "words before the declaration": ("<?xml", "\n Warning: x in y.php\n<?xml"),
    "a warning of PHP's": ("<?xml", "<br />\n<b>Warning</b>: a < b in y.php<br>\n<?xml"),
    "a script behind the end": ("</rss>", "</rss><script>a && b</script>"),
    "a document type": ("<rss", "<!DOCTYPE rss PUBLIC 'x' 'http://127.0.0.1/x.dtd'>\n<rss"),
    "elements of HTML that have no end": ("<description>", '<description>a<br>b<img src="x">'),
}


@pytest.mark.parametrize(("old", "new"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_feed_gives_what_a_whole_one_gives(old, new):
    [whole] = read(rss()).entries
    [entry] = read(rss().replace(old, new, 1)).entries

    assert entry.url.partition("?")[0] == whole.url
    assert entry.headline is not None
    assert entry.headline.endswith(whole.headline or "")
    assert entry.published_at == whole.published_at
    assert entry.content == whole.content


def test_a_bare_ampersand_stands_in_the_headline_and_the_breakage_is_noted():
    found = read(rss().replace("<title>الق", "<title>A & B &laquo;الق"))

    assert found.entries[0].headline == "A & B «القواتُ الروسيّةُ تهدّدُ “قسدَ”"
    assert found.problems[0].startswith("not well-formed XML: ")


def test_an_ampersand_within_cdata_is_left_alone():
    whole = rss(ITEM.replace("النص", "A & B &copy;").replace("<title>", "<title>C & D "))

    assert read(whole).entries[0].content == "<p>A & B &copy; <b>كله</b>.</p>"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_does_no_harm(encoding):
    text = rss().replace(' encoding="UTF-8"', "")

    assert read(text.encode(encoding)).entries[0].headline == read(rss()).entries[0].headline


def test_the_declared_encoding_is_read_and_a_wrong_one_found_out():
    arabic = rss(ITEM.replace("القواتُ الروسيّةُ تهدّدُ “قسدَ”", "الجيش يدخل حلب"))

    right = arabic.replace("UTF-8", "windows-1256").encode("windows-1256")
    wrong = arabic.encode("windows-1256")

    assert read(right).entries[0].headline == "الجيش يدخل حلب"
    assert read(wrong).entries[0].headline == "الجيش يدخل حلب"


def test_of_a_feed_cut_off_only_whole_entries_are_read():
    second = ITEM.replace("800832", "800833")
    text = rss(ITEM + second)
    cut = text[: text.index("كله", text.index("800833"))]

    found = read(cut)

    assert [entry.url for entry in found.entries] == ["https://www.furat.example/800832/x/"]
    assert "not well-formed" in found.problems[0]


def test_of_a_feed_cut_off_in_its_first_entry_nothing_is_read():
    text = rss()

    assert read(text[: text.index("كله")]).entries == []


def test_a_gzipped_feed_is_unpacked():
    assert len(read(gzip.compress(rss().encode())).entries) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"<!DOCTYPE html><html><body>Just a moment...</body></html>", "not_a_feed"),
        (b"<html><body><p>404 & gone</body></html>", "not_a_feed"),
        (b"<?xml version='1.0'?><urlset></urlset>", "not_a_feed"),
        (b"not found", "not_a_feed"),
        (b'{"code": "rest_no_route"}', "not_a_feed"),
        (b"\x1f\x8bxxxxxxxxxxxxx", "broken_gzip"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_feed"),
        (gzip.compress(b" " * (51 * 2**20)), "too_large"),
    ],
)
def test_what_is_no_feed_is_refused_with_its_reason(body, reason):
    with pytest.raises(RouteError) as caught:
        read(body)

    assert caught.value.reason == reason
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("tail", ["", "<title>&</title>"])
def test_a_feed_that_declares_entities_is_refused(tail):
    bomb = (
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
        '<!ENTITY c SYSTEM "file:///etc/passwd">]>'
        f"<rss><channel><item><title>&b;&c;</title>{tail}</item></channel></rss>"
    )

    with pytest.raises(RouteError) as caught:
        read(bomb)

    assert caught.value.reason == "entities"


def test_an_empty_feed_is_no_error_but_noted():
    found = read(rss(""))

    assert found.entries == []
    assert found.problems == ["the feed announces nothing"]
    assert found.next_url is None


def test_relative_links_are_seen_from_the_channels_home():
    item = ITEM.replace("https://www.furat.example/800832/x/", "news/1")

    assert read(rss(item)).entries[0].url == "https://www.furat.example/news/1"


def test_a_permalink_guid_serves_where_a_link_is_missing():
    item = "<item><title>خبر</title><guid>https://www.furat.example/1</guid></item>"

    assert read(rss(item)).entries[0].url == "https://www.furat.example/1"


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "file:///etc/passwd", "http://[", "mailto:a@b.example"]
)
def test_an_entry_without_a_usable_link_is_left_out_and_noted(link):
    item = f"<item><title>خبر</title><link>{link}</link><guid>17</guid></item>"

    found = read(rss(item + ITEM))

    assert len(found.entries) == 1
    assert "an entry without a link" in found.problems


def test_a_link_to_another_host_is_left_out_and_noted():
    item = ITEM.replace("https://www.furat.example/800832/x/", "http://127.0.0.1/admin")

    found = read(rss(item))

    assert found.entries == []
    assert "an entry that links to another site" in found.problems


def test_an_entry_without_date_or_title_is_kept_without_them():
    found = read(rss("<item><link>https://www.furat.example/1</link></item>"))

    [entry] = found.entries
    assert (entry.headline, entry.published_at) == (None, None)
    assert found.problems == ["an entry without a date", "an entry without a title"]


def dated(date: str):
    found = read(rss(ITEM.replace("Mon, 23 Nov 2026 08:30:00 +0000", date)))
    return found.entries[0].published_at, found.problems


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 23 Nov 2026 08:30:00 +0000",
        "Mon, 23 Nov 2026 08:30:00 GMT",
        "Mon, 23 Nov 2026 11:30:00 +0300",
        "23 Nov 2026 11:30 +0300",
        "Mon, 23 Nov 2026 11:30:00",
        "Mon, 23 Nov 2026 11:30:00 EEST",
        "Mon, 23 Nov 2026 08:30:00 -0000",
        "2026-11-23T08:30:00Z",
        "2026-11-23T11:30:00+03:00",
        "2026-11-23 11:30:00",
        "\n 2026-11-23T11:30:00.123+0300 \n",
    ],
)
def test_a_date_is_read_with_its_zone_or_in_the_sites(date):
    instant, problems = dated(date)

    assert instant is not None
    assert instant.replace(microsecond=0) == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert problems == []


def test_a_local_time_stamped_as_utc_lies_in_the_future_and_is_no_date():
    # 15:00 in Damascus, an hour from now's 12:00Z, stamped Z.
    assert dated("2026-11-23T15:00:00Z") == (None, ["a date in the future"])
    assert dated("2026-11-23T13:00:00Z")[0] is not None


@pytest.mark.parametrize(
    "date",
    ["Thu, 45 Foo 2026 99:99:99", "soon", "0", "x" * 5000, "Mon, 23 Nov 26260 08:30:00 +0000"],
)
def test_what_is_no_date_gives_none_and_a_problem(date):
    assert dated(date) == (None, ["a date that cannot be read"])


def test_a_date_in_a_zone_nobody_knows_is_none():
    assert dated("Mon, 23 Nov 2026 08:30:00 XYZ")[0] is None


def test_one_address_twice_is_one_entry_in_the_feeds_order():
    again = ITEM.replace("<title>", "<title>ثانية ")
    other = ITEM.replace("800832", "1")

    assert [entry.url[25:] for entry in read(rss(ITEM + other + again)).entries] == [
        "/800832/x/",
        "/1/x/",
    ]


def test_a_guid_shared_by_several_entries_is_nobodys_alias():
    other = ITEM.replace("/800832/x/", "/1/x/")

    found = read(rss(ITEM + other))

    assert [entry.aliases for entry in found.entries] == [[], []]
    assert "one guid for several entries" in found.problems


def test_the_hash_changes_with_headline_summary_change_and_text_only():
    base = read(rss()).entries[0].listed_hash

    def hash_of(old, new):
        return read(rss(ITEM.replace(old, new))).entries[0].listed_hash

    assert read(rss()).entries[0].listed_hash == base
    assert hash_of("سوريا", "حلب") == base
    assert hash_of("تهدّدُ", "تتوعّدُ") != base
    assert hash_of("خلاصة", "ملخص") != base
    assert hash_of("النص", "المتن") != base


def test_marks_within_a_headline_survive_and_markup_does_not():
    item = ITEM.replace("<title>", "<title><![CDATA[<b>عاجل</b> &#8220;").replace(
        "</title>", "]]></title>"
    )

    headline = read(rss(item)).entries[0].headline

    assert headline == "عاجل “القواتُ الروسيّةُ تهدّدُ “قسدَ”"


def test_a_description_too_long_for_an_excerpt_counts_as_the_text():
    drupal = ITEM.partition("<description>")[0] + "<description>{}</description></item>"
    whole = "&lt;p&gt;" + "نص الخبر كله. " * 60 + "&lt;/p&gt;"

    [entry] = read(rss(drupal.format(whole))).entries

    assert entry.content is not None
    assert entry.content.startswith("<p>نص الخبر")
    assert read(rss(drupal.format("خلاصة"))).entries[0].content is None


def test_titles_and_texts_of_media_are_not_the_entrys():
    item = ITEM.replace("<item>", "<item><media:title>صورة</media:title>").replace(
        "</item>",
        "<media:content><media:description>وصف</media:description></media:content></item>",
    )

    [entry] = read(rss(item)).entries

    assert (entry.headline, entry.content) == (
        read(rss()).entries[0].headline,
        "<p>النص <b>كله</b>.</p>",
    )


def test_an_author_with_an_address_is_a_name_only():
    item = ITEM.replace("<item>", "<item><author>desk@furat.example (سامر)</author>")

    assert read(rss(item)).entries[0].authors == ["ريم الحلبي", "سامر"]


def test_wordpress_counts_the_pages_of_its_feeds():
    head = "<generator>https://wordpress.org/?v=6.4.3</generator>"

    assert read(rss(head=head)).next_url == f"{URL}?paged=2"
    assert read(rss(head=head), url=f"{URL}?paged=2").next_url == f"{URL}?paged=3"
    plain = "https://www.furat.example/?feed=rss2"
    assert read(rss(head=head), url=plain).next_url == f"{plain}&paged=2"
    assert read(rss()).next_url is None


def test_a_feed_that_states_its_next_page_is_believed():
    head = '<atom:link rel="next" href="https://www.furat.example/feed/2"/>'
    elsewhere = '<atom:link rel="next" href="https://elsewhere.example/feed/2"/>'

    assert read(rss(head=head)).next_url == "https://www.furat.example/feed/2"
    assert read(rss(head=elsewhere)).next_url is None


def test_entries_that_do_not_fit_the_pattern_of_articles_are_left_out():
    route = Route(type="feed", url=URL, article_url=r"^/\d+/")
    video = ITEM.replace("/800832/x/", "/video/x/")

    assert len(read(rss(ITEM + video), route=route).entries) == 1


def test_more_entries_than_any_feed_has_are_cut_off_and_noted():
    items = "".join(f"<item><link>https://www.furat.example/{n}</link></item>" for n in range(2001))

    found = read(rss(items))

    assert len(found.entries) == 2000
    assert "more than 2000 entries; the first are read" in found.problems


HOSTILE = [
    "<rss>" * 5000,
    rss("<![CDATA[" * 20000),
    rss("&" * 100000),
    rss("<item>" * 20000),
    rss("<item><title>" + "<b" * 50000),
    rss(f"<item><title>{'a' * 3_000_000}</title><link>/1</link></item>"),
    rss("<item><link>/1</link><pubDate>" + "9" * 99 + "</pubDate></item>"),
    rss("<item xml:base='http://['><link>x</link></item>"),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_feed_ends_in_entries_or_in_a_route_error(text):
    with contextlib.suppress(RouteError):
        assert len(read(text).entries) <= 2000


@given(st.lists(st.sampled_from([*rss().split("<"), "&", "<", "<![CDATA[", "]]>", "<!", "\x00"])))
def test_no_shuffled_feed_raises_anything_else(parts):
    with contextlib.suppress(RouteError):
        read("<".join(parts))
