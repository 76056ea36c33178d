"""`rasid watch`: the watch list and its tests."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings

commands = typer.Typer(help="What is watched for.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@commands.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """The watches of the list."""
    from scheduler.watchlists import read

    path = settings(context).watches
    watches = read(path) if path.exists() else ()
    if not path.exists():
        output.note(f"{path}: there is no watch list yet; 'rasid watch add NAME QUERY' begins one")
    if as_json:
        output.emit([watch.model_dump(mode="json") for watch in watches])
        return
    output.table(
        ("name", "query", "mode", "priority", "channels", "note"),
        [
            (
                watch.name,
                watch.query,
                watch.mode,
                watch.priority,
                ", ".join(watch.channels),
                watch.note,
            )
            for watch in watches
        ],
    )


@commands.command()
def add(
    context: typer.Context,
    name: str,
    query: str,
    mode: Annotated[str | None, typer.Option(help="exact, folded or inflected.")] = None,
    priority: Annotated[str | None, typer.Option(help="high, normal or low.")] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Only this channel; repeatable.")
    ] = None,
    site: Annotated[list[str] | None, typer.Option(help="Only this site; repeatable.")] = None,
    note: Annotated[str | None, typer.Option(help="Why this is watched.")] = None,
) -> None:
    """Add a watch to the end of the list; what it finds in the archive is listed, alerting nobody."""
    from scheduler import listfile, listing
    from scheduler.compiled import check_queries
    from scheduler.packs import shelf
    from scheduler.validation import validated
    from scheduler.watchlists import Watch, added, check
    from storage.errors import ArchiveError, InputError

    given = {
        "name": name, "query": query, "mode": mode, "priority": priority,
        "channels": channel, "sites": site, "note": note,
    }  # fmt: skip
    said = {key: value for key, value in given.items() if value}
    watch = validated(Watch, {"name": name, "query": query, **said}, where=f"watch '{name}'")
    config = settings(context)
    path = config.watches
    if any(known.name == watch.name for known in listfile.watches(path)):
        raise InputError(f"there is a watch '{name}' already; 'rasid watch remove' takes it out")
    check([watch], channels=config.channels, where=str(path))
    check_queries([watch], where=str(path), packs=shelf.beside(path))
    try:
        engine, absent = opened(context, config), None
    except ArchiveError as error:
        engine, absent = None, error
    listing.check_sites([watch], config, engine)
    listfile.change(path, lambda text: added(text, [watch]))
    output.say(f"{path}: watch '{watch.name}' added")
    if engine is None:
        output.note(f"nothing was looked for in the archive: {absent}")
    else:
        _list_earlier(engine, config, watch)


def _list_earlier(engine: Any, config: Any, watch: Any) -> None:
    """List what a new watch finds in the archive."""
    from scheduler import listing, lookback
    from scheduler.packs import shelf

    listed = listing.current(config, engine)
    packs = shelf.beside(config.watches)
    found = lookback.list_earlier(engine, listed, watch, clock, packs=packs)
    output.note(f"{found} of the articles in the archive match; they alert nobody")


@commands.command()
def remove(context: typer.Context, name: str) -> None:
    """Take a watch out of the list; what it found stays in the archive."""
    from scheduler import listfile
    from scheduler.watchlists import removed
    from storage.errors import WatchError

    path = settings(context).watches
    if not path.exists():
        raise WatchError(f"{path}: there is no watch list yet")
    listfile.change(path, lambda text: removed(text, name, where=str(path)))
    output.say(f"{path}: watch '{name}' removed")


@commands.command()
def mute(
    context: typer.Context,
    name: str,
    until: Annotated[
        str | None,
        typer.Option(help="A day, a moment, 8h or 3d; omitted: until it is unmuted."),
    ] = None,
) -> None:
    """Tell nobody what a watch finds; its matches are listed as muted."""
    from scheduler.moments import ahead
    from storage import mutes
    from storage.database import session

    config = settings(context)
    now = clock()
    end = ahead(until, zone=config.zone, now=now) if until else None
    with session(opened(context, config)) as db:
        _sync(db, config, now)
        if not mutes.mute(db, name, now, end):
            raise _unknown(db, name)
    said = f"until {end.astimezone(config.zone):%Y-%m-%d %H:%M}" if end else "until it is unmuted"
    output.say(f"watch '{name}' is muted {said}")


@commands.command()
def unmute(context: typer.Context, name: str) -> None:
    """Let a muted watch speak again; what it found meanwhile stays untold."""
    from storage import mutes
    from storage.database import session

    config = settings(context)
    with session(opened(context, config)) as db:
        if not mutes.unmute(db, name):
            raise _unknown(db, name)
    output.say(f"watch '{name}' speaks again")


def _sync(db: Any, config: Any, now: Any) -> None:
    """A watch that was added a moment ago can be muted before anything matched it."""
    from scheduler import listfile
    from storage import watches

    if config.watches.exists():
        watches.sync(db, listfile.watches(config.watches), now)


def _unknown(db: Any, name: str) -> Exception:
    from scheduler.suggest import did_you_mean
    from storage import watches
    from storage.errors import WatchError

    hint = did_you_mean(name, watches.names(db)) or "; 'rasid watch list' shows them"
    return WatchError(f"no watch '{name}'{hint}")


@commands.command("import")
def import_(context: typer.Context, file: Path) -> None:
    """Add the keywords of a text file (one per line), a CSV or another list.

    UTF-8, UTF-16 and windows-1256 are read. Names that are on the list
    already are passed over.
    """
    from scheduler import listfile
    from scheduler.compiled import check_queries
    from scheduler.packs import shelf
    from scheduler.watchlists import added, read

    path = settings(context).watches
    known = {watch.name for watch in listfile.watches(path)}
    found = read(file)
    fresh = [watch for watch in found if watch.name not in known]
    check_queries(fresh, where=str(file), packs=shelf.beside(path))
    listfile.change(path, lambda text: added(text, fresh))
    output.say(
        f"{path}: {output.counted(len(fresh), 'watch', 'watches')} added, {len(found) - len(fresh)} known already"
    )


@commands.command("test")
def run_tests(
    context: typer.Context,
    cases: Annotated[
        Path | None,
        typer.Option(help="JSON Lines {id, watch, text, match, mode?, gap?, exclude?}."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run each watch's own cases, or those of a file; status 1 when one falls short.

    With --json one object per line: {id, expected, got, spans}.
    """
    from scheduler.cases import of_file, of_watches, run
    from scheduler.packs import shelf
    from scheduler.watchlists import read

    path = settings(context).watches
    chosen = of_watches(read(path)) if cases is None else of_file(cases)
    known = shelf.beside(path)
    ran = wrong = 0
    for result in (run(case, packs=known) for case in chosen):
        ran += 1
        wrong += not result.ok
        if as_json:
            output.emit(result.json())
        elif not result.ok:
            verb = "should match" if result.expected else "should not match"
            output.say(f"{result.id}: '{result.watch}' {verb}: {result.text}")
    output.note(f"{output.counted(ran, 'case')}, {wrong} fell short")
    output.finish(ok=wrong == 0)


