"""What can be asked of the API, and how an address or a body says it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from scheduler import moments
from scheduler.desk.page import Desk
from scheduler.suggest import did_you_mean
from storage.errors import InputError
from storage.people import Actor
from storage.queries import Selection

Kind = Literal["text", "number", "choice", "time", "list"]
# Numbers of rows; what fits into the archive's columns.
LARGEST = 10**18 - 1
LONGEST = 2_000
_TIME = r"^(today|yesterday|[0-9]{1,5}[hdw]|[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?)$"


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something an address or a body may say; *default* None: nothing."""

    name: str
    about: str
    kind: Kind = "text"
    least: int = 0
    most: int = LARGEST
    choices: tuple[str, ...] = ()
    default: Any = None
    required: bool = False
    ends: bool = False

    def read(self, said: Sequence[str], desk: Desk) -> Any:
        """Return what is said; InputError where it is nothing of this kind."""
        if self.kind == "list":
            return tuple(_short(self.name, each) for each in said)
        if not said or not said[-1].strip():
            if self.required:
                raise InputError(f"{self.name}: say what is asked for")
            return self.default
        text = _short(self.name, said[-1].strip())
        if self.kind == "number":
            return self._number(text)
        if self.kind == "choice" and text not in self.choices:
            known = ", ".join(self.choices)
            raise InputError(f"{self.name}: {text!r} is none of {known}")
        if self.kind == "time":
            read = moments.end if self.ends else moments.beginning
            return read(text, zone=desk.config.zone, now=desk.clock(), option=self.name)
        return text

    def _number(self, text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) < 19
        if not is_number or not self.least <= int(text) <= self.most:
            raise InputError(
                f"{self.name}: a number from {self.least} to {self.most}, not {text!r}"
            )
        return int(text)

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of its value."""
        if self.kind == "number":
            found: dict[str, Any] = {"type": "integer", "minimum": self.least, "maximum": self.most}
        elif self.kind == "choice":
            found = {"type": "string", "enum": list(self.choices)}
        elif self.kind == "list":
            item = {"type": "string", "maxLength": LONGEST}
            return {"type": "array", "items": item, "maxItems": LONGEST}
        elif self.kind == "time":
            found = {"type": "string", "pattern": _TIME}
        else:
            found = {"type": "string", "maxLength": LONGEST}
        return found if self.default is None else {**found, "default": self.default}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, by whom: the values of the path and of every parameter."""

    desk: Desk
    db: Session
    actor: Actor
    path: Mapping[str, Any]
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def selection(self) -> Selection:
        """Return the articles that `site`, `side`, `since` and `until` mean."""
        sites = self.values["site"]
        side = self.values.get("side")
        if side is not None:
            there = {key for key, site in self.desk.sites().items() if site.side == side}
            # A side nobody is on: among no article at all.
            sites = tuple(sorted(there & set(sites) if sites else there)) or ("",)
        return Selection(sites, self.values.get("since"), self.values.get("until"))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that can be asked; *answers* names a shape, in brackets a page of them."""

    path: str
    about: str
    answers: str
    call: Callable[[Asked], Any]
    parameters: tuple[Parameter, ...] = ()
    method: Literal["GET", "POST"] = "GET"
    role: str = "viewer"
    # Of a change: what its JSON body may say.
    body: tuple[Parameter, ...] = field(default=())

    @property
    def pages(self) -> bool:
        """Whether it answers with a page of several, and where the next one is."""
        return self.answers.startswith("[")


def read_address(endpoint: Endpoint, asked: QueryParams, desk: Desk) -> dict[str, Any]:
    """Return the values of an address's parameters; InputError for one there is none of."""
    return _read(endpoint.parameters, {name: asked.getlist(name) for name in asked}, desk)


def read_body(endpoint: Endpoint, said: Any, desk: Desk) -> dict[str, Any]:
    """Return the values of a body's fields; InputError for what is no object of them."""
    if not isinstance(said, dict):
        raise InputError("the body is a JSON object")
    texts = {}
    for name, value in said.items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise InputError(f"{name}: a text or a number")
        texts[name] = [str(value)]
    return _read(endpoint.body, texts, desk)


def _read(
    known: Sequence[Parameter], said: Mapping[str, Sequence[str]], desk: Desk
) -> dict[str, Any]:
    names = [each.name for each in known]
    for name in said:
        if name not in names:
            hint = did_you_mean(name, names) or f"; there are: {', '.join(names) or 'none'}"
            raise InputError(f"there is no parameter {name[:80]!r}{hint}")
    return {each.name: each.read(said.get(each.name, ()), desk) for each in known}


def _short(name: str, text: str) -> str:
    if len(text) > LONGEST:
        raise InputError(f"{name}: at most {LONGEST} characters")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(f"{name}: this is no text")
    return text
