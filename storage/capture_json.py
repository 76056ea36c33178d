"""Captures as they are told in JSON: in exports, manifests and packages. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.captures import Original, Record, moment


def read_capture(said: Mapping[str, Any]) -> Record:
    """Return the record that capture JSON speaks of. Raises KeyError, ValueError or TypeError."""
    return Record(
        url=str(said.get("url") or ""),
        warc=str(said["warc"]),
        offset=int(said["offset"]),
        sha256=str(said["sha256"]),
        fetched_at=moment(said["fetched_at"]),
        status=int(said["status"]),
        length=said.get("length"),
        record_sha256=said.get("record_sha256"),
        redirects=tuple(map(str, said.get("redirects") or ())),
        address=said.get("address"),
        tls=said.get("tls"),
        robots=said.get("robots"),
        original=original_of(said.get("original")),
        dropped_at=moment(said["dropped_at"]) if said.get("dropped_at") else None,
    )


def original_json(original: Original | None) -> dict[str, Any] | None:
    """Return *original* as JSON, or None."""
    if original is None:
        return None
    return {
        "url": original.url,
        "warc": original.warc,
        "offset": original.offset,
        "fetched_at": original.fetched_at.isoformat().replace("+00:00", "Z"),
    }


def original_of(said: Mapping[str, Any] | None) -> Original | None:
    """Return the original that JSON speaks of, or None. KeyError, ValueError or TypeError: none."""
    if said is None:
        return None
    fetched_at = datetime.fromisoformat(said["fetched_at"])
    return Original(str(said["url"]), str(said["warc"]), int(said["offset"]), fetched_at)
