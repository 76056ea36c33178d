"""The tables of the archive.

One schema for SQLite and PostgreSQL. Times are aware, in UTC; text is kept as
published, and only `ArticleIndex` holds it otherwise, for search.

    Site ── Route                      where articles are announced
      ├──── Backfill                   the past, asked for by name
      └──── Address ── Article ── Version ── Capture
                          │          └── Match ── Alert ──┐
                          ├── Alias, Band                   ├── Delivery
                          └── Cluster, Ruling      Notice ──┘
    Run                                one execution of one site's spider
    Manifest, Takedown                 what was captured, sealed; what is withheld
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, BigId


class Site(Base):
    """An outlet's website, with its place in the queue and who holds it."""

    __tablename__ = "site"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=True)
    # True for a site that only ever came in through an import.
    imported: Mapped[bool] = mapped_column(default=False)
    # Seconds between polls as adapted to the site's rhythm, and as the site file states them:
    # a file that states others begins anew.
    interval_seconds: Mapped[int] = mapped_column(default=900)
    stated_seconds: Mapped[int | None]
    # Sites on one server: one of them at a time.
    lease_group: Mapped[str | None] = mapped_column(String(64), index=True)
    next_due: Mapped[datetime | None] = mapped_column(index=True)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    # Grows with every lease; a write that brings an older one is refused.
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    # The health of the site in one word, as the last poll left it, see storage.health.
    state: Mapped[str] = mapped_column(String(16), default="new")
    state_reason: Mapped[str | None]
    state_since: Mapped[datetime | None]
    # What the last poll came to: ok, refused, failing; null before the first.
    poll_outcome: Mapped[str | None] = mapped_column(String(16))
    poll_reason: Mapped[str | None]
    # How much of what is fetched comes out whole: {"article": [now, usually, pages], …}.
    yields: Mapped[dict[str, list[float]] | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_success_at: Mapped[datetime | None]
    last_new_at: Mapped[datetime | None]


class Route(Base):
    """What is remembered of one route of a site between polls."""

    __tablename__ = "route"
    __table_args__ = (UniqueConstraint("site_key", "type", "url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"))
    type: Mapped[str] = mapped_column(String(16))
    url: Mapped[str]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    # When it was last answered with a body, and whether one changed under the same validators.
    read_at: Mapped[datetime | None]
    validators_lie: Mapped[bool | None]
    # sha256 of the last body: some servers answer 200 with the same bytes, some lie with ETag.
    body_hash: Mapped[str | None] = mapped_column(String(64))
    # How far a REST route has been read: the newest `modified_gmt` seen, ISO 8601.
    cursor: Mapped[str | None]
    # Whether what the feed carries is as long as the page's text; unknown until compared.
    full_text: Mapped[bool | None]
    state: Mapped[str] = mapped_column(String(16), default="new")  # new, ok, refused, failing
    state_reason: Mapped[str | None]
    state_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    last_ok_at: Mapped[datetime | None]


class Address(Base):
    """One address a site announced, and what became of it.

    States: `seen` (announced, waiting to be fetched), `kept` (an article),
    `refused` (no article, or not allowed; the reason says which) and `failed`
    (given up after several tries); `queued` is `seen` by a backfill, whose turn comes
    beside the polls. A kept one with a reason is one more address of an
    article that is read at another: `alias`, or an address that is no longer there.
    """

    __tablename__ = "address"
    __table_args__ = (
        Index("ix_address_waiting", "site_key", "state", "not_before"),
        Index("ix_address_recheck", "site_key", "recheck_at"),
    )

    # The compared form, see storage.urls.url_key.
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"))
    url: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), default="seen")
    reason: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    # Type of the route and hash of what it said (headline, summary, modified): when the
    # same type says something else, the page is looked at again.
    listed_hash: Mapped[str | None] = mapped_column(String(96))
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"), index=True)
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    # When the article is to be looked at again for corrections, and how often it was.
    recheck_at: Mapped[datetime | None]
    rechecks: Mapped[int] = mapped_column(default=0)


class Cluster(Base):
    """Articles that carry the same text; its first article represents it."""

    __tablename__ = "cluster"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    representative_id: Mapped[int | None] = mapped_column(BigId)
    first_seen_at: Mapped[datetime]
    size: Mapped[int] = mapped_column(default=1)


class Ruling(Base):
    """What a person said of two articles: they carry one text, or they do not.

    It stands above every automatic decision, those still to come as well.
    """

    __tablename__ = "ruling"
    __table_args__ = (Index("ix_ruling_other", "other_id"),)

    # The lower id is the one's.
    one_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id"), primary_key=True, autoincrement=False
    )
    together: Mapped[bool]
    said_at: Mapped[datetime]


