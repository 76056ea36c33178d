import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduler import alerts, letters, quoting
from scheduler.alerts import Line, Told
from scheduler.phrases import ENGLISH

ZONE = ZoneInfo("Asia/Damascus")
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
BODY = (
    "قالت مصادر محلية إن الدورية انسحبت. وتنتشر القوات في شرق الفرات منذ أعوام! "
    "ولم يصدر تعليق بعد.\n\nوفي سياق آخر هطل المطر."
)


def span(field: str, text: str, words: str) -> dict:
    start = text.index(words)
    return {"field": field, "start": start, "end": start + len(words), "text": words, "term": words}


def told(**changes) -> Told:
    facts = {
        "alert_id": 7,
        "kind": "new",
        "priority": "normal",
        "watch": "شرق الفرات",
        "site": "عنب بلدي",
        "headline": HEADLINE,
        "body": BODY,
        "url": "https://example.org/1?a=1&b=2",
        "published_at": datetime(2026, 11, 23, 15, 30, tzinfo=UTC),
        "seen_at": datetime(2026, 11, 23, 16, 0, tzinfo=UTC),
        "spans": [
            span("headline", HEADLINE, "شرقِ الفراتِ"),
            span("body", BODY, "شرق الفرات"),
        ],
        "capture_sha256": "ab" * 32,
    }
    return Told(**{**facts, **changes})


def said(*tolds: Told, **options):
    return alerts.message(tolds, ZONE, key="alert-7", **options)


def digested(tolds, **options):
    return alerts.digest(tolds, ZONE, key="digest-7", **options)


def page(message) -> str:
    return letters.page(message)


def test_the_headline_stands_as_published_with_its_words_marked():
    message = said(told())

    assert HEADLINE.replace("شرقِ الفراتِ", "[شرقِ الفراتِ]") in message.text
    marked = re.sub(r"<mark[^>]*>", "<mark>", page(message))
    assert HEADLINE.replace("شرقِ الفراتِ", "<mark>شرقِ الفراتِ</mark>") in marked


def test_the_time_is_told_in_the_zone_of_the_desk():
    assert "2026/11/23 18:30" in said(told()).text


def test_an_unknown_time_of_publication_is_not_made_up():
    text = said(told(published_at=None)).text

    assert "رُصد 2026/11/23 19:00" in text
    assert "نُشر" not in text


def test_the_two_sentences_around_the_first_words_are_quoted():
    text = said(told()).text

    assert "… وتنتشر القوات في [شرق الفرات] منذ أعوام! ولم يصدر تعليق بعد. …" in text
    assert "الدورية" not in text
    assert "المطر" not in text


def test_a_message_names_the_term_the_capture_the_link_and_the_copies():
    copies = [
        Line("سانا", "قسد تنسحب", "https://sana.example/1"),
        Line("تلفزيون سوريا", "قسد", "https://s/2"),
    ]
    text = said(told(copies=copies)).text

    assert "طابق: شرقِ الفراتِ، شرق الفرات" in text
    assert "sha256: " + "ab" * 32 in text
    assert "https://example.org/1?a=1&b=2" in text
    assert "نسخ أخرى: 2\n= سانا: قسد تنسحب\n= تلفزيون سوريا: قسد" in text


def test_what_a_site_wrote_is_escaped_in_html():
    wicked = "<script>alert(1)</script> شرق الفرات & الباب"

    html = page(
        said(
            told(
                headline=wicked,
                spans=[span("headline", wicked, "شرق الفرات")],
                url='https://x/"><b>',
            )
        )
    )

    assert "<script>" not in html
    assert "&amp; الباب" in html
    assert '"><b>' not in html
    assert 'dir="rtl"' in html


def test_an_address_that_is_no_web_address_becomes_no_link():
    assert "href" not in page(said(told(url="javascript:alert(1)")))


def test_a_subject_has_one_line_and_a_limit():
    subject = said(told(headline="خبر\r\nBcc: x" + "ط" * 500)).subject

    assert "\n" not in subject
    assert "\r" not in subject
    assert len(subject) <= alerts.SUBJECT_LIMIT


