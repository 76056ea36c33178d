"""What the full-text index holds of a text: a stem for each of its words.

A stem is a word without whatever may be a clitic, an ending or a pronoun, never fewer than three
letters; one alef stands for an article with whatever may be before it. It is no word of the
language and says nothing of meaning: ومعارضتهم and لمعارضة share one, and so do a few words that
have nothing to do with each other. The index need only never miss what the matcher would find;
asked for a few stems in place of the hundreds of tokens a phrase may be written with, it answers
about as fast as if there were but one spelling.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from storage.memory import Memory
from storage.text import words

_SHORTEST = 3
# Bytes, in UTF-8. A longer word is cut off; a watch asks for no more than 64 letters.
_LONGEST = 100
_CONJUNCTIONS = "وف"
# What may stand behind a conjunction, the longest first.
_DEFINITE = ("بال", "كال", "لال", "ال", "لل")
_PREFIXES = (*_DEFINITE, "ب", "ك", "ل", "س")
_ARTICLE = "ا"
_CLITIC_LIKE = "وفبكلاس"
# Before these س is of the future; before others it is the word's own.
_PERSONS = "ينتا"
_PRONOUNS = ("هما", "كما", "هم", "كم")
_ENDINGS = "هانيوت"
_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3]+")
_KEPT = 200_000

# PostgreSQL forgets the places of a text's words beyond the 16,383rd, and of one word beyond
# its 255th; it takes no more than 1 MB. Longer texts are indexed as the set of their stems, or not
# at all, and bear one of these, which no fold of a text gives: every search then finds them.
SET_OF_STEMS = "\u0640set"
NOT_INDEXED = "\u0640all"
_PLACES, _REPEATS, _CHARACTERS = 16_000, 250, 200_000


def stem(token: str) -> str:
    """Return what is left of a folded *token* without clitics and endings.

    >>> {stem(token) for token in ("معارضه", "وبمعارضتهم", "معارضين")}
    {'معارض'}
    >>> {stem(token) for token in ("المعارضه", "وللمعارضين")}
    {'امعارض'}
    >>> stem("شرق"), stem("covid19")
    ('شرق', 'covid19')
    """
    return _STEMS[token]


def stems(text: str) -> list[str]:
    """Return the stems of the words of *text*, in their order."""
    return list(stemmed(words(text)))


def stemmed(tokens: Iterable[str]) -> Iterator[str]:
    """Yield the stems of folded words."""
    return map(_STEMS.__getitem__, tokens)


def beginnings(token: str) -> frozenset[str] | None:
    """Return the stems of all words that begin with *token*; ``*`` ends those that may go on.

    None where they have too little in common.

    >>> sorted(beginnings("ديمقراط"))
    ['ديم', 'ديمق', 'ديمقر', 'ديمقرا', 'ديمقراط*']
    """
    found: set[str] = set()
    for start, article in _starts(token):
        rest = token[start:]
        if len(rest) < _SHORTEST - 1:
            return None
        found.add(article + rest + "*")
        found.update(article + rest[:end] for end in range(_SHORTEST, len(rest)))
    return frozenset(found)


def outlasts_clitics(token: str) -> bool:
    """Tell whether *token* keeps its stem with any clitics before it, or one alef with an article."""
    if len(token) < _SHORTEST or token[0] in _CLITIC_LIKE:
        return False
    return _ARABIC.fullmatch(token) is not None


def index_texts(headline: str, body: str) -> tuple[str, str]:
    """Return what the index holds of an article's headline and body.

    >>> index_texts("القواتُ الروسيّة", "بالانسحابِ من شرقِ الفراتِ")
    ('اقوا اروس', 'اانسحاب من شرق افرا')
    """
    return index_of(words(headline), words(body))


def index_of(headline: Iterable[str], body: Iterable[str]) -> tuple[str, str]:
    """Return the same of folded words."""
    above, below = list(stemmed(headline)), list(stemmed(body))
    counted = Counter(above)
    counted.update(below)
    if sum(map(len, counted)) > _CHARACTERS:
        return "", NOT_INDEXED
    if len(above) + len(below) > _PLACES or max(counted.values(), default=0) > _REPEATS:
        return "", " ".join((SET_OF_STEMS, *counted))
    return " ".join(above), " ".join(below)


def _stem(token: str) -> str:
    token = token[:_LONGEST]
    if len(token) <= _SHORTEST or not _ARABIC.fullmatch(token):
        return token
    start, article = _start(token)
    rest = token[start:]
    for pronoun in _PRONOUNS:
        if rest.endswith(pronoun) and len(rest) - len(pronoun) >= _SHORTEST:
            rest = rest[: -len(pronoun)]
            break
    return article + rest[:_SHORTEST] + rest[_SHORTEST:].rstrip(_ENDINGS)


def _start(token: str) -> tuple[int, str]:
    """Return where *token* begins once clitics and article are off it, and what stands for it."""
    last = len(token) - _SHORTEST
    start = int(token[0] in _CONJUNCTIONS and last > 0)
    for prefix in _PREFIXES:
        if start + len(prefix) <= last and _stands(prefix, token, start):
            return start + len(prefix), _ARTICLE * (prefix in _DEFINITE)
    return start, ""


def _starts(token: str) -> Iterator[tuple[int, str]]:
    """Yield where words that begin with *token* may begin once their clitics are off them."""
    for start in range(1 + (token[0] in _CONJUNCTIONS)):
        yield start, ""
        for prefix in _PREFIXES:
            if _stands(prefix, token, start) or prefix.startswith(token[start:]):
                yield start + len(prefix), _ARTICLE * (prefix in _DEFINITE)


def _stands(prefix: str, token: str, start: int) -> bool:
    if not token.startswith(prefix, start):
        return False
    return prefix != "س" or token[start + 1 : start + 2] in _PERSONS


_STEMS = Memory(_stem, most=_KEPT)
