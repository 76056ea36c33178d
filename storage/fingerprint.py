"""What is equal for equal text, and what is mostly equal for nearly equal text.

`digest` says whether an article's text changed. `bands` are the keys by which texts
that share word sequences find each other in an index, without comparing each with
all; whether they are copies is then decided by `storage.copies`.
"""

import re
import struct
from collections.abc import Iterable, Sequence
from hashlib import sha256, shake_128

from storage.text import words

# Stored with every decision: keys of different versions never meet.
FINGERPRINT_VERSION = 2

# Least hash values kept of a text, and which two of them make a key. A value may serve twice:
# that costs a little independence and no time.
VALUES = 64
ROWS = [(row, row + 1) for row in range(0, VALUES, 2)] + [(row, row + 32) for row in range(8)]
# The same of the words a body opens with.
OPENING = 60
OPENING_ROWS = ROWS[:16]

# Below this there are too few word sequences for their overlap to mean anything.
MIN_WORDS = 20
# A page longer than this is a book or a mistake; its opening identifies it.
MAX_WORDS = 4_000
# What pages count beside a text, and what may stand around it.
COUNTERS = frozenset(
    words(
        """
        مشاهدة مشاهدات المشاهدات المشاهدة قراءة قراءات القراءات القراءة زيارة زيارات الزيارات مشاركة
        مشاركات المشاركات تعليق تعليقات التعليقات إعجاب إعجابات شوهد قرئ منذ تحديث views shares
        comments
        """
    )
)
AROUND_COUNTERS = frozenset(
    words(
        """
        عدد مرة مرات وقت مدة زمن دقيقة دقائق ثانية ثوان ساعة ساعات يوم أيام أسبوع أسابيع شهر أشهر آخر
        واحد واحدة ألف في am pm ص م min ago
        """
    )
)
COUNTER_CHARACTERS = 60

# "عاجل" alone is the headline of a hundred articles a day.
MIN_TITLE_WORDS = 3

_COUNTED = re.compile(r"\d")
_NUMBERS = struct.Struct(f"<{VALUES}I")
# Between two letters a space says little (عبد الله is عبدالله); beside a digit it is all.
_SPACE_IN_WORDS = re.compile(r"(?<=[^\W\d]) (?=[^\W\d])")
# An odd factor only permutes the 64-bit numbers: it spreads the keys and joins none.
_SPREAD = 0x9E3779B97F4A7C15
_64_BITS = (1 << 64) - 1


def digest(headline: str, body: str) -> str:
    """Return a hash that marks, punctuation, spelling variants, spacing and counters leave alone.

    >>> digest("شرقِ الفراتِ", "قتل 3 في عبد الله") == digest("شرق الفرات", "قتل ٣، في عبدالله.")
    True
    >>> digest("شرق الفرات", "قتل 3 5") == digest("شرق الفرات", "قتل 35")
    False
    """
    folded = (_SPACE_IN_WORDS.sub("", " ".join(words(text))) for text in (headline, prose(body)))
    return sha256("\n".join(folded).encode()).hexdigest()


def prose(body: str) -> str:
    r"""Return *body* without its lines that only count: views, shares, minutes, hours since.

    Such a line says something else at each visit, and nothing about the news.

    >>> prose("قتل 3 مدنيين.\n\n1,250 مشاهدة\nمنذ 3 ساعات")
    'قتل 3 مدنيين.\n'
    """
    if not _COUNTED.search(body):
        return body
    return "\n".join(line for line in body.split("\n") if not _counts(line))


def _counts(line: str) -> bool:
    if len(line) > COUNTER_CHARACTERS or not _COUNTED.search(line):
        return False
    said = words(line)
    return any(word in COUNTERS for word in said) and all(
        word in COUNTERS or word in AROUND_COUNTERS or word.isdecimal() for word in said
    )


def bands(headline: str, body: str) -> list[int]:
    """Return the 56 keys of a text's word sequences; none for a text of less than 20 words.

    Two texts share each of the first 40 with probability J², where J is the share of word
    sequences they have in common, and each of the last 16 likewise by the openings of their
    bodies: a text cut short shares little of the whole, but all of its opening.
    """
    title, text = words(headline), words(prose(body))
    if len(title) + len(text) < MIN_WORDS:
        return []
    numbers = {
        shingle: _NUMBERS.unpack(shake_128(shingle.encode()).digest(_NUMBERS.size))
        for shingle in shingles([*title, *text])
    }
    whole = _minima(numbers.values())
    opening: list[Sequence[int]] = [
        numbers[each] for each in shingles(text[:OPENING]) if each in numbers
    ]
    start = _minima(opening or [whole])
    pairs = [
        *((whole[first], whole[second]) for first, second in ROWS),
        *((start[first], start[second]) for first, second in OPENING_ROWS),
    ]
    return [_key(band, first << 32 | second) for band, (first, second) in enumerate(pairs)]


def title_key(headline: str) -> int | None:
    """Return the key of a whole headline, in the space of the band keys; None for a short one."""
    folded = words(headline)
    if len(folded) < MIN_TITLE_WORDS:
        return None
    [number] = struct.unpack("<Q", shake_128(" ".join(folded).encode()).digest(8))
    return _key(len(ROWS) + len(OPENING_ROWS), number)


def shingles(folded: list[str]) -> set[str]:
    """Return the sequences of three words in a text, each once."""
    folded = folded[:MAX_WORDS]
    return set(map(" ".join, zip(folded, folded[1:], folded[2:], strict=False)))


def _minima(rows: Iterable[Sequence[int]]) -> list[int]:
    return list(map(min, zip(*rows, strict=True)))


def _key(band: int, number: int) -> int:
    # The databases' integers are signed.
    key = (number * _SPREAD + band) & _64_BITS
    return key - (1 << 64) if key >> 63 else key
