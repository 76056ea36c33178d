"""Alerts appended to a file, one JSON object a line."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from scheduler.alerts import Message
from scheduler.channels.errors import ChannelError


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Appends each alert of a message to *path*; on the disk before it counts as sent.

    A process killed between writing and recording writes the line again; the
    alert's `id` says that it is the same.
    """

    path: Path

    def send(self, message: Message) -> None:
        """Append the message's alerts in one write."""
        lines = "".join(json.dumps(alert, ensure_ascii=False) + "\n" for alert in message.alerts)
        try:
            self._append(lines.encode())
        except OSError as error:
            raise ChannelError(f"{self.path}: {error.strerror}") from error

    def check(self) -> None:
        """Raise ChannelError when there is no folder for the file."""
        if not self.path.parent.is_dir():
            raise ChannelError(f"{self.path}: there is no folder {self.path.parent}")

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


def _is_torn(file: int) -> bool:
    """Whether the last line has no end: a full disk or a power cut left half of it."""
    size = os.fstat(file).st_size
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"
