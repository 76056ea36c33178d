"""A query cut into the symbols its grammar speaks of, each with its column."""

import re
from difflib import get_close_matches
from typing import NamedTuple

from scheduler.faults import fail
from scheduler.nodes import FIELDS
from storage.text import letters

MAX_LENGTH = 20_000
MAX_GAP = 20
MAX_DISTANCE = 100

_CONTROLS = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_OPENING, _CLOSING = '"“”„‟«»', {'"': '"', "«": "»", "»": "«"}
_blank = re.compile(f"[\\s{_CONTROLS}]+")
_chunk = re.compile(f"[^\\s()|&{{}}~{_OPENING}]+")
_gap = re.compile(r"~(\d*)")
_switches = re.compile(r"\{([^{}]*)\}")
_field = re.compile(r"([^\W\d]\w*):(?=(\S?))")
_near = re.compile(r"NEAR(?:/(.*))?")
_OPERATORS = ("OR", "AND", "NOT", "EXCEPT")
_SIGNS = {"(": "(", ")": ")", "|": "OR", "&": "AND"}
_PREFIXES = {"=": "exact", "+": "folded"}
# Between bare words these separate entries of a list; the phrase of all of them never occurs.
_LIST_SIGNS = "،,؛;"


class Symbol(NamedTuple):
    """One sign of a query: its *kind*, its text, its column from 1 and where it ends."""

    kind: str
    text: str
    column: int
    end: int


def read_symbols(query: str) -> list[Symbol]:
    """Return the symbols of *query*.

    Kinds: the operators by their names, ``(``, ``)``, ``field``, ``mode``, ``pack``, ``bare``
    (a word or several joined by signs), ``quoted``, ``gap``, ``switches``.
    """
    if len(query) > MAX_LENGTH:
        raise fail("long", None, length=f"{len(query):,}", most=f"{MAX_LENGTH:,}")
    symbols: list[Symbol] = []
    at = 0
    while at < len(query):
        if blank := _blank.match(query, at):
            at = blank.end()
            continue
        symbol = _symbol(query, at)
        symbols.append(symbol)
        at = symbol.end
    return symbols


def _symbol(query: str, at: int) -> Symbol:  # noqa: PLR0911 - one for each sign
    sign = query[at]
    column = at + 1
    if sign in _SIGNS:
        double = sign in "|&" and query[at : at + 2] == sign * 2
        return Symbol(_SIGNS[sign], sign, column, at + 1 + double)
    if sign in _OPENING:
        return _quoted(query, at)
    if sign == "~":
        return _read_gap(query, at)
    if sign in "{}":
        return _read_switches(query, at)
    if sign in _PREFIXES:
        return Symbol("mode", _PREFIXES[sign], column, at + 1)
    if sign == "!" and at + 1 < len(query):
        return Symbol("NOT", "!", column, at + 1)
    return _bare(query, at)


def _quoted(query: str, at: int) -> Symbol:
    closing = _CLOSING.get(query[at], "“”„‟")
    end = next((i for i in range(at + 1, len(query)) if query[i] in closing), None)
    if end is None:
        raise fail("quote", at + 1, closing=closing[0])
    return Symbol("quoted", query[at + 1 : end], at + 1, end + 1)


def _read_gap(query: str, at: int) -> Symbol:
    found = _gap.match(query, at)
    assert found
    if not found[1] or len(found[1]) > 3 or int(found[1]) > MAX_GAP:
        raise fail("gap", at + 1, most=MAX_GAP)
    return Symbol("gap", found[1], at + 1, found.end())


def _read_switches(query: str, at: int) -> Symbol:
    found = _switches.match(query, at)
    if not found:
        raise fail("switches", at + 1)
    return Symbol("switches", found[1], at + 1, found.end())


def _bare(query: str, at: int) -> Symbol:
    found = _chunk.match(query, at)
    assert found
    text = re.sub(f"[{_CONTROLS}]", "", found[0])
    column, end = at + 1, found.end()
    if text in _OPERATORS:
        return Symbol(text, text, column, end)
    if near := _near.fullmatch(text):
        return _read_near(near, column, end)
    if text.startswith("@"):
        return Symbol("pack", text[1:], column, end)
    named = _field.match(query, at)
    if named and (named[1] in FIELDS or named[2]):
        return _read_field(named, column)
    if text.startswith("-") and len(text) > 1 and letters(text[1:])[:1].isalnum():
        raise fail("minus", column, word=text[1:])
    _refuse_lists(query, text, column, end)
    return Symbol("bare", text, column, end)


def _read_near(near: re.Match[str], column: int, end: int) -> Symbol:
    number = near[1] or ""
    if not number.isdecimal() or len(number) > 4 or not 0 < int(number) <= MAX_DISTANCE:
        raise fail("near", column, most=MAX_DISTANCE)
    return Symbol("NEAR", number, column, end)


def _read_field(named: re.Match[str], column: int) -> Symbol:
    name = named[1]
    if name not in FIELDS:
        close = get_close_matches(name.lower(), FIELDS, 1, 0.5)
        if close:
            raise fail("near_field", column, name=name, close=close[0])
        raise fail("field", column, name=name, fields=", ".join(FIELDS))
    return Symbol("field", name, column, named.end())


def _refuse_lists(query: str, text: str, column: int, end: int) -> None:
    inside = re.search(f"\\w[{_LIST_SIGNS}]+\\w", text)
    trailing = text[-1] in _LIST_SIGNS and _chunk.match(query, _skip_blank(query, end))
    if (inside and not re.search(r"\d[,]\d", text)) or trailing:
        sign = next(character for character in text if character in _LIST_SIGNS)
        raise fail("list", column, sign=sign)


def _skip_blank(query: str, at: int) -> int:
    blank = _blank.match(query, at)
    return blank.end() if blank else at
