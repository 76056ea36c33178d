"""`rasid match`, `rasid deliver`, `rasid alerts`: what was found, and whom it was told."""

from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings, stoppable

commands = typer.Typer()
alerts = typer.Typer(help="Alerts: list, show, acknowledge.", no_args_is_help=True)
commands.add_typer(alerts, name="alerts")

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@commands.command()
def match(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="The whole archive: list matches, never alert.")
    ] = False,
    watch: Annotated[
        list[str] | None, typer.Option(help="With --all: only this watch; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Match new versions against the watches and raise alerts."""
    from scheduler import jobs, listing
    from scheduler.packs import shelf
    from scheduler.watchlists import find
    from storage import queries
    from storage.database import reading
    from storage.errors import InputError

    if watch and not everything:
        raise InputError("--watch goes with --all: new versions are matched for every watch")
    config = settings(context)
    engine = opened(context, config)
    listed = listing.current(config, engine)
    packs = shelf.beside(config.watches)
    only = [find(listed, name) for name in watch] if watch else None
    if everything:
        with reading(engine) as db:
            total = queries.count(db, queries.Selection())
        with output.progress("matching", total) as advance:
            done = jobs.match_all(engine, listed, clock, only=only, packs=packs, advance=advance)
    else:
        with stoppable() as told:
            done = jobs.match_new(engine, listed, config, clock, packs=packs, stop=told.is_set)
    if as_json:
        output.emit({"versions": done.versions, "matches": done.matches, **done.counts()})
    else:
        parts = ", ".join(f"{number} {outcome}" for outcome, number in done.counts().items())
        versions = output.counted(done.versions, "version")
        matches = output.counted(done.matches, "match", "matches")
        output.say(f"{versions}, {matches}: {parts}")


@commands.command()
def deliver(
    context: typer.Context,
    digest: Annotated[
        bool, typer.Option("--digest", help="Send digests now, before their time.")
    ] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Try again what was given up after a day of attempts.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send the alerts that are due; status 1 when a channel did not take them."""
    import sys
    from dataclasses import asdict

    from scheduler import jobs
    from storage import outbox
    from storage.database import session

    config = settings(context)
    engine = opened(context, config)
    if failed:
        with session(engine) as db:
            outbox.retry(db, clock())
    # With --json standard output is one document; a console channel moves aside.
    stream = sys.stderr if as_json else sys.stdout
    with stoppable() as told:
        done = jobs.deliver(
            engine, config, clock, digests_now=digest, stream=stream, stop=told.is_set
        )
    if as_json:
        output.emit(asdict(done))
    else:
        for problem in done.problems:
            output.note(problem)
        output.note(
            f"{done.sent} delivered, {done.postponed} to be tried again, {done.failed} failed"
        )
    output.finish(ok=not done.problems)


@commands.command()
def sweep(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=366, help="The last so many days.")] = 3,
    as_json: Json = False,
) -> None:
    """Evaluate the last days a second time; status 1 where the first differs without a reason.

    What was missed is told now; what a changed watch explains is only counted.
    """
    from scheduler import listing, sweeping
    from scheduler.packs import shelf

    config = settings(context)
    engine = opened(context, config)
    listed = listing.current(config, engine)
    packs = shelf.beside(config.watches)
    done = sweeping.sweep(engine, listed, config, clock, days=days, packs=packs)
    if as_json:
        output.emit(done.as_json())
    else:
        for name in ("missed", "lost"):
            for each in getattr(done, name):
                output.say(f"{name}: {each['watch']}: {each['headline']} ({each['url']})")
        output.say(
            f"{output.counted(done.versions, 'version')} evaluated again: {done.defects} differ, "
            f"{done.changed} for watches that were changed since"
        )
    output.finish(ok=done.defects == 0)


@alerts.command("list")
def list_(
    context: typer.Context,
    watch: Annotated[str | None, typer.Option(help="Only of this watch.")] = None,
    hours: Annotated[float | None, typer.Option(help="Only of the last hours.")] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only those not acknowledged.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """The newest alerts."""
    from storage import outbox
    from storage.database import reading

    config = settings(context)
    since = clock() - timedelta(hours=hours) if hours is not None else None
    with reading(opened(context, config)) as db:
        if watch is not None:
            _check_watch(db, watch)
        entries = outbox.latest(db, watch=watch, since=since, waiting_only=unread, limit=limit)
        said = _json(db, entries)
    if as_json:
        output.emit(said)
        return
    output.table(
        ("id", "time", "watch", "site", "headline", "copies", "delivered"),
        [
            (
                alert["id"],
                _local(alert["created_at"], config.zone),
                alert["watch"],
                alert["site"],
                alert["headline"],
                len(alert["copies"]),
                " ".join(f"{each['channel']}:{each['state']}" for each in alert["deliveries"]),
            )
            for alert in said
        ],
    )


@alerts.command()
def show(context: typer.Context, alert_id: int, as_json: Json = False) -> None:
    """One alert: the words it matched, its capture, its copies, its deliveries."""
    from scheduler import alerts as wording
    from scheduler import grouping, posting
    from storage import outbox
    from storage.database import reading
    from storage.errors import InputError

    config = settings(context)
    with reading(opened(context, config)) as db:
        entries = outbox.entries(db, [alert_id])
        if not entries:
            raise InputError(f"there is no alert {alert_id}; 'rasid alerts list' shows them")
        [said] = _json(db, entries)
        said["first"] = grouping.first(db, entries[0].article)
        # Its copies stand below, with their addresses.
        told = posting.told(entries[0], ())
        text = wording.message([told], config.zone, key=f"alert-{alert_id}").text
    if as_json:
        output.emit(said)
        return
    output.say(text)
    if said["copies"]:
        first = said["first"]
        moment = _local(first["at"], config.zone)
        output.say(f"  first: {first['site_name']}, {moment} ({first['basis']})")
    for copy in said["copies"]:
        output.say(f"  = {copy['site_name']}: {copy['headline']} {copy['url']}")
    for each in said["deliveries"]:
        reason = f" ({each['last_error']})" if each["last_error"] else ""
        wait = f", next {_local(each['not_before'], config.zone)}" if each["not_before"] else ""
        output.say(f"  {each['channel']}: {each['state']}, tries: {each['attempts']}{wait}{reason}")


@alerts.command()
def ack(context: typer.Context, alert_ids: list[int], as_json: Json = False) -> None:
    """Note that these alerts have been seen."""
    from storage import outbox
    from storage.database import session
    from storage.errors import InputError

    config = settings(context)
    with session(opened(context, config)) as db:
        missing = outbox.acknowledge(db, alert_ids, clock())
        if missing:
            raise InputError(f"there is no alert {missing[0]}; nothing was acknowledged")
    if as_json:
        output.emit({"acknowledged": alert_ids})
    else:
        output.say(f"{len(alert_ids)} acknowledged")


def _local(moment: str, zone: tzinfo) -> str:
    """A moment of the JSON on the desk's clock."""
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M}"


def _json(db: Any, entries: Any) -> list[dict[str, Any]]:
    from storage import outbox

    ids = [entry.alert.id for entry in entries]
    copies, deliveries = outbox.copies(db, ids), outbox.deliveries(db, ids)
    return [
        outbox.alert_json(entry, copies.get(entry.alert.id, ()), deliveries.get(entry.alert.id, ()))
        for entry in entries
    ]


def _check_watch(db: Any, name: str) -> None:
    from scheduler.suggest import did_you_mean
    from storage import watches
    from storage.errors import InputError

    known = watches.names(db)
    if name not in known:
        hint = did_you_mean(name, known) or "; 'rasid watch list' shows them"
        raise InputError(f"no watch '{name}'{hint}")
