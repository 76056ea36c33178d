"""A cluster as a person reads it: who carries the text, who had it first, from whom it was copied."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.moments import clock_time
from storage import publishers, queries, rulings, withheld
from storage.errors import InputError
from storage.models import Alert, Article, Site, Version, Watch
from storage.publishers import Appearance, Carrier
from storage.regrouping import Batch, Change

HOUR = 3600


def card(db: Session, article_id: int) -> dict[str, Any]:
    """Return the cluster of an article as JSON. InputError where there is no such article."""
    article = db.get(Article, article_id)
    if article is None:
        raise InputError(f"there is no article {article_id}; 'rasid search' shows numbers.")
    carriers = _carriers(db, article.cluster_id)
    order = publishers.in_order([carrier for _, _, carrier in carriers])
    hidden = withheld.of(db, [article for article, _, _ in carriers])
    rows = {
        article.id: (withheld.without_text(article) if article.id in hidden else article, site)
        for article, site, _ in carriers
    }
    return {
        "cluster": article.cluster_id,
        "size": len(carriers),
        "first": _first(order, rows),
        "articles": [_carried(each, order[0], rows) for each in order],
        "rulings": [
            {
                "articles": [said.one_id, said.other_id],
                "together": said.together,
                "said_at": queries.moment(said.said_at),
            }
            for said in rulings.among(db, list(rows))
        ],
        "alerts": _alerts(db, article.cluster_id),
    }


def first(db: Session, article: Article) -> dict[str, Any]:
    """Return who had the article's text first: `{article, site, site_name, at, basis}`."""
    carriers = _carriers(db, article.cluster_id)
    rows = {each.id: (each, site) for each, site, _ in carriers}
    return _first(publishers.in_order([carrier for _, _, carrier in carriers]), rows)


def copied_from(db: Session, article: Article) -> list[dict[str, Any]]:
    """Return whom the article names as its source: `[{name, site, article}]`."""
    carriers = _carriers(db, article.cluster_id)
    rows = {each.id: (each, site) for each, site, _ in carriers}
    [mine] = [carrier for each, _, carrier in carriers if each.id == article.id]
    return _named(mine, rows)


def lines(said: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """Yield the lines of a card."""
    yield f"cluster {said['cluster']}: {said['size']} articles with one text"
    for each in said["articles"]:
        after = f"+{each['hours_after']:.1f} h" if each["hours_after"] else "first"
        yield f"{after:>9}  {each['id']}  {each['site_name']}  {each['headline']}"
        yield f"{'':9}  {clock_time(each['at'], zone)} ({each['basis']})  {each['url']}"
        for source in each["copied_from"]:
            yield f"{'':9}  copied from {source['name']}"
        relation = each["relation"]
        if relation:
            why = "; ".join(relation["reasons"] or [])
            yield f"{'':9}  {relation['kind']} of {relation['article']}: {why}"
    for ruling in said["rulings"]:
        one, other = ruling["articles"]
        word = "together" if ruling["together"] else "apart"
        yield f"said {clock_time(ruling['said_at'], zone)}: {one} and {other} are {word}"
    for alert in said["alerts"]:
        yield f"alert {alert['id']} of {alert['watch']}, about {alert['article']}"


def change_json(change: Change) -> dict[str, Any]:
    """Return what became of an article that was decided again, as JSON."""
    article = change.article
    return {
        "article": article.id,
        "site": article.site_key,
        "headline": article.headline,
        "change": change.what,
        "from": _standing(change.before),
        "to": _standing(change.after) | {"reasons": article.relation_reasons or []},
    }


def change_line(change: Change) -> str:
    """Return the same in one line."""
    before, after = change.before, change.after
    related = f"{after.relation} of {after.article}" if after.relation else "alone"
    return (
        f"{change.article.id} {change.what}: cluster {before.cluster} -> {after.cluster}, {related};"
        f" {'; '.join(change.article.relation_reasons or [])}"
    )


def summed(batches: Sequence[Batch]) -> dict[str, int]:
    """Return the sums of a job: what was decided, what changed, what the watches look at again."""
    changes = [change.what for batch in batches for change in batch.changes]
    return {
        "decided": sum(batch.decided for batch in batches),
        "changed": len(changes),
        **{what: changes.count(what) for what in ("joined", "left", "moved", "related")},
        "matches_again": sum(batch.looked_at_again for batch in batches),
    }


Rows = dict[int, tuple[Article, Site]]


def _carriers(db: Session, cluster_id: int) -> list[tuple[Article, Site, Carrier]]:
    outlets = {name: key for key, name in db.execute(select(Site.key, Site.name))}
    rows = db.execute(
        select(Article, Site, Version.body, Version.authors)
        .join(Site, Site.key == Article.site_key)
        .join(Version, Version.article_id == Article.id)
        .where(Version.number == Article.version_number, Article.cluster_id == cluster_id)
        .order_by(Article.id)
    )
    return [
        (article, site, _carrier(article, body, authors, outlets))
        for article, site, body, authors in rows
    ]


def _carrier(article: Article, body: str, authors: list[str], outlets: dict[str, str]) -> Carrier:
    named = publishers.sources(body, authors, outlets=outlets)
    return Carrier(
        article_id=article.id,
        site=article.site_key,
        published_at=article.published_at,
        first_seen_at=article.first_seen_at,
        # A site that names itself has copied from nobody.
        sources=[name for name in named if name != article.site_key],
    )


def _first(order: Sequence[Appearance], rows: Rows) -> dict[str, Any]:
    earliest = order[0]
    article, site = rows[earliest.carrier.article_id]
    return {
        "article": article.id,
        "site": site.key,
        "site_name": site.name,
        "at": queries.moment(earliest.at),
        "basis": earliest.basis,
    }


def _carried(each: Appearance, earliest: Appearance, rows: Rows) -> dict[str, Any]:
    article, site = rows[each.carrier.article_id]
    return {
        "id": article.id,
        "site": site.key,
        "site_name": site.name,
        "headline": article.headline,
        "url": article.url,
        "published_at": queries.moment(article.published_at),
        "first_seen_at": queries.moment(article.first_seen_at),
        "at": queries.moment(each.at),
        "basis": each.basis,
        "hours_after": round(max(0.0, (each.at - earliest.at).total_seconds()) / HOUR, 2),
        "copied_from": _named(each.carrier, rows),
        "relation": queries.relation_json(article),
    }


def _named(carrier: Carrier, rows: Rows) -> list[dict[str, Any]]:
    """Whom a carrier names, with the article of theirs where it is in the cluster."""
    theirs = {site.key: (article.id, site.name) for article, site in reversed(rows.values())}
    found = []
    for source in carrier.sources:
        number, name = theirs.get(source, (None, source))
        found.append({"name": name, "site": source if number else None, "article": number})
    return found


def _alerts(db: Session, cluster_id: int) -> list[dict[str, Any]]:
    statement = (
        select(Alert.id, Watch.name, Alert.article_id)
        .join(Watch, Watch.id == Alert.watch_id)
        .join(Article, Article.id == Alert.article_id)
        .where(Article.cluster_id == cluster_id)
        .order_by(Alert.id)
    )
    return [
        {"id": number, "watch": watch, "article": article}
        for number, watch, article in db.execute(statement)
    ]


def _standing(standing: Any) -> dict[str, Any]:
    return {
        "cluster": standing.cluster,
        "relation": standing.relation,
        "article": standing.article,
    }
