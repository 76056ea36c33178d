"""What a desk reads: an alert as a message. Pure.

    told(entry, copies) -> Told                  everything a message says, out of the tables
    message(tolds, zone, key=…) -> Message       one article, for one watch or several
    digest(tolds, zone, key=…) -> Message        several articles in one
    notice(subject, lines, …) -> Message         a word of the program itself

Text is as published; matched words stand in [brackets] in plain text and in
<mark> in HTML. Both fit the limits of channels: a long body is quoted by two
sentences, a long digest lists what it has no room to quote.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from scheduler import quoting
from scheduler.phrases import ARABIC, Phrases
from scheduler.quoting import Piece, cut

SUBJECT_LIMIT = 200
# So many alerts of before have their new copies named; the others are counted.
COPIED = 60
# So many alerts of a digest are quoted, urgent ones first; the rest stand in a line each.
# Mail programs cut a letter off at about 100 KB, and each takes nearly 2.
QUOTED = 40


class Line(NamedTuple):
    """A line that leads somewhere: a copy of an article, an alert in a list."""

    site: str
    headline: str
    url: str


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
    # The articles that carry the same text.
    copies: Sequence[Line] = ()
    # Of a correction: [{"field", "before", "after"}].
    changes: Sequence[dict[str, Any]] = ()
    # Of a surge: {"count", "usual", "since"}.
    surge: dict[str, Any] | None = None
    # Taken down since: it is told that it was, not what it said.
    withheld: bool = False

    def title(self, words: Phrases) -> str:
        """Return the headline, or that the article was taken down."""
        return words.withheld if self.withheld else self.headline

    @property
    def terms(self) -> list[str]:
        """The terms that fired, each once."""
        return list(dict.fromkeys(str(span["term"]) for span in self.spans))


class FreshCopies(NamedTuple):
    """An alert of before, and the copies it has got since."""

    alert_id: int
    headline: str
    url: str
    number: int
    sites: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One article in a message: its headline, its lines, and the watches it was found by."""

    tolds: Sequence[Told]
    headline: Sequence[Piece]
    when: str
    quoted: Sequence[Piece]
    changes: Sequence[tuple[str, str]]
    # Pairs of a name and what it says: the watch and its terms, the alert's number, …
    facts: Sequence[tuple[str, str]]

    @property
    def first(self) -> Told:
        """The alert that lends the message its article."""
        return self.tolds[0]

    @property
    def copies(self) -> list[Line]:
        """The articles that carry the same text, each once, whichever watch found them."""
        return list(dict.fromkeys(copy for told in self.tolds for copy in told.copies))


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to a channel.

    *key* is the same whenever the same message is sent again, *again* says that it may
    have arrived before, and *taken* what of it the channel had taken then. *follows* are
    the keys of the messages it belongs under, the oldest first, and *under* what the channel
    had taken of the last of these.
    """

    key: str
    subject: str
    # The plain text, with what is marked.
    pieces: Sequence[Piece]
    kind: str = "alert"
    words: Phrases = ARABIC
    parts: Sequence[Part] = ()
    # The rest of a digest, in a line each; what stands above and below the parts.
    listed: Sequence[Line] = ()
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    alerts: Sequence[dict[str, Any]] = field(default_factory=list)
    notice: dict[str, Any] | None = None
    follows: Sequence[str] = ()
    under: Sequence[str] = ()
    again: bool = False
    taken: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The plain text, matched words in [brackets]."""
        return quoting.bracketed(self.pieces)


def message(
    tolds: Sequence[Told],
    zone: tzinfo,
    *,
    key: str,
    words: Phrases = ARABIC,
    alerts: Sequence[dict[str, Any]] = (),
) -> Message:
    """Word what one version says to one watch or several; times are told in *zone*.

    *alerts* is the JSON of it, for channels of machines.
    """
    part = _part(tolds, zone, words)
    names = words.comma.join(told.watch for told in tolds)
    kind = "" if tolds[0].kind == "new" else f"{words.kinds[tolds[0].kind]}: "
    return Message(
        key=key,
        subject=_subject(f"[{names}] {kind}{tolds[0].title(words)}"),
        pieces=_lines(part, words),
        words=words,
        parts=[part],
        alerts=list(alerts),
    )


def digest(
    tolds: Sequence[Told],
    zone: tzinfo,
    *,
    key: str,
    words: Phrases = ARABIC,
    alerts: Sequence[dict[str, Any]] = (),
    copies: Sequence[FreshCopies] = (),
    above: Sequence[str] = (),
    below: Sequence[str] = (),
) -> Message:
    """Word several alerts as one message, by watch, those of high priority first.

    In front stands how many each watch found. *copies* are those that earlier alerts got
    since; *above* and *below* are further lines.
    """
    order = {"high": 0, "normal": 1, "low": 2}
    tolds = sorted(tolds, key=lambda told: (order.get(told.priority, 1), told.watch, told.alert_id))
    title = f"{words.digest}: {len(tolds)}"
    counts: dict[str, int] = {}
    for told in tolds:
        counts[told.watch] = counts.get(told.watch, 0) + 1
    # A line each, the number first: of either script, a name would draw it into its midst.
    contents = [f"{number} · {watch}" for watch, number in counts.items()]
    parts = [_part([told], zone, words) for told in tolds[:QUOTED]]
    listed = [
        Line(told.site, f"{told.title(words)} (#{told.alert_id})", told.url)
        for told in tolds[QUOTED:]
    ]
    told_again = copy_lines(copies, words)
    below = [*told_again, *([""] if told_again and below else []), *below]
    above = [*above, f"{words.contents}:", *contents]
    pieces = [Piece("\n".join([f"{title}\n", *above]))]
    for part in parts:
        pieces += [Piece("\n\n"), *_lines(part, words)]
    rest = [f"• {line.site}: {cut(line.headline, 300)} {cut(line.url, 300)}" for line in listed]
    tail = ["\n".join(lines) for lines in (rest, below, [key]) if lines]
    pieces += [Piece("\n\n" + block) for block in tail]
    return Message(
        key=key,
        subject=title,
        pieces=pieces,
        kind="digest",
        words=words,
        parts=parts,
        listed=listed,
        above=above,
        below=below,
        alerts=list(alerts),
    )


