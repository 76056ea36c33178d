"""Quoting: a text cut at its marks, its sentences, and the two around a span. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

EXCERPT_LIMIT = 500

# A full stop inside a number or a name ends nothing; a paragraph always ends the sentence.
_ENDS = re.compile(r"(?:[.!?؟…]+[\"»”’)\]]*(?=\s|$))|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, marked or not."""

    text: str
    marked: bool = False


def pieces(text: str, spans: Sequence[dict[str, Any]], start: int, end: int) -> list[Piece]:
    """Cut ``text[start:end]`` at the borders of *spans*; overlapping spans become one.

    >>> spans = [{"start": 3, "end": 7}]
    >>> "".join(f"[{p.text}]" if p.marked else p.text for p in pieces("من شرقِ الفرات", spans, 0, 14))
    'من [شرقِ] الفرات'
    """
    found: list[Piece] = []
    at = start
    for span in sorted(spans, key=lambda span: (span["start"], span["end"])):
        begin, stop = max(span["start"], at), min(span["end"], end)
        if begin >= stop:
            continue
        before = ""
        if span["start"] < at and found and found[-1].marked:
            before = found.pop().text
        elif begin > at:
            found.append(Piece(text[at:begin]))
        found.append(Piece(before + text[begin:stop], marked=True))
        at = stop
    if at < end:
        found.append(Piece(text[at:end]))
    return found


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of *text* stands, without the space around it."""
    found = []
    at = 0
    for end in [*(ending.end() for ending in _ENDS.finditer(text)), len(text)]:
        stretch = text[at:end]
        begin = at + len(stretch) - len(stretch.lstrip())
        stop = at + len(stretch.rstrip())
        if begin < stop:
            found.append((begin, stop))
        at = end
    return found


def excerpt(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the stretch of *text* to quote around a span: its sentence and the next one.

    The last sentence is quoted with the one before. A stretch that is too long is
    cut at words, around the span.
    """
    known = sentences(text)
    at = next((n for n, (_, stop) in enumerate(known) if stop > start), None)
    if at is None:
        return start, end
    first, last = (at, at + 1) if at + 1 < len(known) else (max(at - 1, 0), at)
    begin, stop = min(known[first][0], start), max(known[last][1], end)
    if stop - begin <= EXCERPT_LIMIT:
        return begin, stop
    room = max(EXCERPT_LIMIT - (end - start), 0)
    low, high = max(begin, start - room // 3), min(stop, end + room - room // 3)
    return _word_after(text, low, begin, start), _word_before(text, high, stop, end)


def _word_after(text: str, at: int, begin: int, limit: int) -> int:
    if at <= begin:
        return begin
    space = re.compile(r"\s").search(text, at, limit)
    return space.end() if space else limit


def _word_before(text: str, at: int, stop: int, limit: int) -> int:
    if at >= stop:
        return stop
    space = max(text.rfind(" ", limit, at), text.rfind("\n", limit, at))
    return space if space > 0 else at


def cut(text: str, limit: int) -> str:
    """Return *text*, its end left out where it is longer than *limit*."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def quoted(body: str, spans: Sequence[dict[str, Any]]) -> list[Piece]:
    """Return the two sentences around the first of *spans*, with marks of omission; maybe nothing."""
    if not spans:
        return []
    ordered = sorted(spans, key=lambda span: int(span["start"]))
    begin, stop = excerpt(body, ordered[0]["start"], ordered[0]["end"])
    found = pieces(body, ordered, begin, stop)
    before = [Piece("… ")] if begin > 0 else []
    after = [Piece(" …")] if stop < len(body.rstrip()) else []
    return [*before, *found, *after]


def bracketed(parts: Sequence[Piece]) -> str:
    """Return the text with what is marked in [brackets]."""
    return "".join(f"[{part.text}]" if part.marked else part.text for part in parts)


def split(parts: Sequence[Piece], limit: int) -> list[list[Piece]]:
    """Cut a long text into stretches of at most *limit* UTF-16 units, at the ends of sentences.

    A paragraph's end is best, then a sentence's, then a line's, then a word's.
    """
    text = "".join(part.text for part in parts)
    found = []
    at = 0
    while at < len(text):
        stop = _fitting(text, at, limit)
        if stop < len(text):
            stop = _break(text, at, stop)
        piece = [part for part in _stretch(parts, at, stop) if part.text]
        if any(part.text.strip() for part in piece):
            found.append(piece)
        at = stop
    return found


def _fitting(text: str, at: int, limit: int) -> int:
    """How far *limit* units reach; letters outside the basic plane count twice."""
    if len(text) - at <= limit // 2:
        return len(text)
    units = 0
    for place in range(at, len(text)):
        units += 2 if ord(text[place]) > 0xFFFF else 1
        if units > limit:
            return place
    return len(text)


def _break(text: str, at: int, stop: int) -> int:
    """The best place to cut in the last two thirds of a stretch."""
    low = at + (stop - at) // 3
    paragraph = text.rfind("\n\n", low, stop)
    if paragraph > 0:
        return paragraph + 2
    ends = [ending.end() for ending in _ENDS.finditer(text, low, stop)]
    if ends:
        return ends[-1]
    for mark in ("\n", " "):
        place = text.rfind(mark, low, stop)
        if place > 0:
            return place + 1
    return stop


def _stretch(parts: Sequence[Piece], begin: int, stop: int) -> list[Piece]:
    found = []
    at = 0
    for part in parts:
        low, high = max(begin - at, 0), min(stop - at, len(part.text))
        if low < high:
            found.append(Piece(part.text[low:high], part.marked))
        at += len(part.text)
    return found
