"""`rasid article`, `rasid search`, `rasid import`: articles read and kept."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings

commands = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Sites = Annotated[list[str] | None, typer.Option("--site", help="Only this site; repeatable.")]
Since = Annotated[str | None, typer.Option(help="From this time on: 2026-11-23, 36h, 7d, today.")]
Until = Annotated[str | None, typer.Option(help="Up to this time; a day counts whole.")]


@commands.command()
def article(
    context: typer.Context,
    article_id: Annotated[int, typer.Argument(metavar="ID", help="The article's number.")],
    versions: Annotated[
        bool, typer.Option("--versions", help="Every version, from the first on.")
    ] = False,
    diff: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="N M", help="What changed from version N to version M."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one article: what it says, its versions, its copies, its capture."""
    from scheduler import articles
    from storage.database import reading

    config = settings(context)
    with reading(opened(context, config)) as db:
        if diff is not None:
            shown = articles.changes(db, article_id, *diff)
            lines = articles.change_lines(shown)
        elif versions:
            shown = articles.history(db, article_id)
            lines = articles.history_lines(shown, config.zone)
        else:
            shown = articles.card(db, article_id)
            lines = articles.card_lines(shown, config.zone)
    if as_json:
        output.emit(shown)
        return
    for line in lines:
        output.say(line)


@commands.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="As in a watch: words, phrases, OR, NOT, NEAR, …")],
    site: Sites = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    offset: Annotated[int, typer.Option(min=0, help="Leave out the first so many.")] = 0,
    best: Annotated[bool, typer.Option("--best", help="The best first, not the newest.")] = False,
    as_json: Json = False,
) -> None:
    """Find articles whose current text matches a query, newest first.

    With --json a list of article JSON with the spans that matched.
    """
    from scheduler import searching
    from scheduler.packs import shelf
    from storage.database import reading

    config = settings(context)
    asked = searching.compiled(query, packs=shelf.beside(config.watches))
    engine = opened(context, config)
    chosen = selection(config, engine, site, since, until, queries=[query])
    with reading(engine) as db:
        warn_of_scan(asked)
        order: Literal["best", "newest"] = "best" if best else "newest"
        found = searching.page(db, asked, chosen, limit=limit + 1, offset=offset, order=order)
        shown = found[:limit]
        if as_json:
            output.emit([searching.hit_json(hit) for hit in shown])
        else:
            for hit in shown:
                for line in searching.hit_lines(hit, config.zone):
                    output.say(line)
    if len(found) > limit:
        output.note(f"there are more; --offset {offset + limit} shows the next")
    elif not shown:
        output.note("nothing matches")


@commands.command("import")
def import_(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="JSON, plain or gzipped; WARC; WACZ.")
    ],
    site: Annotated[
        str | None, typer.Option(help="The site of all records, whatever they say.")
    ] = None,
    alert: Annotated[
        bool, typer.Option("--alert", help="Alert on what comes in, as on what is crawled.")
    ] = False,
    timezone: Annotated[
        str | None, typer.Option(help="Of times without a zone; otherwise the site's or yours.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep articles of other collectors, in order of publication; status 1 when some were refused.

    JSON Lines, arrays or objects: article JSON of Rasid, news-please, Fundus, trafilatura,
    schema.org, or plain fields such as title, text, date and url. Or somebody's crawl as WARC or
    WACZ: its pages are extracted here, by the rules of their sites.
    """
    from time import monotonic

    from scheduler import imports
    from scheduler.foreign import Catalogue, site_key
    from scraper import catalogue

    config = settings(context)
    known = Catalogue(catalogue.load(folder for folder in config.sites if folder.is_dir()))
    work = imports.Import(
        opened(context, config, create=True),
        catalogue=known,
        clock=clock,
        timezone=_zone(timezone or config.timezone),
        site=(known.key_of(site) or site_key(site)) if site else None,
        alerting=alert,
    )
    begun = monotonic()
    with output.progress("importing") as advance:
        ledger = work.run(files, advance)
    seconds = monotonic() - begun
    for line in imports.examples(ledger):
        output.note(line)
    if as_json:
        output.emit({**ledger.as_json(), "seconds": round(seconds, 1)})
    else:
        output.say(_sums(ledger.as_json(), seconds))
    output.finish(ok=not ledger.refused and ledger.closes)


def warn_of_scan(asked: Any) -> None:
    """Say so where a query is asked of every article."""
    if asked.demand is None:
        output.note("no word narrows this query down: every article is read")


def _sums(ledger: dict[str, Any], seconds: float) -> str:
    refused = sum(ledger["refused"].values())
    return (
        f"{ledger['seen']} seen = {ledger['new']} new + {ledger['revised']} revised "
        f"+ {ledger['unchanged']} unchanged + {refused} refused; "
        f"{output.counted(len(ledger['sites']), 'site')}, {seconds:.0f} s"
    )


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    from storage.errors import InputError

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"--timezone {name!r}: no time zone; write it like Asia/Damascus"
        ) from None
    return name


def selection(
    config: Any,
    engine: Any,
    sites: list[str] | None,
    since: str | None,
    until: str | None,
    *,
    queries: Iterable[str] = (),
) -> Any:
    """Return the articles meant by the options that search, export and statistics share.

    InputError where a site is meant, by an option or in *queries*, that there is none of.
    """
    from scheduler import listing, moments
    from storage.queries import Selection

    now, zone = clock(), config.zone
    listing.check_choice(sites or (), queries, config, engine)
    return Selection(
        sites=tuple(sites or ()),
        since=moments.beginning(since, zone=zone, now=now) if since else None,
        until=moments.end(until, zone=zone, now=now) if until else None,
    )
