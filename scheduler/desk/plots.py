"""Pictures of numbers over time, as SVG inside a page. Pure.

Time runs in the direction of reading, so that the newest is at the end of the line, as of
a sentence. Colours are the stylesheet's, by class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log10

from markupsafe import Markup

from scheduler.desk.locale import Locale

# So many bars at most; a longer time is shown by weeks.
BARS = 130
SPARKS = 60
# A small bar with the space beside it, and how tall one may be; in small whole numbers.
_STEP, _TALL = 4, 28
_HEIGHT = 200
# Room for the numbers beside it, and the days below.
_BESIDE, _BELOW, _ABOVE = 44, 24, 14
# Room for a day in words. Where letters are larger, on a phone, the stylesheet shows every second.
_DATE = 115


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, or a week from that day on: so many, of which copies apart; *mark* says what was odd."""

    day: date
    number: int
    copies: int = 0
    mark: str = ""

    @property
    def whole(self) -> int:
        """Everything together."""
        return self.number + self.copies


def sparkline(
    values: Sequence[float], label: str, *, rtl: bool, width: int = 120, height: int = 28
) -> Markup:
    """Return small bars without an axis, all in one stroke of the pen."""
    size = max(ceil(len(values) / SPARKS), 1)
    sums = [sum(values[at : at + size]) for at in range(0, len(values), size)]
    top, across = max([*sums, 1]), _STEP * max(len(sums), 1)
    drawn = ""
    for place, value in enumerate(reversed(sums) if rtl else sums):
        if value:
            tall = max(round((_TALL - 3) * value / top), 1)
            drawn += f"M{place * _STEP} {_TALL - 1}v-{tall}h{_STEP - 1}v{tall}z"
    return Markup(
        '<svg class="plot" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}" '
        'preserveAspectRatio="none"><path d="{}"/><path class="base" d="M0 {}h{}"/></svg>'
    ).format(label, across, _TALL, width, height, drawn, _TALL - 0.5, across)


def by_week(bars: Sequence[Bar]) -> list[Bar]:
    """Return *bars* as they are where they are few; else a bar for each seven, the last ones whole."""
    if len(bars) <= BARS:
        return list(bars)
    first = len(bars) % 7
    cuts = [0] * bool(first) + list(range(first, len(bars), 7))
    made = []
    for begin, end in zip(cuts, [*cuts[1:], len(bars)], strict=True):
        week = bars[begin:end]
        marks = [bar.mark for bar in week if bar.mark]
        numbers = sum(bar.number for bar in week), sum(bar.copies for bar in week)
        made.append(Bar(week[0].day, *numbers, mark=" · ".join(marks)))
    return made


def chart(bars: Sequence[Bar], label: str, locale: Locale, width: int = 640) -> Markup:
    """Return bars with an axis, days below and numbers beside; copies stand upon the rest."""
    bars = by_week(bars)
    frame = _Frame(len(bars), _top(max((bar.whole for bar in bars), default=0)), locale, width)
    parts = [*frame.grid(), *frame.dates([bar.day for bar in bars])]
    for place, bar in enumerate(bars):
        parts += frame.bar(place, bar)
    head = Markup(
        '<svg class="plot chart" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">'
    ).format(label, width, _HEIGHT, width, _HEIGHT)
    return head + Markup("").join(parts) + Markup("</svg>")


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things stand in a chart of *count* bars that reaches up to *top*."""

    count: int
    top: int
    locale: Locale
    width: int

    @property
    def rtl(self) -> bool:
        return self.locale.direction == "rtl"

    def across(self, place: float) -> float:
        """The distance from the left of *place*, counted in bars in the direction of reading."""
        room = self.width - _BESIDE
        along = room * place / max(self.count, 1)
        return room - along if self.rtl else _BESIDE + along

    def up(self, value: float) -> float:
        room = _HEIGHT - _BELOW - _ABOVE
        return _HEIGHT - _BELOW - room * value / self.top

    def grid(self) -> Iterator[Markup]:
        left, right = sorted((self.across(0), self.across(self.count)))
        for value in sorted({0, self.top // 2, self.top}):
            y = self.up(value)
            yield Markup('<path class="base" d="M{:.0f} {:.1f}H{:.0f}"/>').format(left, y, right)
            # Numbers stand where a line of text begins: to the right of it in Arabic.
            x, anchor = (right + 6, "start") if self.rtl else (left - 6, "end")
            # Where letters are large it would stand in the first day.
            kind = Markup(' class="zero"') if value == 0 else ""
            yield Markup(
                '<text{} x="{:.0f}" y="{:.1f}" text-anchor="{}" direction="ltr">{}</text>'
            ).format(kind, x, y + 4, anchor, self.locale.num(value))

    def dates(self, days: Sequence[date]) -> Iterator[Markup]:
        step = max(ceil(len(days) * _DATE / (self.width - _BESIDE)), 1)
        for number, place in enumerate(range(0, len(days), step)):
            x = min(max(self.across(place + 0.5), _DATE / 2), self.width - _DATE / 2)
            yield Markup(
                '<text{} x="{:.0f}" y="{}" text-anchor="middle" direction="{}">{}</text>'
            ).format(
                Markup(' class="second"') if number % 2 else "",
                x,
                _HEIGHT - 6,
                self.locale.direction,
                self.locale.short_day(days[place]),
            )

    def bar(self, place: int, bar: Bar) -> Iterator[Markup]:
        if not bar.whole and not bar.mark:
            return
        edges = sorted((self.across(place + 0.1), self.across(place + 0.9)))
        left, wide = edges[0], edges[1] - edges[0]
        yield Markup("<g><title>{}</title>").format(self.said(bar))
        for name, low, high in (("own", 0, bar.number), ("copy", bar.number, bar.whole)):
            if high > low:
                yield Markup(
                    '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
                ).format(name, left, self.up(high), wide, self.up(low) - self.up(high))
        if bar.mark:
            middle, y = left + wide / 2, self.up(bar.whole) - 3
            yield Markup('<path class="surge" d="M{:.1f} {:.1f}l-5 -8h10z"/>').format(middle, y)
        yield Markup("</g>")

    def said(self, bar: Bar) -> str:
        said = f"{self.locale.day(bar.day)}: {self.locale.num(bar.number)}"
        if bar.copies:
            said += f" + {self.locale.num(bar.copies)}"
        return f"{said} · {bar.mark}" if bar.mark else said


def _top(highest: int) -> int:
    """Return a round number that is not below *highest*, and even where it is halved.

    >>> [_top(number) for number in (0, 3, 7, 18, 130, 1001)]
    [2, 4, 8, 20, 200, 2000]
    """
    size: int = 10 ** int(log10(max(highest, 1)))
    steps = (2, 4, 8, 10) if size == 1 else (1, 2, 4, 6, 8, 10)
    return next(size * step for step in steps if size * step >= highest)
