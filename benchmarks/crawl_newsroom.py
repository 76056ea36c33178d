"""A newsroom to be crawled at full speed: many hosts, pages of 80 KB, a process of its own.

    python benchmarks/crawl_newsroom.py --hosts 24 --pages 100 [--port N] [--copies 0.1]

Every host is an address of the loopback, so that no name must be looked up: 127.0.0.10 and on.
It serves `/robots.txt`, `/sitemap.xml`, `/news?page=N`, the pages, compressed beforehand as a
server behind a cache has them, and their posts over WordPress's REST interface. The pages are
those of the replica newsroom in four themes, with menus, boxes and scripts to make them as large
as living ones; their texts are drawn from the newsroom's sentences and words, so that each is
another, save one in ten, which another host carries too, a few words changed.

`/-/first` says when the first request came since `/-/reset`, `/-/counts` how many there were.
"""

import argparse
import asyncio
import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import loopback
from scheduler.newsroom import content
from scheduler.newsroom.content import Draft
from scheduler.newsroom.outlet import Ask
from scheduler.newsroom.roster import outlets
from scheduler.newsroom.wordpress import WordPress

THEMES = ("almanara", "barada", "alqalaa", "alghouta")
PAGE_BYTES = 80_000
WORDS = 320
# Sentinels in the pages that serve as moulds; nothing else in them looks like these.
HEAD, SLUG, TEXT, NUMBER = "Zqheadqz 1", "Zqheadqz-1", "Zqtextqz", 7_654_321
MOMENT = datetime(2026, 3, 4, 11, 22, 33, tzinfo=UTC)
_ISO = re.compile(r"2026-03-04T\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Article:
    """What one page says."""

    number: int
    headline: str
    slug: str
    paragraphs: list[str]
    moment: datetime


class Press:
    """Writes articles, the same ones each time."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same articles each time
        bodies = [text for draft in content.drafts(MOMENT) for text in draft.body]
        self._words = sorted({word for text in bodies for word in re.findall(r"\w+", text)})
        self._runs = [run for text in bodies for run in re.findall(r"\w+(?: \w+){2}", text)]

    def article(self, number: int) -> Article:
        """Return a new article."""
        headline = " ".join(self._said(9))
        paragraphs = [" ".join(self._said(WORDS // 6)) + "." for _ in range(6)]
        return _article(number, headline, paragraphs)

    def copy(self, number: int, other: Article) -> Article:
        """Return *other* as another outlet carries it: a few words changed."""
        paragraphs = [
            " ".join(
                self._chance.choice(self._words) if self._chance.random() < 0.01 else word
                for word in text.split(" ")
            )
            for text in other.paragraphs
        ]
        return _article(number, other.headline, paragraphs)

    def chance(self) -> float:
        """Return a number below 1."""
        return self._chance.random()

    def choice(self, articles: list[Article]) -> Article:
        """Return one of *articles*."""
        return self._chance.choice(articles)

    def _said(self, count: int) -> list[str]:
        said: list[str] = []
        while len(said) < count:
            if self._chance.random() < 0.1:
                said += self._chance.choice(self._runs).split(" ")
            else:
                said.append(self._chance.choice(self._words))
        return said


def _article(number: int, headline: str, paragraphs: list[str]) -> Article:
    slug = quote("-".join([*headline.split(" ")[:6], str(number)])).lower()
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=number % 2_000)
    return Article(number, headline, slug, paragraphs, moment)


def moulds() -> list[str]:
    """Return one page of each theme, with sentinels where an article says its own."""
    made = []
    for outlet in outlets():
        if outlet.profile.key not in THEMES:
            continue
        assert isinstance(outlet, WordPress)
        outlet.base = "http://zqhostqz"
        drafts = [one for one in content.drafts(MOMENT) if one.site == outlet.profile.key]
        for draft in drafts[:6]:
            outlet.publish(draft, MOMENT - timedelta(days=2))
        section = outlet.profile.sections[0][0]
        draft = Draft("bench", outlet.profile.key, HEAD, (TEXT,), section, ("كاتب الخبر",))
        article = outlet.publish(draft, MOMENT)
        page = outlet.answer(Ask(outlet.path(article))).body.decode()
        page = page.replace(str(article.number), str(NUMBER))
        made.append(_filled(page, outlet.profile.name))
    return made


def _filled(page: str, name: str) -> str:
    """Return *page* with menus, boxes and scripts up to the size of a living one."""
    link = (
        '<li class="menu-item menu-item-{0}"><a href="/category/{0}/"><span>{1} {0}</span></a></li>'
    )
    style = ".menu-item-{0} a:hover{{color:#c00;background:url(/wp-content/{0}.svg) no-repeat}}\n"
    missing = PAGE_BYTES - len(page.encode()) - WORDS * 20
    boxes, rules, number = "", "", 0
    while len(boxes.encode()) + len(rules) < missing:
        number += 1
        boxes += link.format(number, name)
        rules += style.format(number) * 2
    page = page.replace("</head>", f"<style>{rules}</style></head>", 1)
    footer = f'<footer id="footer"><div class="footer-menu"><ul>{boxes}</ul></div></footer>'
    head, closing, tail = page.rpartition("</body>")
    return head + footer + closing + tail


class Site:
    """One host: its articles, their pages and how they are listed."""

    def __init__(self, base: str, mould: str, articles: list[Article]) -> None:
        self.base = base
        self.articles = {f"/{one.slug}/": one for one in articles}
        self._order = sorted(articles, key=lambda one: one.moment, reverse=True)
        self._packed = {
            path: gzip.compress(page_of_mould(mould, base, one).encode(), 6)
            for path, one in self.articles.items()
        }

    def answer(self, path: str, query: Any) -> tuple[bytes, str, dict[str, str]] | None:
        """Return body, content type and headers; None where there is nothing."""
        packed = self._packed.get(path)
        if packed is not None:
            return packed, "text/html; charset=UTF-8", {"Content-Encoding": "gzip"}
        if path == "/robots.txt":
            return b"User-agent: *\nDisallow: /wp-admin/\n", "text/plain", {}
        if path == "/sitemap.xml":
            return self._sitemap(), "application/xml", {}
        if path == "/wp-json/wp/v2/posts":
            return self._posts(int(query.get("page", 1)), int(query.get("per_page", 10)))
        return None

    def _sitemap(self) -> bytes:
        rows = "".join(
            f"<url><loc>{self.base}/{one.slug}/</loc><lastmod>{one.moment.isoformat()}</lastmod></url>"
            for one in self._order
        )
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        return f'<?xml version="1.0"?><urlset xmlns="{space}">{rows}</urlset>'.encode()

    def _posts(self, page: int, size: int) -> tuple[bytes, str, dict[str, str]]:
        shown = self._order[(page - 1) * size : page * size]
        total = {"X-WP-Total": str(len(self._order))}
        total["X-WP-TotalPages"] = str(-(-len(self._order) // size))
        body = json.dumps([self._post(one) for one in shown]).encode()
        return body, "application/json; charset=UTF-8", total

    def _post(self, one: Article) -> dict[str, Any]:
        moment = f"{one.moment:%Y-%m-%dT%H:%M:%S}"
        text = "\n".join(f"<p>{paragraph}</p>" for paragraph in one.paragraphs)
        return {
            "id": one.number,
            "date": moment,
            "date_gmt": moment,
            "modified": moment,
            "modified_gmt": moment,
            "link": f"{self.base}/{one.slug}/",
            "guid": {"rendered": f"{self.base}/?p={one.number}"},
            "status": "publish",
            "type": "post",
            "title": {"rendered": one.headline},
            "content": {"rendered": text, "protected": False},
            "excerpt": {"rendered": f"<p>{one.paragraphs[0]}</p>", "protected": False},
            "_embedded": {
                "author": [{"name": "كاتب الخبر"}],
                "wp:term": [[{"name": "محليات", "taxonomy": "category"}], []],
            },
        }


def page_of_mould(mould: str, base: str, one: Article) -> str:
    """Return the page of an article."""
    text = "</p>\n<p>".join(one.paragraphs)
    page = mould.replace(SLUG, one.slug)
    page = page.replace(HEAD, one.headline).replace(TEXT, text)
    page = _ISO.sub(f"{one.moment:%Y-%m-%dT%H:%M:%S}", page)
    return page.replace(str(NUMBER), str(one.number)).replace("http://zqhostqz", base)


def build(hosts: int, pages: int, port: int, copies: float) -> dict[str, Site]:
    """Return the sites by the names of their hosts."""
    press, shapes = Press(7), moulds()
    known: list[Article] = []
    sites = {}
    for place in range(hosts):
        articles = []
        for index in range(pages):
            number = 10_000_000 + place * pages + index
            if known and press.chance() < copies:
                one = press.copy(number, press.choice(known))
            else:
                one = press.article(number)
            articles.append(one)
        known = (known + articles)[-2_000:]
        name = f"127.0.0.{place + 10}"
        sites[name] = Site(f"http://{name}:{port}", shapes[place % len(shapes)], articles)
    return sites


async def serve(sites: dict[str, Site], port: int) -> None:
    """Serve until the process is told to end."""
    told: dict[str, Any] = {"first": None, "counts": Counter()}

    async def handle(request: web.Request) -> web.Response:
        # Some clients write the escapes of a slug in capitals.
        path = request.raw_path.partition("?")[0].lower()
        if path.startswith("/-/"):
            if path == "/-/reset":
                told.update(first=None, counts=Counter())
            return web.json_response(told.get(path[3:]))
        told["first"] = told["first"] or time.time()
        site = sites[request.host.partition(":")[0]]
        found = site.answer(path, request.query)
        told["counts"]["page" if path in site.articles else path[:40]] += 1
        if found is None:
            return web.Response(status=404, text="")
        body, kind, headers = found
        return web.Response(body=body, headers={**headers, "Content-Type": kind})

    await loopback.serve(handle, sites, port)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hosts", type=int, default=24)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--port", type=int, default=18765)
    parser.add_argument("--copies", type=float, default=0.1)
    given = parser.parse_args()
    asyncio.run(serve(build(given.hosts, given.pages, given.port, given.copies), given.port))


if __name__ == "__main__":
    main()
