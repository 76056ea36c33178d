"""What a person said of two articles: one text, or not."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ruling",
        sa.Column("one_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("other_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["one_id"], ["article.id"], name="fk_ruling_one_id"),
        sa.ForeignKeyConstraint(["other_id"], ["article.id"], name="fk_ruling_other_id"),
        sa.PrimaryKeyConstraint("one_id", "other_id", name="pk_ruling"),
    )
    op.create_index("ix_ruling_other", "ruling", ["other_id"], unique=False)
    # A cluster that becomes empty is deleted, and the alerts of it are asked each time.
    op.create_index("ix_alert_cluster_id", "alert", ["cluster_id"], unique=False)
