"""The catalogue: which sites there are, and how each announces and shows its articles.

A site is one TOML file named after its key. The shipped ones lie in
`scraper/sites/`; a user's folder adds sites and replaces shipped ones by key.
Everything is checked when it is read, so that a crawl never meets a selector
or a time zone that cannot be used. Nothing heavy is imported here: the
scheduler and the command line read the catalogue too.
"""

import re
import sys
import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from scraper.complaints import complaint, suggestion
from storage.errors import SiteError
from storage.hours import Quiet

SHIPPED = Path(__file__).parent / "sites"

Confidence = Literal["high", "medium", "low", "guess"]
RouteType = Literal["wordpress", "feed", "news_sitemap", "sitemap", "listing"]

# Types whose address may count pages.
PAGED = ("feed", "listing")


@cache
def _css_checked(selector: str) -> str:
    from cssselect import HTMLTranslator, SelectorError

    # parsel adds `::text` and `::attr(…)`; the rest must be plain CSS.
    plain = re.sub(r"::(?:text\b|attr\([^)]*\))", "", selector)
    try:
        HTMLTranslator().css_to_xpath(plain)
    except SelectorError as error:
        raise ValueError(f"{selector!r} is no CSS selector ({error})") from error
    return selector


@cache
def _regex_checked(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression ({error})") from error
    return pattern


def _numbering_checked(pattern: str) -> str:
    if re.compile(_regex_checked(pattern)).groups != 1:
        raise ValueError(f"{pattern!r} must have one group, which is the article's number")
    return pattern


def _address_checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        raise ValueError(f"{url!r} is no web address; it starts with https:// or http://")
    return url


def _zone_checked(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        from zoneinfo import available_timezones

        hint = suggestion(name, available_timezones())
        raise ValueError(
            f"no time zone {name!r}{hint or '; write it like Asia/Damascus'}"
        ) from None
    return name


def _bare_host(host: str) -> str:
    """Return *host* as compared: lower case, punycode, no leading `www.`."""
    host = host.rstrip(".").lower().removeprefix("www.")
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _host_checked(host: str) -> str:
    if not host or re.search(r"[/\s@?#]", host):
        raise ValueError(f"{host!r} is no host name; write it like www.example.org")
    return host.rstrip(".").lower()


Css = Annotated[str, Field(min_length=1), AfterValidator(_css_checked)]
Regex = Annotated[str, Field(min_length=1), AfterValidator(_regex_checked)]
Numbering = Annotated[str, Field(min_length=1), AfterValidator(_numbering_checked)]
Address = Annotated[str, AfterValidator(_address_checked)]
Zone = Annotated[str, AfterValidator(_zone_checked)]
Host = Annotated[str, AfterValidator(_host_checked)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Route(_Strict):
    """One way a site announces its articles: an endpoint, feed, sitemap or section page."""

    type: RouteType
    # For "wordpress" the root of the site (or the posts endpoint itself); for
    # a listing or feed it may count pages with {page}.
    url: Address
    # Listing: which elements are, hold or lie in links to articles.
    links: Css | None = None
    # The path (percent-decoded; then path?query) of an article contains this.
    article_url: Regex | None = None
    # What {page} is on the first page, and by how much it grows.
    first_page: int = Field(default=1, ge=0)
    page_step: int = Field(default=1, ge=1)
    # How deep one poll goes at most.
    max_pages: int = Field(default=5, ge=1)
    # Asked only when the other routes of its type do not work.
    fallback: bool = False
    # Listing: its page is read in a browser, since scripts make the list.
    browser: bool = False

    @field_validator("url")
    @classmethod
    def _placeholders(cls, url: str) -> str:
        for name in re.findall(r"\{([^{}]*)\}", url):
            if name != "page":
                raise ValueError(
                    f"unknown placeholder {{{name}}} in {url!r}; only {{page}} is known"
                )
        return url

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.type == "listing" and self.links is None and self.article_url is None:
            raise ValueError("a listing needs 'links' or 'article_url' to know an article's link")
        if self.type != "listing" and self.links is not None:
            raise ValueError(f"'links' is for listings; this route is of type {self.type!r}")
        if self.type != "listing" and self.browser:
            raise ValueError(f"'browser' is for listings; this route is of type {self.type!r}")
        if self.type not in PAGED and "{page}" in self.url:
            raise ValueError(
                f"{{page}} is for listings and feeds; this route is of type {self.type!r}"
            )
        return self

    def page_url(self, page: int = 1) -> str:
        """Return the address of the *page*th page, counted from 1 whatever the site counts.

        >>> Route(type="listing", url="https://a.org/x?start={page}", links="a",
        ...       first_page=0, page_step=10).page_url(3)
        'https://a.org/x?start=20'
        """
        return self.url.replace("{page}", str(self.first_page + (page - 1) * self.page_step))

    def announces(self, url: str) -> bool:
        """Tell whether *url* may be an article, as far as `article_url` knows."""
        if self.article_url is None:
            return True
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        path, query = unquote(parts.path) or "/", unquote(parts.query)
        found = re.search(self.article_url, path)
        return bool(found or (query and re.search(self.article_url, f"{path}?{query}")))


class ExtractRules(_Strict):
    """Where a site keeps the fields of an article: a named theme, and CSS of its own."""

    theme: str | None = Field(default=None, pattern=r"^[a-z0-9_]+$")
    title: Css | None = None
    body: Css | None = None
    author: Css | None = None
    date: Css | None = None
    section: Css | None = None
    remove: list[Css] = []


class Site(_Strict):
    """One outlet's website."""

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str = Field(min_length=1)
    url: Address
    # Omitted: the host of `url`. `www.` makes no difference; a port counts.
    hosts: list[Host] = []
    language: str = Field(default="ar", pattern=r"^[a-z]{2,3}$")
    timezone: Zone = "Asia/Damascus"
    side: str = ""
    enabled: bool = True
    interval_minutes: int = Field(default=30, ge=1, le=24 * 60)
    delay_seconds: float = Field(default=2, ge=0, le=3600)
    # Hours in the site's zone in which it is not polled, "01:00-05:00".
    quiet: Quiet | None = None
    # Sites of one group are on one server: one of them is visited at a time.
    group: str | None = Field(default=None, pattern=r"^[a-z0-9_.-]{1,64}$")
    confidence: Confidence = "guess"
    evidence: str = ""
    private_network: bool = False
    # Fetch and keep an article's page even where its route has the full text.
    capture_pages: bool = False
    # The pages of articles are read in a browser, since scripts make them.
    browser: bool = False
    # Query parameters that name no article, beside those dropped for all sites.
    drop_params: list[str] = []
    # Searched in the whole address; group 1 is the number that all addresses of one
    # article have in common.
    number_pattern: Numbering | None = None
    routes: list[Route] = Field(min_length=1)
    extract: ExtractRules = ExtractRules()

    @field_validator("quiet", mode="before")
    @classmethod
    def _quiet(cls, value: object) -> object:
        return Quiet.parse(value) if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _own_host(cls, value: object) -> object:
        if (
            isinstance(value, Mapping)
            and not value.get("hosts")
            and isinstance(value.get("url"), str)
        ):
            host = _netloc(value["url"])
            return {**value, "hosts": [host]} if host else value
        return value

    @model_validator(mode="after")
    def _at_home(self) -> Self:
        for where, url in [("url", self.url), *((route.type, route.url) for route in self.routes)]:
            if not self.owns(url):
                raise ValueError(
                    f"{where} {url} is on a host not among 'hosts'; add {_netloc(url)!r}"
                )
        return self

    @property
    def interval(self) -> timedelta:
        """How often it is asked, until its rhythm is known."""
        return timedelta(minutes=self.interval_minutes)

    @property
    def wants_browser(self) -> bool:
        """Whether anything of it is read in a browser."""
        return self.browser or any(route.browser for route in self.routes)

    def wakes(self, moment: datetime) -> datetime:
        """Return *moment*, or when the quiet hours end in which it lies."""
        return self.quiet.wakes(moment, ZoneInfo(self.timezone)) if self.quiet else moment

    def owns(self, url: str) -> bool:
        """Tell whether *url* is a web address on one of the hosts, or on a subdomain of one.

        >>> site = Site(key="a", name="a", url="https://a.org/",
        ...             routes=[Route(type="feed", url="https://www.a.org/feed/")])
        >>> [site.owns(u) for u in ("http://www.a.org/1", "https://b.a.org/", "https://ba.org/")]
        [True, True, False]
        """
        try:
            parts = urlsplit(url)
            name, port = parts.hostname, parts.port
        except ValueError:
            return False
        if parts.scheme not in {"http", "https"} or not name:
            return False
        name = _bare_host(name)
        return any(
            host in (name, f"{name}:{port}") or name.endswith(f".{host}")
            for host in self.bare_hosts
        )

    @cached_property
    def bare_hosts(self) -> frozenset[str]:
        """The hosts as compared with others'."""
        return frozenset(_bare_host(host) for host in self.hosts)


def _netloc(url: str) -> str:
    try:
        parts = urlsplit(url)
        return parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def load_file(path: Path) -> Site:
    """Read one site file; SiteError says in one line what is wrong and where."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SiteError(
            f"{path}: not UTF-8 (byte {error.start + 1}); save the file as UTF-8"
        ) from error
    except OSError as error:
        raise SiteError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    try:
        site = Site.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SiteError(f"{path}: not TOML: {_with_place_first(error)}") from error
    except ValidationError as error:
        raise SiteError(f"{path}: {complaint(error, Site)}") from error
    if site.key != path.stem:
        raise SiteError(
            f"{path}: key {site.key!r} is not the file's name; rename the file to {site.key}.toml"
        )
    return site


def _with_place_first(error: tomllib.TOMLDecodeError) -> str:
    message, _, place = str(error).partition(" (at ")
    if not place:
        return str(error)
    return f"{place.rstrip(')')}: {message}; correct that line"


def _read_folder(folder: Path) -> dict[str, tuple[Site, Path]]:
    if folder.exists() and not folder.is_dir():
        raise SiteError(f"{folder}: not a folder; 'sites' names folders of site files")
    # A folder that does not exist yet holds no sites: `rasid init` names one
    # for the day the first site is added.
    return {path.stem: (load_file(path), path) for path in sorted(folder.glob("*.toml"))}


def _check_hosts(sites: Mapping[str, tuple[Site, Path]]) -> None:
    claimed: dict[str, tuple[Site, Path]] = {}
    for site, path in sites.values():
        for host in sorted(site.bare_hosts):
            first = claimed.setdefault(host, (site, path))
            if first[0].key != site.key:
                raise SiteError(
                    f"{path}: host {host!r} belongs to {first[0].key!r} ({first[1]}) already; "
                    f"take it out of one, or give both files one key"
                )


def load(
    folders: Iterable[Path] = (), *, only: Collection[str] = (), with_shipped: bool = True
) -> dict[str, Site]:
    """Return the shipped sites and those of *folders*, by key, in the order of keys.

    A later file replaces an earlier one of the same key. With *only*, just
    these sites are returned; a key nobody has is an error.
    """
    found: dict[str, tuple[Site, Path]] = {}
    for folder in [SHIPPED, *folders] if with_shipped else folders:
        found |= _read_folder(Path(folder))
    _check_hosts(found)
    for key in only:
        if key not in found:
            hint = suggestion(key, found)
            raise SiteError(f"no site {key!r}{hint or '; `rasid sites list` shows the keys'}")
    return {key: found[key][0] for key in sorted(found) if not only or key in only}


@cache
def _shipped() -> dict[str, Site]:
    return load()


def shipped() -> dict[str, Site]:
    """Return the shipped catalogue, read once in the life of a process."""
    return dict(_shipped())


def table(sites: Mapping[str, Site]) -> str:
    """Return *sites* as a Markdown table, one row each, for docs/sites.md."""
    lines = [
        "| Key | Name | Site | Side | Routes | Theme | Zone | Confidence | Enabled |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for site in sites.values():
        routes: dict[str, int] = {}
        for route in site.routes:
            routes[route.type] = routes.get(route.type, 0) + 1
        ways = ", ".join(f"{kind} x{n}" if n > 1 else kind for kind, n in routes.items())
        cells = [
            f"`{site.key}`",
            site.name,
            f"<{site.url}>",
            site.side or "-",
            ways,
            site.extract.theme or "-",
            site.timezone,
            site.confidence,
            "yes" if site.enabled else "no",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def page(written: str, sites: Mapping[str, Site]) -> str:
    """Return *written*, the text of docs/sites.md, with its table as it should be."""
    begin, end = (
        "<!-- table: python -m scraper.catalogue docs/sites.md -->",
        "<!-- end of table -->",
    )
    before, _, rest = written.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{table(sites)}{end}{after}"


if __name__ == "__main__":
    # Prints the table of the shipped sites, or renews it in the file named.
    if len(sys.argv) > 1:
        file = Path(sys.argv[1])
        file.write_text(page(file.read_text("utf-8"), shipped()), encoding="utf-8")
    else:
        sys.stdout.write(table(shipped()))
