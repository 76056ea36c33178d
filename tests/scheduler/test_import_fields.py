from datetime import UTC, datetime

import pytest

from scheduler.foreign import Catalogue, Origin, Refused, read
from scraper.catalogue import Route, Site

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENAB = Site(
    key="enabbaladi",
    name="عنب بلدي",
    url="https://www.enabbaladi.net/",
    timezone="Asia/Damascus",
    routes=(Route(type="feed", url="https://www.enabbaladi.net/feed/"),),
)
ORIGIN = Origin("dump", "Asia/Damascus", NOW, None, Catalogue({"enabbaladi": ENAB}))
TEXT = "قالت مصادر محلية إن رتلاً عسكرياً وصل إلى شرق الفرات."


def page(**fields):
    return read(fields, ORIGIN).page


def test_news_please():
    found = page(
        authors=["سلمى خالد"],
        date_download="2024-01-05 10:00:00",
        date_modify="None",
        date_publish="2024-01-02 09:30:00",
        description="ملخص",
        language="ar",
        source_domain="www.enabbaladi.net",
        maintext=TEXT,
        title="رتل يصل",
        title_page=None,
        url="https://www.enabbaladi.net/archives/1",
    )

    assert (found.site, found.headline, found.body) == ("enabbaladi", "رتل يصل", TEXT)
    assert found.authors == ["سلمى خالد"]
    assert found.published_at == datetime(2024, 1, 2, 6, 30, tzinfo=UTC)
    assert (found.published_raw, found.date_source) == ("2024-01-02 09:30:00", "import:datepublish")
    assert found.modified_at is None
    assert found.provenance == {"headline": "import:title", "body": "import:maintext"}


def test_fundus():
    found = page(
        title="رتل يصل",
        body={
            "summary": ["ملخص"],
            "sections": [{"headline": ["عنوان"], "paragraphs": ["فقرة أولى", "فقرة ثانية"]}],
        },
        authors=["أ", "ب"],
        publishing_date="2024-07-01T12:00:00+03:00",
        topics=["سوريا"],
        html={
            "requested_url": "https://example.org/short",
            "responded_url": "https://example.org/news/1",
            "crawl_date": "2024-07-02T00:00:00",
            "source_info": {"publisher": "Example"},
        },
    )

    assert found.body == "ملخص\n\nعنوان\n\nفقرة أولى\n\nفقرة ثانية"
    assert (found.url, found.site) == ("https://example.org/news/1", "example")
    assert found.published_at == datetime(2024, 7, 1, 9, tzinfo=UTC)
    assert (found.authors, found.tags) == (["أ", "ب"], ["سوريا"])


def test_trafilatura():
    found = page(
        title="رتل يصل",
        author="سلمى خالد; عمر",
        hostname="enabbaladi.net",
        date="2024-01-02",
        filedate="2025-01-01",
        text=TEXT,
        raw_text="x",
        language="ar",
        source="https://www.enabbaladi.net/archives/1",
        categories="سياسة;سوريا",
        tags="الفرات;الرقة",
    )

    assert (found.site, found.url) == ("enabbaladi", "https://www.enabbaladi.net/archives/1")
    assert (found.authors, found.tags) == (["سلمى خالد", "عمر"], ["الفرات", "الرقة"])
    assert (found.section, found.body) == ("سياسة", TEXT)
    assert found.published_at is not None
    assert found.published_at.date().isoformat() == "2024-01-02"


def test_schema_org():
    found = page(
        headline="رتل يصل",
        articleBody=TEXT,
        datePublished="2024-01-02T10:00:00Z",
        author={"@type": "Person", "name": "سلمى خالد"},
        publisher={"name": "عنب بلدي"},
        inLanguage="ar-SY",
    )

    assert (found.site, found.authors, found.language) == ("enabbaladi", ["سلمى خالد"], "ar")


@pytest.mark.parametrize("name", ["body", "text", "content", "maintext", "Article_Text", "article"])
def test_the_text_goes_by_many_names(name):
    assert page(**{name: TEXT}).body == TEXT


