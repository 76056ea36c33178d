"""`rasid extract`: what extraction makes of a page. Keeps nothing."""

import gzip
import zlib
from pathlib import Path
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, settings

commands = typer.Typer()


@commands.command()
def extract(
    context: typer.Context,
    pages: Annotated[list[str], typer.Argument(metavar="FILE_OR_URL...")],
    url: Annotated[str | None, typer.Option(help="The address a file was saved from.")] = None,
    site: Annotated[
        str | None, typer.Option(help="Read it by the rules of this site; else by the address.")
    ] = None,
) -> None:
    """What extraction makes of pages: an article a line, as JSON; status 1 when one has none."""
    from dataclasses import asdict

    from scraper import catalogue
    from scraper.extraction.article import extract as read
    from scraper.extraction.errors import NoArticle
    from storage.errors import InputError

    config = settings(context)
    known = catalogue.load(config.sites)
    if site is not None:
        catalogue.load(config.sites, only=[site])
    ok, mistaken = True, False
    for page in pages:
        try:
            body, at, charset = _content(page, url, known, config.contact)
        except InputError as error:
            output.note(f"rasid: {error}")
            # The other pages are read all the same.
            mistaken = True
            continue
        chosen = known[site] if site is not None else _site_of(at, known)
        try:
            item = read(
                body,
                url=at,
                site=chosen.key if chosen else site or "",
                rules=chosen.extract if chosen else None,
                timezone=chosen.timezone if chosen else config.timezone,
                now=clock(),
                charset=charset,
            )
        except NoArticle as none:
            output.note(f"{page}: no article ({none})")
            ok = False
            continue
        output.emit(asdict(item))
    if mistaken:
        raise typer.Exit(2)
    output.finish(ok=ok)


def _content(
    page: str, url: str | None, known: dict[str, Any], contact: str
) -> tuple[bytes, str, str | None]:
    """The bytes of a page, its address, and the charset its server stated."""
    from scheduler import fetch
    from storage.errors import InputError

    if page.startswith(("http://", "https://")):
        hosts = {host for site in known.values() if site.private_network for host in site.hosts}
        agent = f"Rasid (+{contact})" if contact else "Rasid"
        got = fetch.fetch(page, agent=agent, private_hosts=hosts)
        return got.body, url or got.url, got.charset
    path = Path(page)
    try:
        body = path.read_bytes()
        # Saved pages are often kept compressed.
        if body.startswith(b"\x1f\x8b"):
            body = gzip.decompress(body)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{page}: is damaged: {error}") from None
    except OSError as error:
        raise InputError(f"{page}: {error.strerror}") from None
    return body, url or path.absolute().as_uri(), None


def _site_of(url: str, known: dict[str, Any]) -> Any:
    """The site that claims the host of *url*, if any."""
    from urllib.parse import urlsplit

    host = (urlsplit(url).hostname or "").removeprefix("www.")
    for site in known.values():
        if host and host in {name.partition(":")[0].removeprefix("www.") for name in site.hosts}:
            return site
    return None
