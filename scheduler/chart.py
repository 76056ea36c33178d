"""Lines over time as an SVG picture. Pure.

Labels are text, not outlines: whoever shows the picture shapes Arabic as it shapes any page.
They stand in the middle, each isolated with the direction of its first letter, so that no
program has to know `direction` to set them right.
"""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 900, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 20, 60
LINE = 20
COLOURS = ("#1b6ca8", "#c8553d", "#3d8361", "#7b4b94", "#b08900", "#4a4a4a")
# So many labels fit under the picture, and so many lines across it.
LABELS, GRID = 8, 4
FONT = "'Noto Naskh Arabic', 'Amiri', 'Segoe UI', sans-serif"


def svg(title: str, periods: Sequence[str], lines: Mapping[str, Sequence[float]]) -> str:
    """Return a picture of *lines*, each with a value for each of *periods*.

    >>> "شرق الفرات" in svg("t", ["2026-11"], {"شرق الفرات": [1.0]})
    True
    """
    top = max((value for values in lines.values() for value in values), default=0) or 1
    above = LINE * (len(lines) + 0.5)
    size = f'viewBox="0 0 {WIDTH} {HEIGHT + above:g}" font-family="{FONT}" font-size="14"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT + above:g}" fill="#ffffff"/>',
        *(_label(LINE * (place + 1), name, place) for place, name in enumerate(lines)),
        f'<g transform="translate(0 {above:g})">',
        *_grid(top),
        *_dates(periods),
        *(
            each
            for place, values in enumerate(lines.values())
            for each in _line(values, top, place)
        ),
        "</g>",
        "</svg>\n",
    ]
    return "\n".join(parts)


def _line(values: Sequence[float], top: float, place: int) -> Iterator[str]:
    colour = COLOURS[place % len(COLOURS)]
    points = [
        (_across(number, len(values)), _up(value, top)) for number, value in enumerate(values)
    ]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{joined}"/>'
    for x, y in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>'


def _label(y: float, said: str, place: int) -> str:
    colour = COLOURS[place % len(COLOURS)]
    isolated = f"\N{FIRST STRONG ISOLATE}{escape(said)}\N{POP DIRECTIONAL ISOLATE}"
    return f'<text x="{WIDTH / 2}" y="{y}" fill="{colour}" text-anchor="middle">{isolated}</text>'


def _grid(top: float) -> Iterator[str]:
    for step in range(GRID + 1):
        value = top * step / GRID
        y = _up(value, top)
        yield (
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>'
        )
        yield f'<text x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{value:.4g}</text>'


def _dates(periods: Sequence[str]) -> Iterator[str]:
    step = max(1, -(-len(periods) // LABELS))
    for number in range(0, len(periods), step):
        x = _across(number, len(periods))
        yield (
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 24}" text-anchor="middle">'
            f"{escape(periods[number])}</text>"
        )


def _across(number: int, of: int) -> float:
    room = WIDTH - LEFT - RIGHT
    return LEFT + room * (number / (of - 1) if of > 1 else 0.5)


def _up(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top
