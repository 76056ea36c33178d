"""Archives of earlier schemas, with what is in them, brought to this one."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, select, text

from scheduler import searching
from storage import outbox, regrouping
from storage.database import SCHEMA, connect, reading, schema_version, session, upgrade
from storage.models import Address, Article, Band, Capture, Site, Version
from storage.queries import Selection
from tests.newswire import AGENCY, DAY, HEADLINE, HOUR, Page, add_sites, write

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = """
INSERT INTO site (key, name, enabled, imported, interval_seconds, fence, state, failures) VALUES ('alpha', 'ألفا', true, false, 900, 3, 'ok', 0)
INSERT INTO cluster (id, first_seen_at, size) VALUES (1, :seen, 1)
INSERT INTO article (id, site_key, url_key, url, version_number, headline, digest, first_seen_at, last_seen_at, cluster_id) VALUES (1, 'alpha', 'https://a.example/1', 'https://a.example/1/', 1, 'خبر', 'd', :seen, :seen, 1)
INSERT INTO article_index (article_id, headline, body) VALUES (1, 'خبر', 'بشرقي الفرات')
INSERT INTO address (key, site_key, url, state, tries, first_seen_at, last_seen_at, article_id, rechecks) VALUES ('https://a.example/1', 'alpha', 'https://a.example/1/', 'kept', 0, :seen, :seen, 1, 0)
INSERT INTO capture (id, url, warc, "offset", sha256, fetched_at, status) VALUES (1, 'https://a.example/1/', 'a.warc.gz', 7, 'f', :seen, 200)
INSERT INTO version (id, article_id, number, headline, body, authors, tags, digest, provenance, capture_id, seen_at, alerting) VALUES (1, 1, 1, 'خبر', 'بشرقيّ الفرات', '[]', '[]', 'd', '{}', 1, :seen, true)
INSERT INTO watch (id, name, query, settings, active, created_at, changed_at) VALUES (1, 'w', 'خبر', '{}', true, :seen, :seen)
INSERT INTO alert (id, watch_id, cluster_id, article_id, version_id, kind, priority, created_at) VALUES (1, 1, 1, 1, 1, 'new', 'normal', :seen)
INSERT INTO match (id, watch_id, article_id, version_id, spans, matched_at, outcome, alert_id) VALUES (1, 1, 1, 1, '[]', :seen, 'alerted', 1)
INSERT INTO delivery (id, alert_id, channel, state, attempts, not_before) VALUES (1, 1, 'desk', 'pending', 3, :seen)
"""
LONG = """
INSERT INTO cluster (id, first_seen_at, size, representative_id) VALUES (:id, :seen, 1, :id)
INSERT INTO article (id, site_key, url_key, url, version_number, headline, digest, first_seen_at, last_seen_at, published_at, cluster_id, rule_version) VALUES (:id, 'alpha', :key, :key, 1, :headline, 'd', :seen, :seen, :seen, :id, 3)
INSERT INTO article_index (article_id, headline, body) VALUES (:id, :headline, :body)
INSERT INTO version (id, article_id, number, headline, body, authors, tags, digest, provenance, seen_at, alerting) VALUES (:id, :id, 1, :headline, :body, '[]', '[]', 'd', '{}', :seen, true)
INSERT INTO band (key, article_id) VALUES (4711, :id)
"""


@pytest.fixture
def released(blank_url):
    """An archive at the first schema, with a site, an article, its address and its capture in it."""
    engine = connect(blank_url, create=True)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "storage:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in ROWS.strip().splitlines():
            seen = SEEN if connection.dialect.name == "postgresql" else SEEN.replace(tzinfo=None)
            values = {"seen": str(seen)} if ":seen" in statement else {}
            connection.execute(text(statement), values)
    yield engine
    engine.dispose()


def test_what_a_released_archive_holds_is_there_after_the_upgrade(released):
    assert upgrade(released) == 1

    assert schema_version(released) == SCHEMA
    with reading(released) as db:
        assert db.get_one(Site, "alpha").fence == 3
        article = db.get_one(Article, 1)
        assert (article.headline, article.first_seen_at) == ("خبر", SEEN)
        assert article.gone_at is None
        assert db.get_one(Address, "https://a.example/1").article_id == article.id
        capture, version = db.get_one(Capture, 1), db.get_one(Version, 1)
        assert (capture.offset, capture.fetched_at, capture.redirects) == (7, SEEN, [])
        assert (capture.record_sha256, capture.robots, capture.original) == (None, None, None)
        assert (version.body, version.capture_id, version.extractor) == ("بشرقيّ الفرات", 1, None)
        [delivery] = outbox.deliveries(db, [1])[1]
        assert (delivery.channel, delivery.state, delivery.attempts) == ("desk", "pending", 3)
        assert (delivery.parts, delivery.copies, delivery.message) == ([], 0, None)
        [entry] = outbox.latest(db)
        assert outbox.alert_json(entry)["facts"] == {}


def test_what_a_released_archive_holds_is_found_after_the_upgrade(released):
    upgrade(released)

    with reading(released) as db:
        asked = searching.compiled("شرق الفرات")
        [hit] = searching.hits(db, asked, Selection())
    assert [span.text for span in hit.spans] == ["بشرقيّ الفرات"]


def test_copies_of_what_a_released_archive_holds_are_found_after_the_upgrade(released):
    stored = {71: SEEN - 60 * DAY, 81: SEEN}
    with released.begin() as connection:
        for number, seen in stored.items():
            said = {"id": number, "key": f"https://a.example/{number}", "seen": seen}
            if connection.dialect.name == "sqlite":
                said["seen"] = str(seen.replace(tzinfo=None))
            for statement in LONG.strip().splitlines():
                values = said | {"headline": HEADLINE, "body": AGENCY}
                names = {name for name in values if f":{name}" in statement}
                connection.execute(text(statement), {name: values[name] for name in names})
        if connection.dialect.name == "postgresql":
            for name in ("cluster", "article", "version"):
                connection.execute(text(f"ALTER SEQUENCE {name}_id_seq RESTART WITH 100"))
    upgrade(released)

    with session(released) as db:
        add_sites(db)
        copy = write(db, Page("enab", "مساعدات طبية", AGENCY[:300], SEEN + HOUR), now=SEEN + HOUR)
        assert copy.related_to == 81
        assert key_count(db, 71) == 0
        assert regrouping.waiting(db) == len(stored) + 1
        regrouping.again(db, after=0, limit=10)
        assert key_count(db, 71) == key_count(db, 81) == 81
        assert regrouping.waiting(db) == 0


def key_count(db, number):
    return db.scalar(select(func.count()).where(Band.article_id == number))
