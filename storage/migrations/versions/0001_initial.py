"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The index keeps no copy of the text: it reads article_index when it needs to, and
# these triggers keep the two in step whoever writes.
FTS5 = (
    """
    CREATE VIRTUAL TABLE article_fts USING fts5(
        headline, body, content='article_index', content_rowid='article_id',
        tokenize='unicode61 remove_diacritics 0'
    )
    """,
    """
    CREATE TRIGGER article_index_insert AFTER INSERT ON article_index BEGIN
        INSERT INTO article_fts(rowid, headline, body)
        VALUES (new.article_id, new.headline, new.body);
    END
    """,
    """
    CREATE TRIGGER article_index_delete AFTER DELETE ON article_index BEGIN
        INSERT INTO article_fts(article_fts, rowid, headline, body)
        VALUES ('delete', old.article_id, old.headline, old.body);
    END
    """,
    """
    CREATE TRIGGER article_index_update AFTER UPDATE ON article_index BEGIN
        INSERT INTO article_fts(article_fts, rowid, headline, body)
        VALUES ('delete', old.article_id, old.headline, old.body);
        INSERT INTO article_fts(rowid, headline, body)
        VALUES (new.article_id, new.headline, new.body);
    END
    """,
)

TSVECTOR = (
    """
    ALTER TABLE article_index ADD COLUMN words tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', headline || ' ' || body)) STORED
    """,
    "CREATE INDEX ix_article_index_words ON article_index USING gin (words)",
)


def upgrade() -> None:
    _tables()
    for statement in FTS5 if op.get_context().dialect.name == "sqlite" else TSVECTOR:
        op.execute(statement)


def _tables() -> None:
    op.create_table(
        "band",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "article_id", name="pk_band"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "capture",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("warc", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_capture"),
        sa.UniqueConstraint("warc", "offset", name="uq_capture_warc_offset"),
    )
    op.create_table(
        "cluster",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("representative_id", BIG_ID, nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cluster"),
    )
    op.create_table(
        "site",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_new_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_site"),
    )
    op.create_index("ix_site_next_due", "site", ["next_due"], unique=False)
    op.create_table(
        "turn",
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("job", name="pk_turn"),
    )
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watch"),
        sa.UniqueConstraint("name", name="uq_watch_name"),
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_worker"),
    )
    op.create_table(
        "article",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("site_key", sa.String(length=64), nullable=False),
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("canonical_url", sa.Text(), nullable=True),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cluster_id", BIG_ID, nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=True),
        sa.Column("related_to", BIG_ID, nullable=True),
        sa.Column("relation_score", sa.Double(), nullable=True),
        sa.Column("relation_reasons", sa.JSON(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name="fk_article_cluster_id"),
        sa.ForeignKeyConstraint(["site_key"], ["site.key"], name="fk_article_site_key"),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.UniqueConstraint("url_key", name="uq_article_url_key"),
    )
    op.create_index("ix_article_cluster_id", "article", ["cluster_id"], unique=False)
    op.create_index("ix_article_digest", "article", ["digest"], unique=False)
    op.create_index("ix_article_first_seen_at", "article", ["first_seen_at"], unique=False)
    op.create_index("ix_article_published", "article", ["published_at"], unique=False)
    op.create_index("ix_article_site", "article", ["site_key", "published_at"], unique=False)
    op.create_table(
        "route",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_key", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("full_text", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_key"], ["site.key"], name="fk_route_site_key"),
        sa.PrimaryKeyConstraint("id", name="pk_route"),
        sa.UniqueConstraint("site_key", "type", "url", name="uq_route_site_key_type_url"),
    )
    op.create_table(
        "run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("site_key", sa.String(length=64), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("discovered", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("not_modified", sa.Integer(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["site_key"], ["site.key"], name="fk_run_site_key"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_site", "run", ["site_key", "started_at"], unique=False)
    op.create_index("ix_run_started_at", "run", ["started_at"], unique=False)
    op.create_table(
        "address",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("site_key", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_hash", sa.String(length=96), nullable=True),
        sa.Column("article_id", BIG_ID, nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("recheck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rechecks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_address_article_id"),
        sa.ForeignKeyConstraint(["site_key"], ["site.key"], name="fk_address_site_key"),
        sa.PrimaryKeyConstraint("key", name="pk_address"),
    )
    op.create_index("ix_address_article_id", "address", ["article_id"], unique=False)
    op.create_index("ix_address_recheck", "address", ["site_key", "recheck_at"], unique=False)
    op.create_index(
        "ix_address_waiting", "address", ["site_key", "state", "not_before"], unique=False
    )
    op.create_table(
        "alias",
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_alias_article_id"),
        sa.PrimaryKeyConstraint("url_key", name="pk_alias"),
    )
    op.create_index("ix_alias_article_id", "alias", ["article_id"], unique=False)
    op.create_table(
        "article_index",
        sa.Column("article_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_article_index_article_id"),
        sa.PrimaryKeyConstraint("article_id", name="pk_article_index"),
    )
    op.create_table(
        "version",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_raw", sa.Text(), nullable=True),
        sa.Column("date_source", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("capture_id", BIG_ID, nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alerting", sa.Boolean(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_version_article_id"),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name="fk_version_capture_id"),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
        sa.UniqueConstraint("article_id", "number", name="uq_version_article_id_number"),
    )
    op.create_index(
        "ix_version_unmatched",
        "version",
        ["id"],
        unique=False,
        sqlite_where=sa.text("matched_at IS NULL"),
        postgresql_where=sa.text("matched_at IS NULL"),
    )
    op.create_table(
        "alert",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", BIG_ID, nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_alert_article_id"),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name="fk_alert_cluster_id"),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_alert_version_id"),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_alert_watch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_cluster", "alert", ["watch_id", "cluster_id"], unique=False)
    op.create_index("ix_alert_created_at", "alert", ["created_at"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_delivery_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("alert_id", "channel", name="uq_delivery_alert_id_channel"),
    )
    op.create_index("ix_delivery_due", "delivery", ["state", "not_before"], unique=False)
    op.create_table(
        "match",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.Column("version_id", BIG_ID, nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_match_alert_id"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_match_article_id"),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name="fk_match_version_id"),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_match_watch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_match"),
        sa.UniqueConstraint("watch_id", "version_id", name="uq_match_watch_id_version_id"),
    )
    op.create_index("ix_match_alert_id", "match", ["alert_id"], unique=False)
    op.create_index("ix_match_article_id", "match", ["article_id"], unique=False)
    op.create_index("ix_match_version_id", "match", ["version_id"], unique=False)
