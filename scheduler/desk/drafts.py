"""A watch as the form of the desk has it: read from the form, with what is wrong at its field."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request

from scheduler import searching
from scheduler.compiled import query_of
from scheduler.desk.page import every, form, language_of
from scheduler.faults import worded
from scheduler.forecasting import excepted
from scheduler.packs.shelf import Packs
from scheduler.phrases import Language
from scheduler.query import parse, print_query
from scheduler.searching import Search
from scheduler.watchlists import Watch
from storage.errors import QueryError

# What the form offers; `should_match` and the like are lists of texts there.
CASES = ("should_match", "should_not_match")
FIELDS = ("headline", "body", "section", "author", "tag")
MODES = ("inflected", "folded", "exact")
PRIORITIES = ("high", "normal", "low")
NAMES = ("auto", "yes", "no")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field: the key of our words for it, or words of the language's reader."""

    key: str = ""
    said: str = ""
    column: int | None = None


@dataclass(slots=True)
class Draft:
    """What stands in the form, whether it is right or not. *known*: the name it has on the list."""

    known: str = ""
    name: str = ""
    query: str = ""
    mode: str = MODES[0]
    gap: str = "0"
    exclude: list[str] = field(default_factory=list)
    proper_name: str = NAMES[0]
    number: bool = True
    sites: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=lambda: ["headline", "body"])
    channels: list[str] = field(default_factory=list)
    priority: str = "normal"
    note: str = ""
    should_match: list[str] = field(default_factory=list)
    should_not_match: list[str] = field(default_factory=list)
    # In which what is wrong is said.
    language: Language = "ar"
    # Forms that were ticked to be left out.
    without: list[str] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def of_watch(cls, watch: Watch, language: Language) -> "Draft":
        """Return the form of a watch that is on the list."""
        return cls(
            language=language,
            known=watch.name,
            name=watch.name,
            query=watch.query,
            mode=watch.mode,
            gap=str(watch.gap),
            exclude=list(watch.exclude),
            proper_name={None: "auto", True: "yes", False: "no"}[watch.proper_name],
            number=watch.number,
            sites=list(watch.sites),
            fields=list(watch.fields),
            channels=list(watch.channels),
            priority=watch.priority,
            note=watch.note,
            should_match=[case.text for case in watch.should_match],
            should_not_match=[case.text for case in watch.should_not_match],
        )

    @classmethod
    def of_form(cls, request: Request) -> "Draft":
        """Read what was sent."""
        known = form(request, "known")
        return cls(
            language=language_of(request),
            known=known,
            name=form(request, "name") or known,
            query=" ".join(form(request, "query").split()),
            mode=form(request, "mode", MODES[0]),
            gap=form(request, "gap", "0").strip(),
            exclude=_lines(form(request, "exclude")),
            proper_name=form(request, "proper_name", NAMES[0]),
            number=form(request, "number") == "on",
            sites=every(request, "sites"),
            fields=every(request, "fields"),
            channels=every(request, "channels"),
            priority=form(request, "priority", "normal"),
            note=_text(form(request, "note")),
            should_match=_texts(every(request, "should_match")),
            should_not_match=_texts(every(request, "should_not_match")),
            without=every(request, "without"),
        )

    @property
    def is_special(self) -> bool:
        """Whether anything differs from what nearly every watch has, or is wrong there."""
        plain = Draft(known=self.known)
        special = ("mode", "gap", "exclude", "proper_name", "number", "sites", "fields")
        return any(
            key in self.faults or getattr(self, key) != getattr(plain, key) for key in special
        )

    def watch(self, packs: Packs, *, named: bool = True) -> Watch | None:
        """Return the watch it is; None, and `faults`, where it is not right.

        Not *named*: it may be without a name as yet.
        """
        raw: dict[str, Any] = {
            "name": self.name if named or self.name.strip() else "-",
            "query": self._whole_query(packs),
            "mode": self.mode,
            "gap": self.gap,
            "exclude": self.exclude,
            "proper_name": {"yes": True, "no": False}.get(self.proper_name),
            "number": self.number,
            "sites": self.sites,
            "fields": self.fields,
            "channels": self.channels,
            "priority": self.priority,
            "note": self.note,
            **{key: [{"text": text} for text in getattr(self, key)] for key in CASES},
        }
        made = None
        try:
            made = Watch.model_validate(raw)
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                self.faults.setdefault(str(fault["loc"][0]), Fault(_key(fault)))
        if made is not None:
            self._exclude_is_right(made, packs)
        return made if not self.faults else None

    def search(self, packs: Packs) -> Search | None:
        """Return the search that finds what it would; None, and `faults`, where its query is none."""
        made = self.watch(packs, named=False)
        return searching.of_watch(query_of(made), packs=packs) if made is not None else None

    def check_names(
        self,
        taken: Collection[str],
        gone: Collection[str],
        known: Mapping[str, Collection[str]],
    ) -> None:
        """Note a name that is taken, and sites and channels there are none of.

        A new watch may take up the name of one that is *gone*, and what that found with it; one
        that has found something under another name may not.
        """
        name = " ".join(self.name.split())
        if name != self.known and name in taken:
            self.faults["name"] = Fault("taken")
        elif self.known and name != self.known and name in gone:
            self.faults["name"] = Fault("was")
        for key, there in known.items():
            strange = [each for each in getattr(self, key) if each not in there]
            if strange:
                self.faults[key] = Fault("unknown", said="، ".join(strange))

    def _whole_query(self, packs: Packs) -> str:
        """The query, without the forms that were ticked; it is noted where it cannot be read."""
        if not self.query:
            self.faults["query"] = Fault("missing")
            return "-"
        try:
            searching.compiled(self.query, packs=packs)
            if not self.without:
                return self.query
            return print_query(excepted(parse(self.query), self.without))
        except QueryError as error:
            said = worded(error, self.language)
            self.faults["query"] = Fault(said=said, column=error.column)
            return "-"

    def _exclude_is_right(self, watch: Watch, packs: Packs) -> None:
        if "query" in self.faults:
            return
        try:
            searching.of_watch(query_of(watch), packs=packs)
        except QueryError as error:
            said = worded(error, self.language)
            self.faults["exclude" if watch.exclude else "query"] = Fault(said=said)


def _key(fault: Mapping[str, Any]) -> str:
    """Return the key of our words for what pydantic complains of."""
    kind = str(fault["type"])
    if kind in ("string_too_long", "too_long"):
        return "long"
    if kind in ("string_too_short", "too_short", "value_error", "missing"):
        return "missing"
    return "wrong"


def _text(said: str) -> str:
    """Return a text of several lines as files have it."""
    return said.replace("\r\n", "\n").strip()


def _texts(said: list[str]) -> list[str]:
    return [text for text in map(_text, said) if text]


def _lines(said: str) -> list[str]:
    return [" ".join(line.split()) for line in said.splitlines() if line.strip()]
