"""The reader's language: words, plurals, digits and times. Pure.

Each language has one catalogue, `words/<language>.toml`. A text with a number has a
form for each plural category of its language, six in Arabic (Unicode CLDR).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from scheduler import sayings

LANGUAGES = ("ar", "en")
CATEGORIES = ("zero", "one", "two", "few", "many", "other")
DIGITS = ("arab", "latn")
DIGITS_OF = {"ar": "arab", "en": "latn"}

_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
# What stands in an isolate is a name, too.
_LATIN = re.compile("[A-Za-z\N{LEFT-TO-RIGHT ISOLATE}\N{FIRST STRONG ISOLATE}]")
_WORDS = re.compile(
    "[\N{LEFT-TO-RIGHT ISOLATE}\N{FIRST STRONG ISOLATE}][^\N{POP DIRECTIONAL ISOLATE}]*| |[^ ]+?(?=[ "
    "\N{LEFT-TO-RIGHT ISOLATE}\N{FIRST STRONG ISOLATE}]|$)"
)
_MONTHS = {
    "ar": ("كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران",
           "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني", "كانون الأول"),
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
}  # fmt: skip


@cache
def catalogue(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """Return the texts of a language by key; one with a number as its forms by category."""
    text = (files(__package__) / "words" / f"{language}.toml").read_text("utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def category(language: str, number: int) -> str:
    """Return the plural category of *number*.

    >>> [category("ar", n) for n in (0, 1, 2, 7, 11, 100, 103)]
    ['zero', 'one', 'two', 'few', 'many', 'other', 'few']
    """
    if language != "ar":
        return "one" if number == 1 else "other"
    if number < 3:
        return CATEGORIES[number]
    rest = number % 100
    if 3 <= rest <= 10:
        return "few"
    return "many" if rest >= 11 else "other"


@dataclass(frozen=True, slots=True)
class Locale:
    """How one reader is spoken to."""

    language: str
    digits: str
    zone: tzinfo
    now: datetime

    @property
    def direction(self) -> str:
        """The direction of the language's script."""
        return "rtl" if self.language == "ar" else "ltr"

    def t(self, key: str, n: int | None = None, **values: Any) -> Markup:
        """Return the text *key*; *values* are escaped, *n* chooses the form.

        KeyError for a key there is none of: a missing text is a defect.
        """
        found = catalogue(self.language)[key]
        if isinstance(found, str):
            return Markup(found).format(**values)  # noqa: S704 - our own catalogue
        if n is None:
            raise KeyError(f"{key} needs a number")
        form = found.get(category(self.language, n), found["other"])
        return Markup(form).format(n=self.num(n), **values)  # noqa: S704 - our own catalogue

    def name_of(self, kind: str, name: str) -> str:
        """Return what a *name* of a *kind* is called; one there is no text for, as it is."""
        found = catalogue(self.language).get(f"{kind}.{name}", name)
        return found if isinstance(found, str) else name

    def side(self, name: str) -> str:
        """Return what the side of a site is called; one of a user's own, as it is.

        >>> Locale("ar", "arab", None, None).side("opposition until 2024")
        'معارض حتى ٢٠٢٤'
        """
        return self.worded(self.name_of("side", name))

    def said(self, sentence: str) -> str | None:
        """Return a sentence of the program's in the reader's language; None where there is none.

        >>> Locale("ar", "arab", None, None).said("no route works: http_403")
        'لا مسار يعمل: جواب الخادم ٤٠٣'
        """
        if self.language != "ar":
            return sentence
        found = sayings.arabic(sentence, self.zone)
        return None if found is None else self.worded(found)

    def told(self, sentence: str) -> str:
        """Return a sentence of the program's in the reader's language, or as it is."""
        return self.said(sentence) or sentence

    def num(self, number: float) -> str:
        """Return a number with its thousands parted, in the reader's digits.

        >>> Locale("ar", "arab", None, None).num(12345)
        '١٢٬٣٤٥'
        """
        shown = f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"
        if self.digits == "arab":
            shown = shown.replace(",", "٬").replace(".", "٫")
        return self.plain(shown)

    def percent(self, share: float) -> str:
        """Return a share of 1 as a percentage.

        >>> Locale("ar", "arab", None, None).percent(0.954)
        '٩٥٪'
        """
        return self.plain(f"{100 * share:.0f}") + ("٪" if self.digits == "arab" else "%")

    def plain(self, text: object) -> str:
        """Return *text* with its digits as the reader wants them."""
        return str(text).translate(_ARABIC_INDIC) if self.digits == "arab" else str(text)

    def worded(self, text: str) -> str:
        """Return a sentence with its numbers in the reader's digits; names in Latin letters stay.

        >>> Locale("ar", "arab", None, None).worded("عمال صامتون: vm-12 · 3")
        'عمال صامتون: vm-12 · ٣'
        """
        words = _WORDS.findall(text)
        return "".join(each if _LATIN.search(each) else self.plain(each) for each in words)

    def day(self, day: date) -> str:
        """Return a day in words: ٢٥ تشرين الثاني ٢٠٢٦."""
        return self.plain(f"{day.day} {_MONTHS[self.language][day.month - 1]} {day.year}")

    def short_day(self, day: date) -> str:
        """Return a day without its year: ٢٥ تشرين الثاني."""
        return self.plain(f"{day.day} {_MONTHS[self.language][day.month - 1]}")

    def month(self, year: int, month: int) -> str:
        """Return a month in words."""
        return self.plain(f"{_MONTHS[self.language][month - 1]} {year}")

    def moment(self, moment: datetime | str) -> str:
        """Return a time on the desk's clock, in words."""
        here = _aware(moment).astimezone(self.zone)
        comma = "،" if self.language == "ar" else ","
        return f"{self.day(here.date())}{comma} {self.plain(f'{here:%H:%M}')}"

    def iso(self, moment: datetime | str) -> str:
        """Return a time as machines read it."""
        return _aware(moment).isoformat()

    def ago(self, moment: datetime | str) -> str:
        """Return how long ago a moment was; after a week the day itself."""
        then = _aware(moment)
        gone = self.now - then
        # Clocks differ by seconds.
        if gone <= -timedelta(minutes=1) or gone >= timedelta(days=7):
            return self.day(then.astimezone(self.zone).date())
        minutes = int(gone.total_seconds() // 60)
        if minutes < 1:
            return str(self.t("ago.now"))
        if minutes < 60:
            return str(self.t("ago.minutes", minutes))
        if minutes < 48 * 60:
            return str(self.t("ago.hours", minutes // 60))
        return str(self.t("ago.days", minutes // 1440))


def _aware(moment: datetime | str) -> datetime:
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment


def _flat(table: Mapping[str, Any], prefix: str) -> Any:
    for key, value in table.items():
        if isinstance(value, str) or value.keys() <= set(CATEGORIES):
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")
