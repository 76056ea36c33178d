"""The reference of the command line, written from the commands' own help.

make docs           writes docs/cli.md
tests/test_docs.py  holds docs/cli.md to it
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from scheduler.cli.app import build

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
BEGIN = "<!-- from here on written by `make docs` from the commands' own help -->"
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
        # rasid watch → ##, rasid watch list → ###
        level = min(3, 2 + name.count(" ") // 2)
        sections.append(f"{'#' * level} {name}\n\n```text\n{_help(command, name)}\n```\n")
    return "\n".join(sections)


def _help(command: Any, name: str) -> str:
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH)
    text: str = command.get_help(context)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def page(before: str) -> str:
    """Return the page *before* with its written part renewed; what stands above it is kept."""
    return before.partition(BEGIN)[0] + BEGIN + "\n\n" + reference()


if __name__ == "__main__":
    text = page(PAGE.read_text("utf-8"))
    PAGE.write_text(text, "utf-8")
    sys.stdout.write(f"{PAGE}: {len(commands())} commands\n")
