"""Checks of sites begun at the desk: a worker process each, looked at while it goes on."""

import json
import logging
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler import workers
from scheduler.config import Config

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Check:
    """One check: what it said so far, and whether it has ended."""

    site: str
    report: dict[str, Any] | None = None
    ended: bool = False
    process: "subprocess.Popen[str] | None" = None


@dataclass(slots=True)
class Checks:
    """The checks of this desk; of each site the last one is remembered."""

    config: Config
    environ: Mapping[str, str]
    _checks: dict[str, Check] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, site: str) -> Check:
        """Begin a check of *site*, unless one goes on; return it."""
        with self._lock:
            known = self._checks.get(site)
            if known is not None and not known.ended:
                return known
            check = Check(site)
            check.process = subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
                workers.command(self.config, "--check", site),
                env=workers.environment(self.config, self.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
            self._checks[site] = check
        threading.Thread(target=_follow, args=(check,), name=f"check-{site}", daemon=True).start()
        return check

    def of(self, site: str) -> Check | None:
        """Return the last check of *site*."""
        return self._checks.get(site)

    def stop(self) -> None:
        """End those that go on."""
        for check in self._checks.values():
            if check.process is not None and check.process.poll() is None:
                check.process.terminate()
                check.process.wait()


def _follow(check: Check) -> None:
    assert check.process is not None
    assert check.process.stdout is not None
    with check.process as process, check.process.stdout as lines:
        for line in lines:
            try:
                check.report = json.loads(line)
            except ValueError:
                log.warning("check of %s: no JSON: %.200s", check.site, line)
        process.wait()
    check.ended = True
