"""What became of every address of one run. Pure.

Each address has one fate; the first stands. What was announced and met none is
`left`, so the sum closes whatever happens, and what is left is fetched next time.
"""

from collections import Counter

from storage.runs import Counts

# The server answered that it does not want us; anything else is an accident.
UNWELCOME = {401, 402, 403, 406, 451}


class Ledger:
    """The accounts of one run of one site."""

    def __init__(self) -> None:
        self.requests = 0
        self.not_modified = 0
        # Of the articles that are new or revised: those with a body, and those with a date.
        self.bodied = 0
        self.dated = 0
        self._discovered: set[str] = set()
        self._fates: dict[str, tuple[str, str]] = {}
        self._notes: dict[str, None] = {}

    def discovered(self, key: str) -> None:
        """A route, or an earlier run, names the address *key*."""
        self._discovered.add(key)

    def known(self, key: str) -> None:
        """There is nothing new about *key*, so it is not asked for."""
        self._fate(key, "known", "")

    def kept(self, key: str, outcome: str, *, bodied: bool = True, dated: bool = True) -> None:
        """*key* was read; *outcome* is new, revised or unchanged."""
        self._fate(key, "fetched", outcome)
        if outcome != "unchanged":
            self.bodied += bodied
            self.dated += dated

    def refused(self, key: str, reason: str) -> None:
        """*key* is no article or may not be had; *reason* is one word."""
        self._fate(key, "refused", reason)

    def failed(self, key: str, reason: str) -> None:
        """*key* could not be had this time."""
        self._fate(key, "failed", reason)

    def note(self, words: str) -> None:
        """Record once, in words, a limit that bit or a step down to another route."""
        self._notes.setdefault(words)

    def counts(self) -> Counts:
        """Return the sums."""
        fates = Counter(self._fates.values())
        sums = Counter(fate for fate, _ in self._fates.values())
        return Counts(
            requests=self.requests,
            discovered=len(self._discovered),
            known=sums["known"],
            fetched=sums["fetched"],
            new=fates["fetched", "new"],
            revised=fates["fetched", "revised"],
            unchanged=fates["fetched", "unchanged"],
            left=len(self._discovered - self._fates.keys()),
            not_modified=self.not_modified,
            refused=_reasons(fates, "refused"),
            failed=_reasons(fates, "failed"),
            notes=list(self._notes),
        )

    def _fate(self, key: str, fate: str, detail: str) -> None:
        self._discovered.add(key)
        self._fates.setdefault(key, (fate, detail))


def _reasons(fates: Counter[tuple[str, str]], which: str) -> dict[str, int]:
    return {reason: count for (fate, reason), count in sorted(fates.items()) if fate == which}


def status_reason(status: int) -> str:
    """Return the one word for an HTTP status, as the ledger counts it."""
    return f"http_{status}"
