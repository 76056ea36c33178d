"""`rasid demo`: the main job, offline, on a newsroom served on this machine."""

import io
import os
import signal
import sys
from datetime import timedelta
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import clock
from storage.errors import InputError

commands = typer.Typer()


@commands.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the alert for the sample headline.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Serve the newsroom there; 0: any free port.")
    ] = 0,
    max_seconds: Annotated[
        float, typer.Option("--max-seconds", min=1, help="With --once: give up after so long.")
    ] = 120,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: the alert as JSON on standard output.")
    ] = False,
) -> None:
    """See it work: invented news sites are crawled, kept, matched, alerted. Needs no network."""
    if as_json and not once:
        raise InputError("--json goes with --once: one alert is one document")
    import tempfile
    from pathlib import Path

    from scheduler.newsroom.demonstration import HOLD
    from scheduler.newsroom.server import opened_now, serving

    with (
        tempfile.TemporaryDirectory(prefix="rasid-demo-") as folder,
        serving(opened_now(HOLD), port) as newsroom,
    ):
        status = _show(newsroom, Path(folder), max_seconds if once else None, as_json=as_json)
    if status:
        raise typer.Exit(status)


def _show(newsroom: Any, folder: Any, max_seconds: float | None, *, as_json: bool) -> int:
    """Run the service on *newsroom*, to the sample's alert or for ever; return the exit status."""
    import threading

    from scheduler.desk import server
    from scheduler.newsroom import demonstration
    from scheduler.service import Service
    from storage.database import open_archive

    once = max_seconds is not None
    config = demonstration.prepare(folder, newsroom, desk="" if once else demonstration.DESK)
    engine = open_archive(config.archive, create=True)
    environ = demonstration.offline(os.environ)
    service = Service(config, engine, environ, clock, stream=_console(once, as_json=as_json))
    watchman = demonstration.Watchman(
        newsroom,
        engine,
        clock,
        tell=_tell,
        found=_printer(config, as_json=as_json) if once else lambda _entry, _alert: None,
        growing=not once,
    )
    until = clock() + timedelta(seconds=max_seconds) if max_seconds is not None else None
    thread = threading.Thread(target=watchman.watch, args=(until, service.stop), name="watchman")
    told = _stop_on_signals(service)

    try:
        with server.serving(config, clock, environ, _tell) as desk:

            def ready() -> None:
                _greet(newsroom, config, desk)
                thread.start()

            service.run(ready=ready)
    finally:
        watchman.end()
        if thread.ident is not None:
            thread.join()
    status = _status(watchman, told, max_seconds)
    engine.dispose()
    return status


def _console(once: bool, *, as_json: bool) -> Any:
    """Where the console channel prints; with --once standard output is that one alert."""
    if not once:
        return sys.stdout
    # As text the alert is printed once, and with it where its words stand.
    return sys.stderr if as_json else io.StringIO()


def _status(watchman: Any, told: list[int], max_seconds: float | None) -> int:
    if watchman.failure is not None:
        raise watchman.failure
    if told:
        # Told to end before the one alert it was run for, it was interrupted either way.
        return 130 if signal.SIGINT in told or max_seconds is not None else 0
    if watchman.alert is None:
        output.note(
            f"rasid: no alert for the sample headline within {max_seconds:g} s: "
            f"{watchman.shortfall()}"
        )
        return 1
    return 0


def _stop_on_signals(service: Any) -> list[int]:
    """Make SIGINT and SIGTERM end *service* in good order; returns the list of those that came."""
    told: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        told.append(number)
        service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return told


def _tell(line: str) -> None:
    output.note(f"demo: {line}")


def _greet(newsroom: Any, config: Any, desk: Any) -> None:
    _tell(f"{len(newsroom.keys)} invented news sites, served on this machine:")
    for key in newsroom.keys:
        outlet = newsroom.outlet(key)
        _tell(f"  {outlet.base}/  {outlet.profile.name}")
    _tell(f"watching for 'شرق الفرات'; the desk's files: {config.path.parent}")
    _tell(f"try: rasid --config {config.path} alerts list; Ctrl-C ends")
    if desk is not None:
        _tell(desk.greeting)


def _printer(config: Any, *, as_json: bool) -> Any:
    """Return what prints the alert: its message and where its words stand, or its JSON."""
    from scheduler import alerts, posting

    def show(entry: Any, alert: dict[str, Any]) -> None:
        if as_json:
            output.emit(alert)
            sys.stdout.flush()
            return
        output.say(alerts.message([posting.told(entry, ())], config.zone, key="alert").text)
        output.say()
        for span in alert["spans"]:
            place = f"{span['field']}[{span['start']}:{span['end']}]"
            output.say(f'{place} == "{span["text"]}"')
        sys.stdout.flush()

    return show
