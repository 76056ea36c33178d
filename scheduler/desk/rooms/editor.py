"""The editor of a watch: its form, what it would have found while one types, and its writing."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scheduler import cases, forecasting, listfile
from scheduler.desk import drafts
from scheduler.desk.cards import HEADLINE, marked
from scheduler.desk.drafts import Draft, Fault
from scheduler.desk.guard import actor
from scheduler.desk.page import (
    Desk,
    desk_of,
    form,
    language_of,
    locale_of,
    page,
    query_string,
    see_other,
)
from scheduler.desk.plots import Bar
from scheduler.desk.rooms.search import as_shown
from scheduler.desk.rooms.watches import begin_lookback
from scheduler.desk.standing import DAYS, as_watch
from scheduler.listfile import ChangedMeanwhile
from scheduler.phrases import Language
from scheduler.watchlists import Watch, added, find, replaced
from storage import deeds, models, people, watches
from storage.database import reading, session
from storage.errors import WatchError
from storage.models import Site

# Articles read for a forecast, however common the words are: while one types, a quarter of
# a second; for who presses the button, some seconds.
LIVE, ASKED = 800, 10_000
NOTHING: dict[str, Any] = {"forecast": None, "forms": [], "bars": [], "examples": []}
# What decides what a watch finds; where it changed, the archive is looked through again.
FINDS = ("query", "mode", "gap", "exclude", "proper_name", "number", "sites", "fields")


def room(request: Request) -> Response:
    """The form: of a watch, of one that was on the list, or with the query it was opened with."""
    desk, asked, language = desk_of(request), request.query_params, language_of(request)
    if asked.get("name") is not None:
        try:
            watch = find(listfile.watches(desk.config.watches), asked["name"])
        except WatchError:
            raise HTTPException(404) from None
        return _shown(request, Draft.of_watch(watch, language))
    if asked.get("again") is not None:
        return _shown(request, _once(desk, asked["again"], language))
    query, title = asked.get("query", "")[:2000], asked.get("title", "")[:200]
    draft = Draft(name=title, query=query, language=language)
    draft.sites = [asked["site"]] if asked.get("site") else []
    return _shown(request, draft, most=LIVE if query else 0)


def _once(desk: Desk, name: str, language: Language) -> Draft:
    """Return the form of a watch as it last was on the list."""
    with reading(desk.engine) as db:
        row = db.scalars(select(models.Watch).where(models.Watch.name == name)).first()
    watch = as_watch(row.name, row.query, row.settings) if row is not None else None
    if watch is None:
        raise HTTPException(404)
    draft = Draft.of_watch(watch, language)
    draft.known = ""
    return draft


def change(request: Request) -> Response:
    """Save what was sent; or look at it: what it would find, what its cases come to."""
    desk, draft, do = desk_of(request), Draft.of_form(request), form(request, "do")
    if do != "save":
        return _shown(request, draft, most=ASKED if do == "forecast" else LIVE, test=do == "test")
    packs = desk.packs()
    watch = draft.watch(packs)
    draft.check_names(
        _taken(desk), _gone(desk), {"sites": _sites(desk), "channels": desk.config.channels}
    )
    if watch is None or draft.faults:
        return _shown(request, draft, most=LIVE, status=400)
    try:
        again = _save(desk, draft, watch, actor(request).name, form(request, "state"))
    except ChangedMeanwhile:
        return _shown(request, draft, changed=True, status=409)
    except WatchError as error:
        draft.faults["list"] = Fault(said=str(error))
        return _shown(request, draft, status=400)
    if again:
        begin_lookback(desk, watch)
    return see_other("/watches/one" + query_string({"name": watch.name}))


def forecast(request: Request) -> Response:
    """What the form, as it stands, would have found: a part of the page that is open."""
    draft = Draft.of_form(request)
    return page(
        request, "_forecast.html", **_forecast(request, draft, LIVE), draft=draft, part=True
    )


def _save(desk: Desk, draft: Draft, watch: Watch, who: str, state: str) -> bool:
    """Write the watch to the list, and who did it; return whether it finds other things now."""
    path, now = desk.config.watches, desk.clock()
    before: Watch | None = None

    def changed(text: str) -> str:
        nonlocal before
        if not draft.known:
            return added(text, [watch])
        before = find(listfile.watches(path), draft.known)
        return replaced(text, watch, where=str(path), name=draft.known)

    with session(desk.engine) as db:
        if draft.known and watch.name != draft.known:
            watches.rename(db, draft.known, watch.name, now)
            people.rename_in_views(db, "watch", draft.known, watch.name)
        # The file last but for the commit: a deed that did not happen is not told of.
        listfile.change(path, changed, since=state)
        if before == watch:
            return False
        detail = {"after": watch.model_dump(mode="json", exclude_defaults=True)}
        if before is not None:
            detail["before"] = before.model_dump(mode="json", exclude_defaults=True)
        deeds.note(
            db, who, "change" if before is not None else "add", "watch", watch.name, now, **detail
        )
        watches.sync(db, listfile.watches(path), now)
    return before is None or any(getattr(before, key) != getattr(watch, key) for key in FINDS)


def _shown(
    request: Request,
    draft: Draft,
    *,
    most: int = 0,
    test: bool = False,
    changed: bool = False,
    status: int = 200,
) -> Response:
    desk = desk_of(request)
    with reading(desk.engine) as db:
        sites = _site_names(db, desk)
    found = _forecast(request, draft, most) if most else NOTHING
    there = {watch.name: watch for watch in _list(desk)}
    return page(
        request,
        "editor.html",
        status=status,
        draft=draft,
        site_names=sites,
        channel_names=list(desk.config.channels),
        modes=drafts.MODES,
        fields=drafts.FIELDS,
        priorities=drafts.PRIORITIES,
        proper_names=drafts.NAMES,
        state=listfile.state(desk.config.watches),
        changed=changed,
        part=False,
        theirs=there.get(draft.known) if changed else None,
        results=_results(desk, draft) if test else {},
        **found,
    )


def _forecast(request: Request, draft: Draft, most: int) -> dict[str, Any]:
    """Return what the draft would have found, or nothing and what is wrong with its query."""
    desk, locale = desk_of(request), locale_of(request)
    asked = draft.search(desk.packs()) if draft.query else None
    if asked is None:
        return NOTHING
    with reading(desk.engine) as db:
        made = forecasting.forecast(
            db,
            asked,
            days=DAYS,
            zone=locale.zone,
            now=locale.now,
            sites=tuple(draft.sites),
            most=most,
        )
        names = {row[0]: row[1] for row in db.execute(select(Site.key, Site.name))}
        examples = [as_shown(hit, names) for hit in made.examples]
    return {
        "forecast": made,
        "forms": made.forms[: forecasting.FORMS_SHOWN],
        "bars": [Bar(day, number) for day, number in made.days.items()],
        "examples": examples,
    }


def _results(desk: Desk, draft: Draft) -> dict[tuple[str, int], Any]:
    """Return what became of the draft's cases, by list and place."""
    packs = desk.packs()
    watch = draft.watch(packs, named=False)
    if watch is None:
        return {}
    found: dict[tuple[str, int], Any] = {}
    for case in cases.of_watches([watch]):
        result = cases.run(case, packs=packs)
        _, key, number = case.id.rsplit("/", 2)
        spans = [span._asdict() for span in result.spans]
        found[key, int(number)] = (result, marked(result.text, spans, HEADLINE))
    return found


def _list(desk: Desk) -> tuple[Watch, ...]:
    """Return the list; nothing where it cannot be read, which saving will say."""
    try:
        return listfile.watches(desk.config.watches)
    except WatchError:
        return ()


def _taken(desk: Desk) -> set[str]:
    return {watch.name for watch in _list(desk)}


def _gone(desk: Desk) -> set[str]:
    """The names of all watches that ever found something."""
    with reading(desk.engine) as db:
        return set(watches.names(db))


def _site_names(db: Session, desk: Desk) -> list[tuple[str, str]]:
    names = {key: site.name for key, site in desk.sites().items()}
    names |= {row[0]: row[1] for row in db.execute(select(Site.key, Site.name))}
    return sorted(names.items(), key=lambda each: each[1])


def _sites(desk: Desk) -> set[str]:
    with reading(desk.engine) as db:
        return {key for key, _ in _site_names(db, desk)}
