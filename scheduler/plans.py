"""A query made ready to be answered from the places where its terms were found."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from scheduler.arabic.phrases import TermSpec
from scheduler.faults import fail
from scheduler.nodes import Alias, And, Except, Near, Node, Not, Or, Pack, Term, Within
from scheduler.query import print_term
from storage.text import words


class Hit(NamedTuple):
    """An occurrence of a term: its first and last token, its place in the text, the term."""

    field: str
    first: int
    last: int
    start: int
    end: int
    term: str


class Found(Protocol):
    """What was found in a document."""

    def hits(self, term: int, field: str) -> list[tuple[int, int, int, int]]:
        """Return first token, last token, start and end of each occurrence of a term."""

    def site(self) -> str:
        """Return the key of the document's site."""


class Plan(Protocol):
    """A part of a query."""

    def evaluate(self, found: Found, outside: tuple[Hit, ...]) -> list[Hit] | None:
        """Return the hits of a part that is satisfied, or None.

        Hits lying inside one of *outside* do not count.
        """


@dataclass(frozen=True)
class Leaf:
    """A term, by its number, and the fields it looks at."""

    term: int
    fields: tuple[str, ...]
    shown: str

    def evaluate(self, found: Found, outside: tuple[Hit, ...]) -> list[Hit] | None:
        shown = self.shown
        hits = [
            Hit(field, first, last, start, end, shown)
            for field in self.fields
            for first, last, start, end in found.hits(self.term, field)
        ]
        return (_outside(hits, outside) if outside else hits) or None


@dataclass(frozen=True)
class OnSite:
    """The document is of this site."""

    site: tuple[str, ...]

    def evaluate(self, found: Found, outside: tuple[Hit, ...]) -> list[Hit] | None:
        del outside
        return [] if tuple(words(found.site())) == self.site else None


@dataclass(frozen=True)
class AllOf:
    """All parts."""

    parts: tuple[Plan, ...]

    def evaluate(self, found: Found, outside: tuple[Hit, ...]) -> list[Hit] | None:
        hits: list[Hit] = []
        for part in self.parts:
            more = part.evaluate(found, outside)
            if more is None:
                return None
            hits += more
        return hits


@dataclass(frozen=True)
class AnyOf:
    """One of the parts at least; the hits of all that are satisfied."""

    parts: tuple[Plan, ...]

    def evaluate(self, found: Found, outside: tuple[Hit, ...]) -> list[Hit] | None:
        answers = [part.evaluate(found, outside) for part in self.parts]
        satisfied = [answer for answer in answers if answer is not None]
        return [hit for answer in satisfied for hit in answer] if satisfied else None


@dataclass(frozen=True)
class NoneOf:
    """Not the part."""

    part: Plan

    def evaluate(self, found: Found, outside: tuple[Hit, ...]) -> list[Hit] | None:
        return [] if self.part.evaluate(found, outside) is None else None


@dataclass(frozen=True)
class Beside:
    """Hits of both parts in one field, apart by at most *distance* words."""

    left: Plan
    right: Plan
    distance: int

    def evaluate(self, found: Found, outside: tuple[Hit, ...]) -> list[Hit] | None:
        left = self.left.evaluate(found, outside)
        right = self.right.evaluate(found, outside) if left else None
        if not left or not right:
            return None
        hits = _with_neighbour(left, right, self.distance)
        return hits + _with_neighbour(right, left, self.distance) if hits else None


@dataclass(frozen=True)
class Outside:
    """Hits of a part that lie in no hit of the other."""

    part: Plan
    excepted: Plan

    def evaluate(self, found: Found, outside: tuple[Hit, ...]) -> list[Hit] | None:
        excepted = self.excepted.evaluate(found, ()) or ()
        return self.part.evaluate(found, (*outside, *excepted))


def counts_words(plan: Plan) -> bool:
    """Tell whether a plan asks how many words stand between two places."""
    if isinstance(plan, AllOf | AnyOf):
        return any(map(counts_words, plan.parts))
    if isinstance(plan, Outside):
        return counts_words(plan.part) or counts_words(plan.excepted)
    return counts_words(plan.part) if isinstance(plan, NoneOf) else isinstance(plan, Beside)


def leaves(plan: Plan) -> list[Plan]:
    """Return the terms and sites a plan asks for."""
    if isinstance(plan, AllOf | AnyOf):
        return [leaf for part in plan.parts for leaf in leaves(part)]
    if isinstance(plan, Beside):
        return leaves(plan.left) + leaves(plan.right)
    if isinstance(plan, Outside):
        return leaves(plan.part) + leaves(plan.excepted)
    if isinstance(plan, NoneOf):
        return leaves(plan.part)
    return [plan]


