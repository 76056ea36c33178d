"""The channels of a configuration: opened, described, tried.

An address may be a secret; none is repeated here.
"""

from datetime import datetime
from typing import Any, TextIO

from scheduler import posting
from scheduler.channels.errors import ChannelError
from scheduler.channels.masking import masked
from scheduler.channels.opening import Channel, opened
from scheduler.config import Config
from scheduler.suggest import did_you_mean
from storage.errors import InputError


def connected(config: Config, name: str, stream: TextIO | None = None) -> Channel:
    """Return a channel of the configuration; raise ChannelError where it cannot be one."""
    channel = config.channels.get(name)
    if channel is None:
        raise ChannelError("there is no such channel in the configuration")
    folder = config.path.parent if config.path is not None else config.watches.parent
    secret = channel.secret.get_secret_value() if channel.secret is not None else None
    return opened(channel.url.get_secret_value(), folder=folder, secret=secret, stream=stream)


def unusable(config: Config) -> list[str]:
    """Return what is wrong with the channels as configured, a line each.

    Nothing is sent. What is slow to load is loaded now, and not when the first
    alert is waiting for it.
    """
    found = []
    for name in config.channels:
        try:
            connected(config, name).check()
        except ChannelError as error:
            found.append(f"channel {name}: {error}")
    return found


def channel_json(config: Config, name: str) -> dict[str, Any]:
    """Return a channel as JSON: what it is and how it is set, never its address."""
    channel = config.channels[name]
    scheme = channel.url.get_secret_value().partition(":")[0]
    found: dict[str, Any] = {
        "channel": name,
        "type": scheme,
        "mode": str(channel.mode),
        "quiet": str(channel.quiet) if channel.quiet is not None else None,
        "timezone": str(config.zone_of(name)),
        "language": channel.language,
        "max_per_hour": channel.limit,
        "card": f"{channel.card_at:%H:%M}" if channel.card_at is not None else None,
        "health": channel.hears_health,
        "problem": None,
    }
    try:
        connected(config, name).check()
    except ChannelError as error:
        found["problem"] = str(error)
    return found


def send_sample(
    config: Config, name: str, now: datetime, *, stream: TextIO | None = None
) -> str | None:
    """Send a sample to a channel; return why it did not arrive, or None.

    Raises InputError for a channel there is none of.
    """
    if name not in config.channels:
        hint = did_you_mean(name, config.channels)
        raise InputError(f"there is no channel '{name}' in the configuration{hint}")
    message = posting.sample(config, name, now)
    try:
        connected(config, name, stream).send(message)
    except ChannelError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - said to the one who asked, whatever it is
        return fault(config, name, error)
    return None


def fault(config: Config, name: str, error: Exception) -> str:
    """What no channel should raise, in words without secrets."""
    channel = config.channels.get(name)
    said = f"{type(error).__name__}: {error}"
    if channel is not None:
        for secret in (channel.url, channel.secret):
            said = masked(said, secret.get_secret_value()) if secret is not None else said
    return said[:500]
