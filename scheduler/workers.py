"""Worker processes: starting them, listening to them, keeping them alive.

Workers are processes of their own, `python -m scraper.worker`; this program
never loads Scrapy. Told to stop, they give back what they hold, then end.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from scheduler.config import Config

# A worker told to stop may finish the page it is at; the longest download and its write.
PATIENCE = 45.0
# Seconds before a worker that died is started again; one that lived long begins anew.
BACK_OFF = (1.0, 2.0, 5.0, 15.0, 60.0)
LONG_LIFE = 300.0

log = logging.getLogger(__name__)


def command(config: Config, *options: str) -> list[str]:
    """Return the command line of a worker; the archive's password is not in it."""
    settings = config.worker_settings()
    settings["archive"], _ = _without_password(settings["archive"])
    # -P: a folder of the desk's that is called like a module must not be taken for it.
    told = json.dumps(settings, ensure_ascii=False)
    return [sys.executable, "-P", "-m", "scraper.worker", "--config-json", told, *options]


def environment(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker: ours, our packages, and the archive's password.

    A worker says as much as we do, unless RASID_LOG says how much.
    """
    home = str(Path(__file__).resolve().parents[1])
    paths = [home, *filter(None, [environ.get("PYTHONPATH")])]
    _, password = _without_password(config.archive)
    secret = {"PGPASSWORD": password} if password else {}
    level = logging.getLevelName(logging.getLogger().getEffectiveLevel())
    return {"RASID_LOG": level, **environ, **secret, "PYTHONPATH": os.pathsep.join(paths)}


def _without_password(url: str) -> tuple[str, str | None]:
    """An archive's address without its password, and the password: every user reads `ps`."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgresql") or not parts.password:
        return url, None
    user, _, _ = parts.netloc.rpartition("@")[0].partition(":")
    netloc = f"{user}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc)), unquote(parts.password)


def run_once(
    config: Config,
    options: Sequence[str],
    environ: Mapping[str, str],
    on_line: Callable[[dict[str, Any]], None],
) -> int:
    """Run one worker to its end; return its exit status.

    *on_line* gets the JSON of each site's run as it is done. Told to stop, we
    tell the worker, and wait for it.
    """
    with subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
        command(config, *options),
        env=environment(config, environ),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # Ctrl-C reaches the whole group; passed on by us it arrives once.
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        with _passing_on(process) as told:
            for line in process.stdout:
                if line.strip():
                    on_line(json.loads(line))
            status = process.wait()
    if told:
        return 130
    return status if status >= 0 else 1


@contextmanager
def _passing_on(process: "subprocess.Popen[str]") -> Iterator[list[int]]:
    """Pass SIGTERM and SIGINT on to *process*; yields the list of those that came."""
    told: list[int] = []

    def pass_on(number: int, _frame: Any) -> None:
        told.append(number)
        process.terminate()

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if process.poll() is None:
            process.terminate()


@dataclass(slots=True)
class _Slot:
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Keeps *count* workers alive. Call `tend` every few seconds, `stop` at the end."""

    command: Sequence[str]
    environ: Mapping[str, str]
    count: int
    slots: list[_Slot] = field(init=False)
    stopping: bool = field(default=False, init=False)
    # The service tends from one thread and stops from another.
    lock: Any = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self.slots = [_Slot() for _ in range(self.count)]

    def tend(self, moment: float) -> None:
        """Start what should run and does not; *moment* is a monotonic time in seconds."""
        with self.lock:
            for number, slot in enumerate(self.slots):
                if slot.process is not None and slot.process.poll() is not None:
                    self._bury(number, slot, slot.process.returncode, moment)
                if slot.process is None and moment >= slot.not_before and not self.stopping:
                    slot.process = self._start()
                    slot.started = moment

    def alive(self) -> int:
        """Return how many workers run."""
        with self.lock:
            return sum(slot.process is not None for slot in self.slots)

    def stop(self, patience: float = PATIENCE) -> None:
        """Tell all workers to stop, wait for them, and kill those that do not."""
        with self.lock:
            self.stopping = True
            running = [slot.process for slot in self.slots if slot.process is not None]
            for process in running:
                process.terminate()
            for process in running:
                try:
                    process.wait(patience)
                except subprocess.TimeoutExpired:
                    log.warning("worker %d did not end in %d s: killed", process.pid, patience)
                    process.kill()
                    process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
            self.command, env=dict(self.environ), stdin=subprocess.DEVNULL, start_new_session=True
        )

    def _bury(self, number: int, slot: _Slot, status: int, moment: float) -> None:
        slot.process = None
        if status == 0:
            # It retired, as workers do after some hours.
            slot.deaths, slot.not_before = 0, moment
            return
        slot.deaths = 1 if moment - slot.started > LONG_LIFE else slot.deaths + 1
        wait = BACK_OFF[min(slot.deaths, len(BACK_OFF)) - 1]
        slot.not_before = moment + wait
        log.warning("worker %d ended with status %d; started again in %g s", number, status, wait)
