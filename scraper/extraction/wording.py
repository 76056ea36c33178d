"""Text as published, without what is no text.

Marks, tatweel and spelling stay as the outlet wrote them; only what cannot be
seen and says nothing goes: control characters, byte order marks, direction
marks, soft hyphens. Comparing is `storage.text`'s business; `key` here only
tells whether two strings of one page are the same words.
"""

import re
from functools import lru_cache

# Controls (C0 but for white space, C1), soft hyphen, direction marks and
# isolates, zero-width space, word joiner, byte order mark, object
# replacement. U+200C and U+200D stay: they are spelling in Persian and Kurdish.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff]"
)
# The ideographic space stays: it is punctuation.
_SPACES = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f]+")
_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_WORDS = re.compile(r"[^\W_]+")
# Replaced one after another: `str.translate` looks every letter up and takes ten times as long.
_VARIANTS = (
    *(("أ", "ا"), ("إ", "ا"), ("آ", "ا"), ("ٱ", "ا"), ("ى", "ي"), ("ی", "ي")),
    *(("ة", "ه"), ("ک", "ك"), ("ئ", "ي"), ("ؤ", "و")),
    *((chr(zero + n), str(n)) for zero in (0x660, 0x6F0) for n in range(10)),
)
_ARABIC_BLOCK = re.compile("[\u0600-\u06ff]")


def one_line(text: str) -> str:
    r"""Return *text* as one line: invisible controls out, white space joined.

    >>> one_line(" شرقِ\u200f  الفراتِ\n")
    'شرقِ الفراتِ'
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        if "\u3000" in text:
            return _SPACES.sub(" ", text).strip()
    elif not text.isprintable():
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def letters(text: str) -> str:
    """Return *text* with marks, hamza forms, digits and case folded; punctuation stays.

    >>> letters("٢٤ أغسطُس")
    '24 اغسطس'
    """
    if text.isascii():
        return text.lower()
    text = _INVISIBLE.sub("", text)
    if _ARABIC_BLOCK.search(text):
        text = _MARKS.sub("", text)
        for written, plain in _VARIANTS:
            text = text.replace(written, plain)
    return text.casefold()


# As many strings as one page compares: titles, headings, the names of its site.
@lru_cache(maxsize=256)
def key(text: str) -> str:
    """Return the form in which two strings of one page are compared.

    >>> key("“قسدَ” تهدّدُ") == key("قسد تهدد")
    True
    """
    return words(letters(text))


def words(folded: str) -> str:
    """Return the words of *folded*, which `letters` made, without what stands between them."""
    return " ".join(_WORDS.findall(folded))
