"""What the archive claims, ready to be verified: alerts and articles → claims."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.verifying import Claim
from storage import holdings, queries
from storage.models import Alert, Article, Capture, Version

BATCH = 100


def of_alert(db: Session, alert_id: int) -> list[Claim]:
    """Return the claim of an alert: the version it speaks of. Empty where there is no such alert."""
    alert = db.get(Alert, alert_id)
    if alert is None:
        return []
    return [
        claim
        for claim in of_articles(db, [alert.article_id])
        if claim.version == db.get_one(Version, alert.version_id).number
    ]


def of_articles(db: Session, article_ids: Sequence[int]) -> list[Claim]:
    """Return the claims of articles: every version, from the first on."""
    articles = {
        article.id: article
        for article in db.scalars(select(Article).where(Article.id.in_(article_ids)))
    }
    aliases = queries.aliases(db, article_ids)
    versions = queries.versions(db, article_ids)
    return [
        claim_of(articles[number], version, capture, aliases.get(number, ()))
        for number in article_ids
        for version, capture in versions.get(number, ())
    ]


def every(db: Session, sites: Sequence[str] = ()) -> Iterator[list[Claim]]:
    """Yield the claims of all articles, or those of *sites*, a batch of articles at a time."""
    last = 0
    while True:
        chosen = select(Article.id).where(Article.id > last).order_by(Article.id).limit(BATCH)
        ids = db.scalars(chosen.where(Article.site_key.in_(sites)) if sites else chosen).all()
        if not ids:
            return
        yield of_articles(db, ids)
        last = ids[-1]
        db.expunge_all()


def numbers(db: Session, sites: Sequence[str] = ()) -> list[int]:
    """Return the numbers of all articles, or of those of *sites*."""
    chosen = select(Article.id).order_by(Article.id)
    return list(db.scalars(chosen.where(Article.site_key.in_(sites)) if sites else chosen))


def claim_of(
    article: Article, version: Version, capture: Capture | None, aliases: Sequence[str]
) -> Claim:
    """Return what *version* claims."""
    return Claim(
        article=article.id,
        version=version.number,
        site=article.site_key,
        url=article.url,
        headline=version.headline,
        body=version.body,
        digest=version.digest,
        extractor=version.extractor,
        source=version.provenance.get("body"),
        keys=frozenset([article.url_key, *aliases]),
        capture=holdings.record_of(capture) if capture else None,
    )


def unsealed_and_days(db: Session, claims: Sequence[Claim]) -> tuple[int, list[str]]:
    """Return how many captures of *claims* no manifest has yet, and the days of those that have."""
    days, unsealed = set(), 0
    for claim in claims:
        if claim.capture is None:
            continue
        place = Capture.warc == claim.capture.warc, Capture.offset == claim.capture.offset
        day = db.scalars(select(Capture.sealed_day).where(*place)).first()
        if day is None:
            unsealed += 1
        else:
            days.add(day)
    return unsealed, sorted(days)