class Article(Base):
    """The news item at one canonical address. What it said is in its versions."""

    __tablename__ = "article"
    __table_args__ = (
        Index("ix_article_site", "site_key", "published_at"),
        Index("ix_article_published", "published_at"),
        Index("ix_article_digest", "digest"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"))
    url_key: Mapped[str] = mapped_column(Text, unique=True)
    url: Mapped[str]
    canonical_url: Mapped[str | None]
    # Of the current version, repeated here so that lists need no join.
    version_number: Mapped[int] = mapped_column(default=1)
    headline: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime | None]
    modified_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime] = mapped_column(index=True)
    last_seen_at: Mapped[datetime]
    # When its address was first found to answer 404 or 410, and which; null while it is there.
    gone_at: Mapped[datetime | None]
    gone_reason: Mapped[str | None] = mapped_column(String(16))
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"), index=True)
    # To the article it was joined with: exact, duplicate, version, related; null when alone.
    relation: Mapped[str | None] = mapped_column(String(16))
    related_to: Mapped[int | None] = mapped_column(BigId)
    relation_score: Mapped[float | None]
    relation_reasons: Mapped[list[str] | None]
    # Which rule decided, so that a later rule can find what it should look at again.
    rule_version: Mapped[int | None]


class Alias(Base):
    """Another address of an article: a shortlink, `?p=ID`, an AMP page, a second section."""

    __tablename__ = "alias"

    url_key: Mapped[str] = mapped_column(Text, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)


