"""The write side: what a page said is kept, as a new article, a new version, or not at all.

Deciding is apart from keeping: `decide` compares and touches nothing; `keep` and, for many
pages at once, `keep_all` do what it says, inside the caller's transaction. What can be known
of a page without the archive is worked out before, in an `Arrival`: while a transaction is
open others wait.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import clusters, holdings, leases, search
from storage.captures import Record
from storage.clusters import Joining
from storage.copies import RULE_VERSION
from storage.database import write_rows
from storage.errors import LeaseLost
from storage.fingerprint import digest_of, folded, keys_of
from storage.leases import Lease
from storage.models import Alias, Article, ArticleIndex, Version
from storage.stems import index_of
from storage.urls import credible_canonical, url_key

# A route's text and its page's are about as long as each other.
SAME_LENGTH = 0.9

# Why a version differs from the one before, where its publisher did not change it.
BY_EXTRACTOR = "extractor"

Outcome = Literal["new", "revised", "unchanged"]


class Page(Protocol):
    """What the archive needs to know of an article; `scraper.items.ArticleItem` fits.

    Times are aware; text is as published, paragraphs a blank line apart.
    """

    @property
    def site(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def canonical_url(self) -> str | None: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def headline(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def authors(self) -> Sequence[str]: ...
    @property
    def section(self) -> str | None: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def language(self) -> str | None: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def modified_at(self) -> datetime | None: ...
    @property
    def published_raw(self) -> str | None: ...
    @property
    def date_source(self) -> str | None: ...
    @property
    def provenance(self) -> Mapping[str, str]: ...
    @property
    def extractor(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page; the version is the one that holds its text."""

    outcome: Outcome
    article_id: int
    version_id: int
    number: int
    relation: str | None = None
    # False where the page was only one more address of an article that is read elsewhere.
    own: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """A page on its way into the archive, with all of it that needs no look into the archive.

    *capture* is only called when there is something to prove: for a page that says what it
    said before, nothing is written. *alerting* is False for what nobody should be told about.
    *asked* is the compared form of the address that led to the page.
    """

    page: Page
    # As they are stored.
    headline: str
    body: str
    address: str
    # The compared forms of its addresses, those it is identified by and read at before others.
    keys: tuple[str, ...]
    read_at: str
    digest: str
    index: tuple[str, str]
    bands: frozenset[int]
    identity: Callable[[str], str]
    capture: Callable[[Session], Record] | None = None
    lease: Lease | None = None
    alerting: bool = True
    asked: str | None = None


def arrive(
    page: Page,
    *,
    capture: Callable[[Session], Record] | None = None,
    lease: Lease | None = None,
    alerting: bool = True,
    identity: Callable[[str], str] = url_key,
    asked: str | None = None,
) -> Arrival:
    """Return *page* as `keep_all` takes it. *identity* gives the compared form of an address."""
    address = _identifying_address(page)
    urls = dict.fromkeys((address, page.url, *page.aliases))
    keys = {url: identity(url) for url in urls}
    headline, body = storable(page.headline), storable(page.body)
    text = folded(headline, body)
    return Arrival(
        page=page,
        headline=headline,
        body=body,
        address=address,
        keys=tuple(dict.fromkeys(keys.values())),
        read_at=keys[page.url],
        digest=digest_of(text),
        index=index_of(text.headline, text.body),
        bands=keys_of(text),
        identity=identity,
        capture=capture,
        lease=lease,
        alerting=alerting,
        asked=asked,
    )


def decide(known: str | None, found: str) -> Outcome:
    """Compare the digest *known* to the archive (None: no such article) with the one *found*."""
    if known is None:
        return "new"
    return "unchanged" if known == found else "revised"


def keep(
    db: Session,
    page: Page,
    *,
    now: datetime,
    capture: Callable[[], Record] | None = None,
    lease: Lease | None = None,
    alerting: bool = True,
    identity: Callable[[str], str] = url_key,
    asked: str | None = None,
) -> Kept:
    """Keep what *page* says, and return what became of it; `arrive` has the options.

    An article's text is read at one address, the first it was had from: its AMP page
    or print view may say it a little differently, and is kept as an alias only.
    Raises LeaseLost, with nothing written, when *lease* no longer stands.
    """
    arrival = arrive(
        page,
        capture=(lambda _: capture()) if capture else None,
        lease=lease,
        alerting=alerting,
        identity=identity,
        asked=asked,
    )
    [kept] = keep_all(db, [arrival], now=now)
    if isinstance(kept, LeaseLost):
        raise kept
    return kept


