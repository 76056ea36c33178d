"""A small news site on loopback, whose every answer a test decides."""

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from aiohttp import web

PARAGRAPHS = (
    "قالت مصادر محلية إنّ دورية مشتركة سيّرت صباح اليوم في ريف المدينة الشرقي وسط انتشار أمني.",
    "وأضافت المصادر أنّ الأهالي طالبوا بفتح الطريق الواصل بين البلدتين بعد إغلاقه ثلاثة أيام.",
    "وأوضح المجلس المحلي أنّ ورشات الصيانة ستبدأ عملها مطلع الأسبوع المقبل في الأحياء المتضررة.",
)


@dataclass
class Story:
    """An article of the outlet; `body` are its paragraphs."""

    number: int
    headline: str = ""
    body: list[str] = field(default_factory=list)
    published_at: datetime = datetime(2026, 11, 20, 9, tzinfo=UTC)
    # The same as published_at unless it was changed.
    modified_at: datetime | None = None

    def __post_init__(self) -> None:
        self.modified_at = self.modified_at or self.published_at
        self.headline = self.headline or f"دورية مشتركة في ريف المدينة للمرة {self.number}"
        self.body = self.body or [f"{text} الرقم {self.number}." for text in PARAGRAPHS]

    @property
    def path(self) -> str:
        return f"/news/{self.number}/"


Answer = web.Response | Callable[[web.Request], Any]


class Outlet:
    """Serves stories as pages and a feed; `answers` overrides any path."""

    def __init__(self, key: str = "outlet", stories: int = 5) -> None:
        self.key = key
        self.stories = [Story(number) for number in range(1, stories + 1)]
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[float, str, int]] = []
        self.page_seconds = 0.0
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://{self.key}.localhost:{self.port}"

    def paths(self, under: str = "/news/") -> list[str]:
        """The paths below *under* that were asked for, in order."""
        return [path for _, path, _ in self.requests if path.startswith(under)]

    def statuses(self, path: str) -> list[int]:
        return [status for _, asked, status in self.requests if asked == path]

    def write_site(self, folder: Path, *, routes: str | None = None, **fields: Any) -> str:
        """Write the outlet's site file; return its key."""
        folder.mkdir(exist_ok=True)
        told: dict[str, Any] = {
            "key": self.key,
            "name": f"موقع {self.key}",
            "url": f"{self.url}/",
            "hosts": [f"{self.key}.localhost"],
            "delay_seconds": 0,
            "private_network": True,
            **fields,
        }
        lines = [
            f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in told.items()
        ]
        routes = routes or f'[[routes]]\ntype = "feed"\nurl = "{self.url}/feed/"\n'
        (folder / f"{self.key}.toml").write_text("\n".join(lines) + "\n" + routes, "utf-8")
        return self.key

    def page(self, story: Story) -> web.Response:
        text = "\n".join(f"<p>{paragraph}</p>" for paragraph in story.body)
        html = f"""<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8">
<title>{story.headline} - موقع</title>
<meta property="og:title" content="{story.headline}">
<meta property="article:published_time" content="{story.published_at.isoformat()}">
</head><body><nav><a href="/">الرئيسية</a></nav><article><h1>{story.headline}</h1>
<div class="entry-content">{text}</div></article></body></html>"""
        return web.Response(text=html, content_type="text/html")

    def feed(self) -> str:
        items = "\n".join(
            f"<item><title>{story.headline}</title><link>{self.url}{story.path}</link>"
            f"<pubDate>{format_datetime(story.published_at)}</pubDate></item>"
            for story in reversed(self.stories)
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
            f"<title>موقع</title><link>{self.url}/</link>{items}</channel></rss>"
        )

    def _serve(self) -> None:
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = await self._choose(request)
        self.requests.append((time.monotonic(), request.path_qs, response.status))
        return response

    async def _choose(self, request: web.Request) -> web.StreamResponse:
        answer = self.answers.get(request.path_qs) or self.answers.get(request.path)
        if isinstance(answer, web.Response):
            # A response can be sent once; a test's stands for every request.
            return web.Response(
                status=answer.status, body=answer.body, headers=dict(answer.headers)
            )
        if answer is not None:
            made = answer(request)
            return await made if asyncio.iscoroutine(made) else made
        if request.path == "/feed/":
            return self._feed(request)
        for story in self.stories:
            if request.path == story.path:
                await asyncio.sleep(self.page_seconds)
                return self.page(story)
        return web.Response(status=404, text="<html><title>404</title></html>")

    def _feed(self, request: web.Request) -> web.Response:
        text = self.feed()
        etag = f'"{abs(hash(text))}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(text=text, content_type="application/rss+xml", headers={"ETag": etag})


