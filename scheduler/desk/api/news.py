"""Alerts, articles and search, for programs."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, get_args

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from scheduler import articles, explaining, searching
from scheduler.desk.api.endpoints import Asked, Endpoint, Parameter
from scheduler.desk.api.watching import (
    BEFORE,
    LIMIT,
    OFFSET,
    SIDE,
    SITE,
    matched,
    matches_json,
)
from scheduler.desk.rooms import search as room
from scheduler.searching import Search
from storage import deeds, outbox, queries, stream
from storage.desk_tables import Deed
from storage.models import Match, Watch
from storage.outbox import Entry
from storage.queries import Found, moment
from storage.stream import Chosen

AFTER = Parameter("after", "those with larger numbers", "number")
SINCE = Parameter("since", "from this time on: 2026-11-23, 36h, 7d, today", "time")
UNTIL = Parameter("until", "up to this time; a day counts whole", "time", ends=True)
QUERY = Parameter("q", "a query, as in a watch", required=True)
# What is read of a text that an explanation is asked for.
EXPLAINED = 30_000


def alerts(asked: Asked) -> list[dict[str, Any]]:
    """The chosen alerts, the newest first."""
    selection = asked.selection()
    chosen = Chosen(
        state=asked["state"],
        watch=asked["watch"],
        sites=selection.sites or None,
        priority=asked["priority"],
        since=selection.since,
        until=selection.until,
    )
    found = stream.page(
        asked.db, chosen, before=asked["before"], after=asked["after"], limit=asked["limit"]
    )
    return alerts_json(asked.db, found)


def alert(asked: Asked) -> dict[str, Any]:
    """One alert, with its deliveries."""
    number = asked.path["alert_id"]
    entries = outbox.entries(asked.db, [number])
    if not entries:
        raise HTTPException(404, f"there is no alert {number}")
    [said] = alerts_json(asked.db, entries)
    told = outbox.deliveries(asked.db, [number]).get(number, [])
    return said | {"deliveries": [outbox.delivery_json(each) for each in told]}


def handle(asked: Asked) -> dict[str, Any]:
    """Acknowledge, star, dismiss or note one alert."""
    number = asked.path["alert_id"]
    if not outbox.entries(asked.db, [number]):
        raise HTTPException(404, f"there is no alert {number}")
    now, text = asked.desk.clock(), asked["text"] or ""
    deeds.handle(asked.db, asked.actor.name, asked["deed"], [number], now, text)
    asked.db.flush()
    return alert(asked)


def alerts_json(db: Session, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return alerts as JSON, with what was done to them."""
    ids = [entry.alert.id for entry in entries]
    copies, standing = outbox.copies(db, ids), deeds.handlings(db, ids)
    done = deeds.of(db, "alert", ids)
    found = []
    for entry in entries:
        number = entry.alert.id
        place = standing.get(number)
        found.append(
            outbox.alert_json(entry, copies.get(number, ()))
            | {
                "starred_at": moment(place.starred_at if place else None),
                "dismissed_at": moment(place.dismissed_at if place else None),
                "deeds": [deed_json(deed) for deed in done.get(str(number), ())],
            }
        )
    return found


def deed_json(deed: Deed) -> dict[str, Any]:
    """Return something a person did as JSON."""
    return {
        "id": deed.id,
        "at": moment(deed.at),
        "who": deed.who,
        "deed": deed.deed,
        "kind": deed.kind,
        "subject": deed.subject,
        "detail": deed.detail,
    }


def listed(asked: Asked) -> list[dict[str, Any]]:
    """The selected articles by number, from one on: a program that asks again misses none."""
    rows = queries.after(asked.db, asked.selection(), asked["after"] or 0, asked["limit"])
    return [queries.article_json(row) for row in rows]


def article(asked: Asked) -> dict[str, Any]:
    """One article, with its copies, and who had the text first."""
    return articles.card(asked.db, _article(asked).article.id)


def versions(asked: Asked) -> list[dict[str, Any]]:
    """Every version of an article, from the first on."""
    return [queries.version_json(*each) for each in queries.history(asked.db, _article(asked))]


def changes(asked: Asked) -> dict[str, Any]:
    """What changed between two versions of an article; without numbers, between the last two."""
    row = _article(asked)
    number, last = row.article.id, row.article.version_number
    new = last if asked["to"] is None else asked["to"]
    old = max(new - 1, 1) if asked["from"] is None else asked["from"]
    return articles.changes(asked.db, number, old, new)


def matches(asked: Asked) -> list[dict[str, Any]]:
    """Which watches found an article, where, and what came of it."""
    number = _article(asked).article.id
    found = matched().where(Match.article_id == number).order_by(Watch.name, Match.id)
    return matches_json(asked.db, found)


