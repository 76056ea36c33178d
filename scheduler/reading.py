"""One text read for the terms whose rarest word was seen in it."""

from collections.abc import Iterator
from functools import cached_property
from itertools import compress

from scheduler.arabic.phrases import in_number, separable
from scheduler.meanings import NO_MEANING, START, Meanings, Pattern, Role, State
from storage.text import pieces, trim


class Reading:
    """The tokens of one text, and where patterns stand among them."""

    def __init__(self, text: str, meanings: Meanings) -> None:
        self._pieces = pieces(text)
        self.raw = self._pieces[1::2]
        # So that what is before the first and behind the last means nothing.
        self._tokens = [*map(meanings.__getitem__, self.raw), NO_MEANING]
        self._piece = 0
        self._offset = 0
        self._ends: dict[int, dict[tuple[int, int, State], int | None]] = {}

    def candidates(self) -> Iterator[tuple[int, Pattern]]:
        """Yield the anchors' places, each with patterns of which a neighbour stands there, too."""
        tokens = self._tokens
        for place in compress(range(len(tokens)), tokens):
            token = tokens[place]
            for pattern in token.alone:
                yield place, pattern
            before, after = tokens[place - 1], tokens[place + 1]
            # Nearly all anchors stand beside other words, most of which mean nothing.
            if before is after is NO_MEANING:
                continue
            asked = token.asked
            if before.roles.isdisjoint(asked) and after.roles.isdisjoint(asked):
                continue
            for neighbour in asked.intersection(before.roles | after.roles):
                for pattern in token.patterns[neighbour]:
                    yield place, pattern

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
        """Return the last token of an occurrence whose anchor is at *place*, if there is one."""
        if pattern.gap:
            return self._spread(pattern, place)
        if not pattern.others:
            return place
        first = place - pattern.anchor
        last = first + len(pattern.words) - 1
        if first < 0 or last >= len(self.raw):
            return None
        for distance, word in pattern.others:
            if word not in self._tokens[place + distance].roles:
                return None
        return last if self._agree(pattern, first, last) else None

    def _agree(self, pattern: Pattern, first: int, last: int) -> bool:
        states = [START]
        for place, word in enumerate(pattern.words, start=first):
            use = self._tokens[place].uses.get(word, 0)
            states = [after for state in states for after in word.states(use, state)]
        return bool(states) and all(self._beside(place) for place in range(first, last))

    @cached_property
    def _present(self) -> frozenset[Role]:
        return frozenset().union(*(token.roles for token in self._tokens))

    def _spread(self, pattern: Pattern, first: int) -> int | None:
        if not self._present.issuperset(pattern.words):
            return None
        return self._end(pattern, 0, first, START)

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
        word = pattern.words[index]
        states = word.states(self._tokens[place].uses.get(word, 0), state)
        if not states or index == len(pattern.words) - 1:
            return place if states else None
        following = pattern.words[index + 1]
        for step in range(1, pattern.gap + 2):
            after = place + step
            if after >= len(self.raw) or not self._beside(after - 1):
                return None
            if following in self._tokens[after].roles:
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
