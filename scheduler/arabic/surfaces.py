"""What a full-text index is asked for to find all tokens that may count as a word of a watch."""

from collections.abc import Iterator
from functools import lru_cache

from scheduler.arabic.forms import Use
from scheduler.arabic.lexicon import PRONOUNS
from scheduler.arabic.words import WatchWord
from storage.stems import beginnings, outlasts_clitics, stem

_CONJUNCTIONS = ("", "و", "ف")
_BARE_HEADS = tuple(c + p for c in _CONJUNCTIONS for p in ("", "ب", "ك", "ل"))
_DEFINITE_HEADS = tuple(c + p for c in _CONJUNCTIONS for p in ("ال", "بال", "كال", "لال", "لل"))
_FUTURE_HEADS = tuple(c + "س" for c in _CONJUNCTIONS)

Heads = tuple[str, ...]


@lru_cache(4096)
def index_stems(word: WatchWord) -> frozenset[str] | None:
    """Return stems, or their beginnings where ``*`` ends them; None: too little is known of it.

    The stem of every token *word* accepts is among them; other tokens share some of them.

    >>> sorted(index_stems(WatchWord("غارة")))
    ['اغار', 'غار']
    """
    found: set[str] = set()
    for token, heads in _tokens(word):
        if word.truncated:
            for head in heads:
                begun = beginnings(head + token)
                if begun is None:
                    return None
                found |= begun
        elif outlasts_clitics(token):
            found.update(stem(head + token) for head in heads[:1])
        else:
            found.update(stem(head + token) for head in heads)
    return frozenset(found)


def _tokens(word: WatchWord) -> Iterator[tuple[str, Heads]]:
    """Yield the folded tokens *word* accepts, less their clitics and article, and those."""
    if not word.inflects:
        yield word.folded, ("",)
        return
    for core, use in word.forms.items():
        bare, definite = _heads(word, core)
        if use & (Use.BARE | Use.TANWIN):
            yield core, bare
        if use & Use.DEFINITE:
            yield core, definite
        if use & Use.STEM and word.last:
            for pronoun in PRONOUNS:
                yield core + pronoun, bare


def _heads(word: WatchWord, core: str) -> tuple[Heads, Heads]:
    """Return what may stand before a core without and with the article."""
    if not word.first:
        return ("",), ("ال",)
    bare = _BARE_HEADS
    if word.folded[0] in "يتنا":
        bare += _FUTURE_HEADS
    definite = _DEFINITE_HEADS
    if core.startswith("ل"):
        definite += tuple(conjunction + "ل" for conjunction in _CONJUNCTIONS)
    return bare, definite
