"""One text read for the terms whose rarest word was seen in it."""

from scheduler.arabic.forms import Use
from scheduler.arabic.phrases import in_number, separable
from scheduler.arabic.shapes import Shape, shape_of
from scheduler.arabic.words import WatchWord
from storage.text import pieces, trim

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


class Pattern:
    """A spelling of a term, ready to be looked for round its anchor, the rarest of its words."""

    __slots__ = ("anchor", "first_look", "gap", "others", "term", "words")

    def __init__(self, term: int, words: tuple[Acceptor, ...], anchor: int, gap: int) -> None:
        self.term = term
        self.words = words
        self.anchor = anchor
        self.gap = gap
        # The other words by their distance from the anchor, the nearest first.
        away = ((place - anchor, word) for place, word in enumerate(words))
        self.others = tuple(sorted((pair for pair in away if pair[0]), key=_distance))
        # Where to look before anything else: the nearest other word, or the anchor itself.
        self.first_look = (0, words[anchor]) if gap or not self.others else self.others[0]


class Reading:
    """The tokens of one text, and where patterns stand among them."""

    def __init__(self, text: str) -> None:
        self._pieces = pieces(text)
        self.raw = self._pieces[1::2]
        self._piece = 0
        self._offset = 0
        self._ends: dict[int, dict[tuple[int, int, State], int | None]] = {}
        self._hopeless: dict[int, bool] = {}

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return where the tokens from *first* to *last* stand."""
        start = self._offset_of(2 * first + 1)
        length = sum(map(len, self._pieces[2 * first + 1 : 2 * last + 1]))
        return start, start + length + len(trim(self.raw[last]))

    def _offset_of(self, piece: int) -> int:
        """Return where a piece begins, counted from the one asked for before."""
        if piece >= self._piece:
            self._offset += len("".join(self._pieces[self._piece : piece]))
        else:
            self._offset -= len("".join(self._pieces[piece : self._piece]))
        self._piece = piece
        return self._offset

    def last(self, pattern: Pattern, place: int) -> int | None:
        """Return the last token of an occurrence whose anchor is at *place*, if there is one.

        The pattern's first look has been taken.
        """
        if pattern.gap:
            return self._spread(pattern, place)
        if not pattern.others:
            return place
        first = place - pattern.anchor
        last = first + len(pattern.words) - 1
        if first < 0 or last >= len(self.raw):
            return None
        for distance, acceptor in pattern.others[1:]:
            if not acceptor[self.raw[place + distance]]:
                return None
        return last if self._agree(pattern, first, last) else None

    def _agree(self, pattern: Pattern, first: int, last: int) -> bool:
        states = [_START]
        for place, acceptor in enumerate(pattern.words, start=first):
            use = acceptor[self.raw[place]]
            states = [after for state in states for after in acceptor.states(use, state)]
        return bool(states) and all(self._beside(place) for place in range(first, last))

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
        between = self._pieces[2 * place + 2]
        if between == " ":
            return True
        return separable(between) or in_number(self.raw[place], between, self.raw[place + 1])


def _distance(pair: tuple[int, Acceptor]) -> int:
    return abs(pair[0])
