"""Which cores - tokens without proclitics, article and pronoun - count as a given word."""

from typing import Final

from scheduler.arabic import lexicon
from storage.text import fold

COMPASS = frozenset(("شرق", "غرب", "شمال", "جنوب"))
_FIVE_NOUNS = (("ابو", "ابا", "ابي"), ("اخو", "اخا", "اخي"), ("ذو", "ذا", "ذي"))


class Use:
    """How a form may stand in the text: several of these, added up.

    Plain numbers: to ask an `enum.Flag` takes twenty times as long, and every word is asked.
    """

    BARE: Final = 1
    DEFINITE: Final = 2
    STEM: Final = 4  # a pronoun may follow
    TANWIN: Final = 8  # only where the tanwin is written
    PLURAL: Final = 16
    AGREES: Final = 32  # an adjective's feminine, after a plural


Forms = dict[str, int]
_FREE = Use.BARE | Use.DEFINITE


class FormTable:
    """Collects the forms of one word; what a form may do is joined from all its origins."""

    def __init__(self) -> None:
        self.forms: Forms = {}

    def add(self, use: int, *forms: str) -> None:
        for form in forms:
            self.forms[form] = self.forms.get(form, 0) | use


def common_forms(
    word: str, written: str, *, first: bool, last: bool, number: bool, definite: bool = False
) -> Forms:
    """Return the forms of a common word, folded *word* and its letters as *written*.

    *first* and *last* say where in its phrase the word stands, *definite* whether one of the
    phrase's words has an article.
    """
    table = FormTable()
    table.add(_FREE, word)
    feminine = written.endswith("ة")
    stem = _stem(word, written)
    table.add(Use.STEM, stem)
    if not feminine and not written.endswith(("ى", "ا")):
        needs_mark = first and word.endswith("ي")
        table.add(Use.TANWIN if needs_mark else Use.BARE, word + "ا")
    _add_cases(table, word, last=last)
    if number:
        _add_number(table, word, stem, feminine=feminine)
        _add_broken(table, word)
        if not feminine and (_has_construct(written) or (definite and not last)):
            table.add(Use.BARE | Use.PLURAL, word + "و", word + "ي")
        if not first and not feminine:
            table.add(_FREE | Use.AGREES, word + "ه")
    return table.forms


def short_forms(word: str, *, number: bool) -> Forms:
    """Return the forms of a word of one or two letters: it takes no endings."""
    table = FormTable()
    table.add(_FREE, word)
    if number:
        _add_broken(table, word)
    return table.forms


def _stem(word: str, written: str) -> str:
    """Return what stands before a pronoun: ة opens to ت and ى to ا."""
    if written.endswith("ة"):
        return word[:-1] + "ت"
    if written.endswith("ى"):
        return word[:-1] + "ا"
    return word


def before_a_noun(word: str) -> tuple[str, ...]:
    """Return the variants a word has in front of the next word of its phrase only.

    >>> before_a_noun("شرقي"), before_a_noun("ابو")
    (('شرق', 'شرقي'), ('ابو', 'ابا', 'ابي'))
    """
    base = word.removesuffix("ي")
    if base in COMPASS:
        return (base, base + "ي")
    return next((nouns for nouns in _FIVE_NOUNS if word in nouns), ())


def _add_cases(table: FormTable, word: str, *, last: bool) -> None:
    """Add the other case of sound plurals and duals, and of their construct."""
    base, ending = word[:-2], word[-2:]
    if len(base) >= 3 and ending in ("ون", "ين", "ان"):
        table.add(_FREE | Use.PLURAL, base + "ين", base + ("ان" if ending == "ان" else "ون"))
        table.add(Use.STEM | Use.PLURAL, base + "ي", base + ("ا" if ending == "ان" else "و"))
        table.add(Use.BARE | Use.PLURAL, base + ("ا" if ending == "ان" else "و"))
        if _has_construct(base) or (ending == "ان" and base.endswith("ت")):
            table.add(Use.BARE | Use.PLURAL, base + "ي")
    if not last and len(word) >= 4 and word[-1] in "وي":
        table.add(Use.BARE, word[:-1] + "و", word[:-1] + "ي")


def _has_construct(word: str) -> bool:
    """Tell whether *word* with و or ي is a plural or dual before a noun: معتقلو, معتقلي سجن صيدنايا.

    With ي most words are an adjective of another meaning, عسكري of عسكر; nisbas (صحفيي),
    participles in م and the words of a list are not.
    """
    if len(word) < 4:
        return fold(word) in lexicon.agents()
    if word.endswith("ي"):
        return True
    plain = fold(word)
    if plain in lexicon.agents():
        return True
    return plain[0] == "م" and not plain.endswith("ات") and plain not in lexicon.related()


def _add_number(table: FormTable, word: str, stem: str, *, feminine: bool) -> None:
    """Add sound plurals and duals."""
    plural = _FREE | Use.PLURAL
    if feminine:
        table.add(plural | Use.STEM, word[:-1] + "ات")
        table.add(plural, stem + "ان", stem + "ين")
        # Of no word in ة is there a nisba in تي: غارتي is the dual before a noun.
        table.add(Use.BARE | Use.STEM | Use.PLURAL, stem + "ا", stem + "ي")
        return
    base = word[:-1] + "ي" if stem != word else word
    table.add(plural | Use.STEM, base.removesuffix("ا") + "ات")
    table.add(plural, base + "ون", base + "ين", base + "ان")
    table.add(Use.STEM | Use.PLURAL, base + "و", base + "ي")


def _add_broken(table: FormTable, word: str) -> None:
    for plural in lexicon.broken_plurals().get(word, ()):
        table.add(_FREE | Use.PLURAL, plural)
        # The lists hold no plural in ه: this one is a ة, folded.
        feminine = plural.endswith("ه")
        table.add(Use.STEM | Use.PLURAL, plural[:-1] + "ت" if feminine else plural)
        if not feminine and not plural.endswith(("ات", "اء", "ي")):
            table.add(Use.BARE | Use.PLURAL, plural + "ا")