def test_a_body_may_be_a_list_of_paragraphs_or_of_blocks():
    assert page(paragraphs=None, body=["أ", "", "ب"]).body == "أ\n\nب"
    assert page(content=[{"type": "p", "text": "أ"}, {"type": "p", "text": "ب"}]).body == "أ\n\nب"


def test_text_is_taken_as_it_stands():
    body = " \n قالَ   المراسلُ…\r\n\n ثمّ\u200f عاد "

    assert page(title=" عنوان ", body=body).body == body
    assert page(title=" عنوان ", body=body).headline == " عنوان "


def test_when_it_was_collected_is_not_when_it_was_published():
    found = page(content=TEXT, date_extracted="2015-08-02 22:46:54", day="2015-08-02")

    assert (found.published_at, found.published_raw, found.date_source) == (None, None, None)


def test_a_time_counted_from_an_unknown_day_is_no_date():
    assert page(text=TEXT, date="منذ ساعتين").published_at is None


def test_seconds_since_1970_are_a_date():
    assert page(text=TEXT, published=1704186000).published_at == datetime(2024, 1, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "site"),
    [
        ({"url": "https://www.enabbaladi.net/1", "source": "عنب"}, "enabbaladi"),
        ({"url": "https://www.example.org/1"}, "example.org"),
        ({"url": "https://www.example.org/1", "source": "alwatan"}, "alwatan"),
        ({"source": {"id": None, "name": "عنب بلدي"}}, "enabbaladi"),
        ({"outlet": "Al Watan (SY)"}, "al-watan-sy"),
        ({}, "dump"),
    ],
)
def test_the_site_is_what_the_catalogue_knows_then_what_is_said_then_the_file(fields, site):
    assert page(text=TEXT, **fields).site == site


def test_a_site_given_by_hand_overrides_the_record():
    origin = Origin("dump", "UTC", NOW, "mine")

    assert read({"text": TEXT, "site": "theirs"}, origin).page.site == "mine"


def test_an_article_without_address_gets_one_that_stays():
    assert page(text=TEXT, id="a/1 ب").url == "import:dump/a%2F1%20%D8%A8"
    assert page(text=TEXT).url == page(text=TEXT).url
    assert page(text=TEXT).url != page(text=TEXT + "!").url


@pytest.mark.parametrize("url", ["/news/1", "www.example.org", "ftp://example.org/", "http://["])
def test_what_is_no_address_is_not_taken_for_one(url):
    assert page(text=TEXT, url=url, id=7).url == "import:dump/7"


@pytest.mark.parametrize("fields", [{}, {"url": "https://a.org/1"}, {"title": " ", "text": "None"}])
def test_what_has_no_text_is_no_article(fields):
    with pytest.raises(Refused, match="no_text"):
        read(fields, ORIGIN)


@pytest.mark.parametrize("value", [None, True, 3, [], {}, [None], [{}], {"name": []}, [[["x"]]]])
def test_no_value_of_a_field_breaks_the_reading(value):
    names = [
        "title",
        "url",
        "date",
        "author",
        "tags",
        "section",
        "language",
        "source",
        "id",
        "html",
    ]

    assert page(body=TEXT, **dict.fromkeys(names, value)).body == TEXT


def test_the_language_is_told_by_the_text_where_it_is_not_said():
    assert page(text=TEXT).language == "ar"


def test_a_body_in_html_is_read_as_that_of_a_feed():
    found = page(
        title={"rendered": "&#8220;قسد&#8221; تنسحب"},
        content={"rendered": f"<p>{TEXT}</p>\n<p>وأضافت: <b>انتهى</b> &amp; عاد.</p>"},
        link="https://example.org/1",
        date_gmt="2024-01-02T10:00:00",
    )

    assert found.headline == "“قسد” تنسحب"
    assert found.published_at == datetime(2024, 1, 2, 10, tzinfo=UTC)
    assert found.body == f"{TEXT}\n\nوأضافت: انتهى & عاد."


def test_a_sign_that_looks_like_html_is_text():
    assert page(text="5 < 7 & <3> AT&T").body == "5 < 7 & <3> AT&T"


def test_nothing_but_markup_is_no_text():
    with pytest.raises(Refused, match="no_text"):
        page(text="<p> </p><br>")
