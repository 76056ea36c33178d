"""Reading a text file people saved with whatever their program uses. Pure.

Lists of Arabic words come as UTF-8, with or without a mark at the front, as
UTF-16 ("Unicode text" of spreadsheets) and as windows-1256.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# What Arabic text holds beyond ASCII. A wrong guess shows letters that are in none of these.
_ARABIC = re.compile(
    r"[\u060C\u061B\u061F\u0621-\u0652\u0660-\u066D\u0670\u067E\u0686\u0698\u06A9\u06AF\u06BE"
    r"\u06CC\u00A0\u00AB\u00BB\u00B7\u00D7\u2018\u2019\u201C\u201D\u2013\u2014\u2026\u200C-\u200F]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0B\x0C\x0E-\x1F]")
_LETTER = re.compile(r"[\u0621-\u064A]")


def decode(content: bytes) -> tuple[str, str]:
    """Return the text of *content* and the encoding it was in.

    Raises ValueError, saying what to do, when it is in none that is known.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strict(content, encoding), encoding
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "windows-1256"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # UTF-16 without a mark is valid UTF-8 too, but reads as control characters.
        fits = not _CONTROL.search(text) if encoding == "utf-8" else _is_arabic(text)
        if fits:
            return text, encoding
    raise ValueError(
        "is neither UTF-8 nor UTF-16 nor Arabic in windows-1256; save it as UTF-8 and try again"
    )


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(
            f"begins as {encoding.removesuffix('-sig')} but is damaged; save it as UTF-8 again"
        ) from None


def _is_arabic(text: str) -> bool:
    """Whether everything beyond ASCII is what Arabic text holds, and some of it is letters."""
    foreign = (sign for sign in text if sign > "\x7e" or _CONTROL.match(sign))
    return bool(_LETTER.search(text)) and all(_ARABIC.match(sign) for sign in foreign)
