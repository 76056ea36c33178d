"""The query language: read, printed, refused."""

import time
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.faults import FAULTS, worded
from scheduler.matching import WatchQuery, compile_watches
from scheduler.nodes import And, Except, Near, Not, Or, Pack, Term, Within, Word, finds
from scheduler.query import MAX_DEPTH, MAX_TERMS, MAX_WORDS, parse, phrase, print_query
from scheduler.symbols import MAX_DISTANCE, MAX_GAP, MAX_LENGTH
from storage.errors import QueryError


def read(text):
    try:
        return parse(text), ""
    except QueryError as error:
        return None, str(error)


def term(*words, **options):
    return Term(tuple(Word(word) for word in words), **options)


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("شرق الفرات", term("شرق", "الفرات")),
        ('"شرق الفرات"', term("شرق", "الفرات")),
        ("«شرق الفرات»", term("شرق", "الفرات")),
        ("“شرق الفرات”", term("شرق", "الفرات")),
        ("#شرق_الفرات", term("شرق", "الفرات")),
        ("دير-الزور", term("دير", "الزور")),
        ("\u200fشرق\u200f الفرات\u202c", term("شرق", "الفرات")),
        ("=قسد", term("قسد", mode="exact")),
        ("+قسد", term("قسد", mode="folded")),
        ('="شرق الفرات"', term("شرق", "الفرات", mode="exact")),
        ("حمص{name}", term("حمص", name=True)),
        ("غارة{number=off, name=off}", term("غارة", number=False, name=False)),
        ('"شرق الفرات"~1', term("شرق", "الفرات", gap=1)),
        ("شرق الفرات~2{name}", term("شرق", "الفرات", gap=2, name=True)),
        ("ديمقراط*", Term((Word("ديمقراط", truncated=True),))),
        ("قسد OR داعش", Or((term("قسد"), term("داعش")))),
        ("قسد|داعش || حماس", Or((term("قسد"), term("داعش"), term("حماس")))),
        ("قسد & داعش", And((term("قسد"), term("داعش")))),
        ("قسد AND NOT داعش", And((term("قسد"), Not(term("داعش"))))),
        ("قسد AND !داعش", And((term("قسد"), Not(term("داعش"))))),
        ("\u200fقسد \u200eOR\u200e داعش", Or((term("قسد"), term("داعش")))),
        ("قسد NEAR/8 الرقة", Near(term("قسد"), term("الرقة"), 8)),
        ('حماة EXCEPT "حماة الوطن"', Except(term("حماة"), term("حماة", "الوطن"))),
        ("headline:قسد", Within("headline", term("قسد"))),
        ("headline:(قسد OR داعش)", Within("headline", Or((term("قسد"), term("داعش"))))),
        ("headline: قسد", Within("headline", term("قسد"))),
        ("عاجل: قسد", term("عاجل", "قسد")),
        ("قسد \ud800 — داعش", term("قسد", "داعش")),
        ("site:north-press", Within("site", term("north", "press"))),
        ("@east_of_euphrates", Pack("east_of_euphrates")),
        ('"OR"', term("OR")),
        ("a OR b AND NOT c", Or((term("a"), And((term("b"), Not(term("c"))))))),
        ("(a OR b) AND c", And((Or((term("a"), term("b"))), term("c")))),
        ("a AND NOT b NEAR/2 c", And((term("a"), Not(Near(term("b"), term("c"), 2))))),
        ("عاجل!", term("عاجل")),
        ("ماذا حدث؟", term("ماذا", "حدث")),
        ("12:30", term("12", "30")),
        ("1,000 ليرة", term("1", "000", "ليرة")),
    ],
)
def test_a_query_says(query, node):
    assert parse(query) == node


