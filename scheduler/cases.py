"""What a watch makes of a text: its own cases, and those of a file. Pure.

of_watches(watches)     the cases written in the list
of_file(path)           JSON Lines {id, watch, text, match, mode?, gap?, exclude?}
run(case, packs=…) -> Result
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from scheduler.compiled import query_of
from scheduler.matching import Document, Span, WatchQuery, compile_watches
from scheduler.packs.shelf import Packs
from scheduler.validation import validated
from scheduler.watchlists import ModeName, Watch
from storage.errors import ConfigError, InputError, QueryError, WatchError


@dataclass(frozen=True, slots=True)
class Case:
    """A text, and whether a watch should match it."""

    id: str
    query: WatchQuery
    text: str
    expected: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case; spans are into the text as written."""

    id: str
    watch: str
    text: str
    expected: bool
    got: bool
    # Empty where what is looked for is no text: a site, an author.
    spans: list[Span]

    @property
    def ok(self) -> bool:
        """Whether it did what was expected."""
        return self.got == self.expected

    def json(self) -> dict[str, Any]:
        """Return it as `rasid watch test --json` prints it."""
        spans = [[span.start, span.end] for span in self.spans]
        return {"id": self.id, "expected": self.expected, "got": self.got, "spans": spans}


class _Line(BaseModel):
    # What else stands in such files, reasons and sources, is of no concern here.
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | int
    watch: str = Field(min_length=1)
    text: str
    match: bool
    mode: ModeName = "inflected"
    gap: int = Field(default=0, ge=0)
    exclude: str | tuple[str, ...] = ()


def of_watches(watches: Iterable[Watch]) -> Iterator[Case]:
    """Yield the cases of each watch; a text of theirs is looked at as a body would be."""
    for watch in watches:
        query = replace(query_of(watch), sites=(), fields=("body",))
        for key, expected in (("should_match", True), ("should_not_match", False)):
            for number, case in enumerate(getattr(watch, key), start=1):
                yield Case(f"{watch.name}/{key}/{number}", query, case.text, expected)


def of_file(path: Path) -> Iterator[Case]:
    """Yield the cases of a JSON Lines file; raise InputError for a line that is none."""
    try:
        content = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield _case(line, where=f"{path}, line {number}")


def run(case: Case, *, packs: Packs | None = None) -> Result:
    """Match the text of *case*; raise WatchError, which names the case, for a query that is none."""
    try:
        spans = _spans(case.query, case.text, packs)
    except QueryError as error:
        raise WatchError(f"case {case.id}: {error}") from None
    got = spans is not None
    return Result(case.id, case.query.query, case.text, case.expected, got, spans or [])


def _spans(query: WatchQuery, text: str, packs: Packs | None) -> list[Span] | None:
    """Where the query finds what it looks for; None when it does not match."""
    matcher = compile_watches([query], packs=packs)
    return matcher.match(Document(headline="", body=text)).get(query.name)


def _case(line: str, *, where: str) -> Case:
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: is no JSON: {error}") from None
    if not isinstance(raw, dict):
        raise InputError(f"{where}: is no JSON object")
    try:
        said = validated(_Line, raw, where=where)
    except ConfigError as error:
        raise InputError(str(error)) from None
    exclude = (said.exclude,) if isinstance(said.exclude, str) else said.exclude
    query = WatchQuery(
        name=str(said.id),
        query=said.watch,
        mode=said.mode,
        fields=("body",),
        gap=said.gap,
        exclude=exclude,
    )
    return Case(str(said.id), query, said.text, said.match)
