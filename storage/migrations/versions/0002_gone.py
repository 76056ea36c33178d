"""Articles that are no longer there."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("article", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("article", sa.Column("gone_reason", sa.String(16), nullable=True))
