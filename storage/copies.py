"""Whether two articles carry the same text.

A copy shares word sequences; so does every weather bulletin with yesterday's. What keeps
them apart is what a newsroom changes in a mould: numbers, names, and what was done.
So sharing is necessary, and each guard can say no:

    the same words                                    exact
    too few word sequences shared                     none
    published more than 3 days apart                  none, unless nearly all is shared
    one opening not found in the other text           none: an item of it, or other news
                                                      over the same background
    a round-up, of which not most is shared           none
    a daily bulletin of another day                   none, or `related` on one site
    facts replaced on both sides (storage.facts):     none, or `related` on one site
        numbers; names, in the headline or in place; the opposite: arrives, leaves

Inside one site a mould is likelier than a copy. There more must be shared, another weekday
is another bulletin, another opening is a follow-up, and what passes is a `version`, unless
nearly all is shared.

`related` and none share no cluster: both articles alert on their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from storage.facts import DATELINE, other_weekdays, replaced
from storage.fingerprint import MIN_TITLE_WORDS, MIN_WORDS, shingles
from storage.readings import OPENING, Reading, bare_word, read, sound
from storage.wordings import BULLETINS, CHOSEN, EVENTS, ROUND_UPS

# Stored with every decision, so that a later rule finds what it should look at again: who would
# not have been found by its keys (storage.fingerprint) was not decided by today's rule, either.
RULE_VERSION = 4

Relation = Literal["exact", "duplicate", "version", "related"]
# Those that put two articles into one cluster.
JOINING = ("exact", "duplicate", "version")

# Shares of the shorter text's word sequences, and of all sequences of both (Jaccard).
CONTAINED = 0.40
CONTAINED_UNDER_ONE_HEADLINE = 0.20
# An agency's report that each outlet told in its own words still opens with the same ones.
ONE_OPENING = 0.60
CONTAINED_WITH_ONE_OPENING = 0.35
WITH_ONE_OPENING = 0.15
NEARLY_ALL = 0.85
MOSTLY = 0.80
# What is a small part of a much longer text is an item in it, though it stand at its head.
A_PART = 0.12
# Two round-ups of one day have items in common.
ONE_ROUND_UP = 0.60
# Inside one site, and there after more than UPDATE_HOURS.
SHARED_ON_ONE_SITE = 0.30
SHARED_LATER_ON_ONE_SITE = 0.50
# A follow-up opens with its own news and repeats the background; a rewriting keeps the opening.
OPENING_ON_ONE_SITE = 0.72

# How many words open a text, and how much of them the other text must have. The less the
# texts share as a whole, the more it must be.
OPENING_FOUND = 0.29
OPENING_AND_WHOLE = 0.52
# A copy may begin with words of its own, but then the original's are somewhere in it. Two short
# texts over one background, quotation or footer share neither beginning.
LEAD_FOUND = 0.45
# The same words stand in two reports of one event as well, the same sequences only in copies.
# A text that begins with none of the other's is about something else first.
BEGINNING = 120
BEGINNING_SHARED = 0.055
OPENING_OF_A_COPY = 0.55
# All of a text in the midst of one that is several times as long.
WHOLLY = 0.80
IN_THE_MIDST = 0.30

DAYS = timedelta(days=3)
EXACT_DAYS = timedelta(days=30)
UPDATE_HOURS = timedelta(hours=36)
BULLETIN_HOURS = timedelta(hours=18)
# A text of fewer words than this says nothing that others do not say as well.
EXACT_WORDS = 5


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
        return self.relation in JOINING


@dataclass(frozen=True, slots=True)
class _Shared:
    """What two readings have in common."""

    contained: float
    jaccard: float
    one_headline: bool
    opening: float
    lead: float
    beginning: float
    first_words: float


def compare(one: Text, other: Text) -> Verdict:
    """Return how *one* and *other* are related; the order of the two does not matter.

    >>> flash = Text("انفجار في الرقة", "سمع دوي انفجار في مدينة الرقة", None, "a")
    >>> compare(flash, Text("انفجارٌ في الرقّة", "سُمع دويُّ انفجار في مدينة الرقة.", None, "b"))
    Verdict(relation='exact', score=1.0, reasons=['the words are the same'])
    """
    left, right = read(one.headline, one.body), read(other.headline, other.body)
    apart = _apart(one.published_at, other.published_at)
    short = min(len(left.words), len(right.words)) < MIN_WORDS
    if left.words == right.words and len(left.words) >= EXACT_WORDS:
        if apart <= (DAYS if short else EXACT_DAYS):
            return Verdict("exact", 1.0, ["the words are the same"])
        return Verdict(None, 1.0, ["the words are the same, " + _age(apart)])
    if short:
        return _compare_short(left, right, apart, same_site=one.site == other.site)
    return _judge(left, right, apart, same_site=one.site == other.site)


def _compare_short(left: Reading, right: Reading, apart: timedelta, *, same_site: bool) -> Verdict:
    # Too few words to share sequences: only the whole headline speaks, and inside one site
    # a headline returns every day.
    equal = left.headline == right.headline and len(left.headline) > MIN_TITLE_WORDS
    if equal and not same_site and apart <= DAYS:
        return Verdict("duplicate", 0.5, ["the same headline over a short text", _age(apart)])
    return Verdict(None, 0.0, ["one of the texts is too short to compare"])


def _judge(left: Reading, right: Reading, apart: timedelta, *, same_site: bool) -> Verdict:
    shared = _share(left, right)
    reasons = [f"{shared.contained:.0%} of the shorter text's word sequences are in the other"]
    score = round(shared.contained, 3)
    refusal = _refusal(left, right, shared, apart, same_site=same_site)
    if shared.one_headline:
        reasons.append("the same headline")
    if refusal:
        return Verdict(None, score, [*reasons, refusal])
    reasons += [_age(apart), f"{shared.opening:.0%} of both openings is found in the other"]
    other = replaced(left, right, jaccard=shared.jaccard, same_site=same_site)
    if same_site and shared.opening < OPENING_ON_ONE_SITE:
        other.append("another opening over the same background")
    if _is_of_another_day(left, right, shared, apart):
        other.append("a daily bulletin of another day")
    if other:
        update = same_site and apart <= UPDATE_HOURS
        return Verdict("related" if update else None, score, [*reasons, *other])
    if same_site and shared.jaccard < MOSTLY:
        return Verdict("version", score, [*reasons, "the same site"])
    return Verdict("duplicate", score, reasons)


def _refusal(
    left: Reading, right: Reading, shared: _Shared, apart: timedelta, *, same_site: bool
) -> str | None:
    """Why the two texts share too little for a copy, if they do."""
    if shared.contained < _least_contained(shared, same_site=same_site):
        return "too few for a copy"
    item = _item(left, right, shared, same_site=same_site)
    if item is not None:
        return item
    if apart > DAYS and shared.jaccard < NEARLY_ALL:
        return f"{_age(apart)}: too long for what they share"
    late = apart > UPDATE_HOURS
    if same_site and shared.jaccard < (SHARED_LATER_ON_ONE_SITE if late else SHARED_ON_ONE_SITE):
        return "too few for one site, which uses its wordings again"
    return None


def _least_contained(shared: _Shared, *, same_site: bool) -> float:
    if not same_site and shared.one_headline:
        return CONTAINED_UNDER_ONE_HEADLINE
    if not same_site and shared.opening >= ONE_OPENING and shared.jaccard >= WITH_ONE_OPENING:
        return CONTAINED_WITH_ONE_OPENING
    return CONTAINED


def _item(left: Reading, right: Reading, shared: _Shared, *, same_site: bool) -> str | None:
    """Why the one text seems to be an item of the other, if it does."""
    one_headline = shared.one_headline and not same_site
    if shared.jaccard < A_PART and not one_headline:
        return f"only {shared.jaccard:.0%} of both: an item of a longer text"
    if shared.jaccard < ONE_ROUND_UP and (_is_round_up(left) or _is_round_up(right)):
        return f"only {shared.jaccard:.0%} of both: an item of a round-up"
    if _begins_with_other_news(shared):
        return (
            f"{shared.opening:.0%} of both openings is found in the other: an item of a longer text"
        )
    return None


def _is_round_up(text: Reading) -> bool:
    said = set(text.headline)
    return bool(said & ROUND_UPS or (said & CHOSEN and said & EVENTS))


def _is_of_another_day(left: Reading, right: Reading, shared: _Shared, apart: timedelta) -> bool:
    if shared.jaccard >= NEARLY_ALL:
        return False
    if not all(BULLETINS.intersection(text.words[:DATELINE]) for text in (left, right)):
        return False
    return apart >= BULLETIN_HOURS or other_weekdays(left, right) is not None


def _begins_with_other_news(shared: _Shared) -> bool:
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
        or shared.lead < LEAD_FOUND
        or shared.opening + shared.jaccard < OPENING_AND_WHOLE
    )


def _age(apart: timedelta) -> str:
    hours = apart / timedelta(hours=1)
    return (
        f"published {hours:.0f} h apart" if hours < 72 else f"published {hours / 24:.0f} days apart"
    )


def _apart(one: datetime | None, other: datetime | None) -> timedelta:
    return abs(one - other) if one and other else timedelta(0)


def _share(left: Reading, right: Reading) -> _Shared:
    common = len(left.shingles & right.shingles)
    return _Shared(
        contained=common / min(len(left.shingles), len(right.shingles)),
        jaccard=common / len(left.shingles | right.shingles),
        one_headline=left.headline == right.headline and len(left.headline) > MIN_TITLE_WORDS,
        opening=min(_found(left.opening, right), _found(right.opening, left)),
        lead=max(_found(left.lead, right), _found(right.lead, left)),
        beginning=min(_begun(left, right, BEGINNING), _begun(right, left, BEGINNING)),
        first_words=min(_begun(left, right, OPENING), _begun(right, left, OPENING)),
    )


def _found(opening: Sequence[str], other: Reading) -> float:
    found = sum(
        sound(word) in other.forms or sound(bare_word(word)) in other.forms for word in opening
    )
    return found / max(1, len(opening))


def _begun(text: Reading, other: Reading, length: int) -> float:
    """The share of the sequences in a text's first words that the other one has anywhere."""
    beginning = shingles(list(text.words[:length]))
    return len(beginning & other.shingles) / len(beginning)
