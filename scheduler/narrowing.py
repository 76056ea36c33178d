"""A query turned into the demand it makes on a full-text index."""

from collections.abc import Mapping

from scheduler.arabic.surfaces import index_stems
from scheduler.candidates import Candidates
from scheduler.nodes import FACT_FIELDS, Alias, And, Except, Near, Node, Not, Or, Term, Within
from scheduler.plans import Defaults, opened, spec_of


def candidates(  # noqa: PLR0911 - one answer for each kind of node
    node: Node, defaults: Defaults, packs: Mapping[str, Alias]
) -> Candidates | None:
    """Return what every article that satisfies *node* has in its index; None: nothing is known."""
    if isinstance(node, Term):
        return _of_term(node, defaults)
    if isinstance(node, Or):
        return _any([candidates(part, defaults, packs) for part in node.parts])
    if isinstance(node, And):
        return _all([candidates(part, defaults, packs) for part in node.parts])
    if isinstance(node, Near):
        sides = (node.left, node.right)
        return _all([candidates(side, defaults, packs) for side in sides])
    if isinstance(node, Except):
        return candidates(node.part, defaults, packs)
    if isinstance(node, Within):
        inside = node.field not in FACT_FIELDS
        return candidates(node.part, defaults, packs) if inside else None
    if isinstance(node, Not):
        # NOT NOT a: a occurs, without being what is looked for.
        return candidates(node.part.part, defaults, packs) if isinstance(node.part, Not) else None
    return candidates(opened(node, packs), defaults, packs)


def _of_term(term: Term, defaults: Defaults) -> Candidates | None:
    spellings: list[Candidates | None] = []
    for sequence in spec_of(term, defaults).sequences:
        stems = [index_stems(word) for word in sequence.words]
        words = [Candidates("tokens", each) for each in stems if each is not None]
        if sequence.gap or len(words) == 1 or len(words) < len(stems):
            spellings.append(_all(list(dict.fromkeys(words))))
        else:
            spellings.append(Candidates("phrase", parts=tuple(words)))
    return _any(spellings)


def _any(parts: list[Candidates | None]) -> Candidates | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return known[0] if len(known) == 1 else Candidates("any", parts=tuple(known))


def _all(parts: list[Candidates | None]) -> Candidates | None:
    known = [part for part in parts if part is not None]
    if len(known) < 2:
        return known[0] if known else None
    return Candidates("all", parts=tuple(known))
