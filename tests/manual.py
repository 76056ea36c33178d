"""The parts of the documentation that are written from the code.

make docs           writes them: the reference of docs/cli.md, the packs of docs/queries.md,
                    the table of docs/api.md
tests/test_docs.py  holds the pages to them
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from scheduler.cli.app import build
from scheduler.desk.api.spec import BASE, ENDPOINTS
from scheduler.packs import shelf

DOCS = Path(__file__).parents[1] / "docs"
BEGIN = "<!-- from here on written by `make docs` -->"
WIDTH = 88


def commands() -> dict[str, Any]:
    """Return every command of the program by its full name, `rasid watch list` and the like."""
    return dict(_walk(typer.main.get_command(build()), "rasid"))


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    for key, inner in sorted(getattr(command, "commands", {}).items()):
        if not inner.hidden:
            yield from _walk(inner, f"{name} {key}")


def reference() -> str:
    """Return one section for each command, with its help as it prints it."""
    sections = []
    for name, command in commands().items():
        # rasid watch is a section of its own, rasid watch list one inside it.
        level = min(3, 2 + name.count(" ") // 2)
        sections.append(f"{'#' * level} {name}\n\n```text\n{_help(command, name)}\n```\n")
    return "\n".join(sections)


def _help(command: Any, name: str) -> str:
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH)
    text: str = command.get_help(context)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def packs() -> str:
    """Return the table of the alias packs that come with the program."""
    rows = [
        f"| `@{pack.name}` | {pack.title} | {pack.english} |" for pack in shelf.shipped().values()
    ]
    return "\n".join(["| pack | | |", "|---|---|---|", *sorted(rows)]) + "\n"


def endpoints() -> str:
    """Return the table of what the API can be asked."""
    rows = []
    for each in ENDPOINTS:
        said = [f"`{name.name}`" for name in (*each.parameters, *each.body)]
        asked = f"`{each.method} {BASE}{each.path}`"
        rows.append(f"| {asked} | {each.about} | {', '.join(said)} | {each.role} |")
    return "\n".join(["| ask | for | saying | role |", "|---|---|---|---|", *rows]) + "\n"


WRITTEN: dict[Path, Callable[[], str]] = {
    DOCS / "cli.md": reference,
    DOCS / "queries.md": packs,
    DOCS / "api.md": endpoints,
}


def page(path: Path) -> str:
    """Return what a page should be: what a person wrote above the mark, what the code says below."""
    return path.read_text("utf-8").partition(BEGIN)[0] + BEGIN + "\n\n" + WRITTEN[path]()


if __name__ == "__main__":
    for written in WRITTEN:
        written.write_text(page(written), "utf-8")
        sys.stdout.write(f"{written}\n")
