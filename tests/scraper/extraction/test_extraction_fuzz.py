"""Broken pages: extraction answers or refuses, and never takes long."""

import contextlib
import gzip
import random
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scraper.extraction.article import extract
from scraper.extraction.errors import NoArticle
from scraper.extraction.explain import explain

PAGES = sorted((Path(__file__).parents[2] / "pages").glob("*/*.html"))
SHARED = Path(__file__).parents[3] / "../shared/data"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONGEST = 2.0


def survives(body, *, url="https://example.org/1/", charset=None):
    """Read *body*; a refusal is an answer, anything else raised or slow is not."""
    start = time.process_time()
    with contextlib.suppress(NoArticle):
        extract(
            body, url=url, site="s", rules=None, timezone="Asia/Damascus", now=NOW, charset=charset
        )
    assert time.process_time() - start < LONGEST


def shuffled(body, seed):
    parts = re.split(rb"(<[^>]*>)", body)
    tags = parts[1::2]
    random.Random(seed).shuffle(tags)
    parts[1::2] = tags
    return b"".join(parts)


pages = st.sampled_from([page.read_bytes() for page in PAGES])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages, st.data())
def test_a_page_cut_anywhere_is_read_or_refused(body, data):
    survives(body[: data.draw(st.integers(0, len(body)))])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages, st.integers(0, 2**32))
def test_a_page_with_its_tags_shuffled_is_read_or_refused(body, seed):
    survives(shuffled(body, seed))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=200))
def test_a_page_with_bytes_overwritten_is_read_or_refused(body, blows):
    broken = bytearray(body)
    for place, byte in blows:
        broken[place % len(broken)] = byte
    survives(bytes(broken))


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=400),
    st.text(max_size=40),
    st.sampled_from([None, "utf-8", "utf-16", "x", ""]),
)
def test_any_bytes_at_any_address_are_read_or_refused(body, url, charset):
    survives(body, url=url, charset=charset)


@pytest.mark.parametrize(
    "tag", ["<div>", "<b>", "<table><tr><td>", "<ul><li>", "<article>", "<a href=x>"]
)
def test_a_megabyte_of_nesting_is_survived(tag):
    body = PAGES[0].read_bytes()
    nest = tag.encode() * (1_000_000 // len(tag))

    survives(nest + body)
    survives(body.replace(b"</h1>", b"</h1>" + nest))


def test_nulls_anywhere_change_nothing():
    body = PAGES[0].read_bytes()
    holed = body.replace(b"<p>", b"<\0p>\0").replace(b"\xd8", b"\0\xd8")

    whole, pierced = (
        extract(page, url="https://example.org/", site="s", rules=None, timezone="UTC", now=NOW)
        for page in (body, holed)
    )

    assert whole.body == pierced.body


def test_a_page_too_large_to_be_an_article_is_refused():
    with pytest.raises(NoArticle) as refused:
        extract(b"<p>" + b"x" * 9_000_000, url="", site="s", rules=None, timezone="UTC", now=NOW)

    assert refused.value.reason == "too_large"


def test_an_explanation_survives_what_extraction_survives():
    body = shuffled(PAGES[0].read_bytes(), 7)

    explain(body, url="http://[", site="s", rules=None, timezone="UTC", now=NOW)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared pages are not beside this checkout")
def test_no_shared_page_raises_or_takes_long():
    found = [*SHARED.glob("*/*.html.gz"), *SHARED.glob("aeb/html/*.html.gz")]
    for page in found:
        survives(gzip.decompress(page.read_bytes()))

    assert found
