"""What a query consists of once it is read."""

from dataclasses import dataclass, field
from typing import Protocol

TEXT_FIELDS = ("headline", "body")
FACT_FIELDS = ("site", "section", "author", "tag")
FIELDS = TEXT_FIELDS + FACT_FIELDS


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed; *truncated* where a ``*`` stands at its end."""

    text: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """Words beside each other. What is None is decided by the watch, or by the word itself."""

    words: tuple[Word, ...]
    mode: str | None = None
    gap: int | None = None
    name: bool | None = None
    number: bool | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """An alias pack, by its name."""

    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Within:
    """A part of the query that looks at one field only."""

    field: str
    part: "Node"


@dataclass(frozen=True, slots=True)
class Near:
    """Both parts, with at most *distance* words between them, in either order."""

    left: "Node"
    right: "Node"
    distance: int


@dataclass(frozen=True, slots=True)
class Except:
    """What *part* finds outside of what *excepted* finds."""

    part: "Node"
    excepted: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    """What does not satisfy *part*."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts."""

    parts: tuple["Node", ...]


Node = Term | Pack | Within | Near | Except | Not | And | Or


class Alias(Protocol):
    """What a query names by ``@`` and a name."""

    @property
    def node(self) -> Node:
        """The query it stands for."""


def finds(node: Node) -> bool:
    """Tell whether whatever satisfies *node* contains something it looks for.

    ``NOT a`` is satisfied by texts that contain nothing of it, and so is ``a OR NOT b``.
    """
    if isinstance(node, Not):
        return False
    if isinstance(node, And):
        return any(finds(part) for part in node.parts)
    if isinstance(node, Or):
        return all(finds(part) for part in node.parts)
    if isinstance(node, Near):
        return finds(node.left) and finds(node.right)
    if isinstance(node, Within | Except):
        return finds(node.part)
    return True


def terms(node: Node) -> list[Term]:
    """Return all terms of a query, excepted and negated ones too."""
    if isinstance(node, Term):
        return [node]
    return [term for part in parts(node) for term in terms(part)]


def packs_in(node: Node) -> list[Pack]:
    """Return all alias packs a query names."""
    if isinstance(node, Pack):
        return [node]
    return [pack for part in parts(node) for pack in packs_in(part)]


def sites_in(node: Node, *, inside: bool = False) -> list[str]:
    """Return the sites a query names by ``site:``; *inside* tells whether it stands behind one."""
    if isinstance(node, Term):
        return [" ".join(word.text for word in node.words)] if inside else []
    inside = node.field == "site" if isinstance(node, Within) else inside
    return [site for part in parts(node) for site in sites_in(part, inside=inside)]


def parts(node: Node) -> tuple[Node, ...]:
    """Return the queries a query is made of."""
    if isinstance(node, And | Or):
        return node.parts
    if isinstance(node, Near):
        return (node.left, node.right)
    if isinstance(node, Except):
        return (node.part, node.excepted)
    if isinstance(node, Not | Within):
        return (node.part,)
    return ()
