"""An element → the blocks of text a reader sees in it, in order."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from lxml import etree

from scraper.extraction.wording import one_line

BLOCK_TAGS = frozenset(
    (
        "p", "div", "section", "article", "main", "header", "blockquote", "pre", "ul", "ol", "li",
        "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "thead", "tr",
        "center", "address", "details", "summary", "form", "fieldset", "hr", "body", "html",
    )
)  # fmt: skip
# Left out without a gap: scripts stand inside words, too.
_SILENT = frozenset(("script", "style", "noscript", "template", "wbr"))
_CELLS = frozenset(("td", "th"))


@dataclass(slots=True)
class Block:
    """A paragraph, item or heading as read; *linked* counts letters inside links."""

    text: str
    tag: str
    element: Any
    linked: int

    @property
    def link_share(self) -> float:
        """How much of the text is link, 0 to 1."""
        return self.linked / max(1, len(self.text))


class _Reader:
    """Gathers text of inline pieces until a block begins or ends."""

    def __init__(self, container: Any) -> None:
        self.found: list[Block] = []
        self.parts: list[str] = []
        self.linked = 0
        self.in_link = 0
        self.breaks = 0
        self.owner = container

    def add(self, text: str) -> None:
        if self.breaks and not text.isspace():
            # One break is a line of the paragraph, two are a new paragraph.
            if self.breaks > 1:
                self.close()
            elif self.parts:
                self.parts.append("\n")
            self.breaks = 0
        if "\n" in text or "\r" in text:
            text = text.replace("\r", " ").replace("\n", " ")
        self.parts.append(text)
        if self.in_link:
            self.linked += len(one_line(text))

    def close(self) -> None:
        self.breaks = 0
        if self.parts:
            text = "".join(self.parts)
            if "\n" in text:
                lines = (one_line(line) for line in text.split("\n"))
                text = "\n".join(line for line in lines if line)
            else:
                text = one_line(text)
            if text:
                self.found.append(Block(text, self.owner.tag, self.owner, self.linked))
        self.parts = []
        self.linked = 0


def blocks(container: Any, skipped: Collection[Any] = ()) -> list[Block]:
    """Return the blocks of *container*, without the elements in *skipped*.

    Words at the edge of a skipped or block element are never glued together.
    """
    reader = _Reader(container)
    walk = etree.iterwalk(container, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            if element in skipped:
                walk.skip_subtree()
                if element.tag not in _SILENT:
                    reader.parts.append(" ")
            else:
                _start(reader, element)
        else:
            if element not in skipped:
                _end(reader, element)
            if element is not container and (tail := element.tail):
                reader.add(tail)
    reader.close()
    return reader.found


def _start(reader: _Reader, element: Any) -> None:
    tag = element.tag
    if tag in BLOCK_TAGS:
        reader.close()
        reader.owner = element
    elif tag == "br":
        reader.breaks += 1
    elif tag in _CELLS:
        reader.parts.append(" ")
    elif tag == "a":
        reader.in_link += 1
    if text := element.text:
        reader.add(text)


def _end(reader: _Reader, element: Any) -> None:
    tag = element.tag
    if tag in BLOCK_TAGS:
        reader.close()
        parent = element.getparent()
        reader.owner = element if parent is None else _block_of(parent)
    elif tag == "a":
        reader.in_link -= 1


def _block_of(element: Any) -> Any:
    while element.tag not in BLOCK_TAGS and element.getparent() is not None:
        element = element.getparent()
    return element
