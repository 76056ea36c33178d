"""Articles are found by keys of another fingerprint.

Those a new article may be a copy of get theirs here. The many older ones, with which only what is
brought in from their own days is compared, are left to `rasid cluster again`, which makes keys of
whatever it decides again.
"""

import sqlalchemy as sa
from alembic import op

from storage.bands import rows_of
from storage.candidates import WINDOW
from storage.columns import UTCDateTime
from storage.fingerprint import folded, keys_of

revision = "0010"
down_revision = "0009"

BATCH = 200
# What is published late is compared with what came out before it did.
RECENT = 2 * WINDOW

NEWEST = sa.text("SELECT max(first_seen_at) AS moment FROM article").columns(
    sa.Column("moment", UTCDateTime)
)
TEXTS = sa.text(
    """
    SELECT a.id, v.headline, v.body
    FROM article a JOIN version v ON v.article_id = a.id AND v.number = a.version_number
    WHERE a.id > :last AND a.first_seen_at >= :moment ORDER BY a.id LIMIT :batch
    """
).bindparams(sa.bindparam("moment", type_=UTCDateTime))


def upgrade() -> None:
    op.drop_table("band")
    band = op.create_table(
        "band",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "article_id", name="pk_band"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    newest = connection.scalar(NEWEST)
    if newest is None:
        return
    asked = {"last": 0, "moment": newest - RECENT, "batch": BATCH}
    while rows := connection.execute(TEXTS, asked).all():
        keys = [(number, keys_of(folded(*text))) for number, *text in rows]
        if written := rows_of(keys):
            connection.execute(sa.insert(band), written)
        asked["last"] = rows[-1][0]