def keep_all(db: Session, arrivals: Sequence[Arrival], *, now: datetime) -> list[Kept | LeaseLost]:
    """Keep many pages; return in their order what became of each.

    One after another they would come to the same: of two that are one article the second finds
    what the first has written. For a page whose lease no longer stands nothing is written.
    """
    lost = leases.lost(db, [one.lease for one in arrivals if one.lease])
    known = _known(db, [key for one in arrivals for key in one.keys])
    new: list[tuple[int, Arrival]] = []
    others: list[tuple[int, Arrival]] = []
    kept: dict[int, Kept | LeaseLost] = {}
    for place, arrival in enumerate(arrivals):
        if arrival.lease in lost:
            kept[place] = lost[arrival.lease]
            continue
        (new if known.isdisjoint(arrival.keys) else others).append((place, arrival))
        known.update(arrival.keys)
    places = [place for place, _ in new]
    kept.update(zip(places, _keep_new(db, [one for _, one in new], now), strict=True))
    for place, arrival in others:
        kept[place] = _keep_known(db, arrival, now)
    return [kept[place] for place in range(len(arrivals))]


def _known(db: Session, keys: Sequence[str]) -> set[str]:
    """Return which of *keys* some article goes by."""
    wanted = list(dict.fromkeys(keys))
    own = db.scalars(select(Article.url_key).where(Article.url_key.in_(wanted)))
    return {*own, *db.scalars(select(Alias.url_key).where(Alias.url_key.in_(wanted)))}


def _keep_new(db: Session, arrivals: Sequence[Arrival], now: datetime) -> list[Kept]:
    """Write articles that are all new, and each another one; a statement serves all of them."""
    if not arrivals:
        return []
    opened = clusters.open_clusters(db, len(arrivals), now)
    articles = [
        _article(arrival, cluster.id, now)
        for arrival, cluster in zip(arrivals, opened, strict=True)
    ]
    db.add_all(articles)
    db.flush()
    versions = []
    for arrival, article, cluster in zip(arrivals, articles, opened, strict=True):
        cluster.representative_id = article.id
        captured = holdings.keep(db, arrival.capture(db)) if arrival.capture else None
        versions.append(_version(article, arrival, now, captured))
    db.add_all(versions)
    db.flush()
    arrived = list(zip(articles, arrivals, strict=True))
    write_rows(db, ArticleIndex, [_index(db, article, arrival) for article, arrival in arrived])
    write_rows(
        db,
        Alias,
        [
            {"url_key": key, "article_id": article.id}
            for article, arrival in arrived
            for key in arrival.keys
            if key != article.url_key
        ],
    )
    clusters.join_new(
        db,
        [
            Joining(article, version.headline, version.body, arrival.bands)
            for arrival, article, version in zip(arrivals, articles, versions, strict=True)
        ],
        now=now,
    )
    return [
        Kept("new", article.id, version.id, version.number, article.relation)
        for article, version in zip(articles, versions, strict=True)
    ]


def _keep_known(db: Session, arrival: Arrival, now: datetime) -> Kept:
    """Keep a page of an article that is there already."""
    page, article = arrival.page, find(db, arrival.keys)
    assert article is not None
    outcome = decide(article.digest, arrival.digest)
    own = arrival.identity(article.url) in {arrival.read_at, arrival.asked}
    if outcome == "revised" and not (own and _says_more(_current(db, article), page)):
        outcome = "unchanged"
    article.last_seen_at = max(article.last_seen_at, now)
    article.gone_at = article.gone_reason = None
    if own:
        article.modified_at = page.modified_at or article.modified_at
    if outcome == "unchanged":
        version = _current(db, article)
        _fill_in(db, article, version, page)
    else:
        captured = holdings.keep(db, arrival.capture(db)) if arrival.capture else None
        version = _revise(db, article, arrival, now, captured)
    _alias(db, article, arrival.keys)
    db.flush()
    return Kept(outcome, article.id, version.id, version.number, article.relation, own)


def read_anew(db: Session, article: Article, page: Page, *, now: datetime) -> Version:
    """Keep what another extractor makes of the current version's capture, as a version of its own.

    It is marked as that: the publisher changed nothing, and nobody is told.
    """
    before = _current(db, article)
    arrival = arrive(page, alerting=False)
    version = _revise(db, article, arrival, now, before.capture_id, cause=BY_EXTRACTOR)
    article.published_at = page.published_at or article.published_at
    db.flush()
    return version


def find(db: Session, keys: Sequence[str]) -> Article | None:
    """Return the article that goes by any of *keys*, its own address before an alias."""
    own = db.scalars(select(Article).where(Article.url_key.in_(keys))).all()
    if own:
        return min(own, key=lambda article: keys.index(article.url_key))
    return db.scalars(
        select(Article).join(Alias, Alias.article_id == Article.id).where(Alias.url_key.in_(keys))
    ).first()


