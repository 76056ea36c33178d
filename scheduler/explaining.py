"""Why a query does, or does not, match a text: each term, where it was found or how nearly."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from scheduler.arabic.shapes import shape_of
from scheduler.arabic.words import EXACT, FOLDED, INFLECTED
from scheduler.matching import Document, Span, WatchQuery, compile_watches
from scheduler.nodes import Alias, Except, Near, Node, Not, Pack, Term, Within, parts
from scheduler.packs import shelf
from scheduler.phrases import Language
from scheduler.plans import Defaults, opened, spec_of
from scheduler.query import parse, print_query, print_term
from scheduler.reasons import reason
from scheduler.symbols import MAX_DISTANCE
from storage.text import letters, tokenize

_WIDER = {EXACT: (FOLDED, INFLECTED), FOLDED: (INFLECTED,), INFLECTED: ()}
_GAPS = (1, 2, 3, 5, 8)
_ALIKE = (
    ("ة/ه", "ةه"),
    ("ى/ي", "ىيی"),
    ("أ/إ/آ/ا", "أإآاٱ"),
    ("ؤ/ئ/ء", "ؤئء"),
    ("ک/ك", "کك"),
    ("ڤ/ف", "ڤف"),
    ("پ/ب", "پب"),
)


@dataclass(frozen=True)
class Note:
    """What became of one term: *status* is found, cancelled or missed."""

    term: str
    role: str  # wanted, unwanted (under NOT) or excepted
    status: str
    spans: tuple[Span, ...]
    words: str


@dataclass(frozen=True)
class Explanation:
    """Whether a query matches a text, where, and a note on each of its terms."""

    matches: bool
    spans: tuple[Span, ...]
    notes: tuple[Note, ...]
    query: str

    def json(self) -> dict[str, Any]:
        """Return it as `rasid watch explain --json` prints it."""
        return {
            "query": self.query,
            "match": self.matches,
            "spans": [span._asdict() for span in self.spans],
            "terms": [
                {
                    "term": note.term,
                    "role": note.role,
                    "status": note.status,
                    "found": [span.text for span in note.spans],
                    "note": note.words,
                }
                for note in self.notes
            ],
        }

    def lines(self) -> list[str]:
        """Return the explanation as sentences, the answer first."""
        answer = "matches" if self.matches else "does not match"
        return [f"{self.query}: {answer}", *(f"{note.term}: {note.words}" for note in self.notes)]


def explain(
    query: str,
    text: str,
    *,
    field: str = "body",
    mode: str = INFLECTED,
    gap: int = 0,
    exclude: tuple[str, ...] = (),
    name_switch: bool | None = None,
    number: bool = True,
    packs: Mapping[str, Alias] | None = None,
    language: Language = "en",
) -> Explanation:
    """Return why *query* does, or does not, match *text*, taken as the *field* of an article.

    The other options are those of a watch. Raises QueryError where the query cannot be read.

    >>> explain("=الرقة", "في الرقه").lines()[1]
    '=الرقة: would match الرقه but for ة/ه: mode folded'
    """
    watch = WatchQuery(
        "", query, mode=mode, gap=gap, exclude=exclude, name_switch=name_switch, number=number
    )
    return _Explainer(watch, text, field, packs, language).explain()


class _Explainer:
    def __init__(
        self,
        watch: WatchQuery,
        text: str,
        field: str,
        packs: Mapping[str, Alias] | None,
        language: Language,
    ) -> None:
        self.language = language
        self.watch = watch
        self.packs = shelf.shipped() if packs is None else packs
        self.field = field
        self.text = text
        self.document = Document(text, "") if field == "headline" else Document("", text)
        # Of the many wordings of a pack nobody is told which nearly matches, and looking takes long.
        self.looks_near = True

    def explain(self) -> Explanation:
        node = parse(self.watch.query)
        found = compile_watches([self.watch], packs=self.packs).match(self.document)
        notes = self._notes(node, "wanted", self.watch.fields)
        for phrase in self.watch.exclude:
            notes += self._notes(parse(phrase), "excepted", self.watch.fields)
        return Explanation(
            matches="" in found,
            spans=tuple(found.get("", ())),
            notes=tuple(notes),
            query=print_query(node),
        )

    def _notes(self, node: Node, role: str, fields: tuple[str, ...]) -> list[Note]:
        if isinstance(node, Term):
            return [self._note(node, role, fields)]
        if isinstance(node, Pack):
            return self._notes_of_pack(node, role, fields)
        if isinstance(node, Within):
            return self._notes(node.part, role, (node.field,))
        if isinstance(node, Not):
            return self._notes(node.part, "wanted" if role == "unwanted" else "unwanted", fields)
        if isinstance(node, Except):
            notes = self._notes(node.part, role, fields)
            return notes + self._notes(node.excepted, "excepted", fields)
        notes = [note for part in parts(node) for note in self._notes(part, role, fields)]
        return notes + self._distance(node, role) if isinstance(node, Near) else notes

    def _distance(self, node: Near, role: str) -> list[Note]:
        """Say how near to each other the parts are, where that is all that is missing."""
        if self._find(node) or not self._find(replace(node, distance=MAX_DISTANCE)):
            return []
        wider = range(node.distance, MAX_DISTANCE + 1)
        place = bisect_left(wider, 1, key=lambda d: len(self._find(replace(node, distance=d))) > 0)
        words = self._say("far", distance=wider[place])
        return [Note(print_query(node), role, "missed", (), words)]

    def _notes_of_pack(self, pack: Pack, role: str, fields: tuple[str, ...]) -> list[Note]:
        """A pack has many terms: those found say it all, else that none was found."""
        self.looks_near = False
        notes = self._notes(opened(pack, self.packs), role, fields)
        self.looks_near = True
        found = [note for note in notes if note.status != "missed"]
        words = self._say("no_wording")
        return found or [Note(f"@{pack.name}", role, "missed", (), words)]

    def _say(self, key: str, **values: object) -> str:
        return reason(self.language, key, **values)

    def _note(self, term: Term, role: str, fields: tuple[str, ...]) -> Note:
        shown = print_term(term)
        if self.field not in fields:
            names = self._say("comma").join(self._say(field) for field in fields)
            words = self._say("other_field", fields=names, field=self._say(self.field))
            return Note(shown, role, "missed", (), words)
        spans = tuple(self._find(term))
        if not spans:
            words = self._nearest_miss(term) if self.looks_near else ""
            return Note(shown, role, "missed", (), words)
        places = self._say("comma").join(f"{each.text} ({each.start}-{each.end})" for each in spans)
        if role == "wanted" and not self._find(term, exclude=self.watch.exclude):
            words = self._say("cancelled", places=places)
            return Note(shown, role, "cancelled", spans, words)
        words = self._say("found", places=places) + (self._say(role) if role != "wanted" else "")
        return Note(shown, role, "found", spans, words)

    def _find(
        self, term: Term | Near, *, text: str | None = None, exclude: tuple[str, ...] = ()
    ) -> list[Span]:
        watch = replace(self.watch, query=print_query(term), exclude=exclude, sites=())
        watch = replace(watch, fields=(self.field,))
        document = self.document
        if text is not None:
            document = Document(text, "") if self.field == "headline" else Document("", text)
        return compile_watches([watch], packs=self.packs).match(document).get("", [])

    def _nearest_miss(self, term: Term) -> str:
        """Return what would have to differ for the term to be found, the least first."""
        tries = (
            self._by_mode,
            self._by_switch,
            self._by_gap,
            self._by_sign,
            self._by_article,
            self._by_other_word,
        )
        for attempt in tries:
            if words := attempt(term):
                return words
        return self._by_words(term)

    def _by_mode(self, term: Term) -> str | None:
        mode = term.mode or self.watch.mode
        for wider in _WIDER[mode]:
            for span in self._find(replace(term, mode=wider)):
                if mode == EXACT and wider == FOLDED:
                    differing = self._difference(term, span.text)
                    return self._say("spelling", found=span.text, differing=differing)
                return self._say("clitics", found=span.text, mode=wider)
        return None

    def _by_switch(self, term: Term) -> str | None:
        for span in self._find(replace(term, name=False)):
            return self._say("name", found=span.text)
        for span in self._find(replace(term, number=True)):
            return self._say("number", found=span.text)
        return None

    def _by_gap(self, term: Term) -> str | None:
        if len(term.words) > 1:
            for gap in _GAPS:
                for span in self._find(replace(term, gap=gap)):
                    return self._say("gap", found=span.text, gap=gap)
        return None

    def _by_sign(self, term: Term) -> str | None:
        tokens = tokenize(self.text)
        for span in self._find(term, text=" ".join(token.raw for token in tokens)):
            return self._say("sign", found=span.text)
        return None

    def _by_article(self, term: Term) -> str | None:
        bare = tuple(replace(word, text=_without_article(word.text)) for word in term.words)
        if bare != term.words:
            shorter = replace(term, words=bare)
            for span in self._find(shorter):
                return self._say("article", found=span.text, typed=print_term(shorter))
        return None

    def _by_other_word(self, term: Term) -> str | None:
        """A token reads as clitic and watch, but is a word of its own."""
        watch = self.watch
        defaults = Defaults(watch.mode, (), watch.gap, watch.name_switch, watch.number)
        [sequence, *_] = spec_of(term, defaults).sequences
        [word, *rest] = sequence.words
        if not rest:
            unguarded = replace(word, alone=False)
            for token in tokenize(self.text):
                if unguarded.accepts(shape_of(token.raw)):
                    return self._say("own_word", found=token.raw, typed=word.typed)
        return None

    def _by_words(self, term: Term) -> str:
        """Say which words of the term are there, and what is most like the others."""
        tokens = {token.folded: token.raw for token in tokenize(self.text)}
        said, missing = [], len(term.words) == 1
        for word in term.words:
            alone = Term((word,), term.mode, None, term.name, term.number)
            if len(term.words) > 1 and (spans := self._find(alone)):
                said.append(self._say("there", word=word.text, found=spans[0].text))
                continue
            close = get_close_matches(
                " ".join(t.folded for t in tokenize(word.text)), tokens, 1, 0.6
            )
            nearest = self._say("nearest", found=tokens[close[0]]) if close else ""
            said.append(self._say("absent", word=word.text) + nearest)
            missing = True
        return self._say("comma").join(said) + ("" if missing else self._say("apart"))

    def _difference(self, term: Term, found: str) -> str:
        """Return in which letters the words typed and found differ."""
        typed = "".join(letters(word.text) for word in term.words)
        text = "".join(letters(token.raw) for token in tokenize(found))
        if typed == text:
            return self._say("marks")
        pairs = {(a, b) for a, b in zip(typed, text, strict=False) if a != b}
        named = [name for name, alike in _ALIKE if _differs_in(pairs, alike)]
        if any(a.isdigit() and b.isdigit() for a, b in pairs):
            named.append(self._say("digits"))
        return self._say("comma").join(named) or self._say("letters")


def _differs_in(pairs: Iterable[tuple[str, str]], alike: str) -> bool:
    return any(a in alike and b in alike for a, b in pairs)


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 4 else word
