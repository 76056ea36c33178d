"""What the API answers, as JSON schemas, written short.

"integer" "number" "string" "boolean" "object"    of JSON
"time"                                            ISO 8601 with zone
"Name"                                            another shape
"[…]"                                             a list of them
"…?"                                              or null
"""

from typing import Any

_SPAN = {
    "field": "string",
    "start": "integer",
    "end": "integer",
    "text": "string",
    "term": "string",
}
_SAID = {
    "headline": "string",
    "body": "string",
    "authors": "[string]",
    "section": "string?",
    "tags": "[string]",
    "language": "string?",
    "published_at": "time?",
    "modified_at": "time?",
    "published_raw": "string?",
    "date_source": "string?",
    "digest": "string",
    "capture": "Capture?",
    "provenance": "object",
}
_ARTICLE = {
    "id": "integer",
    "site": "string",
    "url": "string",
    "canonical_url": "string?",
    **_SAID,
    "first_seen_at": "time",
    "gone": "object?",
    "version": "integer",
    "versions": "integer",
    "cluster": "integer",
    "copies": "integer",
}
_ALERT = {
    "id": "integer",
    "kind": "string",
    "priority": "string",
    "watch": "string",
    "query": "string",
    "article": "integer",
    "version": "integer",
    "site": "string",
    "site_name": "string",
    "url": "string",
    "headline": "string",
    "published_at": "time?",
    "first_seen_at": "time",
    "withheld": "object?",
    "created_at": "time",
    "acknowledged_at": "time?",
    "starred_at": "time?",
    "dismissed_at": "time?",
    "spans": "[Span]",
    "corrects": "integer?",
    "facts": "object",
    "capture": "Capture?",
    "copies": "[AlertCopy]",
    "deeds": "[Deed]",
}
_SITE = {
    "key": "string",
    "name": "string",
    "url": "string",
    "side": "string",
    "language": "string",
    "timezone": "string",
    "enabled": "boolean",
    "by_hand": "boolean?",
    "state": "string",
    "reason": "string?",
    "state_since": "time?",
    "interval_minutes": "integer",
    "last_success_at": "time?",
    "last_new_at": "time?",
    "next_due": "time?",
    "yields": "object",
    "routes": "[Route]",
}
SHAPES: dict[str, dict[str, str]] = {
    "Error": {"detail": "string"},
    "Me": {"name": "string", "role": "string"},
    "Span": _SPAN,
    "Capture": {
        "url": "string",
        "warc": "string?",
        "offset": "integer?",
        "sha256": "string",
        "fetched_at": "time",
        "status": "integer",
        "length": "integer?",
        "record_sha256": "string?",
        "redirects": "[string]",
        "address": "string?",
        "tls": "object?",
        "robots": "object?",
        "original": "object?",
        "dropped_at": "time?",
    },
    "Alert": _ALERT,
    "AlertCopy": {
        "article": "integer",
        "site": "string",
        "site_name": "string",
        "headline": "string",
        "url": "string",
    },
    "ToldAlert": {**_ALERT, "deliveries": "[Delivery]"},
    "Delivery": {
        "channel": "string",
        "state": "string",
        "message": "string?",
        "attempts": "integer",
        "not_before": "time?",
        "last_error": "string?",
        "delivered_at": "time?",
    },
    "Deed": {
        "id": "integer",
        "at": "time",
        "who": "string",
        "deed": "string",
        "kind": "string",
        "subject": "string",
        "detail": "object",
    },
    "Article": _ARTICLE,
    "Hit": {**_ARTICLE, "spans": "[Span]"},
    "Card": {
        **_ARTICLE,
        "withheld": "object?",
        "relation": "object?",
        "copied_from": "[object]",
        "first": "object",
        "carried_by": "[Copy]",
    },
    "Copy": {
        "id": "integer",
        "site": "string",
        "url": "string",
        "headline": "string",
        "published_at": "time?",
        "first_seen_at": "time",
    },
    "Version": {
        "version": "integer",
        "seen_at": "time",
        **_SAID,
        "extractor": "string?",
        "cause": "string?",
    },
    "Changes": {
        "article": "integer",
        "from": "object",
        "to": "object",
        "changes": "object",
        "headline": "object",
        "body": "object",
    },
    "Match": {
        "id": "integer",
        "watch": "string",
        "article": "integer",
        "version": "integer",
        "spans": "[Span]",
        "matched_at": "time",
        "outcome": "string",
        "alert": "integer?",
    },
    "Explanations": {"headline": "Explanation", "body": "Explanation"},
    "Explanation": {"query": "string", "match": "boolean", "spans": "[Span]", "terms": "[object]"},
    "Verdict": {
        "article": "integer",
        "version": "integer",
        "site": "string",
        "url": "string",
        "outcome": "string",
        "capture": "object?",
        "extractor": "object",
        "checks": "object",
    },
    "Facets": {
        "counted": "integer",
        "full": "boolean",
        "sites": "object",
        "sides": "object",
        "sections": "object",
        "months": "object",
        "days": "object",
    },
    "Watch": {
        "id": "integer",
        "name": "string",
        "query": "string",
        "settings": "object",
        "active": "boolean",
        "created_at": "time",
        "changed_at": "time",
        "last_match": "time?",
        "muted": "object?",
        "feed": "string",
    },
    "Trends": {"first": "string", "last": "string", "tallies": "[Tally]", "surges": "[Surge]"},
    "Tally": {
        "watch": "string",
        "day": "string",
        "site": "string",
        "articles": "integer",
        "copies": "integer",
        "side": "string",
    },
    "Surge": {"watch": "string", "at": "time", "number": "integer", "usual": "number"},
    "Site": _SITE,
    "FullSite": {**_SITE, "conditions": "[Condition]", "deeds": "[Deed]"},
    "Condition": {"state": "string", "reason": "string?", "since": "time", "until": "time?"},
    "Route": {
        "type": "string",
        "url": "string",
        "state": "string",
        "reason": "string?",
        "last_ok_at": "time?",
    },
    "Check": {
        "site": "string",
        "began_at": "time",
        "ended": "boolean",
        "routes": "[object]",
        "report": "object?",
    },
    "Health": {
        "at": "time",
        "since": "time",
        "sites": "[object]",
        "hosts": "[object]",
        "workers": "[object]",
        "runs": "object",
        "versions": "object",
        "matches": "object",
        "alerts": "object",
        "notices": "object",
        "watches": "[object]",
        "troubles": "[object]",
        "sweep": "object?",
        "gaps": "[string]",
    },
    "Person": {
        "id": "integer",
        "name": "string",
        "role": "string",
        "active": "boolean",
        "created_at": "time",
        "browsers": "integer",
        "last_seen_at": "time?",
    },
    "Channel": {
        "channel": "string",
        "type": "string",
        "mode": "string",
        "quiet": "string?",
        "timezone": "string",
        "language": "string",
        "max_per_hour": "integer",
        "card": "string?",
        "health": "boolean",
        "problem": "string?",
    },
}


