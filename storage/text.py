r"""Arabic text brought to the form in which it is compared, and led back to what was published.

This is the only place that folds. Search, watches, digests and fingerprints all see a text as
the tokens found here, so what one of them calls equal is equal for all. The rules bear the ids
of the documentation's page on Arabic:

X2  format controls (bidi, zero-width, soft hyphen) are no text, not even inside a word
X3  tatweel is no letter; two of them round dots or spaces (``داع\u0640.\u0640ش``) mend a word
    that was cut to pass a filter
X4  NFC, and NFKC for Arabic presentation forms only
F1  marks are dropped                          F2  أ إ آ ٱ = ا
F3  ى ی = ي                                    F4  ة = ه
F5  ؤ ئ = ء                                    F6  ک = ك and ہ ھ ە = ه
F7  Arabic-Indic and Persian digits = 0-9      F8  case
F10 ڤ = ف, پ = ب

F9 (عبد الله = عبدالله) joins words, which a fold of single words cannot do: the words of a watch
are spelled both ways instead (see `scheduler.matching`).
"""

import codecs
import re
import unicodedata
from itertools import accumulate
from typing import NamedTuple

from storage.memory import Memory

# Soft hyphen, a Greek mark that turns into a letter, grapheme joiner, ALM, zero-width and bidi controls, BOM, variation selectors.
_CONTROLS = (
    "\u00ad\u0345\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
# Marks that never compose with a letter; madda and hamza above and below (0653-0655) do.
_LOOSE_MARKS = (
    "\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06ed\u08ca-\u08e1\u08e3-\u08ff"
)
_MARKS = _LOOSE_MARKS + "\u0653-\u0655"
# Presentation forms of marks alone: their decomposition is a space or a tatweel with a mark.
_MARK_FORMS = "\ufc5e-\ufc63\ufcf2-\ufcf4\ufe70-\ufe7f"
TATWEEL = "\u0640"
# What people put between two tatweels to split a word before a filter sees it.
_SPLITTERS = " \u00a0.\u00b7\u2022*|,\u060c/-"

_INNER = f"[\\w\u0300-\u036f{_MARKS}{_CONTROLS}]"
_WORD = f"[^\\W_{TATWEEL}\u06e5\u06e6{_MARK_FORMS}]{_INNER}*"
_find_plain = re.compile(_WORD)
_find_mended = re.compile(f"{_WORD}(?:(?<={TATWEEL})[{_SPLITTERS}]{{1,3}}(?={TATWEEL}){_INNER}+)*")
_cut_plain = re.compile(f"({_find_plain.pattern})")
_cut_mended = re.compile(f"({_find_mended.pattern})")
_split = re.compile(f"{TATWEEL}[{_SPLITTERS}]{{1,3}}(?={TATWEEL})")
_dropped = re.compile(f"[{_LOOSE_MARKS}{_CONTROLS}{TATWEEL}]+")
_composing = re.compile("[\u0653-\u0655]+")
_mark = re.compile(f"[{_MARKS}]")
_control = re.compile(f"[{_CONTROLS}]")
_final_controls = re.compile(f"[{_CONTROLS}]+\\Z")
_presentation = re.compile("[\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdfb\ufe70-\ufefc]+")
# Capitals, letters with variants, and all that is neither Arabic nor plain Latin.
_foldable = re.compile(
    "[^\x00-@\\[-\u00b4\u00b6-\u00bf\u060c-\u061f\u0627-\u0628\u062a-\u0648\u064a\u066a-\u066f\u2010-\u2027]+"
)

_LETTERS = {
    **dict.fromkeys("أإآ\u0671\u0672\u0673\u0675", "\N{ARABIC LETTER ALEF}"),
    "ة": "ه",
    "ؤ": "ء",
    "ئ": "ء",
    **dict.fromkeys("ى\u06cc\u06cd\u06ce\u06d0\u06d2\u06d3", "\N{ARABIC LETTER YEH}"),
    **dict.fromkeys("\u06a9\u06aa", "\N{ARABIC LETTER KAF}"),
    **dict.fromkeys("\u06be\u06c0\u06c1\u06c2\u06c3\u06d5", "\N{ARABIC LETTER HEH}"),
    "\N{ARABIC LETTER VEH}": "\N{ARABIC LETTER FEH}",
    "\N{ARABIC LETTER PEH}": "\N{ARABIC LETTER BEH}",
    **{chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)},
}

# So many words are remembered.
_MEMO_SIZE = 200_000


class Token(NamedTuple):
    """A word as it stands in a text: ``text[start:end] == raw``; *folded* is what is compared."""

    start: int
    end: int
    raw: str
    folded: str


def fold(text: str) -> str:
    r"""Return *text* with all spellings of the same words brought to one, spaces kept.

    Folding twice changes nothing. Lengths change, so positions in the result are not positions
    in *text*; use `tokenize` where they matter.

    >>> fold("تهدّدُ “قسدَ” بالانسحابِ إلى الرقّة")
    'تهدد “قسد” بالانسحاب الي الرقه'
    >>> fold("ﻏﺎﺭﺓ ٢٢٥٤ سوریا داع\u0640.\u0640ش")
    'غاره 2254 سوريا داعش'
    """
    text = _mend(text)
    try:
        encoded, _ = codecs.charmap_encode(text, "strict", _ENCODING)
    except UnicodeEncodeError:
        return _thoroughly(text)
    return codecs.charmap_decode(encoded.translate(None, _DROPPED), "strict", _FOLDED)[0]


