"""`rasid channel`: the channels, and whether they work."""

from typing import Annotated

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, settings

commands = typer.Typer(help="Where alerts go.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@commands.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """The channels as configured, without their addresses: those may be secrets."""
    from scheduler import connections

    config = settings(context)
    said = [connections.channel_json(config, name) for name in config.channels]
    if as_json:
        output.emit(said)
        return
    columns = ("channel", "type", "mode", "quiet", "max_per_hour", "card", "health", "problem")
    output.table(columns, [[each[column] for column in columns] for each in said])


@commands.command("test")
def send(context: typer.Context, name: str, as_json: Json = False) -> None:
    """Send a sample message to a channel; status 1 when it did not take it."""
    import sys

    from scheduler import connections

    config = settings(context)
    # With --json standard output is one document; a console channel moves aside.
    stream = sys.stderr if as_json else sys.stdout
    problem = connections.send_sample(config, name, clock(), stream=stream)
    if as_json:
        output.emit({"channel": name, "sent": problem is None, "error": problem})
    else:
        output.note(f"{name}: {problem or 'the sample was taken'}")
    output.finish(ok=problem is None)
