"""The smaller fields: section, tags, image, addresses."""

import re
from collections.abc import Iterator
from typing import Any

from scraper.extraction import json_ld
from scraper.extraction.page import Page, text_of
from scraper.extraction.themes import Rule
from scraper.extraction.wording import key, one_line

_LISTED = re.compile(r"\s*[,،;؛|]\s*")
_HOME = frozenset(
    map(key, ("الرئيسية", "الرئيسيه", "الصفحة الرئيسية", "home", "homepage", "بيت", "start"))
)
_MOST_TAGS = 40
_LONGEST = 80


def section(page: Page, rules: list[Rule]) -> tuple[str | None, str | None]:
    """Return the section the article stands in and the source that says so."""
    for source, values in _stated_sections(page, rules):
        for value in values:
            name = one_line(value)
            if name and len(name) <= _LONGEST and key(name) not in _HOME:
                return name, source
    return None, None


def sections(page: Page, rules: list[Rule]) -> list[tuple[str, str]]:
    """Return what the page states as its section, by source in order of trust."""
    return [
        (source, " | ".join(values)) for source, values in _stated_sections(page, rules) if values
    ]


def _stated_sections(page: Page, rules: list[Rule]) -> Iterator[tuple[str, list[str]]]:
    yield "json-ld", json_ld.strings(page.article.get("articleSection"))
    yield "og", page.metas.get("article:section", [])
    for rule in rules:
        yield rule.source, page.values(rule.css)[:1]
    yield "json-ld", _crumbs(page)


def tags(page: Page) -> tuple[list[str], str | None]:
    """Return the article's tags, as published, and the source that gave them."""
    for source, values in _stated_tags(page):
        found: dict[str, str] = {}
        for value in values:
            for part in _LISTED.split(value):
                name = one_line(part).lstrip("#")
                if name and len(name) <= _LONGEST:
                    found.setdefault(key(name), name)
        if found:
            return list(found.values())[:_MOST_TAGS], source
    return [], None


def _stated_tags(page: Page) -> Iterator[tuple[str, list[str]]]:
    yield "json-ld", json_ld.strings(page.article.get("keywords"))
    yield "og", page.metas.get("article:tag", [])
    yield "meta", page.metas.get("news_keywords", [])
    yield "generic", [text_of(a) for a in page.related if a.get("rel").split() == ["tag"]]


def image(page: Page) -> str | None:
    """Return the address of the article's picture."""
    stated = page.article.get("image")
    first = stated[0] if isinstance(stated, list) and stated else stated
    if isinstance(first, dict):
        first = first.get("url") or first.get("contentUrl")
    named = page.meta("og:image", "og:image:secure_url", "twitter:image", "twitter:image:src")
    found = first if isinstance(first, str) and first.strip() else named
    return _web(page, found) if found else None


def canonical(page: Page) -> str | None:
    """Return the address the page states for itself, absolute."""
    links = _links(page, "canonical")
    return next(
        (web for one in [*links, *page.metas.get("og:url", ())] if (web := _web(page, one))), None
    )


def aliases(page: Page) -> list[str]:
    """Return further addresses the page states for itself: short links, AMP."""
    stated = [*_links(page, "shortlink"), *_links(page, "amphtml")]
    return list(dict.fromkeys(web for one in stated if (web := _web(page, one))))


def _links(page: Page, kind: str) -> list[str]:
    return [address for relations, address in page.links if kind in relations]


def _web(page: Page, address: str) -> str | None:
    absolute = one_line(page.absolute(address))
    return absolute if absolute.startswith(("http://", "https://")) else None


def _crumbs(page: Page) -> list[str]:
    """Return the last crumb before the article itself in JSON-LD breadcrumbs."""
    for node in page.nodes:
        if "BreadcrumbList" not in json_ld.types(node):
            continue
        listed: Any = node.get("itemListElement")
        items = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        names = [
            text
            for item in items
            for text in json_ld.strings(item.get("name") or item.get("item"))[:1]
        ]
        inner = [name for name in names if key(name) not in _HOME]
        return inner[-2:-1] if len(inner) > 1 else []
    return []
