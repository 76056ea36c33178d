"""A process that matches and delivers, and is killed at a given step of its way.

Run as a script: CONFIG, then on standard input a line `STEP SECONDS` for each pass. A
pass is made by a process of its own, SECONDS after the beginning of time, and killed with
SIGKILL before the line of our code it comes to as the STEPth; 0 lets it live. Answers
`killed` or `done STEPS`.
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
WAY = ("scheduler/jobs.py", "scheduler/posting.py", "storage/outbox.py", "storage/watches.py")


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
        step, seconds = map(int, line.split())
        said = _in_a_process(step, partial(work, NOW + timedelta(seconds=seconds)))
        sys.stdout.write(said + "\n")
        sys.stdout.flush()


def _in_a_process(step: int, work: Callable[[], None]) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        steps = _counted(step, work)
        os.write(write, str(steps).encode())
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    said = os.read(read, 20).decode()
    os.close(read)
    return "killed" if os.WIFSIGNALED(status) else f"done {said}"


def _counted(step: int, work: Callable[[], None]) -> int:
    steps = 0
    files = {str(ROOT / each) for each in WAY}

    def in_ours(_frame: Any, event: str, _arg: Any) -> Any:
        nonlocal steps
        if event == "line":
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)
        return in_ours

    def everywhere(frame: Any, _event: str, _arg: Any) -> Any:
        if frame.f_code.co_filename in files or "/scheduler/channels/" in frame.f_code.co_filename:
            return in_ours
        return None

    sys.settrace(everywhere)
    work()
    sys.settrace(None)
    return steps


if __name__ == "__main__":
    main()
