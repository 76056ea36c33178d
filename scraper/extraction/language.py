"""The language of a text, by its letters.

The `lang` attribute is not asked: themes ship with `en-US`, and Arabic pages
keep it. Only what this project needs to tell apart is told apart.
"""

import re
from collections import Counter

_ARABIC = re.compile("[\u0621-\u064a]+")
_LATIN = re.compile("[A-Za-zÀ-ɏ]+")
_PERSIAN = re.compile("[پچژگیک]")
_SORANI = re.compile("[ێۆەڵڕڤ]")
_URDU = re.compile("[ٹڈڑےھں]")
_WORDS = {
    "en": frozenset(
        ["the", "of", "and", "to", "in", "that", "is", "for", "was", "with", "on", "as", "said"]
    ),
    "fr": frozenset(
        ["le", "la", "les", "des", "et", "est", "une", "dans", "pour", "que", "du", "qui"]
    ),
    "de": frozenset(
        ["der", "die", "und", "das", "den", "von", "mit", "ist", "nicht", "ein", "für", "auf"]
    ),
    "es": frozenset(["el", "la", "los", "las", "de", "que", "y", "en", "una", "por", "con", "del"]),
    "tr": frozenset(["ve", "bir", "bu", "için", "ile", "olarak", "olan", "da", "de", "ise"]),
    "ku": frozenset(["û", "li", "ku", "ji", "di", "de", "bi", "xwe", "jî", "ev", "hat"]),
}


def language(text: str) -> str | None:
    """Return the ISO 639-1 code of *text*, or None where it cannot be told.

    >>> language("هدّدت قواتُ الاحتلال الروسي بالانسحاب"), language("The talks are said to fail")
    ('ar', 'en')
    """
    sample = text[:1200]
    if _ARABIC.search(sample):
        arabic, latin = (sum(map(len, kind.findall(sample))) for kind in (_ARABIC, _LATIN))
        if arabic > latin:
            return _arabic_script(sample, arabic)
    return _latin_script(sample) if _LATIN.search(sample) else None


def _arabic_script(sample: str, letters: int) -> str:
    # A Persian or Kurdish name inside Arabic text must not tip the balance.
    for code, pattern in (("ckb", _SORANI), ("ur", _URDU), ("fa", _PERSIAN)):
        if len(pattern.findall(sample)) * 40 > letters:
            return "ku" if code == "ckb" else code
    return "ar"


def _latin_script(sample: str) -> str | None:
    words = Counter(sample.casefold().split())
    counts = {
        code: sum(words[word] for word in words.keys() & known) for code, known in _WORDS.items()
    }
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] else None
