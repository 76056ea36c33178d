"""A process that matches and delivers, and is killed at a given step of its way.

Run as a script: CONFIG, then on standard input a line `KIND STEP SECONDS` for each pass. A
pass is made by a process of its own, SECONDS after the beginning of time, and killed with
SIGKILL at the STEPth step it comes to; 0 lets it live. Steps are, by KIND, the `line`s of our
code, or its `border`s with the world: before and after each commit, each sending and each
change of what was sent. Answers `killed` or `done STEPS`.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
# The way from a match to a recorded delivery.
WAY = (
    "scheduler/jobs.py",
    "scheduler/posting.py",
    "scheduler/editing.py",
    "storage/outbox.py",
    "storage/watches.py",
)


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from scheduler import jobs, listing
    from scheduler.config import Config
    from storage.database import open_archive

    config = Config.load(Path(sys.argv[1]), {})
    # What is slow is loaded and compiled once, before any pass is forked off.
    engine = open_archive(config.archive)
    listed = listing.current(config, engine)
    engine.dispose()
    jobs.compiled(tuple(listed), None)

    def work(now: datetime) -> None:
        own = open_archive(config.archive)
        jobs.match_new(own, listed, config, lambda: now)
        jobs.deliver(own, config, lambda: now)
        own.dispose()

    for line in sys.stdin:
        kind, step, seconds = line.split()
        counted = {"line": _lines, "border": _borders}[kind]
        now = NOW + timedelta(seconds=int(seconds))
        said = _in_a_process(partial(counted, int(step), partial(work, now)))
        sys.stdout.write(said + "\n")
        sys.stdout.flush()


def _in_a_process(counted: Callable[[], int]) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        steps = counted()
        os.write(write, str(steps).encode())
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    said = os.read(read, 20).decode()
    os.close(read)
    return "killed" if os.WIFSIGNALED(status) else f"done {said}"


class _Count:
    """Counts steps, and dies at one of them."""

    def __init__(self, last: int) -> None:
        self.steps, self.last = 0, last

    def __call__(self, *_: Any) -> None:
        self.steps += 1
        if self.steps == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def _borders(step: int, work: Callable[[], None]) -> int:
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    count = _Count(step)
    event.listen(Session, "before_commit", count)
    event.listen(Session, "after_commit", count)

    def outside(frame: Any, _event: str, _arg: Any) -> Any:
        code = frame.f_code
        if code.co_name not in ("send", "edit") or "/scheduler/channels/" not in code.co_filename:
            return None
        count()
        return lambda _frame, what, _arg: count() if what == "return" else None

    sys.settrace(outside)
    work()
    sys.settrace(None)
    return count.steps


def _lines(step: int, work: Callable[[], None]) -> int:
    count = _Count(step)
    files = {str(ROOT / each) for each in WAY}

    def in_ours(_frame: Any, event: str, _arg: Any) -> Any:
        if event == "line":
            count()
        return in_ours

    def everywhere(frame: Any, _event: str, _arg: Any) -> Any:
        if frame.f_code.co_filename in files or "/scheduler/channels/" in frame.f_code.co_filename:
            return in_ours
        return None

    sys.settrace(everywhere)
    work()
    sys.settrace(None)
    return count.steps


if __name__ == "__main__":
    main()
