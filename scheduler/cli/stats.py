"""`rasid stats`: counts for researchers, and words over time."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from scheduler.cli import output
from scheduler.cli.archive import Since, Sites, Until, selection
from scheduler.cli.context import opened, settings

commands = typer.Typer()

By = Literal["site", "month", "section", "language"]


@commands.command()
def stats(
    context: typer.Context,
    by: Annotated[By | None, typer.Option(help="Only by this; otherwise by each.")] = None,
    query: Annotated[
        list[str] | None,
        typer.Option(help="How often this query is met over time; repeatable."),
    ] = None,
    per: Annotated[
        Literal["day", "month"], typer.Option(help="With --query: a number for each.")
    ] = "month",
    svg: Annotated[
        Path | None, typer.Option(help="With --query: a picture of the shares, to this file.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(help='With --query: the same as PNG; needs "rasid[plot]".')
    ] = None,
    site: Sites = None,
    since: Since = None,
    until: Until = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Articles by site, month, section and language, with the share of copies; words over time."""
    from storage.database import reading
    from storage.errors import InputError

    pictures = [path for path in (svg, png) if path is not None]
    if pictures and not query:
        raise InputError("--svg and --png go with --query: the picture is of words over time")
    if query and by:
        raise InputError("--by counts articles, --query counts words; ask one after the other")
    config = settings(context)
    engine = opened(context, config)
    chosen = selection(config, engine, site, since, until, queries=query or ())
    with reading(engine) as db:
        tables = _words(db, query, chosen, per, config) if query else _articles(db, chosen, by)
    for path in pictures:
        _draw(path, tables, per, as_png=path is png)
    if as_json:
        output.emit(tables)
    elif as_csv:
        _write(tables, bool(query))
    else:
        for name, rows in tables.items():
            output.say(name)
            columns = list(rows[0]) if rows else []
            output.table(columns, [list(row.values()) for row in rows])
            output.say()


def _articles(db: Any, chosen: Any, by: By | None) -> dict[str, list[dict[str, Any]]]:
    from storage import counts

    return {name: counts.counts(db, chosen, name) for name in ([by] if by else counts.BY)}


def _words(
    db: Any, queries: Sequence[str], chosen: Any, per: Literal["day", "month"], config: Any
) -> dict[str, list[dict[str, Any]]]:
    from scheduler import frequencies, searching
    from scheduler.packs import shelf

    packs = shelf.beside(config.watches)
    found = {}
    for query in dict.fromkeys(queries):
        compiled = searching.compiled(query, packs=packs)
        found[query] = frequencies.frequencies(db, compiled, chosen, per)
    return found


def _write(tables: dict[str, list[dict[str, Any]]], of_words: bool) -> None:
    """Write one table of all: its first column names the query, or what is counted by."""
    from storage.export.csv import cell

    out = csv.writer(sys.stdout, lineterminator="\n")
    period = next((next(iter(rows[0])) for rows in tables.values() if rows), "value")
    header = {
        True: ["query", period, "articles", "matching", "occurrences", "share"],
        False: ["by", "value", "articles", "copies", "share"],
    }
    out.writerow(header[of_words])
    for name, rows in tables.items():
        out.writerows([cell(name), *map(cell, row.values())] for row in rows)


def _draw(path: Path, tables: dict[str, list[dict[str, Any]]], per: str, *, as_png: bool) -> None:
    from scheduler import chart, picture
    from storage.errors import of_writing

    periods = [row[per] for row in next(iter(tables.values()))]
    lines = {query: [row["share"] for row in rows] for query, rows in tables.items()}
    drawn = chart.svg(" · ".join(tables), periods, lines)
    content = picture.png(drawn) if as_png else drawn.encode()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise of_writing(error, str(path)) from error
    output.note(f"{path}: the share of articles, {len(periods)} {per}s")