@pytest.mark.parametrize(
    ("query", "normal"),
    [
        ("شرق   الفرات", '"شرق الفرات"'),
        ("=شرق الفرات~1{name,number=off}", '="شرق الفرات"~1{name,number=off}'),
        ("a | (b & !c)", "a OR b AND NOT c"),
        ("(a | b) & c", "(a OR b) AND c"),
        ("!(a | b) & c", "NOT (a OR b) AND c"),
        ("headline:(a | b) NEAR/3 c", "headline:(a OR b) NEAR/3 c"),
        ("a EXCEPT (b | c)", "a EXCEPT (b OR c)"),
        ("a NEAR/3 (b NEAR/2 c)", "a NEAR/3 (b NEAR/2 c)"),
        ("(a NEAR/3 b) NEAR/2 c", "a NEAR/3 b NEAR/2 c"),
        ("قوات ديمقراط*", '"قوات ديمقراط*"'),
        ('"NEAR"', '"NEAR"'),
        ("@sdf OR قسد", "@sdf OR قسد"),
    ],
)
def test_a_query_has_one_normal_form(query, normal):
    assert print_query(parse(query)) == normal
    assert print_query(parse(normal)) == normal


@pytest.mark.parametrize(
    ("query", "column", "message"),
    [
        ("", 1, "the query is empty"),
        ("  \u200f ", 1, "the query is empty"),
        ('قسد OR "شرق الفرات', 8, 'the quote opened here is not closed; add "'),
        ("«شرق", 1, "not closed; add »"),
        ("(قسد OR داعش", 1, "the parenthesis opened here is not closed; add \\)"),
        ("قسد)", 4, "no parenthesis is open here"),
        ("()", 1, "nothing stands between the parentheses"),
        ("قسد OR", 7, "words to look for are missing after OR; did you mean: قسد"),
        ("OR قسد", 1, 'OR cannot stand here.*"OR"'),
        ("قسد AND OR داعش", 9, "OR cannot stand here after AND"),
        ("NOT قسد", 1, "NOT alone.*دمشق AND NOT قسد"),
        ("قسد OR NOT داعش", 1, "NOT alone.*دمشق AND NOT داعش"),
        ("!قسد & !داعش", 1, "NOT alone"),
        ("NOT headline:قسد", 1, "NOT alone"),
        ('قسد "شرق الفرات"', 5, 'did you mean: قسد AND "شرق الفرات"'),
        ("قسد (داعش)", 5, "did you mean: قسد AND"),
        ('""', 1, "no word stands here"),
        ("؟؟", 1, "no word stands here"),
        ("headlines:قسد", 1, "unknown field 'headlines'; did you mean headline:"),
        ("foo:قسد", 1, "the fields are headline, body"),
        ("headline:(body:قسد)", 11, "body: stands inside headline:"),
        ("headline:", 10, "words to look for are missing|no word"),
        ("قسد~", 4, "~ takes the number"),
        (f"قسد~{MAX_GAP + 1}", 4, "~ takes the number"),
        ("قسد NEAR الرقة", 5, "NEAR takes a number"),
        ("قسد NEAR/x الرقة", 5, "NEAR takes a number"),
        ("قسد NEAR/ الرقة", 5, "NEAR takes a number"),
        ("~3", 1, "~n and {switches} stand right after a term"),
        (f"قسد NEAR/{MAX_DISTANCE + 1} الرقة", 5, "NEAR takes a number"),
        ("قسد NEAR/2 (NOT داعش)", 5, "NEAR stands between things to find"),
        ("حمص{names}", 4, "unknown switch {names}"),
        ("حمص{name", 4, "a switch is written {name}"),
        ("حمص}", 4, "a switch is written {name}"),
        ("ab*", 1, "ab\\* is too short"),
        ("قسد، داعش", 1, "، is no operator; write OR"),
        ("قسد،داعش", 1, "، is no operator; write OR"),
        ("قسد -داعش", 5, "write NOT داعش"),
        ("قسد or داعش", 5, "capitals; write OR"),
        ("@", 1, "@ stands before the name"),
        ("= ", 1, "words to look for are missing|no word"),
        ("ق" * 65, 1, "no word has more than 64 letters"),
        (" ".join(["قسد"] * (MAX_WORDS + 1)), 1, "a phrase of 25 words"),
    ],
)
def test_a_query_that_cannot_be_read_says_where_and_what_instead(query, column, message):
    with pytest.raises(QueryError, match=message) as caught:
        parse(query)

    assert caught.value.column == column
    assert str(caught.value).startswith(f"column {column}: ")
    str(caught.value).encode("utf-8")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("ق" * 100_000, f"{MAX_LENGTH:,} are allowed"),
        ("(" * 10_000, f"more than {MAX_DEPTH} levels"),
        ("!" * 10_000 + "a", f"more than {MAX_DEPTH} levels"),
        ("a NEAR/1 " * 100 + "b", f"more than {MAX_DEPTH} levels"),
        ("|".join(["a"] * (MAX_TERMS + 1)), f"more than {MAX_TERMS:,} terms"),
        ('"' * 19_999, "the quote opened here is not closed"),
        ('"' * 20_000, "no word stands here"),
        ("~" * 19_999, "~ takes the number"),
        ("{" * 19_999, "a switch is written"),
        ("\u202e" * 19_999, "the query is empty"),
        ("a " * 9_999, "a phrase of 9999 words"),
    ],
)
def test_hostile_queries_are_refused_in_little_time(query, message):
    started = time.process_time()

    with pytest.raises(QueryError, match=message):
        parse(query)

    assert time.process_time() - started < 2


