"""`rasid takedown`: what is neither found nor exported any more."""

from typing import Annotated

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings

commands = typer.Typer(
    help="The take-down list: what is neither found nor exported.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Address = Annotated[str, typer.Argument(metavar="URL", help="The address of the article.")]


@commands.command()
def add(
    context: typer.Context,
    url: Address,
    reason: Annotated[str, typer.Option(help="Why, and who asked for it.")],
    as_json: Json = False,
) -> None:
    """Withhold an article, known already or not; what is kept of it stays."""
    from storage import takedowns
    from storage.database import session
    from storage.errors import InputError

    with session(opened(context, settings(context))) as db:
        try:
            article = takedowns.add(db, url, reason, clock())
        except ValueError:
            raise InputError(f"{url!r} is no address; write it as https://…") from None
    if as_json:
        output.emit({"url": url, "reason": reason, "article": article})
    else:
        output.say(f"article {article} is withheld" if article else "withheld, should it come")


@commands.command()
def remove(context: typer.Context, url: Address) -> None:
    """Show an article again."""
    from storage import takedowns
    from storage.database import session
    from storage.errors import InputError

    with session(opened(context, settings(context))) as db:
        try:
            known = takedowns.remove(db, url)
        except ValueError:
            known = False
    if not known:
        raise InputError(f"{url} is not on the list; 'rasid takedown list' shows it.")
    output.say("shown again")


@commands.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """Show the list."""
    from storage import takedowns
    from storage.database import reading

    with reading(opened(context, settings(context))) as db:
        listed = takedowns.every(db)
    if as_json:
        output.emit(
            [{"url": one.url, "reason": one.reason, "added_at": one.added_at} for one in listed]
        )
        return
    output.table(
        ("since", "address", "reason"),
        [(f"{one.added_at:%Y-%m-%d}", one.url, one.reason) for one in listed],
    )
