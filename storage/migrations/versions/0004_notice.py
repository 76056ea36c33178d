"""Notices, corrections, mutes, and deliveries that know which message they went in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_created_at", "notice", ["created_at"], unique=False)
    op.create_index("ix_notice_subject", "notice", ["kind", "subject"], unique=False)
    # Added one by one, not in a batch: on SQLite that would drop tables others refer to.
    op.add_column("watch", sa.Column("muted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("watch", sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert", sa.Column("parent_id", BIG_ID, nullable=True))
    op.add_column("alert", sa.Column("facts", sa.JSON(), nullable=True))
    with op.batch_alter_table("delivery") as delivery:
        delivery.alter_column("alert_id", existing_type=BIG_ID, nullable=True)
        delivery.add_column(sa.Column("notice_id", BIG_ID, nullable=True))
        delivery.add_column(sa.Column("message", sa.String(length=64), nullable=True))
        delivery.add_column(sa.Column("parts", sa.JSON(), nullable=False, server_default="[]"))
        delivery.add_column(sa.Column("copies", sa.Integer(), nullable=False, server_default="0"))
        delivery.create_foreign_key("fk_delivery_notice_id", "notice", ["notice_id"], ["id"])
        delivery.create_unique_constraint("uq_delivery_notice_id_channel", ["notice_id", "channel"])
    op.create_index("ix_delivery_sent", "delivery", ["channel", "delivered_at"], unique=False)
    op.create_index("ix_delivery_message", "delivery", ["message"], unique=False)
