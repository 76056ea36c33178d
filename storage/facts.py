"""What a newsroom changes in a mould: which facts differ though the wording is shared. Pure.

A shortened copy lacks facts on one side only; a mould filled anew replaces them. So nothing is
concluded from what one text lacks, only from what each has in place of the other's.
"""

from collections.abc import Callable

from storage.fingerprint import MAX_WORDS
from storage.names import Name, differ
from storage.readings import Reading, is_named, number_places, numbers_in, says_something
from storage.wordings import OPPOSITES, WEEKDAYS

Sides = tuple[list[str], list[str]]

NUMBERS_REPLACED = 0.34
# How many words before and after what is shared still belong to the news.
AMID = 12
# Of the places where both texts have a number, those where the numbers differ.
PLACES_REPLACED = 0.75
DATELINE = 40
# Where little is shared, any part of a body may confirm who and where, not only its first words.
LITTLE = 0.25
# Names are compared by their places where most of the wording is the same.
SAME_WORDING = 0.40


def replaced(left: Reading, right: Reading, *, jaccard: float, same_site: bool) -> list[str]:
    """Return which facts differ, in words; *jaccard* is the share of the wording they have."""
    missing = _missing_mentions if jaccard < LITTLE else _missing_names
    found = {
        "other numbers": _other_numbers(left, right),
        "other names in the headline": _both_lack(missing, left, right),
        "other names": _renamed(left, right) if jaccard >= SAME_WORDING else None,
        "the opposite": _opposite(left, right),
        "another weekday": other_weekdays(left, right) if same_site else None,
    }
    return [f"{what}: {_listed(sides)}" for what, sides in found.items() if sides]


def other_weekdays(left: Reading, right: Reading) -> Sides | None:
    """Return the weekdays each text opens with, where the other has others."""
    return _both_lack(_missing_weekdays, left, right)


def _listed(sides: Sides) -> str:
    here, there = ("، ".join(side[:5]) for side in sides)
    return f"{here} here, {there} there"


def _both_lack(
    missing: Callable[[Reading, Reading], list[str]], left: Reading, right: Reading
) -> Sides | None:
    """What each text lacks of the other, where both lack something."""
    lacking = missing(left, right)
    if not lacking:
        return None
    lacked = missing(right, left)
    return (lacking, lacked) if lacked else None


def _other_numbers(left: Reading, right: Reading) -> Sides | None:
    """The numbers of each text that the other lacks, where they are another day's."""
    # Where the one writes a date the other says «today»; that replaces nothing.
    years = left.dates.keys() ^ right.dates.keys()
    dates = {number for year in years for number in (left.dates | right.dates)[year]}
    missing = _numbers_missing(left.numbers - dates, right.numbers - dates)
    if missing:
        # A cut copy under a page's footer lacks numbers and has others, of which none are news.
        missing = _numbers_missing(
            _numbers_amid(left, right) - dates, _numbers_amid(right, left) - dates
        )
    return missing or _replaced_in_place(number_places(left), number_places(right))


def _numbers_missing(left: frozenset[str], right: frozenset[str]) -> Sides | None:
    missing = sorted(left - right), sorted(right - left)
    shares = [
        len(side) / max(1, len(numbers))
        for side, numbers in zip(missing, (left, right), strict=True)
    ]
    return missing if min(shares) > NUMBERS_REPLACED else None


def _numbers_amid(text: Reading, other: Reading) -> frozenset[str]:
    """The numbers of a text from the first sequence it shares to a little after the last."""
    said = text.words[:MAX_WORDS]
    shared = [
        at
        for at, sequence in enumerate(zip(said, said[1:], said[2:], strict=False))
        if " ".join(sequence) in other.shingles
    ]
    if not shared:
        return frozenset()
    amid = said[max(0, shared[0] - AMID) : shared[-1] + 3 + AMID]
    return frozenset(numbers_in(amid))


def _replaced_in_place(left: dict[str, set[str]], right: dict[str, set[str]]) -> Sides | None:
    # «قتل 3 وأصيب 5» and «قتل 5 وأصيب 3» have the same numbers.
    places = left.keys() & right.keys()
    other = sorted(place for place in places if not left[place] & right[place])
    if len(other) < 2 or len(other) < PLACES_REPLACED * len(places):
        return None
    return (
        sorted({number for place in other for number in left[place]}),
        sorted({number for place in other for number in right[place]}),
    )


def _missing_weekdays(text: Reading, other: Reading) -> list[str]:
    named = {word for word in text.words[:DATELINE] if word in WEEKDAYS}
    return sorted(named.difference(other.words))


def _missing_names(text: Reading, other: Reading) -> list[str]:
    return [name for name in dict.fromkeys(text.names) if not is_named(name, text, other)]


def _missing_mentions(text: Reading, other: Reading) -> list[str]:
    return [name for name in dict.fromkeys(text.mentioned) if not is_named(name, text, other)]


def _renamed(left: Reading, right: Reading) -> Sides | None:
    """Names that stand in the same place of both texts, each nowhere in the other."""
    here, there = list[str](), list[str]()
    for place in left.named.keys() & right.named.keys():
        mine, theirs = left.named[place], right.named[place]
        if (
            all(differ(one, other) for one in mine for other in theirs)
            and not any(_is_mentioned(name, left, right) for name in mine)
            and not any(_is_mentioned(name, right, left) for name in theirs)
        ):
            here += map(" ".join, mine)
            there += map(" ".join, theirs)
    return (sorted(set(here)), sorted(set(there))) if here else None


def _is_mentioned(name: Name, text: Reading, other: Reading) -> bool:
    # What a cue announces may be no name: «وقال الدكتور إن».
    if not all(map(says_something, name)):
        return True
    return all(is_named(word, text, other) for word in name)


def _opposite(left: Reading, right: Reading) -> Sides | None:
    """Words of the openings of which each is undone by the other, and which the other lacks."""
    for done, undone in OPPOSITES:
        for one, other in ((done, undone), (undone, done)):
            here = one.intersection(left.opening), one.intersection(right.forms)
            there = other.intersection(right.opening), other.intersection(left.forms)
            if here[0] and there[0] and not here[1] and not there[1]:
                return sorted(here[0]), sorted(there[0])
    return None
