"""What the replica sites publish: authored articles, read from `articles/*.toml`.

A file belongs to one site and holds `[[article]]`, `[[copy]]` (an article of
any file, edited as outlets edit agency text) and `[[series]]` (one mould, a
row for each day). In a body, paragraphs are kept apart by a blank line; one
that begins with `## ` is a heading, with `> ` a quotation.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from scheduler.newsroom import dating
from storage.errors import InputError

_AGE = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_MARK = re.compile(r"^(?:## |> )")


@dataclass(frozen=True, slots=True)
class Correction:
    """What an article says once its outlet has put it right; None leaves a field as it was."""

    headline: str | None = None
    body: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as authored, before it has an address and a time."""

    id: str
    site: str
    headline: str
    body: tuple[str, ...]
    section: str
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    # How old it is when the newsroom opens; None: held back, see `after`.
    age: timedelta | None = None
    # How long after the opening a held article appears by the schedule.
    after: timedelta | None = None
    # Its page states no date.
    undated: bool = False
    # It lies in a section that robots.txt closes.
    forbidden: bool = False
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A published article: a draft with its number, times and present wording."""

    draft: Draft
    number: int
    # Its headline as it stands in addresses; a correction does not change it.
    slug: str
    headline: str
    body: tuple[str, ...]
    published_at: datetime
    modified_at: datetime

    @property
    def id(self) -> str:
        return self.draft.id

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text alone, without the marks of headings and quotations."""
        return tuple(_MARK.sub("", paragraph) for paragraph in self.body)


@dataclass(frozen=True, slots=True)
class Gold:
    """What extraction should make of one article's page."""

    article_id: str
    site: str
    url: str
    headline: str
    body: tuple[str, ...]
    authors: tuple[str, ...]
    section: str
    # As authored; not every page prints them.
    tags: tuple[str, ...]
    # None where the site states none anywhere.
    published_at: datetime | None
    # How far the stated date may be from the true one: a day where only the day is printed.
    tolerance: timedelta
    # False where robots.txt closes the page or the site refuses.
    reachable: bool = True


@dataclass(slots=True)
class _Shelf:
    """Drafts found so far, by id, in the order of the files."""

    drafts: dict[str, Draft] = field(default_factory=dict)

    def put(self, draft: Draft) -> None:
        if draft.id in self.drafts:
            raise InputError(f"articles: two articles are called {draft.id!r}; rename one.")
        self.drafts[draft.id] = draft


def drafts(now: datetime) -> list[Draft]:
    """Return all authored articles; moulds that name their day are filled in as of *now*."""
    shelf = _Shelf()
    copies: list[tuple[str, dict[str, Any]]] = []
    for site, table in _tables():
        for entry in table.get("article", ()):
            shelf.put(_draft(site, entry))
        for series in table.get("series", ()):
            for draft in _series(site, series, now):
                shelf.put(draft)
        copies += [(site, entry) for entry in table.get("copy", ())]
    for site, entry in copies:
        shelf.put(_copy(site, entry, shelf.drafts))
    return list(shelf.drafts.values())


def _tables() -> Iterator[tuple[str, dict[str, Any]]]:
    folder = files("scheduler.newsroom") / "articles"
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            yield path.name.removesuffix(".toml"), tomllib.loads(path.read_text("utf-8"))


def span(text: str) -> timedelta:
    """Read a length of time such as `2d4h`, `35m` or `90s`.

    >>> span("1d2h") == timedelta(days=1, hours=2)
    True
    """
    found = _AGE.fullmatch(text)
    if not text or found is None:
        raise InputError(f"articles: {text!r} is no length of time; write it like 2d4h or 35m.")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _draft(site: str, entry: Mapping[str, Any]) -> Draft:
    correction = entry.get("correction")
    return Draft(
        id=entry["id"],
        site=site,
        headline=entry["headline"],
        body=_paragraphs(entry["body"]),
        section=entry["section"],
        authors=tuple(entry.get("authors", ())),
        tags=tuple(entry.get("tags", ())),
        age=span(entry["age"]) if "age" in entry else None,
        after=span(entry["after"]) if "after" in entry else None,
        undated=entry.get("undated", False),
        forbidden=entry.get("forbidden", False),
        correction=_correction(correction) if correction else None,
    )


def _correction(entry: Mapping[str, str]) -> Correction:
    body = entry.get("body")
    return Correction(entry.get("headline"), _paragraphs(body) if body else None)


def _series(site: str, series: Mapping[str, Any], now: datetime) -> Iterator[Draft]:
    """Yield one draft for each row of a mould, its words filled into headline and body."""
    shared = {key: series[key] for key in series.keys() - {"row", "headline", "body", "id"}}
    for index, row in enumerate(series["row"]):
        day = dating.local(now - span(row["age"]))
        words = {
            **row,
            "day": dating.levantine(day),
            "weekday": dating.WEEKDAYS[day.weekday()],
        }
        yield _draft(
            site,
            {
                **shared,
                "id": f"{series['id']}-{index + 1}",
                "age": row["age"],
                "headline": series["headline"].format_map(words),
                "body": series["body"].format_map(words),
            },
        )


def _copy(site: str, entry: Mapping[str, Any], known: Mapping[str, Draft]) -> Draft:
    """Return the draft that *entry* makes of another: cut, reworded, with paragraphs added."""
    if entry["of"] not in known:
        raise InputError(f"articles/{site}.toml: a copy of {entry['of']!r}, which is no article.")
    original = known[entry["of"]]
    body = list(original.body[: entry.get("keep")])
    for old, new in entry.get("replace", ()):
        body = _reworded(body, old, new, entry["id"])
    for addition in entry.get("add", ()):
        body.insert(addition["at"], " ".join(addition["text"].split()))
    return replace(
        original,
        id=entry["id"],
        site=site,
        headline=entry.get("headline", original.headline),
        body=tuple(body),
        section=entry["section"],
        authors=tuple(entry.get("authors", ())),
        tags=tuple(entry.get("tags", original.tags)),
        age=span(entry["age"]) if "age" in entry else None,
        after=span(entry["after"]) if "after" in entry else None,
        undated=entry.get("undated", False),
        correction=None,
    )


def _reworded(body: Iterable[str], old: str, new: str, copy: str) -> list[str]:
    """Return *body* with *old* put as *new*; an edit that changes nothing is an author's slip."""
    before = list(body)
    after = [paragraph.replace(old, new) for paragraph in before]
    if before == after:
        raise InputError(f"articles: {copy!r} rewords {old!r}, which its original does not say.")
    return after
