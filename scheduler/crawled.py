"""Someone else's crawl → articles: the pages in a WARC or WACZ file, extracted offline.

Only what was answered with 200 and says it is HTML is looked at; pages, images and scripts that are
no articles are passed over without being counted, but for what looks like a page and is no article.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scheduler.foreign import Catalogue, site_key
from scheduler.spool import Entry
from scraper import rereading
from scraper.catalogue import Site
from scraper.extraction.errors import NoArticle
from scraper.items import as_json
from storage import captures
from storage.captures import Response
from storage.errors import InputError
from storage.fingerprint import digest

ENDINGS = (".warc", ".warc.gz", ".wacz")
HTML = ("text/html", "application/xhtml+xml")


def is_crawl(path: Path) -> bool:
    """Return whether *path* is a WARC or WACZ file, by its name."""
    return path.name.lower().endswith(ENDINGS)


def entries(path: Path, catalogue: Catalogue, timezone: str) -> Iterator[Entry]:
    """Yield each article as a record of article JSON, and of a page that is none the reason.

    *timezone* is that of sites the catalogue does not know. InputError where *path* cannot be read.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        for name, file in _warcs(path):
            records = ArchiveIterator(file)
            for record in records:
                if record.rec_type != "response" or not _is_page(record):
                    continue
                response = captures.response_of(record)
                records.read_to_end(record)
                offset = records.get_record_offset()
                place = f"{path}:{offset}"
                try:
                    found = _article(response, catalogue, timezone)
                except NoArticle as error:
                    yield Entry(place, problem=error.reason)
                    continue
                found["capture"] = _capture(response, name, offset)
                yield Entry(place, json.dumps(found, ensure_ascii=False).encode())
    except (ArchiveLoadFailed, zipfile.BadZipFile, EOFError, ValueError, zlib.error) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read as WARC ({reason}).") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _warcs(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the WARC files of *path*, with their names."""
    if path.suffix.lower() != ".wacz":
        with path.open("rb") as file:
            yield path.name, file
        return
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.startswith("archive/") and is_crawl(Path(name)):
                with package.open(name) as member:
                    yield name.rpartition("/")[2], member


def _is_page(record: Any) -> bool:
    http = record.http_headers
    if http is None or http.get_statuscode() != "200":
        return False
    stated = (http.get_header("Content-Type") or "text/html").partition(";")[0].strip().lower()
    uri = record.rec_headers.get_header("WARC-Target-URI") or ""
    return stated in HTML and uri.startswith(("http://", "https://"))


def _article(response: Response, catalogue: Catalogue, timezone: str) -> dict[str, Any]:
    host = urlsplit(response.url).netloc.lower()
    key = catalogue.key_of(host)
    site = catalogue.sites[key] if key else _unlisted(host, timezone)
    item = rereading.page(response, site)
    return {
        **as_json(item),
        "first_seen_at": captures.warc_date(response.fetched_at),
        "version": 1,
        "versions": 1,
        "digest": digest(item.headline, item.body),
        "aliases": [],
        "extractor": item.extractor,
    }


def _unlisted(host: str, timezone: str) -> Site:
    return Site.model_construct(
        key=site_key(host), name=host, url=f"https://{host}/", hosts=[host], timezone=timezone
    )


def _capture(response: Response, warc: str, offset: int) -> dict[str, Any]:
    return {
        "url": response.url,
        "warc": warc,
        "offset": offset,
        "sha256": hashlib.sha256(response.body or b"").hexdigest(),
        "fetched_at": captures.warc_date(response.fetched_at),
        "status": response.status,
    }
