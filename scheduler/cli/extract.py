"""`rasid extract`: what extraction makes of a page. Keeps nothing."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, settings
from scheduler.config import Config

commands = typer.Typer()


@commands.command()
def extract(
    context: typer.Context,
    pages: Annotated[list[str], typer.Argument(metavar="FILE_OR_URL...")],
    url: Annotated[str | None, typer.Option(help="The address a file was saved from.")] = None,
    site: Annotated[
        str | None, typer.Option(help="Read it by the rules of this site; else by the address.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Field by field, what it was chosen from.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Explanations as JSON, one document a page.")
    ] = False,
) -> None:
    """What extraction makes of pages: an article a line, as JSON; status 1 when one has none.

    With --explain, for each field what the page says of it, where, and which
    of it was believed (*).
    """
    from scraper import catalogue
    from storage.errors import InputError

    config = settings(context)
    known = catalogue.load(config.sites)
    if site is not None:
        catalogue.load(config.sites, only=[site])
    ok, mistaken = True, False
    for page in pages:
        try:
            asked = question(page, url=url, site=site, known=known, config=config)
        except InputError as error:
            output.note(f"rasid: {error}")
            # The other pages are read all the same.
            mistaken = True
            continue
        found = explained(page, asked, as_json=as_json) if explain else _read(page, asked)
        ok = found and ok
    if mistaken:
        raise typer.Exit(2)
    output.finish(ok=ok)


def question(
    page: str, *, url: str | None, site: str | None, known: dict[str, Any], config: Config
) -> dict[str, Any]:
    """Return what extraction is asked of *page*, a file or an address, which is fetched here."""
    body, at, charset = _content(page, url, known, config.contact)
    chosen = known[site] if site is not None else _site_of(at, known)
    return {
        "body": body,
        "url": at,
        "site": chosen.key if chosen else "",
        "rules": chosen.extract if chosen else None,
        "timezone": chosen.timezone if chosen else config.timezone,
        "now": clock(),
        "charset": charset,
    }


def _read(page: str, asked: dict[str, Any]) -> bool:
    """Print the article of *page*; tell whether it is one."""
    from dataclasses import asdict

    from scraper.extraction import article
    from scraper.extraction.errors import NoArticle

    try:
        output.emit(asdict(article.extract(**asked)))
    except NoArticle as none:
        output.note(f"{page}: no article ({none})")
        return False
    return True


def explained(page: str, asked: dict[str, Any], *, as_json: bool) -> bool:
    """Print what the article of *page* was chosen from; tell whether it is one."""
    from scraper.extraction import explain

    found = explain.explain(**asked)
    if as_json:
        output.emit({"page": page, **found.json()})
        return found.item is not None
    verdict = f"no article ({found.refused}): {found.why}" if found.refused else "an article"
    output.say(f"{page}: {verdict}")
    output.say(f"rules: {', '.join(found.sources) or 'none'}")
    # What is said stands last: a right-to-left cell then moves no other.
    output.table(("field", "from", "said"), _rows(found), cut=True)
    output.say()
    return found.item is not None


def _rows(found: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the candidates of each field, then what was taken where it reads otherwise."""
    from scraper.extraction.explain import FIELDS

    document = found.json()["fields"]
    for name in FIELDS:
        label = name
        listed = found.of(name)
        for one in listed:
            yield label, f"{'*' if one.chosen else ' '} {one.source}", output.visible(one.value)
            label = ""
        taken = document[name]["value"]
        shown = " | ".join(taken) if isinstance(taken, list) else taken or ""
        believed = [one.value for one in listed if one.chosen]
        if not believed:
            yield label, "  none believed" if listed else "  nothing", ""
        elif shown and name != "published_at" and shown not in believed:
            yield label, "= taken", output.visible(shown)


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
