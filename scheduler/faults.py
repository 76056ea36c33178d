"""What is wrong with a query, in words of either language. Pure.

Braces that are part of the query language are doubled; in Arabic such signs stand in an
isolate of their own direction.
"""

from collections.abc import Mapping
from types import MappingProxyType

from scheduler.phrases import Language
from storage.errors import QueryError

_ENGLISH = {
    "empty": "the query is empty; write the words to look for",
    "long": "the query has {length} characters, {most} are allowed; "
    "make several watches of it, or an alias pack",
    "word": "no word has more than {most} letters",
    "phrase": "a phrase of {words} words, {most} are allowed; join parts with AND",
    "short": "{word}* is too short; a word is cut off after at least {least} letters",
    "closed": "no parenthesis is open here; leave this one out",
    "open": "the parenthesis opened here is not closed; add )",
    "nothing": "nothing stands between the parentheses; leave them out",
    "nots": "with NOT alone nearly every article would match; say what to look for first, "
    "as in: دمشق AND {example}",
    "near_not": "NEAR stands between things to find, not NOT",
    "near": "NEAR takes a number of words, 1 to {most}, as in a NEAR/8 b",
    "pack": "@ stands before the name of an alias pack",
    "no_pack": 'unknown alias pack @{name}; "rasid watch packs" lists them',
    "near_pack": "unknown alias pack @{name}; did you mean @{close}?",
    "field": "unknown field {name!r}; the fields are {fields}",
    "near_field": "unknown field {name!r}; did you mean {close}:",
    "fields": "{inner}: stands inside {outer}:; one field at a time, join with AND",
    "no_word": "no word stands here; write the words to look for",
    "terms": "more than {most} terms; make several watches of it",
    "deep": "nested more than {most} levels deep; split the query",
    "missing": "words to look for are missing",
    "missing_after": "words to look for are missing after {before}",
    "missing_kept": "words to look for are missing after {before}; did you mean: {kept}",
    "misplaced": "{sign} cannot stand here; words to look for were "
    'expected. An operator meant as a word is quoted: "{word}"',
    "misplaced_after": "{sign} cannot stand here after {before}; words to look for were "
    'expected. An operator meant as a word is quoted: "{word}"',
    "right_after": "~n and {{switches}} stand right after a term",
    "joined": "AND, OR or the end was expected; did you mean: {kept} AND {rest}",
    "switch": "unknown switch {{{name}}}; there are {{name}}, {{name=off}}, {{number}} "
    "and {{number=off}}",
    "switches": "a switch is written {{name}} or {{number=off}}, after its term",
    "capitals": "{sign} is an operator only in capitals; write {capitals}, "
    "or put the phrase in quotes",
    "quote": "the quote opened here is not closed; add {closing} after the phrase",
    "gap": '~ takes the number of words that may be inserted, 0 to {most}, as in "شرق الفرات"~1',
    "minus": "to leave a word out, write NOT {word}",
    "list": "{sign} is no operator; write OR between words of which any may occur",
}
_LTR, _END = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_ANY, _NOT, _NEAR, _OR, _AND = (f"{_LTR}{sign}{_END}" for sign in ("@", "NOT", "NEAR", "OR", "AND"))
_AS = "\N{FIRST STRONG ISOLATE}"
_ARABIC = {
    "empty": "الاستعلام فارغ؛ اكتب ما تبحث عنه من كلمات",
    "long": "في الاستعلام {length} حرفاً، والمسموح {most}؛ اجعله عدة مراقبات، أو حزمة أسماء",
    "word": "لا كلمة تزيد على {most} حرفاً",
    "phrase": f"عبارة من {{words}} كلمة، والمسموح {{most}}؛ صِل أجزاءها بـ {_AND}",
    "short": f"{_AS}{{word}}*{_END} أقصر من اللازم؛ لا تُقطع كلمة قبل حرفها الـ {{least}}",
    "closed": "لا قوس مفتوحاً هنا؛ احذف هذا",
    "open": "القوس المفتوح هنا لم يُغلق؛ أضِف قوساً يغلقه",
    "nothing": "لا شيء بين القوسين؛ احذفهما",
    "nots": f"مع {_NOT} وحدها يطابق كل خبر تقريباً؛ قل أولاً ما تبحث عنه، "
    f"مثل: {_AS}دمشق AND {{example}}{_END}",
    "near_not": f"تقف {_NEAR} بين شيئين يُبحث عنهما، لا بين ما يُستبعد بـ {_NOT}",
    "near": f"بعد {_NEAR} عدد كلمات من 1 إلى {{most}}، مثل {_LTR}a NEAR/8 b{_END}",
    "pack": f"تقف {_ANY} قبل اسم حزمة",
    "no_pack": f"لا حزمة باسم {_LTR}@{{name}}{_END}؛ انظر في حزم الأسماء",
    "near_pack": f"لا حزمة باسم {_LTR}@{{name}}{_END}؛ لعلّك تقصد {_LTR}@{{close}}{_END}",
    "field": f"لا حقل باسم {_AS}{{name}}{_END}؛ الحقول هي {_LTR}{{fields}}{_END}",
    "near_field": f"لا حقل باسم {_AS}{{name}}{_END}؛ لعلّك تقصد {_LTR}{{close}}:{_END}",
    "fields": f"يقف {_LTR}{{inner}}:{_END} داخل {_LTR}{{outer}}:{_END}؛ حقل واحد في كل مرة، والوصل بـ {_AND}",
    "no_word": "لا كلمة هنا؛ اكتب ما تبحث عنه من كلمات",
    "terms": "أكثر من {most} كلمة أو عبارة؛ اجعل الاستعلام عدة مراقبات",
    "deep": "أقواس داخل أقواس أكثر من {most} مرة؛ قسّم الاستعلام",
    "missing": "تنقص كلمات يُبحث عنها",
    "missing_after": f"تنقص كلمات يُبحث عنها بعد {_AS}{{before}}{_END}",
    "missing_kept": f"تنقص كلمات يُبحث عنها بعد {_AS}{{before}}{_END}؛ لعلّك تقصد: {_AS}{{kept}}{_END}",
    "misplaced": f"لا تقف {_AS}{{sign}}{_END} هنا؛ المنتظر كلمات يُبحث عنها. "
    f'ما كان كلمةً لا أداةً يوضع بين علامتي تنصيص: {_AS}"{{word}}"{_END}',
    "misplaced_after": f"لا تقف {_AS}{{sign}}{_END} هنا بعد {_AS}{{before}}{_END}؛ المنتظر كلمات يُبحث عنها. "
    f'ما كان كلمةً لا أداةً يوضع بين علامتي تنصيص: {_AS}"{{word}}"{_END}',
    "right_after": f"يقف {_LTR}~n{_END} و{_LTR}{{{{switches}}}}{_END} بعد الكلمة أو العبارة مباشرة",
    "joined": f"المنتظر {_AND} أو {_OR} أو نهاية الاستعلام؛ لعلّك تقصد: {_AS}{{kept}} AND {{rest}}{_END}",
    "switch": f"لا مفتاح باسم {_LTR}{{{{{{name}}}}}}{_END}؛ المفاتيح هي "
    f"{_LTR}{{{{name}}}} {{{{name=off}}}} {{{{number}}}} {{{{number=off}}}}{_END}",
    "switches": f"يُكتب المفتاح {_LTR}{{{{name}}}}{_END} أو {_LTR}{{{{number=off}}}}{_END} بعد كلمته",
    "capitals": f"لا تكون {_LTR}{{sign}}{_END} أداةً إلا بأحرف كبيرة؛ اكتب {_LTR}{{capitals}}{_END}، "
    "أو ضع العبارة بين علامتي تنصيص",
    "quote": f"علامة التنصيص المفتوحة هنا لم تُغلق؛ أضِف {_LTR}{{closing}}{_END} بعد العبارة",
    "gap": f"بعد {_LTR}~{_END} عدد الكلمات التي قد تدخل بين كلمات العبارة، من 0 إلى {{most}}، مثل "
    f'{_AS}"شرق الفرات"~1{_END}',
    "minus": f"لإسقاط كلمة اكتب {_AS}NOT {{word}}{_END}",
    "list": f"ليست {_AS}{{sign}}{_END} أداة؛ اكتب {_OR} بين كلمات يكفي وجود إحداها",
}
FAULTS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {"en": MappingProxyType(_ENGLISH), "ar": MappingProxyType(_ARABIC)}
)


class Fault(QueryError):
    """A query goes wrong: *key* says in which way, *values* with what."""

    def __init__(self, key: str, column: int | None, values: Mapping[str, object]) -> None:
        self.key, self.values = key, values
        said = worded(self, "en")
        super().__init__(said if column is None else f"column {column}: {said}", column=column)


def fail(key: str, column: int | None, **values: object) -> Fault:
    """Return the error of a query that goes wrong at *column*.

    >>> str(fail("missing_after", 7, before="OR"))
    'column 7: words to look for are missing after OR'
    """
    return Fault(key, column, values)


def worded(error: QueryError, language: Language) -> str:
    """Return what is wrong in a language, without the column; it can be printed anywhere."""
    if not isinstance(error, Fault):
        cause = error.__cause__
        return worded(cause, language) if isinstance(cause, QueryError) else str(error)
    said = FAULTS[language][error.key].format(**error.values)
    return said.encode("utf-8", "replace").decode("utf-8")
