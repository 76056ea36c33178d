"""What is known of a capture, manifests of captures, and the take-down list."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ADDED = {
    "capture": (
        sa.Column("length", sa.BigInteger(), nullable=True),
        sa.Column("record_sha256", sa.String(length=64), nullable=True),
        sa.Column("redirects", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("tls", sa.JSON(), nullable=True),
        sa.Column("robots", sa.JSON(), nullable=True),
        sa.Column("original", sa.JSON(), nullable=True),
        sa.Column("sealed_day", sa.String(length=10), nullable=True),
        sa.Column("sealed_place", sa.Integer(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
    ),
    "version": (
        sa.Column("extractor", sa.String(length=64), nullable=True),
        sa.Column("cause", sa.String(length=16), nullable=True),
    ),
}


def upgrade() -> None:
    op.create_table(
        "manifest",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("captures", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_manifest"),
    )
    op.create_table(
        "takedown",
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("url_key", name="pk_takedown"),
    )
    # Columns are added without rebuilding a table: in SQLite that would copy every text, and
    # other tables refer to it.
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_capture_sha256", "capture", ["sha256"])
    op.create_index("ix_capture_sealed", "capture", ["sealed_day", "sealed_place"])
    op.create_index("ix_version_capture_id", "version", ["capture_id"])
