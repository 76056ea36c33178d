"""`rasid sites`: the catalogue as it is read here, and whether it holds."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings

# Who did it, in the log of the desk.
WHO = "rasid sites"

commands = typer.Typer(help="The sites that are crawled.", no_args_is_help=True)

PrivateNetwork = Annotated[
    bool, typer.Option("--private-network", help="Allow loopback and private addresses.")
]
Keys = Annotated[list[str], typer.Argument(metavar="SITE...", help="Keys, as `list` shows them.")]
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
    private_network: PrivateNetwork = False,
    as_json: Json = False,
) -> None:
    """What works of a site: each of its routes is asked, and one page is read; nothing is kept.

    Manners are those of a crawl. Status 1 when no route works. For the home page
    of a site, the routes it may have are found and asked; for the address of another page, or
    a file, what its article was chosen from.
    """
    from scheduler import workers
    from scheduler.cli.extract import explained, question
    from scraper import catalogue

    config = settings(context)
    known = catalogue.load(config.sites)
    home = asked.startswith(("http://", "https://")) and urlsplit(asked).path in {"", "/"}
    if (
        asked not in known
        and not home
        and (asked.startswith(("http://", "https://")) or Path(asked).is_file())
    ):
        page = question(asked, url=None, site=None, known=known, config=config)
        output.finish(ok=explained(asked, page, as_json=as_json))
        return
    options = _probing(asked, private=private_network)
    if not home:
        catalogue.load(config.sites, only=[asked])
        options = ["--check", asked]

    def on_line(report: dict[str, Any]) -> None:
        if as_json:
            output.emit(report)
        else:
            _show(report)

    status = workers.run_once(config, options, os.environ, on_line)
    if status:
        raise typer.Exit(status)


@commands.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Any address of the site.")],
    key: Annotated[str | None, typer.Option(help="Its key; otherwise from its host.")] = None,
    private_network: PrivateNetwork = False,
    as_json: Json = False,
) -> None:
    """Find what works of a site and write a site file of it, in the first folder of `sites`."""
    from scheduler import workers
    from scraper import catalogue
    from storage.errors import InputError

    config = settings(context)
    if not config.sites:
        raise InputError("no folder for site files: name one as 'sites' in rasid.toml")
    taken = next((s for s in catalogue.load(config.sites).values() if s.owns(url)), None)
    if taken is not None:
        raise InputError(
            f"{url}: it is a site already, {taken.key!r}; 'rasid sites check {taken.key}'"
        )
    found: dict[str, Any] = {}
    workers.run_once(config, _probing(url, private=private_network), os.environ, found.update)
    proposal = found.get("proposal")
    if proposal is None:
        home = found.get("home", "not asked")
        raise InputError(f"{url}: no route works (home page: {home}); 'rasid sites check {url}'")
    proposal["key"] = key or proposal["key"]
    path = config.sites[0] / f"{proposal['key']}.toml"
    if path.exists() or proposal["key"] in catalogue.load(config.sites):
        raise InputError(f"{proposal['key']}: a site of this key is there; choose another, --key")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_toml(proposal), "utf-8")
    catalogue.load_file(path)
    if as_json:
        output.emit({**found, "file": str(path)})
        return
    _show(found)
    output.note(f"written: {path}; 'rasid crawl {proposal['key']}' crawls it")


@commands.command()
def enable(context: typer.Context, sites: Keys) -> None:
    """Have sites crawled, whatever their files say; at once, and by every worker."""
    _turn(context, sites, enabled=True)


@commands.command()
def disable(context: typer.Context, sites: Keys) -> None:
    """Have sites left alone, whatever their files say; what is kept of them stays."""
    _turn(context, sites, enabled=False)


def _turn(context: typer.Context, keys: list[str], *, enabled: bool) -> None:
    from scraper import catalogue
    from storage import deeds
    from storage import sites as kept
    from storage.database import session

    config = settings(context)
    known = catalogue.load(config.sites, only=keys)
    with session(opened(context, config, create=True)) as db:
        for key, site in known.items():
            kept.turn(db, site, enabled=enabled, now=clock())
            deeds.note(db, WHO, "enable" if enabled else "disable", "site", key, clock())
    for key in known:
        output.say(f"{key}: {'on' if enabled else 'off'}")


@commands.command()
def interval(
    context: typer.Context,
    site: Annotated[str, typer.Argument(metavar="SITE")],
    minutes: Annotated[int, typer.Argument(metavar="MINUTES", help="5 to 360.")],
) -> None:
    """Ask a site every so many minutes from now on; from there it adapts to its rhythm as ever."""
    from scraper import catalogue
    from storage import deeds
    from storage import sites as kept
    from storage.database import session

    config = settings(context)
    known = catalogue.load(config.sites, only=[site])[site]
    with session(opened(context, config, create=True)) as db:
        kept.pace(db, known, timedelta(minutes=minutes), now=clock())
        deeds.note(db, WHO, "interval", "site", site, clock(), minutes=minutes)
    output.say(f"{site}: every {minutes} minutes")


def _probing(url: str, *, private: bool) -> list[str]:
    return ["--probe", url, *(["--private-network"] if private else [])]


def _toml(proposal: dict[str, Any]) -> str:
    """Return a site file; strings and lists are written in TOML as in JSON."""
    fields = {name: value for name, value in proposal.items() if name not in {"routes", "extract"}}
    tables = [("", fields), *(("[[routes]]\n", route) for route in proposal["routes"])]
    if "extract" in proposal:
        tables.append(("[extract]\n", proposal["extract"]))
    return "\n".join(
        head + "".join(f"{n} = {json.dumps(v, ensure_ascii=False)}\n" for n, v in table.items())
        for head, table in tables
    )


def _show(report: dict[str, Any]) -> None:
    """Print what works of a site for a person."""
    columns = ("type", "outcome", "items", "newest", "full_text", "cost", "requests", "url")
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
                route["cost"],
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
    output.note(
        f"{report['site']}: {report['outcome']}, {output.counted(report['requests'], 'request')}"
    )


def _line(value: str | list[str] | None) -> str:
    return output.visible(" | ".join(value) if isinstance(value, list) else value or "")
