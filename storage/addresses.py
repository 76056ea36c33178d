"""The addresses sites announced, and what became of each.

The archive is the frontier: an address is written down as `seen` before it is
fetched and settled in the transaction that keeps its article, so a killed
worker leaves work, never a gap.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from storage.models import Address, Alias, Article, Version

# An address is given up after so many failed tries, this long apart.
TRIES = 5
RETRY_AFTER = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
# When an article is looked at again for corrections, counted from when it was first kept.
RECHECK_AFTER = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72))
# When an article that is found gone is looked for once more, where no look is ahead.
CONFIRM_AFTER = timedelta(hours=24)

# Answers that say an article is no longer there.
GONE = frozenset({"http_404", "http_410"})
# The reason of a kept address whose article is read at another one.
ALIAS = "alias"

Verdict = Literal["fetch", "known", "wait"]

# WordPress's short link, in compared form.
SHORTLINK = re.compile(r"\?p=(\d{1,15})$")

# SQLite takes 32,766 parameters in one statement, PostgreSQL 65,535.
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Announced:
    """An address as a route announced it.

    *listed_hash* is `type:hash`; the hash changes when what the route says does.
    """

    key: str
    url: str
    listed_hash: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An address to fetch, with what makes the request conditional."""

    key: str
    url: str
    etag: str | None = None
    last_modified: str | None = None
    # Of an article looked at again: its number where its site runs WordPress, if its text
    # was told by the REST route.
    post: int | None = None


def sift(
    db: Session, site: str, announced: Sequence[Announced], *, now: datetime
) -> dict[str, Verdict]:
    """Write down what a route announced; return for each key what is to be done with it.

    `fetch`: new, or what is said of it has changed. `known`: nothing to do.
    `wait`: it failed not long ago and is tried again later.
    """
    keys = [entry.key for entry in announced]
    known = rows(db, keys)
    articles = _articles(db, [key for key in keys if key not in known])
    verdicts: dict[str, Verdict] = {}
    for entry in announced:
        row = known.get(entry.key)
        if row is None:
            row = _write(db, site, entry, articles.get(entry.key), now)
            known[entry.key] = row
            verdicts[entry.key] = "known" if row.state == "kept" else "fetch"
        else:
            verdicts.setdefault(entry.key, _verdict(row, entry, now))
            row.last_seen_at = now
    db.flush()
    return verdicts


def queue(
    db: Session, site: str, announced: Sequence[Announced], *, whole: bool, now: datetime
) -> dict[str, Verdict]:
    """Write down what a backfill found; return for each key what is to be done with it.

    What is new is `queued`, out of the way of the polls. *whole*: the articles are at
    hand, so `fetch` costs nothing and is said of whatever is not kept as it is told.
    """
    keys = [entry.key for entry in announced]
    known = rows(db, keys)
    articles = _articles(db, [key for key in keys if key not in known])
    verdicts: dict[str, Verdict] = {}
    for entry in announced:
        row = known.get(entry.key)
        if row is None:
            row = known[entry.key] = _write(db, site, entry, articles.get(entry.key), now)
            row.state = "queued" if row.state == "seen" else row.state
        told = row.state == "kept" and (
            row.listed_hash == entry.listed_hash
            or _told_by(row.listed_hash) != _told_by(entry.listed_hash)
        )
        wanted = not told if whole else row.state == "queued"
        verdicts[entry.key] = "fetch" if wanted else "known"
    db.flush()
    return verdicts


def queued(db: Session, site: str, *, limit: int) -> list[Waiting]:
    """Return addresses that a backfill found and nobody fetched yet, in the order found."""
    found = db.scalars(
        select(Address)
        .where(Address.site_key == site, Address.state == "queued")
        .order_by(Address.first_seen_at, Address.key)
        .limit(limit)
    )
    return [Waiting(row.key, row.url) for row in found]


def published(db: Session, keys: Sequence[str]) -> dict[str, datetime | None]:
    """Return when the articles at *keys* came out, of those that are kept."""
    statement = (
        select(Address.key, Article.published_at)
        .join(Article, Article.id == Address.article_id)
        .where(Address.key.in_(keys))
    )
    return dict(db.execute(statement).all())


def rows(db: Session, keys: Sequence[str]) -> dict[str, Address]:
    """Return what is known of *keys*; while it is held, each is had without a look into the archive."""
    found: dict[str, Address] = {}
    for batch in _batches(keys):
        found.update(
            (row.key, row) for row in db.scalars(select(Address).where(Address.key.in_(batch)))
        )
    return found


