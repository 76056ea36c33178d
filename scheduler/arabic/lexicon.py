"""Word lists the rules cannot do without, read once from the plain files beside this module."""

from functools import cache
from importlib.resources import files

from storage.text import fold, letters, words

PRONOUNS = ("ه", "ها", "هم", "هن", "هما", "نا", "كم", "كما")
_HERE = files(__package__)


@cache
def names() -> frozenset[tuple[str, ...]]:
    """Return names of places, groups and persons, the folded words of each."""
    listed = [name for line in _lines("names.txt") for name in line.split("|")]
    return frozenset(filter(None, (tuple(words(name)) for name in listed)))


@cache
def longest_name() -> int:
    """Return how many words the longest name has."""
    return max(map(len, names()))


@cache
def closed_class() -> frozenset[str]:
    """Return particles and pronouns, letters as written: no other word is spelled like them."""
    return frozenset(map(letters, _words("particles.txt")))


@cache
def collisions() -> frozenset[str]:
    """Return folded words that only look like a clitic with another word: ورقة is not و + رقة.

    They are words like others: ورقته and وزارتها are among them.
    """
    listed = _words("collisions.txt")
    owned = (fold(_before_pronoun(word)) + pronoun for word in listed for pronoun in PRONOUNS)
    return frozenset((*map(fold, listed), *owned))


@cache
def article_words() -> frozenset[str]:
    """Return folded words whose ال is their own: التزام, إلغاء."""
    return frozenset(word for word in map(fold, _words("collisions.txt")) if word[:2] == "ال")


@cache
def broken_plurals() -> dict[str, tuple[str, ...]]:
    """Return the broken plurals of the words of this trade, both sides folded."""
    plurals: dict[str, tuple[str, ...]] = {}
    for line in _lines("plurals.txt"):
        singular, _, rest = line.partition(":")
        key = fold(singular.strip())
        found = (fold(word) for word in rest.split())
        plurals[key] = tuple(dict.fromkeys((*plurals.get(key, ()), *found)))
    return plurals


@cache
def agents() -> frozenset[str]:
    """Return folded words, not in م, that stay themselves before a noun: لاجئي, نازحو."""
    return frozenset(map(fold, _words("agents.txt")))


@cache
def related() -> frozenset[str]:
    """Return folded words in م whose ي makes another word: مدفعي of مدفع."""
    return frozenset(map(fold, _words("related.txt")))


@cache
def frequencies() -> dict[str, float]:
    """Return about how common the commonest folded words are: a bad choice to look for first."""
    # By Zipf's law: the list is in order, and has no counts.
    return {word: 1 / place for place, word in enumerate(_words("frequent.txt"), start=1)}


def _before_pronoun(word: str) -> str:
    return word[:-1] + "ت" if word.endswith("ة") else word


def _words(name: str) -> list[str]:
    return [word for line in _lines(name) for word in line.split()]


def _lines(name: str) -> list[str]:
    """Return the lines of a list file; what follows # is for readers."""
    text = _HERE.joinpath(name).read_text(encoding="utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]
