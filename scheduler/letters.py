"""A message as HTML that mail programs show as it is meant. Pure.

Mail programs drop scripts, links to styles and much of CSS: what matters for
reading (direction, size, colour) stands on the elements, and a small style
sheet, for those that keep it, knows the dark.
"""

import html
import unicodedata
from collections.abc import Sequence

from scheduler.alerts import Line, Message, Part
from scheduler.quoting import Piece

_STYLE = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .paper { background: #16191d !important; color: #e6e3dc !important; }
  .card { background: #1f2429 !important; border-color: #39414a !important; }
  .card.high { border-inline-start-color: #ff8a80 !important; } .kind.high { color: #ff9d94 !important; }
  .card.normal { border-inline-start-color: #5b9bd5 !important; } .kind.normal { color: #8fc1ff !important; }
  .kind.low { color: #a7adb4 !important; }
  .card a, .list a { color: #8fc1ff !important; }
  .faint { color: #a7adb4 !important; }
  .quote { border-color: #4d5966 !important; color: #d8d5ce !important; }
  .was { color: #f0a8a0 !important; } .now { color: #9bd6a5 !important; }
  mark { background: #6d5600 !important; color: #fff6d6 !important; }
}
"""
_FONT = "font-family:'Noto Naskh Arabic','Segoe UI',Tahoma,'Noto Sans Arabic',Arial,sans-serif"
_RTL = ("R", "AL")
_COLOURS = {"high": "#b3261e", "normal": "#2b5f8a", "low": "#6b7280"}
_LINK = "color:#0b57a4;text-decoration:none"


def page(message: Message) -> str:
    """Return the message as a whole HTML document."""
    words = message.words
    side = "right" if words.direction == "rtl" else "left"
    body = [
        *(_heading(message) if message.kind != "alert" else []),
        *(_card(part, message) for part in message.parts),
        _list(message.listed),
        *_plain(message.below),
    ]  # fmt: skip
    return f"""<!DOCTYPE html>
<html lang="{words.language}" dir="{words.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(message.subject)}</title>
<style>{_STYLE}</style>
</head>
<body class="paper" style="margin:0;padding:16px;background:#f4f2ec;color:#22262a;{_FONT};\
font-size:16px;line-height:1.7">
<div lang="{words.language}" dir="{words.direction}" \
style="max-width:640px;margin:0 auto;text-align:{side}">
{chr(10).join(filter(None, body))}
<p class="faint" style="margin:16px 4px;font-size:13px;color:#6a6f75">{html.escape(words.footer)} · \
<bdi dir="ltr">{html.escape(message.key)}</bdi></p>
</div>
</body>
</html>
"""


def marked(parts: Sequence[Piece]) -> str:
    """Return the text with what is marked in <mark>."""
    style = "background:#ffe58a;color:inherit;border-radius:3px;padding:0 2px"
    return "".join(
        f'<mark style="{style}">{html.escape(part.text)}</mark>'
        if part.marked
        else html.escape(part.text)
        for part in parts
    )


def _heading(message: Message) -> list[str]:
    title = f'<h1 style="font-size:22px;line-height:1.4;margin:4px 4px 10px">{html.escape(message.subject)}</h1>'
    return [title, *_plain(message.above)]


def _plain(lines: Sequence[str]) -> list[str]:
    return [
        f'<p class="list" style="margin:2px 4px"><bdi>{html.escape(line) or "<br>"}</bdi></p>'
        for line in lines
    ]


def _card(part: Part, message: Message) -> str:
    first, words = part.first, message.words
    edge = "right" if words.direction == "rtl" else "left"
    colour = _COLOURS.get(first.priority, _COLOURS["normal"])
    facts = "<br>".join(
        f"{html.escape(name)}: <bdi{_break(name)}>{html.escape(said)}</bdi>"
        for name, said in part.facts
    )
    return "\n".join(
        filter(
            None,
            [
                (
                    f'<div class="card {first.priority}" style="background:#ffffff;border:1px solid #dcd8cd;'
                    f'border-{edge}:4px solid {colour};border-radius:6px;padding:12px 16px;margin:0 0 12px">'
                ),
                (
                    f'<p class="faint" style="margin:0;font-size:13px;color:#6a6f75">'
                    f"<bdi>{html.escape(first.site)}</bdi> · {html.escape(part.when)} · "
                    f'<b class="kind {first.priority}" style="color:{colour}">{html.escape(words.kinds[first.kind])}</b></p>'
                ),
                (
                    f'<h2{_way(first.headline)}font-size:19px;line-height:1.6;margin:4px 0 8px">'
                    f"{_link(first.url, marked(part.headline))}</h2>"
                ),
                _quote(part),
                *_changes(part, message),
                (
                    f'<p dir="ltr" style="margin:8px 0;font-size:13px;text-align:{edge};'
                    f'word-break:break-all">{_link(first.url, html.escape(first.url))}</p>'
                ),
                f'<p class="faint" style="margin:8px 0 0;font-size:13px;color:#6a6f75">{facts}</p>',
                _copies(part, message),
                "</div>",
            ],
        )
    )


def _break(name: str) -> str:
    return ' dir="ltr" style="word-break:break-all"' if name == "sha256" else ""


def _quote(part: Part) -> str:
    if not part.quoted:
        return ""
    said = marked(part.quoted).replace("\n", "<br>")
    text = "".join(piece.text for piece in part.quoted)
    edge = _side(text)
    return (
        f'<blockquote class="quote"{_way(text)}margin:8px 0;padding-{edge}:12px;'
        f'border-{edge}:3px solid #cfc9ba;color:#3c4248">{said}</blockquote>'
    )


def _changes(part: Part, message: Message) -> list[str]:
    words = message.words
    return [
        f'<p style="margin:8px 0">{html.escape(words.before)}: '
        f'<bdi class="was" style="color:#a3261d"><s>{html.escape(before)}</s></bdi><br>'
        f'{html.escape(words.after)}: <bdi class="now" style="color:#1b6b35">{html.escape(after)}</bdi></p>'
        for before, after in part.changes
    ]


def _copies(part: Part, message: Message) -> str:
    copies = part.copies
    if not copies:
        return ""
    title = f"{html.escape(message.words.copies)}: {len(copies)}"
    return f'<p style="margin:10px 0 2px;font-size:14px"><b>{title}</b></p>' + _list(copies)


def _list(lines: Sequence[Line]) -> str:
    if not lines:
        return ""
    items = "\n".join(
        f'<li style="margin:2px 0"><bdi>{html.escape(line.site)}</bdi>: '
        f"<bdi>{_link(line.url, html.escape(line.headline))}</bdi></li>"
        for line in lines
    )
    return f'<ul class="list" style="margin:4px 0;padding:0 20px;font-size:14px">\n{items}\n</ul>'


def _way(text: str) -> str:
    """How an element runs, as its first letter does; spelt out, since few programs know `auto`."""
    side = _side(text)
    return f' dir="{"rtl" if side == "right" else "ltr"}" style="text-align:{side};'


def _side(text: str) -> str:
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in _RTL:
            return "right"
        if kind == "L":
            break
    return "left"


def _link(url: str, content: str) -> str:
    # An address is the site's word; only web addresses become links.
    if not url.startswith(("http://", "https://")):
        return content
    return f'<a href="{html.escape(url, quote=True)}" style="{_LINK}">{content}</a>'
