"""The REST interface of WordPress: posts, their terms, and its errors."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Protocol
from urllib.parse import quote

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import JSON, Answer, Ask, Profile, lower_escapes, page_of, slugged

PER_PAGE = 10
# `after` and `modified_after` compare with the local clock when no zone is given.
_LOCAL = dating.DAMASCUS


class Site(Protocol):
    """What REST needs of the site it speaks for."""

    base: str
    profile: Profile

    @property
    def articles(self) -> list[Article]: ...

    def address(self, article: Article) -> str: ...

    def shortlink(self, article: Article) -> str: ...

    def rendered(self, article: Article) -> str: ...


def answer(site: Site, ask: Ask) -> Answer:
    """Return what an open REST interface of *site* says to *ask*."""
    collection = ask.path.rstrip("/").removeprefix("/wp-json/wp/v2/")
    if collection == "posts":
        return _posts(site, ask)
    if collection in ("categories", "tags", "users"):
        return _terms(site, collection, ask)
    return _json(
        404,
        {
            "code": "rest_no_route",
            "message": "لم يتم العثور على مسار يطابق الرابط وطريقة الطلب.",
            "data": {"status": 404},
        },
    )


def _posts(site: Site, ask: Ask) -> Answer:
    per_page, number = ask.number("per_page", PER_PAGE), ask.number("page", 1)
    if not 1 <= per_page <= 100:
        return _bad("rest_invalid_param", "معامل غير صالح: per_page")
    try:
        articles = _asked_for(site, ask)
    except ValueError:
        return _bad("rest_invalid_param", "معامل غير صالح: التاريخ")
    pages = -(-len(articles) // per_page)
    if number > max(pages, 1):
        return _bad(
            "rest_post_invalid_page_number", "رقم الصفحة المطلوب أكبر من عدد الصفحات المتوفرة."
        )
    fields = [name for name in ask.query.get("_fields", "").split(",") if name]
    posts = [
        _only(_post(site, article, embed="_embed" in ask.query), fields)
        for article in page_of(articles, number, per_page)
    ]
    headers = {"X-WP-Total": str(len(articles)), "X-WP-TotalPages": str(pages)}
    if number < pages:
        headers["Link"] = (
            f'<{site.base}/wp-json/wp/v2/posts?per_page={per_page}&page={number + 1}>; rel="next"'
        )
    return _json(200, posts, headers)


def _asked_for(site: Site, ask: Ask) -> list[Article]:
    """Return the articles that the parameters of a posts request leave, in its order."""
    by = "modified_at" if ask.query.get("orderby") == "modified" else "published_at"
    articles = sorted(
        site.articles,
        key=lambda one: (getattr(one, by), one.number),
        reverse=ask.query.get("order", "desc") != "asc",
    )
    tests: dict[str, Callable[[Article, datetime], bool]] = {
        "after": lambda one, bound: one.published_at > bound,
        "before": lambda one, bound: one.published_at < bound,
        "modified_after": lambda one, bound: one.modified_at > bound,
        "modified_before": lambda one, bound: one.modified_at < bound,
    }
    for name, test in tests.items():
        if name in ask.query:
            bound = _moment(ask.query[name])
            articles = [one for one in articles if test(one, bound)]
    return articles


def _post(site: Site, article: Article, *, embed: bool) -> dict[str, Any]:
    draft = article.draft
    url = site.address(article)
    post: dict[str, Any] = {
        "id": article.number,
        "date": _plain_time(article.published_at, local=True),
        "date_gmt": _plain_time(article.published_at),
        "guid": {"rendered": site.shortlink(article)},
        "modified": _plain_time(article.modified_at, local=True),
        "modified_gmt": _plain_time(article.modified_at),
        "slug": lower_escapes(quote(article.slug, safe="")),
        "status": "publish",
        "type": "post",
        "link": url,
        "title": {"rendered": shell.texturized(article.headline)},
        "content": {"rendered": site.rendered(article), "protected": False},
        "excerpt": {"rendered": f"<p>{shell.summary(article)}</p>\n", "protected": False},
        "author": _term_ids(site, "users")[_author(site, article)],
        "categories": [_term_ids(site, "categories")[draft.section]],
        "tags": [_term_ids(site, "tags")[tag] for tag in draft.tags],
        "_links": {"site": [{"href": f"{site.base}/wp-json/wp/v2/posts/{article.number}"}]},
    }
    if embed:
        post["_embedded"] = {
            "author": [{"name": _author(site, article)}],
            "wp:term": [
                [{"name": draft.section, "taxonomy": "category"}],
                [{"name": tag, "taxonomy": "post_tag"} for tag in draft.tags],
            ],
        }
    return post


def _author(site: Site, article: Article) -> str:
    return article.draft.authors[0] if article.draft.authors else site.profile.name


def _term_ids(site: Site, collection: str) -> Mapping[str, int]:
    """Return the names of a collection with their numbers, which never change."""
    # By number: what is published later adds names at the end.
    articles = sorted(site.articles, key=lambda one: one.number)
    if collection == "categories":
        names = [name for name, _ in site.profile.sections]
    elif collection == "tags":
        names = [tag for one in articles for tag in one.draft.tags]
    else:
        names = [_author(site, one) for one in articles]
    return {name: 11 + index for index, name in enumerate(dict.fromkeys(names))}


def _terms(site: Site, collection: str, ask: Ask) -> Answer:
    wanted = {int(part) for part in ask.query.get("include", "").split(",") if part.isdigit()}
    terms = [
        {"id": number, "name": name, "slug": lower_escapes(quote(slugged(name)))}
        for name, number in _term_ids(site, collection).items()
        if not wanted or number in wanted
    ]
    shown = terms[: ask.number("per_page", PER_PAGE)]
    return _json(200, shown, {"X-WP-Total": str(len(terms)), "X-WP-TotalPages": "1"})


def _plain_time(moment: datetime, *, local: bool = False) -> str:
    """Return a REST time, which names no zone."""
    return f"{moment.astimezone(_LOCAL if local else UTC):%Y-%m-%dT%H:%M:%S}"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=_LOCAL)


def _only(post: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Return *post* with only the fields asked for; a dotted name asks for its whole parent."""
    if not fields:
        return post
    wanted = {name.split(".")[0] for name in fields}
    return {name: value for name, value in post.items() if name in wanted}


def _json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Answer:
    body = json.dumps(content, ensure_ascii=True).encode()
    return Answer(body, status=status, content_type=JSON, headers=headers or {})


def _bad(code: str, message: str) -> Answer:
    return _json(400, {"code": code, "message": message, "data": {"status": 400}})


def refusal(status: Literal[401, 403]) -> Answer:
    """Return what sites say that close REST to strangers."""
    code = "rest_not_logged_in" if status == 401 else "rest_forbidden"
    message = "عذراً، غير مسموح لك بتنفيذ ذلك." if status == 403 else "أنت غير مسجل الدخول حالياً."
    return _json(status, {"code": code, "message": message, "data": {"status": status}})
