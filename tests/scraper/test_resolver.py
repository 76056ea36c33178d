"""No way into private networks: no spelling of an address, no link, no redirect, no name server."""

import json
import socket
import threading
from typing import Self

import pytest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import succeed

from scraper import resolver
from scraper.resolver import GuardedResolver, PrivateAddressError, is_public
from tests.scraper.faulty import Asked, Newsroom, http
from tests.scraper.outlet import Crawl, Process

FEED = "/feed/"
REST = "/wp-json/wp/v2/posts"

# Each of them is the loopback of this machine, to one program or another.
SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433",
    "017700000001", "0.0.0.0", "0", "localhost", "LOCALHOST", "localhost.",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "127.0.0.1.", "sub.localhost", "user@127.0.0.1", "127。0。0。1",
]  # fmt: skip


class Victim:
    """A private server: nobody may knock."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.knocks = 0
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.knocks += 1
            client.close()

    @property
    def urls(self) -> list[str]:
        return [f"http://{host}:{self.port}/news/{n}/" for n, host in enumerate(SPELLINGS)]


@pytest.fixture
def victim():
    with Victim() as victim:
        yield victim
    Process.kill_all()


@pytest.fixture
def newsroom():
    with Newsroom() as newsroom:
        yield newsroom


def redirect(asked: Asked) -> None:
    """Send /news/N/ to the Nth spelling."""
    number = int(asked.path.split("/")[2])
    urls = asked.site.targets
    asked.send(http(status="302 Found", headers={"Location": urls[number % len(urls)]}))


def rss(urls: list[str]) -> bytes:
    items = "".join(f"<item><title>خبر</title><link>{url}</link></item>" for url in urls)
    return http(f"<rss><channel>{items}</channel></rss>", content_type="application/rss+xml")


def sitemap(urls: list[str], kind: str = "urlset", each: str = "url") -> bytes:
    places = "".join(f"<{each}><loc>{url}</loc></{each}>" for url in urls)
    return http(f"<{kind}>{places}</{kind}>", content_type="application/xml")


def rest(urls: list[str]) -> bytes:
    posts = [
        {
            "id": number,
            "link": url,
            "date_gmt": "2026-11-20T09:00:00",
            "title": {"rendered": "خبر"},
            "content": {"rendered": "", "protected": False},
        }
        for number, url in enumerate(urls)
    ]
    return http(json.dumps(posts), content_type="application/json")


def listing(urls: list[str]) -> bytes:
    return http("".join(f'<h2><a href="{url}">خبر من أخبار اليوم</a></h2>' for url in urls))


def route(kind: str, url: str) -> str:
    more = 'links = "h2 a"\n' if kind == "listing" else ""
    return f'[[routes]]\ntype = "{kind}"\nurl = "{url}"\n{more}'


def test_nothing_leads_to_a_private_address(victim, newsroom, sqlite_url, tmp_path):
    urls = victim.urls
    answers = {
        "feed": rss(urls),
        "sitemap": sitemap(urls),
        "children": sitemap(urls, "sitemapindex", "sitemap"),
        "listing": listing(urls),
        "wordpress": rest(urls),
        "moved": http(status="302 Found", headers={"Location": urls[0]}),
    }
    for key, answer in answers.items():
        site = newsroom.open(key)
        kind = {"children": "sitemap", "moved": "feed"}.get(key, key)
        path = "/" if kind == "wordpress" else FEED
        site.faults[REST if kind == "wordpress" else FEED] = answer
        site.write_site(tmp_path / "sites", routes=route(kind, f"{site.url}{path}"))
    redirecting = newsroom.open("redirecting", stories=len(SPELLINGS))
    redirecting.targets = urls
    redirecting.faults.update({story.path: redirect for story in redirecting.stories})
    redirecting.write_site(tmp_path / "sites")

    keys = [*answers, "redirecting"]
    crawled = Crawl(sqlite_url, tmp_path / "sites").start("--sites", *keys).finish()

    assert victim.knocks == 0
    assert {key: report["new"] for key, report in crawled.reports.items()} == dict.fromkeys(keys, 0)
    assert sum(crawled.reports["redirecting"]["refused"].values()) == len(SPELLINGS)
    # The newsroom was asked: the wall is not that nothing was tried.
    assert all(site.asked for site in newsroom.sites.values())
    # It was read, and every post of it leads elsewhere.
    assert crawled.reports["wordpress"]["reason"] == "no route works: empty"
    assert crawled.errors == ""


def test_a_site_file_that_names_a_private_host_reaches_nothing_unless_it_says_so(
    victim, sqlite_url, tmp_path
):
    folder = tmp_path / "sites"
    folder.mkdir()
    keys = []
    for number, host in enumerate(SPELLINGS):
        if "@" in host or host.startswith("[") or not host.isascii():
            continue  # no host of a site file
        keys.append(f"site{number}")
        (folder / f"site{number}.toml").write_text(
            f'key = "site{number}"\nname = "س"\nurl = "http://{host}:{victim.port}/"\n'
            f'hosts = ["{host}:{victim.port + number}", "{host}"]\ndelay_seconds = 0\n'
            + route("feed", f"http://{host}:{victim.port}/feed/"),
            "utf-8",
        )
    for path in folder.glob("*.toml"):
        # One host belongs to one site: spellings that compare equal are one.
        if path.stem not in _distinct(folder):
            path.unlink()
            keys.remove(path.stem)

    crawled = Crawl(sqlite_url, folder).start("--sites", *keys).finish()

    assert victim.knocks == 0
    assert {report["outcome"] for report in crawled.reports.values()} <= {"refused", "failing"}


def _distinct(folder):
    from scraper.catalogue import load_file

    first = {}
    for path in sorted(folder.glob("*.toml")):
        for host in load_file(path).bare_hosts:
            first.setdefault(host, path.stem)
    return set(first.values())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
        "fec0::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "::127.0.0.1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_known_for_one(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_known_for_one(address):
    assert is_public(address)


def test_a_name_that_is_public_at_first_and_private_then_is_judged_each_time(monkeypatch):
    answers = iter(["8.8.8.8", "10.0.0.1", "8.8.8.8"])
    monkeypatch.setattr(
        CachingThreadedResolver, "getHostByName", lambda *_args, **_kw: succeed(next(answers))
    )
    guarded = GuardedResolver.__new__(GuardedResolver)
    seen = []

    for _ in range(3):
        guarded.getHostByName("rebinding.example").addBoth(seen.append)

    assert (seen[0], seen[2]) == ("8.8.8.8", "8.8.8.8")
    assert seen[1].check(PrivateAddressError)
    # What it was wrong about for a moment does not stick.
    assert not resolver.refused("rebinding.example")
