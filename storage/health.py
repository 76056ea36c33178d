"""How a site is, in one word and in words: decided from what its polls came to. Pure.

    new        never polled
    ok         answers, and brings what it usually brings
    quiet      answers, but has been silent for longer than its rhythm explains
    degraded   answers, but less comes out of its pages than used to
    refused    does not want us: robots.txt, 401, 403, 406, 451, a challenge, a wall to log in at
    failing    does not answer properly
    dead       has not for a day and several polls

A site's rhythm is how many articles usually come at each hour of the week. The silence is
measured in articles that should have come meanwhile, so that a night or a Friday is no
silence, and only up to the last poll that was answered: what nobody asked for is not missed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

State = Literal["new", "ok", "quiet", "degraded", "refused", "failing", "dead"]

# Of a site that failed so often in a row, and for so long, no route lives.
DEAD_AFTER = timedelta(days=1)
DEAD_POLLS = 3

# What the rhythm is learnt from, and from how much at least.
RHYTHM = timedelta(days=28)
LEAST_LEARNT = timedelta(days=7)
LEAST_ARRIVALS = 20
# A shorter silence is not looked into.
SHORTEST_SILENCE = timedelta(hours=3)
# So many articles must be missing at least, and twice what 99 of 100 silences come to.
LEAST_MISSING = 6.0
_USUAL_SHARE = 0.99
_BEYOND = 2.0

# How fast the two memories of a yield forget: by about half after seven pages, after 140.
_NOW, _USUALLY = 1 / 10, 1 / 200
LEAST_PAGES = 20
# A yield has fallen when it is at most so much of what is usual, …
FALLEN = 0.6
# … and is bad whatever is usual below this. (Many a site never dates its articles.)
BAD = {"article": 0.2, "body": 0.2}

_HOUR = timedelta(hours=1)
_WEEK = 7 * 24
_SAID = {
    "article": "pages read as articles",
    "body": "articles with a body",
    "date": "articles with a date",
}

Yields = Mapping[str, list[float]]


@dataclass(frozen=True, slots=True)
class Yield:
    """What came out of the pages of one poll: how many are whole, of how many."""

    article: tuple[int, int] = (0, 0)
    body: tuple[int, int] = (0, 0)
    date: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a site as its health is judged.

    *outcome* and *reason* are the last poll's; *arrivals* when its articles came out in the
    last four weeks, in any order, and may be left out where there is no silence to explain.
    """

    outcome: str | None = None
    reason: str | None = None
    failures: int = 0
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    arrivals: Sequence[datetime] = ()
    yields: Yields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """The health of a site: one word, and why; *reason* is None where all is well."""

    state: State
    reason: str | None = None


def judge(facts: Facts, *, now: datetime) -> Finding:
    """Return how the site is.

    >>> judge(Facts(), now=datetime(2026, 11, 25))
    Finding(state='new', reason=None)
    >>> judge(Facts(outcome="refused", reason="no route works: http_403"), now=datetime(2026, 11, 25))
    Finding(state='refused', reason='no route works: http_403')
    """
    if facts.outcome is None:
        return Finding("new")
    if facts.outcome == "refused":
        return Finding("refused", facts.reason)
    if facts.outcome != "ok":
        return _broken(facts, now)
    reason = fallen(facts.yields)
    if reason is not None:
        return Finding("degraded", reason)
    reason = silence(facts)
    return Finding("ok") if reason is None else Finding("quiet", reason)


def needs_arrivals(last_new_at: datetime | None, now: datetime) -> bool:
    """Tell whether a site has been silent for long enough to be asked for its rhythm."""
    return last_new_at is not None and now - last_new_at >= SHORTEST_SILENCE


def silence(facts: Facts) -> str | None:
    """Return in words that the site is silent beyond its rhythm, or None."""
    if facts.last_new_at is None or facts.last_success_at is None:
        return None
    arrivals = sorted(moment for moment in facts.arrivals if moment <= facts.last_new_at)
    if len(arrivals) < LEAST_ARRIVALS or arrivals[-1] - arrivals[0] < LEAST_LEARNT:
        return None
    rhythm = Rhythm(arrivals)
    missing = rhythm.expected(facts.last_new_at, facts.last_success_at)
    gaps = sorted(rhythm.expected(*pair) for pair in pairwise(arrivals))
    usual = gaps[min(len(gaps) - 1, int(_USUAL_SHARE * len(gaps)))]
    if missing < max(LEAST_MISSING, _BEYOND * usual):
        return None
    hours = (facts.last_success_at - facts.last_new_at) / _HOUR
    return (
        f"nothing new for {hours:.0f} h, since {facts.last_new_at:%Y-%m-%d %H:%M} UTC; "
        f"by its rhythm {missing:.0f} articles would have come"
    )


