"""Whether two articles carry the same text.

A copy shares word sequences; so does every weather bulletin with yesterday's. What keeps
them apart is what a newsroom changes in a mould: numbers, names, and what was done.
So sharing is necessary, and each guard can say no:

    the same words                                    exact
    too few word sequences shared                     none
    published more than 3 days apart                  none, unless nearly all is shared
    one opening not found in the other text           none: an item of a round-up
    a daily bulletin of another day                   none, or `related` on one site
    numbers replaced on both sides                    none, or `related` on one site
    names replaced, in the headline or in place       none, or `related` on one site
    the opposite was done: arrives, leaves            none, or `related` on one site

Inside one site a mould is likelier than a copy. There more must be shared, another weekday
is another bulletin, another opening is a follow-up, and what passes is a `version`, unless
nearly all is shared.

`related` and none share no cluster: both articles alert on their own.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from storage.fingerprint import MAX_WORDS, MIN_TITLE_WORDS, MIN_WORDS, prose, shingles
from storage.names import Name, Place, differ, lead_in, named
from storage.text import words
from storage.wordings import BULLETINS, COMMON, OPPOSITES, WEEKDAYS

# Stored with every decision, so that a later rule finds what it should look at again.
RULE_VERSION = 2

Relation = Literal["exact", "duplicate", "version", "related"]
Sides = tuple[list[str], list[str]]

# Shares of the shorter text's word sequences, and of all sequences of both (Jaccard).
CONTAINED = 0.40
CONTAINED_UNDER_ONE_HEADLINE = 0.20
NEARLY_ALL = 0.85
MOSTLY = 0.80
# What is a small part of a much longer text is an item in it, though it stand at its head.
A_PART = 0.12
# Inside one site, and there after more than UPDATE_HOURS.
SHARED_ON_ONE_SITE = 0.30
SHARED_LATER_ON_ONE_SITE = 0.50
# A follow-up opens with its own news and repeats the background; a rewriting keeps the opening.
OPENING_ON_ONE_SITE = 0.72

# How many words open a text, and how much of them the other text must have. The less the
# texts share as a whole, the more it must be.
OPENING = 60
OPENING_FOUND = 0.29
OPENING_AND_WHOLE = 0.52
# The same words stand in two reports of one event as well, the same sequences only in copies.
# A text that begins with none of the other's is about something else first.
BEGINNING = 120
BEGINNING_SHARED = 0.055
OPENING_OF_A_COPY = 0.55
# All of a text in the midst of one that is several times as long.
WHOLLY = 0.80
IN_THE_MIDST = 0.30

NUMBERS_REPLACED = 0.34
# How many words before and after what is shared still belong to the news.
AMID = 12
# Of the places where both texts have a number, those where the numbers differ.
PLACES_REPLACED = 0.75

# The first words of a body confirm who and where; in a text of which little is shared,
# any part does.
CONFIRMING = 100
LITTLE = 0.25

# Names are compared by their places where most of the wording is the same.
NAMING = 120
SAME_WORDING = 0.40

DATELINE = 40

DAYS = timedelta(days=3)
EXACT_DAYS = timedelta(days=30)
UPDATE_HOURS = timedelta(hours=36)
BULLETIN_HOURS = timedelta(hours=18)
# A text of fewer words than this says nothing that others do not say as well.
EXACT_WORDS = 5

NUMBER = re.compile(r"\d+")
# Proclitics: و ف before ب ك ل ال.
CLITIC = re.compile(r"^[وف]?(?:بال|كال|لل|ال|[بلك](?=...))")
# Words written with the next one or apart from it: عبد الله، أبو بكر.
JOINED = frozenset(words("عبد أبو أبا أبي أم آل بن"))


@dataclass(frozen=True, slots=True)
class Text:
    """What is compared of an article. An unknown time does not keep two texts apart."""

    headline: str
    body: str
    published_at: datetime | None
    site: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How two texts are related, how much they share (0 to 1), and why, in words."""

    relation: Relation | None
    score: float
    reasons: list[str]

    @property
    def joins(self) -> bool:
        """Whether the two belong in one cluster."""
        return self.relation in ("exact", "duplicate", "version")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text taken apart once, however often it is compared."""

    headline: tuple[str, ...]
    words: tuple[str, ...]
    shingles: frozenset[str]
    # Every way in which one of its words may be written.
    forms: frozenset[str]
    opening: tuple[str, ...]
    numbers: frozenset[str]
    # The words of the headline that the first words of the body confirm, or any part of it.
    names: tuple[str, ...]
    mentioned: tuple[str, ...]
    # What stands where names are expected, see storage.names.
    named: dict[Place, set[Name]]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What two readings have in common."""

    contained: float
    jaccard: float
    one_headline: bool
    opening: float
    beginning: float
    first_words: float


