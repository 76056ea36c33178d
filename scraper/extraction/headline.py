"""The headline as published, without the site's name."""

import re
from collections.abc import Iterable, Iterator
from unicodedata import combining, normalize
from urllib.parse import unquote, urlsplit

from scraper.extraction import json_ld
from scraper.extraction.page import SEPARATOR, Page, text_of
from scraper.extraction.themes import Rule
from scraper.extraction.wording import key, one_line

_DIGRAPHS = re.compile("aa|ae|oe|ue")
_LIGATURES = str.maketrans({"ø": "o", "æ": "a", "ß": "ss", "đ": "d", "ł": "l", "ı": "i"})
_LONGEST = 600
_WEAK = frozenset(("generic", "title"))
_ENDS_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_MARKUP = re.compile(r"</?(?:b|i|em|strong|span|br|u|font|sup|sub|p)\b[^>]*>", re.IGNORECASE)


def candidates(page: Page, rules: list[Rule]) -> list[tuple[str, str]]:
    """Return what the page calls itself, by source in order of trust."""
    tidy = (
        (source, one_line(_MARKUP.sub(" ", text[:_LONGEST])))
        for source, text in _stated(page, rules)
    )
    return [(source, text) for source, text in tidy if key(text)]


def read(page: Page, rules: list[Rule]) -> tuple[str | None, str | None]:
    """Return the headline and its source, or (None, None) where there is none."""
    # Rules are asked only where the page states nothing itself.
    found = candidates(page, [])
    if all(source in _WEAK for source, _ in found):
        found = candidates(page, rules)
    shown = [text for source, text in found if source == "generic" or ":" in source]
    bare = ((source, _bare(page, source, text, shown)) for source, text in found)
    usable = ((source, text) for source, text in bare if text and not _is_site(page, text))
    first = next(usable, None)
    if first is None:
        return None, None
    source, text = _spelled(first, usable, page.url) or first
    return _fuller(_displayed(text, shown), shown), source


def _stated(page: Page, rules: list[Rule]) -> Iterator[tuple[str, str]]:
    article = page.article
    names = ("headline", "name") if json_ld.is_article(article) else ("headline",)
    for name in names:
        yield from (("json-ld", text) for text in json_ld.strings(article.get(name))[:1])
    for element in page.microdata.get("headline", ())[:1]:
        yield "microdata", element.get("content") or text_of(element)
    for name in ("og:title", "twitter:title"):
        yield from (("og", text) for text in page.metas.get(name, ())[:1])
    for rule in rules:
        yield from ((rule.source, text) for text in page.values(rule.css)[:1])
    yield from (("generic", text_of(h1)) for h1 in page.headings[:3])
    yield from (("title", title.text or "") for title in page.frame["title"][:1])


def without_site(text: str, names: Iterable[str]) -> str:
    """Return *text* without any of *names* at either end.

    >>> without_site("الفرات يفيض - اليوم السابع", ["اليوم السابع"])
    'الفرات يفيض'
    """
    own = {key(name) for name in names}
    start, end = 0, len(text)
    cuts = list(SEPARATOR.finditer(text))
    while cuts and key(text[cuts[-1].end() : end]) in own:
        end = cuts.pop().start()
    while cuts and key(text[start : cuts[0].start()]) in own:
        start = cuts.pop(0).end()
    return text[start:end].strip()


def _bare(page: Page, source: str, text: str, shown: list[str]) -> str:
    names = page.site_names
    if source == "json-ld":
        return without_site(text, names)
    # A title in the head that is a heading of the page and something more.
    return without_site(_rest(text, shown) or text, [*names, *page.added_names])


def _spelled(
    first: tuple[str, str], others: Iterable[tuple[str, str]], url: str
) -> tuple[str, str] | None:
    """Return the one of *others* the address spells out, where *first* is not it.

    Addresses are made of the headline; the record and the titles sometimes
    carry one for the front page, or for search engines.
    """
    address = _address_words(url)
    if len(address) < 4 or _share(first[1], address) > 0.85:
        return None
    named = (one for one in others if one[0] in {"json-ld", "og", "generic"})
    return next((one for one in named if _share(one[1], address) > 0.95), None)


def _address_words(url: str) -> set[str]:
    try:
        parts = unquote(urlsplit(url).path).split("/")
    except ValueError:
        return set()
    return set(_ascii(max(parts, key=len)).split())


def _share(text: str, address: set[str]) -> float:
    """Return how much of the words of *text* the *address* has."""
    words = _ascii(text).split()
    return sum(word in address for word in words) / max(1, len(words))


def _ascii(text: str) -> str:
    """Return *text* in the form in which addresses write it."""
    plain = "".join(c for c in normalize("NFKD", key(text)) if not combining(c))
    return _DIGRAPHS.sub(lambda pair: pair[0][0], plain.translate(_LIGATURES))


def _rest(text: str, shown: list[str]) -> str | None:
    """Return the part of *text* that is one of *shown*, as *text* writes it."""
    headings = {key(heading) for heading in shown if len(heading) > 15}
    for cut in SEPARATOR.finditer(text):
        for piece in (text[: cut.start()], text[cut.end() :]):
            if key(piece) in headings:
                return piece.strip()
    return None


def _is_site(page: Page, text: str) -> bool:
    return key(text) in {key(name) for name in page.site_names}


def _displayed(text: str, shown: list[str]) -> str:
    """Return *text* with the vowel marks the page displays: records and addresses lose them."""
    longer = (heading for heading in shown if len(heading) > len(text))
    return next((heading for heading in longer if key(heading) == key(text)), text)


def _fuller(text: str, shown: list[str]) -> str:
    """Return *text*, or the heading it was shortened from."""
    begun = key(_ENDS_CUT.sub("", text))
    if _ENDS_CUT.search(text) and len(begun) > 15:
        for heading in shown:
            if key(heading).startswith(begun) and not _ENDS_CUT.search(heading):
                return heading
    return text
