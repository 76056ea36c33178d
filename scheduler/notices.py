"""What the program says of itself: troubles and their ends, cards, what a sweep found. Pure.

    card(facts, zone, words)      how much was read, or that collecting was impaired
    health(facts, zone, words)    a trouble, or that it is over
    sweep(facts, zone, words)     what a second evaluation found otherwise

Each returns a title and lines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple

from scheduler import sayings
from scheduler.phrases import Language, Phrases
from scheduler.quoting import cut

Worded = tuple[str, list[str]]

# So many names in a line; the rest are counted.
NAMES = 12
# So many watches have their last match told; the longest silent first.
WATCHES = 40


class _Told(NamedTuple):
    """How moments of the facts, and the program's own sentences, are written."""

    when: Callable[[str], str]
    tell: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Words:
    quiet: str
    tally: str
    impaired: str
    since: str
    sites: str
    articles: str
    versions: str
    found: str
    cases: str
    last_match: str
    never: str
    missed: str
    late: str
    silent: str
    failing_cases: str
    no_cases: str
    nothing: str
    gaps: str
    begins: str
    over: str
    began: str
    reason: str
    waiting: str
    given_up: str
    sweep: str
    sweep_missed: str
    sweep_lost: str
    more: str
    troubles: Mapping[str, str]


_ARABIC = _Words(
    quiet="راصد: هدوء، والرصد سليم",
    tally="راصد: حصيلة، والرصد سليم",
    impaired="راصد: الرصد لم يكن سليما",
    since="منذ {since}",
    sites="المواقع التي وصلنا إليها: {reached} من {enabled}",
    articles="الأخبار المقروءة: {articles}",
    versions="الصيغ المفحوصة: {evaluated} · المنتظرة: {waiting}",
    found="المطابقات: {matches} · التنبيهات: {alerts}",
    cases="المراقبات: {active} · اختباراتها الخاصة: {passed} من {cases} صحيحة",
    last_match="آخر مطابقة: {at} · {watch}",
    never="لا مطابقة بعد",
    missed="مواقع لم نصل إليها: {names}",
    late="صيغ تنتظر الفحص أكثر من عشر دقائق: {late}",
    silent="عمال صامتون: {names}",
    failing_cases="مراقبات لم تجتز اختباراتها: {names}",
    nothing="لا موقع مفعل، ولم يصل أي خبر",
    no_cases="قائمة المراقبات لا تُقرأ: {reason}",
    gaps="حسابات لا تتوازن: {names}",
    begins="راصد: خلل: {what}",
    over="راصد: زال الخلل: {what}",
    began="بدأ: {began}",
    reason="السبب: {reason}",
    waiting="تنبيهات منتظرة: {waiting}",
    given_up="تنبيهات لم تصل وتُركت: {failed}",
    sweep="راصد: الفحص الثاني اختلف عن الأول",
    sweep_missed="فات الفحص الأول: {watch}: {headline} ({url})",
    sweep_lost="لم يعد يطابق: {watch}: {headline} ({url})",
    more="وغيرها: {count}",
    troubles=MappingProxyType(
        {
            "failing": "{name}: لا يمكن الوصول إلى الموقع",
            "refused": "{name}: الموقع يرفض القراءة",
            "quiet": "{name}: الموقع لا ينشر كعادته",
            "degraded": "{name}: الموقع يُقرأ قراءة ناقصة",
            "lost": "العامل {name} مفقود",
            "channel": "القناة {name} لا تستلم",
            "disk": "القرص يكاد يمتلئ: {name}",
            "ledger": "الحسابات لا تتوازن",
        }
    ),
)
_ENGLISH = _Words(
    quiet="Rasid: all quiet, and the watching works",
    tally="Rasid: a day's count, and the watching works",
    impaired="Rasid: the watching was impaired",
    since="Since {since}",
    sites="Sites reached: {reached} of {enabled}",
    articles="Articles read: {articles}",
    versions="Versions evaluated: {evaluated} · waiting: {waiting}",
    found="Matches: {matches} · alerts: {alerts}",
    cases="Watches: {active} · of their own cases: {passed} of {cases} right",
    last_match="Last match: {at} · {watch}",
    never="none yet",
    missed="Sites not reached: {names}",
    late="Versions waiting for more than ten minutes: {late}",
    silent="Workers not heard of: {names}",
    failing_cases="Watches that fall short of their own cases: {names}",
    nothing="No site is enabled, and nothing came in",
    no_cases="The watch list cannot be read: {reason}",
    gaps="Sums that do not close: {names}",
    begins="Rasid: trouble: {what}",
    over="Rasid: over: {what}",
    began="Began: {began}",
    reason="Reason: {reason}",
    waiting="Alerts waiting: {waiting}",
    given_up="Alerts given up: {failed}",
    sweep="Rasid: the second evaluation differs from the first",
    sweep_missed="Missed at first: {watch}: {headline} ({url})",
    sweep_lost="Matches no more: {watch}: {headline} ({url})",
    more="And more: {count}",
    troubles=MappingProxyType(
        {
            "failing": "{name}: the site cannot be reached",
            "refused": "{name}: the site refuses to be read",
            "quiet": "{name}: the site does not publish as it used to",
            "degraded": "{name}: the site is read only in part",
            "lost": "the worker {name} is lost",
            "channel": "the channel {name} takes nothing",
            "disk": "the disk is nearly full: {name}",
            "ledger": "the ledger does not close",
        }
    ),
)
_LANGUAGES: Mapping[Language, _Words] = MappingProxyType({"ar": _ARABIC, "en": _ENGLISH})


