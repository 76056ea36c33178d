"""A term of a watch as sequences of words, and where they stand among the tokens of a text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from scheduler.arabic import lexicon
from scheduler.arabic.words import EXACT, INFLECTED, WatchWord
from storage.text import fold, letters

# Between the words of a phrase: spaces, dashes, slashes, underscore, quotes, brackets and what
# is no text at all; a stop, comma, colon or blank line ends a phrase.
_between = re.compile(
    "[^\\S\u2029]*(?:[-_/\\\\#'\"`\u00b4\u2010-\u201f\u2039\u203a\u2032\u2033\u2212\u00ab\u00bb"
    "()\\[\\]{}<>\ufd3e\ufd3f\ufe31-\ufe44\u300c-\u300f"
    "\u0640\u064b-\u065f\u0670\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff][^\\S\u2029]*)*"
)
_blank_line = re.compile(r"\n[^\S\n]*\r?\n")
_in_number = re.compile("[.,:/\u066b\u066c]")
_VARIANTS = 8


@dataclass(frozen=True)
class TermSpec:
    """All that decides what one term finds."""

    words: tuple[tuple[str, bool], ...]  # as typed, and whether cut off by *
    mode: str = INFLECTED
    gap: int = 0
    name: bool | None = None
    number: bool = True

    @cached_property
    def sequences(self) -> tuple["WordSequence", ...]:
        """The spellings of the term: عبد الله as two words and as one."""
        spellings = [self.words] if self.mode == EXACT else _spellings(self.words)
        return tuple(WordSequence(self._watch_words(words), self.gap) for words in spellings)

    def _watch_words(self, words: Sequence[tuple[str, bool]]) -> tuple[WatchWord, ...]:
        definite = any(_typed_article(word) for word, _ in words)
        last = len(words) - 1
        named = self._names([fold(word) for word, _ in words])
        return tuple(
            WatchWord(
                typed=word,
                mode=self.mode,
                first=place == 0,
                last=place == last,
                alone=last == 0,
                addable=not (definite and last > 0),
                name=place in named,
                number=self.number,
                truncated=truncated,
            )
            for place, (word, truncated) in enumerate(words)
        )

    def _names(self, folded: Sequence[str]) -> frozenset[int]:
        """Return the places of words that are, or belong to, a proper name."""
        if self.name is not None:
            return frozenset(range(len(folded)) if self.name else ())
        known = lexicon.names()
        return frozenset(
            place
            for start in range(len(folded))
            for end in range(start + 1, min(len(folded), start + lexicon.longest_name()) + 1)
            if tuple(folded[start:end]) in known
            for place in range(start, end)
        )


@dataclass(frozen=True)
class WordSequence:
    """Words that stand beside each other, or at most *gap* words apart."""

    words: tuple[WatchWord, ...]
    gap: int = 0


def separable(text: str) -> bool:
    """Tell whether what stands between two words leaves them beside each other.

    >>> separable(" «"), separable("_"), separable(". "), separable(chr(10) * 2)
    (True, True, False, False)
    """
    if text == " ":
        return True
    return _between.fullmatch(text) is not None and not _blank_line.search(text)


def in_number(before: str, between: str, after: str) -> bool:
    """Tell whether a sign between two tokens belongs to a number, as in 1.5 and 12:30."""
    return before.isdigit() and after.isdigit() and _in_number.fullmatch(between) is not None


def _typed_article(word: str) -> bool:
    return WatchWord(word).has_article


def _spellings(words: tuple[tuple[str, bool], ...]) -> list[tuple[tuple[str, bool], ...]]:
    """Return the words with every عبد joined to the name after it, or apart from it."""
    pieces = _pieces(words)
    choices = [[(piece,)] if len(piece) == 1 else _apart_or_joined(piece) for piece in pieces]
    found = []
    for choice in product(*choices):
        found.append(tuple(word for part in choice for piece in part for word in piece))
        if len(found) == _VARIANTS:
            break
    return found


Piece = tuple[tuple[str, bool], ...]


def _pieces(words: tuple[tuple[str, bool], ...]) -> list[Piece]:
    """Cut the words so that عبد stands with the name after it."""
    pieces: list[Piece] = []
    place = 0
    while place < len(words):
        word, truncated = words[place]
        following = words[place + 1][0] if place + 1 < len(words) else ""
        plain = letters(word)
        if plain == "عبد" and not truncated and _typed_article_or_god(following):
            pieces.append((words[place], words[place + 1]))
            place += 2
            continue
        if plain.startswith("عبدال") and len(plain) > 6:
            pieces.append((("عبد", False), (plain[3:], truncated)))
        else:
            pieces.append((words[place],))
        place += 1
    return pieces


def _apart_or_joined(piece: Piece) -> list[tuple[Piece, ...]]:
    (servant, _), (name, truncated) = piece
    return [(piece,), (((letters(servant) + letters(name), truncated),),)]


def _typed_article_or_god(word: str) -> bool:
    return len(word) > 3 and letters(word).startswith("ال")
