"""The query language of watches, search, forecast and export: read, and printed in normal form.

    query    or
    or       and (OR and)*
    and      not (AND not)*
    not      NOT not | near
    near     primary ((NEAR/n | EXCEPT) primary)*
    primary  field: primary | ( or ) | [= or +] term [~n] [{switches}] | @pack

A term is a quoted phrase or bare words beside each other. ``|``, ``&`` and ``!`` stand for OR,
AND and NOT. Stated limits: `MAX_LENGTH` characters, `MAX_TERMS` terms, `MAX_DEPTH` levels of
parentheses, `MAX_WORDS` words in a phrase of `MAX_LETTERS` letters each.
"""

from collections.abc import Mapping

from scheduler.candidates import Candidates
from scheduler.faults import fail
from scheduler.nodes import (
    TEXT_FIELDS,
    Alias,
    And,
    Except,
    Near,
    Node,
    Not,
    Or,
    Pack,
    Term,
    Within,
    Word,
    finds,
)
from scheduler.symbols import Symbol, read_symbols
from storage.errors import QueryError
from storage.text import composed, tokenize

MAX_TERMS = 1_000
MAX_DEPTH = 40
MAX_WORDS = 24
MAX_LETTERS = 64
TRUNCATED_LETTERS = 3

_END = Symbol("end", "", 0, 0)
_OPERATORS = ("OR", "AND", "NOT", "NEAR", "EXCEPT")
_SIGNS = {"exact": "=", "folded": "+"}
_ON = {"": True, "on": True, "yes": True, "off": False, "no": False}
_HELD = (Or, And, Not, Near, Except)


def parse(query: str) -> Node:
    """Return what *query* says.

    Raises QueryError, which knows the column, where it cannot be read: the message says what was
    expected and offers what can be written instead.

    >>> print_query(parse("شرق الفرات | «شرق  نهر الفرات»"))
    '"شرق الفرات" OR "شرق نهر الفرات"'
    """
    return _Reader(query).read()


def print_query(node: Node) -> str:  # noqa: PLR0911 - one for each kind of node
    """Return the normal form of a query: parsing it gives *node* again."""
    if isinstance(node, Or):
        return " OR ".join(_print_held(part, (Or,)) for part in node.parts)
    if isinstance(node, And):
        return " AND ".join(_print_held(part, (Or, And)) for part in node.parts)
    if isinstance(node, Not):
        return f"NOT {_print_held(node.part, (Or, And))}"
    if isinstance(node, Near):
        left = _print_held(node.left, (Or, And, Not))
        return f"{left} NEAR/{node.distance} {_print_held(node.right, _HELD)}"
    if isinstance(node, Except):
        left = _print_held(node.part, (Or, And, Not))
        return f"{left} EXCEPT {_print_held(node.excepted, _HELD)}"
    if isinstance(node, Within):
        return f"{node.field}:{_print_held(node.part, _HELD)}"
    return f"@{node.name}" if isinstance(node, Pack) else print_term(node)


def candidate_terms(
    node: Node,
    *,
    mode: str = "inflected",
    gap: int = 0,
    name: bool | None = None,
    number: bool = True,
    packs: Mapping[str, Alias] | None = None,
) -> Candidates | None:
    """Return what every article satisfying *node* has in a full-text index; None: nothing known.

    The index holds `storage.stems.stems` of headline and body. See
    `scheduler.candidates.Candidates` for how the demand is written.
    """
    # The packs are queries themselves: importing them above would be a circle.
    from scheduler.narrowing import candidates
    from scheduler.packs import shelf
    from scheduler.plans import Defaults

    defaults = Defaults(mode, TEXT_FIELDS, gap, name, number)
    return candidates(node, defaults, shelf.shipped() if packs is None else packs)


