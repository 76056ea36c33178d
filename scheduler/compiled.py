"""From the watches of a list to their matcher. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from scheduler.matching import Matcher, WatchQuery, compile_watches
from scheduler.packs import shelf
from scheduler.packs.shelf import AliasPack, Packs
from scheduler.watchlists import Watch
from storage.errors import QueryError, WatchError


def check_queries(watches: Iterable[Watch], *, where: str, packs: Packs | None = None) -> None:
    """Raise WatchError, which names the watch, when a query cannot be read."""
    try:
        compiled(tuple(watches), packs)
    except QueryError as error:
        raise WatchError(f"{where}: {error}") from None


def compiled(watches: tuple[Watch, ...], packs: Packs | None = None) -> Matcher:
    """Return the matcher of these watches; a list that has not changed is compiled once.

    *packs* are those its queries may name, by default the shipped ones.
    """
    return _compiled(watches, tuple((shelf.shipped() if packs is None else packs).values()))


@lru_cache(maxsize=4)
def _compiled(watches: tuple[Watch, ...], packs: tuple[AliasPack, ...]) -> Matcher:
    named = {pack.name: pack for pack in packs}
    return compile_watches([query_of(watch) for watch in watches], packs=named)


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