def test_a_body_without_a_full_stop_is_cut_at_words_around_the_span():
    body = "كلمة " * 400 + "شرق الفرات " + "كلمة " * 400
    spans = [span("body", body, "شرق الفرات")]

    text = said(told(body=body, spans=spans)).text

    assert "كلمة [شرق الفرات] كلمة" in text
    assert len(text) < 2 * quoting.EXCERPT_LIMIT


@given(st.text(alphabet="اب .!؟\n", max_size=900), st.data())
def test_an_excerpt_always_holds_its_span(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))

    begin, stop = quoting.excerpt(text, start, end)

    assert begin <= start
    assert stop >= end


@given(st.text(max_size=80), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80))))
def test_pieces_put_together_are_the_text(text, borders):
    spans = [{"start": a, "end": b} for a, b in borders]

    assert "".join(piece.text for piece in quoting.pieces(text, spans, 0, len(text))) == text


def test_a_digest_has_its_contents_in_front_and_high_priority_first():
    message = digested(
        [told(watch="حمص", priority="low"), told(alert_id=8, watch="قسد", priority="high")]
    )

    assert message.text.startswith("موجز راصد: 2\n\nالمحتويات:\n1 · قسد\n1 · حمص\n\n")
    assert message.text.index("#8") < message.text.index("#7")


def test_a_long_digest_quotes_the_first_and_lists_every_other():
    message = digested([told(alert_id=number) for number in range(200)])

    for number in range(200):
        assert f"#{number}" in message.text
        assert f"#{number}" in page(message)
    assert page(message).count("<h2") == alerts.QUOTED


def test_one_article_found_by_several_watches_is_one_message_that_names_each():
    other = told(alert_id=8, watch="قسد", spans=[span("headline", HEADLINE, "قسدَ")])
    message = said(told(), other)

    assert message.subject.startswith("[شرق الفرات، قسد] ")
    assert "المراقبة: شرق الفرات\nطابق: شرقِ الفراتِ، شرق الفرات" in message.text
    assert "المراقبة: قسد\nطابق: قسدَ" in message.text
    assert "تهدّدُ “[قسدَ]” بالانسحابِ من [شرقِ الفراتِ]" in message.text
    assert "#7 #8" in message.text


def test_a_correction_shows_what_was_said_and_what_is_said_now():
    changes = [
        {"field": "body", "before": "قُتل خمسة.", "after": "قُتل سبعة."},
        {"field": "body", "before": "في الباب.", "after": ""},
    ]
    message = said(told(kind="correction", changes=changes))

    assert "تصحيح" in message.subject
    assert "كان: قُتل خمسة.\nصار: قُتل سبعة." in message.text
    assert "كان: في الباب.\nصار: أُزيل" in message.text
    assert "<s>قُتل خمسة.</s>" in page(message)


def test_a_message_is_worded_in_english_and_the_news_stays_as_published():
    message = said(told(), words=ENGLISH)

    assert "Matched: شرقِ الفراتِ, شرق الفرات" in message.text
    assert 'lang="en" dir="ltr"' in page(message)
    assert '<h2 dir="rtl" style="text-align:right' in page(message)


@given(st.text(alphabet="اب .!؟\n😀", max_size=900), st.integers(2, 200))
def test_a_text_split_for_a_channel_fits_and_loses_nothing_but_space(text, limit):
    pieces = [
        quoting.Piece(text[: len(text) // 2], marked=True),
        quoting.Piece(text[len(text) // 2 :]),
    ]

    parts = quoting.split(pieces, limit)

    whole = ["".join(piece.text for piece in part) for part in parts]
    assert all(len(part.encode("utf-16-le")) // 2 <= limit for part in whole)
    assert "".join("".join(whole).split()) == "".join(text.split())


def test_a_long_text_is_split_at_the_end_of_a_sentence():
    text = "هذه جملة قصيرة. " * 20

    first, *_ = quoting.split([quoting.Piece(text)], 100)

    assert first[-1].text.rstrip().endswith("قصيرة.")
