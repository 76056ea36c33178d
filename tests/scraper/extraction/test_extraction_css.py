"""What the index of a page answers is what XPath answers."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from scraper.extraction.css import Index, plain, selector

TAGS, CLASSES = ("div", "p", "a"), ("post", "meta", "entry")

parts = st.builds(
    "{}{}".format,
    st.sampled_from(TAGS),
    st.lists(st.sampled_from((*(f".{name}" for name in CLASSES), "#one")), max_size=2).map("".join),
)
selectors = st.builds(
    lambda first, rest: first + "".join(map("".join, rest)),
    parts,
    st.lists(st.tuples(st.sampled_from((" ", " > ")), parts), max_size=2),
)


@st.composite
def elements(draw, depth=4):
    element = etree.Element(draw(st.sampled_from(TAGS)))
    if classes := draw(st.lists(st.sampled_from(CLASSES), max_size=2)):
        element.set("class", " ".join(classes))
    if draw(st.integers(0, 5)) == 0:
        element.set("id", "one")
    if depth:
        element.extend(draw(st.lists(elements(depth - 1), max_size=3)))
    return element


@given(elements(), selectors)
def test_the_index_selects_what_xpath_selects_in_the_same_order(tree, css):
    assert plain(css) is not None
    assert Index(tree).select(css, tree) == selector(css)(tree)
