"""Atom feeds of alerts, of all and of each watch: what the channel `atom:` writes, asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scheduler.channels import atom
from scheduler.desk.page import desk_of
from storage import outbox, stream
from storage.database import reading
from storage.models import Watch
from storage.queries import moment
from storage.stream import Chosen


def everything(request: Request) -> Response:
    """The newest alerts of all watches."""
    desk = desk_of(request)
    with reading(desk.engine) as db:
        return _feed(db, "Rasid", None, desk.clock())


def watch(request: Request) -> Response:
    """The newest alerts of one watch."""
    with reading(desk_of(request).engine) as db:
        found = db.get(Watch, request.path_params["watch_id"])
        if found is None:
            raise HTTPException(404)
        return _feed(db, found.name, found.name, found.created_at)


def _feed(db: Session, title: str, watch: str | None, since: datetime) -> Response:
    """Return the feed; one without alerts was last changed *since*."""
    found = stream.page(db, Chosen(state="all", watch=watch), limit=atom.NEWEST)
    alerts: list[dict[str, Any]] = [outbox.alert_json(entry) for entry in found]
    updated = str(alerts[0]["created_at"] if alerts else moment(since))
    document = atom.feed(title, [atom.entry(alert) for alert in alerts], updated)
    return Response(document, media_type="application/atom+xml")
