"""The one thread of a crawl process that writes to the archive.

Scrapy's loop must not wait for a disk, and a database that goes away must not
end a worker: work is handed over here, done in its own transaction, and done
again when the connection was lost, until the archive is back. Pages that wait at one
moment are written together: a transaction costs more than what most of them write.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from storage.database import lost_connection, written
from storage.errors import DiskFull, RasidError

log = logging.getLogger(__name__)

# Seconds between tries while the archive is away; the last one repeats.
PAUSES = (0.2, 0.5, 1, 2, 5, 10)

# So many things are written together at most: while a transaction lasts, other workers wait.
TOGETHER = 100
# How long, in seconds, one waits for others. Who is alone does not wait.
LINGER = 0.05

T = TypeVar("T")
One = TypeVar("One")

# Writes several of one kind; says of each what became of it, or why nothing was written of it.
Work = Callable[[Session, Sequence[One]], Sequence[T | RasidError]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One of those that are to be written together, and who waits for what becomes of it."""

    one: Any
    future: "asyncio.Future[Any]"


class Keeper:
    """Runs work on the archive, a transaction each, one after another."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._stopping = threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._waiting: dict[Any, deque[_Waiting]] = {}
        # How many may come to write at one moment: the sites that are being visited.
        self.writers: Callable[[], int] = lambda: 1

    async def call(self, work: Callable[[Session], T]) -> T:
        """Return what *work* returns once its transaction is committed.

        *work* may be run more than once and must not keep rows of a session.
        What it raises comes through, but for a lost connection while the
        process is not stopping. DiskFull where the database has no room.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def together(self, work: Work[One, T], one: One) -> T:
        """Return what *work* returns for *one*, which it may be given with others that wait.

        Raises what is the matter with this one alone: what cannot be written together is
        written each in a transaction of its own.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(one, loop.create_future())
        queue = self._waiting.setdefault(work, deque())
        queue.append(waiting)
        if len(queue) >= self.writers():
            self._hand_over(work, loop)
        elif len(queue) == 1:
            loop.call_later(LINGER, self._hand_over, work, loop)
        outcome: T = await waiting.future
        return outcome

    def _hand_over(self, work: Work[One, T], loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting[work]:
            loop.run_in_executor(self._thread, self._write_waiting, work, loop)

    def _write_waiting(self, work: Work[One, T], loop: asyncio.AbstractEventLoop) -> None:
        """Write what waits for *work*; an earlier call may have written it already."""
        queue, batch = self._waiting[work], list[_Waiting]()
        while queue and len(batch) < TOGETHER:
            batch.append(queue.popleft())
        if queue:
            loop.call_soon_threadsafe(self._hand_over, work, loop)
        outcomes = self._outcomes(work, [waiting.one for waiting in batch])
        loop.call_soon_threadsafe(_tell, batch, outcomes)

    def _outcomes(self, work: Work[One, T], batch: Sequence[One]) -> Sequence[T | BaseException]:
        if not batch:
            return []
        try:
            return self._run(lambda db: work(db, batch))
        except Exception as error:  # noqa: BLE001 - told to those who wait for it
            # A full disk is full for each of them.
            if len(batch) == 1 or isinstance(error, DiskFull):
                return [error] * len(batch)
            return [outcome for one in batch for outcome in self._outcomes(work, [one])]

    def stop(self) -> None:
        """Wait for an absent archive no longer: what is waiting now fails."""
        self._stopping.set()

    def close(self) -> None:
        """Finish what was handed over, and let go of the archive."""
        self._thread.shutdown(wait=True)
        self.engine.dispose()

    def _run(self, work: Callable[[Session], T]) -> T:
        absences = 0
        while True:
            try:
                return written(self.engine, work)
            except DBAPIError as error:
                if not lost_connection(error) or self._stopping.is_set():
                    raise
                pause = PAUSES[min(absences, len(PAUSES) - 1)]
                absences += 1
                log.warning(
                    "the archive is away (%s); trying again in %s s", _one_line(error), pause
                )
                self._stopping.wait(pause)


def _tell(batch: Sequence[_Waiting], outcomes: Sequence[Any]) -> None:
    for waiting, outcome in zip(batch, outcomes, strict=True):
        if waiting.future.cancelled():
            continue
        if isinstance(outcome, BaseException):
            waiting.future.set_exception(outcome)
        else:
            waiting.future.set_result(outcome)


def _one_line(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())[:200]
