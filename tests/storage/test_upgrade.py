"""Archives of earlier schemas, with what is in them, brought to this one."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from scheduler import searching
from storage import outbox
from storage.database import SCHEMA, connect, reading, schema_version, upgrade
from storage.models import Address, Article, Capture, Site, Version
from storage.queries import Selection

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
