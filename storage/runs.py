"""Crawls done: one row a run, whose sums close.

`discovered = known + fetched + refused + failed + left`, always.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from storage.models import Run


@dataclass(slots=True)
class Counts:
    """The sums of one run; see design §5, Crawl JSON."""

    requests: int = 0
    discovered: int = 0
    known: int = 0
    fetched: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    left: int = 0
    not_modified: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def gap(self) -> int:
        """Return what the sum leaves open; anything but 0 is a defect, and shown as one."""
        accounted = self.known + self.fetched + self.left
        accounted += sum(self.refused.values()) + sum(self.failed.values())
        return self.discovered - accounted


def begin(db: Session, site: str, worker: str, *, now: datetime) -> int:
    """Open a run; one that is never ended was killed."""
    run = Run(site_key=site, worker=worker, started_at=now, refused={}, failed={}, notes=[])
    db.add(run)
    db.flush()
    return run.id


def end(
    db: Session, run_id: int, counts: Counts, *, outcome: str, reason: str | None, now: datetime
) -> None:
    """Close a run with its sums."""
    run = db.get_one(Run, run_id)
    run.ended_at, run.outcome, run.reason = now, outcome, reason
    for name in (
        "requests", "discovered", "known", "fetched", "new", "revised", "unchanged",
        "left", "not_modified", "refused", "failed", "notes",
    ):  # fmt: skip
        setattr(run, name, getattr(counts, name))
