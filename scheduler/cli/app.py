"""The command `rasid`: its options, its commands, and how it ends.

A command module has `commands = typer.Typer()`, defines its commands on it and
is listed in `build`; a group such as `watch` is a Typer of its own added there by
name. Command modules import only light things at their top; what is heavy (tables,
the matcher, Apprise) is imported inside the command, so that `rasid --help` stays
quick.

Exit status: 0 done; 1 done, but something failed that a person should see; 2 the
user's mistake, in one line; 130 interrupted; 141 the reader of the output went away.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.suggest import did_you_mean
from storage.errors import RasidError

INTERRUPTED = 130
READER_GONE = 141


def build() -> typer.Typer:
    """Return the application with all its commands."""
    from scheduler.cli import (
        alerts,
        archive,
        backfill,
        channel,
        cluster,
        db,
        demo,
        evidence,
        export,
        extract,
        init,
        service,
        sites,
        stats,
        status,
        takedown,
        user,
        watch,
    )

    app = typer.Typer(
        name="rasid",
        help="Watch Syrian news in Arabic: collect, keep with evidence, alert.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        callback=_options,
    )
    for part in (demo, init, service, backfill):
        app.add_typer(part.commands)
    app.add_typer(sites.commands, name="sites")
    app.add_typer(watch.commands, name="watch")
    app.add_typer(channel.commands, name="channel")
    for part in (alerts, archive):
        app.add_typer(part.commands)
    app.add_typer(cluster.commands, name="cluster")
    for part in (export, extract, evidence, stats):
        app.add_typer(part.commands)
    app.add_typer(takedown.commands, name="takedown")
    app.add_typer(status.commands)
    app.add_typer(user.commands, name="user")
    app.add_typer(db.commands, name="db")
    return app


def _print_version(value: bool) -> None:
    if not value:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        output.say(f"rasid {version('rasid')}")
    except PackageNotFoundError:
        output.say("rasid, from a checkout that is not installed")
    raise typer.Exit


def _options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="The configuration; otherwise RASID_CONFIG, otherwise ./rasid.toml."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say on standard error what is being done.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback has answered
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    output.set_up_logging(verbose=verbose)
    context.obj = config


def run(arguments: Sequence[str]) -> int:
    """Run one command line; return the exit status. Prints no traceback for a user's mistake."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        status = _invoke(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _invoke(arguments: list[str]) -> int:
    command = typer.main.get_command(build())
    try:
        ended = command.main(_options_first(arguments), prog_name="rasid", standalone_mode=False)
    except typer.TyperException as error:
        return _refuse(_usage(error))
    except typer.Abort:
        return INTERRUPTED
    except RasidError as error:
        return _refuse(str(error))
    except SystemExit as end:
        # The one case in which Typer ends the program here by itself.
        raise BrokenPipeError from end
    except BrokenPipeError:
        raise
    except OSError as error:
        return _refuse(_of_system(error))
    except Exception as error:
        if _is_of_database(error):
            return _refuse(f"the archive: {_first_line(getattr(error, 'orig', None) or error)}")
        raise
    return ended if isinstance(ended, int) else 0


def _refuse(message: str) -> int:
    sys.stdout.flush()
    output.note(f"rasid: {_one_line(message)}")
    return 2


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _usage(error: typer.TyperException) -> str:
    """Say what was wrong with the command line, and what was perhaps meant."""
    context: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        names = ", ".join(sorted(context.command.commands))
        return f"'{context.command_path}' needs a command: {names}"
    option = getattr(error, "option_name", None)
    if option is not None and getattr(error, "possibilities", None) is not None:
        known = ["--help", *(name for each in context.command.params for name in each.opts)]
        return f"no such option: {option}{did_you_mean(option, known)}"
    message = error.format_message().rstrip(".")
    path = context.command_path if context is not None else "rasid"
    if message.endswith("?"):
        return message
    return f"{message}; '{path} --help' says more"


def _of_system(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


def _is_of_database(error: Exception) -> bool:
    """Whether the database said no; asked by name, since SQLAlchemy may not be loaded."""
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    return "sqlalchemy.exc.DBAPIError" in kinds


def _first_line(error: Any) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _options_first(arguments: list[str]) -> list[str]:
    """Let `--config FILE` and `--verbose` stand anywhere, before `--`.

    >>> _options_first(["watch", "list", "--config", "desk.toml", "--json"])
    ['--config', 'desk.toml', 'watch', 'list', '--json']
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument == "--config":
            front += [argument, *[value for value in [next(waiting, None)] if value is not None]]
        elif argument.startswith("--config=") or argument == "--verbose":
            front.append(argument)
        else:
            rest.append(argument)
    return [*front, *rest]
