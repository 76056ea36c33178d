"""What the program says in English sentences, said in Arabic. Pure.

Why a site is as it is, what a capture proves, why a channel took nothing, what is wrong with a
file: such sentences stand in the archive and in errors, where programs and terminals read them.
A reader of Arabic gets them from here. A sentence is known by its pattern, and its facts are
carried over, so that what was kept years ago is understood too; one that is not known stays as
it is. Numbers stand behind a colon or in parentheses: no plural form is needed there.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from types import MappingProxyType

# One word each, as the ledger has them.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "robots": "يمنعه ملف robots.txt",
        "challenge": "صفحة تتحقق من المتصفح",
        "login_wall": "يطلب تسجيل الدخول",
        "too_large": "أكبر من المسموح",
        "scheme": "عنوان من نوع لا يُطلب",
        "dns": "اسم الخادم غير معروف",
        "timeout": "لم يُجب في الوقت المتاح",
        "connection_refused": "رفض الاتصال",
        "cut_short": "انقطع الجواب قبل تمامه",
        "connection": "انقطع الاتصال",
        "tls": "شهادة الاتصال غير سليمة",
        "error": "خطأ في الجلب",
        "browser": "تعذر تشغيل المتصفح",
        "resting": "الخادم يطلب الراحة",
        "redirects": "إحالات أكثر من المسموح",
        "offsite": "يحيل إلى موقع آخر",
        "private_address": "عنوان في شبكة خاصة",
        "empty": "الجواب فارغ",
        "not_html": "الجواب ليس صفحة",
        "not_a_feed": "الجواب ليس خلاصة",
        "not_a_sitemap": "الجواب ليس خريطة موقع",
        "not_rest": "الجواب ليس من واجهة ووردبريس",
        "rest_closed": "واجهة ووردبريس مغلقة",
        "rest_error": "واجهة ووردبريس تجيب بخطأ",
        "broken_gzip": "ضغط الجواب تالف",
        "entities": "في الجواب كيانات XML لا تُقبل",
        "no_headline": "لا عنوان في الصفحة",
        "no_body": "لا نص في الصفحة",
        "listing": "صفحة قائمة لا خبر",
        "not_found": "صفحة تقول إن الخبر غير موجود",
        "video": "صفحة مقطع مصور",
        "gallery": "صفحة صور",
        "not_listed": "لم يعد الخبر في القائمة",
        "extraction_error": "خطأ في القراءة",
        "not_kept": "لم يُحفظ",
        "headline": "العنوان",
        "body": "المتن",
    }
)

_LTR, _APART = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{FIRST STRONG ISOLATE}"
_END = "\N{POP DIRECTIONAL ISOLATE}"
_DAY, _HOUR = (f"{_LTR}{each}{_END}" for each in ("2026-11-23", "2026-11-23T18:00"))
# What stands in braces is by its name a time, a number, something said (`why`, `whys`), or
# carried over as it is.
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("http_{n}", "جواب الخادم {n}"),
    # Of a site.
    ("no route works: {whys}", "لا مسار يعمل: {whys}"),
    ("ended before a route answered", "انتهت الزيارة قبل أن يجيب مسار"),
    (
        "every host of its routes asked to be left alone for a while",
        "كل خوادم مساراته تطلب الراحة حيناً",
    ),
    ("another worker holds the site", "الموقع عند عامل آخر"),
    ("the worker was told to stop", "طُلب من العامل أن يتوقف"),
    ("the run broke off: {it}", "انقطعت الزيارة: {it}"),
    (
        "a browser is asked for, and the extra for it is not installed; {it}",
        "يُطلب متصفح، ولم تُثبَّت إضافته: {it}",
    ),
    (
        "a browser is asked for, and there is no Chromium; on Debian and Ubuntu: {it}",
        "يُطلب متصفح، ولا Chromium هنا؛ على Debian وUbuntu: {it}",
    ),
    ("the backfill broke off: {it}", "انقطع جلب الماضي: {it}"),
    (
        "nothing new for {n} h, since {at}; by its rhythm {m} articles would have come",
        "لا جديد منذ {at}؛ الأخبار المنتظرة بحسب إيقاعه: {m}",
    ),
    (
        "no route has worked since {at}, {n} polls in a row; last: {why}",
        "لم يعمل مسار منذ {at}؛ المحاولات المتتالية: {n}؛ آخرها: {why}",
    ),
    (
        "no route has worked so far, {n} polls in a row; last: {why}",
        "لم يعمل مسار حتى الآن؛ المحاولات المتتالية: {n}؛ آخرها: {why}",
    ),
    ("of late {parts}; has its theme changed?", "في الأيام الأخيرة: {parts}؛ هل تغيّر قالبه؟"),
    (
        "{n} % of pages read as articles, usually {m} %",
        "الصفحات المقروءة أخباراً {n}٪، والمعتاد {m}٪",
    ),
    ("{n} % of articles with a body, usually {m} %", "الأخبار التي لها متن {n}٪، والمعتاد {m}٪"),
    ("{n} % of articles with a date, usually {m} %", "الأخبار المؤرخة {n}٪، والمعتاد {m}٪"),
    # Of disks and sums.
    ("{n} MB free, {m} wanted", "المساحة الباقية بالميغابايت: {n}، والمطلوب: {m}"),
    (
        "{it}: the disk is full; free some space, then start again.",
        "{it}: القرص ممتلئ؛ أفسح مكاناً ثم شغّل الخدمة من جديد",
    ),
    ("{it}: {n} {noun} unaccounted for: {sum}", "{it}: عناوين لا يُعرف مصيرها: {n}"),
    (
        "{n} {noun} neither alerted, copy, too_old, muted nor listed",
        "مطابقات لا يُعرف مصيرها: {n}",
    ),
    ("{it}: {n} {noun} in no known state", "{it}: رسائل لا تُعرف حالها: {n}"),
    # Of channels.
    ("quiet hours", "ساعات هدوء"),
    ("the limit of an hour, {n}, is reached", "بلغت القناة حدها في الساعة: {n}"),
    ("waits with another: {why}", "تنتظر مع غيرها: {why}"),
    ("the environment variable {it} is not set", "متغير البيئة {it} غير معيّن"),
    ("the address is none; write {it}", "ليس عنواناً؛ اكتب {it}"),
    ("{it}: there is no folder {other}", "{it}: لا مجلد {other}"),
    ("there is no such channel in the configuration", "لا قناة بهذا الاسم في الإعدادات"),
    ("{it} cannot be reached or broke off: {why}", "تعذر الوصول إلى {it}: {why}"),
    ("{it}: cannot be reached: {why}", "{it}: تعذر الوصول: {why}"),
    ("{it}: gave no answer: {why}", "{it}: لم يُجب: {why}"),
    ("{it} timed out", "{it}: لم يُجب في الوقت المتاح"),
    ("{it} does not offer TLS; tls=none sends without", "لا يوفر {it} اتصالاً مشفراً (TLS)"),
    ("webhook: refused ({n})", "webhook: رُفضت ({n})"),
    ("webhook: refused ({n}, {it})", "webhook: رُفضت ({n}): {it}"),
    (
        "telegram: chat {it} refused the message ({n}, {why})",
        "telegram: رفضت المحادثة {it} الرسالة ({n}): {why}",
    ),
    ("Connection refused", "رُفض الاتصال"),
    ("Connection reset by peer", "قطع الطرف الآخر الاتصال"),
    ("Name or service not known", "اسم الخادم غير معروف"),
    ("Temporary failure in name resolution", "تعذرت معرفة اسم الخادم الآن"),
    ("Network is unreachable", "الشبكة غير متاحة"),
    ("No route to host", "لا طريق إلى الخادم"),
    ("timed out", "لم يُجب في الوقت المتاح"),
    ("The read operation timed out", "لم يُجب في الوقت المتاح"),
    ("Permission denied", "لا إذن"),
    ("No such file or directory", "لا ملف ولا مجلد بهذا الاسم"),
    ("Is a directory", "مجلد، لا ملف"),
    ("No space left on device", "القرص ممتلئ"),
    # Of a capture.
    ("allowed; {why}", "مسموح؛ {why}"),
    ("none; {why}", "لا ملف robots.txt؛ {why}"),
    ("digest {it}", "البصمة {it}"),
    ("the text in the archive does not fit its digest", "النص في الأرشيف لا يوافق بصمته"),
    ("no capture was kept", "لم تُحفظ لقطة"),
    ("its bytes were given up on {day}", "تُخلّي عن بياناتها يوم {day}"),
    ("{it}, {n} bytes at {m}", "{it}، الطول: {n}، من الموضع {m}"),
    ("{it}, {n} bytes at {m}: they were altered", "{it}، الطول: {n}، من الموضع {m}: عُدّلت"),
    ("sha256 {it}, not {other}", "sha256 {it}، لا {other}"),
    ("the same, read by {it}", "هو نفسه، قرأه {it}"),
    ("no article ({why})", "ليس خبراً ({why})"),
    ("another headline", "عنوان آخر"),
    ("another body", "متن آخر"),
    ("{why}; nobody noted which extractor read it", "{why}؛ ولم يُسجَّل أي مستخرِج قرأه"),
    ("{why}, by the same extractor {it}", "{why}، بالمستخرِج نفسه {it}"),
    (
        "{why}: it was read by extractor {it}, this one is {other}",
        "{why}: قرأه المستخرِج {it}، وهذا {other}",
    ),
    ("captures {it}: there is no such file; was it moved?", "اللقطات {it}: لا ملف كهذا؛ هل نُقل؟"),
    (
        "captures {it}: no response at {n}; the file is damaged.",
        "اللقطات {it}: لا جواب عند الموضع {n}؛ الملف تالف",
    ),
    ("captures {it}: the record at {n} has no body.", "اللقطات {it}: السجل عند {n} بلا محتوى"),
    # Of what was asked for.
    (
        "{it}: not a time; write 2026-11-23, 2026-11-23T18:00, 36h, 7d or today.",
        f"{{it}}: ليس وقتاً؛ اكتب {_DAY} أو {_HOUR} أو {_LTR}36h{_END} أو {_LTR}7d{_END} أو today",
    ),
    ("{it}: not within the last hundred years", "{it}: ليس من السنوات المئة الأخيرة"),
    ("no site {it}; {why}", "لا موقع باسم {it}؛ {why}"),
    ("'rasid sites list' shows the keys", "المواقع كلها في غرفة المواقع"),
    ("a note has 1 to {n} characters", "طول الملاحظة من حرف واحد إلى {n}"),
    ("a view needs a name", "لا بد للعرض من اسم"),
    ("a token of {it} cannot have the role {why}", "لا يكون لرمز {it} دور {why}"),
    ("{it}: an interval has {n} to {m} minutes", "{it}: الفاصل من {n} إلى {m} دقيقة"),
    # Of the watch list.
    ("{it}: is no TOML: {why}", "{it}: ليس TOML سليماً: {why}"),
    ("{it} (at line {n}, column {m})", "السطر {n}، الحرف {m}: {it}"),
    ("{it}: is not UTF-8; save it as UTF-8", "{it}: ليس بترميز UTF-8؛ احفظه به"),
    (
        "{it}: is {other}, and TOML must be UTF-8; save it as UTF-8",
        "{it}: بترميز {other}، وTOML لا يكون إلا UTF-8؛ احفظه به",
    ),
    ("{it}: there is no such file", "{it}: لا ملف كهذا"),
    ("{it}: cannot be read: {why}", "{it}: لا يُقرأ: {why}"),
    ("{it}: cannot be written: {why}", "{it}: لا يُكتب: {why}"),
    ("{it}: cannot be written ({why}).", "{it}: لا يُكتب: {why}"),
    ("no watch {it}; {why}", "لا مراقبة باسم {it}؛ {why}"),
    ("no watch {it}", "لا مراقبة باسم {it}"),
    ("{it}: watch {other} names the {why}", "{it}: المراقبة {other} تذكر {why}"),
    ("unknown site {it}; {why}", "موقعاً غير معروف {it}؛ {why}"),
    ("unknown site {it}", "موقعاً غير معروف {it}"),
    ("unknown channel {it}; {why}", "قناة غير معروفة {it}؛ {why}"),
    ("unknown channel {it}", "قناة غير معروفة {it}"),
    (
        "{it}: two watches are named {other}; names must differ",
        "{it}: مراقبتان باسم {other}؛ لا بد أن تختلف الأسماء",
    ),
    (
        "{it}: cannot tell where the watch {other} begins; change it by hand",
        "{it}: لا يُعرف أين تبدأ المراقبة {other}؛ غيّرها بيدك",
    ),
    ("{it}: unknown key {other}; {why}", "{it}: مفتاح غير معروف {other}؛ {why}"),
    ("{it}: unknown key {other}", "{it}: مفتاح غير معروف {other}"),
    ("did you mean {it}?", "لعلّك تقصد {it}"),
    ("{it} is missing", "{it} ناقص"),
    ("{it} must be a whole number", "{it} لا بد أن يكون عدداً صحيحاً"),
    ("{it} must be a number", "{it} لا بد أن يكون عدداً"),
    ("{it} must be true or false", "{it} لا بد أن يكون true أو false"),
    ("{it} must be text in quotes", "{it} لا بد أن يكون نصاً بين علامتي تنصيص"),
    ("{it} must be a list, in [ ]", "{it} لا بد أن يكون قائمة بين [ ]"),
    ("{it} must be a table", "{it} لا بد أن يكون جدولاً"),
    ("{it} must not be empty", "{it} لا يكون فارغاً"),
    ("{it} must be {other}", "{it} لا بد أن يكون {other}"),
)
_KINDS = {
    "at": r"\d{4}-\d\d-\d\d \d\d:\d\d UTC",
    "day": r"\d{4}-\d\d-\d\d",
    "n": r"-?\d[\d.,]*",
    "m": r"\d[\d.,]*",
}
_PLACE = re.compile(r"\{(\w+)\}")
_LATIN = re.compile("[A-Za-z]")
# How a moment is written: phrases.ARABIC says why not with hyphens.
_CLOCK = "%Y/%m/%d %H:%M"


def arabic(said: str, zone: tzinfo) -> str | None:
    """Return a sentence of the program in Arabic, its times in *zone*; None for an unknown one.

    >>> arabic("no route works: http_403, robots", UTC)
    'لا مسار يعمل: جواب الخادم 403، يمنعه ملف robots.txt'
    """
    if said in WORDS:
        return WORDS[said]
    for pattern, words in _patterns():
        found = pattern.fullmatch(said)
        if found is not None:
            facts = found.groupdict()
            carried = {name: _carried(name, fact, zone) for name, fact in facts.items()}
            return words.format_map(carried)
    several = [arabic(each, zone) for each in said.split("; ")] if "; " in said else [None]
    return "؛ ".join(each for each in several if each) if all(several) else None


def worded(said: str, zone: tzinfo) -> str:
    """Return a sentence of the program in Arabic; an unknown one as it is, apart from its line."""
    return arabic(said, zone) or _apart(said)


def _carried(name: str, fact: str, zone: tzinfo) -> str:
    if name == "at":
        moment = datetime.strptime(fact, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
        return f"{moment.astimezone(zone):{_CLOCK}}"
    if name == "day":
        return fact.replace("-", "/")
    if name in ("n", "m"):
        return fact
    if name == "why":
        return worded(fact, zone)
    if name in ("whys", "parts"):
        between, comma = (", ", "، ") if name == "whys" else ("; ", "؛ ")
        return comma.join(worded(each, zone) for each in fact.split(between))
    return _apart(fact)


def _apart(fact: str) -> str:
    """Return a name or an address so that it runs in its own direction."""
    return f"{_APART}{fact}{_END}" if _LATIN.search(fact) else fact


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_pattern(english)), words) for english, words in _SENTENCES)


def _pattern(english: str) -> str:
    return "".join(_parts(english))


def _parts(english: str) -> Iterator[str]:
    at = 0
    for place in _PLACE.finditer(english):
        yield re.escape(english[at : place.start()])
        yield f"(?P<{place[1]}>{_KINDS.get(place[1], '(?s:.+?)')})"
        at = place.end()
    yield re.escape(english[at:])
