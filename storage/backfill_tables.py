"""The table of backfills: the past of a site, asked for by name.

Apart from the rest of the archive's tables, which know nothing of them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base


class Backfill(Base):
    """The past of a site asked for by name: from when, how far it has come, what came of it."""

    __tablename__ = "backfill"
    __table_args__ = (Index("ix_backfill_site", "site_key", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), default="open")  # open, done
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # Where its walk is, see scraper.walk; null before the first step.
    place: Mapped[dict[str, Any] | None]
    # Sums over all its runs, by name.
    counts: Mapped[dict[str, int]]
    # What could not be read, in words.
    holes: Mapped[list[str]]
