"""Sites that announce articles by numbered list pages only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import PLAIN, Answer, Ask, Outlet, Profile, not_found, page_of, route

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One list page: what it shows, its number as the site counts, and the number after it."""

    title: str
    articles: Sequence[Article]
    number: int
    following: int | None


@dataclass(frozen=True, slots=True)
class Counting:
    """How a site counts its list pages, and what it calls them."""

    path: str
    parameter: str
    first: int = 1
    step: int = 1
    size: int = 10

    def page(self, ask: Ask) -> int:
        """Return which page is asked for, counted from 1."""
        return (ask.number(self.parameter, self.first) - self.first) // self.step + 1

    def number(self, page: int) -> int:
        """Return what the site calls page *page*, counted from 1."""
        return self.first + (page - 1) * self.step


@dataclass(frozen=True, slots=True)
class Look:
    """How a list site writes pages, addresses and dates."""

    article_page: Callable[[Outlet, Article], str]
    list_page: Callable[[Outlet, Shelf], str]
    article_path: Callable[[Outlet, Article], str]
    counting: Counting
    links: str
    article_url: str
    # What the pages are encoded in, and what the server says they are.
    encoding: str = "utf-8"
    content_type: str = "text/html; charset=UTF-8"
    upper_escapes: bool = True
    validators: bool = True
    # Dates are printed as "منذ يومين" while they are fresh.
    ago: bool = False
    # How true a printed date is where it is not printed as an age.
    tolerance: timedelta = DAY
    # Where its sections lie; their addresses are in the menu of every page.
    section_prefix: str = "/"
    # The site file's rules of extraction.
    extract: str = ""


class ListSite(Outlet):
    """A site known by its list pages."""

    def __init__(self, profile: Profile, look: Look) -> None:
        super().__init__(profile)
        self.look = look

    def path(self, article: Article) -> str:
        return self.look.article_path(self, article)

    def routes(self) -> str:
        count = self.look.counting
        return route(
            "listing",
            f"{self.base}{count.path}?{count.parameter}={{page}}",
            links=self.look.links,
            article_url=self.look.article_url,
            first_page=count.first,
            page_step=count.step,
        )

    def extract_rules(self) -> str:
        return self.look.extract

    def answer(self, ask: Ask) -> Answer:
        if ask.path == "/robots.txt":
            return Answer(self.profile.robots.encode(), content_type=PLAIN)
        if ask.path in ("/", self.look.counting.path):
            return self._list(ask, "الأخبار", self.articles)
        for name, slug in self.profile.sections:
            if ask.path.rstrip("/") == self.look.section_prefix + slug:
                return self._list(ask, name, self.in_section(slug))
        article = self.at_path(ask.path)
        if article is None:
            return not_found(shell.not_found_page(self))
        return self._html(
            self.look.article_page(self, article),
            article if self.look.validators else None,
        )

    def tolerance_of(self, article: Article) -> timedelta:
        age = self.now() - article.published_at
        if not self.look.ago or age >= timedelta(days=3):
            return self.look.tolerance
        return DAY if age >= DAY else timedelta(hours=1)

    def _list(self, ask: Ask, title: str, articles: list[Article]) -> Answer:
        count = self.look.counting
        page = count.page(ask)
        shown = page_of(articles, page, count.size)
        more = page * count.size < len(articles)
        following = count.number(page + 1) if more else None
        shelf = Shelf(title, shown, count.number(page), following)
        return self._html(self.look.list_page(self, shelf), None)

    def _html(self, html: str, article: Article | None) -> Answer:
        return Answer(
            html.encode(self.look.encoding, errors="xmlcharrefreplace"),
            content_type=self.look.content_type,
            changed_at=article.modified_at if article else None,
        )


def date_shown(outlet: Outlet, article: Article, otherwise: Callable[..., str]) -> str:
    """Return an age while the article is fresh, else the date as *otherwise* writes it."""
    return dating.relative(article.published_at, outlet.now()) or otherwise(article.published_at)


def slugged(outlet: Outlet, article: Article) -> str:
    """Return /<slug>, without number or last slash."""
    del outlet
    return "/" + article.slug


def sectioned(outlet: Outlet, article: Article) -> str:
    """Return /<section>/<slug>."""
    section = outlet.profile.slug_of(article.draft.section)
    return f"/{section}/{article.slug}"


def numbered(outlet: Outlet, article: Article) -> str:
    """Return /news/article/<number>/."""
    del outlet
    return f"/news/article/{article.number}/"


def itemed(outlet: Outlet, article: Article) -> str:
    """Return /<section>/item/<number>-<time>, as Joomla K2 makes of Arabic titles."""
    section = outlet.profile.slug_of(article.draft.section)
    stamp = f"{dating.local(article.published_at):%Y-%m-%d-%H-%M-%S}"
    return f"/{section}/item/{article.number}-{stamp}"
