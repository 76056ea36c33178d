"""Scrapy's reactor around the work of one process, and what the process is."""

import asyncio
import gc
import logging
import os
import resource
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from scrapy.utils.reactor import install_reactor

from scraper import resolver
from scraper import settings as project
from storage.errors import RasidError

# After so many new objects garbage is looked for, and among older ones each tenth time. A page is
# thousands of objects that go by themselves; at Python's 700 a tenth of its time went there.
LOOKS = (5_000, 10, 10)

log = logging.getLogger(__name__)


def react(work: Callable[[], Awaitable[int]]) -> int:
    """Do *work* in Scrapy's reactor; return the status it returns, 1 where it breaks off."""
    install_reactor(project.TWISTED_REACTOR)
    # What was imported stays as long as the process: nothing in it is garbage.
    gc.freeze()
    gc.set_threshold(*LOOKS)
    from twisted.internet import reactor as installed

    # Twisted types it as an interface that has not all the methods.
    reactor: Any = installed

    resolver.install(reactor, timeout=project.DOWNLOAD_TIMEOUT)
    status: list[int] = []

    async def whole() -> None:
        try:
            status.append(await work())
        except RasidError as error:
            print(error, file=sys.stderr)  # noqa: T201 - the one line a person reads
            status.append(2)
        except Exception as error:
            log.critical("the worker broke off", exc_info=error)
            status.append(1)
        finally:
            reactor.stop()

    reactor.callWhenRunning(lambda: tasks.append(asyncio.get_event_loop().create_task(whole())))
    tasks: list[asyncio.Task[None]] = []
    reactor.run(installSignalHandlers=False)
    return status[0] if status else 1


def own_name() -> str:
    """Return the name of this process; no other has or had it."""
    # Start time in the name: a process id comes back, a worker must not.
    return f"{socket.gethostname()}-{os.getpid()}-{int(time.time())}"


def megabytes() -> float:
    """Return how much memory this process took at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
