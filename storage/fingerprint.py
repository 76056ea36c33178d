"""What is equal for equal text, and what is mostly equal for nearly equal text.

`digest` says whether an article's text changed. `bands` are the keys by which texts
that share word sequences find each other in an index, without comparing each with
all; whether they are copies is then decided by `storage.copies`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256

from storage.text import words

# Mixed into every hash: keys of different versions have nothing in common. Archives keep keys,
# so another version needs a migration that makes them anew (see the one called `keys`).
FINGERPRINT_VERSION = 3

# The hashes of a text's word sequences are thrown into so many bins; of each the least is kept,
# and two of them make a key. Each serves twice: that costs a little independence and no time.
BINS = 64
ROWS = [(row, row + 1) for row in range(0, BINS, 2)] + [(row, row + 32) for row in range(32)]
# The same of the words a body opens with.
OPENING = 60
OPENING_BINS = 32
OPENING_ROWS = ROWS[: OPENING_BINS // 2]

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
# Between two letters a space says little (عبد الله is عبدالله); beside a digit it is all.
_SPACE_IN_WORDS = re.compile(r"(?<=[^\W\d]) (?=[^\W\d])")
# An odd factor only permutes the 64-bit numbers: it spreads the keys and joins none.
_SPREAD = 0x9E3779B97F4A7C15
_64_BITS = (1 << 64) - 1
_32_BITS = (1 << 32) - 1
_VERSION = f"{FINGERPRINT_VERSION} ".encode()


@dataclass(frozen=True, slots=True)
class Folded:
    """A text's folded words, found once for all that is made of them."""

    headline: list[str]
    body: list[str]
    # The body's without the lines that only count.
    prose: list[str]


def folded(headline: str, body: str) -> Folded:
    """Return the folded words of a text."""
    said, told = words(body), prose(body)
    return Folded(words(headline), said, said if told == body else words(told))


def digest(headline: str, body: str) -> str:
    """Return a hash that marks, punctuation, spelling variants, spacing and counters leave alone.

    >>> digest("شرقِ الفراتِ", "قتل 3 في عبد الله") == digest("شرق الفرات", "قتل ٣، في عبدالله.")
    True
    >>> digest("شرق الفرات", "قتل 3 5") == digest("شرق الفرات", "قتل 35")
    False
    """
    return digest_of(folded(headline, body))


def digest_of(text: Folded) -> str:
    """Return the digest of a text that has been folded."""
    parts = (_SPACE_IN_WORDS.sub("", " ".join(part)) for part in (text.headline, text.prose))
    return sha256("\n".join(parts).encode()).hexdigest()


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


def keys_of(text: Folded) -> frozenset[int]:
    """Return the keys by which a text is found by others that may be copies of it."""
    key = title_key(text.headline)
    return frozenset((*bands(text), *(() if key is None else (key,))))


def bands(text: Folded) -> list[int]:
    """Return the 80 keys of a text's word sequences; none for a text of less than 20 words.

    Two texts share each of the first 64 with probability J², where J is the share of word
    sequences they have in common, and each of the last 16 likewise by the openings of their
    bodies: a text cut short shares little of the whole, but all of its opening.

    For that, every sequence is hashed once, whatever the number of keys: one permutation hashing
    (Li, Owen, Zhang 2012), with the empty bins of short texts filled from others by the optimal
    densification of Shrivastava (2017), which keeps that probability.
    """
    title = len(text.headline)
    if title + len(text.prose) < MIN_WORDS:
        return []
    numbers = list(map(_hash, sequences([*text.headline, *text.prose])))
    whole = _least(numbers, BINS)
    start = _least(numbers[title : title + OPENING - 2] or numbers, OPENING_BINS)
    pairs = [
        *((whole[first], whole[second]) for first, second in ROWS),
        *((start[first], start[second]) for first, second in OPENING_ROWS),
    ]
    return [
        _key(band, (first & _32_BITS) << 32 | second & _32_BITS)
        for band, (first, second) in enumerate(pairs)
    ]


def title_key(headline: Sequence[str]) -> int | None:
    """Return the key of a whole headline, in the space of the band keys; None for a short one."""
    if len(headline) < MIN_TITLE_WORDS:
        return None
    return _key(len(ROWS) + len(OPENING_ROWS), _hash(" ".join(headline)))


def shingles(folded: Sequence[str]) -> set[str]:
    """Return the sequences of three words in a text, each once."""
    return set(sequences(folded))


def sequences(folded: Sequence[str]) -> Iterator[str]:
    """Yield the sequences of three words in a text, in their order."""
    folded = folded[:MAX_WORDS]
    return map(" ".join, zip(folded, folded[1:], folded[2:], strict=False))


def _hash(sequence: str) -> int:
    return int.from_bytes(blake2b(_VERSION + sequence.encode(), digest_size=8).digest())


def _least(numbers: Sequence[int], bins: int) -> list[int]:
    """Return the least number of each bin; an empty bin has that of another one."""
    shift = 65 - bins.bit_length()
    least: list[int | None] = [None] * bins
    for number in numbers:
        place = number >> shift
        known = least[place]
        if known is None or number < known:
            least[place] = number
    return [
        next(found for found in map(least.__getitem__, order) if found is not None)
        for order in _donors(bins)
    ]


@lru_cache
def _donors(bins: int) -> list[list[int]]:
    """For each of some bins itself, and then all others in an order of chance, always the same.

    The first that is not empty lends its number. Were it the next one, as in rotation, long
    runs of empty bins would all have one number, and two texts would share all or nothing.
    """
    return [
        [own, *sorted(set(range(bins)) - {own}, key=lambda other: _hash(f"{bins} {own} {other}"))]
        for own in range(bins)
    ]


def _key(band: int, number: int) -> int:
    # The databases' integers are signed.
    key = (number * _SPREAD + band) & _64_BITS
    return key - (1 << 64) if key >> 63 else key
