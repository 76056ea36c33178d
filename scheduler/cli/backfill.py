"""`rasid backfill`: the past of a site."""

import json
import os
import sys
from datetime import datetime, time
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import archive, clock, settings

commands = typer.Typer()

NAMES = {
    "rest": "WordPress REST",
    "sitemap": "sitemaps",
    "archive": "date archives",
    "pages": "listing pages",
}


@commands.command()
def backfill(
    context: typer.Context,
    site: Annotated[str, typer.Argument(metavar="SITE", help="The site's key.")],
    since: Annotated[str, typer.Option(help="From this day on: 2026-01-01, 30d.")],
    until: Annotated[str | None, typer.Option(help="Up to this day, which counts whole.")] = None,
    most: Annotated[
        int | None, typer.Option("--max", min=1, help="So many new articles at most, this time.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Read the past of a site by the cheapest route that works; the same command goes on.

    Whatever ends it, the next call with the same days goes on where it was. Polls of the
    site go on meanwhile. Status 1 when no route works or something could not be read.
    """
    from scheduler import moments, workers
    from scraper import catalogue
    from storage.errors import InputError

    config = settings(context)
    known = catalogue.load(config.sites, only=[site])[site]
    now, zone = clock(), config.zone
    begins = moments.beginning(since, zone=zone, now=now).astimezone(zone)
    # The same days give the same backfill, also where they are told as "30d".
    begins = datetime.combine(begins.date(), time(), tzinfo=zone)
    ends = moments.end(until, zone=zone, now=now) if until else None
    if begins > now or (ends is not None and ends <= begins):
        raise InputError(f"--since {since}: nothing lies between it and {until or 'now'}")
    archive(config, create=True).dispose()
    asked = {
        "site": site,
        "since": begins.isoformat(),
        "until": ends.isoformat() if ends else None,
        "max": most,
    }
    told: dict[str, Any] = {}
    follow = _Follower(known.key, told)
    options = ["--with-parent", "--backfill", json.dumps(asked)]
    status = workers.run_once(config, options, os.environ, follow.hear)
    follow.end()
    if told:
        _show(told, as_json=as_json)
    if status:
        raise typer.Exit(status)


class _Follower:
    """Says on standard error how a backfill goes."""

    def __init__(self, site: str, end: dict[str, Any]) -> None:
        self._site, self._end = site, end
        self._requests = self._new = 0

    def hear(self, event: dict[str, Any]) -> None:
        """Say what *event* tells; keep the last one, which is the answer."""
        kind = event.pop("event")
        if kind == "progress":
            self._progress(event)
            return
        self.end()
        if kind == "end":
            self._end.update(event)
        else:
            output.note(f"{self._site}: {_words(kind, event)}")

    def end(self) -> None:
        """Leave the line of progress on a terminal."""
        if self._requests and sys.stderr.isatty():
            sys.stderr.write("\n")
            self._requests = 0

    def _progress(self, event: dict[str, Any]) -> None:
        self._requests += event.get("requests", 0)
        self._new += event.get("new", 0)
        line = f"{self._site}: {self._new} new, {output.counted(self._requests, 'request')}; next {event['at']}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line[:150]}")
            sys.stderr.flush()
        else:
            output.note(line)


def _words(kind: str, event: dict[str, Any]) -> str:
    if kind == "begin":
        ways = ", then ".join(NAMES[way] for way in event["ways"])
        return f"{'going on; ' if event['resumed'] else ''}to be tried: {ways}"
    if kind == "plan":
        said = f"plan: {NAMES[event['way']]} at {event['url']}"
        articles = (
            f", {output.counted(event['articles'], 'article')}"
            if event["articles"] is not None
            else ""
        )
        steps = (
            f", {output.counted(event['steps'], 'list')} to read"
            if event["steps"] is not None
            else ""
        )
        return said + articles + steps
    if kind == "stepped_down":
        return f"{event['from']} does not work ({event['reason']}); the next is tried"
    if kind == "polled":
        return f"polled meanwhile, {event['new']} new"
    return f"waiting: {event['reason']}"


def _show(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        output.emit(told)
        return
    sums = [f"{told[name]} {name}" for name in ("new", "revised", "known") if told[name]]
    for fate in ("refused", "failed"):
        sums += [f"{number} {fate} ({reason})" for reason, number in told[fate].items()]
    reason = f" ({told['reason']})" if told["reason"] else ""
    output.say(
        f"{told['site']}: {told['outcome']}{reason}: {', '.join(sums) or 'nothing new'}; "
        f"{output.counted(told['requests'], 'request')}"
    )
    for hole in told["holes"]:
        output.say(f"  not read: {hole}")
    for gap in told["silences"]:
        output.say(f"  no article from {gap['from'][:16]} to {gap['to'][:16]}")