@commands.command()
def explain(
    context: typer.Context,
    query: str,
    text: str,
    mode: Annotated[
        Literal["exact", "folded", "inflected"], typer.Option(help="How words are compared.")
    ] = "inflected",
    as_json: Json = False,
) -> None:
    """Why a query does or does not match a text: each term, and its nearest miss."""
    from scheduler import explaining
    from scheduler.packs import shelf

    said = explaining.explain(query, text, mode=mode, packs=shelf.beside(settings(context).watches))
    if as_json:
        output.emit(said.json())
        return
    for line in said.lines():
        output.say(line)


@commands.command()
def packs(context: typer.Context, as_json: Json = False) -> None:
    """The alias packs there are: those that come with the program, and your own.

    Your own are read from *.toml in the folder packs/ beside the watch list.
    """
    from scheduler.packs import shelf

    listed = [pack.json() for pack in shelf.beside(settings(context).watches).values()]
    if as_json:
        output.emit(listed)
        return
    columns = ("name", "title", "note", "cases", "from", "query")
    output.table(columns, [[f"@{pack['name']}", *map(pack.get, columns[1:])] for pack in listed])


@commands.command()
def forecast(
    context: typer.Context,
    query: str,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Of the last so many days.")] = 30,
    as_json: Json = False,
) -> None:
    """What a watch would have found in the archive, before it is saved.

    Matches by day and site, the forms met and how to leave each of them out. A
    query is called noisy that matches more than 50 articles a day, or more
    than one in ten of at least 100.
    """
    from scheduler import forecasting, listing, searching
    from scheduler.packs import shelf
    from storage.database import reading

    config = settings(context)
    asked = searching.compiled(query, packs=shelf.beside(config.watches))
    engine = opened(context, config)
    listing.check_choice((), [query], config, engine)
    with reading(engine) as db:
        made = forecasting.forecast(db, asked, days=days, zone=config.zone, now=clock())
    if as_json:
        output.emit(made.json())
        return
    for line in made.lines():
        output.say(line)
