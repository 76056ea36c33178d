"""Sites, health, people, channels and the log, for programs."""

from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException

from scheduler import connections
from scheduler.desk.api.endpoints import Asked, Endpoint, Parameter
from scheduler.desk.api.news import deed_json
from scheduler.desk.api.watching import BEFORE, LIMIT, OFFSET
from scheduler.desk.checking import Check
from scheduler.desk.rooms import people as people_room
from scheduler.desk.rooms import sites as room
from scheduler.desk.rooms.sites import Known
from storage import deeds, ledger, people, sites
from storage.models import Site
from storage.queries import moment

HOUR = timedelta(hours=1)


def me(asked: Asked) -> dict[str, Any]:
    """In whose name the token speaks, and what it may do."""
    return {"name": asked.actor.name, "role": asked.actor.role}


def listed(asked: Asked) -> list[dict[str, Any]]:
    """The catalogue with its state, by key."""
    ways = ledger.route_states(asked.db)
    known = list(room.everything(asked.db, asked.desk).values())
    shown = known[asked["offset"] :][: asked["limit"]]
    return [_site_json(site, ways.get(site.listed.key, [])) for site in shown]


def site(asked: Asked) -> dict[str, Any]:
    """One site, with the states it was in within a month and what was done to it."""
    known = _known(asked)
    key, since = known.listed.key, asked.desk.clock() - room.MONTH
    before = sites.conditions(asked.db, since=since, key=key).get(key, [])
    done = deeds.of(asked.db, "site", [key]).get(key, [])
    return _site_json(known, ledger.route_states(asked.db, key).get(key, [])) | {
        "conditions": ledger.history(before, asked.desk.clock())["conditions"],
        "deeds": [deed_json(deed) for deed in done],
    }


def change(asked: Asked) -> dict[str, Any]:
    """Turn a site on or off, or say how often it is asked from now on."""
    listed_, now, deed = _known(asked).listed, asked.desk.clock(), asked["deed"]
    detail: dict[str, Any] = {}
    if deed == "interval":
        detail = {"minutes": asked["minutes"] or 0}
        sites.pace(asked.db, listed_, timedelta(**detail), now=now)
    else:
        sites.turn(asked.db, listed_, enabled=deed == "enable", now=now)
    deeds.note(asked.db, asked.actor.name, deed, "site", listed_.key, now, **detail)
    asked.db.flush()
    return site(asked)


def check(asked: Asked) -> dict[str, Any]:
    """How far the last check of a site is."""
    key = _known(asked).listed.key
    found = asked.desk.checks.of(key)
    if found is None:
        raise HTTPException(404, f"{key}: nobody had it checked since the service started")
    return _check_json(found)


def begin_check(asked: Asked) -> dict[str, Any]:
    """Have each route of a site asked; nothing is kept."""
    key, now = _known(asked).listed.key, asked.desk.clock()
    before, found = asked.desk.checks.of(key), asked.desk.checks.begin(key, now)
    if found is None:
        raise HTTPException(503, "other checks are going on; ask again when one has ended")
    if found is not before:
        deeds.note(asked.db, asked.actor.name, "check", "site", key, now)
    return _check_json(found)


def health(asked: Asked) -> dict[str, Any]:
    """What `rasid status --json` says."""
    now = asked.desk.clock()
    return ledger.status(asked.db, now=now, since=now - asked["hours"] * HOUR)


def everybody(asked: Asked) -> list[dict[str, Any]]:
    """The people of the desk, by name."""
    presence = people.presence(asked.db)
    return [
        {
            "id": person.id,
            "name": person.name,
            "role": person.role,
            "active": person.active,
            "created_at": moment(person.created_at),
            "browsers": presence[person.id][0] if person.id in presence else 0,
            "last_seen_at": moment(presence[person.id][1] if person.id in presence else None),
        }
        for person in people.everybody(asked.db)
    ]


def channels(asked: Asked) -> list[dict[str, Any]]:
    """The channels as configured, without their addresses."""
    config = asked.desk.config
    return [connections.channel_json(config, name) for name in config.channels]


def log(asked: Asked) -> list[dict[str, Any]]:
    """What was done, the latest first."""
    found = deeds.log(asked.db, before=asked["before"], kind=asked["kind"], limit=asked["limit"])
    return [deed_json(deed) for deed in found]


def _known(asked: Asked) -> Known:
    key = asked.path["key"]
    found = asked.desk.sites().get(key)
    if found is None:
        raise HTTPException(404, f"there is no site {key!r}")
    return Known(found, asked.db.get(Site, key), sites.switched(asked.db).get(key))


def _site_json(site: Known, ways: list[dict[str, Any]]) -> dict[str, Any]:
    listed_, row = site.listed, site.row
    asked = {(way["type"], way["url"]): way for way in ways}
    never = {"state": "new", "reason": None, "last_ok_at": None}
    return {
        "key": listed_.key,
        "name": listed_.name,
        "url": listed_.url,
        "side": listed_.side,
        "language": listed_.language,
        "timezone": listed_.timezone,
        "enabled": site.enabled,
        "by_hand": site.by_hand,
        "state": site.state,
        "reason": site.reason,
        "state_since": moment(row.state_since if row else None),
        "interval_minutes": site.minutes,
        "last_success_at": moment(row.last_success_at if row else None),
        "last_new_at": moment(row.last_new_at if row else None),
        "next_due": moment(row.next_due if row else None),
        "yields": ledger.yields_json(row) if row else {},
        "routes": [
            {
                "type": route.type,
                "url": route.url,
                **{name: asked.get((route.type, route.url), never)[name] for name in never},
            }
            for route in listed_.routes
        ],
    }


def _check_json(found: Check) -> dict[str, Any]:
    return {
        "site": found.site,
        "began_at": moment(found.began_at),
        "ended": found.ended,
        "routes": found.routes,
        "report": found.report,
    }


_MINUTES = Parameter("minutes", "with interval", "number", least=room.SHORTEST, most=room.LONGEST)
ENDPOINTS = (
    Endpoint("/me", "In whose name you speak", "Me", me),
    Endpoint("/sites", "The catalogue with its state, by key", "[Site]", listed, (OFFSET, LIMIT)),
    Endpoint("/sites/{key}", "One site", "FullSite", site),
    Endpoint(
        "/sites/{key}",
        "Turn a site on or off, or say how often it is asked from now on",
        "FullSite",
        change,
        method="POST",
        role="admin",
        body=(
            Parameter("deed", "what is done", "choice", choices=("enable", "disable", "interval"),
                      required=True),
            _MINUTES,
        ),
    ),
    Endpoint("/sites/{key}/check", "How far its last check is", "Check", check),
    Endpoint("/sites/{key}/check", "Have it checked", "Check", begin_check, method="POST", role="admin"),
    Endpoint(
        "/health",
        "Sites, workers, channels and the ledger",
        "Health",
        health,
        (Parameter("hours", "sums of the last hours", "number", least=1, most=24 * 366, default=24),),
    ),
    Endpoint("/people", "Who may use the desk", "[Person]", everybody, role="admin"),
    Endpoint("/channels", "Where alerts go; without addresses", "[Channel]", channels, role="admin"),
    Endpoint(
        "/log",
        "Who did what, the latest first",
        "[Deed]",
        log,
        (Parameter("kind", "to what", "choice", choices=people_room.KINDS), BEFORE, LIMIT),
        role="admin",
    ),
)  # fmt: skip
