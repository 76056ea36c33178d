"""Bytes of a page → text, whatever the label says.

Arabic sites mislabel both ways: UTF-8 served as windows-1256 and windows-1256
served as UTF-8. UTF-8 proves itself - text of another encoding hardly ever is
valid UTF-8 by chance - so a label is asked only when the bytes are not UTF-8.
"""

import codecs
import re

from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

_ARABIC_RUN = re.compile("[\u0621-\u064a]{2,}")
_UTF8 = {"utf-8", "utf8", "utf_8"}
# Labels that say "Western" but are often just a server's default.
_WESTERN = {"cp1252", "latin-1", "iso8859-1", "ascii", "windows-1252", "iso8859-15"}
# Up to one broken byte in this many is an accident inside UTF-8 (a cut
# character), more is another encoding.
_ACCIDENT = 500


def decode(body: bytes, charset: str | None = None) -> str:
    """Return *body* as text; *charset* is what the server said, if it did.

    Never raises: bytes that fit no encoding become U+FFFD.

    >>> decode("الفرات".encode("windows-1256"), "utf-8")
    'الفرات'
    >>> decode("الفرات".encode(), "windows-1256")
    'الفرات'
    """
    bom_encoding, bom = read_bom(body)
    if bom_encoding and bom is not None:
        return body[len(bom) :].decode(bom_encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_other(body, charset)


def _decode_other(body: bytes, charset: str | None) -> str:
    as_utf8 = body.decode("utf-8", "replace")
    broken = as_utf8.count("\ufffd")
    high = len(as_utf8) - len(as_utf8.encode("ascii", "ignore"))
    if broken * _ACCIDENT < len(body) and high > broken * 4:
        return as_utf8
    label = _label(body, charset)
    if label is None or label in _UTF8 or label in _WESTERN:
        return _arabic(body) or _as_labelled(body, label, as_utf8)
    text = body.decode(label, "replace")
    # windows-1256 labelled as some other single-byte page reads as symbols, or not at all.
    fits = label == "cp1256" or (label == "iso8859-6" and "\ufffd" not in text)
    if not fits and label.startswith(("cp125", "iso8859")):
        return _arabic(body) or text
    return text


def _as_labelled(body: bytes, label: str | None, as_utf8: str) -> str:
    if label in _UTF8:
        return as_utf8
    return body.decode("cp1252", "replace")


def _label(body: bytes, charset: str | None) -> str | None:
    stated = charset and (http_content_type_encoding(f"x; charset={charset}"))
    found = stated or html_body_declared_encoding(body)
    if not found:
        return None
    try:
        return codecs.lookup(resolve_encoding(found) or found).name
    except LookupError:
        return None


def _arabic(body: bytes) -> str | None:
    """Return *body* read as windows-1256 if that makes Arabic words of it."""
    text = body.decode("cp1256", "replace")
    high = sum(1 for byte in body if byte > 0x7F)
    in_words = sum(len(run) for run in _ARABIC_RUN.findall(text))
    return text if high and in_words > high * 0.6 else None
