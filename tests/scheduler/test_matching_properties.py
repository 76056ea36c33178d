"""The matcher beside a plain reference, and in front of hostile input."""

import re
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler import meanings
from scheduler.matching import Document, WatchQuery, compile_watches, match_text
from scheduler.nodes import And, Except, Near, Not, Or, Term, Word, finds
from scheduler.query import candidate_terms, parse, print_query
from storage.stems import stems
from storage.text import fold, tokenize

# Words made for this test: they are in no list of names, plurals or collisions.
MASCULINE, FEMININE = "زمخشر", "زمخشة"
VOCABULARY = [MASCULINE, FEMININE, "كجول", "نضدج", "على", "حلب"]
ENDINGS = ["", "ه", "ها", "هم", "نا", "ات", "ان", "ين", "ون", "ا", "اً", "ي", "ك"]
HEADS = ["", "و", "ف", "ب", "ل", "ال", "وال", "بال", "لل", "ولل", "س", "م", "وب", "ولب"]
SEPARATORS = [" ", " ", " ", "_", " «", "» ", "\u00a0", ". ", "، ", "\n\n", "\n", " \u200f", "-"]


@st.composite
def tokens(draw):
    word = draw(st.sampled_from(VOCABULARY))
    ending = draw(st.sampled_from(ENDINGS)) if word not in ("على", "حلب") else ""
    if ending and word.endswith("ة"):
        word = word[:-1] + ("" if ending == "ات" else "ت")
    token = draw(st.sampled_from(HEADS)) + word + ending
    return draw(st.sampled_from([token, token, token[:2] + "\u064e" + token[2:], token + "\u0640"]))


TEXTS = st.lists(st.tuples(tokens(), st.sampled_from(SEPARATORS)), max_size=12).map(
    lambda pairs: "".join(token + separator for token, separator in pairs)
)
TERMS = st.builds(
    Term,
    st.lists(st.builds(Word, st.sampled_from(VOCABULARY)), min_size=1, max_size=2).map(tuple),
    st.sampled_from(["folded", "folded", "exact"]),
    st.sampled_from([None, 1, 2]),
)


def _grow(nodes):
    pairs = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        pairs.map(Or),
        pairs.map(And),
        nodes.map(Not),
        st.builds(Near, TERMS, TERMS, st.integers(1, 4)),
        st.builds(Except, nodes.filter(lambda node: not isinstance(node, Not)), TERMS),
    )


QUERIES = st.recursive(TERMS, _grow, max_leaves=6).filter(finds)


def bare(word):
    return "".join(c for c in unicodedata.normalize("NFC", word) if not "\u064b" <= c <= "\u0652")


class Reference:
    """Looks at every token for every term; knows nothing of anchors, memories or plans."""

    def __init__(self, text):
        found = list(re.finditer(r"[^\W_][\w\u064b-\u0652\u0640]*", text.replace("_", " ")))
        self.places = [match.span() for match in found]
        self.letters = [bare(match[0].replace("\u0640", "")) for match in found]
        self.folded = [word.replace("ة", "ه").replace("ى", "ي") for word in self.letters]
        gaps = [text[a[1] : b[0]] for a, b in zip(self.places, self.places[1:], strict=False)]
        self.joined = [not re.search(r"[.،]|\n\s*\n", gap) for gap in gaps]

    def same(self, word, place, mode, *, alone):
        if mode == "exact":
            return self.letters[place] == word
        folded = word.replace("ة", "ه").replace("ى", "ي")
        particle = alone and self.letters[place] == "على" != word
        return self.folded[place] == folded and not particle

    def ends(self, term, index, place):
        alone = len(term.words) == 1
        if not self.same(term.words[index].text, place, term.mode, alone=alone):
            return []
        if index == len(term.words) - 1:
            return [place]
        last = min(place + 1 + (term.gap or 0), len(self.folded) - 1)
        ends = []
        for following in range(place + 1, last + 1):
            if not all(self.joined[place:following]):
                break
            ends += self.ends(term, index + 1, following)
        return ends

    def hits(self, node, outside=()):
        if isinstance(node, Term):
            found = [
                (start, min(ends))
                for start in range(len(self.folded))
                if (ends := self.ends(node, 0, start))
            ]
            kept = [h for h in found if not any(o[0] <= h[0] and h[1] <= o[1] for o in outside)]
            return kept or None
        if isinstance(node, Not):
            return [] if self.hits(node.part, outside) is None else None
        if isinstance(node, Except):
            return self.hits(node.part, (*outside, *(self.hits(node.excepted) or ())))
        if isinstance(node, Near):
            pairs = [
                pair
                for a in self.hits(node.left, outside) or ()
                for b in self.hits(node.right, outside) or ()
                if 0 <= max(b[0] - a[1], a[0] - b[1]) - 1 <= node.distance
                for pair in (a, b)
            ]
            return pairs or None
        answers = [self.hits(part, outside) for part in node.parts]
        if isinstance(node, And) and None in answers:
            return None
        known = [answer for answer in answers if answer is not None]
        return [hit for answer in known for hit in answer] if known else None


