"""Two weeks of a site that is now alive, now dead, polled as a worker polls it, in no time.

python -m tests.two_weeks   writes docs/health.svg; `make docs` does
tests/test_two_weeks.py     holds the picture to the code

What is asked is `storage.sites.record_poll`, of an archive in memory, with the time passed in.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from sqlalchemy.orm import Session

from storage import sites
from storage.database import connect, session, upgrade
from storage.health import Yield
from storage.models import Article, Cluster, Site

PICTURE = Path(__file__).parents[1] / "docs" / "health.svg"
BEGIN = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LENGTH = 14 * DAY
# What it does wrong, from which hour of the two weeks until which.
TROUBLES = (
    (34, 40, "dns", "no such host"),
    (58, 106, "http_403", "403"),
    (130, 178, "silent", "publishes nothing"),
    (202, 250, "theme", "a new theme"),
    (258, 310, "timeout", "does not answer"),
)


@dataclass(frozen=True)
class Poll:
    """One poll: when, how long until the next, and how the site is after it."""

    at: datetime
    wait: timedelta
    state: str
    reason: str | None
    new: int


def trouble(moment: datetime) -> str | None:
    """Return what is wrong with the site at a moment."""
    hour = (moment - BEGIN) / HOUR
    return next((what for start, end, what, _ in TROUBLES if start <= hour < end), None)


def publications(rng: random.Random) -> list[datetime]:
    """Return when the site publishes: by day, less on Fridays; three weeks before, too."""
    moments = []
    moment = BEGIN - 21 * DAY
    while moment < BEGIN + LENGTH:
        busy = 5 <= moment.hour < 20
        rate = (3.0 if busy else 0.3) * (0.4 if moment.weekday() == 4 else 1.0)
        moment += HOUR * rng.expovariate(rate)
        if trouble(moment) != "silent":
            moments.append(moment)
    return moments


def simulate() -> list[Poll]:
    """Return every poll of the two weeks."""
    engine = connect("sqlite://")
    upgrade(engine)
    published = publications(random.Random(5))
    with session(engine) as db:
        listed = sites.Listed("alpha", "ألفا", enabled=True, interval=HOUR / 2)
        sites.register(db, [listed], now=BEGIN)
    polls, now, read = [], BEGIN, 0
    while now < BEGIN + LENGTH:
        with session(engine) as db:
            poll, read = _poll(db, now, published, read)
        polls.append(poll)
        now += poll.wait
    engine.dispose()
    return polls


def _poll(db: Session, now: datetime, published: list[datetime], read: int) -> tuple[Poll, int]:
    """Poll once, as a worker does; return the poll, and up to where the news are read."""
    what = trouble(now)
    due = sum(moment <= now for moment in published)
    fresh = 0
    if what in {None, "silent", "theme"}:
        fresh = due - read
        for number in range(read, due if what != "theme" else read):
            _article(db, number, published[number])
        outcome, reason = "ok", None
    else:
        outcome = "refused" if what.startswith("http") else "failing"
        reason = f"no route works: {what}"
    kept = 0 if what == "theme" else fresh
    wait = sites.record_poll(
        db,
        "alpha",
        outcome=outcome,
        reason=reason,
        listed=20 if fresh else 0,
        new=kept,
        now=now,
        found=Yield((kept, fresh), (kept, kept), (kept, kept)),
    )
    site = db.get_one(Site, "alpha")
    return Poll(now, wait, site.state, site.state_reason, kept), read + fresh


def _article(db: Session, number: int, came: datetime) -> None:
    cluster = Cluster(first_seen_at=came)
    db.add(cluster)
    db.flush()
    db.add(
        Article(
            site_key="alpha",
            url_key=str(number),
            url=f"http://a/{number}",
            headline="خبر",
            digest="",
            published_at=came,
            first_seen_at=came,
            last_seen_at=came,
            cluster_id=cluster.id,
        )
    )


COLOURS = {
    "ok": "#2e7d4f",
    "quiet": "#7a6bb0",
    "degraded": "#c98a1b",
    "refused": "#b0483d",
    "failing": "#d98c86",
    "dead": "#4a4a4a",
}
LEFT, WIDTH, TOP, HEIGHT = 70, 840, 60, 150
BANDS, NEWS, FOOT = TOP + HEIGHT + 24, TOP + HEIGHT + 64, TOP + HEIGHT + 150
# Minutes; the scale is a logarithm.
TICKS = ((5, "5 min"), (30, "30 min"), (120, "2 h"), (360, "6 h"), (1440, "1 d"))


def picture(polls: list[Poll]) -> str:
    """Return the polls as SVG: the intervals, the states, what came, and what was wrong."""
    parts = [
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 940 400" font-size="12" '
            'font-family="Noto Sans, Noto Naskh Arabic, Arial, sans-serif" fill="#333">'
        ),
        "<title>Two weeks of a site that is now alive, now dead</title>",
        '<rect width="940" height="400" fill="#fff"/>',
        _text(LEFT, 24, "Two weeks of a site, every poll a dot: how long until the next"),
        _text(LEFT + WIDTH, 24, "أسبوعان من موقع يحيا ويموت", anchor="start", rtl=True),
        *_troubles(),
        *_scale(),
        *_waits(polls),
        *_states(polls),
        *_news(polls),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, said: str, *, anchor: str = "start", rtl: bool = False) -> str:
    # The direction is stated, so that brackets and numbers stand right beside Arabic words.
    way = ' direction="rtl" xml:lang="ar"' if rtl else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{way}>{escape(said)}</text>'


def _x(moment: datetime) -> float:
    return LEFT + WIDTH * ((moment - BEGIN) / LENGTH)


def _y(wait: timedelta) -> float:
    from math import log

    low, high = log(4), log(1600)
    minutes = max(4.0, wait / timedelta(minutes=1))
    return TOP + HEIGHT * (1 - (log(minutes) - low) / (high - low))


def _troubles() -> Iterator[str]:
    for start, end, _, said in TROUBLES:
        left, right = _x(BEGIN + start * HOUR), _x(BEGIN + end * HOUR)
        yield f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{HEIGHT}" fill="#f2ece4"/>'
        yield _text(left, TOP - 6, said)


def _scale() -> Iterator[str]:
    for minutes, said in TICKS:
        y = _y(timedelta(minutes=minutes))
        yield f'<path d="M{LEFT} {y:.1f}H{LEFT + WIDTH}" stroke="#ddd"/>'
        yield _text(LEFT - 8, y + 4, said, anchor="end")
    for day in range(15):
        x = _x(BEGIN + day * DAY)
        yield f'<path d="M{x:.1f} {BANDS + 20}v6" stroke="#999"/>'
        if day < 14:
            yield _text(x + 4, BANDS + 38, f"{BEGIN + day * DAY:%a %d}")


def _waits(polls: list[Poll]) -> Iterator[str]:
    points = " ".join(f"{_x(poll.at):.1f},{_y(poll.wait):.1f}" for poll in polls)
    yield f'<polyline points="{points}" fill="none" stroke="#9ab" stroke-width="1"/>'
    for poll in polls:
        x, y = _x(poll.at), _y(poll.wait)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{COLOURS[poll.state]}"/>'


def spells(polls: list[Poll]) -> list[tuple[str, datetime, datetime]]:
    """Return the states one after another, with when each began and ended."""
    found: list[tuple[str, datetime, datetime]] = []
    for poll in polls:
        if found and found[-1][0] == poll.state:
            continue
        if found:
            found[-1] = (*found[-1][:2], poll.at)
        found.append((poll.state, poll.at, BEGIN + LENGTH))
    return found


def _states(polls: list[Poll]) -> Iterator[str]:
    yield _text(LEFT - 8, BANDS + 14, "state", anchor="end")
    for number, (state, start, end) in enumerate(spells(polls)):
        left, right = _x(start), _x(min(end, BEGIN + LENGTH))
        yield f'<rect x="{left:.1f}" y="{BANDS}" width="{right - left:.1f}" height="20" fill="{COLOURS[state]}"/>'
        if state == "ok" and number:
            yield f'<path d="M{left:.1f} {BANDS - 10}l4 8h-8z" fill="{COLOURS["ok"]}"/>'


def _news(polls: list[Poll]) -> Iterator[str]:
    base = NEWS + 60
    yield _text(LEFT - 8, base, "new", anchor="end")
    for poll in polls:
        if poll.new:
            height = min(50, 4 * poll.new)
            yield f'<path d="M{_x(poll.at):.1f} {base}v-{height}" stroke="#567"/>'


def _legend() -> Iterator[str]:
    x = LEFT
    for state, colour in COLOURS.items():
        yield f'<rect x="{x}" y="{FOOT}" width="12" height="12" fill="{colour}"/>'
        yield _text(x + 17, FOOT + 11, state)
        x += 95
    yield f'<path d="M{x + 4} {FOOT + 2}l4 8h-8z" fill="{COLOURS["ok"]}"/>'
    yield _text(x + 14, FOOT + 11, "recovered")


if __name__ == "__main__":
    PICTURE.write_text(picture(simulate()), encoding="utf-8")
