"""The watch list as the running program uses it: read, and checked against all it names."""

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import Engine, select

from scheduler import watchlists
from scheduler.compiled import check_queries
from scheduler.config import Config
from scheduler.nodes import sites_in
from scheduler.packs import shelf
from scheduler.query import parse
from scheduler.suggest import did_you_mean
from scheduler.watchlists import Watch
from scraper import catalogue
from storage.database import reading
from storage.errors import InputError, WatchError
from storage.models import Site
from storage.text import words


def current(config: Config, engine: Engine) -> tuple[Watch, ...]:
    """Return the watches of the configured list; channels, sites and queries checked.

    Raises WatchError; a missing file is one too, and one of no bytes, as a full disk
    leaves it: a list taken for empty would silence every watch, as a misspelt site
    would silence one.
    """
    if not config.watches.exists():
        raise WatchError(
            f"{config.watches}: there is no watch list; 'rasid watch add NAME QUERY' begins one"
        )
    if not config.watches.stat().st_size:
        raise WatchError(
            f"{config.watches}: there is nothing in it; where no watch is wanted, say so in a comment"
        )
    watches = watchlists.read(config.watches)
    watchlists.check(watches, channels=config.channels, where=str(config.watches))
    packs = shelf.beside(config.watches)
    check_queries(watches, where=str(config.watches), packs=packs)
    check_sites(watches, config, engine)
    return watches


def check_sites(watches: Iterable[Watch], config: Config, engine: Engine | None) -> None:
    """Raise WatchError when a watch is for a site that neither archive nor catalogue has.

    Without an *engine* the catalogue alone is asked: there may be no archive yet.
    """
    listed = {site: watch for watch in watches for site in watch.sites}
    asked = {site: watch for watch in watches for site in _asked(watch.query)}
    for site, hint in _unknown(listed, asked, config, engine):
        name = {**asked, **listed}[site].name
        raise WatchError(f"{config.watches}: watch '{name}' names the unknown site '{site}'{hint}")


def check_choice(
    sites: Iterable[str], queries: Iterable[str], config: Config, engine: Engine
) -> None:
    """Raise InputError when *sites*, or ``site:`` in *queries*, name one there is none of."""
    asked = [site for query in queries for site in _asked(query)]
    for site, hint in _unknown(list(sites), asked, config, engine):
        where = hint or "; 'rasid sites list' shows the keys"
        raise InputError(f"no site '{site}'{where}")


def _unknown(
    keys: Collection[str], asked: Collection[str], config: Config, engine: Engine | None
) -> Iterator[tuple[str, str]]:
    """Yield the sites that neither archive nor catalogue has, and what may be meant.

    *keys* are written as the site's own; *asked* stand in a query, where spelling is free.
    """
    if not keys and not asked:
        return
    known: set[str] = set()
    if engine is not None:
        with reading(engine) as db:
            known = set(db.scalars(select(Site.key)))
    if _missing(keys, asked, known):
        # An archive no worker has met yet knows no sites.
        known |= catalogue.load(folder for folder in config.sites if folder.is_dir()).keys()
    for site in _missing(keys, asked, known):
        yield site, did_you_mean(site, known)


def _missing(keys: Iterable[str], asked: Iterable[str], known: Collection[str]) -> list[str]:
    folded = {tuple(words(key)) for key in known}
    missing = [site for site in keys if site not in known]
    return missing + [site for site in asked if tuple(words(site)) not in folded]


def _asked(query: str) -> list[str]:
    return sites_in(parse(query)) if "site" in query.casefold() else []
