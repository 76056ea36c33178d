"""The newsroom crawled by the real worker: what is kept is what was written."""

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from scheduler import proofs, workers
from scheduler.config import Config
from scheduler.newsroom import demonstration
from scheduler.newsroom.content import Gold
from scheduler.newsroom.server import Newsroom, opened_now, serving
from scheduler.verifying import Folder, Verdict, verify
from scraper import catalogue
from storage.database import open_archive, reading
from storage.models import Article, Version

# Those whose routes lead to all they have; a news sitemap leads to two days.
WHOLE = ("almanara", "barada", "alqalaa", "tadmor", "alyasmin", "alnawaeer", "alghouta", "alasi")
FRESH = timedelta(days=2)


@pytest.fixture(scope="module")
def newsroom():
    with serving(opened_now()) as served:
        yield served


@pytest.fixture(scope="module")
def desk(newsroom, tmp_path_factory) -> Config:
    config = demonstration.prepare(tmp_path_factory.mktemp("desk"), newsroom)
    open_archive(config.archive, create=True).dispose()
    return config


@pytest.fixture(scope="module")
def first(desk, newsroom) -> dict[str, dict[str, Any]]:
    """The first crawl: its report for each site."""
    return crawl(desk, newsroom)


def crawl(desk: Config, newsroom: Newsroom, *sites: str) -> dict[str, dict[str, Any]]:
    newsroom.requests.clear()
    reports: dict[str, dict[str, Any]] = {}
    environ = demonstration.offline(os.environ)
    keys = sites or newsroom.keys
    workers.run_once(
        desk, ["--sites", *keys], environ, lambda line: reports.__setitem__(line["site"], line)
    )
    return reports


def kept(desk: Config) -> list[tuple[Article, Version]]:
    """Every article with its newest version."""
    engine = open_archive(desk.archive)
    with reading(engine) as db:
        newest = {
            version.article_id: (article, version)
            for article, version in db.execute(
                select(Article, Version)
                .join(Version, Version.article_id == Article.id)
                .order_by(Version.number)
            )
        }
    engine.dispose()
    return list(newest.values())


def of_the_address(newsroom: Newsroom, article: Article) -> Gold:
    return newsroom.gold(article.site_key, article.url)


@pytest.mark.slow
def test_all_that_may_be_read_is_kept_as_written(first, desk, newsroom):
    stored = kept(desk)

    for article, version in stored:
        gold = of_the_address(newsroom, article)
        assert version.headline == gold.headline
        assert version.body == "\n\n".join(gold.body), gold.url
        assert version.section == gold.section
        if gold.published_at is None:
            assert article.published_at is None
        else:
            assert article.published_at is not None
            assert abs(article.published_at - gold.published_at) <= gold.tolerance, gold.url
    found = {of_the_address(newsroom, article).article_id for article, _ in stored}
    expected = {
        gold.article_id
        for gold in newsroom.golds()
        if gold.reachable and _announced(newsroom, gold)
    }
    assert found == expected
    assert len(found) > 120


def _announced(newsroom: Newsroom, gold: Gold) -> bool:
    if gold.site in WHOLE:
        return True
    return gold.published_at is not None and newsroom.opened_at - gold.published_at < FRESH


@pytest.mark.slow
def test_every_article_is_what_its_capture_says(first, desk):
    outcomes = Counter(verdict.outcome for verdict in verdicts(desk, Folder(captures(desk))))

    assert outcomes == {"verified": len(kept(desk))}


def captures(desk: Config) -> Path:
    assert desk.captures is not None
    return desk.captures


def verdicts(desk: Config, shelf: Folder) -> list[Verdict]:
    known = catalogue.load(desk.sites)
    engine = open_archive(desk.archive)
    with reading(engine) as db:
        claims = [claim for batch in proofs.every(db) for claim in batch]
    engine.dispose()
    return [verify(claim, shelf, known) for claim in claims]


@pytest.mark.slow
def test_a_flipped_byte_in_a_capture_is_found(first, desk, tmp_path):
    [path] = captures(desk).glob("*.warc.gz")
    whole = path.read_bytes()
    engine = open_archive(desk.archive)
    with reading(engine) as db:
        [claim] = proofs.of_articles(db, [1])
    engine.dispose()
    known = catalogue.load(desk.sites)
    begin, length = claim.capture.offset, claim.capture.length

    for place in range(begin, begin + length, length // 40):
        flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        (tmp_path / path.name).write_bytes(flipped)
        assert verify(claim, Folder(tmp_path), known).outcome == "failed", place
    (tmp_path / path.name).write_bytes(whole)
    assert verify(claim, Folder(tmp_path), known).outcome == "verified"


@pytest.mark.slow
def test_refusals_are_states_and_every_sum_closes(first, newsroom):
    assert first["alsour"]["outcome"] == "refused"
    assert first["alyasmin"]["refused"] == {"robots": 1}
    assert {key: first[key]["outcome"] for key in WHOLE} == dict.fromkeys(WHOLE, "ok")
    for report in first.values():
        assert closes(report), report


def closes(report: dict[str, Any]) -> bool:
    """discovered = known + fetched + refused + failed + left."""
    ended = sum(report["refused"].values()) + sum(report["failed"].values())
    return report["discovered"] == report["known"] + report["fetched"] + ended + report["left"]


@pytest.mark.long
def test_an_unchanged_newsroom_is_not_fetched_again_and_a_changed_one_is(first, desk, newsroom):
    pages = {path_of(gold.url) for gold in newsroom.golds()}

    second = crawl(desk, newsroom)

    assert not [request for request in newsroom.requests if request.path in pages]
    assert all(closes(report) for report in second.values())
    assert Counter(report.get("new") for report in second.values()) == {0: len(newsroom.keys)}

    newsroom.correct("lira-fall")
    [grown] = newsroom.grow()
    third = crawl(desk, newsroom, "almanara")

    assert (third["almanara"]["new"], third["almanara"]["revised"]) == (1, 1)
    corrected = newsroom.gold_of("lira-fall")
    [version] = [version for article, version in kept(desk) if article.url == corrected.url]
    assert (version.number, version.headline) == (2, corrected.headline)
    assert grown.url in {article.url for article, _ in kept(desk)}


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_the_desk_of_the_demonstration_is_apart_from_the_persons(newsroom, tmp_path):
    config = demonstration.prepare(tmp_path, newsroom)

    assert config.crawl.only == newsroom.keys
    assert Path(config.archive.removeprefix("sqlite:///")).parent == tmp_path
    assert demonstration.offline(
        {"HTTPS_PROXY": "x", "no_proxy": "y", "RASID_ARCHIVE": "z", "PATH": "p"}
    ) == {"PATH": "p"}
