"""One article: its text with marks, where each field came from, its versions, its copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scheduler import explaining
from scheduler.desk.cards import AFTER, HEADLINE, marked, of_field
from scheduler.desk.page import Desk, complaint, desk_of, language_of, page
from scheduler.explaining import Explanation
from scheduler.quoting import Piece, pieces
from storage import deeds, queries
from storage.database import reading
from storage.differences import Change, differences
from storage.errors import QueryError
from storage.models import Article, Capture, Match, Site, Version, Watch
from storage.queries import Found

# What a page holds of one text; the rest is a click away.
WHOLE = 30_000
# Comparing takes the square of the length; no news item comes near.
COMPARED = 60_000
COPIES = 200


@dataclass(frozen=True, slots=True)
class Copy:
    """An article of the cluster in its place."""

    article: Article
    site: str
    headline: list[Piece]

    @property
    def at(self) -> datetime:
        """When it was published, as far as is known."""
        return self.article.published_at or self.article.first_seen_at


def room(request: Request) -> Response:
    """The article; `version`, `from` and `to`, `explain`, `verify` and `whole` say what of it."""
    desk, asked = desk_of(request), request.query_params
    with reading(desk.engine) as db:
        row = queries.find(db, request.path_params["article_id"])
        if row is None:
            raise HTTPException(404)
        if row.withheld is not None:
            return _withheld(request, db, row)
        history = queries.history(db, row)
        version, capture = _version(history, asked.get("version"))
        matches = _matches(db, row.article.id)
        spans = _spans(matches, version)
        values: dict[str, Any] = {
            "site": db.get_one(Site, row.article.site_key),
            "copies": _copies(db, row),
            "matches": matches,
            "done": deeds.of(db, "alert", [m.alert_id for m, _, _ in matches if m.alert_id]),
        }
    whole = asked.get("whole") == "1"
    return page(
        request,
        "article.html",
        article=row.article,
        version=version,
        capture=capture,
        history=[each for each, _ in history],
        side=desk.side(row.article.site_key),
        headline=marked(version.headline, of_field(spans, "headline"), HEADLINE * 5),
        body=_body(version.body, of_field(spans, "body"), whole=whole),
        cut=not whole and len(version.body) > WHOLE,
        change=_change([each for each, _ in history], asked.get("from"), asked.get("to")),
        verdict=_verdict(desk, row.article.id, version) if asked.get("verify") == "1" else None,
        explain=asked.get("explain", "")[:2000],
        explained=_explained(request, asked.get("explain", "")[:2000], version),
        **values,
    )


def _withheld(request: Request, db: Session, row: Found) -> Response:
    """Since when and why an article is not shown, and what the desk did with it."""
    matches = _matches(db, row.article.id)
    return page(
        request,
        "withheld.html",
        article=row.article,
        takedown=row.withheld,
        site=db.get_one(Site, row.article.site_key),
        side=desk_of(request).side(row.article.site_key),
        matches=matches,
        done=deeds.of(db, "alert", [m.alert_id for m, _, _ in matches if m.alert_id]),
    )


def _version(
    history: Sequence[tuple[Version, Capture | None]], asked: str | None
) -> tuple[Version, Capture | None]:
    """Return the version that was asked for, or the last one."""
    return next((each for each in history if str(each[0].number) == asked), history[-1])


def _matches(db: Session, article_id: int) -> list[tuple[Match, Watch, int]]:
    rows = db.execute(
        select(Match, Watch, Version.number)
        .join(Watch, Watch.id == Match.watch_id)
        .join(Version, Version.id == Match.version_id)
        .where(Match.article_id == article_id)
        .order_by(Watch.name, Version.number)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _spans(matches: list[tuple[Match, Watch, int]], version: Version) -> list[dict[str, Any]]:
    return [span for match, _, _ in matches if match.version_id == version.id for span in match.spans]  # fmt: skip


def _body(text: str, spans: list[dict[str, Any]], *, whole: bool) -> list[list[Piece]]:
    """Return the paragraphs of a text, each cut at its marks."""
    end = len(text) if whole else min(len(text), WHOLE)
    found: list[list[Piece]] = []
    at = 0
    while at < end:
        stop = text.find("\n\n", at, end)
        stop = end if stop < 0 else stop
        if text[at:stop].strip():
            found.append(pieces(text, spans, at, stop))
        at = stop + 2
    if end < len(text) and found:
        found[-1].append(AFTER)
    return found


def _copies(db: Session, row: Found) -> list[Copy]:
    """Return all articles of the cluster, this one too, in order of publication."""
    articles = [row.article, *queries.copies(db, row.article)]
    names = {row[0]: row[1] for row in db.execute(select(Site.key, Site.name))}
    made = [
        Copy(each, names.get(each.site_key, each.site_key), marked(each.headline, (), HEADLINE))
        for each in articles
    ]
    return sorted(made, key=lambda copy: (copy.at, copy.article.id))[:COPIES]


def _change(history: list[Version], old: str | None, new: str | None) -> dict[str, Any] | None:
    """Return two versions side by side: those asked for, else the last two; None for one alone."""
    if len(history) < 2:
        return None
    numbers = {str(version.number): version for version in history}
    before = numbers.get(old or "", history[-2])
    after = numbers.get(new or "", history[-1])
    return {
        "before": before,
        "after": after,
        "headline": _compared(before.headline, after.headline),
        "body": _compared(before.body, after.body),
    }


def _compared(old: str, new: str) -> dict[str, list[list[Piece]]]:
    """Return the paragraphs of both texts, what differs marked."""
    changes = list(differences(old[:COMPARED], new[:COMPARED]))
    return {side: _paragraphs(changes, side) for side in ("old", "new")}


def _paragraphs(changes: Sequence[Change], side: str) -> list[list[Piece]]:
    found: list[list[Piece]] = [[]]
    for change in changes:
        first, *rest = getattr(change, side).split("\n")
        found[-1].append(Piece(first, marked=change.kind != "equal"))
        found += [[Piece(text, marked=change.kind != "equal")] for text in rest]
    shown = ([piece for piece in paragraph if piece.text] for paragraph in found)
    return [paragraph for paragraph in shown if paragraph]


def _verdict(desk: Desk, article_id: int, version: Version) -> Any:
    """Return what `rasid verify` says of the version; None where no captures are kept."""
    # Reading a page again takes the extractor, which is slow to load.
    from scheduler import proofs, verifying

    if desk.config.captures is None:
        return None
    with reading(desk.engine) as db:
        claims = proofs.of_articles(db, [article_id])
    [claim] = [each for each in claims if each.version == version.number]
    return verifying.verify(claim, verifying.Folder(desk.config.captures), desk.sites())


def _explained(
    request: Request, query: str, version: Version
) -> dict[str, Explanation] | str | None:
    """Return why a query does or does not match headline and body; what is wrong with it, in words."""
    if not query.strip():
        return None
    packs, language = desk_of(request).packs(), language_of(request)
    texts = {"headline": version.headline[:2000], "body": version.body[:WHOLE]}
    try:
        return {
            field: explaining.explain(query, text, field=field, packs=packs, language=language)
            for field, text in texts.items()
        }
    except QueryError as error:
        return complaint(request, error)
