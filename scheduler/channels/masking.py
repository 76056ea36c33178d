"""Keeping secrets out of what is said of a channel."""

import re
from hashlib import sha256
from urllib.parse import unquote, urlsplit


def masked(text: str, url: str) -> str:
    """Return *text* on one line with whatever of the address *url* may be secret taken out.

    >>> masked("POST to tgram 123:abcdef failed", "tgram://123:abcdef/42/")
    'POST to tgram *** failed'
    """
    rest = url.partition("://")[2]
    parts = {url, rest, *re.split(r"[/@?&=]", rest), *re.split(r"[/@?&=:]", rest)}
    host = _host(url)
    secrets = {part for part in parts if len(part) >= 4 and not _is_place(part, host)}
    secrets |= {unquote(part) for part in secrets}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return " ".join(text.split())


def token(text: str) -> str:
    """Return a name for *text* that does not give it away: an address, a chat."""
    return sha256(text.encode()).hexdigest()[:12]


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname if "://" in url else None
    except ValueError:
        return None


def _is_place(part: str, host: str | None) -> bool:
    """Whether a part of an address is its host with a port: no secret, and worth reading."""
    name, _, port = part.partition(":")
    return "." in name and name == host and (port.isdigit() or not port)
