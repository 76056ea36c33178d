"""`rasid db`: the archive itself."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings

commands = typer.Typer(help="The archive itself: upgrade, check, back up.", no_args_is_help=True)

Captures = Literal["none", "sample", "all"]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@commands.command()
def upgrade(context: typer.Context, as_json: Json = False) -> None:
    """Bring the archive to this version's schema."""
    from storage import database, regrouping

    config = settings(context)
    engine = database.connect(config.archive, create=True)
    context.call_on_close(engine.dispose)
    before = database.upgrade(engine)
    with database.reading(engine) as db:
        older = regrouping.waiting(db)
    if as_json:
        output.emit({"before": before, "schema": database.SCHEMA, "decided_by_older_rule": older})
    elif before == database.SCHEMA:
        output.say(f"the archive is at schema {database.SCHEMA}, nothing to do")
    else:
        output.say(f"upgraded from schema {before} to {database.SCHEMA}")
    if older:
        output.note(
            f"an older rule decided of {older} articles whose copies they are; 'rasid cluster again'"
            " decides anew, beside the service and in steps"
        )


@commands.command()
def check(
    context: typer.Context,
    captures: Annotated[
        Captures, typer.Option(help="How many captures are read: none, a sample, or all.")
    ] = "sample",
    as_json: Json = False,
) -> None:
    """Look whether the archive is sound and in step with itself; status 1 when it is not."""
    from storage import capture_checks, checks, queries
    from storage.database import reading, session

    config = settings(context)
    engine = opened(context, config)
    with reading(engine) as db:
        total = queries.count(db, queries.Selection())
        with output.progress("checking", total) as advance:
            found = list(checks.check(db, advance))
        if captures != "none" and config.captures is not None:
            whole = captures == "all"
            total_captures = capture_checks.count(db, whole=whole)
            with output.progress("reading captures", total_captures) as advance:
                folder = config.captures
                found += capture_checks.check(db, folder, whole=whole, advance=advance)
    with session(engine) as db:
        found += checks.check_index(db)
    wrong = sum(finding.wrong for finding in found)
    if as_json:
        output.emit(
            {
                "articles": total,
                "wrong": wrong,
                "checks": {
                    finding.check: {"wrong": finding.wrong, "examples": finding.examples}
                    for finding in found
                },
            }
        )
    else:
        for finding in found:
            state = f"{finding.wrong}: {', '.join(finding.examples)}" if finding.wrong else "ok"
            output.say(f"{finding.check}: {state}")
        output.say(f"{output.counted(total, 'article')}, {output.counted(wrong, 'fault')}")
    output.finish(ok=not wrong)


@commands.command()
def prune(
    context: typer.Context,
    days: Annotated[int, typer.Option("--days", min=1, help="Captures older than so many days.")],
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many captures would be dropped.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give up the bytes of old captures, but for those that prove an alert; texts stay."""
    from scheduler import pruning

    config = settings(context)
    engine = opened(context, config)
    done = pruning.Pruned()
    if config.captures is not None:
        done = pruning.prune(engine, config.captures, clock, days=days, dry=dry)
    if as_json:
        output.emit(done.as_json())
    else:
        would = "would be dropped" if dry else "dropped"
        output.say(f"{output.counted(done.dropped, 'capture')} {would}, {done.moved} moved")


@commands.command()
def backup(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A new file: SQLite's copy, or pg_dump's archive.")],
    as_json: Json = False,
) -> None:
    """Write a consistent copy of the archive, while it is in use."""
    from storage.backup import back_up

    size = back_up(opened(context, settings(context)), path)
    if as_json:
        output.emit({"path": str(path), "bytes": size})
    else:
        output.say(f"{path}: {size / 1e6:.1f} MB")


@commands.command()
def stats(context: typer.Context, as_json: Json = False) -> None:
    """How much there is of everything, and of each site."""
    from storage.checks import statistics
    from storage.database import reading

    with reading(opened(context, settings(context))) as db:
        said = statistics(db)
    if as_json:
        output.emit(said)
        return
    output.table(
        ("site", "articles", "related", "oldest", "newest"),
        [
            (
                site["site"],
                site["articles"],
                site["related"],
                f"{site['oldest']:%Y-%m-%d}" if site["oldest"] else "",
                f"{site['newest']:%Y-%m-%d}" if site["newest"] else "",
            )
            for site in said["sites"]
        ],
    )
    output.say("")
    output.table(("table", "rows"), said["tables"].items())
    output.say(f"{said['bytes'] / 1e6:.1f} MB")
