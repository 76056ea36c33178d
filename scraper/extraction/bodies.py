"""Which container of a page holds the body: the rules', or the densest."""

from scraper.extraction import generic
from scraper.extraction.body import Text
from scraper.extraction.body import read as read_body
from scraper.extraction.page import Page
from scraper.extraction.themes import Sources, selectors

# Less than this from a rule is a rule that no longer fits.
_LEAST = 40


def read(page: Page, sources: Sources, *, headline: str | None) -> Text:
    """Return the body of *page* from the first source that gives one."""
    removed = {
        element for _, profile in sources for css in profile.remove for element in page.select(css)
    }
    for rule in selectors(sources, "body"):
        containers = page.select(rule.css)
        if not containers:
            continue
        text = read_body(containers, source=rule.source, headline=headline, removed=removed)
        if len(text.body) >= _LEAST:
            return text
    container = generic.container(page)
    if container is None:
        return Text("generic")
    return read_body([container], source="generic", headline=headline, removed=removed)
