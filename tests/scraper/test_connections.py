from twisted.internet.defer import Deferred

from scraper import connections
from scraper.connections import ClosingHandler


class Pool:
    """Connections that end when they like."""

    def __init__(self):
        self.closed = Deferred()

    def closeCachedConnections(self):  # noqa: N802 - Twisted's name
        return self.closed


async def test_connections_that_end_when_nobody_waits_any_more_are_no_error(monkeypatch):
    monkeypatch.setattr(connections, "PATIENCE", 0)
    handler = ClosingHandler.__new__(ClosingHandler)
    handler._pool = Pool()

    await handler.close()
    handler._pool.closed.callback(None)

    assert handler._pool.closed.called
