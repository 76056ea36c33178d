"""Whether two articles carry the same text.

A copy shares word sequences; so does every weather bulletin with yesterday's. What keeps
them apart is what a newsroom changes in a mould: numbers, and the names in the headline.
So sharing is necessary, and each guard can say no:

    equal words                                       exact
    published more than 3 days apart                  none, unless nearly all is shared
    .40 of the shorter text's sequences shared        (.20 under the same headline)
    each opening found in the other text              or it is one item of a round-up
    numbers replaced on both sides                    other facts: `related` at most
    names of the headline replaced on both sides      other facts: `related` at most
    the same site                                     `version`, unless nearly all is shared

`related` and none share no cluster: both alert on their own.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from storage.fingerprint import MIN_TITLE_WORDS, MIN_WORDS, shingles
from storage.text import words

# Stored with every decision, so that a later rule finds what it should look at again.
RULE_VERSION = 1

Relation = Literal["exact", "duplicate", "version", "related"]

CONTAINED = 0.40
CONTAINED_UNDER_ONE_HEADLINE = 0.20
OPENING = 60
OPENING_COVERED = 0.34
NUMBERS_REPLACED = 0.34
NEARLY_ALL = 0.85
MOSTLY = 0.80
DAYS = timedelta(days=3)
EXACT_DAYS = timedelta(days=30)
UPDATE_HOURS = timedelta(hours=36)
# A text of fewer words than this says nothing that others do not say as well.
EXACT_WORDS = 5

# Words that stand in any headline and name nobody.
COMMON = frozenset(
    words(
        """
        في من على إلى عن مع بعد قبل بين خلال عند حتى منذ ضد حول دون بدون أو أن إنه هذا هذه ذلك تلك
        الذي التي الذين كما لم لن لا ما قد كان كانت هو هي هم كل بعض أي ثم غير أكثر أقل نحو أمام تحت
        فوق اليوم أمس غدا الآن أحد إحدى عدد مليون مليار ألف مئة ريال دولار ليرة جديد جديدة
        """
    )
)

NUMBER = re.compile(r"\d+")
# Proclitics: و ف before ب ك ل ال.
CLITIC = re.compile(r"^[وف]?(?:بال|كال|لل|ال|[بلك](?=...))")


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
    # Words as they stand and without proclitics.
    forms: frozenset[str]
    opening: tuple[str, ...]
    numbers: frozenset[str]
    # What the headline says and the body confirms: who and where.
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What two readings have in common."""

    contained: float
    jaccard: float
    one_headline: bool
    opening: float
    numbers: tuple[list[str], list[str]]
    numbers_replaced: float
    names: tuple[list[str], list[str]]


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
    shared = _share(left, right)
    return _judge(shared, apart, same_site=one.site == other.site)


def _compare_short(
    left: _Reading, right: _Reading, apart: timedelta, *, same_site: bool
) -> Verdict:
    # Too few words to share sequences: only the whole headline speaks, and inside one site
    # a headline returns every day.
    equal = left.headline == right.headline and len(left.headline) > MIN_TITLE_WORDS
    if equal and not same_site and apart <= DAYS:
        return Verdict("duplicate", 0.5, ["the same headline over a short text", _age(apart)])
    return Verdict(None, 0.0, ["one of the texts is too short to compare"])


def _judge(shared: _Shared, apart: timedelta, *, same_site: bool) -> Verdict:
    reasons = [f"{shared.contained:.0%} of the shorter text's word sequences are in the other"]
    score = round(shared.contained, 3)
    enough = CONTAINED
    if shared.one_headline and not same_site:
        enough = CONTAINED_UNDER_ONE_HEADLINE
        reasons.append("the same headline")
    if shared.contained < enough:
        return Verdict(None, score, [*reasons, "too few"])
    reasons.append(_age(apart))
    if apart > DAYS and shared.jaccard < NEARLY_ALL:
        return Verdict(None, score, [*reasons, "too long"])
    reasons.append(f"{shared.opening:.0%} of both openings is found in the other")
    if shared.opening < OPENING_COVERED:
        return Verdict(None, score, [*reasons, "one may be an item of the other"])
    replaced = _replaced(shared)
    if replaced:
        update = same_site and apart <= UPDATE_HOURS
        return Verdict("related" if update else None, score, [*reasons, *replaced])
    if same_site and shared.jaccard < MOSTLY:
        return Verdict("version", score, [*reasons, "the same site"])
    return Verdict("duplicate", score, reasons)


def _replaced(shared: _Shared) -> list[str]:
    """Which facts differ though the wording is shared, in words."""
    reasons = []
    if shared.numbers_replaced > NUMBERS_REPLACED:
        reasons.append("other numbers: " + _listed(shared.numbers))
    if all(shared.names):
        reasons.append("other names in the headline: " + _listed(shared.names))
    return reasons


def _listed(sides: tuple[list[str], list[str]]) -> str:
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
    title, text = words(headline), words(body)
    every = [*title, *text]
    confirmed = _forms(text)
    return _Reading(
        headline=tuple(title),
        words=tuple(every),
        shingles=frozenset(shingles(every)),
        forms=_forms(every),
        opening=tuple(word for word in every[:OPENING] if _says_something(word)),
        numbers=_numbers(every),
        names=frozenset(
            word for word in title if _says_something(word) and _bare(word) in confirmed
        ),
    )


def _says_something(word: str) -> bool:
    return len(word) > 2 and word not in COMMON and not NUMBER.search(word)


def _bare(word: str) -> str:
    return CLITIC.sub("", word) if len(word) > 4 else word


def _forms(folded: Iterable[str]) -> frozenset[str]:
    folded = frozenset(folded)
    return folded | {_bare(word) for word in folded}


def _numbers(folded: Iterable[str]) -> frozenset[str]:
    return frozenset(number for word in folded for number in NUMBER.findall(word))


def _share(left: _Reading, right: _Reading) -> _Shared:
    common = len(left.shingles & right.shingles)
    numbers = _missing_numbers(left, right), _missing_numbers(right, left)
    names = _missing_names(left, right), _missing_names(right, left)
    return _Shared(
        contained=common / min(len(left.shingles), len(right.shingles)),
        jaccard=common / len(left.shingles | right.shingles),
        one_headline=left.headline == right.headline and len(left.headline) > MIN_TITLE_WORDS,
        opening=min(_covered(left, right), _covered(right, left)),
        numbers=numbers,
        # A shortened copy lacks numbers on one side only; another day's replaces them on both.
        numbers_replaced=min(
            len(missing) / max(1, len(side.numbers))
            for missing, side in zip(numbers, (left, right), strict=True)
        ),
        names=names,
    )


def _covered(text: _Reading, other: _Reading) -> float:
    """The share of a text's opening found anywhere in the other."""
    found = sum(word in other.forms or _bare(word) in other.forms for word in text.opening)
    return found / max(1, len(text.opening))


def _missing_numbers(text: _Reading, other: _Reading) -> list[str]:
    return sorted(text.numbers - other.numbers)


def _missing_names(text: _Reading, other: _Reading) -> list[str]:
    return sorted(
        name
        for name in text.names
        if name not in other.forms
        and _bare(name) not in other.forms
        and not _misspelled(_bare(name), other.forms)
    )


def _misspelled(name: str, forms: Collection[str]) -> bool:
    return len(name) > 3 and any(_one_edit(name, form) for form in forms)


def _one_edit(one: str, other: str) -> bool:
    """Whether two words differ by one letter, or by two that changed places."""
    if abs(len(one) - len(other)) > 1 or len(other) < 4:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
