"""`rasid user`: the people of the desk."""

import sys
from typing import Annotated, Any, Literal

import typer

from scheduler.cli import output
from scheduler.cli.context import archive, clock, opened, settings

commands = typer.Typer(help="Who may use the web desk.", no_args_is_help=True)


@commands.command("list")
def list_(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """The people of the desk, with their roles."""
    from storage import people
    from storage.database import reading

    with reading(opened(context, settings(context))) as db:
        said = [_json(person) for person in people.everybody(db)]
    if as_json:
        output.emit(said)
        return
    columns = ("name", "role", "active", "created_at")
    output.table(columns, [[person[column] for column in columns] for person in said])


@commands.command()
def add(
    context: typer.Context,
    name: str,
    role: Annotated[
        Literal["viewer", "editor", "admin"], typer.Option(help="What they may do.")
    ] = "viewer",
) -> None:
    """Add a person; the password is asked for, or read from standard input."""
    from scheduler.desk import secrets
    from storage import deeds, people
    from storage.database import session

    kept = secrets.hashed(_password())
    engine = archive(settings(context), create=True)
    with session(engine) as db:
        people.add(db, name, kept, role, clock())
        deeds.note(db, "rasid user", "add", "person", name, clock(), role=role)
    engine.dispose()
    output.say(f"{name} may enter as {role}")


@commands.command()
def password(context: typer.Context, name: str) -> None:
    """Give a person a new password, and end their visits."""
    from scheduler.desk import secrets
    from storage import deeds, people
    from storage.database import session
    from storage.errors import InputError

    kept = secrets.hashed(_password())
    engine = opened(context, settings(context))
    with session(engine) as db:
        person = people.find(db, name)
        if person is None:
            raise InputError(f"there is no person '{name}'; 'rasid user list' shows them")
        person.password, person.active = kept, True
        people.end_visits(db, person)
        deeds.note(db, "rasid user", "password", "person", name, clock())
    output.say(f"{name} has a new password")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\n")


def _json(person: Any) -> dict[str, Any]:
    from storage.queries import moment

    return {
        "name": person.name,
        "role": person.role,
        "active": person.active,
        "created_at": moment(person.created_at),
    }
