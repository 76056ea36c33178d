"""A container → the article's paragraphs, furniture out."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from scraper.extraction import clutter, dates
from scraper.extraction.blocks import Block, blocks
from scraper.extraction.page import text_of
from scraper.extraction.wording import key, letters, words

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# An element with this much of the container's text is not furniture, whatever
# its class says: themes name wrappers "share" or "sidebar-right".
_MAJORITY = 0.5
_TEXT_LETTERS = 120
# Two paragraphs that begin alike for so long are one paragraph twice.
_COMPARED = 300
_VERBATIM = 200
# More links than this, and more of the text than this in them, is a list of other articles.
_LINKS = 3
_LINKED = 0.6
# As long as a date with its weekday, hour and a word before it gets.
_SHORT = 70
_PREAMBLE = 160
_CAPTION = 120
# So much link makes what follows "read also:" what it announced.
_ANNOUNCED = 0.6
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


@dataclass(slots=True)
class _Weight:
    """What one element holds: letters, letters in links, links, long paragraphs."""

    text: int = 0
    linked: int = 0
    links: int = 0
    prose: int = 0
    # Whether an element named as the article's text, and holding some, is inside.
    around_text: bool = False

    def is_list_of_links(self) -> bool:
        return self.links > _LINKS and not self.prose and self.linked > self.text * _LINKED


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
    """Return the elements of *container* whose tag, class or look says they are no text."""
    held = _weigh(container)
    half = held[container].text * _MAJORITY
    found: set[Any] = set()
    for element, weight in held.items():
        if element is not container and _is_furniture(element, weight, half):
            found.add(element)
    return found


def _is_furniture(element: Any, weight: _Weight, half: float) -> bool:
    if element.tag in clutter.DROPPED:
        return element.tag != "figure" or not _holds_text(element)
    if element.attrib:
        names = f"{element.get('class', '')} {element.get('id', '')}"
        if clutter.named_clutter(element, names):
            kept = weight.around_text or clutter.names_text(names) or weight.text > half
            return clutter.names_remarks(names) or not kept
        if weight.text < _SHORT and (element.tag == "time" or clutter.names_date(names)):
            return dates.holds_day(text_of(element))
    return weight.is_list_of_links()


def _holds_text(figure: Any) -> bool:
    """Tell whether *figure* is WordPress's frame around an embedded post or a table."""
    held = figure.find(".//blockquote") is not None or figure.find(".//table") is not None
    return held and "pullquote" not in figure.get("class", "")


def _weigh(container: Any) -> dict[Any, _Weight]:
    """Return what each element of *container* holds, in document order."""
    listed = [element for element in container.iter() if isinstance(element.tag, str)]
    held = {element: _Weight() for element in listed}
    for element in reversed(listed):
        weight, tag = held[element], element.tag
        if text := element.text:
            weight.text += len(text.strip())
        if tag == "a":
            weight.links, weight.linked = weight.links + 1, weight.text
        elif tag == "p" and weight.text > _TEXT_LETTERS and weight.linked * 3 < weight.text:
            weight.prose += 1
        parent = held.get(element.getparent()) if element is not container else None
        if parent is not None and tag not in ("script", "style", "noscript"):
            parent.text += weight.text
            if tail := element.tail:
                parent.text += len(tail.strip())
            parent.linked += weight.linked
            parent.links += weight.links
            parent.prose += weight.prose
            parent.around_text |= weight.around_text or (
                weight.prose > 1 and clutter.text_element(element)
            )
    return held


