"""What a card of the stream says: an alert with its marks, its copies and what was done to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scheduler.desk.page import Desk
from scheduler.quoting import Piece, excerpt, pieces
from storage import deeds, outbox
from storage.desk_tables import Deed
from storage.outbox import Copy, Entry

# A headline is a line or two; one of a megabyte is somebody's mistake, and is cut here.
HEADLINE = 400
BEFORE, AFTER = Piece("… ", marked=False), Piece(" …", marked=False)


@dataclass(frozen=True, slots=True)
class Card:
    """One alert as the stream shows it."""

    entry: Entry
    side: str
    headline: list[Piece]
    snippet: list[Piece]
    copies: Sequence[Copy]
    starred_at: datetime | None
    dismissed_at: datetime | None
    deeds: Sequence[Deed]

    @property
    def id(self) -> int:
        """The alert's number."""
        return self.entry.alert.id

    @property
    def sites(self) -> list[str]:
        """The names of the sites that carry the text, the first one's first."""
        names = [self.entry.site.name, *(copy.site_name for copy in self.copies)]
        return list(dict.fromkeys(names))

    @property
    def changed(self) -> bool:
        """Whether the article says something else by now than it did when the alert was made."""
        return self.entry.article.version_number > self.entry.version.number


def cards(db: Session, desk: Desk, entries: Sequence[Entry]) -> list[Card]:
    """Return the cards of these alerts, in their order."""
    ids = [entry.alert.id for entry in entries]
    copies = outbox.copies(db, ids)
    standing = deeds.handlings(db, ids)
    done = deeds.of(db, "alert", ids)
    made = []
    for entry in entries:
        number = entry.alert.id
        place = standing.get(number)
        made.append(
            Card(
                entry,
                desk.side(entry.site.key),
                marked(entry.version.headline, of_field(entry.spans, "headline"), HEADLINE),
                snippet(entry.version.body, of_field(entry.spans, "body")),
                copies.get(number, ()),
                place.starred_at if place is not None else None,
                place.dismissed_at if place is not None else None,
                done.get(str(number), ()),
            )
        )
    return made


def of_field(spans: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the spans that stand in one field."""
    return [span for span in spans if span["field"] == name]


def marked(text: str, spans: Sequence[dict[str, Any]], limit: int) -> list[Piece]:
    """Return the beginning of *text*, cut at its marks."""
    found = pieces(text, spans, 0, min(len(text), limit))
    return [*found, AFTER] if len(text) > limit else found


def snippet(body: str, spans: Sequence[dict[str, Any]]) -> list[Piece]:
    """Return the two sentences around the first mark; without one, the first two."""
    first = min(spans, key=lambda span: int(span["start"]), default={"start": 0, "end": 0})
    begin, end = excerpt(body, first["start"], first["end"])
    before = [BEFORE] if begin > 0 else []
    after = [AFTER] if end < len(body.rstrip()) else []
    return [*before, *pieces(body, spans, begin, end), *after]
