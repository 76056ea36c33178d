"""`rasid status`: whether everything runs, and whether the books close."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings

commands = typer.Typer()

# Seconds; workers that have much to do are a little late.
LATE = 15 * 60


@commands.command()
def status(
    context: typer.Context,
    hours: Annotated[
        float, typer.Option(min=0.1, help="Sums of runs and alerts of the last hours.")
    ] = 24,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Sites, workers, channels, and the ledger of the last day; status 1 where a sum is open."""
    from datetime import timedelta

    from storage import ledger
    from storage.database import reading

    config = settings(context)
    now = clock()
    with reading(opened(context, config)) as db:
        said = ledger.status(db, now=now, since=now - timedelta(hours=hours))
    if as_json:
        output.emit(said)
    else:
        _show(said, config.zone, config.crawl.only)
    output.finish(ok=not said["gaps"])


def _show(said: dict[str, Any], zone: Any, only: Sequence[str]) -> None:
    from scheduler.moments import clock_time

    crawled = [site for site in said["sites"] if not site["imported"]]
    # A site that is off and never was on says nothing; the JSON has them all.
    polled = [site for site in crawled if site["enabled"] or site["state"] != "new"]
    if only:
        polled = [site for site in polled if site["site"] in only or site["state"] != "new"]
    output.table(
        ("site", "state", "since", "last success", "next due", "found", "new", "reason"),
        [
            (
                site["site"],
                _state(site),
                clock_time(site["state_since"], zone),
                clock_time(site["last_success_at"], zone),
                clock_time(site["next_due"], zone),
                site["ledger"]["discovered"],
                site["ledger"]["new"],
                _why(site),
            )
            for site in polled
        ],
    )
    imported = len(said["sites"]) - len(crawled)
    others = f"{imported} that only came in through imports"
    if len(crawled) > len(polled):
        others += f", {len(crawled) - len(polled)} that are not crawled"
    output.say(f"{output.counted(len(polled), 'site')}, and {others}")
    for host in said["hosts"]:
        until = clock_time(host["until"], zone)
        output.say(f"{host['host']}: wants to be left alone ({host['reason']}) until {until}")
    for worker in said["workers"]:
        if worker["state"] != "ended":
            seen = clock_time(worker["seen_at"], zone)
            output.say(f"worker {worker['worker']}: {worker['state']}, last heard of {seen}")
    for line in [*_sums(said, zone), *_upkeep(said, zone)]:
        output.say(line)
    for gap in said["gaps"]:
        output.note(f"does not close: {gap}")


def _state(site: dict[str, Any]) -> str:
    if not site["enabled"]:
        return "off"
    return f"{site['state']}, being polled" if site["lease"] else str(site["state"])


def _why(site: dict[str, Any]) -> str | None:
    """Return why a site is as it is, what it came back from, or that nobody visits it."""
    if site["enabled"] and site["overdue_seconds"] > LATE:
        return (
            f"due for {site['overdue_seconds'] // 60} min and nobody visits it; does a worker run?"
        )
    why: str | None = site["reason"] or site["recovered"]
    return why


def _sums(said: dict[str, Any], zone: Any) -> list[str]:
    from scheduler.moments import clock_time

    runs, versions, matches, alerts = (
        said[name] for name in ("runs", "versions", "matches", "alerts")
    )
    refused, failed = sum(runs["refused"].values()), sum(runs["failed"].values())
    lines = [
        f"runs: {runs['runs']}, of these {runs['running']} going on, {runs['killed']} killed",
        (
            f"addresses: {runs['discovered']} discovered = {runs['known']} known "
            f"+ {runs['fetched']} fetched + {refused} refused + {failed} failed + {runs['left']} left"
        ),
        f"fetched: {runs['new']} new, {runs['revised']} revised, {runs['unchanged']} unchanged",
        f"versions: {versions['written']} written = {versions['evaluated']} evaluated "
        f"+ {versions['waiting']} waiting"
        + (f", since {clock_time(versions['waiting_since'], zone)}" if versions["waiting"] else ""),
        (
            f"matches: {matches['matches']} = {matches['alerted']} alerted + {output.counted(matches['copy'], 'copy', 'copies')} "
            f"+ {matches['too_old']} too old + {matches['muted']} muted + {matches['listed']} listed"
        ),
        f"alerts: {alerts['alerts']}, of these {alerts['without_channel']} without a channel",
    ]
    for channel, states in alerts["channels"].items():
        parts = ", ".join(f"{count} {state}" for state, count in states.items() if state != "gap")
        lines.append(f"  {channel}: {parts}")
    return lines


def _upkeep(said: dict[str, Any], zone: Any) -> list[str]:
    from scheduler.moments import clock_time

    lines = []
    for watch in said["watches"]:
        if watch["muted"]:
            until = watch["muted"]["until"]
            end = f"until {clock_time(until, zone)}" if until else "until it is unmuted"
            lines.append(f"watch '{watch['watch']}' is muted {end}")
    for trouble in said["troubles"]:
        since = clock_time(trouble["since"], zone)
        reason = f": {trouble['reason']}" if trouble["reason"] else ""
        lines.append(f"trouble since {since}: {trouble['subject']}{reason}")
    if said["sweep"]:
        sweep = said["sweep"]
        lines.append(
            f"sweep {clock_time(sweep['at'], zone)}: {output.counted(sweep['versions'], 'version')} evaluated again, "
            f"{sweep['defects']} differ, {sweep['changed']} for watches that were changed"
        )
    return lines
