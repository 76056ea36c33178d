"""The alias packs: places, factions and persons with their names, ready to be used in a watch."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from scheduler.desk.page import desk_of, page
from scheduler.nodes import Except, Node, Or
from scheduler.packs.shelf import AliasPack
from scheduler.query import print_query
from storage.text import words


@dataclass(frozen=True, slots=True)
class Shown:
    """A pack with its wordings, each as a query would have it."""

    pack: AliasPack
    wordings: list[str]
    excepted: list[str]


def room(request: Request) -> Response:
    """All packs, or those that have what was looked for in a name or wording."""
    wanted = request.query_params.get("find", "").strip()[:200]
    folded = " ".join(words(wanted))
    shown = [_shown(pack) for pack in desk_of(request).packs().values()]
    shown = [each for each in shown if folded in _folded(each)]
    shelves: dict[str, list[Shown]] = {}
    for each in sorted(shown, key=lambda each: each.pack.origin):
        shelves.setdefault(each.pack.origin, []).append(each)
    return page(request, "packs.html", shelves=shelves, number=len(shown), find=wanted)


def _shown(pack: AliasPack) -> Shown:
    node = pack.node
    if pack.excepted and isinstance(node, Except):
        return Shown(pack, _parts(node.part), _parts(node.excepted))
    return Shown(pack, _parts(node), [])


def _parts(node: Node) -> list[str]:
    return [print_query(part) for part in (node.parts if isinstance(node, Or) else (node,))]


def _folded(shown: Shown) -> str:
    pack = shown.pack
    return " ".join(words(" ".join([pack.name, pack.title, pack.english, *shown.wordings])))
