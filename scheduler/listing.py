"""The watch list as the running program uses it: read, and checked against all it names."""

from collections.abc import Iterable

from sqlalchemy import Engine, select

from scheduler import watchlists
from scheduler.compiled import check_queries
from scheduler.config import Config
from scheduler.packs import shelf
from scheduler.suggest import did_you_mean
from scheduler.watchlists import Watch
from scraper import catalogue
from storage.database import reading
from storage.errors import WatchError
from storage.models import Site


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
    check_sites(watches, config, engine)
    packs = shelf.beside(config.watches)
    check_queries(watches, where=str(config.watches), packs=packs)
    return watches


def check_sites(watches: Iterable[Watch], config: Config, engine: Engine) -> None:
    """Raise WatchError when a watch is for a site that neither archive nor catalogue has."""
    named = {site: watch for watch in watches for site in watch.sites}
    if not named:
        return
    with reading(engine) as db:
        known = set(db.scalars(select(Site.key)))
    if named.keys() <= known:
        return
    # An archive no worker has met yet knows no sites.
    known |= catalogue.load(config.sites).keys()
    for site, watch in named.items():
        if site not in known:
            hint = did_you_mean(site, known)
            raise WatchError(
                f"{config.watches}: watch '{watch.name}' names the unknown site '{site}'{hint}"
            )
