"""One article as a person reads it: its text, its versions, what changed. For the command line."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scheduler import grouping
from scheduler.moments import clock_time
from storage import queries, withheld
from storage.differences import Change, differences
from storage.errors import InputError
from storage.models import Article, Version
from storage.queries import Found

FIELDS = ("headline", "body")
# How much of what did not change is shown around what did.
AROUND = 60


def card(db: Session, article_id: int) -> dict[str, Any]:
    """Return the article JSON with its relation and its copies, and who had the text first.

    InputError if there is no such article.
    """
    row = _row(db, article_id)
    return queries.article_json(row) | {
        "withheld": withheld.as_json(row.withheld),
        "relation": queries.relation_json(row.article),
        "copied_from": grouping.copied_from(db, row.article),
        "first": grouping.first(db, row.article),
        # A copy says the same.
        "carried_by": [
            _copy(copy) for copy in queries.copies(db, row.article) if row.withheld is None
        ],
    }


def history(db: Session, article_id: int) -> dict[str, Any]:
    """Return the article JSON with `history`: every version, from the first on."""
    row = _row(db, article_id)
    versions = queries.history(db, row)
    said = [queries.version_json(version, capture) for version, capture in versions]
    return queries.article_json(row) | {"withheld": withheld.as_json(row.withheld), "history": said}


def changes(db: Session, article_id: int, old: int, new: int) -> dict[str, Any]:
    """Return what changed from version *old* to version *new*, stretch by stretch."""
    row = _row(db, article_id)
    if row.withheld is not None:
        raise InputError(f"article {article_id} was taken down; what it said is not shown.")
    versions = {each.number: each for each, _ in queries.history(db, row)}
    for number in (old, new):
        if number not in versions:
            raise InputError(
                f"article {article_id} has no version {number}; it has 1 to {len(versions)}."
            )
    before, after = versions[old], versions[new]
    return {
        "article": article_id,
        "from": _head(before),
        "to": _head(after),
        "changes": {
            name: [
                change._asdict()
                for change in differences(getattr(before, name), getattr(after, name))
                if change.kind != "equal"
            ]
            for name in FIELDS
        },
        **{name: {"from": getattr(before, name), "to": getattr(after, name)} for name in FIELDS},
    }


def card_lines(said: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """Yield the lines of a card."""
    yield said["headline"] or ("(taken down)" if said["withheld"] else "(no headline)")
    yield ""
    published = clock_time(said["published_at"], zone) or "unknown"
    facts = {
        "article": f"{said['id']}, version {said['version']} of {said['versions']}",
        "site": said["site"],
        "url": said["url"],
        "published": f"{published} ({said['date_source']})" if said["date_source"] else published,
        "modified": clock_time(said["modified_at"], zone),
        "first seen": clock_time(said["first_seen_at"], zone),
        "gone": _gone(said["gone"], zone),
        "taken down": _withheld(said["withheld"], zone),
        "authors": ", ".join(said["authors"]),
        "section": said["section"],
        "tags": ", ".join(said["tags"]),
        "capture": _capture(said["capture"], zone),
        "copied from": ", ".join(source["name"] for source in said["copied_from"]),
    }
    width = max(map(len, facts))
    yield from (f"{name:{width}}  {value}" for name, value in facts.items() if value)
    yield ""
    yield said["body"]
    if said["carried_by"]:
        yield ""
        yield f"the same text, {len(said['carried_by'])} times more; first: {said['first']['site']}:"
    for copy in said["carried_by"]:
        yield f"  {copy['id']}  {copy['site']}  {copy['headline']}  {copy['url']}"


def history_lines(said: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """Yield the lines of a history."""
    for version in said["history"]:
        yield f"version {version['version']}, seen {clock_time(version['seen_at'], zone)}"
        yield version["headline"]
        yield ""
        yield version["body"]
        yield ""


def change_lines(said: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of what changed, `[-gone-]` and `{+come+}`, with a little around it."""
    for name in FIELDS:
        old, new = said[name]["from"], said[name]["to"]
        if old == new:
            yield f"{name}: unchanged"
            continue
        yield f"{name}:"
        yield from f"  {marked(list(differences(old, new)))}".splitlines()


def marked(changes: list[Change]) -> str:
    """Return both texts in one, what went and what came marked.

    >>> marked(list(differences("قُتل 5 مدنيين", "قُتل 7 مدنيين")))
    'قُتل [-5 -]{+7 +}مدنيين'
    """
    parts = []
    for place, change in enumerate(changes):
        if change.kind == "equal":
            parts.append(_shortened(change.old, place > 0, place < len(changes) - 1))
            continue
        if change.old:
            parts.append(f"[-{change.old}-]")
        if change.new:
            parts.append(f"{{+{change.new}+}}")
    return "".join(parts)


def _shortened(text: str, after_change: bool, before_change: bool) -> str:
    kept = AROUND * (after_change + before_change)
    if len(text) <= kept + 1:
        return text
    first = text[:AROUND] if after_change else ""
    last = text[-AROUND:] if before_change else ""
    # Whole words, where there are any.
    return f"{first[: first.rfind(' ') + 1] or first}…{last[max(last.find(' '), 0) :]}"


def _row(db: Session, article_id: int) -> Found:
    row = queries.find(db, article_id)
    if row is None:
        raise InputError(f"there is no article {article_id}; 'rasid search' shows numbers.")
    return row


def _copy(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "site": article.site_key,
        "url": article.url,
        "headline": article.headline,
        "published_at": queries.moment(article.published_at),
        "first_seen_at": queries.moment(article.first_seen_at),
    }


def _head(version: Version) -> dict[str, Any]:
    return {"version": version.number, "seen_at": queries.moment(version.seen_at)}


def _gone(gone: dict[str, Any] | None, zone: ZoneInfo) -> str:
    if gone is None:
        return ""
    return f"no longer there since {clock_time(gone['since'], zone)} ({gone['reason']})"


def _withheld(takedown: dict[str, Any] | None, zone: ZoneInfo) -> str:
    if takedown is None:
        return ""
    return f"since {clock_time(takedown['since'], zone)} ({takedown['reason']})"


def _capture(capture: dict[str, Any] | None, zone: ZoneInfo) -> str:
    if capture is None:
        return ""
    fetched = clock_time(capture["fetched_at"], zone)
    return f"{capture['warc']} at {capture['offset']}, sha256 {capture['sha256']}, {fetched}"
