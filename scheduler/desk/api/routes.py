"""From a request to an answer: rights, rate, what is asked, the answer or what is wrong."""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from scheduler.desk.api.endpoints import Asked, Endpoint, read_address, read_body
from scheduler.desk.api.spec import BASE, ENDPOINTS, document
from scheduler.desk.guard import actor
from scheduler.desk.page import desk_of
from storage.database import reading, session
from storage.errors import InputError

# So many requests a minute in one name; a program that wants more is told when to come again.
RATE = 300
MINUTE = timedelta(minutes=1)
REMEMBERED = 10_000


@dataclass(slots=True)
class Rate:
    """Counts requests by name, minute by minute. Safe to use from several threads."""

    _counts: OrderedDict[str, tuple[datetime, int]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, name: str, now: datetime) -> timedelta | None:
        """Count a request; return how long to wait where there were too many."""
        with self._lock:
            began, count = self._counts.pop(name, (now, 0))
            if not timedelta(0) <= now - began < MINUTE:
                began, count = now, 0
            self._counts[name] = (began, count + 1)
            while len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)
        return began + MINUTE - now if count >= RATE else None


def routes() -> list[BaseRoute]:
    """Return the routes of the API, one for each endpoint and one for what they are."""
    rate = Rate()
    made: list[BaseRoute] = [Route(f"{BASE}/openapi.json", _document, methods=["GET"])]
    for path in dict.fromkeys(endpoint.path for endpoint in ENDPOINTS):
        there = {str(each.method): each for each in ENDPOINTS if each.path == path}
        made.append(Route(_typed(path), _room(there, rate), methods=list(there)))
    return made


def _typed(path: str) -> str:
    return BASE + re.sub(r"{(\w+_id)}", r"{\1:number}", path)


def _document(_request: Request) -> Response:
    return JSONResponse(document())


def _room(endpoints: Mapping[str, Endpoint], rate: Rate) -> Any:
    def room(request: Request) -> Response:
        endpoint = endpoints["GET" if request.method == "HEAD" else request.method]
        wait = rate.wait(actor(request).name, desk_of(request).clock())
        if wait is not None:
            after = {"Retry-After": str(int(wait.total_seconds()) + 1)}
            raise HTTPException(429, f"more than {RATE} requests a minute", headers=after)
        if not actor(request).may(endpoint.role):
            raise HTTPException(403, f"this needs the role {endpoint.role}")
        return JSONResponse(_answer(request, endpoint))

    return room


def _answer(request: Request, endpoint: Endpoint) -> Any:
    desk = desk_of(request)
    values = read_address(endpoint, request.query_params, desk)
    if endpoint.method == "POST":
        values |= read_body(endpoint, _body(request, endpoint), desk)
    begin = reading if endpoint.method == "GET" else session
    with begin(desk.engine) as db:
        found = endpoint.call(Asked(desk, db, actor(request), request.path_params, values))
    if not endpoint.pages:
        return found
    return {"items": found, "next": _next(request, values, found)}


def _body(request: Request, endpoint: Endpoint) -> Any:
    sent: bytes = request.state.body
    if not sent and not endpoint.body:
        return {}
    try:
        return json.loads(sent)
    except (ValueError, RecursionError):
        raise InputError("the body is no JSON") from None


def _next(request: Request, values: dict[str, Any], found: list[dict[str, Any]]) -> str | None:
    """Return the address of the page after a full one; None where there is none."""
    if "limit" not in values or len(found) < values["limit"]:
        return None
    if "offset" in values:
        step = {"offset": values["offset"] + values["limit"]}
    else:
        # Upwards where one asks for what came after, downwards from the newest otherwise.
        name = "after" if values.get("after") is not None or "before" not in values else "before"
        number = max if name == "after" else min
        step = {name: number(each["id"] for each in found)}
    said = [pair for pair in request.query_params.multi_items() if pair[0] not in step]
    return f"{request.url.path}?{urlencode([*said, *step.items()])}"
