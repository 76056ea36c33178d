"""Full-text search as a filter: which articles a query could match at all.

The index holds folded tokens (`ArticleIndex`): FTS5 on SQLite, a tsvector on
PostgreSQL. It may answer with too many articles, never with too few; the
matcher has the last word. PostgreSQL is therefore not asked for phrases, only for their
words: it forgets the places of those beyond the 16,383rd.
"""

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, Literal, Protocol

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

# A page of candidates is read and matched at a time: small at first, since the
# first page is mostly all that is wanted, then larger. Twenty are shown, one more
# tells whether there is another page, and a few may not match.
FIRST_BATCH = 24

PREFIX = "*"

# FTS5 takes no choice of words inside a phrase, so every combination is written out. Most
# stand nowhere and cost a look into its dictionary; beyond so many the words are asked for.
PHRASES = 400

# By number; by their time, see `Selection`; or by how often and how prominently the words
# occur: BM25 on SQLite, with a headline's words counting as more, ts_rank_cd on PostgreSQL.
Order = Literal["id", "newest", "best"]
HEADLINE_WEIGHT = 4.0


class Demand(Protocol):
    """What an article must have, as a tree; `scheduler.candidates.Candidates` fits.

    Kind `tokens`: one of *tokens*, or a token that begins with one where `*` ends
    it. Kinds `all` and `any`: all, or any, of *parts*. Kind `phrase`: all of *parts*,
    which are `tokens`, of words beside each other.
    """

    @property
    def kind(self) -> str: ...
    @property
    def tokens(self) -> Collection[str]: ...
    @property
    def parts(self) -> Sequence["Demand"]: ...


def candidates(
    db: Session, demand: Demand | None, selection: Selection, *, order: Order = "id"
) -> Iterator[Row]:
    """Yield the selected articles that may satisfy *demand*; all of them where it is None.

    The best come first only where there is a demand to be good at, otherwise the newest.
    Only their numbers are held in memory.
    """
    statement = select(Article.id).where(*selection.conditions())
    if demand is not None:
        statement = _narrowed(db, statement, demand)
    if order == "best" and demand is not None:
        statement = statement.order_by(_goodness(db, demand).desc())
    if order != "id":
        statement = statement.order_by(queries.time_of().desc())
    statement = statement.order_by(Article.id if order == "id" else Article.id.desc())
    found = db.scalars(statement.execution_options(yield_per=10_000))
    ids = array("q", found)
    at, size = 0, FIRST_BATCH
    while at < len(ids):
        yield from queries.by_ids(db, ids[at : at + size].tolist())
        at += size
        size = min(size * 2, queries.BATCH)


def fts5(demand: Demand) -> str:
    """Return *demand* as SQLite writes it.

    >>> from types import SimpleNamespace as D
    >>> a, b = (D(kind="tokens", tokens={t}, parts=()) for t in ('شرق', 'فرات*'))
    >>> fts5(D(kind="all", tokens=(), parts=(a, b)))
    '("شرق") AND ("فرات"*)'
    """
    return _written(demand, _fts5_token, " OR ", " AND ", _fts5_phrases)


def tsquery(demand: Demand) -> str:
    """Return *demand* as PostgreSQL writes it.

    >>> from types import SimpleNamespace as D
    >>> tsquery(D(kind="tokens", tokens={"فرات*"}, parts=()))
    "'فرات':*"
    """
    return _written(demand, _tsquery_token, " | ", " & ", lambda _demand: None)


def _narrowed(db: Session, statement: Select[int], demand: Demand) -> Select[int]:
    if db.get_bind().dialect.name == "sqlite":
        index = table("article_fts", column("rowid", BigInteger), column("article_fts", String))
        return statement.join(index, index.c.rowid == Article.id).where(
            index.c.article_fts.op("MATCH")(fts5(demand))
        )
    words: ColumnElement[str] = column("words", _selectable=ArticleIndex.__table__)
    asked = func.to_tsquery("simple", tsquery(demand))
    return statement.join(ArticleIndex, ArticleIndex.article_id == Article.id).where(
        words.op("@@")(asked)
    )


def _goodness(db: Session, demand: Demand) -> ColumnElement[Any]:
    if db.get_bind().dialect.name == "sqlite":
        # The smaller, the better.
        return -func.bm25(literal_column("article_fts"), HEADLINE_WEIGHT, 1.0)
    words: ColumnElement[Any] = column("words", _selectable=ArticleIndex.__table__)
    return func.ts_rank_cd(words, func.to_tsquery("simple", tsquery(demand)))


def _written(
    demand: Demand,
    token: "_Writer",
    or_: str,
    and_: str,
    phrases: Callable[[Demand], list[str] | None],
) -> str:
    if demand.kind == "tokens":
        return or_.join(token(each) for each in sorted(demand.tokens))
    if demand.kind == "phrase" and (written := phrases(demand)):
        return or_.join(token(each) for each in written)
    parts = [f"({_written(part, token, or_, and_, phrases)})" for part in demand.parts]
    return (or_ if demand.kind == "any" else and_).join(parts)


def _fts5_phrases(demand: Demand) -> list[str] | None:
    """Return every wording of a phrase; None where there are too many, or FTS5 knows no way."""
    if prod(len(part.tokens) for part in demand.parts) > PHRASES:
        return None
    if any(token.endswith(PREFIX) for part in demand.parts[:-1] for token in part.tokens):
        return None
    return sorted(map(" ".join, product(*(part.tokens for part in demand.parts))))


class _Writer(Protocol):
    def __call__(self, token: str) -> str: ...


def _fts5_token(token: str) -> str:
    plain = token.removesuffix(PREFIX).replace('"', '""')
    return f'"{plain}"*' if token.endswith(PREFIX) else f'"{plain}"'


def _tsquery_token(token: str) -> str:
    plain = token.removesuffix(PREFIX).replace("\\", "\\\\").replace("'", "''")
    return f"'{plain}':*" if token.endswith(PREFIX) else f"'{plain}'"
