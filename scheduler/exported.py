"""Rasid's own article JSON → what to keep again, version by version.

The other half of `storage.export.jsonl`: what an archive wrote, another one reads
back, with the moments, captures and provenance that the first one knew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.foreign import Origin, Refused, Saying
from scraper.items import ArticleItem
from storage.capture_json import read_capture
from storage.captures import Record

MARKS = ("first_seen_at", "digest", "provenance", "version")


@dataclass(frozen=True, slots=True)
class Exported:
    """An article of another archive: its versions, and what belongs to none of them."""

    sayings: list[Saying]
    # Compared forms as the other archive held them; its rules may not be ours.
    keys: frozenset[str]
    last_seen_at: datetime | None
    modified_at: datetime | None


def is_exported(found: Mapping[str, Any]) -> bool:
    """Return whether *found* is article JSON of ours, by the fields nobody else has."""
    return all(mark in found for mark in MARKS)


def read(found: Mapping[str, Any], origin: Origin) -> Exported:
    """Return the article in *found*. Raises Refused where it is not as we write it."""
    try:
        return _read(found, origin)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("bad_article_json") from error


def _read(found: Mapping[str, Any], origin: Origin) -> Exported:
    history = found.get("history") or [{**found, "seen_at": found["first_seen_at"]}]
    sayings = [_saying(said, found, origin) for said in history]
    if not any(saying.page.headline.strip() or saying.page.body.strip() for saying in sayings):
        raise Refused("no_text")
    aliases = [str(alias) for alias in found.get("aliases", ())]
    sayings[-1].page.aliases = aliases
    own = [found["url_key"]] if found.get("url_key") else []
    return Exported(
        sayings,
        frozenset([*own, *aliases]),
        _moment(found.get("last_seen_at")),
        _moment(found["modified_at"]),
    )


def _saying(said: Mapping[str, Any], article: Mapping[str, Any], origin: Origin) -> Saying:
    canonical = article["canonical_url"]
    page = ArticleItem(
        site=origin.site or str(article["site"]),
        url=str(article["url"]),
        canonical_url=canonical if canonical != article["url"] else None,
        headline=str(said["headline"]),
        body=str(said["body"]),
        authors=[str(author) for author in said["authors"]],
        section=said["section"],
        tags=[str(tag) for tag in said["tags"]],
        language=said["language"],
        published_at=_moment(said["published_at"]),
        modified_at=_moment(said["modified_at"]),
        published_raw=said["published_raw"],
        date_source=said["date_source"],
        provenance={str(name): str(value) for name, value in said["provenance"].items()},
        extractor=said.get("extractor"),
    )
    return Saying(page, _moment(said["seen_at"]), _capture(said.get("capture"), page.url))


def _capture(found: Mapping[str, Any] | None, url: str) -> Record | None:
    if not found:
        return None
    if _moment(found["fetched_at"]) is None:
        raise ValueError("a capture without its time")
    return read_capture({"url": url, **found})


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"a time without a zone: {text}")
    return found
