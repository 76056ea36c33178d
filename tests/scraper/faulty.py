"""A newsroom whose servers do everything wrong, byte for byte as a test decides.

One loopback server stands for many sites, told apart by their host; answers are written to
the socket as they are, so that they can break off, lie and drip.
"""

import asyncio
import gzip
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tests.scraper.outlet import Outlet

Write = Callable[["Asked"], Any]


@dataclass
class Asked:
    """A request, and the way to answer it."""

    path: str
    headers: dict[str, str]
    writer: asyncio.StreamWriter
    site: "Faulty"

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def reset(self) -> None:
        """End the connection as a crashed server does: RST, not FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def http(
    body: bytes | str = b"",
    *,
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
    content_type: str = "text/html; charset=utf-8",
) -> bytes:
    """A proper answer; the connection ends behind it."""
    body = body.encode() if isinstance(body, str) else body
    said = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "Connection": "close",
        **(headers or {}),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


class Faulty(Outlet):
    """One site of the faulty newsroom: an outlet's stories, and answers of its own."""

    def __init__(self, key: str, port: int, stories: int = 3) -> None:
        super().__init__(key, stories)
        self.port = port
        self.faults: dict[str, bytes | Write] = {}
        self.asked: list[str] = []
        # Where `/news/N/` leads, on a site that redirects.
        self.targets: list[str] = []

    def proper(self, path: str, headers: Mapping[str, str]) -> bytes:
        """What a site without faults answers."""
        if path == "/feed/":
            text = self.feed()
            etag = f'"{abs(hash(text))}"'
            if headers.get("if-none-match") == etag:
                return http(status="304 Not Modified", headers={"ETag": etag})
            return http(text, content_type="application/rss+xml", headers={"ETag": etag})
        for story in self.stories:
            if path == story.path:
                body = self.page(story).body
                assert isinstance(body, bytes)
                return http(body)
        return http("<title>404</title>", status="404 Not Found")


@dataclass
class Newsroom:
    """Serves its sites on one port of loopback until it is left."""

    sites: dict[str, Faulty] = field(default_factory=dict)
    port: int = 0

    def __enter__(self) -> Self:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def open(self, key: str, stories: int = 3) -> Faulty:
        """Add a site."""
        site = self.sites[key] = Faulty(key, self.port, stories)
        return site

    def _serve(self) -> None:
        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._finish())
        self._loop.close()

    async def _finish(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readexactly(1)
            if head == b"\x16":
                # A greeting in TLS, which nobody speaks here.
                writer.write(http(status="400 Bad Request"))
                return
            head += await reader.readuntil(b"\r\n\r\n")
            await self._reply(head.decode("latin-1"), writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # a client that went away, or one that was reset
        finally:
            writer.close()

    async def _reply(self, head: str, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.split("\r\n")
        path = first.split(" ")[1]
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        site = self.sites.get(headers.get("host", "").partition(".")[0])
        if site is None:
            return
        site.asked.append(path)
        answer = site.faults.get(path) or site.faults.get(path.partition("?")[0])
        asked = Asked(path, headers, writer, site)
        if answer is None:
            asked.send(site.proper(path, headers))
        elif isinstance(answer, bytes):
            asked.send(answer)
        else:
            done = answer(asked)
            if asyncio.iscoroutine(done):
                await done


def bomb(megabytes: int) -> bytes:
    """So many megabytes of zeros, gzipped to a thousandth."""
    return gzip.compress(bytes(megabytes * 1024 * 1024))
