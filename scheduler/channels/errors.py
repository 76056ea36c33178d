"""Why a message did not arrive."""


class ChannelError(Exception):
    """The channel did not take the message. Says why, without secrets."""
