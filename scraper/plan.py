"""Which routes to ask, in what order. Pure.

Routes stand in tiers by type, cheapest first. All routes of a tier are asked
(a site's sections, say); when none of them works, the next tier is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from scraper.catalogue import Route
from storage.routes import Memory

ORDER = ("wordpress", "feed", "news_sitemap", "sitemap", "listing")


def tiers(
    routes: Sequence[Route], memories: Mapping[tuple[str, str], Memory], *, now: datetime
) -> list[list[Route]]:
    """Return *routes* by tier, cheapest first, without those that failed not long ago.

    A route marked `fallback` forms a tier of its own behind its type's. When every
    route failed not long ago, all are asked again: a poll always asks something.
    """
    ordered: dict[tuple[int, bool], list[Route]] = {}
    for route in routes:
        ordered.setdefault((ORDER.index(route.type), route.fallback), []).append(route)
    all_tiers = [ordered[place] for place in sorted(ordered)]
    due = [
        [route for route in tier if _due(memories.get((route.type, route.url)), now)]
        for tier in all_tiers
    ]
    return [tier for tier in due if tier] or all_tiers


def _due(memory: Memory | None, now: datetime) -> bool:
    return memory is None or memory.not_before is None or memory.not_before <= now