def compare(one: Text, other: Text) -> Verdict:
    """Return how *one* and *other* are related; the order of the two does not matter.

    >>> flash = Text("انفجار في الرقة", "سمع دوي انفجار في مدينة الرقة", None, "a")
    >>> compare(flash, Text("انفجارٌ في الرقّة", "سُمع دويُّ انفجار في مدينة الرقة.", None, "b"))
    Verdict(relation='exact', score=1.0, reasons=['the words are the same'])
    """
    left, right = _read(one.headline, one.body), _read(other.headline, other.body)
    apart = _apart(one.published_at, other.published_at)
    short = min(len(left.words), len(right.words)) < MIN_WORDS
    if left.words == right.words and len(left.words) >= EXACT_WORDS:
        if apart <= (DAYS if short else EXACT_DAYS):
            return Verdict("exact", 1.0, ["the words are the same"])
        return Verdict(None, 1.0, ["the words are the same, " + _age(apart)])
    if short:
        return _compare_short(left, right, apart, same_site=one.site == other.site)
    return _judge(left, right, apart, same_site=one.site == other.site)


def _compare_short(
    left: _Reading, right: _Reading, apart: timedelta, *, same_site: bool
) -> Verdict:
    # Too few words to share sequences: only the whole headline speaks, and inside one site
    # a headline returns every day.
    equal = left.headline == right.headline and len(left.headline) > MIN_TITLE_WORDS
    if equal and not same_site and apart <= DAYS:
        return Verdict("duplicate", 0.5, ["the same headline over a short text", _age(apart)])
    return Verdict(None, 0.0, ["one of the texts is too short to compare"])


def _judge(left: _Reading, right: _Reading, apart: timedelta, *, same_site: bool) -> Verdict:
    shared = _share(left, right)
    reasons = [f"{shared.contained:.0%} of the shorter text's word sequences are in the other"]
    score = round(shared.contained, 3)
    refusal = _refusal(shared, apart, same_site=same_site)
    if shared.one_headline:
        reasons.append("the same headline")
    if refusal:
        return Verdict(None, score, [*reasons, refusal])
    reasons += [_age(apart), f"{shared.opening:.0%} of both openings is found in the other"]
    replaced = _replaced(left, right, shared, same_site=same_site)
    if _is_of_another_day(left, right, shared, apart):
        replaced.append("a daily bulletin of another day")
    if replaced:
        update = same_site and apart <= UPDATE_HOURS
        return Verdict("related" if update else None, score, [*reasons, *replaced])
    if same_site and shared.jaccard < MOSTLY:
        return Verdict("version", score, [*reasons, "the same site"])
    return Verdict("duplicate", score, reasons)


def _refusal(shared: _Shared, apart: timedelta, *, same_site: bool) -> str | None:
    """Why the two texts share too little for a copy, if they do."""
    same_headline = shared.one_headline and not same_site
    if shared.contained < (CONTAINED_UNDER_ONE_HEADLINE if same_headline else CONTAINED):
        return "too few for a copy"
    if shared.jaccard < A_PART and not same_headline:
        return f"only {shared.jaccard:.0%} of both: an item of a longer text"
    if apart > DAYS and shared.jaccard < NEARLY_ALL:
        return f"{_age(apart)}: too long for what they share"
    if _is_an_item(shared):
        return (
            f"{shared.opening:.0%} of both openings is found in the other: an item of a longer text"
        )
    late = apart > UPDATE_HOURS
    if same_site and shared.jaccard < (SHARED_LATER_ON_ONE_SITE if late else SHARED_ON_ONE_SITE):
        return "too few for one site, which uses its wordings again"
    return None


def _is_of_another_day(left: _Reading, right: _Reading, shared: _Shared, apart: timedelta) -> bool:
    if apart < BULLETIN_HOURS or shared.jaccard >= NEARLY_ALL:
        return False
    return all(BULLETINS.intersection(text.words[:DATELINE]) for text in (left, right))


