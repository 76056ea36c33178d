"""Word lists the rules cannot do without, read once from the plain files beside this module."""

from functools import cache
from importlib.resources import files

from storage.text import fold, letters

_HERE = files(__package__)


@cache
def names() -> frozenset[str]:
    """Return folded names of places, groups and persons: they take no article and no endings."""
    return frozenset(map(fold, _lines("names.txt")))


@cache
def closed_class() -> frozenset[str]:
    """Return particles and pronouns, letters as written: no other word is spelled like them."""
    return frozenset(map(letters, _lines("particles.txt")))


@cache
def collisions() -> frozenset[str]:
    """Return folded words that only look like a clitic with another word: ورقة is not و + رقة."""
    return frozenset(map(fold, _lines("collisions.txt")))


@cache
def article_words() -> frozenset[str]:
    """Return folded words whose ال is their own: التزام, إلغاء."""
    return frozenset(word for word in collisions() if word.startswith("ال"))


@cache
def broken_plurals() -> dict[str, tuple[str, ...]]:
    """Return the broken plurals of the words of this trade, both sides folded."""
    plurals: dict[str, tuple[str, ...]] = {}
    for line in _lines("plurals.txt", whole=True):
        singular, _, rest = line.partition(":")
        key = fold(singular.strip())
        found = (fold(word) for word in rest.split())
        plurals[key] = tuple(dict.fromkeys((*plurals.get(key, ()), *found)))
    return plurals


@cache
def frequent() -> dict[str, int]:
    """Return how common the commonest folded words are: a bad choice to look for first."""
    listed = _lines("frequent.txt")
    return {fold(word): len(listed) - place for place, word in enumerate(listed)}


def _lines(name: str, *, whole: bool = False) -> list[str]:
    """Return the words of a list file, or its lines; what follows # is for readers."""
    text = _HERE.joinpath(name).read_text(encoding="utf-8")
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    return lines if whole else [word for line in lines for word in line.split()]