def clean(found: list[Block], *, headline: str | None) -> list[Block]:
    """Return *found* without lines of furniture, lists of links and repetitions."""
    found = _without_preamble(found)
    kept: list[Block] = []
    seen: set[str] = {key(headline)} if headline else set()
    after_label = False
    for index, block in enumerate(found):
        folded = letters(block.text[:_COMPARED])
        # Long paragraphs that stand twice are the same to the letter.
        compared = folded if len(folded) > _VERBATIM else words(folded)
        if not compared:
            continue
        short = len(block.text) <= clutter.LONGEST_LINE
        if short and clutter.ends_article(folded) and not _goes_on(found[index + 1 :], kept):
            break
        label = short and clutter.is_clutter_line(folded)
        # What follows "read also:" and is all link is what it announced.
        idle = _is_link_line(block) or _is_caption(block)
        if label or (after_label and block.link_share > _ANNOUNCED) or idle:
            after_label = label or after_label
            continue
        after_label = False
        if compared in seen and len(compared) > 20:
            continue
        seen.add(compared)
        kept.append(block)
    return _without_idle_end(kept)


def _without_preamble(found: list[Block]) -> list[Block]:
    """Return *found* without the date and byline that stand under a headline."""
    for index, block in enumerate(found[:3]):
        if block.tag == "blockquote" or _in_quote(block.element):
            # An embedded post ends in its date.
            return found
        if _is_date_line(block.text) and all(map(_is_byline, found[:index])):
            return found[index + 1 :]
        first, _, rest = block.text.partition("\n")
        if rest and _is_date_line(first):
            cut = Block(rest, block.tag, block.element, block.linked)
            return [*found[:index], cut, *found[index + 1 :]]
    return found


def _in_quote(element: Any) -> bool:
    return any(True for _ in element.iterancestors("blockquote"))


def _is_byline(block: Block) -> bool:
    """Tell whether *block* may stand above a date: it is short, and a heading or no sentence."""
    prose = block.tag not in HEADINGS and block.text.endswith(_ENDINGS)
    return len(block.text) < _PREAMBLE and not prose


def _is_date_line(text: str) -> bool:
    short = len(text) <= _PREAMBLE and len(text.split()) <= 18 and not text.endswith(_ENDINGS)
    return short and dates.holds_day(text)


def _inside(element: Any, others: list[Any]) -> bool:
    return any(other is not element and other in list(element.iterancestors()) for other in others)


def _goes_on(rest: list[Block], kept: list[Block]) -> bool:
    """Tell whether *rest* holds paragraphs of the article: much prose, or some beside those *kept*."""
    prose = [block for block in rest if block.tag == "p" and block.link_share < 0.3]
    if sum(len(block.text) for block in prose) >= 3 * _TEXT_LETTERS:
        return True
    around = {block.element.getparent() for block in kept if block.tag == "p"}
    beside = [block for block in prose if block.element.getparent() in around]
    return sum(len(block.text) for block in beside) > _TEXT_LETTERS


def _is_link_line(block: Block) -> bool:
    """Tell whether *block* is nothing but a link to somewhere else."""
    if block.link_share < 0.9:
        # "See also:" in any language, and what to see.
        unlinked = len(block.text) - block.linked
        return block.link_share > 0.6 and unlinked < 30 and ":" in block.text[: unlinked + 1]
    return block.tag in {"li", "div", "section", "td"} or len(block.text) < _TEXT_LETTERS


def _is_caption(block: Block) -> bool:
    """Tell whether *block* is a picture and, in small or slanted letters, what it shows."""
    element = block.element
    if len(block.text) > _CAPTION or block.text.endswith(_ENDINGS) or len(element) == 0:
        return False
    if element.tag not in ("p", "div", "center") or element.find(".//img") is None:
        return False
    slanted = "".join(text_of(one) for one in element.iterchildren("em", "i", "small"))
    return len(slanted) > _MAJORITY * len(block.text)


def _without_idle_end(kept: list[Block]) -> list[Block]:
    """Return *kept* without what closes it: comment rules, headings that head nothing."""
    while len(kept) > 1 and (
        kept[-1].tag in HEADINGS
        or any(clutter.is_comment_rule(letters(block.text)) for block in kept[-2:])
    ):
        kept = kept[:-1]
    return kept