def _is_an_item(shared: _Shared) -> bool:
    """Whether the one text is about something else before it comes to what it shares."""
    begins_otherwise = shared.beginning < BEGINNING_SHARED and shared.opening < OPENING_OF_A_COPY
    whole_in_the_midst = (
        shared.contained >= WHOLLY
        and shared.jaccard < IN_THE_MIDST
        and shared.first_words < BEGINNING_SHARED
    )
    return (
        begins_otherwise
        or whole_in_the_midst
        or shared.opening < OPENING_FOUND
        or shared.opening + shared.jaccard < OPENING_AND_WHOLE
    )


def _replaced(left: _Reading, right: _Reading, shared: _Shared, *, same_site: bool) -> list[str]:
    """Which facts differ though the wording is shared, in words."""
    missing = _missing_mentions if shared.jaccard < LITTLE else _missing_names
    replaced = {
        "other numbers": _other_numbers(left, right),
        "other names in the headline": _both_lack(missing, left, right),
        "other names": _renamed(left, right) if shared.jaccard >= SAME_WORDING else None,
        "the opposite": _opposite(left, right),
        "another weekday": _both_lack(_missing_weekdays, left, right) if same_site else None,
    }
    reasons = [f"{what}: {_listed(sides)}" for what, sides in replaced.items() if sides]
    if same_site and shared.opening < OPENING_ON_ONE_SITE:
        reasons.append("another opening over the same background")
    return reasons


def _listed(sides: Sides) -> str:
    here, there = ("، ".join(side[:5]) for side in sides)
    return f"{here} here, {there} there"


def _age(apart: timedelta) -> str:
    hours = apart / timedelta(hours=1)
    return (
        f"published {hours:.0f} h apart" if hours < 72 else f"published {hours / 24:.0f} days apart"
    )


def _apart(one: datetime | None, other: datetime | None) -> timedelta:
    return abs(one - other) if one and other else timedelta(0)


@lru_cache(maxsize=512)
def _read(headline: str, body: str) -> _Reading:
    body = prose(body)
    title, text = words(headline), words(body)
    every = [*title, *text]
    return _Reading(
        headline=tuple(title),
        words=tuple(every),
        shingles=frozenset(shingles(every)),
        forms=_forms(every),
        opening=tuple(word for word in every[:OPENING] if _says_something(word)),
        numbers=frozenset(number for word in every for number in NUMBER.findall(word)),
        names=_confirmed(title, text[:CONFIRMING]),
        mentioned=_confirmed(title, text),
        named=named([*title, *words(body[lead_in(body) :])[:NAMING]]),
    )


def _says_something(word: str) -> bool:
    return len(word) > 2 and word not in COMMON and not NUMBER.search(word)


@lru_cache(maxsize=100_000)
def _bare(word: str) -> str:
    return CLITIC.sub("", word) if len(word) > 4 else word


def _sound(word: str) -> str:
    # The g of other languages is written either way: غوغل and جوجل.
    return word.replace("غ", "ج")


def _confirmed(title: Iterable[str], text: Iterable[str]) -> tuple[str, ...]:
    said = {_bare(word) for word in text}
    return tuple(word for word in title if _says_something(word) and _bare(word) in said)


def _forms(folded: Sequence[str]) -> frozenset[str]:
    forms = set[str]()
    for word, following in zip(folded, [*folded[1:], ""], strict=False):
        bare = _bare(word)
        forms.update((word, bare))
        if bare in JOINED:
            forms.update((word + following, bare + following))
        elif bare.startswith("عبد") and len(bare) > 5:
            forms.update((bare[:3], bare[3:], _bare(bare[3:])))
    return frozenset(map(_sound, forms))


def _share(left: _Reading, right: _Reading) -> _Shared:
    common = len(left.shingles & right.shingles)
    return _Shared(
        contained=common / min(len(left.shingles), len(right.shingles)),
        jaccard=common / len(left.shingles | right.shingles),
        one_headline=left.headline == right.headline and len(left.headline) > MIN_TITLE_WORDS,
        opening=min(_found(left.opening, right), _found(right.opening, left)),
        beginning=min(_begun(left, right, BEGINNING), _begun(right, left, BEGINNING)),
        first_words=min(_begun(left, right, OPENING), _begun(right, left, OPENING)),
    )


