"""The door: a name and a password, or the one-time link; leaving; the reader's choices."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from scheduler.desk import secrets
from scheduler.desk.guard import COOKIE
from scheduler.desk.locale import DIGITS_OF
from scheduler.desk.page import (
    back,
    choices,
    desk_of,
    form,
    inside,
    keep_choices,
    page,
    see_other,
)

_LONG = 14 * 24 * 3600


def show(request: Request) -> Response:
    """The form. A browser without a cookie gets one, so that its form can be told to be ours."""
    guarded = desk_of(request).doors.guarded()
    visit = request.state.visit or secrets.fresh()
    request.state.csrf = secrets.csrf(visit)
    place = inside(request.query_params.get("next", "/"), "/")
    trouble = "key" if request.query_params.get("used") else None
    shown = page(request, "enter.html", guarded=guarded, next=place, trouble=trouble, wait=None)
    hand(request, shown, visit)
    return shown


def by_password(request: Request) -> Response:
    """Let in who knows the password."""
    name, place = form(request, "name").strip(), inside(form(request, "next"), "/")
    address = request.client.host if request.client is not None else ""
    browser = request.headers.get("user-agent", "")
    found = desk_of(request).doors.by_password(name, form(request, "password"), address, browser)
    if isinstance(found, str):
        return _let_in(request, found, place)
    wait = int(found.total_seconds() // 60) + 1 if isinstance(found, timedelta) else None
    return page(
        request,
        "enter.html",
        status=429 if wait else 403,
        guarded=True,
        next=place,
        trouble="wait" if wait else "wrong",
        wait=wait,
    )


def by_key(request: Request) -> Response:
    """Let in who brings the key of the one-time link, once."""
    browser = request.headers.get("user-agent", "")
    secret = desk_of(request).doors.by_key(request.path_params["key"], browser)
    if secret is None:
        return see_other("/enter?used=1")
    return _let_in(request, secret, "/")


def leave(request: Request) -> Response:
    """End the visit."""
    desk_of(request).doors.leave(request.state.visit)
    answer = see_other("/enter")
    answer.delete_cookie(COOKIE)
    return answer


def choose(request: Request) -> Response:
    """Keep a choice of language, digits, theme or zone."""
    chosen = {name: form(request, name, value) for name, value in choices(request).items()}
    if "lang" in request.state.form and "digits" not in request.state.form:
        # The digits that go with it, until others are chosen.
        chosen["digits"] = DIGITS_OF.get(chosen["lang"], "arab")
    answer = back(request, "/")
    keep_choices(answer, chosen)
    return answer


def hand(request: Request, answer: Response, secret: str) -> None:
    """Have the browser keep the secret of its visit."""
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=_LONG,
        httponly=True,
        # A link in a message leads in; what changes something asks for the form's word besides.
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _let_in(request: Request, secret: str, place: str) -> Response:
    answer = see_other(place)
    hand(request, answer, secret)
    return answer
