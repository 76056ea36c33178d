"""One word of a watch, and whether a token of the text counts as it."""

import re
from dataclasses import dataclass
from functools import cached_property

from scheduler.arabic import lexicon
from scheduler.arabic.forms import Forms, Use, before_a_noun, common_forms, short_forms
from scheduler.arabic.lexicon import PRONOUNS
from scheduler.arabic.shapes import Reading, Shape
from storage.text import composed, fold, is_mark, letters

EXACT, FOLDED, INFLECTED = "exact", "folded", "inflected"
MODES = (EXACT, FOLDED, INFLECTED)

_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3]")
_ARTICLE = re.compile("[اٱ]ل...")
_FATHATAN = "\N{ARABIC FATHATAN}"
_NONE = 0


@dataclass(frozen=True)
class WatchWord:
    """A word as typed in a watch, with all that decides which tokens count as it."""

    typed: str
    mode: str = INFLECTED
    first: bool = True
    last: bool = True
    alone: bool = False  # the only word of its term
    addable: bool = True  # the article may be added
    name: bool = False
    number: bool = True
    truncated: bool = False

    @cached_property
    def folded(self) -> str:
        return fold(self.typed)

    @cached_property
    def letters(self) -> str:
        return letters(self.typed)

    @cached_property
    def inflects(self) -> bool:
        """A lone word of one or two letters is too short to be told apart with clitics on."""
        return self.mode == INFLECTED and (not self._is_short or not self.alone)

    @cached_property
    def _is_short(self) -> bool:
        return len(self.folded) <= 2

    @cached_property
    def _variants(self) -> tuple[str, ...]:
        """شرقي of شرق, أبي of أبو: what stands in front of the next word of a phrase only."""
        return () if self.last or self.truncated else before_a_noun(self.folded)

    @cached_property
    def has_article(self) -> bool:
        return _ARTICLE.match(self.letters) is not None

    @cached_property
    def has_no_article(self) -> bool:
        """Particles, numbers and foreign words stand unchanged in a phrase made definite."""
        return self.letters in lexicon.closed_class() or not _ARABIC.search(self.folded)

    @cached_property
    def forms(self) -> Forms:
        """The cores that count as this word; of a truncated word, the beginning they share."""
        if self._variants:
            return dict.fromkeys((self.folded, *self._variants), Use.BARE)
        if self.has_article:
            return self._definite_forms()
        if self.truncated or self.name or not _ARABIC.search(self.folded):
            use = Use.BARE if self.name else Use.BARE | Use.DEFINITE
            return {self.folded: self._allowed(use)}
        return {form: self._allowed(use) for form, use in self._common(self.folded).items()}

    def _definite_forms(self) -> Forms:
        """A typed article is never dropped: but ال may be the word's own (التزام)."""
        rest = self.folded[2:]
        plain = {rest: Use.DEFINITE} if self.name or self.truncated else self._common(rest)
        forms = {form: use & ~(Use.BARE | Use.STEM | Use.TANWIN) for form, use in plain.items()}
        forms = {form: use for form, use in forms.items() if use & Use.DEFINITE}
        forms[self.folded] = Use.BARE
        if self.folded in lexicon.article_words():
            for form, use in self._common(self.folded).items():
                forms[form] = forms.get(form, _NONE) | self._allowed(use)
        return forms

    def _common(self, word: str) -> Forms:
        if len(word) <= 2 and self._is_short:
            return short_forms(word, number=self.number)
        return common_forms(
            word,
            self.letters,
            first=self.first,
            last=self.last,
            number=self.number,
            definite=not self.addable,
        )

    def _allowed(self, use: int) -> int:
        if not self.addable:
            use &= ~Use.DEFINITE
        return use if self.last else use & ~Use.STEM

    def accepts(self, shape: Shape) -> int:
        """Return how the token stands for this word; nothing (0) if it does not."""
        if self.mode == EXACT:
            return Use.BARE if self._same_letters(shape) else _NONE
        if not self.inflects:
            return self._accepts_folded(shape)
        use = _NONE
        for reading in shape.readings:
            if self._may_be_read(reading):
                use |= self._accepts_reading(shape, reading)
        return use

    def _accepts_folded(self, shape: Shape) -> int:
        same = (
            shape.folded.startswith(self.folded) if self.truncated else shape.folded == self.folded
        )
        return Use.BARE if same and not self._is_particle(shape.letters) else _NONE

    def _may_be_read(self, reading: Reading) -> bool:
        if reading.clitic and not self.first:
            return False
        return not reading.future or (
            not self.name and not self.has_article and self.folded[0] in "يتنا"
        )

    def _accepts_reading(self, shape: Shape, reading: Reading) -> int:
        use = self._truncated_use(reading) if self.truncated else self._core_use(shape, reading)
        if not use:
            return _NONE
        if self.alone and self._collides(shape, reading):
            return _NONE
        start = len(shape.folded) - len(reading.core)
        return _NONE if self._is_particle(shape.letters[start:]) else use

    def _collides(self, shape: Shape, reading: Reading) -> bool:
        """Tell whether what is read as clitics belongs to another word.

        Asked of one-word terms: a phrase tells by its other words.
        """
        known = lexicon.collisions()
        return any(shape.folded[cut:] in known for cut in reading.cuts)

    def _core_use(self, shape: Shape, reading: Reading) -> int:
        use = self.forms.get(reading.core, _NONE)
        carried = use & (Use.PLURAL | Use.AGREES)
        if reading.definite:
            return Use.DEFINITE | carried if use & Use.DEFINITE else _NONE
        if self.name and shape.tanwin and reading.core.endswith("ا"):
            # درعاً is a shield and تركياً Turkish: no name in ا takes tanwin.
            return _NONE
        if use & Use.BARE or (use & Use.TANWIN and shape.tanwin):
            return Use.BARE | carried
        return self._pronoun_use(shape, reading.core) if self.last else _NONE

    def _pronoun_use(self, shape: Shape, core: str) -> int:
        """A pronoun may follow; but ة is no ه, حلبة no "its milk"."""
        for pronoun in PRONOUNS:
            if core.endswith(pronoun) and not (pronoun == "ه" and shape.letters[-1] == "ة"):
                use = self.forms.get(core[: -len(pronoun)], _NONE)
                if use & Use.STEM:
                    return Use.BARE | (use & Use.PLURAL)
        return _NONE

    def _truncated_use(self, reading: Reading) -> int:
        for beginning, use in self.forms.items():
            wanted = Use.DEFINITE if reading.definite else Use.BARE
            if use & wanted and reading.core.startswith(beginning):
                return wanted
        return _NONE

    def _is_particle(self, written: str) -> bool:
        """A one-word watch is never met by a particle spelled differently (علي by على)."""
        return (
            self.alone
            and not self.truncated
            and written != self.letters
            and written in lexicon.closed_class()
        )

    def _same_letters(self, shape: Shape) -> bool:
        if self.truncated:
            return shape.letters.startswith(self.letters)
        return shape.letters == self.letters and self._has_typed_marks(shape.raw)

    @cached_property
    def _typed_marks(self) -> list[set[str]]:
        return marks_by_letter(self.typed)

    def _has_typed_marks(self, raw: str) -> bool:
        if not any(self._typed_marks):
            return True
        pairs = zip(self._typed_marks, marks_by_letter(raw), strict=True)
        return all(typed <= found for typed, found in pairs)


def marks_by_letter(raw: str) -> list[set[str]]:
    """Return the marks on each letter of a word; tanwin before a final alef is the alef's."""
    marks: list[set[str]] = []
    plain = letters(raw)
    kept = set(plain)
    for character in composed(raw):
        if is_mark(character):
            if marks:
                marks[-1].add(character)
        elif character in kept:
            marks.append(set())
    if plain[-1:] == "ا" and len(marks) > 1 and _FATHATAN in marks[-2]:
        marks[-2].discard(_FATHATAN)
        marks[-1].add(_FATHATAN)
    return marks
