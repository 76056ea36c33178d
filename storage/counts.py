"""How many articles there are: by site, month, section and language, and how many are copies."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from storage.models import Article, Version
from storage.queries import Selection, time_of

By = Literal["site", "month", "section", "language"]
BY: Sequence[By] = ("site", "month", "section", "language")

# Relations to a text that was there before; `related` is another text on the same matter.
COPIES = ("exact", "duplicate", "version")


def counts(db: Session, selection: Selection, by: By) -> list[dict[str, Any]]:
    """Return `{by: value, articles, copies, share}` for each value; months in order, else by size.

    *share* is that of copies among the articles. Where nothing is stated the value is null.
    """
    value = _value(db, by)
    number = func.count()
    copies = func.sum(case((Article.relation.in_(COPIES), 1), else_=0))
    statement = select(value, number, copies).group_by(value)
    if by in ("section", "language"):
        current = and_(Version.article_id == Article.id, Version.number == Article.version_number)
        statement = statement.join_from(Article, Version, current)
    rows = [
        {by: key, "articles": n, "copies": int(copied), "share": round(int(copied) / n, 4)}
        for key, n, copied in db.execute(statement.where(*selection.conditions()))
    ]
    if by == "month":
        return sorted(rows, key=lambda row: row[by])
    return sorted(rows, key=lambda row: (-row["articles"], row[by] or ""))


def articles_per(db: Session, selection: Selection, period: str) -> dict[str, int]:
    """Return how many articles there are in each `day` or `month`."""
    value = _moment(db, period)
    statement = select(value, func.count()).select_from(Article).group_by(value)
    found = db.execute(statement.where(*selection.conditions()))
    return {key: number for key, number in found if key is not None}


def _value(db: Session, by: By) -> ColumnElement[Any]:
    if by == "site":
        return Article.site_key.expression
    if by == "month":
        return _moment(db, by)
    column = Version.section if by == "section" else Version.language
    return column.expression


def _moment(db: Session, period: str) -> ColumnElement[Any]:
    """The article's day or month, in UTC."""
    if db.get_bind().dialect.name == "sqlite":
        return func.strftime({"day": "%Y-%m-%d", "month": "%Y-%m"}[period], time_of())
    form = {"day": "YYYY-MM-DD", "month": "YYYY-MM"}[period]
    return func.to_char(func.timezone("UTC", time_of()), form)