def waiting(db: Session, site: str, *, now: datetime, limit: int) -> list[Waiting]:
    """Return addresses that were announced earlier and never settled, oldest first."""
    found = db.scalars(
        select(Address)
        .where(Address.site_key == site, Address.state == "seen")
        .where(Address.not_before.is_(None) | (Address.not_before <= now))
        .order_by(Address.first_seen_at, Address.key)
        .limit(limit)
    )
    return [Waiting(row.key, row.url, row.etag, row.last_modified) for row in found]


def rechecks(db: Session, site: str, *, now: datetime, limit: int) -> list[Waiting]:
    """Return articles that are due to be looked at again for corrections."""
    due = select(Address).where(Address.site_key == site, Address.recheck_at <= now)
    return _looks(db, due.order_by(Address.recheck_at).limit(limit))


def recent(db: Session, site: str, *, since: datetime, limit: int) -> list[Waiting]:
    """Return the articles first seen from *since* on, the newest first, due to be looked at or not."""
    kept = select(Address).where(
        Address.site_key == site,
        Address.state == "kept",
        Address.first_seen_at >= since,
        Address.article_id.is_not(None),
        Address.reason.is_(None),
    )
    return _looks(db, kept.order_by(Address.first_seen_at.desc(), Address.key).limit(limit))


def _looks(db: Session, statement: Select[Address]) -> list[Waiting]:
    found = db.scalars(statement).all()
    posts = _posts(db, [row.article_id for row in found if row.article_id is not None])
    return [
        Waiting(row.key, row.url, row.etag, row.last_modified, posts.get(row.article_id or 0))
        for row in found
    ]


def _posts(db: Session, article_ids: Sequence[int]) -> dict[int, int]:
    """Return the WordPress numbers of the articles whose current text REST told."""
    current = select(Version.article_id, Version.provenance).join(
        Article, (Version.article_id == Article.id) & (Version.number == Article.version_number)
    )
    told = {
        article_id
        for article_id, provenance in db.execute(current.where(Article.id.in_(article_ids)))
        if provenance.get("body") == "route:wordpress"
    }
    found: dict[int, int] = {}
    for names in (
        select(Alias.article_id, Alias.url_key).where(Alias.article_id.in_(told)),
        # Where a site's articles go by their numbers.
        select(Article.id, Article.url_key).where(Article.id.in_(told)),
    ):
        for article_id, key in db.execute(names):
            number = SHORTLINK.search(key)
            if number:
                found[article_id] = int(number[1])
    return found


def settle_kept(
    db: Session,
    key: str,
    *,
    article_id: int,
    now: datetime,
    listed_hash: str | None = None,
    etag: str | None = None,
    last_modified: str | None = None,
    own: bool = True,
    after: Sequence[timedelta] = RECHECK_AFTER,
) -> None:
    """Acknowledge *key*: it is the article *article_id*, to be looked at again in time.

    Not *own*: it is one more address of an article that is read elsewhere. Where its
    route says something new of it, that address is looked at again.
    """
    row = db.get(Address, key)
    if row is None:
        return
    listed_anew = row.state == "kept"
    row.state, row.article_id = "kept", article_id
    row.tries, row.not_before = 0, None
    row.listed_hash = listed_hash or row.listed_hash
    row.etag, row.last_modified = etag, last_modified
    row.reason = None if own else ALIAS
    if own:
        _plan_recheck(row, now, after)
        return
    row.recheck_at = None
    if listed_anew:
        for other in _others(db, row, alias=False):
            other.recheck_at = now


def settle_unchanged(
    db: Session, key: str, *, now: datetime, after: Sequence[timedelta] = RECHECK_AFTER
) -> None:
    """Acknowledge that the server answered 304 for *key*: the article is there as it was."""
    row = db.get(Address, key)
    if row is None:
        return
    row.tries = 0
    _plan_recheck(row, now, after)
    article = db.get(Article, row.article_id) if row.article_id is not None else None
    if article is not None:
        article.gone_at = article.gone_reason = None


def settle_refused(
    db: Session,
    key: str,
    reason: str,
    *,
    now: datetime,
    after: Sequence[timedelta] = RECHECK_AFTER,
) -> None:
    """Acknowledge *key*: it is no article, or may not be fetched, and is not asked for again.

    An article that was kept stays kept, with all its versions; where the server says that
    it is no longer there, that is written to it.
    """
    row = db.get(Address, key)
    if row is None:
        return
    if row.state == "kept":
        row.tries = 0
        _plan_recheck(row, now, after)
        if reason in GONE:
            _lose(db, row, reason, now)
        return
    row.state, row.reason, row.not_before = "refused", reason, None


