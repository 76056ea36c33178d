"""The body of a page: from the containers of rules, else from where the prose is."""

import logging
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from lxml import etree

from scraper.extraction import clutter, generic, json_ld, nearby
from scraper.extraction.blocks import Block
from scraper.extraction.body import Text, clean
from scraper.extraction.body import read as read_body
from scraper.extraction.page import Page, fragment, text_of
from scraper.extraction.themes import Sources, selectors
from scraper.extraction.wording import key, one_line

# Less than this from a rule is a rule that no longer fits.
_LEAST = 40
# Less than this is little enough to ask a second extractor, at ten times the cost.
_THIN = 140
_LEAST_STATED = 400
# On larger pages it may take seconds.
_MANY = 5000
_LEAD_NAMES = re.compile(
    r"(?:^|[\s_-])(?:leads?|lede|lead-?text|intro|summary|standfirst|chapo|ingress|vorspann|sapo)(?=$|[\s_-])"
)
_LEAD_LETTERS = 60
_LEAD_PARTS = 5
_LONGEST_LEAD = 900

log = logging.getLogger(__name__)


def read(page: Page, sources: Sources, *, headline: str | None) -> Text:
    """Return the body of *page* from the first source that gives one."""
    return next(iter(candidates(page, sources, headline=headline)), Text("generic"))


def candidates(
    page: Page, sources: Sources, *, headline: str | None, every: bool = False
) -> list[Text]:
    """Return the bodies of *page* by source, best first: only the best, or *every* one."""
    found: list[Text] = []
    for rule in selectors(sources, "body"):
        if found and not every:
            break
        containers = page.select(rule.css)
        if containers:
            removed = _removed(page, sources, containers)
            text = read_body(containers, source=rule.source, headline=headline, removed=removed)
            _add_lead(page, containers[0], text)
            found += [text] if len(text.body) >= _LEAST else []
    if not found or every:
        found += _undescribed(page, sources, headline)
    return found


def _removed(page: Page, sources: Sources, containers: list[Any]) -> set[Any]:
    """Return what rules take out: a site's anywhere, a theme's inside *containers*."""
    found: set[Any] = set()
    for source, profile in sources:
        for css in profile.remove:
            if source == "site":
                found.update(page.select(css))
            else:
                found.update(one for box in containers for one in page.index.select(css, box))
    return found


def _undescribed(page: Page, sources: Sources, headline: str | None) -> list[Text]:
    container = generic.container(page)
    text = Text("generic")
    if container is not None:
        removed = _removed(page, sources, [container])
        text = read_body([container], source="generic", headline=headline, removed=removed)
        _add_lead(page, container, text)
    least = max(_LEAST_STATED, 2.5 * len(text.body))
    stated = _stated(page, headline, least)
    if len(stated.body) > least:
        # The record's text is trusted only where the page's own was not found.
        return [stated, text]
    if len(text.body) < _THIN and page.tree.xpath("count(//*)") < _MANY:
        heavy = _trafilatura(page, headline)
        if len(heavy.body) > 2 * len(text.body):
            return [heavy, text]
    return [text]


def _add_lead(page: Page, container: Any, text: Text) -> None:
    """Put the lead that stands between the heading and *container* before *text*."""
    heading = page.heading
    if heading is None or not text.blocks:
        return
    inside = container in heading.iterancestors()
    for element in nearby.after(heading):
        if element is container or (inside and container in element.iterancestors()):
            return
        if len(element) > _LEAD_PARTS or not _names_lead(element):
            continue
        lead = text_of(element)
        fits = _LEAD_LETTERS <= len(lead) <= _LONGEST_LEAD
        if fits and element not in container.iterancestors() and key(lead) not in key(text.body):
            text.blocks.insert(0, Block(lead, "p", element, 0))
            return


def _names_lead(element: Any) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}".lower()
    return _LEAD_NAMES.search(names) is not None and not clutter.names_remarks(names)


def _stated(page: Page, headline: str | None, least: float) -> Text:
    """Return the body as the page's record has it, which is rarely whole or clean.

    It is not read where it cannot have more than *least* letters.
    """
    body = "\n".join(json_ld.strings(page.article.get("articleBody")))
    if len(body) <= least:
        return Text("json-ld")
    return read_body([fragment(body)], source="json-ld", headline=headline)


@cache
def _second_opinion() -> Callable[..., Any]:
    """Return trafilatura's extraction, which is quiet about pages it finds nothing in."""
    # Importing it costs as much as a hundred pages; most crawls never need it.
    from trafilatura import bare_extraction

    # That there is no article is said by our own refusal, once and with the page's name.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return bare_extraction


def _trafilatura(page: Page, headline: str | None) -> Text:
    """Return the body as trafilatura finds it, favouring precision."""
    try:
        found = _second_opinion()(
            etree.tostring(page.tree, encoding="unicode", method="html"),
            favor_precision=True,
            fast=True,
            include_comments=False,
        )
    except Exception:
        # Anything may come out of it on broken pages; the page is then read without it.
        log.debug("%s: trafilatura failed", page.url, exc_info=True)
        return Text("trafilatura")
    stated = getattr(found, "text", None) or ""
    lines = (one_line(line) for line in stated.splitlines())
    blocks = [Block(line, "p", page.tree, 0) for line in lines if line]
    return Text("trafilatura", clean(blocks, headline=headline))
