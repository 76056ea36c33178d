"""From the watches of a list to their matcher. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from scheduler.matching import Matcher, WatchQuery, compile_watches
from scheduler.watchlists import Watch
from storage.errors import QueryError, WatchError


def check_queries(watches: Iterable[Watch], *, where: str) -> None:
    """Raise WatchError, which names the watch, when a query cannot be read."""
    try:
        compiled(tuple(watches))
    except QueryError as error:
        raise WatchError(f"{where}: {error}") from None


@lru_cache(maxsize=4)
def compiled(watches: tuple[Watch, ...]) -> Matcher:
    """Return the matcher of these watches; a list that has not changed is compiled once."""
    return compile_watches([query_of(watch) for watch in watches])


def query_of(watch: Watch) -> WatchQuery:
    """Return a watch as the matcher takes it."""
    return WatchQuery(
        name=watch.name,
        query=watch.query,
        mode=watch.mode,
        sites=watch.sites,
        fields=watch.fields,
        gap=watch.gap,
        exclude=watch.exclude,
        name_switch=watch.proper_name,
        number=watch.number,
    )