def _lose(db: Session, row: Address, reason: str, now: datetime) -> None:
    """Write down that a kept address answers as one that is no longer there."""
    article = db.get(Article, row.article_id) if row.article_id is not None else None
    if article is None or row.reason is not None:
        return
    others = _others(db, row, alias=True)
    if others:
        # The article is read at another of its addresses from now on.
        row.reason, row.recheck_at = reason, None
        others[0].reason, others[0].recheck_at = None, now
        article.url = others[0].url
        return
    if article.gone_at is None:
        article.gone_at, article.gone_reason = now, reason
        # A page may be missing for an hour; one look more tells.
        row.recheck_at = row.recheck_at or now + CONFIRM_AFTER


def _others(db: Session, row: Address, *, alias: bool) -> Sequence[Address]:
    """Return the other kept addresses of the article at *row*: where it is read, or aliases."""
    kept = select(Address).where(
        Address.article_id == row.article_id, Address.state == "kept", Address.key != row.key
    )
    named = Address.reason == ALIAS if alias else Address.reason.is_(None)
    return db.scalars(kept.where(named).order_by(Address.first_seen_at, Address.key)).all()


def settle_failed(
    db: Session,
    key: str,
    reason: str,
    *,
    now: datetime,
    after: Sequence[timedelta] = RECHECK_AFTER,
    counted: bool = True,
) -> None:
    """Write down that *key* could not be fetched: tried again later, given up after TRIES.

    An article that was kept stays kept; what is given up is only this look at it. Where it is
    not *counted*, because the whole host was down, no try is used up.
    """
    row = db.get(Address, key)
    if row is None:
        return
    if not counted and row.state == "seen":
        row.reason, row.not_before = reason, now + RETRY_AFTER[min(row.tries, len(RETRY_AFTER) - 1)]
        return
    row.tries += 1
    if row.state == "kept":
        _plan_recheck(row, now, after)
        # No look is ahead that would make up for this one.
        if row.recheck_at is None and row.tries < TRIES:
            row.recheck_at = now + RETRY_AFTER[row.tries - 1]
        return
    row.reason = reason
    if row.tries >= TRIES:
        row.state, row.not_before = "failed", None
    else:
        row.state, row.not_before = "seen", now + RETRY_AFTER[row.tries - 1]


def _verdict(row: Address, entry: Announced, now: datetime) -> Verdict:
    if row.state == "queued":
        # A poll found it too, and has the first word.
        row.state = "seen"
    if row.state == "seen":
        return "fetch" if row.not_before is None or row.not_before <= now else "wait"
    if row.listed_hash == entry.listed_hash:
        return "known"
    # A feed and a section page tell the same article differently; that is no change.
    comparable = _told_by(row.listed_hash) == _told_by(entry.listed_hash)
    row.listed_hash = entry.listed_hash
    if not comparable:
        return "known"
    # Written down before it is fetched, as a new address is: a worker killed in between
    # would leave a correction that no route ever names again.
    if row.state == "kept":
        row.recheck_at = now
    else:
        row.state, row.tries, row.not_before = "seen", 0, None
    return "fetch"


def _told_by(listed_hash: str | None) -> str | None:
    return listed_hash.partition(":")[0] if listed_hash else None


def _write(
    db: Session, site: str, entry: Announced, article_id: int | None, now: datetime
) -> Address:
    row = Address(
        key=entry.key,
        site_key=site,
        url=entry.url,
        state="seen" if article_id is None else "kept",
        first_seen_at=now,
        last_seen_at=now,
        listed_hash=entry.listed_hash,
        article_id=article_id,
        tries=0,
        rechecks=0,
    )
    db.add(row)
    return row


def _plan_recheck(row: Address, now: datetime, after: Sequence[timedelta]) -> None:
    # Counted from the first sight, so that a late look does not push the others back.
    ahead = [
        (number, row.first_seen_at + wait)
        for number, wait in enumerate(after)
        if row.first_seen_at + wait > now
    ]
    row.rechecks, row.recheck_at = ahead[0] if ahead else (len(after), None)


def _articles(db: Session, keys: Sequence[str]) -> dict[str, int]:
    """Return the articles that already go by one of *keys*, from an import or under an alias."""
    known: dict[str, int] = {}
    for batch in _batches(keys):
        for table in (
            select(Alias.url_key, Alias.article_id).where(Alias.url_key.in_(batch)),
            select(Article.url_key, Article.id).where(Article.url_key.in_(batch)),
        ):
            known.update((key, article_id) for key, article_id in db.execute(table))
    return known


def _batches(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(keys), BATCH):
        yield keys[start : start + BATCH]
