"""Atom feeds in a folder: `all.atom`, and one for each watch in `watches/`.

Exactly once: an entry is known by its id, and a feed is replaced as a whole, in one
step. The newest hundred entries stay.
"""

import fcntl
import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from scheduler import letters, quoting
from scheduler.alerts import Message, own_name
from scheduler.channels.errors import ChannelError
from scheduler.phrases import ARABIC

NEWEST = 100
_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Atom:
    """Writes the feeds in *folder*."""

    folder: Path

    def send(self, message: Message) -> Sequence[str]:
        """Put the message's alerts into the feed of everything and into those of their watches."""
        try:
            with self._alone():
                self._write(self.folder / "all.atom", "Rasid", message.alerts)
                for watch in dict.fromkeys(alert["watch"] for alert in message.alerts):
                    of_watch = [alert for alert in message.alerts if alert["watch"] == watch]
                    path = self.folder / "watches" / f"{own_name(watch)}.atom"
                    self._write(path, watch, of_watch)
        except OSError as error:
            raise ChannelError(f"{self.folder}: {error.strerror}") from error
        return ()

    def check(self) -> None:
        """Raise ChannelError when there is no place for the folder."""
        if not self.folder.parent.is_dir():
            raise ChannelError(f"{self.folder}: there is no folder {self.folder.parent}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing what we have read and not yet replaced."""
        (self.folder / "watches").mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, path: Path, title: str, alerts: Sequence[dict[str, Any]]) -> None:
        fresh = [entry(alert) for alert in alerts]
        known = {_id(each) for each in fresh}
        old = [each for each in _entries(path) if _id(each) not in known]
        entries = sorted([*fresh, *old], key=_updated, reverse=True)[:NEWEST]
        if not entries:
            return
        _replace(path, feed(title, entries, _updated(entries[0])))


def feed(title: str, entries: Sequence[Any], updated: str) -> bytes:
    """Return a feed of entries, the newest first, as a document."""
    made = _element("feed")
    made.set("{http://www.w3.org/XML/1998/namespace}lang", "ar")
    _add(made, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'rasid:{title}')}")
    _add(made, "title", title)
    _add(made, "updated", updated)
    _add(made, "generator", "Rasid")
    made.extend(entries)
    document: bytes = etree.tostring(made, encoding="utf-8", xml_declaration=True)
    return document


def entry(alert: dict[str, Any]) -> Any:
    """Return an alert, as JSON, as an entry of a feed."""
    made = _element("entry")
    name = f"rasid:{alert['url']}#{alert['id']}@{alert['created_at']}"
    _add(made, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}")
    title = ARABIC.withheld if alert.get("withheld") else alert["headline"]
    _add(made, "title", title)
    _add(made, "updated", alert["created_at"])
    if alert["published_at"]:
        _add(made, "published", alert["published_at"])
    author = _element("author")
    _add(author, "name", alert["site_name"])
    made.append(author)
    if alert["url"].startswith(("http://", "https://")) and not alert.get("withheld"):
        link = _element("link")
        link.set("href", _legal(alert["url"]))
        made.append(link)
    for label in (alert["watch"], alert["kind"]):
        category = _element("category")
        category.set("term", _legal(label))
        made.append(category)
    spans = [span for span in alert["spans"] if span["field"] == "headline"]
    headline = quoting.pieces(title, spans, 0, len(title))
    terms = "، ".join(dict.fromkeys(span["term"] for span in alert["spans"]))
    content = _add(made, "content", f'<p dir="rtl">{letters.marked(headline)}</p><p>{terms}</p>')
    content.set("type", "html")
    return made


def _element(name: str) -> Any:
    return etree.Element(f"{{{_ATOM}}}{name}", nsmap={None: _ATOM})


def _add(parent: Any, name: str, text: str) -> Any:
    made = etree.SubElement(parent, f"{{{_ATOM}}}{name}")
    made.text = _legal(text)
    return made


def _legal(text: str) -> str:
    """Without the control characters no XML may hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r")


def _id(made: Any) -> str:
    return str(made.findtext(f"{{{_ATOM}}}id"))


def _updated(made: Any) -> str:
    return str(made.findtext(f"{{{_ATOM}}}updated"))


def _entries(path: Path) -> list[Any]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return list(etree.fromstring(content, parser).findall(f"{{{_ATOM}}}entry"))
    except etree.XMLSyntaxError:
        raise ChannelError(f"{path}: is no feed any more; move it away") from None


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
