"""The full-text index holds stems, in the order of time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from storage.columns import UTCDateTime
from storage.search import free_place
from storage.stems import index_texts

revision = "0007"
down_revision = "0006"

# `free_place` and `index_texts` are those of today, not copies of what they were: the index is worth
# something only if it holds what searches ask for now. Who changes the stems writes a migration
# that fills the index anew, and what is filled here is then thrown away.
BATCH = 200
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The index keeps no copy of the text: it reads article_index when it needs to, and
# these triggers keep the two in step whoever writes.
FTS5 = (
    """
    CREATE VIRTUAL TABLE article_fts USING fts5(
        headline, body, content='article_index', content_rowid='place',
        tokenize='unicode61 remove_diacritics 0'
    )
    """,
    """
    CREATE TRIGGER article_index_insert AFTER INSERT ON article_index BEGIN
        INSERT INTO article_fts(rowid, headline, body)
        VALUES (new.place, new.headline, new.body);
    END
    """,
    """
    CREATE TRIGGER article_index_delete AFTER DELETE ON article_index BEGIN
        INSERT INTO article_fts(article_fts, rowid, headline, body)
        VALUES ('delete', old.place, old.headline, old.body);
    END
    """,
    """
    CREATE TRIGGER article_index_update AFTER UPDATE ON article_index BEGIN
        INSERT INTO article_fts(article_fts, rowid, headline, body)
        VALUES ('delete', old.place, old.headline, old.body);
        INSERT INTO article_fts(rowid, headline, body)
        VALUES (new.place, new.headline, new.body);
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

TEXTS = sa.text(
    """
    SELECT a.id, a.published_at, a.first_seen_at, v.headline, v.body
    FROM article a JOIN version v ON v.article_id = a.id AND v.number = a.version_number
    WHERE a.id > :last ORDER BY a.id LIMIT :batch
    """
).columns(
    sa.Column("id", sa.BigInteger()),
    sa.Column("published_at", UTCDateTime),
    sa.Column("first_seen_at", UTCDateTime),
)


def upgrade() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    if sqlite:
        # Its triggers go with the table.
        op.execute("DROP TABLE article_fts")
    op.drop_table("article_index")
    index = op.create_table(
        "article_index",
        sa.Column("article_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_article_index_article_id"),
        sa.PrimaryKeyConstraint("article_id", name="pk_article_index"),
        sa.UniqueConstraint("place", name="uq_article_index_place"),
    )
    for statement in FTS5 if sqlite else TSVECTOR:
        op.execute(statement)
    _fill(index)


def _fill(index: sa.Table) -> None:
    with Session(op.get_bind()) as db:
        last = 0
        while rows := db.execute(TEXTS, {"last": last, "batch": BATCH}).all():
            for article_id, published_at, first_seen_at, headline, body in rows:
                place = free_place(db, published_at or first_seen_at, article_id)
                stems = dict(zip(("headline", "body"), index_texts(headline, body), strict=True))
                db.execute(sa.insert(index).values(article_id=article_id, place=place, **stems))
            last = rows[-1][0]
