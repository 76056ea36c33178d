"""All folded tokens that may count as a word of a watch: what a full-text index is asked for."""

from scheduler.arabic.forms import Use
from scheduler.arabic.lexicon import PRONOUNS
from scheduler.arabic.words import WatchWord

_CONJUNCTIONS = ("", "و", "ف")
_BARE_HEADS = tuple(c + p for c in _CONJUNCTIONS for p in ("", "ب", "ك", "ل"))
_DEFINITE_HEADS = tuple(c + p for c in _CONJUNCTIONS for p in ("ال", "بال", "كال", "لل"))
_FUTURE_HEADS = tuple(c + "س" for c in _CONJUNCTIONS)
# From this length on a stem with any ending is asked for, instead of one token per pronoun.
_SPECIFIC = 4


def surfaces(word: WatchWord) -> frozenset[str]:
    """Return folded tokens, or their beginnings where ``*`` ends them, that *word* may accept.

    Every token *word* accepts is among them; a few others are, too.

    >>> sorted(surfaces(WatchWord("قسد", name=True)))[:4]
    ['بقسد', 'فبقسد', 'فقسد', 'فكقسد']
    """
    ending = "*" if word.truncated else ""
    if not word.inflects:
        return frozenset((word.folded + ending,))
    found = set()
    for core, use in word.forms.items():
        bare, definite = _heads(word, core)
        if use & (Use.BARE | Use.TANWIN):
            found |= {head + core + ending for head in bare}
        if use & Use.DEFINITE:
            found |= {head + core + ending for head in definite}
        if use & Use.STEM and word.last:
            endings = ("*",) if len(core) >= _SPECIFIC else PRONOUNS
            found |= {head + core + pronoun for head in bare for pronoun in endings}
    return _without_covered(found)


def _heads(word: WatchWord, core: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
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


def _without_covered(found: set[str]) -> frozenset[str]:
    """Leave out tokens that another's beginning covers."""
    beginnings = {token[:-1] for token in found if token.endswith("*")}
    if not beginnings:
        return frozenset(found)
    kept = set()
    for token in found:
        plain = token.removesuffix("*")
        shorter = range(1, len(plain) + (token == plain))
        if not any(plain[:length] in beginnings for length in shorter):
            kept.add(token)
    return frozenset(kept)
