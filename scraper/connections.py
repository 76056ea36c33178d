"""Scrapy's connections, let go of in good order."""

import asyncio

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

# How long, in seconds, a server may take to end its side; some never do.
PATIENCE = 1.0


class ClosingHandler(HTTP11DownloadHandler):
    """Fetches as Scrapy does, and waits at its end for connections that end when they like.

    Scrapy has a timer answer in their place; where both come at one moment, as they do in a busy
    process, that is an AlreadyCalledError in the log of the worker.
    """

    async def close(self) -> None:
        """Close the connections that are kept; wait for them, a little."""
        closed = self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]
        await asyncio.wait({closed.asFuture(asyncio.get_running_loop())}, timeout=PATIENCE)
