"""Sites run on WordPress: permalinks, REST, feeds, sitemaps, section archives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Literal

from scheduler.newsroom import rest, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import (
    PLAIN,
    XML,
    Answer,
    Ask,
    Outlet,
    Profile,
    last_change,
    lower_escapes,
    moved,
    not_found,
    page_of,
    route,
)

# WordPress cuts slugs here, counted in percent-encoded bytes.
SLUG_BYTES = 200
# posts_per_rss and posts_per_page as WordPress ships them.
PER_PAGE = 10

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
        return lower_escapes(super().encoded(path))

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
            closed = self.habits.rest
            return rest.answer(self, ask) if closed == "open" else rest.refusal(closed)
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
            full = f"\n\t\t<content:encoded><![CDATA[{self.rendered(article)}{self._appeared(article)}]]></content:encoded>"
        return f"""	<item>
		<title>{shell.texturized(article.headline)}</title>
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
            f'\n<p>ظهرت المقالة <a href="{self.address(article)}">{shell.texturized(article.headline)}</a> '
            f'أولاً على <a href="{self.base}">{escape(self.profile.name)}</a>.</p>\n'
        )

    def rendered(self, article: Article) -> str:
        """Return the text as the site's plugins leave it in feeds and REST."""
        return shell.body_html(article) + self.habits.plugin(self, article)

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


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0))
