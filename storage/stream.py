"""The read side of the desk: which alerts are in a stream, and how many.

Alerts are chosen here by number only; what is said of them is read through
`storage.outbox`, as messages are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from storage.desk_tables import Handling
from storage.models import Alert, Article, Watch
from storage.outbox import Entry, entries

State = Literal["open", "waiting", "starred", "dismissed", "all"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which alerts are meant. `open`: not dismissed; `waiting`: of these, not acknowledged."""

    state: State = "open"
    watch: str | None = None
    # None: of every site; empty: of none.
    sites: tuple[str, ...] | None = None
    priority: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def numbers(self) -> Select[int]:
        """Return the statement that finds their numbers."""
        asked = select(Alert.id)
        if self.state != "all":
            asked = self._standing(asked)
        if self.watch is not None:
            asked = asked.join(Watch, Watch.id == Alert.watch_id).where(Watch.name == self.watch)
        if self.sites is not None:
            asked = asked.join(Article, Article.id == Alert.article_id)
            asked = asked.where(Article.site_key.in_(self.sites))
        if self.priority is not None:
            asked = asked.where(Alert.priority == self.priority)
        if self.since is not None:
            asked = asked.where(Alert.created_at >= self.since)
        if self.until is not None:
            asked = asked.where(Alert.created_at < self.until)
        return asked

    def _standing(self, asked: Select[int]) -> Select[int]:
        asked = asked.outerjoin(Handling, Handling.alert_id == Alert.id)
        if self.state == "starred":
            return asked.where(Handling.starred_at.is_not(None))
        if self.state == "dismissed":
            return asked.where(Handling.dismissed_at.is_not(None))
        asked = asked.where(or_(Handling.alert_id.is_(None), Handling.dismissed_at.is_(None)))
        return asked.where(Alert.acknowledged_at.is_(None)) if self.state == "waiting" else asked


def page(
    db: Session, chosen: Chosen, *, before: int | None = None, after: int | None = None, limit: int
) -> list[Entry]:
    """Return the chosen alerts, the newest first: those older than *before*, newer than *after*."""
    asked = chosen.numbers()
    if before is not None:
        asked = asked.where(Alert.id < before)
    if after is not None:
        asked = asked.where(Alert.id > after)
    ids = list(db.scalars(asked.order_by(Alert.id.desc()).limit(limit)))
    found = {entry.alert.id: entry for entry in entries(db, ids)}
    return [found[number] for number in ids if number in found]


def last(db: Session) -> int:
    """Return the number of the newest alert; 0 before the first."""
    return db.execute(select(func.max(Alert.id))).scalar_one() or 0
