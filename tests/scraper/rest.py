"""WordPress's REST interface over the stories of an outlet, as far as posts go."""

import json
from datetime import UTC, datetime

from aiohttp import web

from tests.scraper.outlet import Outlet, Story

POSTS = "/wp-json/wp/v2/posts"


def serve(outlet: Outlet) -> None:
    """Have *outlet* answer at `/wp-json/wp/v2/posts`."""
    outlet.answers[POSTS] = lambda request: posts(outlet, request)


def site(outlet: Outlet) -> str:
    """The route for its site file."""
    return f'[[routes]]\ntype = "wordpress"\nurl = "{outlet.url}/"\n'


def posts(outlet: Outlet, request: web.Request) -> web.Response:
    query = request.query
    found = sorted(outlet.stories, key=lambda one: (one.published_at, one.number), reverse=True)
    for name, keeps in (
        ("after", lambda one, bound: one.published_at > bound),
        ("before", lambda one, bound: one.published_at < bound),
        ("modified_after", lambda one, bound: one.modified_at > bound),
    ):
        if name in query:
            bound = datetime.fromisoformat(query[name])
            found = [one for one in found if keeps(one, bound)]
    if "include" in query:
        wanted = {int(number) for number in query["include"].split(",")}
        found = [one for one in found if one.number in wanted]
    size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
    pages = -(-len(found) // size)
    if page > max(pages, 1):
        return web.json_response({"code": "rest_post_invalid_page_number"}, status=400)
    told = [_post(outlet, story) for story in found[(page - 1) * size : page * size]]
    return web.Response(
        text=json.dumps(told),
        content_type="application/json",
        headers={"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)},
    )


def _post(outlet: Outlet, story: Story) -> dict[str, object]:
    return {
        "id": story.number,
        "date_gmt": _gmt(story.published_at),
        "modified_gmt": _gmt(story.modified_at),
        "guid": {"rendered": f"{outlet.url}/?p={story.number}"},
        "status": "publish",
        "link": f"{outlet.url}{story.path}",
        "title": {"rendered": story.headline},
        "content": {"rendered": "".join(f"<p>{p}</p>" for p in story.body), "protected": False},
    }


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
