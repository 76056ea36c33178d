"""Why a message did not arrive."""

from collections.abc import Sequence


class ChannelError(Exception):
    """The channel did not take the message, or not all of it. Says why, without secrets.

    *retry_after*: so many seconds it asks to be left alone. *taken*: what of the message
    it has taken, so that only the rest is sent again.
    """

    def __init__(
        self, reason: str, *, retry_after: float | None = None, taken: Sequence[str] = ()
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.taken = tuple(taken)
