"""The one thread of a crawl process that writes to the archive.

Scrapy's loop must not wait for a disk, and a database that goes away must not
end a worker: work is handed over here, done in its own transaction, and done
again when the connection was lost, until the archive is back.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from storage.database import lost_connection, session

log = logging.getLogger(__name__)

# Seconds between tries while the archive is away; the last one repeats.
PAUSES = (0.2, 0.5, 1, 2, 5, 10)

# Two workers may write the same address at one moment: the second finds it there when it
# tries again.
COLLISIONS = 3

T = TypeVar("T")


class Keeper:
    """Runs work on the archive, a transaction each, one after another."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._stopping = threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")

    async def call(self, work: Callable[[Session], T]) -> T:
        """Return what *work* returns once its transaction is committed.

        *work* may be run more than once and must not keep rows of a session.
        What it raises comes through, but for a lost connection while the
        process is not stopping. DiskFull where the database has no room.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def stop(self) -> None:
        """Wait for an absent archive no longer: what is waiting now fails."""
        self._stopping.set()

    def close(self) -> None:
        """Finish what was handed over, and let go of the archive."""
        self._thread.shutdown(wait=True)
        self.engine.dispose()

    def _run(self, work: Callable[[Session], T]) -> T:
        absences = collisions = 0
        while True:
            try:
                with session(self.engine) as db:
                    return work(db)
            except IntegrityError:
                collisions += 1
                if collisions > COLLISIONS:
                    raise
            except DBAPIError as error:
                if not lost_connection(error) or self._stopping.is_set():
                    raise
                pause = PAUSES[min(absences, len(PAUSES) - 1)]
                absences += 1
                log.warning(
                    "the archive is away (%s); trying again in %s s", _one_line(error), pause
                )
                self._stopping.wait(pause)


def _one_line(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())[:200]
