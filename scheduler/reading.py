"""One text read for the terms whose rarest word was seen in it."""

from dataclasses import dataclass, field

from scheduler.arabic.forms import Use
from scheduler.arabic.phrases import WordSequence, in_number, separable
from scheduler.arabic.shapes import Shape, shape_of
from scheduler.arabic.words import WatchWord
from storage.text import spans

_MEMORABLE = 64
_SHAPES_KEPT = 100_000
_USES_KEPT = 1_000

_BARE, _DEFINITE = int(Use.BARE), int(Use.DEFINITE)
_PLURAL, _AGREES = int(Use.PLURAL), int(Use.AGREES)

# What the words found so far demand of the next: an article was added, so that all further
# words have one; a plural stood, so that an adjective may be feminine.
State = tuple[bool, bool]
_START: State = (False, False)


class Shapes(dict[str, Shape]):
    """The shapes of words met, remembered; emptied when full."""

    def __missing__(self, raw: str) -> Shape:
        shape = shape_of(raw)
        if len(raw) <= _MEMORABLE:
            if len(self) >= _SHAPES_KEPT:
                self.clear()
            self[raw] = shape
        return shape


SHAPES = Shapes()


class Acceptor(dict[str, int]):
    """A word of a watch, and how the tokens met stand for it; emptied when full."""

    def __init__(self, word: WatchWord) -> None:
        super().__init__()
        self.word = word
        # Words that stand unchanged when a phrase is made definite by its other words.
        self.fixed = not word.addable or word.has_no_article

    def __missing__(self, raw: str) -> int:
        use = int(self.word.accepts(SHAPES[raw]))
        if len(raw) <= _MEMORABLE:
            if len(self) >= _USES_KEPT:
                self.clear()
            self[raw] = use
        return use

    def states(self, use: int, state: State) -> list[State]:
        """Return the states in which a token used so may leave the phrase."""
        article, after_plural = state
        if not use or (use & _AGREES and not after_plural and not use & _PLURAL):
            return []
        plural = bool(use & (_PLURAL | _AGREES))
        if self.fixed:
            return [(article, plural)]
        states = []
        if use & _BARE and not article:
            states.append((False, plural))
        if use & _DEFINITE:
            states.append((True, plural))
        return states


@dataclass(frozen=True, eq=False, slots=True)
class Pattern:
    """A spelling of a term, ready to be looked for round its anchor."""

    term: int
    words: tuple[Acceptor, ...]
    anchor: int
    gap: int

    @classmethod
    def of(cls, term: int, sequence: WordSequence, words: tuple[Acceptor, ...]) -> "Pattern":
        return cls(term, words, sequence.anchor, sequence.gap)


@dataclass
class Reading:
    """The tokens of one text, looked at only as far as needed."""

    text: str
    raw: list[str]
    _spans: list[tuple[int, int]] | None = None
    _ends: dict[int, dict[tuple[int, int, State], int | None]] = field(default_factory=dict)
    _hopeless: dict[int, bool] = field(default_factory=dict)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where the tokens stand."""
        if self._spans is None:
            self._spans = spans(self.text)
        return self._spans

    def last(self, pattern: Pattern, place: int) -> int | None:
        """Return the last token of an occurrence whose anchor is at *place*, if there is one."""
        if len(pattern.words) == 1:
            return place
        if pattern.gap:
            return self._spread(pattern, place)
        return self._adjacent(pattern, place - pattern.anchor)

    def _adjacent(self, pattern: Pattern, first: int) -> int | None:
        words, raw = pattern.words, self.raw
        last = first + len(words) - 1
        if first < 0 or last >= len(raw):
            return None
        uses = []
        for acceptor, token in zip(words, raw[first : last + 1], strict=True):
            use = acceptor[token]
            if not use:
                return None
            uses.append(use)
        states = [_START]
        for acceptor, use in zip(words, uses, strict=True):
            states = [after for state in states for after in acceptor.states(use, state)]
        if not states:
            return None
        beside = all(self._beside(place) for place in range(first, last))
        return last if beside else None

    def _spread(self, pattern: Pattern, first: int) -> int | None:
        key = id(pattern)
        if key not in self._hopeless:
            tokens = set(self.raw)
            self._hopeless[key] = not all(
                any(acceptor[token] for token in tokens) for acceptor in pattern.words
            )
        if self._hopeless[key]:
            return None
        return self._end(pattern, 0, first, _START)

    def _end(self, pattern: Pattern, index: int, place: int, state: State) -> int | None:
        """Return where words from *index* on end that begin at *place*; the nearest wins.

        What is found is remembered for the text: from wherever one comes, the rest is the same.
        """
        known = self._ends.setdefault(id(pattern), {})
        key = (index, place, state)
        if key not in known:
            known[key] = self._look(pattern, index, place, state)
        return known[key]

    def _look(self, pattern: Pattern, index: int, place: int, state: State) -> int | None:
        acceptor = pattern.words[index]
        states = acceptor.states(acceptor[self.raw[place]], state)
        if not states or index == len(pattern.words) - 1:
            return place if states else None
        following = pattern.words[index + 1]
        for step in range(1, pattern.gap + 2):
            after = place + step
            if after >= len(self.raw) or not self._beside(after - 1):
                return None
            if following[self.raw[after]]:
                ends = (self._end(pattern, index + 1, after, state) for state in states)
                end = next((end for end in ends if end is not None), None)
                if end is not None:
                    return end
        return None

    def _beside(self, place: int) -> bool:
        """Tell whether only spaces, quotes and the like stand between a token and the next."""
        between = self.text[self.spans[place][1] : self.spans[place + 1][0]]
        return separable(between) or in_number(self.raw[place], between, self.raw[place + 1])
