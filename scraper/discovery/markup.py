"""XML as sites send it → a tree.

Most answers are well-formed and are read at once. The others are mended first:
a bare `&`, HTML's named entities, control characters, words before the XML
declaration, a wrong encoding, an end that never came. Both ways end in one
tree, so that an entry is read alike whatever its feed looks like. (feedparser,
the usual leniency, would be a second set of rules, and several times slower.)
"""

import html
import html.entities
import re
import zlib
from typing import Any

from lxml import etree

from scraper.discovery.errors import RouteError
from scraper.extraction.encoding import decode

MAX_BYTES = 50 * 1024 * 1024

_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?:#x([0-9a-fA-F]{1,6});|#([0-9]{1,7});|([A-Za-z][A-Za-z0-9]{1,31});)?")
_BARE_LESS = re.compile(r"<(?![A-Za-z_/!?])")
_VOID = re.compile(r"<(br|hr|img|wbr)\b([^<>]*?)/?>|</(?:br|hr|img|wbr)>", re.IGNORECASE)
_ROOT = re.compile(r"<(?:\w{1,20}:)?(?:rss|feed|rdf|urlset|sitemapindex)\b", re.IGNORECASE)
_WEB_PAGE = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_ITEM_START = re.compile(r"<(?:\w{1,20}:)?(?:item|entry|url|sitemap)[\s>]")
_ITEM_END = re.compile(r"</(?:\w+:)?(?:item|entry|url|sitemap)\s*>")
_ROOT_END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf|urlset|sitemapindex)\s*>\s*\Z", re.IGNORECASE)


def parse(body: bytes, *, reason: str) -> tuple[Any, list[str]]:
    """Return the root element of *body* and what had to be mended.

    Raises RouteError: *reason* where it is no XML at all, `empty`, `too_large`,
    or `entities` where it declares entities of its own, which no feed needs and
    which can be made to fill any memory.
    """
    body = unpacked(body)
    if not body.strip():
        raise RouteError("empty", "the answer is empty")
    try:
        root = etree.fromstring(body, _parser(recover=False))
        problems: list[str] = []
    except (etree.XMLSyntaxError, ValueError) as error:
        root, problems = _mended(body, reason), [f"not well-formed XML: {_first_line(error)}"]
    _refuse_entities(root)
    return root, problems


def unpacked(body: bytes) -> bytes:
    """Return *body*, gunzipped where it is gzip; RouteError where that is too much."""
    if body.startswith(b"\x1f\x8b"):
        unzip = zlib.decompressobj(wbits=31)
        try:
            body = unzip.decompress(body, MAX_BYTES + 1)
        except zlib.error as error:
            raise RouteError("broken_gzip", f"cannot be gunzipped: {error}") from error
    if len(body) > MAX_BYTES:
        raise RouteError("too_large", f"more than {MAX_BYTES // 2**20} MB")
    return body


def name(element: Any) -> str:
    """Return an element's name without namespace, or '' for a comment.

    >>> name(etree.fromstring("<a:loc xmlns:a='x'/>"))
    'loc'
    """
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def text(element: Any) -> str:
    """Return all text in *element*; '' where there is no element."""
    if element is None:
        return ""
    said = (element.text or "") if len(element) == 0 else "".join(element.itertext())
    return said.strip()


def inner(element: Any) -> str:
    """Return the HTML in *element*, escaped, in CDATA or as elements."""
    if len(element) == 0:
        return (element.text or "").strip()
    parts = [html.escape(element.text or "", quote=False)]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(parts).strip()


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refuse_entities(root: Any) -> None:
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise RouteError("entities", "declares XML entities, which no feed or sitemap needs")


def _mended(body: bytes, reason: str) -> Any:
    source = _from_root(decode(body), reason)
    source = _UNWRITABLE.sub("", source)
    if not _ROOT_END.search(source[-200:]):
        # What stands after the last whole item would pass for a whole item.
        source = source[: _whole(source)]
    mended = "".join(_references_mended(source)).encode("utf-8", "replace")
    try:
        root = etree.fromstring(mended, _parser(recover=True))
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise RouteError(reason, f"the answer is not XML: {_shown(source)!r}")
    return root


def _whole(source: str) -> int:
    """Return where the last whole item ends, or where the first begins when none is whole."""
    ends = [found.end() for found in _ITEM_END.finditer(source)]
    if ends:
        return ends[-1]
    first = _ITEM_START.search(source)
    return first.start() if first else len(source)


def _from_root(source: str, reason: str) -> str:
    """Return *source* from its root element on: PHP prints its warnings before it."""
    root = _ROOT.search(source)
    if root is None or _WEB_PAGE.search(source[: root.start()]):
        what = "not XML" if root is None and "<" not in source else "another document"
        raise RouteError(reason, f"the answer is {what}: {_shown(source)!r}")
    if "<!ENTITY" in source[: root.start()].upper():
        raise RouteError("entities", "declares XML entities, which no feed or sitemap needs")
    return source[root.start() :]


def _references_mended(source: str) -> list[str]:
    """Return *source* in parts, its references mended outside CDATA sections."""
    parts: list[str] = []
    position = 0
    while True:
        start = source.find("<![CDATA[", position)
        end = source.find("]]>", start) if start >= 0 else -1
        if end < 0:
            break
        parts += [_part_mended(source[position:start]), source[start : end + 3]]
        position = end + 3
    parts.append(_part_mended(source[position:]))
    return parts


def _part_mended(part: str) -> str:
    part = _BARE_LESS.sub("&lt;", _AMPERSAND.sub(_reference_mended, part))
    return _VOID.sub(lambda found: f"<{found[1]}{found[2]}/>" if found[1] else "", part)


def _reference_mended(found: re.Match[str]) -> str:
    hexadecimal, decimal, entity = found.groups()
    if hexadecimal or decimal:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return found[0] if _is_character(code) else ""
    if entity in _XML_NAMES:
        return found[0]
    character = html.entities.html5.get(f"{entity};") if entity else None
    if character is None:
        return f"&amp;{found[0][1:]}"
    return html.escape(character)


def _is_character(code: int) -> bool:
    """Tell whether XML has a character of this number."""
    return (
        code in {0x9, 0xA, 0xD}
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _shown(source: str) -> str:
    return " ".join(source[:200].split())[:60]
