"""Where alerts go. Each module is one kind of channel; none knows another.

A channel has `send(message)`, which returns when the message has arrived as far
as one can know, and raises `ChannelError` with the reason when it has not; and
`check()`, which raises it for what is wrong before anything is sent.
"""
