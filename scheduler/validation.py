"""What a user wrote, checked against a model; what is wrong said in one line."""

import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from scheduler.suggest import did_you_mean
from storage.errors import ConfigError

M = TypeVar("M", bound=BaseModel)

# pydantic's words for mistakes people make, in words they would use; {x} come from its context.
_WORDS = {
    "missing": "is missing",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text in quotes",
    "list_type": "must be a list, in [ ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "literal_error": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "path_type": "must be a path in quotes",
}


def validated(model: type[M], raw: Mapping[str, Any], *, where: str) -> M:
    """Return *raw* as a *model*; raise ConfigError that begins with *where* when it does not fit.

    Values are never repeated in the message: they may be secrets.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        said = "; ".join(_fault(model, dict(fault)) for fault in faults[:3])
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise ConfigError(f"{where}: {said}{more}") from None


def _fault(model: type[BaseModel], fault: dict[str, Any]) -> str:
    place = [str(part) for part in fault["loc"]]
    if fault["type"] == "extra_forbidden":
        holder = _model_at(model, place[:-1])
        known = list(holder.model_fields) if holder is not None else []
        return f"unknown key '{'.'.join(place)}'{did_you_mean(place[-1], known)}"
    context = fault.get("ctx", {})
    words = _WORDS.get(fault["type"])
    if words is not None:
        said = words.format_map(context)
    else:
        said = fault["msg"].removeprefix("Value error, ")
    return f"{'.'.join(place)} {said}" if place else said


def _model_at(model: Any, place: list[str]) -> type[BaseModel] | None:
    """The model that stands at *place* inside *model*: through fields, lists and dicts."""
    for part in place:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(part)
            model = field.annotation if field is not None else None
        elif typing.get_args(model):
            # list[X] or tuple[X, ...] at an index, dict[str, X] at a key.
            model = [each for each in typing.get_args(model) if each is not Ellipsis][-1]
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None
