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
_NUMBER = rf"\d{{1,3}}|{alternation((*words.AGO_NUMBERS, *words.AGO_PARTS))}"
_AMOUNT = rf"(?:({_NUMBER})\s+|(\d{{1,3}}))?({_UNIT}){_END}"
_AGO = (
    re.compile(
        rf"{_WORD}(?:منذ|قبل|مضي|since|ago)\s+(?:حوالي\s+|نحو\s+)?(?P<first>{_AMOUNT})(?P<more>.*)"
    ),
    re.compile(rf"(?P<first>{_AMOUNT})\s*(?:ago|منذ|مضت|مضي|خلت){_END}(?P<more>)"),
)
_MORE = re.compile(rf"^\s*(?:و|and|,)\s*{_AMOUNT}")
_PART = re.compile(rf"^\s*و\s*(?:ال)?({alternation(words.AGO_PARTS)}){_END}")
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
        if found and not _is_uncounted(found):
            return _sum(found)
    return None


def named_day(text: str) -> int | None:
    """Return 0, 1 or 2 where *text* says today, yesterday or the day before."""
    if len(text) > _LONGEST:
        return None
    return next((days for days, pattern in _NAMED if pattern.search(text)), None)


def _is_uncounted(found: re.Match[str]) -> bool:
    """Tell whether *found* says hours or days and not how many."""
    return found["first"] in words.AGO_PLURALS


def _sum(found: re.Match[str]) -> timedelta:
    first = re.match(_AMOUNT, found["first"])
    assert first is not None
    seconds = _seconds(first)
    more = found["more"]
    if part := _PART.match(more):
        unit = words.AGO_UNITS.get(first[3]) or words.AGO_PAIRS[first[3]]
        seconds += unit * words.AGO_PARTS[part[1]]
    elif further := _MORE.match(more):
        seconds += _seconds(further)
    return timedelta(seconds=seconds)


def _seconds(amount: re.Match[str]) -> float:
    stated, unit = amount[1] or amount[2], amount[3]
    if unit in words.AGO_PAIRS:
        return 2 * words.AGO_PAIRS[unit]
    return _count(stated) * words.AGO_UNITS[unit]


def _count(stated: str | None) -> float:
    if stated is None:
        return 1
    if stated.isdecimal():
        return int(stated)
    name = " ".join(stated.split())
    return words.AGO_PARTS.get(name) or words.AGO_NUMBERS[name]
