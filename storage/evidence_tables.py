"""The tables of evidence: what was captured, sealed day by day; what is not shown any more.

Apart from the rest of the archive's tables, which know nothing of them.
"""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base


class Manifest(Base):
    """What was captured up to one day, sealed: see storage.manifests."""

    __tablename__ = "manifest"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    captures: Mapped[int]
    # Of the file, and of its last line: the end of the chain.
    sha256: Mapped[str] = mapped_column(String(64))
    chain: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class Takedown(Base):
    """An address whose article is not shown, found or exported any more, and why."""

    __tablename__ = "takedown"

    url_key: Mapped[str] = mapped_column(Text, primary_key=True)
    url: Mapped[str]
    reason: Mapped[str]
    added_at: Mapped[datetime]
