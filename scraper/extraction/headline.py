"""The headline as published, without the site's name."""

import re

from scraper.extraction import json_ld
from scraper.extraction.page import SEPARATOR, Page, text_of
from scraper.extraction.themes import Rule
from scraper.extraction.wording import key, one_line

_ENDS_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_MARKUP = re.compile(r"</?(?:b|i|em|strong|span|br|u|font|sup|sub|p)\b[^>]*>", re.IGNORECASE)


def candidates(page: Page, rules: list[Rule]) -> list[tuple[str, str]]:
    """Return what the page calls itself, by source in order of trust."""
    found = [("json-ld", text) for text in json_ld.strings(page.article.get("headline"))[:1]]
    if json_ld.is_article(page.article):
        found += [("json-ld", text) for text in json_ld.strings(page.article.get("name"))[:1]]
    found += [
        ("microdata", element.get("content") or text_of(element))
        for element in page.microdata.get("headline", ())[:1]
    ]
    for name in ("og:title", "twitter:title"):
        found += [("og", text) for text in page.metas.get(name, ())[:1]]
    for rule in rules:
        found += [(rule.source, text) for text in page.values(rule.css)[:1]]
    found += [("generic", text_of(h1)) for h1 in page.headings[:3]]
    title = page.tree.find(".//title")
    if title is not None:
        found.append(("title", title.text_content()))
    tidy = ((source, one_line(_MARKUP.sub(" ", text))) for source, text in found)
    return [(source, text) for source, text in tidy if key(text)]


def read(page: Page, rules: list[Rule]) -> tuple[str | None, str | None]:
    """Return the headline and its source, or (None, None) where there is none."""
    found = candidates(page, rules)
    shown = [text for source, text in found if source == "generic" or ":" in source]
    for source, text in found:
        bare = without_site(text, page.site_names, shown)
        if bare and not _is_site(bare, page.site_names):
            return _fuller(bare, shown), source
    return None, None


def without_site(text: str, names: list[str], shown: list[str]) -> str:
    """Return *text* without the site's name at either end.

    *shown* are headings of the page: what remains of *text* when one of them
    is taken away is the site's name, whatever that is.

    >>> without_site("الفرات يفيض - اليوم السابع", ["اليوم السابع"], [])
    'الفرات يفيض'
    """
    for heading in shown:
        if (
            key(heading) != key(text)
            and _is_end(key(heading), key(text))
            and len(key(heading)) > 15
        ):
            rest = _rest(text, heading)
            if rest is not None:
                return rest
    own = {key(name) for name in names}
    parts = SEPARATOR.split(text)
    cuts = list(SEPARATOR.finditer(text))
    start, end = 0, len(text)
    while len(parts) > 1 and key(parts[-1]) in own:
        end = cuts.pop().start()
        parts.pop()
    while len(parts) > 1 and key(parts[0]) in own:
        start = cuts.pop(0).end()
        parts.pop(0)
    return text[start:end].strip()


def _rest(text: str, heading: str) -> str | None:
    """Return the part of *text* that is *heading*, as *text* writes it."""
    for cut in SEPARATOR.finditer(text):
        for piece in (text[: cut.start()], text[cut.end() :]):
            if key(piece) == key(heading):
                return piece.strip()
    return None


def _is_end(part: str, whole: str) -> bool:
    return whole.startswith(part + " ") or whole.endswith(" " + part)


def _is_site(text: str, names: list[str]) -> bool:
    return key(text) in {key(name) for name in names}


def _fuller(text: str, shown: list[str]) -> str:
    """Return *text*, or the heading it was shortened from."""
    begun = key(_ENDS_CUT.sub("", text))
    if _ENDS_CUT.search(text) and len(begun) > 15:
        for heading in shown:
            if key(heading).startswith(begun) and not _ENDS_CUT.search(heading):
                return heading
    return text
