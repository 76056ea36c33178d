"""`rasid export`: the archive in other people's formats."""

from typing import Annotated, Any, Literal

import typer

from scheduler.cli import output
from scheduler.cli.archive import Since, Sites, Until, selection, warn_of_scan
from scheduler.cli.context import opened, settings

commands = typer.Typer()

# What is no file, by its path.
_NAMES = {"-": "standard output"}
Form = Literal["jsonl", "csv", "parquet", "warc", "wacz", "corpus"]


@commands.command()
def export(
    context: typer.Context,
    form: Annotated[Form, typer.Argument(metavar="jsonl|csv|parquet|warc|wacz|corpus")],
    path: Annotated[
        str,
        typer.Argument(
            help="The file; jsonl and csv are compressed when it ends in .gz or .zst, and - is "
            "standard output. For parquet and corpus a folder."
        ),
    ],
    query: Annotated[str | None, typer.Option(help="Only articles that match this query.")] = None,
    since: Since = None,
    until: Until = None,
    site: Sites = None,
    one_per_cluster: Annotated[
        bool, typer.Option("--one-per-cluster", help="Of copies only the first one.")
    ] = False,
    bom: Annotated[
        bool, typer.Option("--bom", help="CSV: with a byte order mark, for Excel.")
    ] = False,
    title: Annotated[
        str, typer.Option(help="wacz, corpus: what it is called.")
    ] = "Syrian news in Arabic",
    with_captures: Annotated[
        bool, typer.Option("--with-captures", help="Corpus: with the bytes that prove it.")
    ] = False,
) -> None:
    """Write articles to a file, by id; the same archive gives the same bytes."""
    from scheduler import exporting, searching
    from storage import queries
    from storage.database import reading

    _check(form, bom=bom, with_captures=with_captures)
    config = settings(context)
    engine = opened(context, config)
    chosen = selection(config, engine, site, since, until, queries=[query] if query else ())
    search = _search(query, config)
    order = exporting.Order(form, path, config, bom=bom, title=title, with_captures=with_captures)
    written = 0
    with reading(engine) as db:
        rows = searching.matching_rows(db, search, chosen) if search else queries.every(db, chosen)
        rows = queries.one_per_cluster(rows) if one_per_cluster else rows
        total = None if search or one_per_cluster else queries.count(db, chosen)
        with output.progress("exporting", total) as advance:
            for step in exporting.export(db, rows, order):
                written += step
                advance(step)
    for line in order.remarks:
        output.note(line)
    output.note(f"{output.counted(written, 'article')} written to {_NAMES.get(path, path)}")


def _check(form: Form, *, bom: bool, with_captures: bool) -> None:
    from storage.errors import InputError

    if bom and form != "csv":
        raise InputError("--bom goes with csv; the other forms have no byte order mark")
    if with_captures and form != "corpus":
        raise InputError("--with-captures goes with corpus; warc and wacz are made of captures")


def _search(query: str | None, config: Any) -> Any:
    from scheduler import searching
    from scheduler.packs import shelf

    if query is None:
        return None
    asked = searching.compiled(query, packs=shelf.beside(config.watches))
    warn_of_scan(asked)
    return asked