def print_term(term: Term) -> str:
    """Return the normal form of one term.

    >>> print_term(Term((Word("شرق"), Word("الفرات")), gap=1))
    '"شرق الفرات"~1'
    """
    words = " ".join(word.text + "*" * word.truncated for word in term.words)
    if len(term.words) > 1 or words in _OPERATORS:
        words = f'"{words}"'
    gap = "" if term.gap is None else f"~{term.gap}"
    switches = ",".join(
        name if value else f"{name}=off"
        for name, value in (("name", term.name), ("number", term.number))
        if value is not None
    )
    return _SIGNS.get(term.mode or "", "") + words + gap + (f"{{{switches}}}" if switches else "")


def phrase(text: str, column: int = 1) -> tuple[Word, ...]:
    """Return the words of a phrase; signs between them do not count."""
    words = []
    for token in tokenize(text):
        truncated = text[token.end : token.end + 1] == "*"
        if truncated and len(token.folded) < TRUNCATED_LETTERS:
            at = column + token.start
            raise fail("short", at, word=token.raw, least=TRUNCATED_LETTERS)
        if len(token.folded) > MAX_LETTERS:
            raise fail("word", column + token.start, most=MAX_LETTERS)
        words.append(Word(composed(token.raw), truncated))
    if len(words) > MAX_WORDS:
        raise fail("phrase", column, words=len(words), most=MAX_WORDS)
    return tuple(words)


def _print_held(part: Node, held: tuple[type, ...]) -> str:
    printed = print_query(part)
    return f"({printed})" if isinstance(part, held) else printed