def _both_lack(
    missing: Callable[[_Reading, _Reading], list[str]], left: _Reading, right: _Reading
) -> Sides | None:
    """What each text lacks of the other, where both lack something.

    A shortened copy lacks facts on one side only; a mould filled anew replaces them.
    """
    lacking = missing(left, right)
    if not lacking:
        return None
    lacked = missing(right, left)
    return (lacking, lacked) if lacked else None


def _found(opening: Sequence[str], other: _Reading) -> float:
    found = sum(
        _sound(word) in other.forms or _sound(_bare(word)) in other.forms for word in opening
    )
    return found / max(1, len(opening))


def _begun(text: _Reading, other: _Reading, length: int) -> float:
    """The share of the sequences in a text's first words that the other one has anywhere."""
    beginning = shingles(list(text.words[:length]))
    return len(beginning & other.shingles) / len(beginning)


def _other_numbers(left: _Reading, right: _Reading) -> Sides | None:
    """The numbers of each text that the other lacks, where they are another day's."""
    missing = _numbers_missing(left.numbers, right.numbers)
    if missing:
        # A cut copy under a page's footer lacks numbers and has others, of which none are news.
        missing = _numbers_missing(_numbers_amid(left, right), _numbers_amid(right, left))
    return missing or _replaced_in_place(_places(left), _places(right))


def _numbers_missing(left: frozenset[str], right: frozenset[str]) -> Sides | None:
    missing = sorted(left - right), sorted(right - left)
    shares = [
        len(side) / max(1, len(numbers))
        for side, numbers in zip(missing, (left, right), strict=True)
    ]
    return missing if min(shares) > NUMBERS_REPLACED else None


def _numbers_amid(text: _Reading, other: _Reading) -> frozenset[str]:
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
    return frozenset(number for word in amid for number in NUMBER.findall(word))


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


def _places(text: _Reading) -> dict[str, set[str]]:
    """Which numbers stand before or after each word that says something."""
    places: dict[str, set[str]] = {}
    padded = ("", *text.words[:MAX_WORDS], "")
    for before, word, after in zip(padded, padded[1:], padded[2:], strict=False):
        for number in NUMBER.findall(word):
            for place, neighbour in (("after ", before), ("before ", after)):
                if _says_something(neighbour):
                    places.setdefault(place + _bare(neighbour), set()).add(number)
    return places


def _missing_weekdays(text: _Reading, other: _Reading) -> list[str]:
    named = {word for word in text.words[:DATELINE] if word in WEEKDAYS}
    return sorted(named.difference(other.words))


def _missing_names(text: _Reading, other: _Reading) -> list[str]:
    return [name for name in dict.fromkeys(text.names) if not _is_named(name, text, other)]


def _missing_mentions(text: _Reading, other: _Reading) -> list[str]:
    return [name for name in dict.fromkeys(text.mentioned) if not _is_named(name, text, other)]


def _renamed(left: _Reading, right: _Reading) -> Sides | None:
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


def _is_mentioned(name: Name, text: _Reading, other: _Reading) -> bool:
    # What a cue announces may be no name: «وقال الدكتور إن».
    if not all(map(_says_something, name)):
        return True
    return all(_is_named(word, text, other) for word in name)


def _opposite(left: _Reading, right: _Reading) -> Sides | None:
    """Words of the openings of which each is undone by the other, and which the other lacks."""
    for done, undone in OPPOSITES:
        for one, other in ((done, undone), (undone, done)):
            here = one.intersection(left.opening), one.intersection(right.forms)
            there = other.intersection(right.opening), other.intersection(left.forms)
            if here[0] and there[0] and not here[1] and not there[1]:
                return sorted(here[0]), sorted(there[0])
    return None


def _is_named(name: str, text: _Reading, other: _Reading) -> bool:
    whole, bare = _sound(name), _sound(_bare(name))
    if whole in other.forms or bare in other.forms:
        return True
    # A word that both texts have is not the one's spelling of the other's name.
    return any(
        (len(bare) > 3 and _one_edit(bare, form)) or (len(whole) > 4 and _one_edit(whole, form))
        for form in other.forms - text.forms
        if len(form) > 3
    )


def _one_edit(one: str, other: str) -> bool:
    """Whether two words differ by one letter, or by two that changed places."""
    if abs(len(one) - len(other)) > 1:
        return False
    differing = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    start = next(differing, min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
