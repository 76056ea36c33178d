"""The tables of health: which states sites were in, and which hosts asked to be left alone.

Apart from the rest of the archive's tables, which know nothing of them.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, BigId


class Condition(Base):
    """A state of health a site was in, from one poll until another; the last one is open."""

    __tablename__ = "condition"
    __table_args__ = (Index("ix_condition_site", "site_key", "since"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class Host(Base):
    """A host that asked not to be asked for a while (429, 503), whichever site it belongs to."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    # How often in a row it asked; each time it is left alone for longer.
    strikes: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str]
    rested_at: Mapped[datetime]
    rests_until: Mapped[datetime]
