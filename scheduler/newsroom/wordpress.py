"""Sites run on WordPress: permalinks, REST, feeds, sitemaps, section archives."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any, Literal
from urllib.parse import quote

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import (
    JSON,
    PLAIN,
    XML,
    Answer,
    Ask,
    Outlet,
    Profile,
    last_change,
    moved,
    not_found,
    page_of,
    route,
    slugged,
)

# WordPress cuts slugs here, counted in percent-encoded bytes.
SLUG_BYTES = 200
# posts_per_rss and posts_per_page as WordPress ships them.
PER_PAGE = 10
# `after` and `modified_after` compare with the local clock when no zone is given.
_LOCAL = dating.DAMASCUS


# How a site of this kind is crawled.
Way = Literal["wordpress", "feed", "paged feed", "sitemap"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of an archive: its heading and articles, and where it lies among the pages."""

    title: str
    articles: Sequence[Article]
    page: int
    pages: int
    url: str


@dataclass(frozen=True, slots=True)
class Habits:
    """What one WordPress site does differently from another."""

    article_page: Callable[[Outlet, Article], str]
    list_page: Callable[[Outlet, Listed], str]
    rest: Literal["open", 401, 403] = "open"
    feed: Literal["full", "excerpt"] = "full"
    # False: the feed states no validators, as behind a cache that drops them.
    feed_validators: bool = True
    sitemap: Literal["core", "yoast"] = "core"
    routes: tuple[Way, ...] = ("wordpress", "feed")
    # /<slug>/ or /archives/<number>.
    permalink: Literal["slug", "number"] = "slug"
    # The site file's rules of extraction, where the theme's do not do.
    extract: str = ""
    # Markup that a plugin puts into the text of REST and feeds.
    plugin: Callable[[Outlet, Article], str] = field(default=lambda _outlet, _article: "")


