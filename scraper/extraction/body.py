"""A container → the article's paragraphs, furniture out."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from scraper.extraction import clutter, dates
from scraper.extraction.blocks import Block, blocks
from scraper.extraction.wording import key

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# An element with this much of the container's text is not furniture, whatever
# its class says: themes name wrappers "share" or "sidebar-right".
_MAJORITY = 0.5
_TEXT_LETTERS = 120
_ENDINGS = (".", "!", "؟", "?", "”", '"', "»", ":", "…")


@dataclass(slots=True)
class Text:
    """The paragraphs taken from one container, and where they came from."""

    source: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs as published."""
        return [block.text for block in self.blocks]

    @property
    def body(self) -> str:
        """The text, paragraphs kept apart by a blank line."""
        return "\n\n".join(self.paragraphs)


def read(
    containers: list[Any], *, source: str, headline: str | None, removed: Collection[Any] = ()
) -> Text:
    """Return the paragraphs of *containers*, each read once.

    *removed* are elements a rule takes out; *headline* is not repeated.
    """
    outer = [one for one in containers if not _inside(one, containers)]
    found: list[Block] = []
    for container in outer:
        skipped = furniture(container) | set(removed)
        found += blocks(container, skipped - {container})
    return Text(source, clean(found, headline=headline))


def furniture(container: Any) -> set[Any]:
    """Return the elements of *container* whose tag or class says they are no text."""
    total: int | None = None
    found: set[Any] = set()
    for element in container.iterdescendants():
        if not isinstance(element.tag, str) or not clutter.named_clutter(element):
            continue
        if element.tag not in clutter.DROPPED and element.attrib:
            total = total if total is not None else _length(container)
            if _length(element) > total * _MAJORITY:
                continue
        found.add(element)
    return found


def clean(found: list[Block], *, headline: str | None) -> list[Block]:
    """Return *found* without lines of furniture, lists of links and repetitions."""
    found = found[_preamble(found) :]
    kept: list[Block] = []
    seen: set[str] = {key(headline)} if headline else set()
    after_label = False
    for index, block in enumerate(found):
        compared = key(block.text)
        if not compared:
            continue
        if clutter.ends_article(block.text) and _only_links(found[index + 1 :]):
            break
        label = clutter.is_clutter_line(block.text)
        # What follows "read also:" and is all link is what it announced.
        if label or (after_label and block.link_share > 0.8) or _is_link_line(block):
            after_label = label or after_label
            continue
        after_label = False
        if compared in seen and len(compared) > 20:
            continue
        seen.add(compared)
        kept.append(block)
    return _without_idle_end(kept)


def _preamble(found: list[Block]) -> int:
    """Return how many blocks at the start are only the date and byline under a headline."""
    for index, block in enumerate(found[:3]):
        text = block.text
        if len(text) > 160 or len(text.split()) > 18 or text.endswith(_ENDINGS):
            continue
        if dates.holds_day(text):
            return index + 1 if all(len(b.text) < 160 for b in found[:index]) else 0
    return 0


def _inside(element: Any, others: list[Any]) -> bool:
    return any(other is not element and other in list(element.iterancestors()) for other in others)


def _length(element: Any) -> int:
    return sum(len(text.strip()) for text in element.itertext("p", "div", "span", "li", "a", "td", "b", "strong", "h2", "h3", "blockquote", "section", "article", "main", "em", "i"))  # fmt: skip


def _only_links(rest: list[Block]) -> bool:
    """Tell whether nothing like a paragraph of the article is in *rest*."""
    prose = sum(len(b.text) for b in rest if b.tag == "p" and b.link_share < 0.3)
    return prose < 3 * _TEXT_LETTERS


def _is_link_line(block: Block) -> bool:
    """Tell whether *block* is nothing but a link to somewhere else."""
    if block.link_share < 0.9:
        return False
    return block.tag in {"li", "div", "section", "td"} or len(block.text) < _TEXT_LETTERS


def _without_idle_end(kept: list[Block]) -> list[Block]:
    """Return *kept* without what closes it: comment rules, headings that head nothing."""
    while len(kept) > 1 and (
        kept[-1].tag in HEADINGS or any(clutter.is_comment_rule(b.text) for b in kept[-2:])
    ):
        kept = kept[:-1]
    return kept
