"""The API as an OpenAPI document, written from its endpoints and shapes."""

import re
from collections.abc import Sequence
from typing import Any

from scheduler.desk.api import house, news, watching
from scheduler.desk.api.endpoints import LARGEST, LONGEST, Endpoint, Parameter
from scheduler.desk.api.shapes import page_of, schema, schemas

BASE = "/api/v1"
ENDPOINTS: tuple[Endpoint, ...] = (*news.ENDPOINTS, *watching.ENDPOINTS, *house.ENDPOINTS)
_ERRORS = {
    "400": "The request is not right; `detail` says what, and the way out",
    "401": "No token, or none that is good",
    "403": "The token may not do this",
    "404": "There is no such thing",
    "413": "The body is too large",
    "429": "Too many requests; `Retry-After` says when to come again",
    "503": "Not now; try again",
}


def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        there = paths.setdefault(BASE + endpoint.path, {})
        there[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rasid",
            "version": "1",
            "description": "What the desk shows, as JSON. Times are ISO 8601 in UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", f"{endpoint.method.lower()}{endpoint.path}").strip("_")
    found: dict[str, Any] = {
        "operationId": name,
        "summary": endpoint.about,
        "description": f"For the role {endpoint.role} and those above.",
        "parameters": [*_in_path(endpoint.path), *map(_in_query, endpoint.parameters)],
        "responses": {
            "200": {"description": "Done", "content": _json(_answer(endpoint))},
            **{
                code: {"description": said, "content": _json(schema("Error"))}
                for code, said in _ERRORS.items()
            },
        },
    }
    if endpoint.body:
        found["requestBody"] = {"required": True, "content": _json(_body(endpoint.body))}
    return found


def _answer(endpoint: Endpoint) -> dict[str, Any]:
    return page_of(endpoint.answers) if endpoint.pages else schema(endpoint.answers)


def _in_path(path: str) -> list[dict[str, Any]]:
    number = {"type": "integer", "minimum": 0, "maximum": LARGEST}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": number if name.endswith("_id") else {"type": "string", "maxLength": LONGEST},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _in_query(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.about,
        "required": parameter.required,
        "schema": parameter.schema(),
    }


def _body(fields: Sequence[Parameter]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [each.name for each in fields if each.required],
        "properties": {each.name: {"description": each.about, **each.schema()} for each in fields},
        "additionalProperties": False,
    }


def _json(said: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": said}}