def worded(kind: str, facts: dict[str, Any], zone: tzinfo, words: Phrases) -> Worded:
    """Return title and lines of a notice of *kind*; times are told in *zone*."""

    def when(moment: str) -> str:
        return words.time(datetime.fromisoformat(moment).astimezone(zone))

    def tell(sentence: str) -> str:
        return sayings.worded(sentence, zone) if words.language == "ar" else sentence

    return _KINDS[kind](facts, _Told(when, tell), _LANGUAGES[words.language])


def impairments(facts: dict[str, Any]) -> list[str]:
    """Return in one word each what of a card's facts says that collecting was impaired.

    >>> impairments({"sites": {"enabled": 3, "missed": ["sana"]}, "gaps": ["a sum"]})
    ['missed', 'gaps']
    """
    checks = {
        "missed": facts.get("sites", {}).get("missed"),
        "late": facts.get("versions", {}).get("late"),
        "silent": facts.get("silent_workers"),
        "failing_cases": facts.get("watches", {}).get("failing"),
        "no_cases": facts.get("watches", {}).get("reason"),
        "nothing": facts.get("sites", {}).get("enabled") == 0
        and facts.get("versions", {}).get("evaluated") == 0,
        "gaps": facts.get("gaps"),
    }
    return [name for name, found in checks.items() if found]


def _card(facts: dict[str, Any], told: _Told, said: _Words) -> Worded:
    found = impairments(facts)
    quiet = said.tally if facts["alerts"] else said.quiet
    watches = facts["watches"]
    lines = [
        *(_impairment(name, facts, told, said) for name in found),
        said.since.format(since=told.when(facts["since"])),
        said.sites.format(**facts["sites"]),
        said.articles.format(articles=facts["articles"]),
        said.versions.format(**facts["versions"]),
        said.found.format(matches=facts["matches"], alerts=facts["alerts"]),
        said.cases.format(**{"active": 0, "passed": 0, "cases": 0, **watches}),
    ]
    last = facts["last_matches"]
    for each in last[:WATCHES]:
        at = told.when(each["at"]) if each["at"] else said.never
        lines.append(said.last_match.format(watch=each["watch"], at=at))
    if len(last) > WATCHES:
        lines.append(said.more.format(count=len(last) - WATCHES))
    return said.impaired if found else quiet, lines


def _impairment(name: str, facts: dict[str, Any], told: _Told, said: _Words) -> str:
    names: Sequence[str] = {
        "missed": facts["sites"]["missed"],
        "silent": facts["silent_workers"],
        "failing_cases": facts["watches"].get("failing", ()),
        "gaps": [told.tell(gap) for gap in facts.get("gaps", ())],
    }.get(name, ())
    shown = " · ".join(names[:NAMES])
    if len(names) > NAMES:
        shown += " · " + said.more.format(count=len(names) - NAMES)
    text: str = getattr(said, name)
    reason = told.tell(facts["watches"].get("reason", ""))
    return "! " + text.format(names=shown, late=facts["versions"]["late"], reason=reason)


def _health(facts: dict[str, Any], told: _Told, said: _Words) -> Worded:
    what = said.troubles.get(facts["trouble"], "{name}: {trouble}")
    what = what.format(name=facts["name"], trouble=facts["trouble"])
    title = said.over if facts["over"] else said.begins
    lines = []
    if facts["over"]:
        lines.append(said.began.format(began=told.when(facts["began"])))
    if facts.get("reason"):
        lines.append(said.reason.format(reason=cut(told.tell(facts["reason"]), 500)))
    if facts.get("waiting") and not facts["over"]:
        lines.append(said.waiting.format(waiting=facts["waiting"]))
    if facts.get("failed") and not facts["over"]:
        lines.append(said.given_up.format(failed=facts["failed"]))
    return title.format(what=what), lines


def _sweep(facts: dict[str, Any], told: _Told, said: _Words) -> Worded:
    lines = [said.since.format(since=told.when(facts["since"]))]
    for name, text in (("missed", said.sweep_missed), ("lost", said.sweep_lost)):
        lines += [text.format(**each) for each in facts[name][:WATCHES]]
        if len(facts[name]) > WATCHES:
            lines.append(said.more.format(count=len(facts[name]) - WATCHES))
    return said.sweep, lines


_KINDS: Mapping[str, Callable[[dict[str, Any], _Told, _Words], Worded]] = MappingProxyType(
    {"card": _card, "health": _health, "sweep": _sweep}
)