def _outside(hits: list[Hit], others: Iterable[Hit]) -> list[Hit]:
    """Return those of *hits* that lie inside none of *others*."""
    reach: dict[str, tuple[list[int], list[int]]] = {}
    for other in sorted(others, key=lambda other: other.first):
        firsts, lasts = reach.setdefault(other.field, ([], []))
        firsts.append(other.first)
        lasts.append(max(other.last, lasts[-1]) if lasts else other.last)
    return [hit for hit in hits if hit.last > _reach(hit, reach)]


def _reach(hit: Hit, reach: dict[str, tuple[list[int], list[int]]]) -> int:
    """Return how far those reach that begin at or before *hit*."""
    firsts, lasts = reach.get(hit.field, ([], []))
    before = bisect_right(firsts, hit.first)
    return lasts[before - 1] if before else -1


def _with_neighbour(hits: list[Hit], others: list[Hit], distance: int) -> list[Hit]:
    """Return those of *hits* that have one of *others* within *distance* words."""
    firsts: dict[str, list[int]] = {}
    lasts: dict[str, list[int]] = {}
    for other in others:
        firsts.setdefault(other.field, []).append(other.first)
        lasts.setdefault(other.field, []).append(other.last)
    for places in (*firsts.values(), *lasts.values()):
        places.sort()
    return [
        hit
        for hit in hits
        if _any_between(firsts.get(hit.field, []), hit.last + 1, hit.last + 1 + distance)
        or _any_between(lasts.get(hit.field, []), hit.first - 1 - distance, hit.first - 1)
    ]


def _any_between(places: list[int], lowest: int, highest: int) -> bool:
    at = bisect_left(places, lowest)
    return at < len(places) and places[at] <= highest


@dataclass(frozen=True)
class Defaults:
    """What a watch says for terms that say nothing themselves."""

    mode: str
    fields: tuple[str, ...]
    gap: int
    name: bool | None
    number: bool


@dataclass(frozen=True)
class Planner:
    """Makes plans of queries; *number* gives each differing term a number."""

    number: Callable[[TermSpec], int]
    packs: Mapping[str, Alias]

    def plan(self, node: Node, defaults: Defaults) -> Plan:  # noqa: PLR0911 - one for each kind
        """Return the plan of *node*. Raises QueryError if it names an unknown alias pack."""
        if isinstance(node, Term):
            return self._leaf(node, defaults)
        if isinstance(node, And | Or):
            parts = tuple(self.plan(part, defaults) for part in node.parts)
            return AllOf(parts) if isinstance(node, And) else AnyOf(parts)
        if isinstance(node, Not):
            return NoneOf(self.plan(node.part, defaults))
        if isinstance(node, Near):
            left, right = self.plan(node.left, defaults), self.plan(node.right, defaults)
            return Beside(left, right, node.distance)
        if isinstance(node, Except):
            return Outside(self.plan(node.part, defaults), self.plan(node.excepted, defaults))
        if isinstance(node, Within):
            return self.plan(node.part, replace(defaults, fields=(node.field,)))
        return self.plan(opened(node, self.packs), defaults)

    def _leaf(self, term: Term, defaults: Defaults) -> Plan:
        if defaults.fields == ("site",):
            return OnSite(tuple(words(" ".join(word.text for word in term.words))))
        spec = spec_of(term, defaults)
        return Leaf(self.number(spec), defaults.fields, print_term(term))


def spec_of(term: Term, defaults: Defaults) -> TermSpec:
    """Return what decides where *term* is found."""
    return TermSpec(
        words=tuple((word.text, word.truncated) for word in term.words),
        mode=term.mode or defaults.mode,
        gap=defaults.gap if term.gap is None else term.gap,
        name=defaults.name if term.name is None else term.name,
        number=defaults.number if term.number is None else term.number,
    )


def opened(pack: Pack, packs: Mapping[str, Alias]) -> Node:
    """Return the query an alias pack stands for."""
    if pack.name in packs:
        return packs[pack.name].node
    close = closest(pack.name, packs)
    if close:
        raise fail("near_pack", pack.column or 1, name=pack.name, close=close)
    raise fail("no_pack", pack.column or 1, name=pack.name)


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like *name*, if any is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower(), list(known), 1, 0.5)), None)
