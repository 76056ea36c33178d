"""What a full-text index of stems (`storage.stems`) can be asked on behalf of a query.

The index only narrows down what the matcher then looks at: its answer may hold too much, never
too little.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Candidates:
    """A demand on the stems of an article's headline and body.

    ``tokens``: one of *tokens* occurs, or one that begins with it where ``*`` ends it.
    ``all``, ``any``: all, or any, of *parts* hold. ``phrase``: all of them, which are
    ``tokens``, of words that follow each other in the headline or in the body.
    """

    kind: Literal["tokens", "all", "any", "phrase"]
    tokens: frozenset[str] = frozenset()
    parts: tuple["Candidates", ...] = ()
