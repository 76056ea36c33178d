"""Which page of a counted list an address is, and which comes after it."""

import re
from urllib.parse import unquote

from scraper.catalogue import Route


def ordinal(route: Route, url: str) -> int | None:
    """Return which page of *route* stands at *url*, from 1; None where its address does not say.

    >>> route = Route(type="listing", url="https://a.example/أخبار?start={page}", links="a",
    ...               first_page=0, page_step=10)
    >>> ordinal(route, "http://www.a.example/%d8%a3%d8%ae%d8%a8%d8%a7%d8%b1?start=20")
    3
    """
    before, counted, after = (_compared(part) for part in route.url.partition("{page}"))
    if not counted:
        return None
    found = re.fullmatch(rf"{re.escape(before)}(\d{{1,9}}){re.escape(after)}/?", _compared(url))
    if found is None:
        return None
    page, rest = divmod(int(found[1]) - route.first_page, route.page_step)
    return page + 1 if page >= 0 and rest == 0 else None


def following(route: Route, url: str) -> str | None:
    """Return the address of the page after *url*; None where *route* counts no pages.

    A first page is often served under an address without number; so an address
    that does not say which page it is, is taken for the first.
    """
    if "{page}" not in route.url:
        return None
    return route.page_url((ordinal(route, url) or 1) + 1)


def _compared(url: str) -> str:
    return re.sub(r"\Ahttps?://(?:www\.)?", "//", unquote(url), flags=re.IGNORECASE)