def notice(
    title: str,
    lines: Sequence[str],
    *,
    key: str,
    words: Phrases = ARABIC,
    facts: dict[str, Any] | None = None,
) -> Message:
    """Word what the program says of itself; *facts* is the JSON of it."""
    return Message(
        key=key,
        subject=_subject(title),
        pieces=[Piece("\n".join([title, *lines, key]))],
        kind="notice",
        words=words,
        above=list(lines),
        notice=facts or {},
    )


def _subject(text: str) -> str:
    # A line break in a subject would be a header of its own.
    return cut(" ".join(text.split()), SUBJECT_LIMIT)


def _part(tolds: Sequence[Told], zone: tzinfo, words: Phrases) -> Part:
    first = tolds[0]
    spans = [span for told in tolds for span in told.spans]
    in_headline = [span for span in spans if span["field"] == "headline"]
    in_body = [span for span in spans if span["field"] == "body"]
    headline = first.title(words)
    return Part(
        tolds=tolds,
        headline=quoting.pieces(headline, in_headline, 0, len(headline)),
        when=_when(first, zone, words),
        quoted=quoting.quoted(first.body, in_body),
        changes=[
            (cut(change["before"], 600), cut(change["after"], 600) or words.taken_out)
            for change in first.changes
        ],
        facts=list(_facts(tolds, zone, words)),
    )


def _when(told: Told, zone: tzinfo, words: Phrases) -> str:
    moment = told.published_at or told.seen_at
    kind = words.published if told.published_at else words.seen
    return f"{kind} {words.time(moment.astimezone(zone))}"


def _facts(tolds: Sequence[Told], zone: tzinfo, words: Phrases) -> list[tuple[str, str]]:
    first = tolds[0]
    facts = []
    if first.kind == "deleted":
        facts.append((words.kinds["deleted"], words.gone))
    if first.surge is not None:
        since = datetime.fromisoformat(first.surge["since"]).astimezone(zone)
        said = words.surge.format(
            since=f"{since:%H:%M}", count=first.surge["count"], usual=first.surge["usual"]
        )
        facts.append((words.kinds["surge"], said))
    for told in tolds:
        facts.append((words.watch, told.watch))
        if told.terms:
            facts.append((words.matched, cut(words.comma.join(told.terms), 200)))
    if first.capture_sha256:
        facts.append(("sha256", first.capture_sha256))
    numbers = " ".join(f"#{told.alert_id}" for told in tolds)
    facts.append((words.alert, f"{numbers} · {words.kinds[first.kind]}"))
    return facts


def _lines(part: Part, words: Phrases) -> list[Piece]:
    """One article as plain text."""
    first = part.first
    found = [*_shortened(part.headline, 600), Piece(f"\n{first.site} · {part.when}\n")]
    if part.quoted:
        found += [Piece("\n"), *part.quoted, Piece("\n\n")]
    for before, after in part.changes:
        found.append(Piece(f"{words.before}: {before}\n{words.after}: {after}\n"))
    found.append(Piece(cut(first.url, 1000)))
    found += [Piece(f"\n{name}: {said}") for name, said in part.facts]
    if part.copies:
        found.append(Piece(f"\n{words.copies}: {len(part.copies)}"))
        found += [Piece(f"\n= {copy.site}: {cut(copy.headline, 100)}") for copy in part.copies]
    return found


def _shortened(parts: Sequence[Piece], limit: int) -> list[Piece]:
    first = quoting.split(parts, limit)[:1]
    longer = sum(len(part.text) for part in parts) > limit
    return [*(first[0] if first else []), *([Piece("…")] if longer else [])]


def copy_lines(copies: Sequence[FreshCopies], words: Phrases) -> list[str]:
    """Return a line for each alert of before that got copies; of many, those of the newest."""
    if not copies:
        return []
    lines = [f"{words.fresh_copies}: {sum(each.number for each in copies)}"]
    for each in copies[-COPIED:]:
        names = cut(words.comma.join(dict.fromkeys(each.sites)), 300)
        lines.append(f"+{each.number} · {cut(each.headline, 150)} (#{each.alert_id}): {names}")
    return lines


def own_name(text: str) -> str:
    """Return a name for the file of *text*, another one for each text.

    Names of plain words keep their looks; where signs were left out a number tells them apart.

    >>> own_name("شرق الفرات"), own_name("شرق-الفرات"), own_name("قسد?")
    ('شرق-الفرات', 'شرق-الفرات-4a76b990', 'قسد-5a6e1044')
    """
    plain = plain_name(text)
    is_plain = plain.split("-") == text.split(" ")
    return plain if is_plain else f"{plain}-{zlib.crc32(text.encode()):08x}"


def plain_name(text: str) -> str:
    """Return a name for files and list ids: letters and digits of *text*, hyphens between.

    >>> plain_name("شرق الفرات / 2")
    'شرق-الفرات-2'
    """
    return "-".join(re.findall(r"\w+", text)) or "watch"
