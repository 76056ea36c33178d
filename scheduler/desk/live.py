"""What happens, told to every open desk: one look at the archive a second serves them all."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from storage import deeds, stream
from storage.database import reading

SECONDS = 1.0
# A line that says nothing keeps proxies from closing the connection.
SILENCE = 15.0
# Then the browser connects again by itself, and is asked again who it is.
LONGEST = 600.0
DESKS = 500
# What a desk that does not listen may be behind by.
WAITING = 50

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Live:
    """Looks while somebody listens. `alerts` is the newest alert, `touched` those handled since."""

    engine: Engine
    seconds: float = SECONDS
    _listeners: set["asyncio.Queue[str | None]"] = field(default_factory=set)
    _seen: tuple[int, int] = (0, 0)
    _trouble: bool = False
    _loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Look for ever; cancelled at the end."""
        self._loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.seconds)
            if self._listeners:
                await self._look()
            else:
                self._seen = (0, 0)

    def close(self) -> None:
        """Let everybody go; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        for queue in list(self._listeners):
            _put(queue, None)

    @property
    def full(self) -> bool:
        """Whether no more desks can listen."""
        return len(self._listeners) >= DESKS

    async def listen(self) -> AsyncIterator[str]:
        """Yield what happens, as server-sent events, for a while."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(WAITING)
        self._listeners.add(queue)
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST
        try:
            yield "retry: 2000\n: welcome\n\n"
            while (left := end - loop.time()) > 0:
                try:
                    said = await asyncio.wait_for(queue.get(), min(SILENCE, left))
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if said is None:
                    return
                yield said
        finally:
            self._listeners.discard(queue)

    async def _look(self) -> None:
        try:
            now, touched = await to_thread.run_sync(self._read, self._seen)
        except DBAPIError as error:
            if not self._trouble:
                log.warning("the desk cannot see what is new: %s", error.orig)
            self._trouble = True
            return
        before, self._seen, self._trouble = self._seen, now, False
        if before == (0, 0):
            # Somebody came: their page may be a moment older than this look.
            self._tell("alerts", {"last": now[0]})
        elif now[0] != before[0]:
            self._tell("alerts", {"last": now[0]})
        if touched:
            self._tell("touched", {"alerts": touched})

    def _read(self, seen: tuple[int, int]) -> tuple[tuple[int, int], list[int]]:
        with reading(self.engine) as db:
            now = (stream.last(db), deeds.last(db))
            changed = seen != (0, 0) and now[1] != seen[1]
            touched = deeds.alerts_touched(db, seen[1])[:200] if changed else []
        return now, touched

    def _tell(self, event: str, said: dict[str, Any]) -> None:
        text = f"event: {event}\ndata: {json.dumps(said)}\n\n"
        for queue in list(self._listeners):
            _put(queue, text)


def _put(queue: "asyncio.Queue[str | None]", said: str | None) -> None:
    """Put it in; a desk that is too far behind is let go, and comes back by itself."""
    try:
        queue.put_nowait(said)
    except asyncio.QueueFull:
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                queue.get_nowait()
        queue.put_nowait(None)
