from datetime import UTC, datetime

import pytest

from scraper.extraction.article import extract
from scraper.extraction.errors import NoArticle

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROSE = "أفادت مصادر محلية بأن الورشات أنهت إصلاح الخط الرئيس، وأن المياه عادت إلى أحياء المدينة."
TEASERS = "".join(
    f"<article><h3><a href='/{n}/'>عنوان الخبر رقم {n} في القائمة</a></h3><p>مقتطف من الخبر رقم {n}.</p></article>"
    for n in range(9)
)
LINKS = "".join(
    f"<li><a href='/{n}/'>عنوان طويل للخبر رقم {n} كما في القوائم</a></li>" for n in range(9)
)


def reason(page, *, url="https://example.org/news/1/"):
    with pytest.raises(NoArticle) as refused:
        extract(page.encode(), url=url, site="s", rules=None, timezone="Asia/Damascus", now=NOW)
    return refused.value.reason


def read(page, *, url="https://example.org/news/1/"):
    return extract(page.encode(), url=url, site="s", rules=None, timezone="Asia/Damascus", now=NOW)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("", "empty"),
        ("\N{NULL}\N{NULL}", "empty"),
        ("just words", "not_html"),
        (
            "<h1>404 - الصفحة غير موجودة</h1><p>عذراً، الصفحة التي تبحث عنها غير موجودة.</p>",
            "not_found",
        ),
        (f"<body class='rtl error404'><h1>يبدو أننا ضعنا</h1><p>{PROSE}</p>", "not_found"),
        (
            "<h1>أهلاً بكم في الموقع الجديد</h1><p>الصفحة التي تبحث عنها نقلت أو حذفت.</p>",
            "not_found",
        ),
        (
            "<title>Just a moment...</title><h1>Just a moment...</h1><p>Checking your browser.</p>",
            "challenge",
        ),
        ("<h1>تسجيل الدخول</h1><form><input type=password></form>", "login_wall"),
        (
            (
                "<h1>تقرير خاص عن أسعار الدواء</h1><p>سجّل الدخول لمتابعة القراءة على موقعنا.</p>"
                "<form><input type='password'></form>"
            ),
            "login_wall",
        ),
        (
            (
                "<h1>بالفيديو: لحظة عودة المياه</h1><iframe src='https://www.youtube.com/embed/x'></iframe>"
                "<p>شاهد لحظة عودة المياه إلى الحي.</p>"
            ),
            "video",
        ),
        (
            (
                f"<h1>صور من سوق المدينة</h1><div class='gallery'>{'<img src=/i.jpg>' * 9}</div>"
                "<p>صور من السوق القديم.</p>"
            ),
            "gallery",
        ),
        (f"<body class='archive category category-5'><h1>محليات</h1>{TEASERS}", "listing"),
        (f"<h1>محليات</h1>{TEASERS.replace('.</p>', '…</p>')}", "listing"),
        (f"<h1>أخبار سوريا</h1><ul>{LINKS}</ul>", "listing"),
        ("<h1>عفواً، هذا الخبر لم يعد متاحاً</h1><p>ربما حُذف أو نُقل إلى رابط آخر.</p>", "not_found"),
        ("<title>example.org</title><div id='cf-wrapper'>Enable cookies.</div>", "challenge"),
    ],
)
def test_a_page_that_is_no_article_says_what_it_is(page, said):
    assert reason(page) == said


def test_a_section_page_without_marks_of_its_own_is_known_by_its_address_and_teasers():
    assert (
        reason(
            f"<h1>أخبار محلية</h1><div>{TEASERS}</div>", url="https://example.org/category/local/"
        )
        == "listing"
    )


def test_a_flash_of_one_sentence_is_an_article():
    item = read("<meta property=og:type content=article><h1>عاجل: عودة المياه إلى المدينة</h1>"
                "<div class='content'><p>عودة المياه إلى أحياء المدينة كافة.</p></div>")  # fmt: skip

    assert item.body == "عودة المياه إلى أحياء المدينة كافة."


def test_a_video_with_a_real_text_under_it_is_an_article():
    item = read(
        "<h1>بالفيديو: لحظة عودة المياه</h1><iframe src='https://www.youtube.com/embed/x'></iframe>"
        f"<div><p>{PROSE}</p><p>وقال {PROSE}</p></div>"
    )

    assert item.body.startswith(PROSE)


def test_an_article_about_a_page_not_found_is_an_article():
    item = read(
        "<meta property=og:type content=article><h1>الصفحة غير موجودة: كيف اختفى أرشيف الصحف؟</h1>"
        f"<div><p>{PROSE}</p><p>وقال {PROSE}</p></div>"
    )

    assert item.headline.startswith("الصفحة غير موجودة")
