"""Health: whether sites, workers and channels work, and whether the books close."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from scheduler.desk.page import desk_of, page
from storage import ledger
from storage.database import reading

# As `rasid status` sums up.
HOURS = 24


def room(request: Request) -> Response:
    """The state of everything, the sites that need a look first."""
    desk = desk_of(request)
    now = desk.clock()
    with reading(desk.engine) as db:
        said = ledger.status(db, now=now, since=now - timedelta(hours=HOURS))
    only = desk.config.crawl.only
    crawled = [
        site
        for site in said["sites"]
        if not site["imported"]
        and (site["enabled"] or site["state"] != "new")
        and (not only or site["site"] in only or site["state"] != "new")
    ]
    order = {"failing": 0, "refused": 1, "new": 2, "ok": 3}
    crawled.sort(key=lambda site: (order.get(site["state"], 0), site["site"]))
    return page(request, "health.html", said=said, sites=crawled)
