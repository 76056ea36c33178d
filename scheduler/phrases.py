"""What messages say besides the news: the same words in Arabic and in English. Pure.

Numbers stand behind a colon: Arabic counts in six forms, and none of them is
needed there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal

Language = Literal["ar", "en"]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one language; *direction* is how its lines run."""

    language: Language
    direction: str
    clock: str
    kinds: Mapping[str, str]
    watch: str
    matched: str
    copies: str
    alert: str
    published: str
    seen: str
    before: str
    after: str
    taken_out: str
    gone: str
    withheld: str
    surge: str
    digest: str
    contents: str
    fresh_copies: str
    held_back: str
    sample: str
    footer: str
    comma: str

    def time(self, moment: datetime) -> str:
        """Return a moment as it is written: its date first, also among letters that run leftwards."""
        return f"{moment:{self.clock}}"


ARABIC = Phrases(
    language="ar",
    direction="rtl",
    # Between Arabic words a hyphen turns a date around, a slash does not.
    clock="%Y/%m/%d %H:%M",
    kinds=MappingProxyType(
        {
            "new": "جديد",
            "revised": "تعديل",
            "correction": "تصحيح",
            "deleted": "حذف",
            "surge": "كثافة غير معتادة",
        }
    ),
    watch="المراقبة",
    matched="طابق",
    copies="نسخ أخرى",
    alert="تنبيه",
    published="نُشر",
    seen="رُصد",
    before="كان",
    after="صار",
    taken_out="أُزيل",
    gone="حُذف الخبر من موقعه؛ نسخته محفوظة",
    withheld="سُحب هذا الخبر من العرض",
    surge="عدد الأخبار المطابقة منذ {since}: {count} · المعتاد: {usual}",
    digest="موجز راصد",
    contents="المحتويات",
    fresh_copies="نسخ جديدة لتنبيهات سابقة",
    held_back="بلغت القناة حدها في الساعة، فجُمعت التنبيهات في هذه الرسالة: {count}",
    sample="رسالة تجريبية من راصد",
    footer="راصد: مراقبة الأخبار السورية",
    comma="، ",
)
ENGLISH = Phrases(
    language="en",
    direction="ltr",
    clock="%Y-%m-%d %H:%M",
    kinds=MappingProxyType(
        {
            "new": "New",
            "revised": "Revised",
            "correction": "Corrected",
            "deleted": "Deleted",
            "surge": "Surge",
        }
    ),
    watch="Watch",
    matched="Matched",
    copies="Other copies",
    alert="Alert",
    published="published",
    seen="seen",
    before="Was",
    after="Is now",
    taken_out="taken out",
    gone="The article was deleted from its site; what it said is kept",
    withheld="This article was taken down",
    surge="Matching articles since {since}: {count} · usual: {usual}",
    digest="Rasid digest",
    contents="Contents",
    fresh_copies="New copies of earlier alerts",
    held_back="The channel's limit for the hour was reached; gathered here: {count}",
    sample="A sample message from Rasid",
    footer="Rasid: a monitor of Syrian news",
    comma=", ",
)
LANGUAGES: Mapping[Language, Phrases] = MappingProxyType({"ar": ARABIC, "en": ENGLISH})
