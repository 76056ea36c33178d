"""Checks of sites begun at the desk: a worker process each, looked at while it goes on."""

import json
import logging
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scheduler import workers
from scheduler.config import Config

# Each is a process that loads Scrapy; the service needs its share of the machine.
AT_ONCE = 2

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Check:
    """One check: the routes answered so far, the report once there is one."""

    site: str
    began_at: datetime
    process: "subprocess.Popen[str]"
    routes: list[dict[str, Any]] = field(default_factory=list)
    report: dict[str, Any] | None = None
    ended: bool = False

    def follow(self) -> None:
        """Read what the worker says, to its end."""
        assert self.process.stdout is not None
        with self.process as process, self.process.stdout as lines:
            for line in lines:
                self._hear(line)
            process.wait()
        self.ended = True

    def _hear(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            log.warning("check of %s: no JSON: %.200s", self.site, line)
            return
        if "route" in said:
            self.routes.append(said["route"])
        else:
            self.report, self.routes = said, said["routes"]


@dataclass(slots=True)
class Checks:
    """The checks of this desk; of each site the last one is remembered."""

    config: Config
    environ: Mapping[str, str]
    _checks: dict[str, Check] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, site: str, now: datetime) -> Check | None:
        """Begin a check of *site*, unless one goes on; return it, or None while others must end."""
        with self._lock:
            known = self._checks.get(site)
            if known is not None and not known.ended:
                return known
            if sum(not each.ended for each in self._checks.values()) >= AT_ONCE:
                return None
            process = subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
                workers.command(self.config, "--check", site, "--progress"),
                env=workers.environment(self.config, self.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
            check = self._checks[site] = Check(site, now, process)
        threading.Thread(target=check.follow, name=f"check-{site}", daemon=True).start()
        return check

    def of(self, site: str) -> Check | None:
        """Return the last check of *site*."""
        return self._checks.get(site)

    def stop(self) -> None:
        """End those that go on."""
        for check in list(self._checks.values()):
            if check.process.poll() is None:
                check.process.terminate()
                check.process.wait()
