"""What discovery says when an answer is not what its route promises."""

from storage.errors import RasidError


class RouteError(RasidError):
    """The answer is no feed, no sitemap, no REST answer; the next route is to be asked.

    *reason* is one short word in snake_case, kept as the state of the route:
    `empty`, `too_large`, `broken_gzip`, `entities`, `not_a_feed`, `not_a_sitemap`, `not_html`,
    `not_rest`, `rest_closed`, `rest_error`.
    """

    def __init__(self, reason: str, message: str) -> None:
        """Keep *reason* for the ledger; *message* is one line for a person."""
        super().__init__(message)
        self.reason = reason
