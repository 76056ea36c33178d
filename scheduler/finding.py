"""Many terms found in one pass over a text."""

from collections import Counter
from collections.abc import Iterable
from itertools import compress

from scheduler.arabic import lexicon
from scheduler.arabic.lexicon import PRONOUNS
from scheduler.arabic.phrases import TermSpec, WordSequence
from scheduler.arabic.shapes import Shape
from scheduler.arabic.words import WatchWord
from scheduler.reading import SHAPES, Acceptor, Pattern, Reading
from scheduler.skimming import letters_of, parts_with

_MEMO_SIZE = 200_000
_MEMORABLE = 64
_BEGINNING = 3

Place = tuple[int, int, int, int]
# How far from its anchor a pattern is looked at first, by which word, and the pattern.
Candidate = tuple[int, Acceptor, Pattern]
_NOTHING = [""] * 64


class Finder:
    """Terms by their rarest word, so that a text need not be searched for each of them."""

    def __init__(self, specs: list[TermSpec], *, places: bool = True) -> None:
        """Get ready; *places* tells whether it matters how many words stand between two places."""
        self._acceptors: dict[WatchWord, Acceptor] = {}
        self._anchored: dict[int, list[Candidate]] = {}
        sequences = [
            (term, sequence) for term, spec in enumerate(specs) for sequence in spec.sequences
        ]
        rarity = _Rarity(sequence for _, sequence in sequences)
        for term, sequence in sequences:
            words = tuple(map(self._acceptor, sequence.words))
            pattern = Pattern(term, words, rarity.anchor(sequence), sequence.gap)
            candidates = self._anchored.setdefault(id(words[pattern.anchor]), [])
            candidates.append((*pattern.first_look, pattern))
        anchors = [word for word in self._acceptors.values() if id(word) in self._anchored]
        self._index = _AnchorIndex(anchors)
        self._letters = None if places else letters_of(acceptor.word for acceptor in anchors)
        self._memo = _Memo(self)

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
        reading = Reading(text)
        anchored = list(map(self._memo.__getitem__, reading.raw))
        # So that a look before the first or behind the last token finds nothing.
        raw = reading.raw + _NOTHING
        for place in compress(range(len(anchored)), anchored):
            for distance, acceptor, pattern in anchored[place]:
                if not acceptor[raw[place + distance]]:
                    continue
                last = reading.last(pattern, place)
                if last is not None:
                    first = place - pattern.anchor
                    start, end = reading.span(first, last)
                    span = (first + offset, last + offset, start + offset, end + offset)
                    found.setdefault(pattern.term, []).append(span)

    def candidates(self, raw: str) -> tuple[Candidate, ...]:
        """Return the patterns of which the token may be the anchor, each with its first look."""
        shape = SHAPES[raw]
        return tuple(
            candidate
            for acceptor in self._index.candidates(shape)
            if acceptor.word.accepts(shape)
            for candidate in self._anchored[id(acceptor)]
        )

    def _acceptor(self, word: WatchWord) -> Acceptor:
        if word not in self._acceptors:
            self._acceptors[word] = Acceptor(word)
        return self._acceptors[word]


class _Rarity:
    """Which word of a term is the rarest, so far as can be told without a corpus."""

    def __init__(self, sequences: Iterable[WordSequence]) -> None:
        self._uses = Counter(word.folded for sequence in sequences for word in sequence.words)

    def anchor(self, sequence: WordSequence) -> int:
        if sequence.gap:
            return 0
        ranks = [self._rank(word) for word in sequence.words]
        return ranks.index(min(ranks))

    def _rank(self, word: WatchWord) -> tuple[int, int, int]:
        """Common words last; then those that few terms share; then the longest."""
        folded = word.folded
        return lexicon.frequent().get(folded, 0), self._uses[folded], -len(folded)


class _AnchorIndex:
    """Words by the folded cores they accept; a few too many are found, none too few."""

    def __init__(self, acceptors: Iterable[Acceptor]) -> None:
        self._whole: dict[str, list[Acceptor]] = {}
        self._cores: dict[str, list[Acceptor]] = {}
        self._beginnings: dict[str, list[Acceptor]] = {}
        for acceptor in acceptors:
            word = acceptor.word
            if word.truncated:
                for beginning in word.forms if word.inflects else (word.folded,):
                    self._beginnings.setdefault(beginning[:_BEGINNING], []).append(acceptor)
            elif word.inflects:
                for form in word.forms:
                    self._cores.setdefault(form, []).append(acceptor)
            else:
                self._whole.setdefault(word.folded, []).append(acceptor)

    def candidates(self, shape: Shape) -> list[Acceptor]:
        """Return the words the token may stand for, each once."""
        found = list(self._whole.get(shape.folded, ()))
        for core in {shape.folded, *(reading.core for reading in shape.readings)}:
            found += self._cores.get(core, ())
            for pronoun in PRONOUNS:
                if core.endswith(pronoun):
                    found += self._cores.get(core[: -len(pronoun)], ())
            if self._beginnings:
                found += self._beginnings.get(core[:_BEGINNING], ())
        return list({id(acceptor): acceptor for acceptor in found}.values())


class _Memo(dict[str, tuple[Candidate, ...]]):
    """What each word of a text may be the anchor of, remembered; emptied when full."""

    def __init__(self, finder: Finder) -> None:
        super().__init__()
        self._finder = finder

    def __missing__(self, raw: str) -> tuple[Candidate, ...]:
        found = self._finder.candidates(raw)
        if len(raw) <= _MEMORABLE:
            if len(self) >= _MEMO_SIZE:
                self.clear()
            self[raw] = found
        return found
