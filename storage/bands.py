"""The keys by which articles with like texts find each other, written and looked up."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from storage.database import write_rows
from storage.fingerprint import folded, keys_of
from storage.models import Article, Band, Version

# So many keys are asked for in one statement.
BATCH = 5_000

_TAKEN = select(Band.key).where(Band.key.in_(bindparam("keys", expanding=True))).distinct()


def write(db: Session, keys: Sequence[tuple[int, Collection[int]]]) -> None:
    """Write the keys of articles that have none yet: pairs of an article's number and its keys."""
    write_rows(db, Band, rows_of(keys))


def rows_of(keys: Iterable[tuple[int, Collection[int]]]) -> list[dict[str, int]]:
    """Return the rows that say the same."""
    return [{"key": key, "article_id": number} for number, own in keys for key in sorted(own)]


def replace(db: Session, article: Article, keys: Collection[int]) -> None:
    """Write the keys by which later articles find this one, in place of those of older text."""
    older = db.execute(
        select(Version.headline, Version.body).where(
            Version.article_id == article.id, Version.number == article.version_number - 1
        )
    ).one_or_none()
    wanted = set(keys)
    both = wanted | keys_of(folded(*older)) if older else wanted
    mine = Band.article_id == article.id
    known = set(db.scalars(select(Band.key).where(Band.key.in_(both), mine)))
    db.execute(delete(Band).where(Band.key.in_(known - wanted), mine))
    write(db, [(article.id, wanted - known)])


def taken(db: Session, keys: Collection[int]) -> set[int]:
    """Return those of *keys* by which some article is found."""
    asked = sorted(keys)
    found = set[int]()
    for start in range(0, len(asked), BATCH):
        found.update(db.scalars(_TAKEN, {"keys": asked[start : start + BATCH]}))
    return found
