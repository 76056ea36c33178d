"""Serve the newsroom until interrupted: `python -m scheduler.newsroom --port 8100`."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from scheduler.newsroom.server import Newsroom, opened_now
from storage.errors import RasidError

# How often the schedule of the growing sites is looked at.
SECONDS_BETWEEN = 1.0


async def _serve(newsroom: Newsroom, port: int, folder: Path | None) -> None:
    told = asyncio.Event()
    # Said outright: what a shell starts in the background has SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await newsroom.start(port)
    try:
        for key in newsroom.keys:
            sys.stdout.write(f"{newsroom.outlet(key).base}/\n")
        sys.stdout.flush()
        if folder is not None:
            newsroom.write_sites(folder)
        while not told.is_set():
            newsroom.advance(newsroom.clock())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), SECONDS_BETWEEN)
    finally:
        await newsroom.stop()


def main() -> int:
    """Serve, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scheduler.newsroom", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port; 0: any free one")
    parser.add_argument("--sites", type=Path, help="write the site files into this folder")
    asked = parser.parse_args()
    try:
        asyncio.run(_serve(opened_now(), asked.port, asked.sites))
    except RasidError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
