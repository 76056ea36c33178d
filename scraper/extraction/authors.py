"""Bylines → persons."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from scraper.extraction import json_ld
from scraper.extraction.page import Page, text_of
from scraper.extraction.themes import Rule
from scraper.extraction.wording import key, letters, one_line

_LEAD = re.compile(
    r"^\s*(?:(?:إعداد|اعداد|تقرير|كتابة|ترجمة)\s+و\w+(?=\s*[:：])|بقلم|كتب(?:ت|ه|ها)?|إعداد|اعداد|حوار|تقرير|تحقيق|ترجمة|تحرير|المصدر|الكاتب(?:ة)?|"
    r"مراسل(?:ة|نا|تنا)?(?:\s+[^:：]{1,30})?(?=[:：])|"
    r"by|written\s+by|posted\s+by|von|par|por|di)\s*(?:[:：/\-–|]\s*|\s+(?=\S))",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(?:بقلم|كتب(?:ت|ه|ها)?|إعداد|اعداد|حوار|تقرير|تحقيق|حاور(?:ه|ها|ته)|متابعة)\s*[:：/\-–]\s*"
    r"((?:[^\W\d_]+[ .،]*){2,6})|بقلم\s+((?:[^\W\d_]+ ?){2,4})"
)
_NOTE = re.compile(r"\s*[(\[].*$")
_SPLIT = re.compile(
    r"\s*(?:[،,;؛|/•·+\n]|\s[-–—]\s|\s&\s|\s+and\s+|\s+und\s+|\s+et\s+|\s+y\s+|\s+og\s+)\s*"
)
_HYPHEN = re.compile(r"\s*[-–—]\s*")
_ADDRESS = re.compile(r"https?://|www\.|@|\.(?:com|net|org|sy|tv)\b", re.IGNORECASE)
_NOT_PERSONS = frozenset(
    key(name)
    for name in [
        "admin",
        "administrator",
        "editor",
        "webmaster",
        "webdesk",
        "web desk",
        "news desk",
        "newsroom",
        "staff",
        "staff writer",
        "user",
        "root",
        "author",
        "guest",
        "unknown",
        "none",
        "null",
        "anonymous",
        "super user",
        "manager",
        "editor1",
        "editor2",
        "test",
        "desk",
        "reporter",
        "guest author",
        "محرر",
        "المحرر",
        "المحررة",
        "التحرير",
        "فريق التحرير",
        "هيئة التحرير",
        "قسم التحرير",
        "أسرة التحرير",
        "إدارة الموقع",
        "الإدارة",
        "ادمن",
        "أدمن",
        "مدير الموقع",
        "مدير",
        "كاتب",
        "مراسل",
        "مراسلنا",
        "خاص",
        "وكالات",
        "متابعات",
        "متابعة",
        "رصد",
        "الموقع",
        "غرفة الأخبار",
        "مواقع",
        "صحف",
        "رويترز",
        "فرانس برس",
        "أ ف ب",
        "اف ب",
        "أسوشيتد برس",
        "أ ب",
        "د ب أ",
        "سانا",
        "الأناضول",
        "وكالة الأناضول",
        "سبوتنيك",
        "بترا",
        "واس",
        "reuters",
        "afp",
        "ap",
        "associated press",
        "dpa",
        "sana",
        "anadolu",
        "xinhua",
        "sputnik",
        "agence france presse",
        "دمشق",
        "حلب",
        "حمص",
        "حماة",
        "حماه",
        "اللاذقية",
        "طرطوس",
        "درعا",
        "السويداء",
        "القنيطرة",
        "دير الزور",
        "الرقة",
        "الحسكة",
        "القامشلي",
        "إدلب",
        "ادلب",
        "ريف دمشق",
        "منبج",
        "كوباني",
        "عين العرب",
        "الباب",
        "عفرين",
        "أعزاز",
        "تدمر",
        "بيروت",
        "عمان",
        "القاهرة",
        "بغداد",
        "أنقرة",
        "إسطنبول",
        "اسطنبول",
        "الرياض",
        "الدوحة",
        "دبي",
        "أبوظبي",
        "القدس",
        "غزة",
        "لندن",
        "باريس",
        "واشنطن",
        "موسكو",
        "جنيف",
        "نيويورك",
        "برلين",
        "طهران",
        "أربيل",
        "الشمال السوري",
    ]
)
_MAKER = re.compile(r"^(?:develop|design|power|generat|creat|built)\w*\s+by\b", re.IGNORECASE)
_AGENCY = re.compile(r"^(?:وكاله|شبكه|موقع|صحيفه|قناه|تلفزيون|جريده|مركز|مكتب|فريق|غرفه|قسم)\s")
_META = ("author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl")
_LONGEST = 60


def candidates(page: Page, rules: list[Rule]) -> list[tuple[str, list[str]]]:
    """Return what the page states as authors, by source in order of trust."""
    return [(source, stated) for source, stated in _stated(page, rules) if stated]


def _stated(page: Page, rules: list[Rule]) -> Iterator[tuple[str, list[str]]]:
    yield "json-ld", json_ld.strings(page.article.get("author"))
    yield "microdata", [_value(element) for element in page.microdata.get("author", ())]
    yield "og", page.metas.get("article:author", [])
    yield from _by_rule(page, [rule for rule in rules if rule.source.startswith("site")])
    yield "meta", [value for name in _META for value in page.metas.get(name, ())]
    yield from _by_rule(page, [rule for rule in rules if not rule.source.startswith("site")])
    yield "generic", [text_of(link) for link in page.related if link.get("rel") == "author"][:4]


def _by_rule(page: Page, rules: list[Rule]) -> Iterator[tuple[str, list[str]]]:
    for rule in rules:
        yield rule.source, page.values(rule.css)[:8]


def read(
    page: Page, rules: list[Rule], paragraphs: Sequence[str] = ()
) -> tuple[list[str], str | None]:
    """Return the persons who wrote the page and the source that named them.

    *paragraphs* are the body's: some sites sign only there.
    """
    for source, stated in chain(_stated(page, rules), [("byline", bylines(paragraphs))]):
        found = persons(stated, outlet=[*page.site_names, *page.added_names]) if stated else []
        if found:
            return found, source
    for source, stated in islice(_stated(page, rules), 2):
        # An outlet that signs in its own name, in the article's own record.
        if source in {"json-ld", "microdata"}:
            own = {key(name) for name in page.site_names if not _is_handle(name)}
            signed = [name for name in map(one_line, stated) if key(name) in own]
            if signed:
                return signed[:1], source
    return [], None


def bylines(paragraphs: Sequence[str]) -> list[str]:
    """Return the lines at the ends of *paragraphs* that say who wrote them.

    >>> bylines(["حوار: آسيا العتروس", "ما الذي يحدث؟"])
    ['آسيا العتروس']
    """
    ends = [*paragraphs[:3], *paragraphs[3:][-2:]]
    lines = [line for text in ends if len(text) < 200 for line in text.split("\n")]
    return [found[1] or found[2] for line in lines if (found := _BYLINE.fullmatch(line))]


def persons(stated: Iterable[str], *, outlet: Iterable[str] = ()) -> list[str]:
    """Return the persons named in *stated*: no agency, place, address or login.

    >>> persons(["بقلم: آسيا العتروس", "دمشق - رويترز", "admin", "https://example.org/x"])
    ['آسيا العتروس']
    """
    own = {key(name) for name in outlet}
    found: dict[str, str] = {}
    for line in stated:
        if len(line) > 300 or _ADDRESS.search(line.split()[0] if line.split() else ""):
            continue
        for part in _parts(_LEAD.sub("", one_line(line))):
            name = _NOTE.sub("", _LEAD.sub("", part)).strip(" .:-–—()[]\"'“”")
            compared = key(name)
            if compared and compared not in own and _is_person(name, compared):
                found.setdefault(compared, name)
    return list(found.values())


def _parts(line: str) -> Iterator[str]:
    """Yield what signs of enumeration part in *line*; a hyphen does beside a place or an agency."""
    for part in _SPLIT.split(line):
        joined = _HYPHEN.split(part)
        apart = any(key(one) in _NOT_PERSONS for one in joined)
        yield from joined if apart else [part]


def _is_person(name: str, compared: str) -> bool:
    if len(name) > _LONGEST or compared in _NOT_PERSONS or _ADDRESS.search(name):
        return False
    if (
        _MAKER.match(name)
        or _AGENCY.match(letters(name))
        or any(letter.isdigit() for letter in name)
    ):
        return False
    return len(compared) > 1 and len(compared.split()) <= 6


def _is_handle(name: str) -> bool:
    """Tell whether *name* is an address or a login, not how the outlet writes itself."""
    return name == name.lower() and name.isascii()


def _value(element: object) -> str:
    content = element.get("content")  # type: ignore[attr-defined]
    if content:
        return str(content)
    inner = element.xpath(".//*[@itemprop='name']")  # type: ignore[attr-defined]
    if inner:
        return str(inner[0].get("content") or text_of(inner[0]))
    return text_of(element)
