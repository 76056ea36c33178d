"""Where alerts go. Each module is one kind of channel; none knows another.

A channel has `send(message)`, which returns when the message has arrived as far as one can
know: what the channel has taken, as far as it must be known again. It raises `ChannelError`
with the reason when it has not. `check()` raises it for what is wrong before anything is
sent. One that can change what it was sent has `edit(message)`.
"""
