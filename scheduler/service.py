"""The service: when each pass of work is made. What a pass does is in `scheduler.jobs`.

    match    what workers wrote since the last pass
    deliver  what is due in the outbox, each channel by itself: one that is slow to answer
             holds up no other
    upkeep   what is gone, surges, troubles, cards, the nightly sweep
    seal     what was captured is entered in the manifest of the day
    tend     workers that died are started again

Nothing is due because a timer fired: every pass asks the archive what there is
to do, so a service that was stopped for a night does the night's work when it
starts, and cron may run the same passes beside it.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TextIO

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from scheduler import jobs, listing, upkeep, workers
from scheduler.config import Config
from scheduler.jobs import Clock
from scheduler.packs import shelf
from scheduler.packs.shelf import Packs
from scheduler.watchlists import Watch
from storage.errors import RasidError

# An alert waits at most for two of these beyond the poll that found it.
SECONDS = 1
# What was captured and is in no manifest yet is only guarded by the archive's own tables.
SEAL_SECONDS = 60
# What nobody waits for by the second.
UPKEEP = 30

log = logging.getLogger(__name__)


@dataclass(slots=True, repr=False)
class Service:
    """Runs the passes until it is told to stop."""

    config: Config
    engine: Engine
    environ: Mapping[str, str]
    clock: Clock
    # Where a console channel prints.
    stream: TextIO | None = None
    listed: tuple[Watch, ...] = ()
    packs: Packs | None = None
    # The list's file as the last pass found it.
    stands: tuple[int, int, int] | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    troubles: dict[str, str] = field(default_factory=dict)

    def run(self, *, ready: Callable[[], None] = lambda: None) -> None:
        """Run until `stop`, then end in good order. *ready* is called when all is started."""
        self._read_watches()
        supervisor = workers.Supervisor(
            workers.command(self.config, "--with-parent"),
            workers.environment(self.config, self.environ),
            self.config.crawl.workers,
        )
        channels = list(self.config.channels)
        scheduler = _scheduler(threads=5 + len(channels))
        for name, work, seconds in (
            ("match", self.match, SECONDS),
            ("tend", lambda: supervisor.tend(time.monotonic()), SECONDS),
            *((f"deliver to {each}", partial(self.deliver, each), SECONDS) for each in channels),
            # What is for channels that are gone from the configuration says so.
            ("deliver", self.deliver_strays, UPKEEP),
            ("upkeep", self.upkeep, UPKEEP),
            ("seal", lambda: jobs.seal(self.engine, self.config, self.clock), SEAL_SECONDS),
        ):
            scheduler.add_job(
                self._guarded,
                "interval",
                seconds=seconds,
                args=(name, work),
                # The first pass is now, not an interval from now.
                next_run_time=self.clock(),
            )
        scheduler.start()
        try:
            ready()
            self.stopped.wait()
        finally:
            # Workers first: what they still write is matched when we start again.
            supervisor.stop()
            scheduler.shutdown(wait=True)
            self._guarded("seal", lambda: jobs.seal(self.engine, self.config, self.clock))

    def stop(self) -> None:
        """End `run`; may be called from a signal handler."""
        self.stopped.set()

    def match(self) -> None:
        """Match what is new, with the list as it is now; a broken list leaves the last one."""
        try:
            if self._settled():
                self._read_watches()
        except RasidError as error:
            self._say("watches", f"{error}; the list of before is used")
        else:
            self._say("watches", None)
        stop = self.stopped.is_set
        jobs.match_new(
            self.engine, self.listed, self.config, self.clock, packs=self.packs, stop=stop
        )

    def _settled(self) -> bool:
        """Return whether the list's file has stood still since the last pass.

        One that has not may be half written: taken as it is, it would silence what is
        still to come.
        """
        try:
            found = self.config.watches.stat()
            now = (found.st_ino, found.st_mtime_ns, found.st_size)
        except OSError:
            now = None  # reading it says what is wrong
        before, self.stands = self.stands, now
        return now is None or now == before

    def _read_watches(self) -> None:
        listed = listing.current(self.config, self.engine)
        self.listed, self.packs = listed, shelf.beside(self.config.watches)

    def deliver(self, channel: str | None = None) -> None:
        """Send what is due, on one channel or on all."""
        self._deliver(only=channel)

    def deliver_strays(self) -> None:
        """Say of what is for channels there are none of any more that it waits."""
        self._deliver(without=list(self.config.channels))

    def _deliver(self, **which: Any) -> None:
        stop = self.stopped.is_set
        done = jobs.deliver(
            self.engine, self.config, self.clock, stream=self.stream, stop=stop, **which
        )
        for problem in done.problems:
            log.warning("%s", problem)

    def upkeep(self) -> None:
        """Make the quieter passes, see `scheduler.upkeep`."""
        upkeep.tend(self.engine, self.listed, self.config, self.clock, packs=self.packs)

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        """Do a pass; what goes wrong is said once, and the next pass tries again."""
        try:
            work()
        except (RasidError, DBAPIError) as error:
            reason = getattr(error, "orig", None) or error
            self._say(name, " ".join(str(reason).split()))
        except Exception:
            # A fault of ours; the other passes go on.
            log.exception("%s broke off", name)
        else:
            self._say(name, None)

    def _say(self, name: str, trouble: str | None) -> None:
        """Log a trouble when it begins, and when it is over."""
        before = self.troubles.get(name)
        if trouble is None:
            if self.troubles.pop(name, None) is not None:
                log.warning("%s: works again", name)
        elif trouble != before:
            self.troubles[name] = trouble
            log.error("%s: %s", name, trouble)


def _scheduler(*, threads: int) -> Any:
    return BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(threads)},
        # None: a pass that is late is made late, not dropped; one at a time, never a backlog.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
