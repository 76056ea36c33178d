"""What a worker is told, and what it tells of each site."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scraper import browser
from scraper.catalogue import Site
from storage.errors import InputError
from storage.runs import Counts


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is told by the command line that starts it."""

    archive: str
    captures: str | None = None
    sites: tuple[str, ...] = ()
    contact: str = ""
    only: tuple[str, ...] = ()
    capture_pages: bool = False
    # After so many hours an article is looked at again for corrections.
    recheck_hours: tuple[float, ...] = (1, 6, 24, 72)
    # How long a site stays with a worker that says nothing any more.
    lease_seconds: float = 60.0
    # How long one answer may take, from the first byte to the last.
    answer_seconds: float = 30.0

    @classmethod
    def read(cls, text: str) -> "Orders":
        """Return the orders in the JSON object *text*; InputError names what it cannot use."""
        try:
            told: dict[str, Any] = json.loads(text)
            told["sites"] = tuple(told.get("sites") or ())
            told["only"] = tuple(told.get("only") or ())
            if "recheck_hours" in told:
                told["recheck_hours"] = tuple(float(hours) for hours in told["recheck_hours"])
            return cls(**told)
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(f"--config-json: {error}; `rasid worker` writes it.") from error


@dataclass(slots=True)
class Report:
    """The Crawl JSON of one site, see design §5."""

    site: str
    outcome: str
    reason: str | None
    counts: Counts
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return one JSON object."""
        return {
            "site": self.site,
            "outcome": self.outcome,
            "reason": self.reason,
            **asdict(self.counts),
            "seconds": round(self.seconds, 3),
        }


def check_keys(keys: Sequence[str], known: Mapping[str, Site]) -> None:
    """Raise InputError where there is no site of one of *keys*, with the one that is meant."""
    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`rasid sites list` names them all."
            raise InputError(f"{key}: no such site; {hint}")


def check_browser(keys: Sequence[str], known: Mapping[str, Site]) -> None:
    """Raise InputError where one of the sites *keys* wants a browser and there is none.

    Who names a site is told at once; of the others it is the state they are in.
    """
    lack = browser.missing()
    for key in keys:
        if lack and known[key].wants_browser:
            raise InputError(f"{key}: {lack}")
