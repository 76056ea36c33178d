"""The newsroom itself: all outlets on one loopback port, told apart by the Host header.

    newsroom = Newsroom(now=datetime.now(UTC))
    with serving(newsroom):
        newsroom.write_sites(Path("sites/"))
        ...                      # crawl it
        newsroom.grow()          # something new appears
        newsroom.correct("lira-fall")

Every outlet has a name of its own under `localhost`, which browsers lead to
loopback by themselves, and the crawler for sites with `private_network = true`.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from aiohttp import web

from scheduler.newsroom import content
from scheduler.newsroom.content import Article, Correction, Draft, Gold
from scheduler.newsroom.outlet import HTML, Answer, Ask, Outlet, validated
from scheduler.newsroom.roster import outlets
from storage.errors import InputError

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as answered; *path* is as sent, with its query."""

    site: str
    path: str
    status: int


class Newsroom:
    """Replica sites with their articles, a log of requests, and the means to change what is published.

    *now* is the moment the newsroom opens: ages of articles count from it.
    *clock* tells the time while it serves; without one, time stands still.
    *hold* names articles that are not out yet, and how long after the opening
    the schedule has them.
    """

    def __init__(
        self,
        now: datetime,
        clock: Callable[[], datetime] | None = None,
        hold: Mapping[str, timedelta] | None = None,
    ) -> None:
        self.opened_at = now
        self.clock = clock or (lambda: now)
        self.requests: list[Request] = []
        self.port = 0
        self._outlets = {outlet.profile.key: outlet for outlet in outlets()}
        self._held: list[Draft] = []
        self._runner: web.AppRunner | None = None
        for outlet in self._outlets.values():
            outlet.now = self.clock
        held = hold or {}
        self._open(
            [
                replace(draft, age=None, after=held[draft.id]) if draft.id in held else draft
                for draft in content.drafts(now)
            ]
        )

    def _open(self, drafts: list[Draft]) -> None:
        """Publish what is out already, the oldest first, and hold back the rest."""
        out = [(now_minus(self.opened_at, draft), draft) for draft in drafts if draft.age]
        for moment, draft in sorted(out, key=lambda pair: pair[0]):
            self._outlets[draft.site].publish(draft, moment)
        self._held = sorted(
            (draft for draft in drafts if draft.age is None),
            key=lambda draft: draft.after or timedelta.max,
        )

    # Serving

    async def start(self, port: int = 0) -> None:
        """Serve on loopback; with *port* 0, on a free one, which `port` then names."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, port)
        try:
            await site.start()
        except OSError as error:
            await self.stop()
            raise InputError(
                f"port {port} cannot be served on ({error.strerror}); choose another, or 0 for any."
            ) from error
        self.port = int(self._runner.addresses[0][1])
        for key, outlet in self._outlets.items():
            outlet.base = f"http://{key}.localhost:{self.port}"

    async def stop(self) -> None:
        """Stop serving; a second call does nothing."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        key = request.host.partition(":")[0].removesuffix(".localhost")
        outlet = self._outlets.get(key)
        # A bare "localhost" is somebody looking round.
        answer = outlet_answer(outlet, request) if outlet else self._directory()
        self.requests.append(Request(key, request.raw_path, answer.status))
        return web.Response(
            body=answer.body,
            status=answer.status,
            headers={**answer.headers, "Content-Type": answer.content_type, "Server": "nginx"},
        )

    def _directory(self) -> Answer:
        """Return a page that leads a person to the outlets."""
        rows = "\n".join(
            f'<li><a href="{outlet.base}/">{escape(outlet.profile.name)}</a> - {outlet.profile.motto}</li>'
            for outlet in self._outlets.values()
        )
        return Answer(
            f'<!DOCTYPE html><html lang="ar" dir="rtl"><meta charset="utf-8"><title>غرفة الأخبار</title>'
            f"<h1>غرفة الأخبار التجريبية</h1><ul>{rows}</ul></html>".encode(),
            content_type=HTML,
        )

    # What is there

    @property
    def keys(self) -> list[str]:
        """The keys of the sites, in the order of the roster."""
        return list(self._outlets)

    def outlet(self, key: str) -> Outlet:
        """Return one outlet."""
        return self._outlets[key]

    def write_sites(self, folder: Path) -> list[Path]:
        """Write a site file for each outlet, as it is served now; return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for key, outlet in self._outlets.items():
            path = folder / f"{key}.toml"
            path.write_text(outlet.site_toml(), "utf-8")
            written.append(path)
        return written

    def golds(self, site: str | None = None) -> list[Gold]:
        """Return what extraction should make of every published article, of one site or of all."""
        return [
            outlet.gold(article)
            for key, outlet in self._outlets.items()
            if site in (None, key)
            for article in outlet.articles
        ]

    def gold(self, site: str, url: str) -> Gold:
        """Return what extraction should make of the page at *url*."""
        outlet = self._outlets[site]
        article = outlet.at_path(unquote(urlsplit(url).path))
        if article is None:
            raise InputError(f"{url}: {site} has published nothing there.")
        return outlet.gold(article)

    def gold_of(self, article_id: str) -> Gold:
        """Return what extraction should make of the article called *article_id*."""
        outlet, article = self._find(article_id)
        return outlet.gold(article)

    # Changing it

    def publish(self, draft: Draft, at: datetime | None = None) -> Gold:
        """Publish *draft* on its site, by the newsroom's clock if *at* is not given."""
        outlet = self._outlets[draft.site]
        return outlet.gold(outlet.publish(draft, at or self.clock()))

    def grow(self, count: int = 1) -> list[Gold]:
        """Publish the next *count* articles held back; fewer, once the store runs out."""
        return [self.publish(self._held.pop(0)) for _ in range(min(count, len(self._held)))]

    def advance(self, now: datetime) -> list[Gold]:
        """Publish what the schedule has for the time until *now*."""
        elapsed = now - self.opened_at
        due = [draft for draft in self._held if draft.after and draft.after <= elapsed]
        self._held = [draft for draft in self._held if draft not in due]
        return [self.publish(draft, at=self.opened_at + due_after(draft)) for draft in due]

    @property
    def held(self) -> int:
        """How many articles wait to be published."""
        return len(self._held)

    def correct(
        self, article_id: str, *, headline: str | None = None, body: tuple[str, ...] | None = None
    ) -> Gold:
        """Change a published article; without new words, as its author prepared."""
        outlet, article = self._find(article_id)
        correction = Correction(headline, body)
        if headline is None and body is None:
            if article.draft.correction is None:
                raise InputError(f"{article_id!r} has no correction prepared; give the new words.")
            correction = article.draft.correction
        changed = replace(
            article,
            headline=correction.headline or article.headline,
            body=correction.body or article.body,
            modified_at=max(self.clock(), article.modified_at),
        )
        outlet.replace(changed)
        return outlet.gold(changed)

    def _find(self, article_id: str) -> tuple[Outlet, Article]:
        for outlet in self._outlets.values():
            for article in outlet.articles:
                if article.id == article_id:
                    return outlet, article
        raise InputError(f"no article called {article_id!r} is published.")


