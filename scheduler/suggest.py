"""Did you mean …?"""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest of *known*, or nothing when none is near.

    >>> did_you_mean("archiv", ["archive", "sites"])
    "; did you mean 'archive'?"
    >>> did_you_mean("الفرات", ["شرق نهر الفرات", "حمص"])
    "; did you mean 'شرق نهر الفرات'?"
    >>> did_you_mean("weather", ["archive", "sites"])
    ''
    """
    names = {name.casefold(): name for name in known}
    wanted = word.casefold()
    near = get_close_matches(wanted, names, n=1) or [name for name in names if wanted in name]
    return f"; did you mean '{names[near[0]]}'?" if wanted and near else ""
