"""What the command line prints, and where.

Standard output carries the answer and nothing else: text for people, or, with
`--json`, one JSON document (JSON Lines where a command says so). Logs, notes
and progress go to standard error.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import typer

Advance = Callable[[int], None]

_SHOWN = 300
_CUT = "\N{HORIZONTAL ELLIPSIS}"
# Unprintable by name, but part of how words are written.
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def emit(document: Any) -> None:
    """Print *document* as one JSON document on one line: the whole answer, or one JSON Line."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def say(text: str = "") -> None:
    """Print a line of the answer."""
    sys.stdout.write(text + "\n")


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "match", "matches"), counted(0, "version")
    ('1 match', '0 versions')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"


def note(text: str) -> None:
    """Print a line that is not the answer."""
    # A terminal may have the rest of a progress bar standing there.
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def visible(text: str) -> str:
    """Return the beginning of *text* on one line, without what would steer a terminal."""
    plain = " ".join(text[:_SHOWN].split())
    kept = (c for c in plain if c.isprintable() or c in _JOINERS)
    return "".join(kept) + (_CUT if len(text) > _SHOWN else "")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, cut: bool = False) -> None:
    """Print *rows* under *columns*; tab-separated where the output is no terminal.

    On a terminal long cells are wrapped, or, with *cut*, those of the last
    column end where the line does.
    """
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(columns), *cells]:
            say("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    drawn = Table(*columns, box=None, pad_edge=False)
    if cut:
        *others, last = zip(columns, *cells, strict=True)
        room = console.width - sum(2 + max(map(cell_len, column)) for column in others)
        drawn.columns[-1].max_width = max(room, cell_len(last[0]))
        for column in drawn.columns:
            column.no_wrap, column.overflow = True, "ellipsis"
    for row in cells:
        drawn.add_row(*(Text(cell) for cell in row))
    console.print(drawn)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Advance]:
    """Show on standard error how far a long pass is; yields the function that moves it on."""
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda step: bar.advance(task, step)


def finish(*, ok: bool) -> None:
    """End with status 1 when something failed that a person should see."""
    if not ok:
        raise typer.Exit(1)


class _ToStandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at that moment, not what it was at the start."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        """Nothing else is written to."""


def set_up_logging(*, verbose: bool) -> None:
    """Send log lines to standard error: warnings, or with *verbose* what is being done."""
    root = logging.getLogger()
    if not any(isinstance(handler, _ToStandardError) for handler in root.handlers):
        handler = _ToStandardError()
        form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        handler.setFormatter(logging.Formatter(form))
        root.addHandler(handler)
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    # It says of every pass that it begins, and of one that takes longer than its interval
    # that the next is left out: as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
