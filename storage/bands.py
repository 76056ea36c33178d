"""The keys by which articles with like texts find each other, written and looked up."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from storage import fingerprint
from storage.database import write_rows
from storage.models import Article, Band, Version

# So many keys are asked for in one statement.
BATCH = 5_000

_TAKEN = select(Band.key).where(Band.key.in_(bindparam("keys", expanding=True))).distinct()


def keys_of(headline: str, body: str) -> set[int]:
    """Return the keys by which a text is found by others that may be copies of it."""
    key = fingerprint.title_key(headline)
    return {*fingerprint.bands(headline, body), *([] if key is None else [key])}


def write(db: Session, keys: Sequence[tuple[int, Collection[int]]]) -> None:
    """Write the keys of articles that have none yet: pairs of an article's number and its keys."""
    rows = [{"key": key, "article_id": number} for number, own in keys for key in sorted(own)]
    write_rows(db, Band, rows)


def replace(db: Session, article: Article, keys: Collection[int]) -> None:
    """Write the keys by which later articles find this one, in place of those of older text."""
    older = db.execute(
        select(Version.headline, Version.body).where(
            Version.article_id == article.id, Version.number == article.version_number - 1
        )
    ).one_or_none()
    wanted = set(keys)
    both = wanted | keys_of(*older) if older else wanted
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
