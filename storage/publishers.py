"""Who had a text first, and whom it names as its source. Pure.

The earliest true date decides. A site may state a day without an hour, a date before which it
cannot have had the text, or none: then what counts is when the archive first saw it. Between
dates that do not decide, the one that others name as their source goes first.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from storage.names import lead_in
from storage.text import words

# As they are called -> how they are written.
AGENCIES = {
    "سانا": ("سانا", "الوكالة العربية السورية للأنباء", "SANA"),
    "رويترز": ("رويترز", "Reuters"),
    "فرانس برس": ("فرانس برس", "أ ف ب", "AFP"),
    "أسوشيتد برس": ("أسوشيتد برس", "اسوشييتد برس", "أ ب"),
    "الألمانية": ("د ب أ", "الوكالة الألمانية", "DPA"),
    "الأناضول": ("الأناضول", "وكالة الأناضول"),
    "سبوتنيك": ("سبوتنيك",),
    "نوفوستي": ("نوفوستي",),
    "تاس": ("تاس",),
    "شينخوا": ("شينخوا",),
    "واس": ("واس",),
    "بترا": ("بترا",),
    "وفا": ("وفا",),
    "هاوار": ("هاوار", "ANHA"),
    "نورث برس": ("نورث برس",),
    "روداو": ("روداو",),
    "وكالات": ("وكالات", "الوكالات"),
}
# «المصدر: سانا» stands at the end or the beginning; «نقلا عن رويترز» anywhere.
_STATED = re.compile(
    r"(?:المصدر|مصدر الخبر)\s*[:：/-]\s*([^\n.،]{2,40})|نقل[اًا]+ً?\s+عن\s+([^\n.،:]{2,40})"
)
_IN_BRACKETS = re.compile(r"\(([^()\n]{2,30})\)")
OPENING_CHARACTERS = 300

_SEGMENTS = re.compile(r"[-–—:/|،\n]")
_PARTS = re.compile(r"\s[-–—|]\s|[()]")
# What stands before a name and is none: «وكالة الأناضول».
_KINDS = frozenset(words("وكالة موقع صحيفة جريدة قناة شبكة تلفزيون عن نقلا المصدر"))
_AGENCIES = frozenset(tuple(words(form)) for forms in AGENCIES.values() for form in forms)
Spelled = tuple[str, ...]

Basis = Literal["published", "published that day", "first seen"]
# Of a day without an hour it is only known that it has passed.
A_DAY = timedelta(days=1)
# Clocks and feeds differ; what lies closer together is decided by who names whom.
CLOSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Carrier:
    """An article that carries a text, and what is known of when it had it."""

    article_id: int
    site: str
    published_at: datetime | None
    first_seen_at: datetime
    # Site keys or names of agencies, as `sources` gives them.
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Appearance:
    """When a carrier had the text, as far as that can be told, and by what."""

    carrier: Carrier
    at: datetime
    basis: Basis


def appeared(carrier: Carrier) -> Appearance:
    """Return when *carrier* had the text: never after the archive saw it there."""
    stated, seen = carrier.published_at, carrier.first_seen_at
    if stated is None or stated > seen:
        return Appearance(carrier, seen, "first seen")
    if not _is_midnight(stated):
        return Appearance(carrier, stated, "published")
    return Appearance(carrier, min(seen, stated + A_DAY), "published that day")


def in_order(carriers: Iterable[Carrier]) -> list[Appearance]:
    """Return who had the text in order of time; of close ones whom the other names is first."""
    found = sorted(map(appeared, carriers), key=lambda each: (each.at, each.carrier.article_id))
    for at in range(1, len(found)):
        place = at
        while place and _goes_before(found[place], found[place - 1]):
            found[place - 1], found[place] = found[place], found[place - 1]
            place -= 1
    return found


def sources(body: str, authors: Sequence[str] = (), *, outlets: Mapping[str, str]) -> list[str]:
    r"""Return whom a text names as its source, in the order in which it does.

    *outlets* says what the names of outlets stand for: site keys. Agencies that are none of
    them are called by their names.

    >>> sources("دمشق – سانا\nأعلنت الوزارة اليوم.", outlets={"سانا": "sana"})
    ['sana']
    >>> sources("أعلنت الوزارة اليوم.\nالمصدر: رويترز", outlets={"سانا": "sana"})
    ['رويترز']
    """
    stretches = [
        body[: lead_in(body)],
        *_IN_BRACKETS.findall(body[:OPENING_CHARACTERS]),
        *(one or other for one, other in _STATED.findall(body)),
        *authors,
    ]
    spelled = _spellings(outlets)
    found = (source for stretch in stretches for source in _within(stretch, spelled))
    return list(dict.fromkeys(found))


def _spellings(outlets: Mapping[str, str]) -> dict[Spelled, str]:
    """What each way of writing a name stands for, agencies and outlets."""
    spelled = {tuple(words(form)): name for name, forms in AGENCIES.items() for form in forms}
    named = {
        # «سانا - الوكالة العربية السورية للأنباء», «الحرية (تشرين سابقا)»
        tuple(words(part)): key
        for name, key in outlets.items()
        for part in (name, *_PARTS.split(name))
        if words(part)
    }
    # An agency that is a site of the archive goes by the site's key, however it is written.
    for forms in AGENCIES.values():
        keys = [named[tuple(words(form))] for form in forms if tuple(words(form)) in named]
        if keys:
            spelled |= {tuple(words(form)): keys[0] for form in forms}
    return named | spelled


def _within(stretch: str, spelled: Mapping[Spelled, str]) -> Iterator[str]:
    for part in _SEGMENTS.split(stretch):
        said = tuple(words(part))
        while said and said not in spelled and said[0] in _KINDS:
            said = said[1:]
        for at in range(len(said)):
            for length in range(len(said) - at, 0, -1):
                name = said[at : at + length]
                # «الثورة» and «الوطن» are names where nothing else stands beside them.
                if name in spelled and (name == said or length > 1 or name in _AGENCIES):
                    yield spelled[name]
                    break


def _goes_before(one: Appearance, other: Appearance) -> bool:
    stated = one.basis == other.basis == "published"
    decided = stated and one.at - other.at > CLOSE
    return (
        not decided
        and one.at - other.at <= A_DAY
        and one.carrier.site in other.carrier.sources
        and other.carrier.site not in one.carrier.sources
    )


def _is_midnight(moment: datetime) -> bool:
    # In UTC, in Syria, and in Syria as it was in winter: a day without an hour is kept so.
    return (moment.minute, moment.second) == (0, 0) and moment.hour in (0, 21, 22)
