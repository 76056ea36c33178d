"""What commands need of their surroundings: the configuration, the archive, the clock."""

import os
from datetime import UTC, datetime

import typer
from sqlalchemy import Engine

from scheduler.config import Config
from storage.database import open_archive


def settings(context: typer.Context) -> Config:
    """Return the configuration this command was called with."""
    return Config.load(context.find_root().obj, os.environ)


def archive(config: Config, *, create: bool = False, read_only: bool = False) -> Engine:
    """Open the archive of *config*; one that writes articles makes a missing one first."""
    return open_archive(config.archive, create=create, read_only=read_only)


def clock() -> datetime:
    """Return the time now, aware, in UTC."""
    return datetime.now(UTC)
