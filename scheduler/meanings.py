"""What a token may be to the watches; asked once for each differing token."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from scheduler.arabic.forms import Use
from scheduler.arabic.lexicon import PRONOUNS
from scheduler.arabic.shapes import Shape, shape_of
from scheduler.arabic.words import WatchWord
from storage.memory import Memory

_SHAPES_KEPT = 100_000
_MEANINGS_KEPT = 200_000
_BEGINNING = 3

# What the words found so far demand of the next: an article was added, so that all further
# words have one; a plural stood, so that an adjective may be feminine.
State = tuple[bool, bool]
START: State = (False, False)


class Role:
    """A word of a watch, as one of the things a token may stand for."""

    __slots__ = ("_fixed", "word")

    def __init__(self, word: WatchWord) -> None:
        self.word = word
        # Words that stand unchanged when a phrase is made definite by its other words.
        self._fixed = not word.addable or word.has_no_article

    def states(self, use: int, state: State) -> list[State]:
        """Return the states in which a token used so may leave the phrase."""
        article, after_plural = state
        if not use or (use & Use.AGREES and not after_plural and not use & Use.PLURAL):
            return []
        plural = bool(use & (Use.PLURAL | Use.AGREES))
        if self._fixed:
            return [(article, plural)]
        states = []
        if use & Use.BARE and not article:
            states.append((False, plural))
        if use & Use.DEFINITE:
            states.append((True, plural))
        return states


class Pattern:
    """A spelling of a term, ready to be looked for round its anchor, the rarest of its words."""

    __slots__ = ("anchor", "gap", "neighbour", "others", "term", "words")

    def __init__(self, term: int, words: tuple[Role, ...], anchor: int, gap: int) -> None:
        self.term = term
        self.words = words
        self.anchor = anchor
        self.gap = gap
        # The other words by their distance from the anchor, the nearest first.
        away = ((place - anchor, word) for place, word in enumerate(words))
        self.others = tuple(sorted((pair for pair in away if pair[0]), key=_distance))
        # What must stand beside the anchor, on one side or the other.
        self.neighbour = None if gap or not self.others else self.others[0][1]


class Meaning(list[Pattern]):
    """The patterns of which a token may be the anchor, and its roles.

    True where there are such patterns: half the tokens of a text are some word of a long list, few
    are one that is looked for first. Kept so that looking at a token's neighbours touches little
    memory: most anchors stand beside other words than they ask for, and are passed over.
    """

    __slots__ = ("alone", "asked", "patterns", "roles", "uses")
    roles: frozenset[Role]
    uses: dict[Role, int]
    # By the neighbours they ask for, which are in *asked*, too; and those that ask for none.
    patterns: dict[Role, list[Pattern]]
    asked: frozenset[Role]
    alone: tuple[Pattern, ...]


def _meaning(uses: dict[Role, int], anchored: Collection[Pattern]) -> Meaning:
    found = Meaning(anchored)
    found.roles = frozenset(uses)
    found.uses = uses
    found.patterns = {}
    for pattern in anchored:
        if pattern.neighbour:
            found.patterns.setdefault(pattern.neighbour, []).append(pattern)
    found.asked = frozenset(found.patterns)
    found.alone = tuple(pattern for pattern in anchored if not pattern.neighbour)
    return found


# What nearly all tokens mean, and those before the first and behind the last.
NO_MEANING: Final = _meaning({}, ())


class Meanings(Memory[Meaning]):
    """What each token met means."""

    def __init__(self, roles: Iterable[Role], anchored: Mapping[Role, list[Pattern]]) -> None:
        super().__init__(lambda raw: self._of(_SHAPES[raw]), most=_MEANINGS_KEPT)
        self._index = _Index(roles)
        self._anchored = anchored
        self._known = {frozenset[tuple[Role, int]](): NO_MEANING}

    def forget(self) -> None:
        """Begin anew, with the meanings that tokens share, too."""
        super().forget()
        self._known = {frozenset(): NO_MEANING}

    def _of(self, shape: Shape) -> Meaning:
        uses = {role: role.word.accepts(shape) for role in self._index.candidates(shape)}
        taken = frozenset((role, use) for role, use in uses.items() if use)
        # Tokens that mean the same share one answer, which is then at hand in the processor.
        if taken not in self._known:
            self._known[taken] = self._new(dict(taken))
        return self._known[taken]

    def _new(self, uses: dict[Role, int]) -> Meaning:
        return _meaning(uses, [each for role in uses for each in self._anchored.get(role, ())])


class _Index:
    """Words by the folded cores they accept; a few too many are found, none too few."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self._whole: dict[str, list[Role]] = {}
        self._cores: dict[str, list[Role]] = {}
        self._beginnings: dict[str, list[Role]] = {}
        for role in roles:
            word = role.word
            if word.truncated:
                for beginning in word.forms if word.inflects else (word.folded,):
                    self._beginnings.setdefault(beginning[:_BEGINNING], []).append(role)
            elif word.inflects:
                for form in word.forms:
                    self._cores.setdefault(form, []).append(role)
            else:
                self._whole.setdefault(word.folded, []).append(role)

    def candidates(self, shape: Shape) -> list[Role]:
        """Return the words the token may stand for; one may be named twice."""
        found = list(self._whole.get(shape.folded, ()))
        for core in {shape.folded, *(reading.core for reading in shape.readings)}:
            found += self._cores.get(core, ())
            for pronoun in PRONOUNS:
                if core.endswith(pronoun):
                    found += self._cores.get(core[: -len(pronoun)], ())
            if self._beginnings:
                found += self._beginnings.get(core[:_BEGINNING], ())
        return found


# Of words met by whatever watches.
_SHAPES = Memory(shape_of, most=_SHAPES_KEPT)


def _distance(pair: tuple[int, Role]) -> int:
    return abs(pair[0])
