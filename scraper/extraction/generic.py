"""The body of a page nobody has described: where the prose is densest.

Paragraph-like elements vote for their parents by length and punctuation; the
winner takes in siblings that hold prose too. Cheap, and right on most pages;
`confidence` says when it is not and a heavier extractor should be asked.
"""

import re
from typing import Any

from scraper.extraction import clutter
from scraper.extraction.page import Page

_COMMAS = re.compile("[,،;؛.。、:!?؟]")
_PROSE_TAGS = frozenset(("p", "div", "td", "section", "article", "li", "span", "pre", "blockquote", "font", "center", "main"))  # fmt: skip
_LEAST = 25
_BAD = re.compile(
    r"comment|sidebar|side-bar|related|footer|menu|widget|recommend|popular|trending|newsletter|"
    r"disqus|promo|banner|cookie|consent|modal|login|signup|outbrain|taboola|most-read"
)


def container(page: Page) -> Any | None:
    """Return the element that holds the page's prose, or None where there is none."""
    scores: dict[Any, float] = {}
    # Not `body`: where its tag is left out, the parser leaves the article in `head`.
    for element, score in _prose(page.tree):
        parent = element.getparent()
        share = score
        for _ in range(3):
            if parent is None or (share < score and parent.tag in ("html", "body")):
                break
            scores[parent] = scores.get(parent, 0.0) + share
            parent, share = parent.getparent(), share / 2.5
        if element.tag != "p":
            scores[element] = scores.get(element, 0.0) + score
    if not scores:
        return None
    best = max(scores, key=lambda one: scores[one])
    return _widened(best, scores)


def _prose(root: Any) -> list[tuple[Any, float]]:
    found = []
    skipped: set[Any] = set()
    for element in root.iter():
        tag = element.tag
        parent = element.getparent()
        if parent in skipped or (element is not root and _is_bad(element)):
            skipped.add(element)
            continue
        if tag not in _PROSE_TAGS:
            continue
        text, linked = _own_text(element)
        if len(text) < _LEAST:
            continue
        score = min(len(text) / 100, 6) + len(_COMMAS.findall(text)) / 2 + 1
        found.append((element, score * (1 - min(1.0, linked / len(text)))))
    return found


def _is_bad(element: Any) -> bool:
    if element.tag in clutter.DROPPED:
        return True
    attributes = element.attrib
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}".lower()
    return element.tag not in ("html", "body", "article", "main") and _BAD.search(names) is not None


def _own_text(element: Any) -> tuple[str, int]:
    """Return the text of *element* that is in no other prose element, and how much is linked."""
    parts = [element.text or ""]
    linked = 0
    for child in element:
        if child.tag == "a":
            text = "".join(child.itertext())
            linked += len(text)
            parts.append(text)
        elif child.tag in ("b", "strong", "em", "i", "u", "br", "sup", "sub", "q", "mark", "small"):
            parts.append("".join(child.itertext()))
        elif child.tag in ("span", "font") and len(child) == 0:
            parts.append(child.text or "")
        parts.append(child.tail or "")
    return "".join(parts).strip(), linked


def _widened(best: Any, scores: dict[Any, float]) -> Any:
    """Return *best* or an ancestor whose other children hold prose as well."""
    node = best
    for _ in range(4):
        parent = node.getparent()
        if parent is None or parent.tag in ("body", "html"):
            break
        others = sum(scores.get(child, 0.0) for child in parent if child is not node)
        if others < scores.get(node, 0.0) * 0.25:
            break
        node = parent
    return node
