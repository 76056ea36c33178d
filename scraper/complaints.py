"""What pydantic found wrong in a file, said in one line to the person who wrote it."""

import difflib
import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" where one of *known* is near *word*, else ''.

    >>> suggestion("feeds", ["feed", "listing"])
    "; did you mean 'feed'?"
    """
    near = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    if not near:
        folded = {name.lower(): name for name in sorted(known)}
        near = [folded[name] for name in difflib.get_close_matches(word.lower(), folded, n=1)]
    return f"; did you mean {near[0]!r}?" if near else ""


def complaint(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the first thing wrong, where it stands, and the way out, in one line.

    An unknown key comes before a missing one: it is most often its misspelling.
    """
    wrongs = sorted(error.errors(), key=lambda wrong: wrong["type"] != "extra_forbidden")
    first = wrongs[0]
    parts = [part for part in first["loc"] if not str(part).startswith("function-")]
    more = f" (and {len(wrongs) - 1} more)" if len(wrongs) > 1 else ""
    return " ".join(_wording(dict(first), parts, model).split()) + more


def _wording(wrong: dict[str, Any], parts: list[Any], model: type[BaseModel]) -> str:
    kind, last = wrong["type"], str(parts[-1]) if parts else ""
    if kind == "extra_forbidden":
        known = _fields_at(model, parts[:-1])
        if parts[:-1] and last in model.model_fields:
            return (
                f"{_place(parts[:-1])}key {last!r} belongs above the first [table]; move it there"
            )
        way_out = suggestion(last, known) or f"; known are {', '.join(sorted(known))}"
        return f"{_place(parts[:-1])}unknown key {last!r}{way_out}"
    if kind == "missing":
        return f"{_place(parts[:-1])}key {last!r} is missing; add it"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", wrong["ctx"]["expected"])
        way_out = suggestion(str(wrong["input"]), known) or f"; known are {', '.join(known)}"
        return f"{_place(parts[:-1])}unknown {last} {wrong['input']!r}{way_out}"
    if kind == "list_type" and _is_list_of_tables(model, parts):
        return f"{_place(parts)}begin each with [[{last}]], not [{last}]"
    said = wrong["msg"].removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        said = f"{wrong['input']!r} does not fit {wrong['ctx']['pattern']}; write it so"
    return f"{_place(parts)}{said[:1].lower() + said[1:]}"


def _place(parts: list[Any]) -> str:
    """Return "routes[2].url: "; entries are counted from 1, as people count."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else str(part)
    return f"{text}: " if text else ""


def _fields_at(model: type[BaseModel], parts: list[Any]) -> list[str]:
    """Return the keys known where *parts* leads to."""
    for part in parts:
        if isinstance(part, str) and part in model.model_fields:
            inner = model.model_fields[part].annotation
            models = [kind for kind in (inner, *get_args(inner)) if _is_model(kind)]
            if models:
                model = models[0]
    return list(model.model_fields)


def _is_list_of_tables(model: type[BaseModel], parts: list[Any]) -> bool:
    field = model.model_fields.get(str(parts[0])) if len(parts) == 1 else None
    return field is not None and any(_is_model(kind) for kind in get_args(field.annotation))


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