def storable(text: str) -> str:
    """Return *text* without what a database cannot hold: NUL and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "ignore").decode()
    return text


def _identifying_address(page: Page) -> str:
    if page.canonical_url and credible_canonical(page.url, page.canonical_url):
        return page.canonical_url
    return page.url


def _article(arrival: Arrival, cluster_id: int, now: datetime) -> Article:
    page = arrival.page
    return Article(
        site_key=page.site,
        url_key=arrival.keys[0],
        url=page.url,
        canonical_url=arrival.address,
        version_number=1,
        headline=arrival.headline,
        digest=arrival.digest,
        published_at=page.published_at,
        modified_at=page.modified_at,
        first_seen_at=now,
        last_seen_at=now,
        cluster_id=cluster_id,
        # What is alone is so by this rule; said at once, it need not be written again.
        rule_version=RULE_VERSION,
    )


def _version(article: Article, arrival: Arrival, now: datetime, capture_id: int | None) -> Version:
    """Return the article's current version, as *arrival* has it."""
    page = arrival.page
    return Version(
        article_id=article.id,
        number=article.version_number,
        headline=article.headline,
        body=arrival.body,
        authors=[storable(author) for author in page.authors],
        section=storable(page.section) if page.section else None,
        tags=[storable(tag) for tag in page.tags],
        language=page.language,
        published_at=page.published_at,
        modified_at=page.modified_at,
        published_raw=storable(page.published_raw) if page.published_raw else None,
        date_source=page.date_source,
        digest=arrival.digest,
        provenance=dict(page.provenance),
        extractor=page.extractor,
        seen_at=now,
        alerting=arrival.alerting,
        capture_id=capture_id,
    )


def _revise(
    db: Session,
    article: Article,
    arrival: Arrival,
    now: datetime,
    capture_id: int | None,
    cause: str | None = None,
) -> Version:
    """Write another version of an article."""
    article.version_number += 1
    article.headline = arrival.headline
    article.digest = arrival.digest
    # A later version may be dated anew; the article keeps the day it first came out.
    article.published_at = article.published_at or arrival.page.published_at
    version = _version(article, arrival, now, capture_id)
    version.cause = cause
    index = db.get(ArticleIndex, article.id) or ArticleIndex(article_id=article.id)
    index.place = _place(db, article)
    index.headline, index.body = arrival.index
    db.add_all([version, index])
    db.flush()
    clusters.join_again(
        db, Joining(article, version.headline, version.body, arrival.bands), now=now
    )
    return version


def _index(db: Session, article: Article, arrival: Arrival) -> dict[str, Any]:
    headline, body = arrival.index
    place = _place(db, article)
    return {"article_id": article.id, "place": place, "headline": headline, "body": body}


def _place(db: Session, article: Article) -> int:
    return search.free_place(db, article.published_at or article.first_seen_at, article.id)


def _current(db: Session, article: Article) -> Version:
    return db.scalars(
        select(Version).where(
            Version.article_id == article.id, Version.number == article.version_number
        )
    ).one()


def _says_more(version: Version, page: Page) -> bool:
    """Tell whether the text of *page* is another than *version*'s for more than how it was had.

    A route and a page tell one text a little differently. What was not modified since
    is the same, unless one of the two is much longer.
    """
    if _is_route(version.provenance) == _is_route(page.provenance):
        return True
    if page.modified_at is None or version.modified_at is None:
        return True
    shorter, longer = sorted((len(version.body), len(page.body)))
    return page.modified_at > version.modified_at or shorter < SAME_LENGTH * longer


def _is_route(provenance: Mapping[str, str]) -> bool:
    return provenance.get("body", "").startswith("route:")


def _fill_in(db: Session, article: Article, version: Version, page: Page) -> None:
    # The text is the same; a date that a better route states is knowledge, not a change.
    if version.published_at is None and page.published_at is not None:
        version.published_at = page.published_at
        version.published_raw = page.published_raw
        version.date_source = page.date_source
        if article.published_at is None:
            article.published_at = page.published_at
            index = db.get_one(ArticleIndex, article.id)
            index.place = _place(db, article)


def _alias(db: Session, article: Article, keys: Sequence[str]) -> None:
    others = [key for key in keys if key != article.url_key]
    if not others:
        return
    taken = set(db.scalars(select(Alias.url_key).where(Alias.url_key.in_(others))))
    # An address that is another article's own stays that one's: an alias joins
    # names, it never joins articles.
    taken.update(db.scalars(select(Article.url_key).where(Article.url_key.in_(others))))
    db.add_all(Alias(url_key=key, article_id=article.id) for key in others if key not in taken)