def test_a_query_of_the_stated_size_is_read():
    query = " OR ".join(f'"كلمة رقم {number}"' for number in range(MAX_TERMS - 100))

    assert len(parse(query).parts) == MAX_TERMS - 100


WORDS = st.sampled_from(
    [
        "قسد",
        "شرقِ",
        "الفرات",
        "إدلب",
        "OR",
        "NEAR",
        "and",
        "a",
        "دي",
        "2254",
        "SDF",
        "ﻏﺎﺭﺓ",
        "ا\u0653منة",
    ]
)


@st.composite
def terms(draw):
    words = tuple(
        Word(phrase(word)[0].text, truncated=len(word) > 3 and draw(st.booleans()))
        for word in draw(st.lists(WORDS, min_size=1, max_size=3))
    )
    return Term(
        words,
        mode=draw(st.sampled_from([None, None, "exact", "folded"])),
        gap=draw(st.sampled_from([None, None, 0, 3])),
        name=draw(st.sampled_from([None, None, True, False])),
        number=draw(st.sampled_from([None, None, False])),
    )


def _grow(nodes):
    pairs = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        pairs.map(_flat(Or)),
        pairs.map(_flat(And)),
        nodes.map(Not),
        st.builds(Near, nodes.filter(finds), nodes.filter(finds), st.integers(1, 9)),
        st.builds(Except, nodes, nodes),
    )


def _flat(kind):
    def build(parts):
        flat = []
        for part in parts:
            flat += part.parts if isinstance(part, kind) else [part]
        return kind(tuple(flat))

    return build


LEAVES = st.one_of(
    terms(), st.sampled_from([Pack("sdf"), Pack("isis")]), terms().map(lambda t: Within("body", t))
)
NODES = st.recursive(LEAVES, _grow, max_leaves=8).filter(finds)


@given(NODES)
@settings(max_examples=100)
def test_a_printed_query_parses_to_itself(node):
    assert parse(print_query(node)) == node


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_any_text_is_a_query_or_a_clear_error(text):
    node, problem = read(text)

    assert problem.startswith("column ") if node is None else parse(print_query(node)) == node


SIGNS = st.sampled_from(
    [
        *'()|&!=+~{}*"«»:@،-/',
        " OR ",
        " AND ",
        " NOT ",
        " NEAR/3 ",
        " EXCEPT ",
        " قسد ",
        "شرق",
        "name",
        "headline:",
        "1",
        "\u200f",
        " ",
    ]
)


@given(st.lists(SIGNS, max_size=14).map("".join))
@settings(max_examples=200)
def test_any_mixture_of_signs_is_a_query_or_a_clear_error(text):
    node, problem = read(text)

    assert problem.startswith("column ") if node is None else parse(print_query(node)) == node


@pytest.mark.parametrize("key", sorted(FAULTS["en"]))
def test_what_is_wrong_with_a_query_is_said_with_the_same_values_in_both_languages(key):
    def names(language):
        return {name for _, name, _, _ in Formatter().parse(FAULTS[language][key]) if name}

    assert names("ar") == names("en")


def test_what_is_wrong_with_a_query_is_said_in_arabic_too():
    with pytest.raises(QueryError) as error:
        compile_watches([WatchQuery("w", "قسد{colour}")])

    said = worded(error.value, "ar")

    assert said.startswith("لا مفتاح باسم \N{LEFT-TO-RIGHT ISOLATE}{colour}")
    assert "column" not in said
    assert FAULTS["ar"].keys() == FAULTS["en"].keys()
