"""What takes longer than a page: done in a thread of its own, one piece after another."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

# So many may wait; whoever asks for more has pressed a button too often.
WAITING = 100


@dataclass(slots=True)
class Chore:
    """A piece of work under way: *done* grows, *stop* says whether to leave off."""

    name: str
    done: int = 0
    stopped: bool = False

    def advance(self, number: int) -> None:
        """Say that so much more is done."""
        self.done += number

    def stop(self) -> bool:
        """Return whether to leave off."""
        return self.stopped


@dataclass(slots=True)
class Chores:
    """The work that waits and the work under way, by name. Safe to use from several threads."""

    _queue: OrderedDict[str, tuple[Chore, Callable[[Chore], object]]] = field(
        default_factory=OrderedDict
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def begin(self, name: str, work: Callable[[Chore], object]) -> None:
        """Do *work* when its turn comes; what goes on under that name already is begun anew."""
        with self._lock:
            before = self._queue.pop(name, None)
            if before is not None:
                before[0].stopped = True
            if len(self._queue) >= WAITING:
                return
            self._queue[name] = (Chore(name), work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="chores", daemon=True)
                self._thread.start()

    def under_way(self, name: str) -> Chore | None:
        """Return the work of that name that waits or goes on."""
        with self._lock:
            found = self._queue.get(name)
        return found[0] if found is not None else None

    def close(self) -> None:
        """Leave off; what was not finished can be begun again."""
        with self._lock:
            for chore, _ in self._queue.values():
                chore.stopped = True
        self.wait()

    def wait(self, seconds: float = 5) -> None:
        """Wait until nothing is left to do, though no longer than that."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                name, (chore, work) = next(iter(self._queue.items()))
            try:
                if not chore.stopped:
                    work(chore)
            except Exception:
                log.exception("%s broke off", name)
            finally:
                with self._lock:
                    # Under that name something else may wait by now.
                    if self._queue.get(name, (None,))[0] is chore:
                        del self._queue[name]
