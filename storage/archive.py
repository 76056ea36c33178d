"""The write side: what a page said is kept, as a new article, a new version, or not at all.

Deciding is apart from keeping: `decide` compares and touches nothing; `keep`
does what it says, inside the caller's transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import clusters, holdings, leases, search
from storage.captures import Record
from storage.fingerprint import digest
from storage.leases import Lease
from storage.models import Alias, Article, ArticleIndex, Version
from storage.stems import index_texts
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
    """Keep what *page* says, and return what became of it.

    An article's text is read at one address, the first it was had from: its AMP page
    or print view may say it a little differently, and is kept as an alias only.
    *identity* gives the compared form of an address (a site may know more
    about its own); *asked* is that of the address that led to the page. *capture* is only called when there is something to prove: for a
    page that says what it said before, nothing is written. *alerting* is False
    for what nobody should be told about.
    Raises LeaseLost, with nothing written, when *lease* no longer stands.
    """
    if lease is not None:
        leases.check(db, lease)
    address = _identifying_address(page)
    keys = _keys(page, address, identity)
    article = find(db, keys)
    found = digest(page.headline, page.body)
    outcome = decide(article.digest if article else None, found)
    own = article is None or identity(article.url) in {identity(page.url), asked}
    if article is None:
        article = _new_article(db, page, address=address, key=keys[0], found=found, now=now)
    elif outcome == "revised" and not (own and _says_more(_current(db, article), page)):
        outcome = "unchanged"
    article.last_seen_at = max(article.last_seen_at, now)
    article.gone_at = article.gone_reason = None
    if own:
        article.modified_at = page.modified_at or article.modified_at
    if outcome == "unchanged":
        version = _current(db, article)
        _fill_in(db, article, version, page)
        relation = article.relation
    else:
        version = _write_version(db, article, page, found, outcome, now)
        version.alerting = alerting
        version.capture_id = holdings.keep(db, capture()) if capture else None
        relation = _join(db, article, version, now)
    _alias(db, article, keys)
    db.flush()
    return Kept(outcome, article.id, version.id, version.number, relation, own)


def read_anew(db: Session, article: Article, page: Page, *, now: datetime) -> Version:
    """Keep what another extractor makes of the current version's capture, as a version of its own.

    It is marked as that: the publisher changed nothing, and nobody is told.
    """
    before = _current(db, article)
    found = digest(page.headline, page.body)
    version = _write_version(db, article, page, found, "revised", now)
    version.alerting, version.cause = False, BY_EXTRACTOR
    version.capture_id = before.capture_id
    article.published_at = page.published_at or article.published_at
    _join(db, article, version, now)
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


def _keys(page: Page, address: str, identity: Callable[[str], str]) -> list[str]:
    return list(dict.fromkeys(identity(url) for url in (address, page.url, *page.aliases)))


def _new_article(
    db: Session, page: Page, *, address: str, key: str, found: str, now: datetime
) -> Article:
    article = Article(
        site_key=page.site,
        url_key=key,
        url=page.url,
        canonical_url=address,
        version_number=0,
        headline=storable(page.headline),
        digest=found,
        published_at=page.published_at,
        first_seen_at=now,
        last_seen_at=now,
        cluster_id=clusters.open_cluster(db, now).id,
    )
    db.add(article)
    db.flush()
    return article


def _write_version(
    db: Session, article: Article, page: Page, found: str, outcome: Outcome, now: datetime
) -> Version:
    article.version_number += 1
    article.headline = storable(page.headline)
    article.digest = found
    # A later version may be dated anew; the article keeps the day it first came out.
    article.published_at = article.published_at or page.published_at
    version = Version(
        article_id=article.id,
        number=article.version_number,
        headline=article.headline,
        body=storable(page.body),
        authors=[storable(author) for author in page.authors],
        section=storable(page.section) if page.section else None,
        tags=[storable(tag) for tag in page.tags],
        language=page.language,
        published_at=page.published_at,
        modified_at=page.modified_at,
        published_raw=storable(page.published_raw) if page.published_raw else None,
        date_source=page.date_source,
        digest=found,
        provenance=dict(page.provenance),
        extractor=page.extractor,
        seen_at=now,
    )
    db.add(version)
    index = None if outcome == "new" else db.get(ArticleIndex, article.id)
    if index is None:
        index = ArticleIndex(article_id=article.id)
    index.place = _place(db, article)
    index.headline, index.body = index_texts(version.headline, version.body)
    db.add(index)
    db.flush()
    return version


def _join(db: Session, article: Article, version: Version, now: datetime) -> str | None:
    joined = clusters.join(
        db,
        article,
        headline=version.headline,
        body=version.body,
        published_at=article.published_at,
        now=now,
    )
    return joined.relation


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
