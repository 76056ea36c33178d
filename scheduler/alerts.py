"""What a desk reads: an alert as a message. Pure.

    told(entry, copies) -> Told            everything a message says, out of the tables
    message(told, zone) -> Message         one alert
    digest(tolds, zone) -> Message         several in one

Text is as published; matched words stand in [brackets] in plain text and in
<mark> in HTML. Both fit the limits of channels: a long body is quoted by two
sentences, a long digest says how many alerts it leaves to the list.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

# Telegram refuses messages above 4,096 characters.
TEXT_LIMIT = 3_500
EXCERPT_LIMIT = 500
SUBJECT_LIMIT = 200

KINDS = {"new": "جديد", "revised": "تعديل"}

# A full stop inside a number or a name ends nothing; a paragraph always ends the sentence.
_ENDS = re.compile(r"(?:[.!?؟…]+[\"»”’)\]]*(?=\s|$))|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Told:
    """Everything a message says of one alert."""

    alert_id: int
    kind: str
    priority: str
    watch: str
    site: str
    headline: str
    body: str
    url: str
    published_at: datetime | None
    seen_at: datetime
    spans: Sequence[dict[str, Any]]
    capture_sha256: str | None = None
    # Names of the sites that carry the same text.
    copies: Sequence[str] = ()

    @property
    def terms(self) -> list[str]:
        """The terms that fired, each once."""
        return list(dict.fromkeys(str(span["term"]) for span in self.spans))


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to a channel. `key` is the same whenever the same message is sent again."""

    key: str
    subject: str
    text: str
    html: str
    alerts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, marked or not."""

    text: str
    marked: bool


def message(told: Told, zone: tzinfo, alerts: Sequence[dict[str, Any]] = ()) -> Message:
    """Word one alert; times are told in *zone*. *alerts* is its JSON, for channels of machines."""
    return Message(
        key=f"rasid-alert-{told.alert_id}",
        subject=_subject(told),
        text=_text(told, zone),
        html=_page(_card(told, zone)),
        alerts=list(alerts),
    )


def digest(tolds: Sequence[Told], zone: tzinfo, alerts: Sequence[dict[str, Any]] = ()) -> Message:
    """Word several alerts as one message, by watch, those of high priority first."""
    order = {"high": 0, "normal": 1, "low": 2}
    tolds = sorted(tolds, key=lambda told: (order.get(told.priority, 1), told.watch, told.alert_id))
    title = f"موجز راصد: {len(tolds)} تنبيه"
    counts: dict[str, int] = {}
    for told in tolds:
        counts[told.watch] = counts.get(told.watch, 0) + 1
    contents = [f"{watch}: {number}" for watch, number in counts.items()]
    lines, left = _fitting([_text(told, zone) for told in tolds], TEXT_LIMIT - 400)
    rest = [f"و{left} تنبيهات أخرى: rasid alerts list"] if left else []
    cards = [f"<p>{html.escape(' · '.join(contents))}</p>", *(_card(told, zone) for told in tolds)]
    first, last = min(told.alert_id for told in tolds), max(told.alert_id for told in tolds)
    return Message(
        key=f"rasid-digest-{first}-{last}",
        subject=title,
        text="\n\n".join([title, _cut(" · ".join(contents), 300), *lines, *rest]),
        html=_page("\n".join([f"<h1>{title}</h1>", *cards])),
        alerts=list(alerts),
    )


def pieces(text: str, spans: Sequence[dict[str, Any]], start: int, end: int) -> list[Piece]:
    """Cut ``text[start:end]`` at the borders of *spans*; overlapping spans become one.

    >>> spans = [{"start": 3, "end": 7}]
    >>> "".join(f"[{p.text}]" if p.marked else p.text for p in pieces("من شرقِ الفرات", spans, 0, 14))
    'من [شرقِ] الفرات'
    """
    found: list[Piece] = []
    at = start
    for span in sorted(spans, key=lambda span: (span["start"], span["end"])):
        begin, stop = max(span["start"], at), min(span["end"], end)
        if begin >= stop:
            continue
        if begin > at:
            found.append(Piece(text[at:begin], marked=False))
        found.append(Piece(text[begin:stop], marked=True))
        at = stop
    if at < end:
        found.append(Piece(text[at:end], marked=False))
    return found


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of *text* stands, without the space around it."""
    found = []
    at = 0
    for end in [*(ending.end() for ending in _ENDS.finditer(text)), len(text)]:
        stretch = text[at:end]
        begin = at + len(stretch) - len(stretch.lstrip())
        stop = at + len(stretch.rstrip())
        if begin < stop:
            found.append((begin, stop))
        at = end
    return found


