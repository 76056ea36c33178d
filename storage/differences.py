"""What changed between two texts, word by word. Pure."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Kind = Literal["equal", "insert", "delete", "replace"]

# A word with the space behind it: together, the whole text. Spaces alone would each match
# all others, and long texts take for ever.
PIECE = re.compile(r"\S+\s*|\s+")


class Change(NamedTuple):
    """A stretch of both texts; one of the two is empty for an insertion or a deletion.

    Positions are code points: `old_text[old_start:old_end] == old`.
    """

    kind: Kind
    old_start: int
    old_end: int
    new_start: int
    new_end: int
    old: str
    new: str


def differences(old: str, new: str) -> Iterator[Change]:
    """Yield the stretches that make up *old* and *new*, equal and changed ones, in order.

    >>> [(c.kind, c.old, c.new) for c in differences("قُتل 5 مدنيين", "قُتل 7 مدنيين")]
    [('equal', 'قُتل ', 'قُتل '), ('replace', '5 ', '7 '), ('equal', 'مدنيين', 'مدنيين')]
    """
    before, after = PIECE.findall(old), PIECE.findall(new)
    old_at = new_at = 0
    for kind, low, high, new_low, new_high in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        gone, come = "".join(before[low:high]), "".join(after[new_low:new_high])
        old_end, new_end = old_at + len(gone), new_at + len(come)
        yield Change(kind, old_at, old_end, new_at, new_end, gone, come)
        old_at, new_at = old_end, new_end
