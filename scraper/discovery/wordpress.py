"""WordPress's REST endpoint for posts: up to a hundred full articles in one answer."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from scraper.catalogue import Route, Site
from scraper.discovery.entries import (
    Announcement,
    Entry,
    Problems,
    absolute,
    distinct,
    plain,
    written,
)
from scraper.discovery.errors import RouteError
from scraper.discovery.instants import Clock

PER_PAGE = 100
ENDPOINT = "wp-json/wp/v2/posts"
# Menus, blocks and the SEO plugin's heads make an answer several times as long.
FIELDS = (
    "id,date,date_gmt,modified,modified_gmt,guid,link,status,title,content,excerpt,"
    "yoast_head_json.author,_links,_embedded"
)
MAX_BYTES = 50 * 1024 * 1024

# A page past the last one: an error to WordPress, the end of the list to us.
_PAST_THE_END = "rest_post_invalid_page_number"
_CLOSED = re.compile(
    r"rest_(?:forbidden|disabled|not_logged_in|login_required|cannot|unauthori[sz]ed|no_route)|_auth"
)
_WEB_PAGE = re.compile(r"<(?:!doctype|html|head|body|script)\b", re.IGNORECASE)
# WordPress's own section for posts filed nowhere.
_NO_SECTION = {"uncategorized", "غير مصنف", "بدون تصنيف", "غير مصنفة"}


def posts_url(route_url: str, *, page: int, modified_after: str | datetime | None = None) -> str:
    """Return the address of the *page*th hundred posts, newest first.

    *route_url* is the root of the site or the endpoint itself; its query (such
    as a language) is kept. *modified_after* is the cursor of an earlier answer:
    only posts changed since are asked for, the latest change first.

    >>> posts_url("https://a.example/?lang=ar", page=2)[:70]
    'https://a.example/wp-json/wp/v2/posts?lang=ar&per_page=100&page=2&_fie'
    """
    asked = {"per_page": str(PER_PAGE), "page": str(page)}
    if modified_after:
        if isinstance(modified_after, datetime):
            modified_after = _cursor(modified_after)
        asked |= {"modified_after": modified_after, "orderby": "modified"}
    return _asking(route_url, asked)


def window_url(route_url: str, *, page: int, since: datetime, until: datetime | None = None) -> str:
    """Return the address of the *page*th hundred posts published since *since*, newest first.

    >>> window_url("https://a.example/", page=3, since=datetime(2026, 1, 1, tzinfo=UTC))[:84]
    'https://a.example/wp-json/wp/v2/posts?per_page=100&page=3&after=2026-01-01T00:00:00Z'
    """
    asked = {"per_page": str(PER_PAGE), "page": str(page), "after": _cursor(since)}
    if until is not None:
        asked["before"] = _cursor(until)
    return _asking(route_url, asked)


def numbered_url(route_url: str, numbers: Sequence[int]) -> str:
    """Return the address of the posts of these *numbers*, a hundred at most, as they are now.

    What is deleted is not among them.

    >>> numbered_url("https://a.example/", [7, 9])[:61]
    'https://a.example/wp-json/wp/v2/posts?include=7,9&per_page=10'
    """
    include = ",".join(map(str, numbers))
    return _asking(route_url, {"include": include, "per_page": str(PER_PAGE)})


def _asking(route_url: str, asked: Mapping[str, str]) -> str:
    parts = urlsplit(route_url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    path = parts.path
    if "rest_route" not in query and "/wp-json/" not in path:
        path = f"{path.rstrip('/')}/{ENDPOINT}"
    query |= {**asked, "_fields": FIELDS, "_embed": "author,wp:term"}
    return urlunsplit(parts._replace(path=path, query=urlencode(query, safe="/:,")))


def read(
    body: bytes,
    *,
    url: str,
    route: Route,
    site: Site,
    now: datetime,
    total_pages: int | None = None,
) -> Announcement:
    """Return the posts of *body*, fetched from *url*, with their full texts.

    *total_pages* is what the header `X-WP-TotalPages` says. Protected posts are
    left out and counted among the problems. Raises RouteError where *body* is
    no list of posts: `rest_closed` where the site keeps it from us.
    """
    problems = Problems()
    posts = _posts(body, problems)
    reader = _Reader(url, route, site, Clock(site.timezone, now, problems), problems)
    found = [reader.entry(post) for post in posts]
    entries = distinct([entry for entry in found if entry is not None])
    changes = [entry.modified_at for entry in entries if entry.modified_at is not None]
    return Announcement(
        entries=entries,
        next_url=_next_url(url, len(posts), total_pages),
        cursor=_cursor(max(changes)) if changes else None,
        problems=problems.lines(),
    )


def _cursor(moment: datetime) -> str:
    # With its zone: without one WordPress takes it for the site's local time.
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _posts(body: bytes, problems: Problems) -> list[Any]:
    answer = _json(body, problems)
    if isinstance(answer, list) and (not answer or any(map(_is_post, answer))):
        return answer
    code = str(answer.get("code", "")) if isinstance(answer, dict) else ""
    if not code:
        raise RouteError("not_rest", "the answer is JSON, but no list of posts")
    if code == _PAST_THE_END:
        return []
    message = plain(str(answer.get("message", ""))) or "no reason given"
    reason = "rest_closed" if _CLOSED.search(code) else "rest_error"
    raise RouteError(reason, f"WordPress answers {code[:80]}: {message[:200]}")


def _is_post(thing: Any) -> bool:
    return isinstance(thing, dict) and ("link" in thing or "guid" in thing)


def _json(body: bytes, problems: Problems) -> Any:
    if not body.strip():
        raise RouteError("empty", "the answer is empty")
    if len(body) > MAX_BYTES:
        raise RouteError("too_large", f"more than {MAX_BYTES // 2**20} MB")
    text = body.decode("utf-8-sig", "replace").strip()
    if not text.startswith(("[", "{")):
        # PHP prints its warnings before the answer, into it.
        start = text.find('[{"id"')
        if start < 0 or _WEB_PAGE.search(text[:start]):
            raise RouteError("not_rest", f"the answer is not JSON: {text[:60]!r}")
        problems.note("something is printed before the JSON")
        text = text[start:]
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise RouteError("not_rest", f"the answer is broken JSON: {error}") from error


def _next_url(url: str, posts: int, total_pages: int | None) -> str | None:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    stated = query.get("page", "1")
    page = int(stated) if stated.isdecimal() and len(stated) < 6 else 1
    stated = query.get("per_page", "10")
    full = posts >= (int(stated) if stated.isdecimal() and len(stated) < 6 else PER_PAGE)
    more = page < total_pages if total_pages is not None else full
    if not posts or not more:
        return None
    query["page"] = str(page + 1)
    return urlunsplit(parts._replace(query=urlencode(query, safe="/:,")))


def _rendered(value: Any) -> str:
    """Return the HTML of a field, which is an object, or a string behind some front ends."""
    if isinstance(value, dict):
        value = value.get("rendered")
    return written(value) if isinstance(value, str) else ""


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


class _Reader:
    """Reads the posts of one answer."""

    def __init__(
        self, url: str, route: Route, site: Site, clock: Clock, problems: Problems
    ) -> None:
        self._url, self._route, self._site = url, route, site
        self._clock, self._problems = clock, problems
        # Short links stand at the root of WordPress, which may lie below the host's.
        self._home = url.partition("?")[0].partition("wp-json/")[0]

    def entry(self, post: Any) -> Entry | None:
        """Return the entry of *post*; None where it is no published article of this site."""
        if not isinstance(post, dict):
            self._problems.note("a post that is no object")
            return None
        guid = absolute(self._url, _rendered(post.get("guid")))
        link = absolute(self._url, _string(post.get("link"))) or guid
        if link is None:
            self._problems.note("a post without a link")
            return None
        if not self._site.owns(link):
            self._problems.note("a post that links to another site")
            return None
        if self._is_withheld(post) or not self._route.announces(link):
            return None
        section, tags = _terms(post)
        published, modified = self._time(post, "date"), self._time(post, "modified")
        return Entry(
            url=link,
            headline=plain(_rendered(post.get("title"))),
            published_at=published,
            modified_at=modified,
            content=_rendered(post.get("content")).strip() or None,
            authors=_authors(post),
            section=section,
            tags=tags,
            aliases=self._aliases(post, link, guid),
            summary=plain(_rendered(post.get("excerpt"))),
        )

    def _is_withheld(self, post: dict[str, Any]) -> bool:
        if post.get("status", "publish") != "publish":
            self._problems.note("a post that is not published")
            return True
        parts = [post.get("content"), post.get("excerpt")]
        if any(isinstance(part, dict) and part.get("protected") is True for part in parts):
            self._problems.note("a post behind a password")
            return True
        return False

    def _time(self, post: dict[str, Any], name: str) -> datetime | None:
        exact = _string(post.get(f"{name}_gmt"))
        found = self._clock.read(exact, utc=True) if exact else None
        # Drafts of old versions have no GMT time; the local one is in the site's zone.
        unset = not exact or exact.startswith("0000-00-00")
        return self._clock.read(_string(post.get(name))) if unset else found

    def _aliases(self, post: dict[str, Any], link: str, guid: str | None) -> list[str]:
        number = post.get("id")
        short = f"{self._home}?p={number}" if isinstance(number, int) and number > 0 else None
        aliases = [alias for alias in (guid, short) if alias and alias != link]
        return [alias for alias in dict.fromkeys(aliases) if self._site.owns(alias)]


def _embedded(post: dict[str, Any], name: str) -> list[Any]:
    embedded = post.get("_embedded")
    found = embedded.get(name) if isinstance(embedded, dict) else None
    return found if isinstance(found, list) else []


def _authors(post: dict[str, Any]) -> list[str]:
    """Return the authors' names; an author the site hides is an error object without one."""
    people = _embedded(post, "author")
    names = [plain(_string(one.get("name"))) for one in people if isinstance(one, dict)]
    if not any(names):
        head = post.get("yoast_head_json")
        names = [plain(_string(head.get("author")))] if isinstance(head, dict) else []
    return [name for name in dict.fromkeys(names) if name]


def _terms(post: dict[str, Any]) -> tuple[str | None, list[str]]:
    """Return the section (the first category) and the tags."""
    names: dict[str, list[str]] = {}
    for group in _embedded(post, "wp:term"):
        for term in group if isinstance(group, list) else []:
            label = plain(_string(term.get("name"))) if isinstance(term, dict) else None
            if label:
                names.setdefault(str(term.get("taxonomy")), []).append(label)
    sections = [name for name in names.get("category", []) if name.lower() not in _NO_SECTION]
    tags = sections[1:] + names.get("post_tag", [])
    return (sections[0] if sections else None), list(dict.fromkeys(tags))
