"""Did you mean …?"""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest of *known*, or nothing when none is near.

    >>> did_you_mean("archiv", ["archive", "sites"])
    "; did you mean 'archive'?"
    >>> did_you_mean("weather", ["archive", "sites"])
    ''
    """
    near = get_close_matches(word.casefold(), {name.casefold(): name for name in known}, n=1)
    if not near:
        return ""
    written = next(name for name in known if name.casefold() == near[0])
    return f"; did you mean '{written}'?"
