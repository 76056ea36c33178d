"""Alerts printed where the program runs. At least once: the text has the alert's number."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from scheduler.alerts import Message


@dataclass(frozen=True, slots=True)
class Console:
    """Prints the plain text of a message; on standard output where nothing else is named."""

    stream: TextIO | None = None

    def send(self, message: Message) -> Sequence[str]:
        """Print the message, an empty line behind it."""
        stream = self.stream or sys.stdout
        stream.write(message.text + "\n\n")
        stream.flush()
        return ()

    def check(self) -> None:
        """Nothing can be wrong with it."""