def tokenize(text: str) -> list[Token]:
    """Return the words of *text* in order, each with its place and its folded form.

    A token holds the marks, tatweels and controls within it, but no control at its end.

    >>> [token[:3] for token in tokenize("من شرقِ_الفراتِ..")]
    [(0, 2, 'من'), (3, 7, 'شرقِ'), (8, 15, 'الفراتِ')]
    """
    cut = pieces(text)
    raw = cut[1::2]
    offsets = list(accumulate(map(len, cut)))
    ends = offsets[1::2]
    folded = map(_FOLDS.__getitem__, raw)
    if _control.search(text):
        trimmed = list(map(trim, raw))
        ends = [
            end - len(one) + len(other) for end, one, other in zip(ends, raw, trimmed, strict=True)
        ]
        raw = trimmed
    return list(map(Token._make, zip(offsets[0::2], ends, raw, folded, strict=False)))


def words(text: str) -> list[str]:
    """Return the folded words of *text*: `tokenize` without places, at several times its speed.

    >>> words("القواتُ الروسيّةُ")
    ['القوات', 'الروسيه']
    """
    return raw_words(fold(text))


def index_text(text: str) -> str:
    """Return the folded words of *text*, one space apart: what a full-text index and a digest see.

    >>> index_text("لـ«داعش»، في #شرق_الفرات")
    'ل داعش في شرق الفرات'
    """
    return " ".join(words(text))


def raw_words(text: str) -> list[str]:
    """Return the words of *text* as written, in the order of `tokenize`.

    A control at a word's end is still on it; `trim` takes it off.
    """
    return _finder(text).findall(text.replace("_", " "))


def pieces(text: str) -> list[str]:
    """Return *text* cut at its words: what stands before the first, the first, and so on.

    The pieces make up the text again, but that ``_`` is a space; the words are those of
    `raw_words`.

    >>> pieces("(شرق_الفرات)")
    ['(', 'شرق', ' ', 'الفرات', ')']
    """
    cutter = _cut_mended if TATWEEL in text else _cut_plain
    return cutter.split(text.replace("_", " "))


def trim(raw: str) -> str:
    """Return a word without the format controls at its end."""
    return raw if raw[-1:].isalpha() else _final_controls.sub("", raw)


def letters(raw: str) -> str:
    """Return a word's letters as published: no marks, tatweel or controls, but nothing folded.

    >>> letters("مدينةٍ"), letters("ا\u0653منة")
    ('مدينة', 'آمنة')
    """
    text = _dropped.sub("", composed(raw))
    return _composing.sub("", text)


def composed(raw: str) -> str:
    """Return a word in NFC, its presentation forms written as plain letters, mended if split."""
    return unicodedata.normalize("NFC", _presentation.sub(_plain_letters, _mend(raw)))


def is_mark(character: str) -> bool:
    """Tell whether *character* is an Arabic mark, which folding drops."""
    return _mark.match(character) is not None


def _finder(text: str) -> re.Pattern[str]:
    return _find_mended if TATWEEL in text else _find_plain


def _mend(text: str) -> str:
    return _split.sub("", text) if TATWEEL in text else text


def _plain_letters(found: re.Match[str]) -> str:
    # Forms of marks alone, and of whole formulas, decompose with spaces; a word has none.
    return unicodedata.normalize("NFKC", found[0]).replace(" ", "")


def _thoroughly(text: str) -> str:
    text = _dropped.sub("", _presentation.sub(_plain_letters, text))
    text = _composing.sub("", unicodedata.normalize("NFC", text))
    # Folded case may decompose: the fold of a fold would differ.
    return unicodedata.normalize("NFC", _foldable.sub(_plainer, text))


def _plainer(found: re.Match[str]) -> str:
    run = found[0].casefold()
    return "".join([_LETTERS.get(character, character) for character in run])


_FOLDS = Memory(fold, most=_MEMO_SIZE)


# Nearly every news text is made of these characters alone, each of which is folded for itself.
# A charmap of them takes a text through C at ten times the speed of `str.translate`, which no
# other way in the standard library comes near. What is not among them goes the thorough way.
_ALPHABET = "".join(
    [
        *map(chr, range(0x80)),
        *"\u00a0«»°×·éü–—‘’“”•…″€\u0640\u0670پچڤگکی\u061c\ufeff",
        *map(chr, (*range(0x200A, 0x2010), *range(0x202A, 0x2030), 0x2060, *range(0x2066, 0x206A))),
        *map(chr, (0x60C, 0x61B, 0x61F, *range(0x621, 0x63B), *range(0x641, 0x653))),
        *map(chr, range(0x660, 0x66E)),
    ]
)
_FOLDED = "".join(_thoroughly(character) or "\x00" for character in _ALPHABET)
_DROPPED = bytes(place for place, character in enumerate(_ALPHABET) if not _thoroughly(character))
_ENCODING = codecs.charmap_build(_ALPHABET)
