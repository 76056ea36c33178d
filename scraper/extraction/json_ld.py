"""JSON-LD as pages really carry it, read as far as search engines read it."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

_WRAPPERS = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_DOUBLE_COMMA = re.compile(r",(\s*,)+")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
# What follows a quote that closes a string, and a comma that follows a value.
_CLOSES = re.compile(r'\s*(?:[:}\]]|,\s*(?:["{\[}\]]|-?\d|true|false|null)|$)')
_SALVAGE = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|articleSection|@type)"\s*:\s*'
    r'"((?:[^"\\\n]|\\.){1,400})"'
)
_ARTICLE = ("Article", "Posting", "Report", "Review")
_MAX_NODES = 500


def nodes(scripts: Iterable[str]) -> list[dict[str, Any]]:
    """Return the nodes of all *scripts*, `@graph` and lists laid flat, in order."""
    found: list[dict[str, Any]] = []
    for script in scripts:
        for value in _values(script):
            found.extend(_flat(value))
            if len(found) > _MAX_NODES:
                return found[:_MAX_NODES]
    return found


def article(found: list[dict[str, Any]], url: str) -> dict[str, Any]:
    """Return the node of the article at *url*, or {}.

    The one that names the address is taken, else the first.
    """
    articles = [node for node in found if is_article(node)]
    path = _path(url)
    own = [node for node in articles if path in {_path(address) for address in addresses(node)}]
    if own or articles:
        chosen = (own or articles)[0]
        # A second node of the same article (Yoast and theme both write one) adds what is missing.
        for other in own[1:]:
            chosen = {**other, **{k: v for k, v in chosen.items() if v not in (None, "", [])}}
        return _resolved(chosen, found)
    pages = [node for node in found if "WebPage" in types(node) and node.get("datePublished")]
    return _resolved({**pages[0], "@type": "WebPage"}, found) if pages else {}


def is_article(node: dict[str, Any]) -> bool:
    """Tell whether *node* describes an article."""
    return any(kind.endswith(_ARTICLE) for kind in types(node))


def types(node: dict[str, Any]) -> list[str]:
    """Return the types of *node* without their vocabulary."""
    return [kind.rsplit("/", 1)[-1] for kind in strings(node.get("@type"))]


def strings(value: Any) -> list[str]:
    """Return the strings in *value*: itself, a list's, an object's `@value` or name."""
    if isinstance(value, str):
        return [html.unescape(value).strip()] if value.strip() else []
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [str(value)]
    if isinstance(value, list):
        return [text for one in value[:200] if not isinstance(one, list) for text in strings(one)]
    if isinstance(value, dict):
        return strings(value.get("@value") or value.get("name") or value.get("url"))
    return []


def addresses(node: dict[str, Any]) -> list[str]:
    """Return the addresses *node* states for itself."""
    stated = [node.get("url"), node.get("@id"), node.get("mainEntityOfPage")]
    found: list[str] = []
    for value in stated:
        for one in value if isinstance(value, list) else [value]:
            target = one.get("@id") or one.get("url") if isinstance(one, dict) else one
            if isinstance(target, str) and target.startswith("http"):
                found.append(target.split("#")[0])
    return found


def publisher_names(found: list[dict[str, Any]]) -> list[str]:
    """Return the names of the site and of those who publish it."""
    names: list[str] = []
    for node in found:
        if {"WebSite", "Organization", "NewsMediaOrganization"} & set(types(node)):
            names += strings(node.get("name")) + strings(node.get("alternateName"))
        if isinstance(node.get("publisher"), dict):
            names += strings(node["publisher"].get("name"))
    return [name for name in names if not name.startswith("http")]


def _values(script: str) -> list[Any]:
    text = _WRAPPERS.sub("", script).strip().rstrip(";")
    if not text:
        return []
    for repaired in _repairs(text):
        try:
            return list(_decoded(repaired))
        except (ValueError, RecursionError):
            continue
    salvaged = {key: _unescaped(value) for key, value in reversed(_SALVAGE.findall(text))}
    return [salvaged] if salvaged else []


def _repairs(text: str) -> Iterator[str]:
    """Yield *text* and then what is tried where it is no JSON, mildest first."""
    yield text
    tidy = _TRAILING_COMMA.sub(r"\1", _DOUBLE_COMMA.sub(",", _BAD_ESCAPE.sub(r"\\\\", text)))
    yield tidy
    yield _TRAILING_COMMA.sub(r"\1", _quoted(_DOUBLE_COMMA.sub(",", text)))
    unescaped = html.unescape(text)
    if unescaped != text:
        yield _TRAILING_COMMA.sub(r"\1", unescaped)


def _quoted(text: str) -> str:
    """Return *text* with the quotes inside its strings escaped."""
    parts: list[str] = []
    inside, position = False, 0
    for quote in re.finditer(r'(?<!\\)"', text):
        if inside and not _CLOSES.match(text, quote.end()):
            parts += (text[position : quote.start()], '\\"')
            position = quote.end()
        else:
            inside = not inside
    return "".join([*parts, text[position:]])


def _decoded(text: str) -> Iterator[Any]:
    """Yield the JSON values standing one after another in *text*."""
    decoder = json.JSONDecoder(strict=False)
    position = 0
    while position < len(text):
        value, end = decoder.raw_decode(text, position)
        yield value
        position = end
        while position < len(text) and text[position] in " \t\r\n,;":
            position += 1


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _flat(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    count = 0
    while waiting and count < _MAX_NODES:
        one = waiting.pop(0)
        count += 1
        if isinstance(one, list):
            waiting = [*one[:_MAX_NODES], *waiting]
        elif isinstance(one, dict):
            yield one
            waiting = [one.get("@graph"), one.get("mainEntity"), *waiting]


def _resolved(node: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return *node* with references to other nodes (`{"@id": …}`) replaced by them."""
    by_id = {other["@id"]: other for other in found if isinstance(other.get("@id"), str)}

    def follow(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"@id"}:
            return by_id.get(value["@id"], value) if isinstance(value["@id"], str) else value
        return (
            [follow(one) for one in value]
            if isinstance(value, list) and _flat_list(value)
            else value
        )

    return {name: follow(value) for name, value in node.items()}


def _flat_list(value: list[Any]) -> bool:
    return not any(isinstance(one, list) for one in value)


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return unquote(parts.path).rstrip("/").casefold() + (f"?{parts.query}" if parts.query else "")
