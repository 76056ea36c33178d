"""`rasid watch`: the watch list."""

import typer

commands = typer.Typer(help="What is watched for.", no_args_is_help=True)


@commands.command("list")
def list_() -> None:
    """The watches of the list."""
