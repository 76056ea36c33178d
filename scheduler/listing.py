"""The watch list as the running program uses it: read, and checked against the rest."""

from scheduler import watchlists
from scheduler.config import Config
from scheduler.watchlists import Watch
from storage.errors import WatchError


def current(config: Config) -> tuple[Watch, ...]:
    """Return the watches of the configured list, its channels checked.

    Raises WatchError; a missing file is one too, since a list taken for empty
    would silence every watch.
    """
    if not config.watches.exists():
        raise WatchError(
            f"{config.watches}: there is no watch list; 'rasid watch add NAME QUERY' begins one"
        )
    watches = watchlists.read(config.watches)
    watchlists.check(watches, channels=config.channels, where=str(config.watches))
    return watches
