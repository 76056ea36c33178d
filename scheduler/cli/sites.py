"""`rasid sites`: the catalogue as it is read here, and whether it holds."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import settings

commands = typer.Typer(help="The sites that are crawled.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


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


@commands.command()
def check(
    context: typer.Context,
    asked: Annotated[str, typer.Argument(metavar="KEY_OR_URL")],
    as_json: Json = False,
) -> None:
    """What works of a site: each of its routes is asked, and one page is read; nothing is kept.

    Manners are those of a crawl. Status 1 when no route works. For the address
    of a page, or a file, what its article was chosen from.
    """
    from scheduler import workers
    from scheduler.cli.extract import explained, question
    from scraper import catalogue

    config = settings(context)
    known = catalogue.load(config.sites)
    if asked not in known and (asked.startswith(("http://", "https://")) or Path(asked).is_file()):
        page = question(asked, url=None, site=None, known=known, config=config)
        output.finish(ok=explained(asked, page, as_json=as_json))
        return
    catalogue.load(config.sites, only=[asked])

    def on_line(report: dict[str, Any]) -> None:
        if as_json:
            output.emit(report)
        else:
            _show(report)

    status = workers.run_once(config, ["--check", asked], os.environ, on_line)
    if status:
        raise typer.Exit(status)


def _show(report: dict[str, Any]) -> None:
    """Print what works of a site for a person."""
    columns = ("type", "outcome", "items", "newest", "full_text", "requests", "url")
    words = {True: "yes", False: "no", None: "-"}
    output.table(
        [name.replace("_", " ") for name in columns],
        [
            [
                route["type"],
                f"{route['outcome']}: {route['reason']}" if route["reason"] else route["outcome"],
                route["items"],
                (route["newest"] or "-")[:16],
                words[route["full_text"]],
                route["requests"],
                route["url"],
            ]
            for route in report["routes"]
        ],
    )
    output.say()
    sample = report["sample"]
    if sample is None:
        output.say("no page was read: no route announces one")
    elif not sample.get("article"):
        output.say(f"{sample['url']}: no article ({sample['refused']})")
    else:
        output.say(sample["url"])
        output.table(
            ("field", "from", "said"),
            [
                (name, field["source"] or "nothing", _line(field["value"]))
                for name, field in sample["fields"].items()
            ],
            cut=True,
        )
    output.note(f"{report['site']}: {report['outcome']}, {report['requests']} requests")


def _line(value: str | list[str] | None) -> str:
    return output.visible(" | ".join(value) if isinstance(value, list) else value or "")
