"""Which extractor read a page: the program, its code, and the rules of the site.

Kept with each version, so that a text which comes out differently later can be told
from one that was changed by its publisher or tampered with in the archive.
"""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from scraper.extraction.themes import Rules

HERE = Path(__file__).parent
# What decides how a page and an entry of a route are read.
ROOMS = (HERE, HERE.parent / "discovery")
LIBRARIES = ("lxml", "trafilatura", "parsel")
DIGITS = 10


def extractor(rules: Rules | None) -> str:
    """Return the name of the extractor that reads by *rules*: `VERSION-CODE-RULES`.

    Equal names read the same bytes the same way. `VERSION-CODE` alone where a site has no rules.
    """
    said = _said(rules)
    return f"{_program()}-{_digest(said.encode())}" if said else _program()


def _said(rules: Rules | None) -> str:
    if rules is None:
        return ""
    single = (rules.theme, rules.title, rules.body, rules.author, rules.date, rules.section)
    parts = [*(part or "" for part in single), *rules.remove]
    return "\x1f".join(parts) if any(parts) else ""


@cache
def _program() -> str:
    code = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((*room.rglob("*.py"), *room.rglob("*.toml"))):
            code.update(path.relative_to(HERE.parent).as_posix().encode())
            code.update(path.read_bytes())
    for name in LIBRARIES:
        code.update(f"{name} {version_of(name)}".encode())
    return f"{version_of('rasid')}-{code.hexdigest()[:DIGITS]}"


def version_of(name: str) -> str:
    """Return the version of an installed distribution; "0" where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        return "0"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]
