"""What persons said of articles: these carry one text, those do not. It stands above the rule."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from storage.models import Ruling


@dataclass(frozen=True, slots=True)
class Said:
    """With which articles one article is to stand, and with which it is not."""

    together: frozenset[int] = frozenset()
    apart: frozenset[int] = frozenset()


NOTHING = Said()


def of(db: Session, article_id: int) -> Said:
    """Return what was said of one article."""
    rulings = among(db, [article_id])
    others: dict[bool, set[int]] = {True: set(), False: set()}
    for ruling in rulings:
        others[ruling.together].add(_other(ruling, article_id))
    return Said(frozenset(others[True]), frozenset(others[False]))


def among(db: Session, article_ids: Collection[int]) -> list[Ruling]:
    """Return all that was said of any of these articles."""
    about = or_(Ruling.one_id.in_(article_ids), Ruling.other_id.in_(article_ids))
    statement = select(Ruling).where(about).order_by(Ruling.one_id, Ruling.other_id)
    return list(db.scalars(statement))


def say(
    db: Session, ones: Collection[int], others: Collection[int], *, together: bool, now: datetime
) -> None:
    """Note of each of *ones* and each of *others* whether they belong together.

    The last word counts: what was said of two of them before is forgotten.
    """
    pairs = {(min(pair), max(pair)) for pair in product(ones, others) if pair[0] != pair[1]}
    ids = {*ones, *others}
    for ruling in among(db, ids):
        if (ruling.one_id, ruling.other_id) in pairs:
            db.delete(ruling)
    db.flush()
    db.add_all(
        Ruling(one_id=one, other_id=other, together=together, said_at=now) for one, other in pairs
    )
    db.flush()


def reconcile(db: Session, article_ids: Collection[int]) -> None:
    """Forget that any of these were apart: they have been brought together."""
    within = Ruling.one_id.in_(article_ids), Ruling.other_id.in_(article_ids)
    db.execute(delete(Ruling).where(*within, Ruling.together.is_(False)))


def _other(ruling: Ruling, article_id: int) -> int:
    return ruling.other_id if ruling.one_id == article_id else ruling.one_id
