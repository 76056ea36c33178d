"""What is equal for equal text, and what is mostly equal for nearly equal text.

`digest` says whether an article's text changed. `bands` are the keys by which texts
that share word sequences find each other in an index, without comparing each with
all; whether they are copies is then decided by `storage.copies`.
"""

import re
import struct
from hashlib import sha256, shake_128

from storage.text import words

# Stored with every decision: keys of different versions never meet.
FINGERPRINT_VERSION = 1

# Least hash values kept of a text, and which two of them make a key. A value may serve twice:
# that costs a little independence and no time.
VALUES = 64
ROWS = [(row, row + 1) for row in range(0, VALUES, 2)] + [(row, row + 32) for row in range(16)]

# Below this there are too few word sequences for their overlap to mean anything.
MIN_WORDS = 20
# A page longer than this is a book or a mistake; its opening identifies it.
MAX_WORDS = 4_000
# "عاجل" alone is the headline of a hundred articles a day.
MIN_TITLE_WORDS = 3

_NUMBERS = struct.Struct(f"<{VALUES}I")
# Between two letters a space says little (عبد الله is عبدالله); beside a digit it is all.
_SPACE_IN_WORDS = re.compile(r"(?<=[^\W\d]) (?=[^\W\d])")
# An odd factor only permutes the 64-bit numbers: it spreads the keys and joins none.
_SPREAD = 0x9E3779B97F4A7C15
_64_BITS = (1 << 64) - 1


def digest(headline: str, body: str) -> str:
    """Return a hash of the text that marks, punctuation, spelling variants and spacing leave alone.

    >>> digest("شرقِ الفراتِ", "قتل 3 في عبد الله") == digest("شرق الفرات", "قتل ٣، في عبدالله.")
    True
    >>> digest("شرق الفرات", "قتل 3 5") == digest("شرق الفرات", "قتل 35")
    False
    """
    folded = (_SPACE_IN_WORDS.sub("", " ".join(words(text))) for text in (headline, body))
    return sha256("\n".join(folded).encode()).hexdigest()


def bands(headline: str, body: str) -> list[int]:
    """Return the 48 keys of a text's word sequences; none for a text of less than 20 words.

    Two texts share each key with probability J²; J is the share of word sequences they have
    in common. Copies of J = .2 meet in at least one of 48 with about .85, of J = .4 always.
    """
    return band_keys([*words(headline), *words(body)])


def band_keys(folded: list[str]) -> list[int]:
    """Return the keys of `bands` for words that are folded already."""
    if len(folded) < MIN_WORDS:
        return []
    rows = [
        _NUMBERS.unpack(shake_128(shingle.encode()).digest(_NUMBERS.size))
        for shingle in shingles(folded)
    ]
    minima = list(map(min, zip(*rows, strict=True)))
    return [
        _key(band, minima[first] << 32 | minima[second])
        for band, (first, second) in enumerate(ROWS)
    ]


def title_key(headline: str) -> int | None:
    """Return the key of a whole headline, in the space of the band keys; None for a short one."""
    folded = words(headline)
    if len(folded) < MIN_TITLE_WORDS:
        return None
    [number] = struct.unpack("<Q", shake_128(" ".join(folded).encode()).digest(8))
    return _key(len(ROWS), number)


def shingles(folded: list[str]) -> set[str]:
    """Return the sequences of three words in a text, each once."""
    folded = folded[:MAX_WORDS]
    return set(map(" ".join, zip(folded, folded[1:], folded[2:], strict=False)))


def _key(band: int, number: int) -> int:
    # The databases' integers are signed.
    key = (number * _SPREAD + band) & _64_BITS
    return key - (1 << 64) if key >> 63 else key
