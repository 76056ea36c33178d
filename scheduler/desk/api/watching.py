"""Watches, what they found and how much of it over time, for programs."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from scheduler.desk.api.endpoints import Asked, Endpoint, Parameter
from scheduler.desk.rooms.trends import LONGEST
from scheduler.desk.standing import DAYS
from storage import ledger
from storage import trends as kept
from storage.models import Article, Match, Version, Watch
from storage.queries import moment, shown

LIMIT = Parameter("limit", "at most so many", "number", least=1, most=200, default=50)
OFFSET = Parameter("offset", "leave out the first so many", "number", most=10_000, default=0)
BEFORE = Parameter("before", "those with smaller numbers", "number")
SITE = Parameter("site", "of these sites", "list")
SIDE = Parameter("side", "of sites on this side")


def watches(asked: Asked) -> list[dict[str, Any]]:
    """The watches, by name."""
    chosen = select(Watch).order_by(Watch.name).offset(asked["offset"]).limit(asked["limit"])
    return _watches_json(asked, chosen)


def watch(asked: Asked) -> dict[str, Any]:
    """One watch."""
    number = asked.path["watch_id"]
    found = _watches_json(asked, select(Watch).where(Watch.id == number))
    if not found:
        raise HTTPException(404, f"there is no watch {number}")
    return found[0]


def found_by(asked: Asked) -> list[dict[str, Any]]:
    """What a watch found, the latest first."""
    name = watch(asked)["name"]
    found = matched().where(Watch.name == name)
    if asked["before"] is not None:
        found = found.where(Match.id < asked["before"])
    return matches_json(asked.db, found.order_by(Match.id.desc()).limit(asked["limit"]))


def trends(asked: Asked) -> dict[str, Any]:
    """How many articles watches found by day and site, and where they surged."""
    desk = asked.desk
    zone, sites = desk.config.zone, asked.selection().sites
    last = desk.clock().astimezone(zone).date()
    first = last - timedelta(days=asked["days"] - 1)
    begin = datetime.combine(first, time(), zone)
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "tallies": [
            {**tally._asdict(), "day": tally.day.isoformat(), "side": desk.side(tally.site)}
            for tally in desk.rhythms.of(first, last, zone)
            if asked["watch"] in (None, tally.watch) and (not sites or tally.site in sites)
        ],
        "surges": [
            {**surge._asdict(), "at": moment(surge.at)}
            for surge in kept.surges(asked.db, begin, watch=asked["watch"])
        ],
    }


def matched() -> Select[Match, str, int, bool]:
    """Return the statement that reads matches with the names of their watches, and what is shown."""
    return (
        select(Match, Watch.name, Version.number, shown())
        .join(Watch, Watch.id == Match.watch_id)
        .join(Article, Article.id == Match.article_id)
        .join(Version, Version.id == Match.version_id)
    )


def matches_json(db: Session, asked: Select[Match, str, int, bool]) -> list[dict[str, Any]]:
    """Return matches as JSON."""
    return [
        {
            "id": match.id,
            "watch": name,
            "article": match.article_id,
            "version": number,
            "spans": match.spans if is_shown else [],
            "matched_at": moment(match.matched_at),
            "outcome": match.outcome,
            "alert": match.alert_id,
        }
        for match, name, number, is_shown in db.execute(asked)
    ]


def _watches_json(asked: Asked, wanted: Select[Watch]) -> list[dict[str, Any]]:
    db, now = asked.db, asked.desk.clock()
    rows = list(db.scalars(wanted))
    found = kept.latest(db)
    return [
        {
            "id": each.id,
            "name": each.name,
            "query": each.query,
            "settings": each.settings,
            "active": each.active,
            "created_at": moment(each.created_at),
            "changed_at": moment(each.changed_at),
            "last_match": moment(found[each.name].matched_at if each.name in found else None),
            "muted": ledger.mute_json(each, now),
            "feed": f"/watches/{each.id}.atom",
        }
        for each in rows
    ]


ENDPOINTS = (
    Endpoint("/watches", "The watches, by name", "[Watch]", watches, (OFFSET, LIMIT)),
    Endpoint("/watches/{watch_id}", "One watch", "Watch", watch),
    Endpoint("/watches/{watch_id}/matches", "What it found, the latest first", "[Match]", found_by,
             (BEFORE, LIMIT)),
    Endpoint(
        "/trends",
        "How much watches found by day and site, copies apart",
        "Trends",
        trends,
        (
            Parameter("watch", "of this watch"),
            SITE,
            SIDE,
            Parameter("days", "up to today", "number", least=1, most=LONGEST, default=DAYS),
        ),
    ),
)  # fmt: skip
