"""Many terms found in one pass over a text."""

from collections.abc import Iterable

from scheduler.arabic.lexicon import PRONOUNS
from scheduler.arabic.phrases import TermSpec, WordSequence, in_number, separable
from scheduler.arabic.shapes import Shape, shape_of
from scheduler.arabic.words import WatchWord
from storage.text import raw_words, spans

_MEMO_SIZE = 200_000
_MEMORABLE = 64
_BEGINNING = 3

Place = tuple[int, int, int, int]
Anchored = tuple[tuple[int, WordSequence], ...]


class Finder:
    """Terms by their rarest word, so that a text need not be searched for each of them."""

    def __init__(self, specs: list[TermSpec]) -> None:
        self._anchors: dict[WatchWord, list[tuple[int, WordSequence]]] = {}
        for term, spec in enumerate(specs):
            for sequence in spec.sequences:
                anchor = sequence.words[sequence.anchor]
                self._anchors.setdefault(anchor, []).append((term, sequence))
        self._index = _AnchorIndex(self._anchors)
        self._memo = _Memo(self)

    def find(self, text: str) -> dict[int, list[Place]]:
        """Return, for each term found, first token, last token, start and end of its places."""
        raw = raw_words(text)
        candidates = [
            (place, anchored)
            for place, anchored in enumerate(map(self._memo.__getitem__, raw))
            if anchored
        ]
        if not candidates:
            return {}
        tokens = _Tokens(text, raw)
        found: dict[int, list[Place]] = {}
        for place, anchored in candidates:
            for term, sequence in anchored:
                first = place - sequence.anchor
                last = tokens.find(sequence, first)
                if last is not None:
                    span = (first, last, tokens.spans[first][0], tokens.spans[last][1])
                    found.setdefault(term, []).append(span)
        return found

    def anchored(self, raw: str) -> Anchored:
        """Return the terms of which the token may be the anchor."""
        shape = _SHAPES[raw]
        return tuple(
            pair
            for word in self._index.candidates(shape)
            if word.accepts(shape)
            for pair in self._anchors[word]
        )


class _AnchorIndex:
    """Words by the folded cores they accept; a few too many are found, none too few."""

    def __init__(self, words: Iterable[WatchWord]) -> None:
        self._whole: dict[str, list[WatchWord]] = {}
        self._cores: dict[str, list[WatchWord]] = {}
        self._beginnings: dict[str, list[WatchWord]] = {}
        for word in words:
            if word.truncated:
                for beginning in word.forms if word.inflects else (word.folded,):
                    self._beginnings.setdefault(beginning[:_BEGINNING], []).append(word)
            elif word.inflects:
                for form in word.forms:
                    self._cores.setdefault(form, []).append(word)
            else:
                self._whole.setdefault(word.folded, []).append(word)

    def candidates(self, shape: Shape) -> list[WatchWord]:
        """Return the words the token may stand for, each once."""
        found = dict.fromkeys(self._whole.get(shape.folded, ()))
        cores = {shape.folded, *(reading.core for reading in shape.readings)}
        for core in cores:
            found |= dict.fromkeys(self._cores.get(core, ()))
            for pronoun in PRONOUNS:
                if core.endswith(pronoun):
                    found |= dict.fromkeys(self._cores.get(core[: -len(pronoun)], ()))
            if self._beginnings:
                found |= dict.fromkeys(self._beginnings.get(core[:_BEGINNING], ()))
        return list(found)


class _Tokens:
    """The tokens of one text, looked at only as far as needed."""

    def __init__(self, text: str, raw: list[str]) -> None:
        self._text = text
        self._raw = raw
        self._spans: list[tuple[int, int]] | None = None

    @property
    def spans(self) -> list[tuple[int, int]]:
        if self._spans is None:
            self._spans = spans(self._text)
        return self._spans

    def find(self, sequence: WordSequence, first: int) -> int | None:
        if first < 0:
            return None
        if len(sequence.words) == 1:
            return first
        return sequence.find(first, self.shape, self.beside)

    def shape(self, place: int) -> Shape | None:
        return _SHAPES[self._raw[place]] if place < len(self._raw) else None

    def beside(self, place: int, following: int) -> bool:
        if following >= len(self._raw):
            return False
        between = self._text[self.spans[place][1] : self.spans[following][0]]
        return separable(between) or in_number(self._raw[place], between, self._raw[following])


class _Memo(dict[str, Anchored]):
    """What each word of a text may be the anchor of, remembered; emptied when full."""

    def __init__(self, finder: Finder) -> None:
        super().__init__()
        self._finder = finder

    def __missing__(self, raw: str) -> Anchored:
        found = self._finder.anchored(raw)
        if len(raw) <= _MEMORABLE:
            if len(self) >= _MEMO_SIZE:
                self.clear()
            self[raw] = found
        return found


class _Shapes(dict[str, Shape]):
    """The shapes of words met, remembered; emptied when full."""

    def __missing__(self, raw: str) -> Shape:
        shape = shape_of(raw)
        if len(raw) <= _MEMORABLE:
            if len(self) >= _MEMO_SIZE:
                self.clear()
            self[raw] = shape
        return shape


_SHAPES = _Shapes()
