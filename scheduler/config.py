"""The configuration: `rasid.toml`, variables of the environment, defaults.

    file        --config, else RASID_CONFIG, else ./rasid.toml where there is one
    variables   RASID_ARCHIVE, RASID_CRAWL__WORKERS, RASID_CHANNELS__DESK__URL, …
                override the file; lists are written a,b or ["a", "b"]
    secrets     `env:NAME` as an archive's or a channel's address is read from NAME

Paths in the file are relative to the file, in variables to the working directory.
"""

import json
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from scheduler.quiet import Mode
from scheduler.suggest import did_you_mean
from scheduler.validation import validated
from storage.errors import ConfigError
from storage.hours import Quiet, clock_time

FILE = "rasid.toml"
PREFIX = "RASID_"
SECRET = "env:"  # noqa: S105 - says where a secret is, is none
_SQLITE = "sqlite:///"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Crawl(_Part):
    """What workers do. `only` names sites; empty: all enabled ones."""

    workers: int = Field(default=2, ge=0, le=64)
    only: list[str] = []
    # So many hours after an article came it is looked at again for corrections.
    recheck_hours: list[Annotated[float, Field(gt=0, le=24 * 365)]] = [1, 6, 24, 72]


class Alerts(_Part):
    """Who hears what: articles older than the limit and copies alert nobody."""

    max_age_hours: float = Field(default=72, gt=0)
    copies: Literal["count", "alert"] = "count"
    # How many days back the nightly second evaluation goes; 0: none.
    sweep_days: int = Field(default=3, ge=0, le=366)
    # A disk with less room than this is told of.
    disk_free_mb: int = Field(default=500, ge=0)


class Evidence(_Part):
    """How long captures are kept that prove no alert, in days; 0: for ever."""

    keep_days: int = Field(default=0, ge=0, le=36_500)


class Desk(_Part):
    """Where the desk listens, nowhere when empty; `hosts` are further names it answers to."""

    address: str = "127.0.0.1:8765"
    hosts: list[str] = []


# What programs read: no cards, no word of the program's health, no limit an hour.
_FOR_PROGRAMS = ("jsonl", "file", "atom", "webhook", "webhook+http", "webhook+https")
MAX_PER_HOUR = 60


class Channel(_Part):
    """Where alerts go: an address, and what is sent there when.

    `console`, `jsonl:PATH`, `atom:FOLDER`, `smtp://…`, `telegram://…`, `webhook+https://…` or
    any Apprise address. *secret* signs what a webhook is sent.
    """

    url: SecretStr
    secret: SecretStr | None = None
    mode: Mode = Mode()
    quiet: Quiet | None = None
    # Of its quiet hours, digests and cards; empty: the desk's.
    timezone: str = ""
    language: Literal["ar", "en"] = "ar"
    # Messages an hour; 0: any number. Omitted: 60 where people read, any where programs do.
    max_per_hour: int | None = Field(default=None, ge=0)
    # When the card that says how much was read goes out; "": never.
    card: time | Literal[""] | None = None
    # Whether it is told of the program's own troubles.
    health: bool | None = None

    @field_validator("mode", mode="before")
    @classmethod
    def _mode(cls, value: Any) -> Any:
        return Mode.parse(value) if isinstance(value, str) else value

    @field_validator("quiet", mode="before")
    @classmethod
    def _quiet(cls, value: Any) -> Any:
        return Quiet.parse(value) if isinstance(value, str) else value

    @field_validator("card", mode="before")
    @classmethod
    def _card(cls, value: Any) -> Any:
        return clock_time(value) if isinstance(value, str) and value else value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return _known_zone(value) if value else value

    @property
    def for_people(self) -> bool:
        """Whether people read it."""
        return self.url.get_secret_value().partition(":")[0] not in _FOR_PROGRAMS

    @property
    def limit(self) -> int:
        """How many messages an hour it takes; 0: any number."""
        if self.max_per_hour is not None:
            return self.max_per_hour
        return MAX_PER_HOUR if self.for_people else 0

    @property
    def card_at(self) -> time | None:
        """When its daily card goes out, or None."""
        if self.card is None:
            return time(8) if self.for_people else None
        return self.card or None

    @property
    def hears_health(self) -> bool:
        """Whether the program's own troubles are told here."""
        return self.for_people if self.health is None else self.health


