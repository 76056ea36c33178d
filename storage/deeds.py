"""What people did at the desk, and where its alerts stand.

Every change a person makes leaves a `Deed`: with its alerts it is "who did what
and when", all together it is the audit log.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.desk_tables import Deed, Handling
from storage.errors import InputError
from storage.models import Alert

AlertDeed = Literal["ack", "unack", "star", "unstar", "dismiss", "restore", "note"]
ALERT_DEEDS: tuple[str, ...] = get_args(AlertDeed)
NOTE_LIMIT = 2_000


def note(
    db: Session, who: str, deed: str, kind: str, subject: object, now: datetime, **detail: Any
) -> None:
    """Record that *who* did *deed* to the *subject* of a *kind*."""
    db.add(Deed(at=now, who=who, deed=deed, kind=kind, subject=str(subject), detail=detail))


def handle(
    db: Session, who: str, deed: str, alert_ids: Collection[int], now: datetime, text: str = ""
) -> list[int]:
    """Do *deed* to alerts; return the ids of those it changed.

    What is so already stays, and leaves no deed. Raises InputError for a deed
    there is none of, and for a note that says nothing.
    """
    if deed not in ALERT_DEEDS:
        raise InputError(f"no deed {deed!r}; there are {', '.join(ALERT_DEEDS)}")
    text = text.strip()
    if deed == "note" and not 0 < len(text) <= NOTE_LIMIT:
        raise InputError(f"a note has 1 to {NOTE_LIMIT} characters")
    alerts = list(db.scalars(select(Alert).where(Alert.id.in_(alert_ids)).order_by(Alert.id)))
    standing = handlings(db, [alert.id for alert in alerts])
    changed = []
    for alert in alerts:
        place = standing.get(alert.id)
        if place is None:
            place = Handling(alert_id=alert.id)
            db.add(place)
        if _changed(alert, place, deed, now):
            changed.append(alert.id)
            note(db, who, deed, "alert", alert.id, now, **({"text": text} if text else {}))
    return changed


def handlings(db: Session, alert_ids: Collection[int]) -> dict[int, Handling]:
    """Return where these alerts stand; those nobody touched are left out."""
    rows = db.scalars(select(Handling).where(Handling.alert_id.in_(alert_ids)))
    return {row.alert_id: row for row in rows}


def of(db: Session, kind: str, subjects: Collection[object]) -> dict[str, list[Deed]]:
    """Return what was done to each of these, from the first deed on."""
    names = [str(subject) for subject in subjects]
    found: dict[str, list[Deed]] = {}
    asked = select(Deed).where(Deed.kind == kind, Deed.subject.in_(names)).order_by(Deed.id)
    for deed in db.scalars(asked):
        found.setdefault(deed.subject, []).append(deed)
    return found


def log(
    db: Session, *, before: int | None = None, kind: str | None = None, limit: int = 50
) -> Sequence[Deed]:
    """Return what was done, the latest first."""
    asked = select(Deed)
    if before is not None:
        asked = asked.where(Deed.id < before)
    if kind:
        asked = asked.where(Deed.kind == kind)
    return db.scalars(asked.order_by(Deed.id.desc()).limit(limit)).all()


def last(db: Session) -> int:
    """Return the number of the last deed; 0 before the first."""
    return db.execute(select(func.max(Deed.id))).scalar_one() or 0


def alerts_touched(db: Session, after: int) -> list[int]:
    """Return the alerts something was done to by deeds later than *after*, each once."""
    asked = select(Deed.subject).where(Deed.id > after, Deed.kind == "alert")
    return sorted({int(subject) for subject in db.scalars(asked)})


def _changed(alert: Alert, place: Handling, deed: str, now: datetime) -> bool:
    """Bring an alert to where *deed* has it; return whether it was not there before."""
    if deed == "note":
        return True
    undoes = deed in ("unack", "unstar", "restore")
    owner: Any = alert if deed in ("ack", "unack") else place
    name = {
        "ack": "acknowledged_at",
        "unack": "acknowledged_at",
        "star": "starred_at",
        "unstar": "starred_at",
    }.get(deed, "dismissed_at")
    if (getattr(owner, name) is None) == undoes:
        return False
    setattr(owner, name, None if undoes else now)
    return True
