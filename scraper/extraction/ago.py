"""Times counted back from now: "منذ ساعتين", "5 ساعات ago", "أمس"."""

import re
from datetime import timedelta

from scraper.extraction import calendar_words as words
from scraper.extraction.clocks import alternation

# Longer strings are prose, and prose says "قبل يومين" of anything.
_LONGEST = 60
_WORD = r"(?<![^\W\d_])"
_END = r"(?![^\W\d_])"
_UNIT = alternation((*words.AGO_UNITS, *words.AGO_PAIRS))
_NUMBER = rf"\d{{1,3}}|{alternation(words.AGO_NUMBERS)}"
_AMOUNT = rf"(?:({_NUMBER})\s+|(\d{{1,3}}))?({_UNIT}){_END}"
_AGO = (
    re.compile(
        rf"{_WORD}(?:منذ|قبل|مضي|since)\s+(?:حوالي\s+|نحو\s+)?(?P<first>{_AMOUNT})(?P<more>.*)"
    ),
    re.compile(rf"(?P<first>{_AMOUNT})\s*(?:ago|مضت|مضي|خلت){_END}(?P<more>)"),
)
_MORE = re.compile(rf"^\s*(?:و|and|,)\s*{_AMOUNT}")
_HALF = re.compile(rf"^\s*و\s*نصف{_END}")
_NAMED = tuple(
    (days, re.compile(rf"{_WORD}(?:{alternation(names)}){_END}"))
    for days, names in (
        (2, words.BEFORE_YESTERDAY_WORDS),
        (1, words.YESTERDAY_WORDS),
        (0, words.TODAY_WORDS),
    )
)


def span(text: str) -> timedelta | None:
    """Return how long ago *text* (folded by `wording.letters`) says it was.

    >>> span("منذ ساعتين و 10 دقايق")
    datetime.timedelta(seconds=7800)
    """
    if len(text) > _LONGEST:
        return None
    if any(word in text for word in words.NOW_WORDS):
        return timedelta(0)
    for shape in _AGO:
        found = shape.search(text)
        if found:
            return _sum(found)
    return None


def named_day(text: str) -> int | None:
    """Return 0, 1 or 2 where *text* says today, yesterday or the day before."""
    if len(text) > _LONGEST:
        return None
    return next((days for days, pattern in _NAMED if pattern.search(text)), None)


def _sum(found: re.Match[str]) -> timedelta:
    first = re.match(_AMOUNT, found["first"])
    assert first is not None
    seconds = _seconds(first)
    more = found["more"]
    if _HALF.match(more) and (unit := words.AGO_UNITS.get(first[3])):
        seconds += unit / 2
    elif further := _MORE.match(more):
        seconds += _seconds(further)
    return timedelta(seconds=seconds)


def _seconds(amount: re.Match[str]) -> float:
    stated, unit = amount[1] or amount[2], amount[3]
    if unit in words.AGO_PAIRS:
        return 2 * words.AGO_PAIRS[unit]
    if stated == "نصف":
        return words.AGO_UNITS[unit] / 2
    count = (
        1 if stated is None else int(stated) if stated.isdecimal() else words.AGO_NUMBERS[stated]
    )
    return count * words.AGO_UNITS[unit]
