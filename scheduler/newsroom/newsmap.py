"""A site that announces its articles in a Google News sitemap."""

from collections.abc import Callable
from datetime import timedelta
from html import escape

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import (
    PLAIN,
    XML,
    Answer,
    Ask,
    Outlet,
    Profile,
    last_change,
    not_found,
    route,
    rules,
)
from scheduler.newsroom.wordpress import SITEMAP

# A news sitemap holds what is younger than this, and nothing else.
NEWS_DAYS = timedelta(days=2)
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


class NewsmapSite(Outlet):
    """A site with a news sitemap of two days and a plain one of everything."""

    def __init__(self, profile: Profile, article_page: Callable[[Outlet, Article], str]) -> None:
        super().__init__(profile)
        self.article_page = article_page

    def path(self, article: Article) -> str:
        section = self.profile.slug_of(article.draft.section)
        return f"/{section}/{article.number}-{article.slug}"

    def routes(self) -> str:
        return route("news_sitemap", f"{self.base}/sitemap-news.xml") + route(
            "sitemap", f"{self.base}/sitemap.xml", article_url=r"/\d+-"
        )

    def extract_rules(self) -> str:
        return rules(
            body='div[data-component="text-block"]',
            remove=['section[data-component="inline-promo"]'],
        )

    def answer(self, ask: Ask) -> Answer:
        special = {
            "/": self._home,
            "/robots.txt": self._robots,
            "/sitemap.xml": self._index,
            "/sitemap-all.xml": self._all,
            "/sitemap-news.xml": self._news,
        }
        if ask.path in special:
            return special[ask.path]()
        for _, section in self.profile.sections:
            if ask.path == f"/{section}":
                return self._front(self.in_section(section))
        # The page for telephones says the same, under an address of its own.
        article = self.at_path(ask.path.removesuffix("/amp"))
        if article is None:
            return not_found(shell.not_found_page(self))
        html = self.article_page(self, article)
        return Answer(html.encode(), changed_at=article.modified_at)

    def _robots(self) -> Answer:
        text = (
            f"{self.profile.robots}\nSitemap: {self.base}/sitemap.xml\n"
            f"Sitemap: {self.base}/sitemap-news.xml\n"
        )
        return Answer(text.encode(), content_type=PLAIN)

    def _news(self) -> Answer:
        fresh = [one for one in self.articles if self.now() - one.published_at < NEWS_DAYS]
        return self._urlset(fresh, self._news_entry)

    def _all(self) -> Answer:
        return self._urlset(self.articles, self._plain_entry)

    def _home(self) -> Answer:
        return self._front(self.articles)

    def _front(self, articles: list[Article]) -> Answer:
        items = shell.links(self, articles[:12])
        html = (
            '<!DOCTYPE html><html lang="ar" dir="rtl"><head><meta charset="utf-8"/>'
            f"<title>{escape(self.profile.name)}</title></head><body><div id='__next'>"
            f"<nav><ul>{shell.menu(self, '/')}</ul></nav><main><ul>{items}</ul></main></div></body></html>"
        )
        return Answer(html.encode())

    def _urlset(self, articles: list[Article], entry: Callable[[Article], str]) -> Answer:
        entries = "\n".join(entry(one) for one in articles)
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="{SITEMAP}" xmlns:news="{NEWS}">\n{entries}\n</urlset>\n'
        )
        changed = last_change(articles, self.now())
        return Answer(xml.encode(), content_type=XML, changed_at=changed)

    def _index(self) -> Answer:
        changed = last_change(self.articles, self.now())
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<sitemapindex xmlns="{SITEMAP}"><sitemap><loc>{self.base}/sitemap-all.xml</loc>'
            f"<lastmod>{dating.local(changed).isoformat(timespec='seconds')}</lastmod></sitemap></sitemapindex>\n"
        )
        return Answer(xml.encode(), content_type=XML, changed_at=changed)

    def _news_entry(self, article: Article) -> str:
        published = dating.local(article.published_at).isoformat(timespec="seconds")
        keywords = escape(", ".join(article.draft.tags))
        return f"""<url><loc>{self.address(article)}</loc>
<lastmod>{dating.local(article.modified_at).isoformat(timespec="seconds")}</lastmod>
<news:news><news:publication><news:name>{escape(self.profile.name)}</news:name><news:language>ar</news:language></news:publication>
<news:publication_date>{published}</news:publication_date>
<news:title>{escape(article.headline)}</news:title><news:keywords>{keywords}</news:keywords></news:news></url>"""

    def _plain_entry(self, article: Article) -> str:
        modified = dating.local(article.modified_at).isoformat(timespec="seconds")
        return f"<url><loc>{self.address(article)}</loc><lastmod>{modified}</lastmod></url>"
