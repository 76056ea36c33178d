"""Why a term was found or missed, in words of either language. Pure.

Braces that are part of the query language are doubled; in Arabic such signs stand in an
isolate of their own direction.
"""

from collections.abc import Mapping
from types import MappingProxyType

from scheduler.phrases import Language

_ENGLISH = {
    "found": "found at {places}",
    "cancelled": "found at {places}, but inside a phrase that is excluded",
    "unwanted": "; NOT leaves such articles out",
    "excepted": "; hits inside it do not count",
    "no_wording": "none of its wordings was found",
    "other_field": "looks at {fields} only; this text is the {field}",
    "spelling": "would match {found} but for {differing}: mode folded",
    "clitics": "would match {found} but for its clitics or ending: mode {mode}",
    "name": "would match {found}, but it is listed as a proper name: write {{name=off}}",
    "number": "would match {found}, but plural and dual are off: write {{number}}",
    "gap": "would match {found} but for the words in between: write ~{gap}",
    "far": "both are there, but with more words in between: write NEAR/{distance}",
    "sign": "would match {found}, but a sign that ends a phrase stands between its words",
    "article": "would match {found}, but a typed article is never dropped: write {typed}",
    "own_word": "{found} is taken for a word of its own, not for a form of {typed}",
    "there": "{word} is there ({found})",
    "absent": "{word} is not there",
    "nearest": "; the nearest word is {found}",
    "apart": ", but not beside each other",
    "marks": "the marks typed",
    "digits": "the digits",
    "letters": "the spelling",
    "comma": ", ",
    "headline": "headline",
    "body": "body",
    "site": "site",
    "section": "section",
    "author": "author",
    "tag": "tag",
}
_LTR, _END = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_ARABIC = {
    "found": "وُجد: {places}",
    "cancelled": "وُجد: {places}، لكن داخل عبارة مستثناة",
    "unwanted": f"؛ و{_LTR}NOT{_END} تُسقط مثل هذه الأخبار",
    "excepted": "؛ ولا يُحسب ما يقع داخله",
    "no_wording": "لم يوجد أيّ من صيغها",
    "other_field": "يُنظر في {fields} فقط، وهذا النص هو {field}",
    "spelling": f"كان {{found}} ليطابق لولا {{differing}}: اختر {_LTR}folded{_END}",
    "clitics": f"كان {{found}} ليطابق لولا ما اتصل به أو نهايته: اختر {_LTR}{{mode}}{_END}",
    "name": f"كان {{found}} ليطابق، لكنه مُدرج اسمَ علم: اكتب {_LTR}{{{{name=off}}}}{_END}",
    "number": f"كان {{found}} ليطابق، لكن الجمع والمثنى موقوفان: اكتب {_LTR}{{{{number}}}}{_END}",
    "gap": f"كان {{found}} ليطابق لولا الكلمات التي بينهما: اكتب {_LTR}~{{gap}}{_END}",
    "far": f"كلاهما موجود، لكن بينهما كلمات أكثر: اكتب {_LTR}NEAR/{{distance}}{_END}",
    "sign": "كان {found} ليطابق، لكن بين كلماته علامة تنهي العبارة",
    "article": "كان {found} ليطابق، لكن أل المكتوبة لا تُحذف أبداً: اكتب {typed}",
    "own_word": "تُقرأ {found} كلمةً قائمة بنفسها، لا صورة من {typed}",
    "there": "{word} موجودة ({found})",
    "absent": "{word} غير موجودة",
    "nearest": "؛ وأقرب كلمة إليها {found}",
    "apart": "، لكنها ليست متجاورة",
    "marks": "التشكيل المكتوب",
    "digits": "الأرقام",
    "letters": "الإملاء",
    "comma": "، ",
    "headline": "العنوان",
    "body": "المتن",
    "site": "الموقع",
    "section": "القسم",
    "author": "الكاتب",
    "tag": "الوسم",
}
REASONS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {"en": MappingProxyType(_ENGLISH), "ar": MappingProxyType(_ARABIC)}
)


def reason(language: Language, key: str, **values: object) -> str:
    """Return one reason in a language.

    >>> reason("en", "gap", found="شرق نهر الفرات", gap=1)
    'would match شرق نهر الفرات but for the words in between: write ~1'
    """
    return REASONS[language][key].format(**values)
