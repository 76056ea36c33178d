"""Health of sites: what polls came to, the states they were in, hosts that asked for rest."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("stated_seconds", sa.Integer()),
        sa.Column("lease_group", sa.String(length=64)),
        sa.Column("poll_outcome", sa.String(length=16)),
        sa.Column("poll_reason", sa.Text()),
        sa.Column("yields", sa.JSON()),
    ):
        op.add_column("site", column)
    op.create_index("ix_site_lease_group", "site", ["lease_group"])
    op.add_column("route", sa.Column("state_since", MOMENT))
    op.add_column("route", sa.Column("read_at", MOMENT))
    op.add_column("route", sa.Column("validators_lie", sa.Boolean()))
    op.create_table(
        "condition",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("site_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT),
        sa.ForeignKeyConstraint(["site_key"], ["site.key"], name="fk_condition_site_key"),
        sa.PrimaryKeyConstraint("id", name="pk_condition"),
    )
    op.create_index("ix_condition_site", "condition", ["site_key", "since"])
    op.create_table(
        "host",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rested_at", MOMENT, nullable=False),
        sa.Column("rests_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_host"),
    )
    op.execute(
        "UPDATE site SET poll_outcome = state, poll_reason = state_reason WHERE state <> 'new'"
    )
    op.execute(
        "INSERT INTO condition (site_key, state, reason, since) "
        "SELECT key, state, state_reason, state_since FROM site "
        "WHERE state <> 'new' AND state_since IS NOT NULL"
    )
