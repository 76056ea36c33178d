"""An export with its evidence: a WACZ file or a corpus, verified without the archive.

articles → claims; captures → a shelf of WARC files; sums → is anything altered?
"""

import gzip
import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, cast

from pydantic import ValidationError

from scheduler.verifying import Claim
from scraper.catalogue import Site
from storage.capture_json import read_capture
from storage.errors import InputError
from storage.export import corpus, wacz


class Package(Protocol):
    """What both forms offer; also a `scheduler.verifying.Shelf`."""

    # Where the articles and the rules of their sites stand in it.
    articles: str
    sites: str

    def open(self, warc: str) -> Any:
        """Open a WARC file of the package."""

    def file(self, name: str) -> Any:
        """Open any file of it."""

    def faults(self) -> Iterator[str]:
        """Yield what is not as the package itself says it is."""


class Window(io.BufferedReader):
    """A file that lies uncompressed in a zip file, read from any place of it at once."""

    def __init__(self, path: Path, entry: zipfile.ZipInfo) -> None:
        super().__init__(io.FileIO(path))
        super().seek(entry.header_offset + 26)
        names, extra = struct.unpack("<HH", super().read(4))
        self._begin: int = entry.header_offset + 30 + names + extra
        self._end = self._begin + entry.file_size
        self.seek(0)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the file."""
        bases = {io.SEEK_SET: self._begin, io.SEEK_CUR: super().tell(), io.SEEK_END: self._end}
        return super().seek(bases[whence] + offset) - self._begin

    def tell(self) -> int:
        """Return the place within the file."""
        return super().tell() - self._begin

    def read(self, size: int | None = -1) -> bytes:
        """Read up to the end of the file, not of the zip file."""
        left = max(0, self._end - super().tell())
        return super().read(left if size is None or size < 0 else min(size, left))


class Wacz:
    """A WACZ file as `storage.export.wacz` writes it."""

    articles, sites = wacz.ARTICLES, wacz.SITES

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise InputError(f"{path}: cannot be read as WACZ ({error}).") from error

    def open(self, warc: str) -> Any:
        """Open a WARC file; it lies uncompressed in the package."""
        try:
            return Window(self._path, self._zip.getinfo(f"archive/{warc}"))
        except (KeyError, OSError, struct.error) as error:
            raise InputError(f"{self._path}: {error}") from error

    def file(self, name: str) -> Any:
        """Open any file of it."""
        try:
            return self._zip.open(name)
        except (KeyError, zipfile.BadZipFile) as error:
            raise InputError(f"{self._zip.filename}: {error}") from error

    def faults(self) -> Iterator[str]:
        """Yield which files do not have the sha256 that the package lists."""
        try:
            listed = self._zip.read("datapackage.json")
            digest = json.loads(self._zip.read("datapackage-digest.json"))["hash"]
            if digest != f"sha256:{hashlib.sha256(listed).hexdigest()}":
                yield "datapackage.json does not fit datapackage-digest.json"
            for resource in json.loads(listed)["resources"]:
                yield from self._fault(resource["path"], resource["hash"])
        except (KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            yield f"datapackage.json cannot be read ({error})"

    def _fault(self, path: str, stated: str) -> Iterator[str]:
        try:
            with self._zip.open(path) as file:
                found = hashlib.file_digest(cast("io.BufferedReader", file), "sha256").hexdigest()
        except (KeyError, zipfile.BadZipFile, zlib.error) as error:
            yield f"{path}: {error}"
            return
        if stated != f"sha256:{found}":
            yield f"{path} was altered"


class Corpus:
    """A corpus as `storage.export.corpus` writes it, its captures among it."""

    articles, sites = corpus.EVIDENCE, corpus.SITES

    def __init__(self, path: Path) -> None:
        self._path = path
        if not (path / self.articles).is_file():
            raise InputError(
                f"{path}: no corpus with captures; `rasid export corpus --with-captures` makes one."
            )

    def open(self, warc: str) -> Any:
        """Open a WARC file."""
        return self.file(f"data/captures/{warc}")

    def file(self, name: str) -> Any:
        """Open any file of it."""
        try:
            return (self._path / name).open("rb")
        except OSError as error:
            raise InputError(f"{self._path / name}: {error.strerror}.") from error

    def faults(self) -> Iterator[str]:
        """Yield which files do not have the sha256 that SHA256SUMS states."""
        try:
            with self.file("SHA256SUMS") as file:
                lines = file.read().decode().splitlines()
        except UnicodeDecodeError:
            yield "SHA256SUMS was altered"
            return
        for line in lines:
            stated, _, name = line.partition("  ")
            try:
                with self.file(name) as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except (InputError, ValueError) as error:
                yield str(error)
                continue
            if found != stated:
                yield f"{name} was altered"


def opened(path: Path) -> Package:
    """Return the package at *path*. InputError where it is none."""
    return Corpus(path) if path.is_dir() else Wacz(path)


def sites(package: Package) -> dict[str, Site]:
    """Return the sites by whose rules its pages were read."""
    try:
        with package.file(package.sites) as file:
            said = json.load(file)
        return {key: Site.model_validate(site) for key, site in said.items()}
    except (ValueError, ValidationError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError(f"{package.sites}: cannot be read; the package is damaged.") from error


def claims(package: Package, only: int | None = None) -> Iterator[list[Claim]]:
    """Yield the claims of each article, or of article *only*."""
    try:
        with package.file(package.articles) as file, gzip.open(file) as lines:
            for line in lines:
                record = json.loads(line)
                if only is None or record["id"] == only:
                    yield [_claim(record, version) for version in record["history"]]
    except (ValueError, KeyError, TypeError, EOFError, OSError, zlib.error) as error:
        raise InputError(f"{package.articles}: cannot be read; the package is damaged.") from error


def _claim(record: dict[str, Any], version: dict[str, Any]) -> Claim:
    return Claim(
        article=record["id"],
        version=version["version"],
        site=record["site"],
        url=record["url"],
        headline=version["headline"],
        body=version["body"],
        digest=version["digest"],
        extractor=version["extractor"],
        source=version["provenance"].get("body"),
        keys=frozenset([record["url_key"], *record.get("aliases", ())]),
        capture=read_capture(version["capture"]) if version["capture"] else None,
    )