def now_minus(now: datetime, draft: Draft) -> datetime:
    """Return when a draft with an age was published."""
    assert draft.age is not None
    return (now - draft.age).replace(microsecond=0)


def due_after(draft: Draft) -> timedelta:
    """Return how long after the opening a scheduled draft appears."""
    assert draft.after is not None
    return draft.after


def outlet_answer(outlet: Outlet, request: web.Request) -> Answer:
    """Return the outlet's answer to *request*, with validators or as 304 where it can be."""
    raw_path = request.raw_path.partition("?")[0]
    ask = Ask(unquote(raw_path), dict(request.query), dict(request.headers))
    return validated(ask, outlet.answer(ask))


@contextlib.contextmanager
def serving(newsroom: Newsroom, port: int = 0) -> Iterator[Newsroom]:
    """Serve *newsroom* in a thread of its own as long as the block runs."""
    ready = threading.Event()
    failure: list[BaseException] = []
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve() -> None:
        try:
            await newsroom.start(port)
        except InputError as error:
            failure.append(error)
            return
        finally:
            ready.set()
        await done.wait()
        await newsroom.stop()

    def run() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(serve())

    thread = threading.Thread(target=run, name="newsroom", daemon=True)
    thread.start()
    ready.wait()
    try:
        if failure:
            raise failure[0]
        yield newsroom
    finally:
        if not failure:
            loop.call_soon_threadsafe(done.set)
        thread.join()


def opened_now(hold: Mapping[str, timedelta] | None = None) -> Newsroom:
    """Return a newsroom that opens this moment and goes with the time of day."""
    return Newsroom(datetime.now(UTC), clock=lambda: datetime.now(UTC), hold=hold)