class Band(Base):
    """One band of an article's near-duplicate signature, see storage.fingerprint."""

    __tablename__ = "band"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Capture(Base):
    """The bytes a server sent, kept in a WARC file and found again by offset."""

    __tablename__ = "capture"
    __table_args__ = (
        UniqueConstraint("warc", "offset"),
        Index("ix_capture_sha256", "sha256"),
        Index("ix_capture_sealed", "sealed_day", "sealed_place"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    url: Mapped[str]
    warc: Mapped[str]
    offset: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    fetched_at: Mapped[datetime]
    status: Mapped[int]
    # Of the bytes on disk from the offset on; see storage.captures.Record, as for what follows.
    length: Mapped[int | None] = mapped_column(BigInteger)
    record_sha256: Mapped[str | None] = mapped_column(String(64))
    redirects: Mapped[list[str]] = mapped_column(default=list)
    address: Mapped[str | None] = mapped_column(String(64))
    tls: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    robots: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    original: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # The manifest it is entered in, and on which of its lines, counted from 1.
    sealed_day: Mapped[str | None] = mapped_column(String(10))
    sealed_place: Mapped[int | None]
    # When its bytes were given up under the rules of retention; what is said here stays.
    dropped_at: Mapped[datetime | None]


class Version(Base):
    """What an article said from one capture until one that differed; numbered from 1."""

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        # What the watches have not looked at yet; nearly always empty, so it is partial.
        Index(
            "ix_version_unmatched",
            "id",
            sqlite_where=text("matched_at IS NULL"),
            postgresql_where=text("matched_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int]
    headline: Mapped[str]
    body: Mapped[str]
    authors: Mapped[list[str]]
    section: Mapped[str | None]
    tags: Mapped[list[str]]
    language: Mapped[str | None] = mapped_column(String(16))
    published_at: Mapped[datetime | None]
    modified_at: Mapped[datetime | None]
    published_raw: Mapped[str | None]
    date_source: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    provenance: Mapped[dict[str, str]]
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id"), index=True)
    # Which extractor read it out of the capture, and, where it is not the publisher's doing
    # that it differs from the version before, what is: `extractor`.
    extractor: Mapped[str | None] = mapped_column(String(64))
    cause: Mapped[str | None] = mapped_column(String(16))
    seen_at: Mapped[datetime]
    # Whether matches in it may alert; an import without --alert only lists.
    alerting: Mapped[bool] = mapped_column(default=True)
    # When the watches looked at it. A null is work to do: ids commit out of order on
    # PostgreSQL, so a cursor over ids could step over a version; a mark on each cannot.
    matched_at: Mapped[datetime | None]


class ArticleIndex(Base):
    """The stems of an article's current version; the full-text index stands on it.

    *place* is the article's place in time, see `storage.search.place`: the newest
    have the highest, and the index is read from there.
    """

    __tablename__ = "article_index"

    article_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id"), primary_key=True, autoincrement=False
    )
    place: Mapped[int] = mapped_column(BigInteger, unique=True)
    headline: Mapped[str]
    body: Mapped[str]


class Run(Base):
    """One execution of one site's spider: `discovered = known + fetched + refused + failed + left`."""

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_site", "site_key", "started_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_key: Mapped[str] = mapped_column(ForeignKey("site.key"))
    worker: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(index=True)
    # Null while it goes on, and for ever when its worker was killed.
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None]
    requests: Mapped[int] = mapped_column(default=0)
    discovered: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    fetched: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    revised: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(default=0)
    not_modified: Mapped[int] = mapped_column(default=0)
    refused: Mapped[dict[str, int]] = mapped_column(default=dict)
    failed: Mapped[dict[str, int]] = mapped_column(default=dict)
    # Limits that bit and steps down from one route to the next, in words.
    notes: Mapped[list[str]] = mapped_column(default=list)


class Worker(Base):
    """A crawl process, known by its heartbeat."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Watch(Base):
    """A standing query. The watch list file is the master; rows follow it."""

    __tablename__ = "watch"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    query: Mapped[str]
    # The rest of the watch as written: mode, sites, fields, channels, priority, note, cases.
    settings: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    # Since when nobody is told of what it finds, and until when; null: until it is unmuted.
    muted_at: Mapped[datetime | None]
    muted_until: Mapped[datetime | None]


class Match(Base):
    """A version satisfies a watch; recorded once.

    Outcome: `alerted`, `copy` (a text the desk was told about already), `too_old`,
    `muted` (the watch was, then) or `listed` (by `rasid match --all` or an import:
    nobody is told).
    """

    __tablename__ = "match"
    __table_args__ = (UniqueConstraint("watch_id", "version_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id"))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    # [{"field", "start", "end", "text", "term"}], code points of the text as published.
    spans: Mapped[list[dict[str, Any]]]
    matched_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"), index=True)


class Alert(Base):
    """One message to one watch's channels about one cluster.

    Kinds: `new`; `revised` (a later version matches for the first time);
    `correction` (what was told was changed or taken out); `deleted` (the article is
    gone); `surge` (the watch finds far more than it is used to; its newest article).
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_cluster", "watch_id", "cluster_id"),
        Index("ix_alert_cluster_id", "cluster_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id"))
    cluster_id: Mapped[int] = mapped_column(ForeignKey("cluster.id"))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    kind: Mapped[str] = mapped_column(String(16))
    priority: Mapped[str] = mapped_column(String(16), default="normal")
    created_at: Mapped[datetime] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    # The alert this one corrects or takes back.
    parent_id: Mapped[int | None] = mapped_column(BigId)
    # What else it says: {"changes": [{field, before, after}]}, {"count", "usual", "since"}.
    facts: Mapped[dict[str, Any] | None]


class Notice(Base):
    """What a channel is told of the program itself, not of an article.

    Kinds: `health` (a trouble, or that it is over), `card` (how much was read, so
    that silence means silence) and `sweep` (what a second evaluation found).
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_subject", "kind", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    # Of what: `site:sana`, `worker:NAME`, `channel:newsroom`, `disk`, `ledger`.
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)
    # When a trouble was over.
    ended_at: Mapped[datetime | None]


class Delivery(Base):
    """One alert, or one notice, on its way to one channel.

    States: `pending`, `sending` (held by a process until `not_before`),
    `delivered`, `failed` (given up; says why).
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("alert_id", "channel"),
        UniqueConstraint("notice_id", "channel"),
        Index("ix_delivery_due", "state", "not_before"),
        Index("ix_delivery_sent", "channel", "delivered_at"),
        Index("ix_delivery_message", "message"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # One of the two.
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    channel: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    # When it may be sent; once it is delivered, when its message may be changed.
    not_before: Mapped[datetime]
    last_error: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    # Which message it goes in, from the first attempt on: what is tried again is the same
    # message with the same key, so that who got it twice can see it.
    message: Mapped[str | None] = mapped_column(String(64))
    # What of the message the channel has taken: recipients, parts of a long one and their
    # numbers there; see the channel. With these it can be changed after it was delivered.
    parts: Mapped[list[str]] = mapped_column(default=list)
    # How many copies the channel was told of.
    copies: Mapped[int] = mapped_column(default=0)


class Turn(Base):
    """A row to lock: one process at a time takes a turn at a job (match, deliver)."""

    __tablename__ = "turn"

    job: Mapped[str] = mapped_column(String(32), primary_key=True)
    taken_at: Mapped[datetime | None]