def excerpt(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the stretch of *text* to quote around a span: its sentence and the next one.

    The last sentence is quoted with the one before. A stretch that is too long is
    cut at words, around the span.
    """
    known = sentences(text)
    at = next((n for n, (_, stop) in enumerate(known) if stop > start), None)
    if at is None:
        return start, end
    first, last = (at, at + 1) if at + 1 < len(known) else (max(at - 1, 0), at)
    begin, stop = min(known[first][0], start), max(known[last][1], end)
    if stop - begin <= EXCERPT_LIMIT:
        return begin, stop
    room = max(EXCERPT_LIMIT - (end - start), 0)
    low, high = max(begin, start - room // 3), min(stop, end + room - room // 3)
    return _word_after(text, low, begin, start), _word_before(text, high, stop, end)


def _word_after(text: str, at: int, begin: int, limit: int) -> int:
    if at <= begin:
        return begin
    space = re.compile(r"\s").search(text, at, limit)
    return space.end() if space else limit


def _word_before(text: str, at: int, stop: int, limit: int) -> int:
    if at >= stop:
        return stop
    space = max(text.rfind(" ", limit, at), text.rfind("\n", limit, at))
    return space if space > 0 else at


def _spans(told: Told, name: str) -> list[dict[str, Any]]:
    return [span for span in told.spans if span["field"] == name]


def _quoted(told: Told) -> list[Piece]:
    """The body's two sentences around its first span, with marks of omission; maybe nothing."""
    spans = _spans(told, "body")
    if not spans:
        return []
    spans.sort(key=lambda span: int(span["start"]))
    begin, stop = excerpt(told.body, spans[0]["start"], spans[0]["end"])
    found = pieces(told.body, spans, begin, stop)
    before = [Piece("… ", marked=False)] if begin > 0 else []
    after = [Piece(" …", marked=False)] if stop < len(told.body.rstrip()) else []
    return [*before, *found, *after]


def _bracketed(parts: Sequence[Piece]) -> str:
    return "".join(f"[{part.text}]" if part.marked else part.text for part in parts)


def _marked(parts: Sequence[Piece]) -> str:
    return "".join(
        f"<mark>{html.escape(part.text)}</mark>" if part.marked else html.escape(part.text)
        for part in parts
    )


def _subject(told: Told) -> str:
    # A line break in a subject would be a header of its own.
    return _cut(" ".join(f"[{told.watch}] {told.headline}".split()), SUBJECT_LIMIT)


def _when(told: Told, zone: tzinfo) -> str:
    moment = told.published_at or told.seen_at
    kind = "نُشر" if told.published_at else "رُصد"
    return f"{kind} {moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _facts(told: Told) -> list[str]:
    facts = [f"{KINDS.get(told.kind, told.kind)} · المراقبة: {told.watch}"]
    facts.append(f"طابق: {_cut('، '.join(told.terms), 200)}")
    if told.copies:
        names = _cut("، ".join(dict.fromkeys(told.copies)), 200)
        facts.append(f"نسخ أخرى ({len(told.copies)}): {names}")
    if told.capture_sha256:
        facts.append(f"sha256:{told.capture_sha256}")
    facts.append(f"تنبيه #{told.alert_id}")
    return facts


def _text(told: Told, zone: tzinfo) -> str:
    headline = _bracketed(pieces(told.headline, _spans(told, "headline"), 0, len(told.headline)))
    lines = [_cut(headline, 600), f"{told.site} · {_when(told, zone)}"]
    quoted = _bracketed(_quoted(told))
    if quoted:
        lines += ["", quoted, ""]
    lines += [_cut(told.url, 1000), *_facts(told)]
    return "\n".join(lines)


def _card(told: Told, zone: tzinfo) -> str:
    headline = _marked(pieces(told.headline, _spans(told, "headline"), 0, len(told.headline)))
    link = html.escape(told.url, quote=True)
    # An address is the site's word; only web addresses become links.
    title = f'<a href="{link}">{headline}</a>' if told.url.startswith("http") else headline
    quoted = _marked(_quoted(told)).replace("\n", "<br>")
    facts = "<br>".join(f"<bdi>{html.escape(fact)}</bdi>" for fact in _facts(told))
    return "\n".join(
        [
            f"<h2>{title}</h2>",
            f"<p><bdi>{html.escape(told.site)}</bdi> · {html.escape(_when(told, zone))}</p>",
            f"<blockquote>{quoted}</blockquote>" if quoted else "",
            f'<p dir="ltr">{link}</p>',
            f"<p>{facts}</p>",
        ]
    )


def _page(content: str) -> str:
    return f'<div lang="ar" dir="rtl" style="text-align:right">\n{content}\n</div>'


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _fitting(texts: Sequence[str], limit: int) -> tuple[list[str], int]:
    """The first of *texts* that fit together, and how many do not."""
    used = 0
    for number, text in enumerate(texts):
        used += len(text) + 2
        if used > limit and number > 0:
            return list(texts[:number]), len(texts) - number
    return list(texts), 0
