"""Alerts appended to a file, one JSON object a line.

Exactly once: what may have been written by an attempt that was cut off is looked for first.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scheduler.alerts import Message
from scheduler.channels.errors import ChannelError


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Appends each alert or notice of a message to *path*; on the disk before it counts as sent."""

    path: Path

    def send(self, message: Message) -> Sequence[str]:
        """Append the message's alerts, or its notice, in one write."""
        documents = list(message.alerts)
        if message.notice is not None:
            documents.append({"notice": message.notice, "message": message.key})
        lines = [json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in documents]
        try:
            if message.again:
                lines = self._missing(lines, documents)
            if lines:
                self._append(b"".join(lines))
        except OSError as error:
            raise ChannelError(f"{self.path}: {error.strerror}") from error
        return ()

    def check(self) -> None:
        """Raise ChannelError when there is no folder for the file."""
        if not self.path.parent.is_dir():
            raise ChannelError(f"{self.path}: there is no folder {self.path.parent}")

    def _missing(self, lines: list[bytes], documents: list[dict[str, Any]]) -> list[bytes]:
        """Those of *lines* whose alert no line of the file speaks of."""
        if not self.path.exists():
            return lines
        # `id` stands first in an alert, `notice` in a notice: what was written is begun alike.
        begun = {_beginning(each, line): line for each, line in zip(documents, lines, strict=True)}
        with self.path.open("rb") as file:
            for line in file:
                for beginning in [each for each in begun if line.startswith(each)]:
                    if line.endswith(b"\n"):
                        del begun[beginning]
        return list(begun.values())

    def _append(self, lines: bytes) -> None:
        # O_APPEND: several processes may write the same file, each its lines whole.
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if _is_torn(file):
                lines = b"\n" + lines
            while lines:
                lines = lines[os.write(file, lines) :]
            os.fsync(file)
        finally:
            os.close(file)


def _beginning(document: dict[str, Any], line: bytes) -> bytes:
    if "id" in document:
        return f'{{"id": {document["id"]},'.encode()
    return line.rstrip(b"\n")


def _is_torn(file: int) -> bool:
    """Whether the last line has no end: a full disk or a power cut left half of it."""
    size = os.fstat(file).st_size
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"
