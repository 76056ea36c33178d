"""One replica site: what it has published, and how it answers."""

import hashlib
import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from scheduler.newsroom.content import Article, Draft, Gold

HTML = "text/html; charset=UTF-8"
XML = "application/xml; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
PLAIN = "text/plain; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, as far as a site looks at it. *path* is decoded."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str, default: int) -> int:
        """Return a query parameter as a number; what is none counts as *default*."""
        value = self.query.get(name, "")
        return int(value) if value.isascii() and value.isdigit() else default


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site sends back."""

    body: bytes
    status: int = 200
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    # When what it says last changed; given, the answer carries validators.
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Who an outlet is."""

    key: str
    name: str
    motto: str
    # (name, slug) of its sections, in the order of the menu.
    sections: tuple[tuple[str, str], ...]
    first_number: int = 1000
    robots: str = "User-agent: *\nDisallow:\n"

    def slug_of(self, section: str) -> str:
        """Return the address name of *section*; a section without one is an author's slip."""
        return dict(self.sections)[section]


class Outlet(ABC):
    """A site with its articles; each kind says how it lists and shows them."""

    # How far the date a page states is from the true one, at most.
    tolerance = timedelta(seconds=1)
    # Slugs are cut here, counted in percent-encoded bytes.
    slug_bytes: int | None = None
    # False where no page can be had.
    open = True

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.base = f"http://{profile.key}.localhost"
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._articles: dict[str, Article] = {}

    @abstractmethod
    def path(self, article: Article) -> str:
        """Return the decoded path of an article's page."""

    def extract_rules(self) -> str:
        """Return the `[extract]` table of the site's file; most kinds need none."""
        return ""

    @abstractmethod
    def answer(self, ask: Ask) -> Answer:
        """Return what the site says to *ask*."""

    @abstractmethod
    def routes(self) -> str:
        """Return the `[[routes]]` of the site's file."""

    def address(self, article: Article) -> str:
        """Return the full address of an article's page as the site writes it."""
        return self.base + self.encoded(self.path(article))

    def encoded(self, path: str) -> str:
        """Return *path* with percent escapes as this kind of site writes them."""
        return quote(path, safe="/-_.~,")

    def publish(self, draft: Draft, at: datetime) -> Article:
        """Put *draft* on the site as of *at*."""
        number = self.profile.first_number + 7 * len(self._articles)
        slug = self._free(slugged(draft.headline, self.slug_bytes))
        article = Article(draft, number, slug, draft.headline, draft.body, at, at)
        self._articles[draft.id] = article
        return article

    def _free(self, slug: str) -> str:
        """Return *slug*, or with a number after it where another article has it."""
        taken = {one.slug for one in self._articles.values()}
        tries = (slug if count == 1 else f"{slug}-{count}" for count in itertools.count(1))
        return next(one for one in tries if one not in taken)

    def replace(self, article: Article) -> None:
        """Show *article* in place of its earlier wording."""
        self._articles[article.id] = article

    def article(self, article_id: str) -> Article:
        return self._articles[article_id]

    @property
    def articles(self) -> list[Article]:
        """All that is published, the newest first."""
        return sorted(
            self._articles.values(), key=lambda one: (one.published_at, one.number), reverse=True
        )

    def in_section(self, slug: str) -> list[Article]:
        """Return the articles of the section called *slug* in addresses, newest first."""
        return [one for one in self.articles if self.profile.slug_of(one.draft.section) == slug]

    def at_path(self, path: str) -> Article | None:
        """Return the article whose page is at the decoded *path*, the last slash aside."""
        wanted = path.rstrip("/")
        for article in self._articles.values():
            if self.path(article).rstrip("/") == wanted:
                return article
        return None

    def related(self, article: Article, count: int = 4) -> list[Article]:
        """Return other articles for the boxes beside *article*.

        Those that speak of the east of the Euphrates come first: the boxes
        are there to mislead a reader that takes them for the text.
        """
        others = [one for one in self.articles if one.id != article.id]
        others.sort(key=lambda one: "الفرات" not in plain(one.headline))
        return others[:count]

    def gold(self, article: Article) -> Gold:
        """Return what extraction should make of the page of *article*."""
        draft = article.draft
        return Gold(
            article_id=article.id,
            site=self.profile.key,
            url=self.address(article),
            headline=article.headline,
            body=article.paragraphs,
            authors=draft.authors,
            section=draft.section,
            tags=draft.tags,
            published_at=None if draft.undated else article.published_at,
            tolerance=self.tolerance_of(article),
            reachable=self.open and not draft.forbidden,
        )

    def tolerance_of(self, article: Article) -> timedelta:
        """Return how far the date stated for *article* may be from the true one."""
        del article
        return self.tolerance

    def site_toml(self) -> str:
        """Return the site file by which this site is crawled."""
        profile = self.profile
        return (
            f'key = "{profile.key}"\n'
            f'name = "{profile.name}"\n'
            f'url = "{self.base}/"\n'
            f'hosts = ["{profile.key}.localhost"]\n'
            'language = "ar"\n'
            'timezone = "Asia/Damascus"\n'
            'side = "demo"\n'
            "enabled = true\n"
            "interval_minutes = 5\n"
            "delay_seconds = 0\n"
            'confidence = "high"\n'
            'evidence = "the replica newsroom"\n'
            "private_network = true\n"
            f"\n{self.routes()}{self.extract_rules()}"
        )


