"""The alias packs there are: those shipped, and a user's own over them.

A pack file is TOML, one ``[[pack]]`` after another: ``name``, ``title``, ``english``, ``aliases``
(queries, any of which counts), ``except`` (queries whose hits cancel those inside them), and
``should_match`` and ``should_not_match``, texts that prove it.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from scheduler.nodes import Except, Node, Or, packs_in
from scheduler.query import parse, print_query
from storage.errors import QueryError, WatchError

# The folder of a user's own packs, beside the watch list.
FOLDER = "packs"

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_TEXTS = ("title", "english")
_LISTS = ("aliases", "except", "should_match", "should_not_match")
_KEYS = ("name", *_TEXTS, *_LISTS)


@dataclass(frozen=True)
class AliasPack:
    """A place, faction, person or theme with the wordings for it."""

    name: str
    title: str
    english: str
    aliases: tuple[str, ...]
    excepted: tuple[str, ...]
    should_match: tuple[str, ...]
    should_not_match: tuple[str, ...]
    origin: str

    @cached_property
    def node(self) -> Node:
        """The query the pack stands for. Raises WatchError if one of its aliases is none."""
        node = self._any(self.aliases)
        return Except(node, self._any(self.excepted)) if self.excepted else node

    def json(self) -> dict[str, Any]:
        """Return it as `rasid watch packs --json` lists it."""
        return {
            "name": self.name,
            "title": self.title,
            "note": self.english,
            "query": print_query(self.node),
            "cases": len(self.should_match) + len(self.should_not_match),
            "from": self.origin,
        }

    def _any(self, queries: Iterable[str]) -> Node:
        parts: list[Node] = []
        for query in queries:
            node = self._parse(query)
            parts += node.parts if isinstance(node, Or) else [node]
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _parse(self, query: str) -> Node:
        try:
            node = parse(query)
        except QueryError as error:
            raise WatchError(f"{self.origin}: pack {self.name}: {query}: {error}") from error
        if packs_in(node):
            raise WatchError(
                f"{self.origin}: pack {self.name}: {query}: a pack cannot name another pack"
            )
        return node


Packs = Mapping[str, AliasPack]


@cache
def shipped() -> Packs:
    """Return the packs that come with the program, by name."""
    found: dict[str, AliasPack] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            found |= _read(file.read_text(encoding="utf-8"), file.name)
    return found


def beside(watches: Path) -> Packs:
    """Return the shipped packs and those of the folder ``packs`` beside the watch list.

    Files that have not changed are read once. Raises WatchError where one is not right.
    """
    paths = sorted((watches.parent / FOLDER).glob("*.toml"))
    return _loaded(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


@lru_cache(maxsize=4)
def _loaded(files: tuple[tuple[Path, int, int], ...]) -> Packs:
    return load(path for path, _, _ in files)


def load(paths: Iterable[Path]) -> Packs:
    """Return the shipped packs and those of the files *paths*, which come first by name.

    Raises WatchError where a file is not right.
    """
    found = dict(shipped())
    for path in paths:
        found |= read(path)
    return found


def read(path: Path) -> dict[str, AliasPack]:
    """Return the packs of one file, by name."""
    try:
        return _read(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise WatchError(f"{path}: cannot be read as UTF-8 text: {error}") from error


def _read(text: str, origin: str) -> dict[str, AliasPack]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WatchError(f"{origin}: not TOML: {error}") from error
    entries = document.get("pack", [])
    unknown = next((key for key in document if key != "pack"), None)
    if unknown or not isinstance(entries, list):
        raise WatchError(
            f"{origin}: unknown key {unknown or 'pack'!r}; a pack begins with [[pack]]"
        )
    packs = [_pack(entry, origin) for entry in entries]
    return {pack.name: pack for pack in packs}


def _pack(entry: Any, origin: str) -> AliasPack:
    if not isinstance(entry, dict):
        raise WatchError(f"{origin}: a pack begins with [[pack]]")
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.match(name):
        raise WatchError(f"{origin}: pack {name!r}: a name has small letters, digits and _")
    where = f"{origin}: pack {name}"
    if unknown := next((key for key in entry if key not in _KEYS), None):
        raise WatchError(f"{where}: unknown key {unknown!r}; the keys are {', '.join(_KEYS)}")
    texts = {key: entry.get(key, "") for key in _TEXTS}
    lists = {key: entry.get(key, []) for key in _LISTS}
    for key, value in (*texts.items(), *lists.items()):
        if not _is_right(key, value):
            raise WatchError(
                f"{where}: {key} is not {'text' if key in _TEXTS else 'a list of texts'}"
            )
    if not lists["aliases"]:
        raise WatchError(f"{where}: aliases are missing")
    return AliasPack(
        name=name,
        title=texts["title"],
        english=texts["english"],
        aliases=tuple(lists["aliases"]),
        excepted=tuple(lists["except"]),
        should_match=tuple(lists["should_match"]),
        should_not_match=tuple(lists["should_not_match"]),
        origin=origin,
    )


def _is_right(key: str, value: Any) -> bool:
    if key in _TEXTS:
        return isinstance(value, str)
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