class Config(_Part):
    """All settings, with paths made absolute. Build it with `Config.load`."""

    archive: str = "sqlite:///rasid.db"
    captures: Path | None = Path("captures")
    sites: list[Path] = [Path("sites")]
    watches: Path = Path("watches.toml")
    timezone: str = "Asia/Damascus"
    contact: str = ""
    crawl: Crawl = Crawl()
    alerts: Alerts = Alerts()
    evidence: Evidence = Evidence()
    desk: Desk = Desk()
    # Without any, alerts are printed where they are delivered.
    channels: dict[str, Channel] = {"console": Channel(url=SecretStr("console"))}
    # Where it was read from; None when there is no file.
    path: Path | None = None

    @classmethod
    def load(cls, path: Path | None, environ: Mapping[str, str]) -> Self:
        """Read the configuration; raise ConfigError, in one line, for anything not right."""
        file = _file(path, environ)
        raw = _read(file) if file is not None else {}
        folder = file.parent if file is not None else Path.cwd()
        _make_absolute(raw, folder.resolve())
        overrides = _overrides(environ)
        _make_absolute(overrides, Path.cwd())
        raw = _merged(_defaults(folder.resolve()), raw, overrides)
        _fill_secrets(raw, environ)
        where = str(file) if file is not None else "configuration"
        if "path" in raw:
            raise ConfigError(f"{where}: unknown key 'path'")
        return validated(cls, {**raw, "path": file}, where=where)

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return _known_zone(value)

    @field_validator("archive")
    @classmethod
    def _archive(cls, value: str) -> str:
        if not value.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
            raise ValueError("must be like sqlite:///rasid.db or postgresql://user@host/db")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The desk's time zone."""
        return ZoneInfo(self.timezone)

    def zone_of(self, channel: str) -> ZoneInfo:
        """The time zone of a channel: its own, or the desk's."""
        known = self.channels.get(channel)
        return ZoneInfo(known.timezone) if known is not None and known.timezone else self.zone

    def worker_settings(self) -> dict[str, Any]:
        """What a worker process is told, as JSON can carry it."""
        return {
            "archive": self.archive,
            "captures": str(self.captures) if self.captures is not None else None,
            "sites": [str(folder) for folder in self.sites],
            "contact": self.contact,
            "only": list(self.crawl.only),
            "recheck_hours": sorted(self.crawl.recheck_hours),
            # A site's own file may want captures of pages its feed carries whole.
            "capture_pages": False,
        }


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"'{value}' is no time zone; write it like Asia/Damascus") from None
    return value


def _file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = path or (Path(environ[PREFIX + "CONFIG"]) if environ.get(PREFIX + "CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError(f"{named}: there is no such file; 'rasid init' writes one")
        return named.absolute()
    here = Path(FILE)
    return here.absolute() if here.is_file() else None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is no TOML: {error}") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None


def _defaults(folder: Path) -> dict[str, Any]:
    """The defaults that are paths, so that they lie beside the file as well."""
    fields = Config.model_fields
    raw = {name: fields[name].default for name in ("archive", "captures", "sites", "watches")}
    _make_absolute(raw, folder)
    return raw


def _make_absolute(raw: dict[str, Any], folder: Path) -> None:
    for name in ("captures", "watches"):
        if isinstance(raw.get(name), str | Path) and str(raw[name]):
            raw[name] = folder / raw[name]
    if raw.get("captures") == "":
        raw["captures"] = None
    if isinstance(raw.get("sites"), list):
        raw["sites"] = [
            folder / item if isinstance(item, str | Path) else item for item in raw["sites"]
        ]
    archive = raw.get("archive")
    if isinstance(archive, str) and archive.startswith(_SQLITE):
        place, question, query = archive.removeprefix(_SQLITE).partition("?")
        if place and place != ":memory:":
            raw["archive"] = f"{_SQLITE}{folder / place}{question}{query}"


def _merged(*layers: dict[str, Any]) -> dict[str, Any]:
    """Later layers win, key by key."""
    out: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, dict) and isinstance(out.get(key), dict):
                out[key] = _merged(out[key], value)
            else:
                out[key] = value
    return out


def _overrides(environ: Mapping[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name == PREFIX + "CONFIG":
            continue
        *tables, key = name.removeprefix(PREFIX).lower().split("__")
        top = tables[0] if tables else key
        if top not in Config.model_fields:
            hint = did_you_mean(top, [field for field in Config.model_fields if field != "path"])
            # What is like no setting at all is somebody else's variable.
            if hint:
                raise ConfigError(f"{name}: there is no such setting{hint}")
            continue
        place = out
        for table in tables:
            place = place.setdefault(table, {})
        place[key] = _listed(value) if key in _LISTS else value
    return out


_LISTS = {"sites", "only", "hosts"}


def _listed(value: str) -> list[Any]:
    if value.lstrip().startswith("["):
        try:
            return list(json.loads(value))
        except json.JSONDecodeError:
            raise ConfigError(f'"{value}" is no list; write a,b or ["a", "b"]') from None
    return [part.strip() for part in value.split(",") if part.strip()]


def _fill_secrets(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Put in place of `env:NAME` what NAME holds.

    A channel's unset name is left standing: only who sends needs it, and the
    channel says so then.
    """
    archive = raw.get("archive")
    if isinstance(archive, str) and archive.startswith(SECRET):
        name = archive.removeprefix(SECRET)
        if not environ.get(name):
            raise ConfigError(f"archive: the environment variable {name} is not set")
        raw["archive"] = environ[name]
    channels = raw.get("channels")
    for channel in channels.values() if isinstance(channels, dict) else ():
        for key in ("url", "secret") if isinstance(channel, dict) else ():
            written = channel.get(key)
            if isinstance(written, str) and written.startswith(SECRET):
                channel[key] = environ.get(written.removeprefix(SECRET)) or written