class _Reader:
    """Reads one query from left to right."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.symbols = read_symbols(query)
        self.at = 0
        self.depth = 0
        self.terms = 0
        self.field: str | None = None

    @property
    def next(self) -> Symbol:
        return self.symbols[self.at] if self.at < len(self.symbols) else self._end

    @property
    def _end(self) -> Symbol:
        return _END._replace(column=len(self.query) + 1)

    def take(self) -> Symbol:
        symbol = self.next
        self.at += 1
        return symbol

    def read(self) -> Node:
        if not self.symbols:
            raise fail("empty", 1)
        node = self._or()
        if self.next.kind == ")":
            raise fail("closed", self.next.column)
        if self.next.kind != "end":
            raise self._unexpected()
        if not finds(node):
            raise fail("nots", 1, example=print_query(_first_not(node)))
        return node

    def _or(self) -> Node:
        parts = [self._and()]
        while self.next.kind == "OR":
            self.take()
            parts.append(self._and())
        return _joined(Or, parts)

    def _and(self) -> Node:
        parts = [self._not()]
        while self.next.kind == "AND":
            self.take()
            parts.append(self._not())
        return _joined(And, parts)

    def _not(self) -> Node:
        if self.next.kind != "NOT":
            return self._near()
        symbol = self.take()
        self._deeper(symbol)
        node = Not(self._not())
        self.depth -= 1
        return node

    def _near(self) -> Node:
        node = self._primary()
        chain = 0
        while self.next.kind in ("NEAR", "EXCEPT"):
            symbol = self.take()
            chain += 1
            if chain > MAX_DEPTH:
                raise self._too_deep(symbol)
            other = self._primary()
            if symbol.kind == "NEAR":
                for part in (node, other):
                    if not finds(part):
                        raise fail("near_not", symbol.column)
                node = Near(node, other, int(symbol.text))
            else:
                node = Except(node, other)
        return node

    def _primary(self) -> Node:
        symbol = self.next
        if symbol.kind == "field":
            return self._within()
        if symbol.kind == "(":
            return self._parenthesis()
        if symbol.kind == "pack":
            self.take()
            self._count(symbol)
            if not symbol.text:
                raise fail("pack", symbol.column)
            return Pack(symbol.text, symbol.column)
        if symbol.kind in ("mode", "bare", "quoted"):
            return self._term()
        raise self._missing()

    def _within(self) -> Node:
        symbol = self.take()
        if self.field:
            raise fail("fields", symbol.column, inner=symbol.text, outer=self.field)
        self.field = symbol.text
        node = Within(symbol.text, self._primary())
        self.field = None
        return node

    def _parenthesis(self) -> Node:
        opening = self.take()
        self._deeper(opening)
        if self.next.kind == ")":
            raise fail("nothing", opening.column)
        node = self._or()
        if self.next.kind == "end":
            raise fail("open", opening.column)
        if self.next.kind != ")":
            raise self._unexpected()
        self.take()
        self.depth -= 1
        return node

    def _term(self) -> Node:
        start = self.next
        mode = self.take().text if start.kind == "mode" else None
        words = self._words(start)
        self._count(start)
        gap: int | None = None
        switches: dict[str, bool] = {}
        while self.next.kind in ("gap", "switches"):
            symbol = self.take()
            if symbol.kind == "gap":
                gap = int(symbol.text)
            else:
                switches |= _read_switches(symbol)
        return Term(words, mode, gap, switches.get("name"), switches.get("number"))

    def _words(self, start: Symbol) -> tuple[Word, ...]:
        symbol = self.next
        if symbol.kind == "quoted":
            self.take()
            words = phrase(symbol.text, symbol.column + 1)
        else:
            bare = []
            while self.next.kind == "bare":
                bare.append(self.take())
            _refuse_small_operators(bare)
            words = phrase(" ".join(part.text for part in bare), symbol.column)
        if not words:
            raise fail("no_word", start.column)
        return words

    def _count(self, symbol: Symbol) -> None:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise fail("terms", symbol.column, most=f"{MAX_TERMS:,}")

    def _deeper(self, symbol: Symbol) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._too_deep(symbol)

    def _too_deep(self, symbol: Symbol) -> QueryError:
        return fail("deep", symbol.column, most=MAX_DEPTH)

    def _missing(self) -> QueryError:
        symbol = self.next
        if symbol.kind in ("gap", "switches"):
            return self._unexpected()
        before = self.symbols[self.at - 1] if self.at else None
        said: dict[str, object] = {"before": before.text} if before else {}
        if symbol.kind == "end":
            kept = self.query[: before.column - 1].strip() if before else ""
            key = "missing_kept" if kept else "missing_after" if before else "missing"
            return fail(key, symbol.column, kept=kept, **said)
        said |= {"sign": symbol.text or symbol.kind, "word": symbol.text}
        return fail("misplaced_after" if before else "misplaced", symbol.column, **said)

    def _unexpected(self) -> QueryError:
        symbol = self.next
        if symbol.kind in ("gap", "switches"):
            return fail("right_after", symbol.column)
        rest = self.query[symbol.column - 1 :]
        kept = self.query[: symbol.column - 1].rstrip()
        return fail("joined", symbol.column, kept=kept, rest=rest)


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """Join *parts*; the like of them in parentheses are taken in, since order says nothing."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else [part]
    return kind(tuple(flat))


def _first_not(node: Node) -> Node:
    if isinstance(node, Not):
        return node
    if isinstance(node, And | Or):
        return _first_not(next(part for part in node.parts if not finds(part)))
    if isinstance(node, Near):
        return _first_not(node.right if finds(node.left) else node.left)
    assert isinstance(node, Within | Except)
    return _first_not(node.part)


def _read_switches(symbol: Symbol) -> dict[str, bool]:
    switches = {}
    for part in symbol.text.split(","):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in ("name", "number") or value not in _ON:
            raise fail("switch", symbol.column, name=part.strip())
        switches[name] = _ON[value]
    return switches


def _refuse_small_operators(bare: list[Symbol]) -> None:
    for symbol in bare[1:]:
        if symbol.text.upper() in _OPERATORS and not bare[0].text.isascii():
            capitals = symbol.text.upper()
            raise fail("capitals", symbol.column, sign=symbol.text, capitals=capitals)
