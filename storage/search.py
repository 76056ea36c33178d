"""Full-text search as a filter: which articles a query could match at all.

The index holds stems (`storage.stems`): FTS5 on SQLite, a tsvector on PostgreSQL. It
may answer with too many articles, never with too few; the matcher has the last word.
"""

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product
from math import floor, prod
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.orm import Session

from storage import queries
from storage.models import Article, ArticleIndex
from storage.queries import Row, Selection
from storage.stems import NOT_INDEXED, SET_OF_STEMS

# A page of candidates is read and matched at a time: small at first, since the
# first page is mostly all that is wanted, then larger. Twenty are shown, one more
# tells whether there is another page, and a few may not match.
FIRST_BATCH = 24

PREFIX = "*"

# So many articles of one second find a place of their own, in the order of their numbers.
PLACES_A_SECOND = 2**20

# FTS5 takes no choice of words inside a phrase, so every combination is written out. Most
# stand nowhere and cost a look into its dictionary; beyond so many the words are asked for.
PHRASES = 400

# By number; by their time, see `Selection`; or by how often and how prominently the words
# occur: BM25 on SQLite, with a headline's words counting as more, ts_rank_cd on PostgreSQL.
Order = Literal["id", "newest", "best"]
HEADLINE_WEIGHT = 4.0


class Demand(Protocol):
    """What an article must have, as a tree; `scheduler.candidates.Candidates` fits.

    Kind `tokens`: one of *tokens*, which are stems, or one that begins with it where `*` ends
    it. Kinds `all` and `any`: all, or any, of *parts*. Kind `phrase`: all of *parts*,
    which are `tokens`, of words beside each other.
    """

    @property
    def kind(self) -> str: ...
    @property
    def tokens(self) -> Collection[str]: ...
    @property
    def parts(self) -> Sequence["Demand"]: ...


def place(when: datetime, article_id: int) -> int:
    """Return the place in time of an article: by the second, then by number."""
    return floor(when.timestamp()) * PLACES_A_SECOND + article_id % PLACES_A_SECOND


def free_place(db: Session, when: datetime, article_id: int) -> int:
    """Return the place in time of an article, or the next that no other article has."""
    found = place(when, article_id)
    # Numbers below that differ in their places.
    while article_id >= PLACES_A_SECOND and _is_taken(db, found, article_id):
        found += 1
    return found


def is_place_of(found: int, when: datetime) -> bool:
    """Tell whether *found* can be the place of an article of *when*."""
    return found // PLACES_A_SECOND - floor(when.timestamp()) in (0, 1)


def placed(since: datetime | None, until: datetime | None) -> Select[int]:
    """Return the statement that finds the articles of a time, a second more, by their places alone."""
    found = select(ArticleIndex.article_id)
    if since is not None:
        found = found.where(ArticleIndex.place >= place(since, 0))
    if until is not None:
        found = found.where(ArticleIndex.place < place(until + timedelta(seconds=2), 0))
    return found


def extent(db: Session, selection: Selection) -> tuple[int, datetime | None]:
    """Return how many articles are selected, and the time of the first of them."""
    asked = select(func.count(), func.min(queries.time_of())).where(*selection.conditions())
    if selection.since or selection.until:
        asked = asked.where(Article.id.in_(placed(selection.since, selection.until)))
    number, first = db.execute(asked.select_from(Article)).one()
    return number, first


def candidates(
    db: Session, demand: Demand | None, selection: Selection, *, order: Order = "id"
) -> Iterator[Row]:
    """Yield the selected articles that may satisfy *demand*; all of them where it is None.

    The best come first only where there is a demand to be good at, otherwise the newest.
    Where all must be found before the first is known, their numbers are held in memory.
    """
    if order == "newest" or (order == "best" and demand is None):
        pages = _from_the_newest(db, demand, selection)
    elif order == "best" and demand is not None:
        statement, at = _asked(db, demand, selection)
        pages = _all_at_once(db, statement.order_by(_goodness(db, demand).desc(), at.desc()))
    else:
        statement, _ = _asked(db, demand, selection)
        pages = _all_at_once(db, statement.order_by(ArticleIndex.article_id))
    for ids in pages:
        yield from queries.by_ids(db, ids)


def _from_the_newest(
    db: Session, demand: Demand | None, selection: Selection
) -> Iterator[list[int]]:
    """Yield pages of ids, reading no more of the index than is asked for."""
    statement, at = _asked(db, demand, selection)
    size = FIRST_BATCH
    while True:
        found = db.execute(statement.order_by(at.desc()).limit(size)).all()
        yield [article_id for article_id, _ in found]
        if len(found) < size:
            return
        statement, at = _asked(db, demand, selection, before=found[-1][1])
        size = min(size * 2, queries.BATCH)


def _all_at_once(db: Session, statement: Select[int, int]) -> Iterator[list[int]]:
    found = db.execute(statement.execution_options(yield_per=10_000))
    ids = array("q", (row[0] for row in found))
    at, size = 0, FIRST_BATCH
    while at < len(ids):
        yield ids[at : at + size].tolist()
        at += size
        size = min(size * 2, queries.BATCH)


