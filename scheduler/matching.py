"""Watches and a text: which of them it satisfies, and where.

All watches are answered in one pass. Each word of the text is looked up once, in a memory shared
by all texts, for the terms that have it as their rarest word; only those are compared further,
and only watches with a term found are evaluated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from scheduler.arabic.phrases import TermSpec
from scheduler.arabic.words import INFLECTED, MODES
from scheduler.finding import Finder
from scheduler.nodes import FIELDS, TEXT_FIELDS, Alias
from scheduler.packs import shelf
from scheduler.plans import Defaults, Hit, Leaf, OnSite, Plan, Planner, counts_words, leaves
from scheduler.query import parse
from storage.errors import QueryError


class Span(NamedTuple):
    """Where a term was found: ``document[field][start:end] == text``."""

    field: str
    start: int
    end: int
    text: str
    term: str


@dataclass(frozen=True)
class Document:
    """What watches look at."""

    headline: str
    body: str
    site: str | None = None
    section: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        """Return a field as one text; authors and tags each on its own paragraph."""
        if name == "author":
            return "\n\n".join(self.authors)
        if name == "tag":
            return "\n\n".join(self.tags)
        value: str | None = getattr(self, name)
        return value or ""


@dataclass(frozen=True)
class WatchQuery:
    """A standing query with the defaults of its terms."""

    name: str
    query: str
    mode: str = INFLECTED
    sites: tuple[str, ...] = ()
    fields: tuple[str, ...] = TEXT_FIELDS
    gap: int = 0
    exclude: tuple[str, ...] = ()
    name_switch: bool | None = None
    number: bool = True


@dataclass(frozen=True)
class _Compiled:
    """A watch with the plan of its query and of what it excludes."""

    watch: WatchQuery
    plan: Plan
    exclude: tuple[Plan, ...]

    def evaluate(self, found: "_Findings") -> list[Hit] | None:
        if not self.exclude:
            return self.plan.evaluate(found, ())
        outside = [hit for plan in self.exclude for hit in plan.evaluate(found, ()) or ()]
        return self.plan.evaluate(found, tuple(outside))


class Matcher:
    """Many watches, ready to be asked about one document after another, from any thread."""

    def __init__(self, watches: list[_Compiled], finder: Finder) -> None:
        self._watches = watches
        self._finder = finder
        self._watching: dict[int, list[int]] = {}
        self._always: list[int] = []
        for place, compiled in enumerate(watches):
            found = leaves(compiled.plan)
            for leaf in found:
                if isinstance(leaf, Leaf):
                    self._watching.setdefault(leaf.term, []).append(place)
            if any(isinstance(leaf, OnSite) for leaf in found):
                self._always.append(place)
        plans = [plan for compiled in watches for plan in (compiled.plan, *compiled.exclude)]
        every = [leaf for plan in plans for leaf in leaves(plan)]
        looked_at = {name for leaf in every if isinstance(leaf, Leaf) for name in leaf.fields}
        self._fields = tuple(name for name in FIELDS if name in looked_at)

    def match(self, document: Document) -> dict[str, list[Span]]:
        """Return the names of the watches *document* satisfies, each with what it found.

        A watch satisfied by facts alone (``site:sana``) has no spans.
        """
        found = _Findings(document, self._finder, self._fields)
        touched = {place for term in found.terms() for place in self._watching.get(term, ())}
        answers = {}
        for place in sorted(touched.union(self._always)):
            compiled = self._watches[place]
            if compiled.watch.sites and document.site not in compiled.watch.sites:
                continue
            hits = compiled.evaluate(found)
            if hits is not None:
                answers[compiled.watch.name] = _spans(hits, document)
        return answers


class _Findings:
    """Where the terms of all watches stand in one document."""

    def __init__(self, document: Document, finder: Finder, fields: tuple[str, ...]) -> None:
        self._document = document
        texts = ((name, document[name]) for name in fields)
        self._fields = {name: finder.find(text) for name, text in texts if text}

    def terms(self) -> set[int]:
        return {term for found in self._fields.values() for term in found}

    def hits(self, term: int, field: str) -> list[tuple[int, int, int, int]]:
        found = self._fields.get(field)
        return found.get(term, []) if found else []

    def site(self) -> str:
        return self._document["site"]


def compile_watches(
    watches: Iterable[WatchQuery], *, packs: Mapping[str, Alias] | None = None
) -> Matcher:
    """Return a matcher of all *watches*.

    *packs* are the alias packs their queries may name, by default the shipped ones. Raises
    QueryError, naming the watch, where a query cannot be read.

    >>> matcher = compile_watches([WatchQuery("الفرات", "شرق الفرات")])
    >>> matcher.match(Document("بالانسحابِ من شرقِ الفراتِ", ""))
    {'الفرات': [Span(field='headline', start=14, end=26, text='شرقِ الفراتِ', term='"شرق الفرات"')]}
    """
    numbers: dict[TermSpec, int] = {}
    planner = Planner(
        lambda spec: numbers.setdefault(spec, len(numbers)),
        shelf.shipped() if packs is None else packs,
    )
    compiled = [_compile(watch, planner) for watch in watches]
    places = any(counts_words(plan) for one in compiled for plan in (one.plan, *one.exclude))
    return Matcher(compiled, Finder(list(numbers), places=places))


def match_text(query: str, text: str, *, field: str = "body", **options: Any) -> list[Span]:
    """Return where *query* finds what it looks for in one text; nothing if it does not match.

    *options* are those of WatchQuery: mode, gap, exclude, name_switch, number.

    >>> [span.text for span in match_text("غارة جوية", "عدة غارات جوية")]
    ['غارات جوية']
    """
    watch = WatchQuery("", query, fields=(field,), **options)
    document = Document(text, "") if field == "headline" else Document("", text)
    return _compiled_alone(watch).match(document).get("", [])


@lru_cache(256)
def _compiled_alone(watch: WatchQuery) -> Matcher:
    return compile_watches([watch])


def _compile(watch: WatchQuery, planner: Planner) -> _Compiled:
    if watch.mode not in MODES:
        raise QueryError(f"unknown mode {watch.mode!r}; the modes are {', '.join(MODES)}")
    defaults = Defaults(watch.mode, watch.fields, watch.gap, watch.name_switch, watch.number)
    within = replace(defaults, gap=0)
    try:
        plan = planner.plan(parse(watch.query), defaults)
        exclude = tuple(planner.plan(parse(phrase), within) for phrase in watch.exclude)
    except QueryError as error:
        named = f"watch {watch.name!r}: " if watch.name else ""
        raise QueryError(f"{named}{error}", column=error.column) from error
    return _Compiled(watch, plan, exclude)


def _spans(hits: list[Hit], document: Document) -> list[Span]:
    """Return the spans of hits in the text, those of one term merged where they overlap."""
    if not all(map(_is_before, hits, hits[1:])):
        hits = _merged(hits)
    return [
        Span(field, start, end, document[field][start:end], term)
        for field, _, _, start, end, term in hits
        if field in TEXT_FIELDS
    ]


def _is_before(hit: Hit, other: Hit) -> bool:
    """Tell whether *hit* is of the same term as *other*, and in one field ends before it."""
    return hit.term == other.term and hit.field == other.field and hit.end <= other.start


def _merged(hits: list[Hit]) -> list[Hit]:
    merged: list[Hit] = []
    for hit in sorted(set(hits), key=lambda hit: (hit.field, hit.term, hit.start, hit.end)):
        before = merged[-1] if merged else hit
        joined = before.field == hit.field and before.term == hit.term and hit.start < before.end
        if merged and joined:
            merged[-1] = before._replace(end=max(before.end, hit.end))
        else:
            merged.append(hit)
    return sorted(merged, key=lambda hit: (FIELDS.index(hit.field), hit.start, hit.end))
