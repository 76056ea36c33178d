"""`rasid run`, `worker`, `tick`, `crawl`, `recheck`: the work itself, for ever or once."""

import os
import signal
import sys
from datetime import timedelta
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import archive, clock, opened, settings, stoppable

commands = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
MaxSeconds = Annotated[
    float | None, typer.Option("--max-seconds", min=1, help="Begin nothing new after so long.")
]


@commands.command()
def run(context: typer.Context) -> None:
    """The service: keep workers alive, match, deliver, serve the desk. Ends in good order on SIGTERM."""
    from scheduler import connections
    from scheduler.desk import server
    from scheduler.service import Service

    config = settings(context)
    engine = archive(config, create=True)
    service = Service(config, engine, os.environ, clock, stream=sys.stdout)
    told: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        told.append(number)
        service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)

    for problem in connections.unusable(config):
        output.note(f"rasid: {problem}; its alerts wait")

    def tell(line: str) -> None:
        output.note(f"rasid: {line}")

    with server.serving(config, clock, os.environ, tell) as desk:

        def ready() -> None:
            channels = ", ".join(config.channels)
            tell(
                f"{output.counted(len(service.listed), 'watch', 'watches')}, "
                f"{output.counted(config.crawl.workers, 'worker')}, "
                f"alerts go to {channels}; archive {_shown(config.archive)}; Ctrl-C ends"
            )
            if desk is not None:
                tell(desk.greeting)

        service.run(ready=ready)
    engine.dispose()
    if signal.SIGINT in told:
        raise typer.Exit(130)


@commands.command()
def worker(context: typer.Context, max_seconds: MaxSeconds = None) -> None:
    """One more worker for this archive; any number may run, on any number of hosts."""
    from scheduler import workers

    config = settings(context)
    line = workers.command(config, *_seconds(max_seconds))
    # It becomes the worker, so that signals reach it directly.
    os.execve(line[0], line, workers.environment(config, os.environ))  # noqa: S606


@commands.command()
def tick(context: typer.Context, max_seconds: MaxSeconds = None, as_json: Json = False) -> None:
    """For cron: crawl what is due, match, deliver, once; safe beside a running service."""
    from dataclasses import asdict

    from scheduler import jobs, listing, upkeep, workers
    from scheduler.packs import shelf

    config = settings(context)
    engine = archive(config, create=True)
    listed = listing.current(config, engine)
    until = clock() + timedelta(seconds=max_seconds) if max_seconds else None
    crawled: list[dict[str, Any]] = []
    options = ["--once", *_seconds(max_seconds)]
    status = workers.run_once(config, options, os.environ, _collect(crawled))
    if status > 1:
        raise typer.Exit(status)
    stream = sys.stderr if as_json else sys.stdout
    with stoppable() as told:
        packs = shelf.beside(config.watches)
        jobs.seal(engine, config, clock)
        matched = jobs.match_new(engine, listed, config, clock, packs=packs, stop=told.is_set)
        upkeep.tend(engine, listed, config, clock, packs=packs)
        sent = jobs.deliver(
            engine,
            config,
            clock,
            stream=stream,
            stop=lambda: told.is_set() or (until is not None and clock() > until),
        )
    if as_json:
        counts = {"versions": matched.versions, "matches": matched.matches, **matched.counts()}
        output.emit({"crawl": crawled, "match": counts, "deliver": asdict(sent)})
    else:
        for problem in sent.problems:
            output.note(problem)
        output.note(
            f"{output.counted(len(crawled), 'site')}, {output.counted(matched.versions, 'version')}, "
            f"{output.counted(matched.matches, 'match', 'matches')}, {sent.sent} delivered"
        )
    output.finish(ok=status == 0 and not sent.problems)


@commands.command()
def crawl(
    context: typer.Context,
    sites: Annotated[list[str] | None, typer.Argument(metavar="[SITE]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every site that is enabled.")] = False,
    max_seconds: MaxSeconds = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line for each site.")] = False,
) -> None:
    """Crawl these sites now, whether due or not; status 1 when one refused or failed."""
    from scheduler import jobs, workers
    from scraper import catalogue
    from storage.errors import InputError

    config = settings(context)
    chosen = list(dict.fromkeys(sites or ()))
    if bool(chosen) == everything:
        raise InputError("name the sites to crawl, or --all; 'rasid sites list' shows them")
    known = catalogue.load(config.sites, only=chosen or config.crawl.only)
    engine = opened(context, config, create=True)
    keys = chosen or _enabled(engine, known)
    options = ["--sites", *keys, *_seconds(max_seconds)]
    status = workers.run_once(config, options, os.environ, _reported(as_json=as_json))
    jobs.seal(engine, config, clock)
    if status:
        raise typer.Exit(status)


@commands.command()
def recheck(
    context: typer.Context,
    sites: Annotated[list[str] | None, typer.Argument(metavar="[SITE]...")] = None,
    max_seconds: MaxSeconds = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line for each site.")] = False,
) -> None:
    """Look again at recent articles for corrections and deletions, due or not; no routes are read.

    Recent is what came within the last of `recheck_hours`. Without SITE: every site that is enabled.
    """
    from scheduler import jobs, workers
    from scraper import catalogue

    config = settings(context)
    chosen = list(dict.fromkeys(sites or ()))
    known = catalogue.load(config.sites, only=chosen or config.crawl.only)
    engine = opened(context, config)
    keys = chosen or _enabled(engine, known)
    options = ["--recheck", "--sites", *keys, *_seconds(max_seconds)]
    status = workers.run_once(config, options, os.environ, _reported(as_json=as_json))
    jobs.seal(engine, config, clock)
    if status:
        raise typer.Exit(status)


def _enabled(engine: Any, known: Any) -> list[str]:
    """Return which sites are enabled, by their files or by hand; InputError where none is."""
    from storage import sites
    from storage.database import reading
    from storage.errors import InputError

    with reading(engine) as db:
        by_hand = sites.switched(db)
    keys = [key for key, site in known.items() if by_hand.get(key, site.enabled)]
    if not keys:
        raise InputError("no site is enabled; 'rasid sites list' shows them")
    return keys


def _reported(*, as_json: bool) -> Any:
    """Return what shows one site's run, for a person or as JSON."""

    def on_line(report: dict[str, Any]) -> None:
        if as_json:
            output.emit(report)
            sys.stdout.flush()
        else:
            output.say(_line(report))

    return on_line


def _seconds(max_seconds: float | None) -> list[str]:
    return ["--max-seconds", str(max_seconds)] if max_seconds else []


def _collect(crawled: list[dict[str, Any]]) -> Any:
    def on_line(report: dict[str, Any]) -> None:
        crawled.append(report)
        output.note(_line(report))

    return on_line


def _line(report: dict[str, Any]) -> str:
    """One site's run for a person."""
    said = [
        f"{report[name]} {name}"
        for name in ("new", "revised", "unchanged", "not_modified")
        if report.get(name)
    ]
    for name in ("refused", "failed"):
        said += [f"{name} {number} ({why})" for why, number in report.get(name, {}).items()]
    reason = f" ({report['reason']})" if report.get("reason") else ""
    return f"{report['site']}: {report['outcome']}{reason}: {', '.join(said) or 'nothing new'}"


def _shown(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)
