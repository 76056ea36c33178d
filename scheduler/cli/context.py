"""What commands need of their surroundings: the configuration, the archive, the clock."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import typer

from scheduler.config import Config


def settings(context: typer.Context) -> Config:
    """Return the configuration this command was called with."""
    return Config.load(context.find_root().obj, os.environ)


def archive(config: Config, *, create: bool = False, read_only: bool = False) -> Any:
    """Open the archive of *config*, an Engine; *create* makes a missing one first.

    The type is not named, so that commands without an archive do not load SQLAlchemy.
    """
    from storage.database import open_archive

    return open_archive(config.archive, create=create, read_only=read_only)


def opened(context: typer.Context, config: Config, *, create: bool = False) -> Any:
    """Open the archive as `archive` does, and close its connections when the command ends."""
    engine = archive(config, create=create)
    context.call_on_close(engine.dispose)
    return engine


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Let a pass end in good order: the event is set by SIGTERM or Ctrl-C; then ends with 130."""
    told = threading.Event()

    def stop(_number: int, _frame: Any) -> None:
        told.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if told.is_set():
        raise typer.Exit(130)


def clock() -> datetime:
    """Return the time now, aware, in UTC."""
    return datetime.now(UTC)