def plain(text: str) -> str:
    """Return *text* without vowel marks.

    >>> plain("شرقِ الفراتِ") == "شرق الفرات"
    True
    """
    return re.sub("[\u064b-\u065f\u0670]", "", text)


def slugged(text: str, most_bytes: int | None = None) -> str:
    """Return *text* as it stands in addresses: vowel marks kept, punctuation gone.

    >>> slugged("شرقِ الفراتِ .. والسببُ؟") == "شرقِ-الفراتِ-والسببُ"
    True
    """
    words = "".join(char if char.isalnum() or plain(char) == "" else " " for char in text).split()
    whole = "-".join(words)
    while most_bytes is not None and len(quote(whole)) > most_bytes:
        whole = whole[:-1]
    return whole.rstrip("-")


def lower_escapes(url: str) -> str:
    """Return *url*, which is ASCII, with its percent escapes in lower case."""
    head, *rest = url.split("%")
    return head + "".join("%" + part[:2].lower() + part[2:] for part in rest)


def rules(**selectors: str | list[str]) -> str:
    """Return an `[extract]` table; selectors are written as TOML literals."""
    lines = ["[extract]"]
    for name, selector in selectors.items():
        if isinstance(selector, str):
            lines.append(f"{name} = {_literal(selector)}")
        else:
            lines.append(f"{name} = [{', '.join(map(_literal, selector))}]")
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    return f"'{text}'"


def route(kind: str, url: str, **more: str | int) -> str:
    """Return one `[[routes]]` table; strings are written as TOML literals."""
    lines = ["[[routes]]", f'type = "{kind}"', f'url = "{url}"']
    lines += [
        f"{name} = {value}" if isinstance(value, int) else f"{name} = '{value}'"
        for name, value in more.items()
    ]
    return "\n".join(lines) + "\n\n"


def page_of(articles: Sequence[Article], number: int, size: int) -> list[Article]:
    """Return page *number* of *articles*, counted from 1; empty past the end."""
    return list(articles[(number - 1) * size : number * size]) if number > 0 else []


def last_change(articles: Sequence[Article], default: datetime) -> datetime:
    """Return when any of *articles* last changed."""
    return max((one.modified_at for one in articles), default=default)


def not_found(html: str) -> Answer:
    """Return a 404 with a page a person can read."""
    return Answer(html.encode(), status=404)


def moved(url: str) -> Answer:
    """Return a permanent redirect."""
    return Answer(b"", status=301, headers={"Location": url})


def validated(ask: Ask, answer: Answer) -> Answer:
    """Return *answer* with validators where it can have them, or a 304 where they still hold."""
    if answer.changed_at is None or answer.status != 200:
        return answer
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    changed = answer.changed_at.astimezone(UTC).replace(microsecond=0)
    headers = {
        **answer.headers,
        "ETag": etag,
        "Last-Modified": format_datetime(changed, usegmt=True),
    }
    if _still_holds(ask.headers, etag, changed):
        return Answer(b"", status=304, content_type=answer.content_type, headers=headers)
    return Answer(answer.body, content_type=answer.content_type, headers=headers)


def _still_holds(headers: Mapping[str, str], etag: str, changed: datetime) -> bool:
    """Say whether the asker's copy is good; an ETag, where given, decides alone (RFC 9110)."""
    stated = headers.get("If-None-Match")
    if stated is not None:
        return etag in {part.strip().removeprefix("W/") for part in stated.split(",")}
    since = headers.get("If-Modified-Since")
    if since is None:
        return False
    try:
        return changed <= parsedate_to_datetime(since)
    except ValueError:
        # A date nobody can read is no condition.
        return False