@given(QUERIES, TEXTS)
@settings(max_examples=150, deadline=None)
def test_the_matcher_finds_what_a_plain_reference_finds(node, text):
    reference = Reference(text)
    hits = reference.hits(node)

    answer = compile_watches([WatchQuery("w", print_query(node))]).match(Document("", text))

    assert ("w" in answer) == (hits is not None)
    covered = {p for s in answer.get("w", ()) for p in range(s.start, s.end)}
    expected = {
        p
        for first, last in hits or ()
        for p in range(reference.places[first][0], reference.places[last][1])
    }
    assert covered == expected


def generated(word):
    """Return the tokens that count as *word*, alone in its term, spelled out one by one."""
    feminine = word.endswith("ة")
    stem = word[:-1] if feminine else word
    pronouns = ("ه", "ها", "هم", "هن", "هما", "نا", "كم", "كما")
    if feminine:
        free = {word, stem + "ات", stem + "تان", stem + "تين"}
        dual = (stem + "تا", stem + "تي")
        owned = {base + p for base in (stem + "ت", stem + "ات", *dual) for p in pronouns}
        # Before a noun.
        owned.update(dual)
    else:
        free = {word, word + "ات", word + "ون", word + "ين", word + "ان"}
        owned = {base + p for base in (word, word + "ات", word + "و", word + "ي") for p in pronouns}
        owned |= {word + "ا"}
    whole = {c + p + w for c in ("", "و", "ف") for p in ("", "ب", "ك", "ل") for w in free | owned}
    definite = {c + a + w for c in ("", "و", "ف") for a in ("ال", "بال", "كال", "لل") for w in free}
    return {fold(token) for token in whole | definite}


@given(st.sampled_from([MASCULINE, FEMININE]), TEXTS)
@settings(max_examples=150, deadline=None)
def test_an_inflected_word_is_found_where_its_forms_stand(word, text):
    forms = generated(word)
    expected = [t.start for t in tokenize(text) if t.folded in forms and not _ta_for_ha(t.raw)]

    assert [span.start for span in match_text(word, text)] == expected


def _ta_for_ha(raw):
    return bare(raw).rstrip("\u0640").endswith("ة") and bare(raw).rstrip("\u0640")[:-1].endswith(
        MASCULINE
    )


@given(QUERIES, TEXTS)
@settings(max_examples=100, deadline=None)
def test_spans_cut_whole_tokens_and_many_watches_answer_like_one(node, text):
    query = print_query(node)
    watches = [WatchQuery(str(place), q) for place, q in enumerate([query, "حلب", "كجول نضدج"])]
    together = compile_watches(watches).match(Document(text, ""))
    starts = {token.start for token in tokenize(text)}
    ends = {token.end for token in tokenize(text)}

    for watch in watches:
        alone = compile_watches([watch]).match(Document(text, ""))
        assert alone.get(watch.name) == together.get(watch.name)
    for span in together.get("0", ()):
        assert span.start in starts
        assert span.end in ends