def verdict(asked: Asked) -> dict[str, Any]:
    """What `rasid verify` says of an article's current version."""
    # Reading a page again takes the extractor, which is slow to load.
    from scheduler import proofs, verifying

    number, desk = _article(asked).article.id, asked.desk
    if desk.config.captures is None:
        raise HTTPException(404, "no captures are kept here")
    claim = proofs.of_articles(asked.db, [number])[-1]
    return verifying.verify(claim, verifying.Folder(desk.config.captures), desk.sites()).as_json()


def explain(asked: Asked) -> dict[str, Any]:
    """Why a query does, or does not, match an article's headline and its body."""
    packs, version = asked.desk.packs(), _article(asked).version
    texts = {"headline": version.headline, "body": version.body}
    return {
        name: explaining.explain(asked["q"], text[:EXPLAINED], field=name, packs=packs).json()
        for name, text in texts.items()
    }


def search(asked: Asked) -> list[dict[str, Any]]:
    """Articles whose current text matches a query, with where it does."""
    hits = searching.page(
        asked.db,
        _search(asked),
        asked.selection(),
        limit=asked["limit"],
        offset=asked["offset"],
        order=asked["order"],
    )
    return [searching.hit_json(hit) for hit in hits]


def facets(asked: Asked) -> dict[str, Any]:
    """How the results of a search spread, counted over the newest of them."""
    counted = room.Facets()
    hits = searching.hits(asked.db, _search(asked), asked.selection(), order="newest")
    for hit in islice(hits, room.COUNTED):
        counted.add(hit, asked.desk)
    months = {f"{year}-{month:02}": count for (year, month), count in counted.months.items()}
    return {
        "counted": counted.counted,
        "full": counted.counted == room.COUNTED,
        "sites": _ordered(counted.sites),
        "sides": _ordered(counted.sides),
        "sections": _ordered(counted.sections),
        "months": dict(sorted(months.items())),
        "days": {day.isoformat(): count for day, count in sorted(counted.days.items())},
    }


def _article(asked: Asked) -> Found:
    number: int = asked.path["article_id"]
    row = queries.find(asked.db, number)
    if row is None:
        raise HTTPException(404, f"there is no article {number}")
    return row


def _search(asked: Asked) -> Search:
    return searching.compiled(asked["q"], packs=asked.desk.packs())


def _ordered(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


_SELECTED = (SITE, SIDE, SINCE, UNTIL)
ENDPOINTS = (
    Endpoint(
        "/alerts",
        "Alerts, the newest first",
        "[Alert]",
        alerts,
        (
            Parameter("state", "open: not dismissed; waiting: nor acknowledged", "choice",
                      choices=get_args(stream.State), default="open"),
            Parameter("watch", "of this watch"),
            Parameter("priority", "of this one", "choice", choices=("high", "normal", "low")),
            *_SELECTED, BEFORE, AFTER, LIMIT,
        ),
    ),
    Endpoint("/alerts/{alert_id}", "One alert, with its deliveries", "ToldAlert", alert),
    Endpoint(
        "/alerts/{alert_id}",
        "Acknowledge, star, dismiss or note an alert",
        "ToldAlert",
        handle,
        method="POST",
        role="editor",
        body=(
            Parameter("deed", "what is done", "choice", choices=deeds.ALERT_DEEDS, required=True),
            Parameter("text", "of a note"),
        ),
    ),
    Endpoint("/articles", "Articles by number, from one on", "[Article]", listed,
             (*_SELECTED, AFTER, LIMIT)),
    Endpoint("/articles/{article_id}", "One article, with its copies", "Card", article),
    Endpoint("/articles/{article_id}/versions", "Its versions, from the first on", "[Version]", versions),
    Endpoint(
        "/articles/{article_id}/changes",
        "What changed between two of its versions",
        "Changes",
        changes,
        (
            Parameter("from", "the older version; the one before", "number", least=1, most=10**6),
            Parameter("to", "the newer version; the last one", "number", least=1, most=10**6),
        ),
    ),
    Endpoint("/articles/{article_id}/matches", "Which watches found it", "[Match]", matches),
    Endpoint("/articles/{article_id}/verdict", "Whether its capture proves it", "Verdict", verdict),
    Endpoint("/articles/{article_id}/explain", "Why a query matches it, or not", "Explanations",
             explain, (QUERY,)),
    Endpoint(
        "/search",
        "Articles whose current text matches a query",
        "[Hit]",
        search,
        (
            QUERY,
            *_SELECTED,
            Parameter("order", "which come first", "choice", choices=("newest", "best"), default="newest"),
            OFFSET, LIMIT,
        ),
    ),
    Endpoint("/search/facets", "How the results spread", "Facets", facets, (QUERY, *_SELECTED)),
)  # fmt: skip
