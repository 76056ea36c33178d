"""Why a message did not arrive."""

from collections.abc import Sequence

# Seconds. What takes longer to send goes on at the next attempt: a message's lease must not
# run out while it is sent, or another process sends it as well.
PATIENCE = 240.0


class ChannelError(Exception):
    """The channel did not take the message, or not all of it. Says why, without secrets.

    *retry_after*: so many seconds it asks to be left alone. *taken*: what of the message
    it has taken, so that only the rest is sent again. *untaken*: it is certain that
    nothing of it was, so that it may be sent as another message.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry_after: float | None = None,
        taken: Sequence[str] = (),
        untaken: bool = False,
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.taken = tuple(taken)
        self.untaken = untaken and not self.taken


class CannotEditError(ChannelError):
    """What the channel was sent cannot be changed there any more."""
