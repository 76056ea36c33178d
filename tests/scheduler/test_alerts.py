from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import alerts
from scheduler.alerts import Told

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


def test_the_headline_stands_as_published_with_its_words_marked():
    message = alerts.message(told(), ZONE)

    assert HEADLINE.replace("شرقِ الفراتِ", "[شرقِ الفراتِ]") in message.text
    assert HEADLINE.replace("شرقِ الفراتِ", "<mark>شرقِ الفراتِ</mark>") in message.html


def test_the_time_is_told_in_the_zone_of_the_desk():
    assert "2026-11-23 18:30" in alerts.message(told(), ZONE).text


def test_an_unknown_time_of_publication_is_not_made_up():
    text = alerts.message(told(published_at=None), ZONE).text

    assert "رُصد 2026-11-23 19:00" in text
    assert "نُشر" not in text


def test_the_two_sentences_around_the_first_words_are_quoted():
    text = alerts.message(told(), ZONE).text

    assert "… وتنتشر القوات في [شرق الفرات] منذ أعوام! ولم يصدر تعليق بعد. …" in text
    assert "الدورية" not in text
    assert "المطر" not in text


def test_a_message_names_the_term_the_capture_the_link_and_the_copies():
    text = alerts.message(told(copies=["سانا", "تلفزيون سوريا"]), ZONE).text

    assert "طابق: شرقِ الفراتِ، شرق الفرات" in text
    assert "sha256:" + "ab" * 32 in text
    assert "https://example.org/1?a=1&b=2" in text
    assert "نسخ أخرى (2): سانا، تلفزيون سوريا" in text


def test_what_a_site_wrote_is_escaped_in_html():
    wicked = "<script>alert(1)</script> شرق الفرات & الباب"

    html = alerts.message(
        told(
            headline=wicked, spans=[span("headline", wicked, "شرق الفرات")], url='https://x/"><b>'
        ),
        ZONE,
    ).html

    assert "<script>" not in html
    assert "&amp; الباب" in html
    assert '"><b>' not in html
    assert 'dir="rtl"' in html


def test_an_address_that_is_no_web_address_becomes_no_link():
    assert "href" not in alerts.message(told(url="javascript:alert(1)"), ZONE).html


def test_a_subject_has_one_line_and_a_limit():
    subject = alerts.message(told(headline="خبر\r\nBcc: x" + "ط" * 500), ZONE).subject

    assert "\n" not in subject
    assert "\r" not in subject
    assert len(subject) <= alerts.SUBJECT_LIMIT


def test_a_body_without_a_full_stop_is_cut_at_words_around_the_span():
    body = "كلمة " * 400 + "شرق الفرات " + "كلمة " * 400
    spans = [span("body", body, "شرق الفرات")]

    text = alerts.message(told(body=body, spans=spans), ZONE).text

    assert "كلمة [شرق الفرات] كلمة" in text
    assert len(text) < alerts.TEXT_LIMIT


@given(st.text(alphabet="اب .!؟\n", max_size=900), st.data())
def test_an_excerpt_always_holds_its_span(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))

    begin, stop = alerts.excerpt(text, start, end)

    assert begin <= start
    assert stop >= end


@given(st.text(max_size=80), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80))))
def test_pieces_put_together_are_the_text(text, borders):
    spans = [{"start": a, "end": b} for a, b in borders]

    assert "".join(piece.text for piece in alerts.pieces(text, spans, 0, len(text))) == text


def test_a_digest_has_its_contents_in_front_and_high_priority_first():
    message = alerts.digest(
        [told(watch="حمص", priority="low"), told(alert_id=8, watch="قسد", priority="high")], ZONE
    )

    assert message.text.startswith("موجز راصد: 2 تنبيه\n\nقسد: 1 · حمص: 1")
    assert message.text.index("#8") < message.text.index("#7")


def test_a_long_digest_says_how_many_alerts_it_leaves_out():
    message = alerts.digest([told(alert_id=number) for number in range(40)], ZONE)

    assert len(message.text) <= alerts.TEXT_LIMIT
    shown = message.text.count("تنبيه #")
    assert f"و{40 - shown} تنبيهات أخرى" in message.text
    assert message.html.count("<h2>") == 40


@pytest.mark.parametrize("number", [1, 5])
def test_the_same_message_has_the_same_key(number):
    first = alerts.digest([told(alert_id=n + 1) for n in range(number)], ZONE)
    again = alerts.digest([told(alert_id=n + 1) for n in range(number)], ZONE)

    assert first.key == again.key
