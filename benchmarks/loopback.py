"""Many hosts on this machine: each has an address of the loopback of its own, so that no name is looked up."""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

# Sockets and files beside those that listen.
SPARE = 1_000


async def serve(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]],
    hosts: Iterable[str],
    port: int,
) -> None:
    """Have *handle* answer at each of *hosts*, 127.x.y.z, until the process is told to end.

    Says "ready" when it does. Nobody beyond this machine can ask.
    """
    listening = list(hosts)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = len(listening) + SPARE
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for host in listening:
        await web.TCPSite(runner, host, port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()
