"""What was made of each word met, so that it is made once."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Longer words are mistakes, and each another one.
LONGEST = 100


class Memory(dict[str, T]):
    """What *make* makes of each word; emptied when it holds *most* of them, so that it stays bounded.

    >>> memory = Memory(len, most=2)
    >>> memory["الفرات"], list(memory)
    (6, ['الفرات'])
    """

    def __init__(self, make: Callable[[str], T], *, most: int) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, word: str) -> T:
        made = self._make(word)
        if len(word) <= LONGEST:
            if len(self) >= self._most:
                self.forget()
            self[word] = made
        return made

    def forget(self) -> None:
        """Begin anew."""
        self.clear()
