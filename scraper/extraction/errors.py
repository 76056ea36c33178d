"""What extraction says when a page is no article."""


class NoArticle(Exception):
    """This page is no article.

    *reason* is one short word in snake_case, counted in the ledger of a run:
    `empty`, `not_html`, `too_large`, `no_headline`, `no_body`, `listing`,
    `gallery`, `video`, `login_wall`, `challenge`, `not_found`.
    """

    def __init__(self, reason: str) -> None:
        """Keep *reason* for the ledger."""
        super().__init__(reason)
        self.reason = reason