def fts5(demand: Demand) -> str:
    """Return *demand* as SQLite writes it.

    >>> from types import SimpleNamespace as D
    >>> a, b = (D(kind="tokens", tokens={t}, parts=()) for t in ('شرق', 'فرا*'))
    >>> fts5(D(kind="all", tokens=(), parts=(a, b))).partition(" OR ")[0]
    '(("شرق") AND ("فرا"*))'
    """
    return _written(demand, _FTS5)


def tsquery(demand: Demand) -> str:
    """Return *demand* as PostgreSQL writes it.

    >>> from types import SimpleNamespace as D
    >>> tsquery(D(kind="tokens", tokens={"فرا*"}, parts=())).partition(" | ")[0]
    "('فرا':*)"
    """
    return _written(demand, _TSQUERY)


def _asked(
    db: Session, demand: Demand | None, selection: Selection, *, before: int | None = None
) -> tuple[Select[int, int], ColumnElement[int]]:
    """Return the statement of the ids and places of what may satisfy *demand*, and the place."""
    at: ColumnElement[int] = ArticleIndex.place.expression
    conditions = selection.conditions()
    statement = select(ArticleIndex.article_id, at)
    if demand is not None and _is_sqlite(db):
        # In the order of its rows FTS5 gives its answers as it finds them, all others sorted.
        index = table("article_fts", column("rowid", BigInteger), column("article_fts", String))
        at = index.c.rowid
        statement = (
            select(ArticleIndex.article_id, at)
            .join(index, at == ArticleIndex.place)
            .where(index.c.article_fts.op("MATCH")(fts5(demand)))
        )
    elif demand is not None:
        statement = statement.where(_words().op("@@")(_query(demand)))
    if conditions:
        statement = statement.join(Article, Article.id == ArticleIndex.article_id)
        statement = statement.where(*conditions)
    if selection.since:
        statement = statement.where(at >= place(selection.since, 0))
    if selection.until:
        statement = statement.where(at < place(selection.until, -1) + PLACES_A_SECOND)
    return (statement if before is None else statement.where(at < before)), at


def _is_sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"


def _words() -> ColumnElement[Any]:
    words: ColumnElement[Any] = column("words", _selectable=ArticleIndex.__table__)
    return words


def _query(demand: Demand) -> ColumnElement[Any]:
    return func.to_tsquery("simple", tsquery(demand))


def _is_taken(db: Session, wanted: int, article_id: int) -> bool:
    owner = db.scalar(select(ArticleIndex.article_id).where(ArticleIndex.place == wanted))
    return owner not in (None, article_id)


def _goodness(db: Session, demand: Demand) -> ColumnElement[Any]:
    if _is_sqlite(db):
        # The smaller, the better.
        return -func.bm25(literal_column("article_fts"), HEADLINE_WEIGHT, 1.0)
    return func.ts_rank_cd(_words(), _query(demand))


class _Language(NamedTuple):
    """How an index is asked: for one stem, with operators, and for stems beside each other."""

    token: Callable[[str], str]
    any_of: str
    all_of: str
    phrase: Callable[[Demand], str | None]


def _written(demand: Demand, language: _Language) -> str:
    """Return *demand* of the texts whose stems are indexed in their order, and of the others."""
    parts = [_part(demand, language)]
    if _has_phrase(demand):
        anywhere = _part(demand, language._replace(phrase=lambda _: None))
        parts.append(language.all_of.join((language.token(SET_OF_STEMS), f"({anywhere})")))
    parts.append(language.token(NOT_INDEXED))
    return language.any_of.join(f"({part})" for part in parts)


def _part(demand: Demand, language: _Language) -> str:
    if demand.kind == "tokens":
        return language.any_of.join(map(language.token, sorted(demand.tokens)))
    if demand.kind == "phrase" and (written := language.phrase(demand)):
        return written
    parts = [f"({_part(part, language)})" for part in demand.parts]
    return (language.any_of if demand.kind == "any" else language.all_of).join(parts)


def _has_phrase(demand: Demand) -> bool:
    return demand.kind == "phrase" or any(map(_has_phrase, demand.parts))


def _fts5_phrase(demand: Demand) -> str | None:
    """Return every wording of a phrase; None where there are too many, or FTS5 knows no way."""
    if prod(len(part.tokens) for part in demand.parts) > PHRASES:
        return None
    if any(token.endswith(PREFIX) for part in demand.parts[:-1] for token in part.tokens):
        return None
    wordings = map(" ".join, product(*(part.tokens for part in demand.parts)))
    return " OR ".join(map(_fts5_token, sorted(wordings)))


def _tsquery_phrase(demand: Demand) -> str | None:
    return " <-> ".join(f"({_part(part, _TSQUERY)})" for part in demand.parts)


def _fts5_token(token: str) -> str:
    plain = token.removesuffix(PREFIX).replace('"', '""')
    return f'"{plain}"*' if token.endswith(PREFIX) else f'"{plain}"'


def _tsquery_token(token: str) -> str:
    plain = token.removesuffix(PREFIX).replace("\\", "\\\\").replace("'", "''")
    return f"'{plain}':*" if token.endswith(PREFIX) else f"'{plain}'"


_FTS5 = _Language(_fts5_token, " OR ", " AND ", _fts5_phrase)
_TSQUERY = _Language(_tsquery_token, " | ", " & ", _tsquery_phrase)
