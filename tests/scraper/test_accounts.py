"""The pure parts of a visit: the ledger, what answers mean, which routes are asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)

from scraper import outcomes, plan, resolver
from scraper.catalogue import Route
from scraper.ledger import Ledger
from scraper.outcomes import Outcome
from storage.routes import Memory

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEYS = st.sampled_from("abcdefgh")


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("discovered"), KEYS),
            st.tuples(st.just("known"), KEYS),
            st.tuples(st.just("kept"), KEYS, st.sampled_from(["new", "revised", "unchanged"])),
            st.tuples(st.just("refused"), KEYS, st.sampled_from(["robots", "http_404"])),
            st.tuples(st.just("failed"), KEYS, st.sampled_from(["dns", "timeout"])),
        )
    )
)
def test_the_sum_closes_whatever_happens_in_whatever_order(events):
    ledger = Ledger()
    for name, *arguments in events:
        getattr(ledger, name)(*arguments)

    counts = ledger.counts()

    assert counts.gap() == 0
    assert counts.discovered == len({key for _, key, *_ in events})
    assert counts.fetched == counts.new + counts.revised + counts.unchanged


def test_what_was_announced_and_met_no_fate_is_left():
    ledger = Ledger()
    ledger.discovered("a")
    ledger.discovered("b")
    ledger.kept("a", "new")

    assert (ledger.counts().left, ledger.counts().new) == (1, 1)


def test_the_first_fate_of_an_address_stands():
    ledger = Ledger()
    ledger.kept("a", "new")
    ledger.failed("a", "timeout")

    assert ledger.counts().failed == {}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"<html>", None),
        (403, b"no", Outcome("refused", "http_403", again=True)),
        (403, b"<title>Just a moment...</title>", Outcome("refused", "challenge", again=True)),
        (503, b"<title>Attention Required!", Outcome("refused", "challenge", again=True)),
        (200, b"<title>DDoS-Guard</title>", Outcome("refused", "challenge", again=True)),
        (404, b"", Outcome("refused", "http_404")),
        (451, b"", Outcome("refused", "http_451", again=True)),
        (500, b"", Outcome("failed", "http_500")),
        (301, b"", Outcome("failed", "http_301")),
    ],
)
def test_a_status_means_an_answer_a_refusal_or_an_accident(status, body, outcome):
    assert outcomes.of_status(status, body) == outcome


def test_an_article_about_a_challenge_is_an_answer():
    article = b"<title>Just a moment</title>" + b"<p>text</p>" * 5_000

    assert outcomes.of_status(200, article) is None


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (IgnoreRequest("Forbidden by robots.txt"), "refused", "robots"),
        (IgnoreRequest("http://b.example/ is not on the site"), "refused", "offsite"),
        (DownloadCancelledError("too big"), "refused", "too_large"),
        (CannotResolveHostError("x"), "failed", "dns"),
        (DownloadTimeoutError("x"), "failed", "timeout"),
        (DownloadFailedError("TLS handshake"), "failed", "tls"),
        (DownloadFailedError("reset"), "failed", "connection"),
        (ValueError("x"), "failed", "error"),
    ],
)
def test_an_error_has_one_word_in_the_ledger(error, kind, reason):
    outcome = outcomes.of_error(error)

    assert (outcome.kind, outcome.reason) == (kind, reason)


def route(type_: str, path: str = "/", *, fallback: bool = False) -> Route:
    links = {"links": "a"} if type_ == "listing" else {}
    return Route(type=type_, url=f"https://a.example{path}", fallback=fallback, **links)


def test_routes_are_asked_cheapest_first_and_sections_together():
    routes = [
        route("listing", "/politics"),
        route("feed", "/old-feed", fallback=True),
        route("feed", "/feed"),
        route("listing", "/economy"),
        route("wordpress"),
    ]

    tiers = plan.tiers(routes, {}, now=NOW)

    assert [[each.url[17:] for each in tier] for tier in tiers] == [
        ["/"],
        ["/feed"],
        ["/old-feed"],
        ["/politics", "/economy"],
    ]


def test_a_route_that_failed_not_long_ago_is_passed_over_until_its_time():
    routes = [route("wordpress"), route("feed", "/feed")]
    failed = Memory("https://a.example/", not_before=NOW + timedelta(hours=1))
    memories = {("wordpress", "https://a.example/"): failed}

    assert [tier[0].type for tier in plan.tiers(routes, memories, now=NOW)] == ["feed"]
    later = plan.tiers(routes, memories, now=NOW + timedelta(hours=1))
    assert [tier[0].type for tier in later] == ["wordpress", "feed"]


def test_when_every_route_failed_not_long_ago_all_are_asked_again():
    routes = [route("feed", "/feed")]
    memories = {("feed", "https://a.example/feed"): Memory("", not_before=NOW + timedelta(days=1))}

    assert plan.tiers(routes, memories, now=NOW) == [routes]


def test_a_host_is_at_a_private_address_only_as_long_as_its_name_server_says_so():
    resolver.dnscache["news.example"] = "10.0.0.1"
    with pytest.raises(resolver.PrivateAddressError):
        resolver._public("10.0.0.1", "news.example")
    assert resolver.refused("news.example")
    assert "news.example" not in resolver.dnscache

    resolver._public("8.8.8.8", "news.example")

    assert not resolver.refused("news.example")