class Rhythm:
    """How many articles usually come out in each hour of the week (UTC)."""

    def __init__(self, arrivals: Sequence[datetime]) -> None:
        """Learn from *arrivals*, sorted."""
        weeks = (arrivals[-1] - arrivals[0]) / timedelta(days=7)
        counts = [0.0] * _WEEK
        for moment in arrivals:
            counts[_place(moment)] += 1 / weeks
        # Four weeks say little of one hour of the week; half of it is what its neighbours bring.
        self._rates = [
            count / 2 + (counts[place - 1] + counts[(place + 1) % _WEEK]) / 4
            for place, count in enumerate(counts)
        ]
        self._sums = [0.0]
        for rate in self._rates:
            self._sums.append(self._sums[-1] + rate)

    def expected(self, after: datetime, until: datetime) -> float:
        """Return how many articles usually come between two moments."""
        return self._until(until, after) - self._until(after, after)

    def _until(self, moment: datetime, origin: datetime) -> float:
        """Return the articles from the beginning of *origin*'s week to *moment*."""
        begin = origin.replace(minute=0, second=0, microsecond=0) - _place(origin) * _HOUR
        hours = (moment - begin) / _HOUR
        weeks, place = divmod(hours, _WEEK)
        whole = int(place)
        partial = self._rates[whole] * (place - whole)
        return weeks * self._sums[-1] + self._sums[whole] + partial


def remember(yields: Yields | None, found: Yield) -> dict[str, list[float]]:
    """Return *yields* with what a poll brought: of each measure its share now, usually, and pages.

    What is usual is not learnt while a yield is down: else a site that stays broken would
    become usual.
    """
    known = dict(yields or {})
    for name in _SAID:
        good, pages = getattr(found, name)
        if not pages:
            continue
        share = good / pages
        now, usually, seen = known.get(name) or (share, share, 0.0)
        is_down = _is_down(name, now, usually, seen)
        now += (share - now) * (1 - (1 - _NOW) ** pages)
        if not is_down:
            usually += (share - usually) * (1 - (1 - _USUALLY) ** pages)
        known[name] = [round(now, 4), round(usually, 4), seen + pages]
    return known


def fallen(yields: Yields) -> str | None:
    """Return in words which yields are down, or None.

    >>> fallen({"article": [0.3, 0.95, 400.0]})
    'of late 30 % of pages read as articles, usually 95 %; has its theme changed?'
    """
    down = [
        f"{100 * now:.0f} % of {_SAID[name]}, usually {100 * usually:.0f} %"
        for name, (now, usually, seen) in yields.items()
        if _is_down(name, now, usually, seen)
    ]
    return f"of late {'; '.join(down)}; has its theme changed?" if down else None


def recovery(state: str, since: datetime, before: str, reason: str | None, began: datetime) -> str:
    """Return in words that a site came back from another state.

    >>> recovery("ok", datetime(2026, 11, 25, 9), "dead", "dns", datetime(2026, 11, 22, 9))
    'ok again since 2026-11-25 09:00 UTC, after 72 h dead (dns)'
    """
    why = f" ({reason})" if reason else ""
    hours = (since - began) / _HOUR
    return f"{state} again since {since:%Y-%m-%d %H:%M} UTC, after {hours:.0f} h {before}{why}"


def _broken(facts: Facts, now: datetime) -> Finding:
    last = facts.last_success_at
    if facts.failures < DEAD_POLLS or (last is not None and now - last < DEAD_AFTER):
        return Finding("failing", facts.reason)
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last is not None else "so far"
    polls = f"{facts.failures} polls in a row"
    return Finding("dead", f"no route has worked {since}, {polls}; last: {facts.reason}")


def _is_down(name: str, now: float, usually: float, seen: float) -> bool:
    if seen < LEAST_PAGES:
        return False
    bad = BAD.get(name, 0.0)
    return now < bad or (usually > 0 and now <= FALLEN * usually)


def _place(moment: datetime) -> int:
    return moment.weekday() * 24 + moment.hour
