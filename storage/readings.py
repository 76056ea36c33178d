"""A text taken apart for comparison: its words, and the facts among them. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from storage.fingerprint import MAX_WORDS, prose, shingles
from storage.names import ATTACHED, Name, Place, lead_in, named
from storage.stems import stem, stemmed
from storage.text import words
from storage.wordings import COMMON, NAMELESS

# How many words open a text, and how many the news itself, without headline and lead-in.
OPENING = 60
LEAD = 15
# The first words of a body confirm who and where.
CONFIRMING = 100
NAMING = 120

NUMBER = re.compile(r"\d+")
YEAR = re.compile(r"(?:19[5-9]|20[0-4]|14[34])\d(?!\d)")
DAY = re.compile(r"\d\d?")
# Proclitics: و ف before ب ك ل ال.
CLITIC = re.compile(r"^[وف]?(?:بال|كال|لل|ال|[بلك](?=...))")
# Words written with the next one or apart from it: عبد الله، أبو بكر.
JOINED = frozenset(words("عبد أبو أبا أبي أم آل بن"))


@dataclass(frozen=True, slots=True)
class Reading:
    """A text taken apart once, however often it is compared."""

    headline: tuple[str, ...]
    words: tuple[str, ...]
    shingles: frozenset[str]
    # Every way in which one of its words may be written.
    forms: frozenset[str]
    stems: frozenset[str]
    opening: tuple[str, ...]
    # The same of the news itself, without headline and lead-in.
    lead: tuple[str, ...]
    numbers: frozenset[str]
    # Those of them that say when, by years.
    dates: dict[str, set[str]]
    # The words of the headline that the first words of the body confirm, or any part of it.
    names: tuple[str, ...]
    mentioned: tuple[str, ...]
    # What stands where names are expected, see storage.names.
    named: dict[Place, set[Name]]


@lru_cache(maxsize=512)
def read(headline: str, body: str) -> Reading:
    body = prose(body)
    title, text = words(headline), words(body)
    every = [*title, *text]
    news = text[len(words(body[: lead_in(body)])) :]
    return Reading(
        headline=tuple(title),
        words=tuple(every),
        shingles=frozenset(shingles(every)),
        forms=(forms := _forms(every)),
        stems=frozenset(stemmed(forms)),
        opening=tuple(filter(says_something, every[:OPENING])),
        lead=tuple(filter(says_something, news[:LEAD])),
        numbers=frozenset(numbers_in(every)),
        dates=_dates(every),
        names=_confirmed(title, text[:CONFIRMING]),
        mentioned=_confirmed(title, text),
        named=named([*title, *news[:NAMING]]),
    )


def says_something(word: str) -> bool:
    return len(word) > 2 and word not in COMMON and not NUMBER.search(word)


@lru_cache(maxsize=100_000)
def bare_word(word: str) -> str:
    return CLITIC.sub("", word) if len(word) > 4 else word


def sound(word: str) -> str:
    # The g of other languages is written either way: غوغل and جوجل.
    return word.replace("غ", "ج")


def _confirmed(title: Iterable[str], text: Iterable[str]) -> tuple[str, ...]:
    said = {bare_word(word) for word in text}
    return tuple(
        word
        for word in title
        if says_something(word) and word not in NAMELESS and bare_word(word) in said
    )


def _forms(folded: Sequence[str]) -> frozenset[str]:
    bare = list(map(bare_word, folded))
    said, names = set(folded), set(bare)
    forms = said | names
    forms.update(word[1:] for word in said if len(word) == 4 and word[0] in ATTACHED)
    for name in (word for word in names if len(word) > 5 and word.startswith("عبد")):
        forms.update((name[:3], name[3:], bare_word(name[3:])))
    for at, (word, following) in enumerate(zip(bare, folded[1:], strict=False)):
        if word in JOINED:
            forms.update((folded[at] + following, word + following))
    return frozenset(map(sound, forms))


def numbers_in(folded: Iterable[str]) -> Iterator[str]:
    """Yield the numbers in some words, long ones by their thousands.

    33288 is written 33.288 as well, and «33 ألفا و288»; 400000 is «400 ألف».
    """
    for word in folded:
        if word.isalpha():
            continue
        for number in NUMBER.findall(word):
            if len(number) < 4 or YEAR.fullmatch(number):
                yield number
            else:
                start = len(number) % 3
                groups = [
                    number[:start],
                    *(number[at : at + 3] for at in range(start, len(number), 3)),
                ]
                yield from (group for group in groups if group.strip("0"))


def _dates(folded: Sequence[str]) -> dict[str, set[str]]:
    """Return the years some words state, each with the numbers of day and month before it."""
    found: dict[str, set[str]] = {}
    for at, word in enumerate(folded):
        if not word.isalpha() and (year := YEAR.match(word)):
            days = filter(DAY.fullmatch, folded[max(0, at - 2) : at])
            found.setdefault(year[0], {year[0]}).update(days)
    return found


def number_places(text: Reading) -> dict[str, set[str]]:
    """Which numbers stand before or after each word that says something."""
    places: dict[str, set[str]] = {}
    padded = ("", *text.words[:MAX_WORDS], "")
    for before, word, after in zip(padded, padded[1:], padded[2:], strict=False):
        if word.isalpha():
            continue
        for number in numbers_in([word]):
            for place, neighbour in (("after ", before), ("before ", after)):
                if says_something(neighbour):
                    places.setdefault(place + bare_word(neighbour), set()).add(number)
    return places


def is_named(name: str, text: Reading, other: Reading) -> bool:
    whole, bare = sound(name), sound(bare_word(name))
    if whole in other.forms or bare in other.forms or stem(bare) in other.stems:
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
