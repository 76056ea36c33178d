"""Many terms found in one pass over a text."""

from collections import Counter
from collections.abc import Iterable

from scheduler.arabic import lexicon
from scheduler.arabic.phrases import TermSpec, WordSequence
from scheduler.arabic.words import WatchWord
from scheduler.meanings import Meanings, Pattern, Role
from scheduler.reading import Reading
from scheduler.skimming import letters_of, parts_with

Place = tuple[int, int, int, int]


class Finder:
    """Terms by their rarest word, so that a text need not be searched for each of them."""

    def __init__(self, specs: list[TermSpec], *, places: bool = True) -> None:
        """Get ready; *places* tells whether it matters how many words stand between two places."""
        known: dict[WatchWord, Role] = {}
        patterns: dict[Role, list[Pattern]] = {}
        sequences = [
            (term, sequence) for term, spec in enumerate(specs) for sequence in spec.sequences
        ]
        rarity = _Rarity(sequence for _, sequence in sequences)
        for term, sequence in sequences:
            words = tuple(known.setdefault(word, Role(word)) for word in sequence.words)
            pattern = Pattern(term, words, rarity.anchor(sequence), sequence.gap)
            patterns.setdefault(words[pattern.anchor], []).append(pattern)
        self._letters = None if places else letters_of(role.word for role in patterns)
        self._meanings = Meanings(known.values(), patterns)

    def find(self, text: str) -> dict[int, list[Place]]:
        """Return, for each term found, first token, last token, start and end of its places."""
        found: dict[int, list[Place]] = {}
        if self._letters is None:
            self._read(text, 0, found)
        else:
            for start, part in parts_with(self._letters, text):
                self._read(part, start, found)
        return found

    def _read(self, text: str, offset: int, found: dict[int, list[Place]]) -> None:
        """Add to *found* what stands in a part of a text that begins at *offset*.

        Tokens are counted from there, too: no part has as many of them as characters.
        """
        reading = Reading(text, self._meanings)
        for place, pattern in reading.candidates():
            last = reading.last(pattern, place)
            if last is not None:
                first = place - pattern.anchor
                start, end = reading.span(first, last)
                span = (first + offset, last + offset, start + offset, end + offset)
                found.setdefault(pattern.term, []).append(span)


class _Rarity:
    """Which word of a term is the rarest, so far as can be told without a corpus."""

    def __init__(self, sequences: Iterable[WordSequence]) -> None:
        self._uses = Counter(word.folded for sequence in sequences for word in sequence.words)

    def anchor(self, sequence: WordSequence) -> int:
        if sequence.gap or len(sequence.words) == 1:
            return 0
        ranks = [self._rank(word) for word in sequence.words]
        return ranks.index(min(ranks))

    def _rank(self, word: WatchWord) -> tuple[float, int, int]:
        """Common words last; then those that few terms share; then the longest."""
        forms = word.forms if word.inflects else (word.folded,)
        frequency = lexicon.frequencies()
        common = sum(frequency.get(form, 0) + frequency.get("ال" + form, 0) for form in forms)
        return common, self._uses[word.folded], -len(word.folded)