def holds(demand, present):
    if demand is None:
        return True
    if demand.kind == "tokens":
        return any(
            any(word.startswith(token[:-1]) for word in present)
            if token.endswith("*")
            else token in present
            for token in demand.tokens
        )
    if demand.kind == "phrase":
        follow = zip(*(present[at:] for at in range(len(demand.parts))), strict=False)
        return any(all(map(holds, demand.parts, ([w] for w in found))) for found in follow)
    answers = [holds(part, present) for part in demand.parts]
    return all(answers) if demand.kind == "all" else any(answers)


@given(QUERIES, TEXTS, st.sampled_from(["inflected", "folded", "exact"]))
@settings(max_examples=150, deadline=None)
def test_candidates_never_miss_a_match(node, text, mode):
    plain = parse(re.sub(r"[+=]", "", print_query(node)))
    matched = compile_watches([WatchQuery("w", print_query(plain), mode=mode)]).match(
        Document("", text)
    )

    if matched:
        assert holds(candidate_terms(plain, mode=mode), stems(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("شرق الفرات", "لشرقي الفرات"),
        ("غارة جوية", "بغاراتها والغارات الجوية"),
        ("عبد الله أوجلان", "عبدالله أوجلان"),
        ("لجنة", "للجنة"),
        ("ديمقراط*", "والديمقراطية"),
        ("ينسحب", "وسينسحب"),
        ("@east_of_euphrates", "عبر الفرات إلى شرقي النهر"),
        ("headline:قسد AND site:sana", "لقسد"),
    ],
)
def test_candidates_hold_for_what_inflected_terms_find(query, text):
    document = Document(text, "", site="sana")
    assert compile_watches([WatchQuery("w", query)]).match(document)
    assert holds(candidate_terms(parse(query)), stems(text))


@pytest.mark.parametrize(
    "text",
    [
        "ش" * 5_000_000,
        "داع\u0640." * 500_000 + "\u0640ش",
        "\u0640" * 2_000_000,
        "\u064e" * 2_000_000,
        "قسد \u202e" * 200_000,
        "شرق " * 20_000 + "الفرات",
        "\ud800قسد " * 100_000,
        "\N{ARABIC LETTER QAF INITIAL FORM}\N{ARABIC LETTER SEEN MEDIAL FORM}" * 1_000_000,
        "(" * 2_000_000,
        "\n" * 2_000_000,
    ],
)
def test_hostile_texts_are_read_in_bounded_time(text):
    queries = ['"شرق شرق شرق الفرات"~20', '"شرق شرق شرق"~20', "ششش*", "شرق NEAR/100 قسد"]
    queries += ['قسد EXCEPT "قسد قسد"', "داعش"]
    matcher = compile_watches([WatchQuery(str(n), q) for n, q in enumerate(queries)])
    started = time.process_time()

    matcher.match(Document("", text))

    assert time.process_time() - started < 30


def test_threads_share_a_matcher_and_agree():
    matcher = compile_watches([WatchQuery(q, q) for q in ("شرق الفرات", '"شرق الفرات"~2', "قسد")])
    texts = [f"وشرقي نهر{n} الفرات لقسد{n % 7} وقسد شرق الفرات كلمة{n}" for n in range(300)]
    alone = [matcher.match(Document("", text)) for text in texts]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: matcher.match(Document("", text)), texts * 2))

    assert together == alone * 2


def test_memories_are_emptied_when_full(monkeypatch):
    monkeypatch.setattr(meanings, "_MEANINGS_KEPT", 50)
    monkeypatch.setattr(meanings, "_SHAPES_KEPT", 50)
    matcher = compile_watches([WatchQuery("w", "شرق الفرات")])
    text = " ".join(f"كلمة{n} شرق الفرات{n}" for n in range(500)) + " شرق الفرات"

    assert [span.text for span in matcher.match(Document("", text))["w"]] == ["شرق الفرات"]
    assert len(matcher._finder._meanings) <= 50
