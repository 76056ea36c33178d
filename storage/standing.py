"""How much was read, so that silence means silence: the facts of a card."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import ledger
from storage.models import Alert, Match, Run, Site, Version
from storage.queries import moment

# A version that waits longer than this for the watches is not evaluated in time.
WAITING = timedelta(minutes=10)


def standing(
    db: Session, *, since: datetime, now: datetime, only: Collection[str] = ()
) -> dict[str, Any]:
    """Return what was done from *since* on: sites reached, articles read, versions evaluated, …

    *only* names the sites that are crawled, where not all enabled ones are.
    """
    sites = [
        site
        for site in db.scalars(select(Site).where(Site.enabled, ~Site.imported))
        if not only or site.key in only
    ]
    missed = [
        site.name or site.key
        for site in sites
        if site.last_success_at is None or site.last_success_at < since
    ]
    articles = db.scalar(select(func.sum(Run.fetched)).where(Run.started_at >= since)) or 0
    evaluated = db.scalar(select(func.count()).where(Version.matched_at >= since)) or 0
    versions = ledger.version_sums(db)
    late = db.scalar(
        select(func.count()).where(Version.matched_at.is_(None), Version.seen_at < now - WAITING)
    )
    silent = [each["worker"] for each in ledger.workers(db, now=now) if each["state"] == "silent"]
    return {
        "since": moment(since),
        "until": moment(now),
        "sites": {"enabled": len(sites), "reached": len(sites) - len(missed), "missed": missed},
        "articles": articles,
        "versions": {"evaluated": evaluated, "waiting": versions["waiting"], "late": late or 0},
        "matches": db.scalar(select(func.count()).where(Match.matched_at >= since)) or 0,
        "alerts": db.scalar(select(func.count()).where(Alert.created_at >= since)) or 0,
        "silent_workers": silent,
        "last_matches": _last_matches(db, now),
    }


def _last_matches(db: Session, now: datetime) -> list[dict[str, Any]]:
    """When each active watch last found something, the longest silent first."""
    told = [(each["last_match"] or "", each["watch"]) for each in ledger.watches(db, now=now)]
    return [{"watch": name, "at": at or None} for at, name in sorted(told)]
