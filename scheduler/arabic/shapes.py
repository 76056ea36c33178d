"""How a token of the text may be read: its proclitics and article taken off, or not."""

from typing import NamedTuple

from storage.text import fold, letters

_CONJUNCTIONS = "وف"
_PREPOSITIONS = "بكل"
_FUTURE = "س"
_ARTICLE = "ال"
_FATHATAN = "\N{ARABIC FATHATAN}"
# The alef of the article is bare: إلحاد has none.
_BARE_ALEFS = "اٱ"
# No word with its clitics is longer; what is longer stays unread.
_LONGEST = 80


class Reading(NamedTuple):
    """One way to read a token: where its core begins, and what stands before it."""

    core: str
    definite: bool
    clitic: bool
    future: bool
    cuts: tuple[int, ...]  # where the token could have been cut before the core


class Shape(NamedTuple):
    """A token made ready for comparison."""

    raw: str
    folded: str
    letters: str
    tanwin: bool
    readings: tuple[Reading, ...]


def shape_of(raw: str) -> Shape:
    """Return the shape of a token as published.

    >>> [reading.core for reading in shape_of("وللمعارضة").readings if reading.definite]
    ['معارضه', 'لمعارضه']
    """
    folded = fold(raw)
    plain = letters(raw)
    if len(folded) > _LONGEST:
        return Shape(raw, folded, plain, tanwin=False, readings=())
    return Shape(raw, folded, plain, _FATHATAN in raw, tuple(_read(folded, plain)))


def _read(folded: str, plain: str) -> list[Reading]:
    readings = []
    for cut, cuts in _conjunction_cuts(folded):
        readings += _read_rest(folded, plain, cut, cuts)
        rest = folded[cut:]
        if len(rest) > 2 and rest[0] in _PREPOSITIONS:
            readings += _read_rest(folded, plain, cut + 1, (*cuts, cut))
            if rest.startswith("لل") and len(rest) > 3:
                # ل + ال is written لل, and a word's own lam after it is not written a third time.
                readings.append(Reading(rest[2:], True, True, False, (*cuts, cut, cut + 1)))
                readings.append(Reading(rest[1:], True, True, False, (*cuts, cut)))
        if len(rest) > 3 and rest[0] == _FUTURE:
            readings.append(Reading(rest[1:], False, True, True, (*cuts, cut)))
    return readings


def _conjunction_cuts(folded: str) -> list[tuple[int, tuple[int, ...]]]:
    if len(folded) > 2 and folded[0] in _CONJUNCTIONS:
        return [(0, ()), (1, (0,))]
    return [(0, ())]


def _read_rest(folded: str, plain: str, cut: int, cuts: tuple[int, ...]) -> list[Reading]:
    rest = folded[cut:]
    readings = [Reading(rest, False, bool(cut), False, cuts)]
    if len(rest) > 3 and rest.startswith(_ARTICLE) and _bare_alef(plain, cut, len(folded)):
        readings.append(Reading(rest[2:], True, bool(cut), False, (*cuts, cut)))
    return readings


def _bare_alef(plain: str, cut: int, length: int) -> bool:
    return len(plain) != length or plain[cut] in _BARE_ALEFS