def schema(said: str) -> dict[str, Any]:
    """Return the JSON schema of what is written short.

    >>> schema("[integer]?")
    {'type': ['array', 'null'], 'items': {'type': 'integer'}}
    >>> schema("Capture?")
    {'anyOf': [{'$ref': '#/components/schemas/Capture'}, {'type': 'null'}]}
    """
    nullable, said = said.endswith("?"), said.removesuffix("?")
    if said.startswith("["):
        found: dict[str, Any] = {"type": "array", "items": schema(said[1:-1])}
    elif said[0].isupper():
        found = {"$ref": f"#/components/schemas/{said}"}
        return {"anyOf": [found, {"type": "null"}]} if nullable else found
    elif said == "time":
        found = {"type": "string", "format": "date-time"}
    else:
        found = {"type": said}
    return {**found, "type": [found["type"], "null"]} if nullable else found


def schemas() -> dict[str, Any]:
    """Return every shape as a JSON schema: all fields are there, and no others."""
    return {
        name: {
            "type": "object",
            "required": list(fields),
            "properties": {field: schema(said) for field, said in fields.items()},
            "additionalProperties": False,
        }
        for name, fields in SHAPES.items()
    }


def page_of(said: str) -> dict[str, Any]:
    """Return the schema of a page: its items, and the address of the next one."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": schema(said), "next": schema("string?")},
        "additionalProperties": False,
    }
