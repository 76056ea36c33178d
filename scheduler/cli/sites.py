"""`rasid sites`: the catalogue as it is read here."""

from typing import Annotated

import typer

from scheduler.cli import output
from scheduler.cli.context import settings

commands = typer.Typer(help="The sites that are crawled.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@commands.callback()
def _group() -> None:
    """Keep `list` a command of its own while it is the only one."""


@commands.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """The shipped sites and your own, with their routes; yours replace shipped ones by key."""
    from scraper.catalogue import load

    sites = load(settings(context).sites).values()
    if as_json:
        output.emit([site.model_dump(mode="json") for site in sites])
        return
    output.table(
        ("key", "name", "url", "routes", "confidence", "enabled"),
        [
            (
                site.key,
                site.name,
                site.url,
                ", ".join(dict.fromkeys(route.type for route in site.routes)),
                site.confidence,
                "yes" if site.enabled else "no",
            )
            for site in sites
        ],
    )