# Importing Scrapy, SQLAlchemy and the rest takes two seconds: workers are forked from one
# process that has done it, before anything is opened.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["scraper.worker", "scraper.spiders.sites", "trafilatura", "psycopg"])


def _work(arguments: list[str], out: str, err: str) -> None:
    """Be a worker process: what it prints goes to files."""
    sys.stdout = Path(out).open("w", encoding="utf-8")  # noqa: SIM115 - open until the end
    sys.stderr = Path(err).open("w", encoding="utf-8")  # noqa: SIM115
    from scraper.worker import main

    sys.exit(main(arguments))


class Process:
    """A worker process that was started."""

    started: ClassVar[list["Process"]] = []

    @classmethod
    def kill_all(cls) -> None:
        """End what a test left running: one that is stopped would hold up the whole run."""
        for process in cls.started:
            if process.alive:
                process._process.kill()
            process._process.join()
        cls.started.clear()

    def __init__(self, arguments: list[str], folder: Path) -> None:
        self._out, self._err = folder / "out", folder / "err"
        self._process = FORKS.Process(
            target=_work, args=(arguments, str(self._out), str(self._err)), daemon=True
        )
        self._process.start()
        self.started.append(self)

    def signal(self, number: int) -> None:
        pid = self._process.pid
        assert pid is not None
        os.kill(pid, number)

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def join(self) -> None:
        self._process.join()

    def said(self) -> list[dict[str, Any]]:
        """Return every whole line that was said so far."""
        text = self._out.read_text("utf-8") if self._out.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]

    def told(self, seconds: float = 120) -> list[dict[str, Any]]:
        """Wait for the end and return every line that was said; nothing may be complained of."""
        self._process.join(seconds)
        assert self._err.read_text("utf-8") == ""
        return [json.loads(line) for line in self._out.read_text("utf-8").splitlines()]

    def finish(self, seconds: float = 90) -> "Crawled":
        """Wait for the end and return what was said."""
        self._process.join(seconds)
        if self._process.is_alive():
            self._process.kill()
            raise TimeoutError(f"the worker still runs after {seconds} s: {self._err.read_text()}")
        lines = self._out.read_text("utf-8").splitlines() if self._out.exists() else []
        reports = {report["site"]: report for report in map(json.loads, lines)}
        status = self._process.exitcode
        assert status is not None
        return Crawled(status, reports, self._err.read_text("utf-8"))


class Crawl:
    """Runs worker processes over site files and an archive, as the command line does."""

    def __init__(self, archive: str, sites: Path, **orders: Any) -> None:
        self.orders = {"archive": archive, "sites": [str(sites)], "only": [], **orders}

    def start(self, *arguments: str) -> Process:
        folder = Path(tempfile.mkdtemp(prefix="rasid-worker-"))
        return Process(["--config-json", json.dumps(self.orders), *arguments], folder)

    def run(self, *keys: str) -> "Crawled":
        return self.start("--sites", *keys).finish()


@dataclass
class Crawled:
    status: int
    reports: dict[str, dict[str, Any]]
    errors: str