class WordPress(Outlet):
    """A WordPress site of certain habits."""

    slug_bytes = SLUG_BYTES

    def __init__(self, profile: Profile, habits: Habits) -> None:
        super().__init__(profile)
        self.habits = habits

    def encoded(self, path: str) -> str:
        """Write percent escapes in lower case, as WordPress does."""
        return _lower_escapes(super().encoded(path))

    def path(self, article: Article) -> str:
        if self.habits.permalink == "number":
            return f"/archives/{article.number}"
        return f"/{article.slug}/"

    def shortlink(self, article: Article) -> str:
        """Return the address by number, which leads to the permalink."""
        return f"{self.base}/?p={article.number}"

    def routes(self) -> str:
        made: dict[Way, Callable[[], str]] = {
            "wordpress": lambda: route("wordpress", f"{self.base}/"),
            "feed": lambda: route("feed", f"{self.base}/feed/"),
            "sitemap": lambda: route("sitemap", self.base + self._sitemap_path()),
            "paged feed": lambda: route("feed", f"{self.base}/feed/?paged={{page}}"),
        }
        return "".join(made[kind]() for kind in self.habits.routes)

    def extract_rules(self) -> str:
        return self.habits.extract

    def answer(self, ask: Ask) -> Answer:
        if ask.path.startswith("/wp-json/"):
            return self._rest(ask)
        if ask.path in ("/feed/", "/feed") or ask.query.get("feed") == "rss2":
            return self._feed(ask)
        if ask.path == "/robots.txt":
            return Answer(self._robots().encode(), content_type=PLAIN)
        if ask.path.endswith(".xml"):
            return self._sitemap(ask)
        if "p" in ask.query:
            return self._by_number(ask.number("p", 0))
        return self._archive(ask) or self._page(ask)

    def _page(self, ask: Ask) -> Answer:
        article = self.at_path(ask.path)
        if article is None:
            return not_found(shell.not_found_page(self))
        if ask.path != self.path(article):
            return moved(self.address(article))
        link = (
            f'<{self.base}/wp-json/>; rel="https://api.w.org/", '
            f"<{self.shortlink(article)}>; rel=shortlink"
        )
        html = self.habits.article_page(self, article)
        return Answer(html.encode(), headers={"Link": link}, changed_at=article.modified_at)

    def _by_number(self, number: int) -> Answer:
        for article in self.articles:
            if article.number == number:
                return moved(self.address(article))
        return not_found(shell.not_found_page(self))

    def _archive(self, ask: Ask) -> Answer | None:
        """Return a list page: the home page, /page/N/, /category/<slug>/[page/N/]."""
        parts = [part for part in ask.path.split("/") if part]
        number = 1
        if len(parts) >= 2 and parts[-2] == "page" and parts[-1].isdigit():
            number = int(parts[-1])
            parts = parts[:-2]
        if not parts:
            title, articles, url = self.profile.name, self.articles, f"{self.base}/"
        elif len(parts) == 2 and parts[0] == "category" and self._section(parts[1]):
            title, articles = self._section(parts[1]), self.in_section(parts[1])
            url = self.base + self.encoded(f"/category/{parts[1]}/")
        else:
            return None
        shown = page_of(articles, number, PER_PAGE)
        if not shown and number > 1:
            return not_found(shell.not_found_page(self))
        pages = -(-len(articles) // PER_PAGE)
        html = self.habits.list_page(self, Listed(title, shown, number, pages, url))
        link = f'<{self.base}/wp-json/>; rel="https://api.w.org/"'
        return Answer(html.encode(), headers={"Link": link})

    def _section(self, wanted: str) -> str:
        return next((name for name, slugged in self.profile.sections if slugged == wanted), "")

    def _robots(self) -> str:
        return f"{self.profile.robots}\nSitemap: {self.base}{self._sitemap_path()}\n"

    # Feeds

    def _feed(self, ask: Ask) -> Answer:
        number = ask.number("paged", 1)
        shown = page_of(self.articles, number, PER_PAGE)
        if not shown:
            return not_found(shell.not_found_page(self))
        items = "\n".join(self._item(article) for article in shown)
        changed = last_change(shown, self.now())
        built = changed if self.habits.feed_validators else self.now()
        xml = f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:wfw="http://wellformedweb.org/CommentAPI/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:atom="http://www.w3.org/2005/Atom"
	xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
	xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
	>
<channel>
	<title>{escape(self.profile.name)}</title>
	<atom:link href="{self.base}/feed/" rel="self" type="application/rss+xml" />
	<link>{self.base}/</link>
	<description>{escape(self.profile.motto)}</description>
	<lastBuildDate>{_rfc822(built)}</lastBuildDate>
	<language>ar</language>
	<sy:updatePeriod>hourly</sy:updatePeriod>
	<sy:updateFrequency>1</sy:updateFrequency>
	<generator>https://wordpress.org/?v=6.8.3</generator>
{items}
</channel>
</rss>
"""
        return Answer(
            xml.encode(),
            content_type="application/rss+xml; charset=UTF-8",
            changed_at=changed if self.habits.feed_validators else None,
        )

    def _item(self, article: Article) -> str:
        url = self.address(article)
        draft = article.draft
        creator = draft.authors[0] if draft.authors else self.profile.name
        terms = "".join(
            f"\n\t\t<category><![CDATA[{term}]]></category>"
            for term in (draft.section, *draft.tags)
        )
        full = ""
        if self.habits.feed == "full":
            full = f"\n\t\t<content:encoded><![CDATA[{self._rendered(article)}{self._appeared(article)}]]></content:encoded>"
        return f"""	<item>
		<title>{texturized(article.headline)}</title>
		<link>{url}</link>
		<comments>{url}#respond</comments>
		<dc:creator><![CDATA[{creator}]]></dc:creator>
		<pubDate>{_rfc822(article.published_at)}</pubDate>{terms}
		<guid isPermaLink="false">{self.shortlink(article)}</guid>
		<description><![CDATA[<p>{shell.summary(article)}</p>{self._appeared(article)}]]></description>{full}
		<wfw:commentRss>{url}feed/</wfw:commentRss>
		<slash:comments>0</slash:comments>
	</item>"""

    def _appeared(self, article: Article) -> str:
        """Return the line WordPress adds to each item of a feed."""
        return (
            f'\n<p>ظهرت المقالة <a href="{self.address(article)}">{texturized(article.headline)}</a> '
            f'أولاً على <a href="{self.base}">{escape(self.profile.name)}</a>.</p>\n'
        )

    def _rendered(self, article: Article) -> str:
        return shell.body_html(article) + self.habits.plugin(self, article)

    # REST

    def _rest(self, ask: Ask) -> Answer:
        if self.habits.rest != "open":
            return _refusal(self.habits.rest)
        collection = ask.path.rstrip("/").removeprefix("/wp-json/wp/v2/")
        if collection == "posts":
            return self._posts(ask)
        if collection in ("categories", "tags", "users"):
            return self._terms(collection, ask)
        return _json(
            404,
            {
                "code": "rest_no_route",
                "message": "لم يتم العثور على مسار يطابق الرابط وطريقة الطلب.",
                "data": {"status": 404},
            },
        )

    def _posts(self, ask: Ask) -> Answer:
        per_page, number = ask.number("per_page", PER_PAGE), ask.number("page", 1)
        if not 1 <= per_page <= 100:
            return _bad("rest_invalid_param", "معامل غير صالح: per_page")
        try:
            articles = self._asked_for(ask)
        except ValueError:
            return _bad("rest_invalid_param", "معامل غير صالح: التاريخ")
        pages = -(-len(articles) // per_page)
        if number > max(pages, 1):
            return _bad(
                "rest_post_invalid_page_number", "رقم الصفحة المطلوب أكبر من عدد الصفحات المتوفرة."
            )
        fields = [name for name in ask.query.get("_fields", "").split(",") if name]
        posts = [
            _only(self._post(article, embed="_embed" in ask.query), fields)
            for article in page_of(articles, number, per_page)
        ]
        headers = {"X-WP-Total": str(len(articles)), "X-WP-TotalPages": str(pages)}
        if number < pages:
            headers["Link"] = (
                f'<{self.base}/wp-json/wp/v2/posts?per_page={per_page}&page={number + 1}>; rel="next"'
            )
        return _json(200, posts, headers)

    def _asked_for(self, ask: Ask) -> list[Article]:
        """Return the articles that the parameters of a posts request leave, in its order."""
        by = "modified_at" if ask.query.get("orderby") == "modified" else "published_at"
        articles = sorted(
            self.articles,
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

    def _post(self, article: Article, *, embed: bool) -> dict[str, Any]:
        draft = article.draft
        url = self.address(article)
        post: dict[str, Any] = {
            "id": article.number,
            "date": _plain_time(article.published_at, local=True),
            "date_gmt": _plain_time(article.published_at),
            "guid": {"rendered": self.shortlink(article)},
            "modified": _plain_time(article.modified_at, local=True),
            "modified_gmt": _plain_time(article.modified_at),
            "slug": _lower_escapes(quote(article.slug, safe="")),
            "status": "publish",
            "type": "post",
            "link": url,
            "title": {"rendered": texturized(article.headline)},
            "content": {"rendered": self._rendered(article), "protected": False},
            "excerpt": {"rendered": f"<p>{shell.summary(article)}</p>\n", "protected": False},
            "author": self._term_ids("users")[self._author(article)],
            "categories": [self._term_ids("categories")[draft.section]],
            "tags": [self._term_ids("tags")[tag] for tag in draft.tags],
            "_links": {"self": [{"href": f"{self.base}/wp-json/wp/v2/posts/{article.number}"}]},
        }
        if embed:
            post["_embedded"] = {
                "author": [{"name": self._author(article)}],
                "wp:term": [
                    [{"name": draft.section, "taxonomy": "category"}],
                    [{"name": tag, "taxonomy": "post_tag"} for tag in draft.tags],
                ],
            }
        return post

    def _author(self, article: Article) -> str:
        return article.draft.authors[0] if article.draft.authors else self.profile.name

    def _term_ids(self, collection: str) -> Mapping[str, int]:
        """Return the names of a collection with their numbers, which never change."""
        if collection == "categories":
            names = [name for name, _ in self.profile.sections]
        elif collection == "tags":
            names = [tag for one in self._articles.values() for tag in one.draft.tags]
        else:
            names = [self._author(one) for one in self._articles.values()]
        return {name: 11 + index for index, name in enumerate(dict.fromkeys(names))}

    def _terms(self, collection: str, ask: Ask) -> Answer:
        wanted = {int(part) for part in ask.query.get("include", "").split(",") if part.isdigit()}
        terms = [
            {"id": number, "name": name, "slug": _lower_escapes(quote(slugged(name)))}
            for name, number in self._term_ids(collection).items()
            if not wanted or number in wanted
        ]
        shown = terms[: ask.number("per_page", PER_PAGE)]
        return _json(200, shown, {"X-WP-Total": str(len(terms)), "X-WP-TotalPages": "1"})

    # Sitemaps

    def _sitemap_path(self) -> str:
        return "/wp-sitemap.xml" if self.habits.sitemap == "core" else "/sitemap_index.xml"

    def _sitemap(self, ask: Ask) -> Answer:
        child = (
            "/wp-sitemap-posts-post-1.xml" if self.habits.sitemap == "core" else "/post-sitemap.xml"
        )
        changed = last_change(self.articles, self.now())
        if ask.path == self._sitemap_path():
            entry = f"<sitemap><loc>{self.base}{child}</loc>{self._lastmod(changed)}</sitemap>"
            xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{SITEMAP}">{entry}</sitemapindex>\n'
        elif ask.path == child:
            entries = "\n".join(
                f"<url><loc>{self.address(one)}</loc>{self._lastmod(one.modified_at)}</url>"
                for one in self.articles
            )
            xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}">\n{entries}\n</urlset>\n'
        else:
            return not_found(shell.not_found_page(self))
        return Answer(xml.encode(), content_type=XML, changed_at=changed)

    def _lastmod(self, moment: datetime) -> str:
        """Return the time of the last change; Yoast states it, WordPress itself does not."""
        if self.habits.sitemap == "core":
            return ""
        return f"<lastmod>{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}</lastmod>"


SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def texturized(text: str) -> str:
    """Return *text* as WordPress writes titles: typographic marks as numeric entities."""
    named = escape(text, quote=False).replace("...", "&#8230;")
    for char in "“”‘’–":
        named = named.replace(char, f"&#{ord(char)};")
    return named


def _lower_escapes(url: str) -> str:
    """Return *url*, which is ASCII, with its percent escapes in lower case."""
    head, *rest = url.split("%")
    return head + "".join("%" + part[:2].lower() + part[2:] for part in rest)


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0))


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


def _refusal(status: Literal[401, 403]) -> Answer:
    """Return what sites say that close REST to strangers."""
    code = "rest_not_logged_in" if status == 401 else "rest_forbidden"
    message = "عذراً، غير مسموح لك بتنفيذ ذلك." if status == 403 else "أنت غير مسجل الدخول حالياً."
    return _json(status, {"code": code, "message": message, "data": {"status": status}})
