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
)
from scheduler.newsroom.wordpress import SITEMAP, slug

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
        return f"/{section}/{article.number}-{slug(article.draft.headline)}"

    def routes(self) -> str:
        return route("news_sitemap", f"{self.base}/sitemap-news.xml") + route(
            "sitemap", f"{self.base}/sitemap.xml", article_url=r"/\d+-"
        )

    def answer(self, ask: Ask) -> Answer:
        if ask.path == "/robots.txt":
            text = f"{self.profile.robots}\nSitemap: {self.base}/sitemap.xml\nSitemap: {self.base}/sitemap-news.xml\n"
            return Answer(text.encode(), content_type=PLAIN)
        if ask.path == "/sitemap-news.xml":
            fresh = [one for one in self.articles if self.now() - one.published_at < NEWS_DAYS]
            return self._urlset(fresh, self._news_entry)
        if ask.path == "/sitemap-all.xml":
            return self._urlset(self.articles, self._plain_entry)
        if ask.path == "/sitemap.xml":
            return self._index()
        article = self.at_path(ask.path)
        if article is None:
            return not_found(shell.not_found_page(self))
        html = self.article_page(self, article)
        return Answer(html.encode(), changed_at=article.modified_at)

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
