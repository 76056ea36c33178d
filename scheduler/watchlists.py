"""Watch lists: the TOML file, and keyword lists in text and CSV that are imported into it.

    read(path) -> tuple[Watch, ...]        watches.toml, or a keyword list
    added(text, watches) -> str            the file's text with watches at its end
    removed(text, name) -> str             the file's text without one watch
    replaced(text, watch) -> str           the file's text with one watch written anew

The file belongs to its user: adding appends a block, removing takes one block
out, replacing writes one anew, and everything else, comments too, stays letter for
letter as it was.
"""

import csv
import json
import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from scheduler import encoding
from scheduler.suggest import did_you_mean
from scheduler.validation import validated
from storage.errors import ConfigError, WatchError

FieldName = Literal["headline", "body", "section", "author", "tag"]
Priority = Literal["high", "normal", "low"]
ModeName = Literal["exact", "folded", "inflected"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Case(_Part):
    """A text a watch should, or should not, match."""

    text: str


class Watch(_Part):
    """A standing query as its user wrote it. Empty `sites` or `channels` mean all."""

    name: str = Field(min_length=1, max_length=200)
    query: str = Field(min_length=1)
    mode: ModeName = "inflected"
    gap: int = Field(default=0, ge=0, le=20)
    exclude: tuple[str, ...] = ()
    proper_name: bool | None = None
    number: bool = True
    sites: tuple[str, ...] = ()
    fields: tuple[FieldName, ...] = Field(default=("headline", "body"), min_length=1)
    channels: tuple[str, ...] = ()
    priority: Priority = "normal"
    note: str = ""
    should_match: tuple[Case, ...] = ()
    should_not_match: tuple[Case, ...] = ()

    @field_validator("name", "query")
    @classmethod
    def _spaced(cls, value: str) -> str:
        value = " ".join(value.split())
        if not value:
            raise ValueError("must not be empty")
        return value

    @property
    def settings(self) -> dict[str, Any]:
        """All but name and query, as JSON, without what is as it is by default."""
        return self.model_dump(mode="json", exclude={"name", "query"}, exclude_defaults=True)


class _File(_Part):
    watch: tuple[Watch, ...] = ()


def read(path: Path) -> tuple[Watch, ...]:
    """Return the watches of a file: TOML, CSV or one keyword per line, by its ending.

    Raises WatchError, in one line, when it cannot be read or is not right.
    """
    text = _text(path)
    if path.suffix.lower() == ".toml":
        return parse(text, where=str(path))
    rows = _csv(text) if path.suffix.lower() in (".csv", ".tsv") else _lines(text)
    watches = []
    for number, row in rows:
        try:
            watches.append(validated(Watch, row, where=f"{path}, line {number}"))
        except ConfigError as error:
            raise WatchError(str(error)) from None
    return _unique(watches, where=str(path))


def parse(text: str, *, where: str) -> tuple[Watch, ...]:
    """Return the watches of a TOML list; *where* begins the messages of WatchError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WatchError(f"{where}: is no TOML: {error}") from None
    try:
        watches = validated(_File, raw, where=where).watch
    except ConfigError as error:
        raise WatchError(_named(str(error), raw)) from None
    return _unique(watches, where=where)


def check(watches: Iterable[Watch], *, channels: Collection[str], where: str) -> None:
    """Raise WatchError when a watch names a channel there is none of."""
    for watch in watches:
        for name in watch.channels:
            if name not in channels:
                hint = did_you_mean(name, channels)
                raise WatchError(
                    f"{where}: watch '{watch.name}' names the unknown channel '{name}'{hint}"
                )


def find(watches: Sequence[Watch], name: str) -> Watch:
    """Return the watch *name*; raise WatchError that says what was perhaps meant."""
    for watch in watches:
        if watch.name == name:
            return watch
    hint = did_you_mean(name, [watch.name for watch in watches])
    hint = hint or "; 'rasid watch list' shows them"
    raise WatchError(f"no watch '{name}'{hint}")


def added(text: str, watches: Iterable[Watch]) -> str:
    """Return the TOML list *text* with *watches* at its end."""
    blocks = [_block(watch) for watch in watches]
    if not blocks:
        return text
    begin = text.rstrip("\n") + "\n\n" if text.strip() else ""
    return begin + "\n".join(blocks)


def removed(text: str, name: str, *, where: str) -> str:
    """Return the TOML list *text* without the watch *name*.

    Comments above a watch stay; those inside go with it. Raises WatchError
    when there is no such watch, or the file is written so that the block cannot
    be told apart.
    """
    watches, index, lines, begin, end = _found(text, name, where)
    shorter = "".join(lines[:begin] + lines[end:])
    if not _same(shorter, [*watches[:index], *watches[index + 1 :]]):
        raise WatchError(_BY_HAND.format(where=where, name=name))
    return shorter or NONE_LEFT


def replaced(text: str, watch: Watch, *, where: str, name: str = "") -> str:
    """Return the TOML list *text* with the watch of that name written anew, in its place.

    *name*: the one it had so far, where it gets another.

    Comments inside its block come to stand at the block's beginning. Raises WatchError
    as `removed` does.
    """
    name = name or watch.name
    watches, index, lines, begin, end = _found(text, name, where)
    inside = lines[begin + 1 : end]
    comments = [line for line in inside if line.lstrip().startswith("#")]
    space = len(inside) - len("".join(inside).rstrip("\n").splitlines())
    _, block = _block(watch).split("\n", 1)
    fresh = f"{lines[begin]}{''.join(comments)}{block}" + "\n" * space
    whole = "".join(lines[:begin]) + fresh + "".join(lines[end:])
    if not _same(whole, [*watches[:index], watch, *watches[index + 1 :]]):
        raise WatchError(_BY_HAND.format(where=where, name=name))
    return whole


def _found(text: str, name: str, where: str) -> tuple[Sequence[Watch], int, list[str], int, int]:
    """Return the watches, which of them *name* is, the lines, and from where to where it stands."""
    watches = parse(text, where=where)
    index = watches.index(find(watches, name))
    lines = text.splitlines(keepends=True)
    headers = [n for n, line in enumerate(lines) if _HEADER.match(line)]
    if len(headers) != len(watches):
        raise WatchError(_BY_HAND.format(where=where, name=name))
    begin = headers[index]
    return watches, index, lines, begin, _end_of_block(lines, begin)


_BY_HAND = "{where}: cannot tell where the watch '{name}' begins; change it by hand"

# A file of no bytes could as well be one that was cut off.
NONE_LEFT = "# There are no watches.\n"

_HEADER = re.compile(r"\s*\[\[\s*(watch|\"watch\"|'watch')\s*\]\]")
_OTHER_TABLE = re.compile(r"\s*\[\[?(?!\[)\s*+(?!watch\s*\.|\"watch\"\s*\.|'watch'\s*\.)")


def _end_of_block(lines: list[str], begin: int) -> int:
    end = begin + 1
    while end < len(lines) and not _OTHER_TABLE.match(lines[end]):
        end += 1
    # Comments right above the next watch speak of that one.
    while end < len(lines) and end - 1 > begin and lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end


def _same(text: str, watches: list[Watch]) -> bool:
    try:
        return list(parse(text, where="")) == watches
    except WatchError:
        return False


def _block(watch: Watch) -> str:
    lines = ["[[watch]]", f"name = {_toml(watch.name)}", f"query = {_toml(watch.query)}"]
    cases = ("should_match", "should_not_match")
    lines += [
        f"{key} = {_toml(value)}" for key, value in watch.settings.items() if key not in cases
    ]
    for key in cases:
        for case in getattr(watch, key):
            lines += [f"[[watch.{key}]]", f"text = {_toml(case.text)}"]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """A string, number, boolean or list of such as TOML; JSON's escapes are TOML's too."""
    if isinstance(value, str) and "'" not in value and '"' in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise WatchError(f"{path}: there is no such file") from None
    except OSError as error:
        raise WatchError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        text, found = encoding.decode(content)
    except ValueError as error:
        raise WatchError(f"{path}: {error}") from None
    # TOML is UTF-8; a list that would be read here and nowhere else helps nobody.
    if path.suffix.lower() == ".toml" and not found.startswith("utf-8"):
        raise WatchError(f"{path}: is {found}, and TOML must be UTF-8; save it as UTF-8")
    return text


def _lines(text: str) -> Iterable[tuple[int, dict[str, Any]]]:
    """One keyword per line; empty lines and lines that begin with "# " are passed over."""
    for number, line in enumerate(text.splitlines(), start=1):
        keyword = " ".join(line.split())
        # Without the space it is a hashtag.
        if keyword and keyword != "#" and not keyword.startswith("# "):
            yield number, {"name": keyword, "query": keyword}


_COLUMNS = {
    "query": (
        "query",
        "keyword",
        "keywords",
        "term",
        "phrase",
        "كلمة",
        "الكلمة",
        "عبارة",
        "العبارة",
    ),
    "name": ("name", "watch", "label", "الاسم", "اسم"),
    "mode": ("mode",),
    "priority": ("priority", "الأولوية"),
    "note": ("note", "notes", "comment", "ملاحظة", "ملاحظات"),
    "sites": ("sites", "site"),
    "channels": ("channels", "channel"),
}


def _csv(text: str) -> Iterable[tuple[int, dict[str, Any]]]:
    """Rows of a table: with a line of column names, or keywords in the first column."""
    first = text.partition("\n")[0]
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
    columns: list[str | None] | None = None
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            columns = [_column(cell) for cell in row]
            if "query" in columns:
                continue
            columns = ["query"]
        found = dict(zip(columns, row, strict=False))
        cells = {key: cell.strip() for key, cell in found.items() if key and cell.strip()}
        yield reader.line_num, {"name": cells.get("query", ""), **_listed(cells)}


def _column(heading: str) -> str | None:
    heading = heading.strip().casefold()
    return next((key for key, known in _COLUMNS.items() if heading in known), None)


def _listed(cells: dict[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = dict(cells)
    for key in ("sites", "channels"):
        if key in out:
            out[key] = [part.strip() for part in re.split(r"[;|,]", out[key]) if part.strip()]
    return out


def _unique(watches: Iterable[Watch], *, where: str) -> tuple[Watch, ...]:
    by_name: dict[str, Watch] = {}
    for watch in watches:
        if watch.name in by_name and by_name[watch.name] != watch:
            raise WatchError(f"{where}: two watches are named '{watch.name}'; names must differ")
        by_name[watch.name] = watch
    return tuple(by_name.values())


def _named(message: str, raw: dict[str, Any]) -> str:
    """Say the watch's name where pydantic gave its place: `watch.3.mode`."""

    def name(found: re.Match[str]) -> str:
        listed = raw["watch"][int(found[1])]
        title = listed.get("name") if isinstance(listed, dict) else None
        return f"watch '{title}': " if isinstance(title, str) else f"watch {int(found[1]) + 1}: "

    message = re.sub(r"unknown key 'watch\.(\d+)\.", r"watch.\1.unknown key '", message)
    return re.sub(r"watch\.(\d+)\.(?=\w)", name, message)
