"""`rasid cluster`: who carries one text, and what a person has to say about it."""

from typing import Annotated

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings, stoppable

commands = typer.Typer(
    help="Copies of one text: show, split, join, decide again.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
# Decided in one transaction: others wait no longer than it takes.
BATCH = 50


@commands.command()
def show(
    context: typer.Context,
    article_id: Annotated[int, typer.Argument(metavar="ARTICLE", help="One that carries it.")],
    as_json: Json = False,
) -> None:
    """Who carries an article's text: who had it first, who copied it, from whom and why."""
    from scheduler import grouping
    from storage.database import reading

    config = settings(context)
    with reading(opened(context, config)) as db:
        said = grouping.card(db, article_id)
    if as_json:
        output.emit(said)
        return
    for line in grouping.lines(said, config.zone):
        output.say(line)


@commands.command()
def split(
    context: typer.Context,
    article_ids: Annotated[list[int], typer.Argument(metavar="ARTICLE…", help="These go out.")],
    as_json: Json = False,
) -> None:
    """Say that articles are no copies of the others in their cluster; it is remembered.

    What was silenced as a copy is matched again, and may alert.
    """
    from storage import regrouping
    from storage.database import session

    with session(opened(context, settings(context))) as db:
        done = regrouping.split(db, article_ids, clock())
    if as_json:
        output.emit(_regrouped(done))
    else:
        output.say(f"{_numbers(done.moved)} in a cluster apart, {done.cluster_id}")
        _note_matches(done.looked_at_again)


@commands.command()
def join(
    context: typer.Context,
    article_ids: Annotated[
        list[int], typer.Argument(metavar="ARTICLE ARTICLE…", help="Their clusters become one.")
    ],
    as_json: Json = False,
) -> None:
    """Say that articles carry one text: their clusters become one; it is remembered."""
    from storage import regrouping
    from storage.database import session

    with session(opened(context, settings(context))) as db:
        done = regrouping.unite(db, article_ids, clock())
    if as_json:
        output.emit(_regrouped(done))
    else:
        output.say(f"{_numbers(done.moved)} moved to cluster {done.cluster_id}")
        _note_matches(done.looked_at_again)


@commands.command()
def again(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Those of today's rule as well, from the beginning.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Decide again what an older rule decided, and report what changed.

    It may be interrupted or killed at any time, and goes on when it is called again. What persons
    said stays. With --json one line for each change, and a last one with the sums.
    """
    import sys

    from scheduler import grouping
    from storage import regrouping
    from storage.database import reading, session

    engine = opened(context, settings(context))
    if everything:
        with session(engine) as db:
            regrouping.forget_decisions(db)
    with reading(engine) as db:
        total = regrouping.waiting(db)
    batches = []
    after: int | None = 0
    with output.progress("deciding", total) as advance, stoppable() as told:
        while after is not None and not told.is_set():
            with session(engine) as db:
                batch = regrouping.again(db, after=after, limit=BATCH)
            for change in batch.changes:
                if as_json:
                    output.emit(grouping.change_json(change))
                else:
                    output.say(grouping.change_line(change))
            # What was decided is told, though the next batch should never come.
            sys.stdout.flush()
            batches.append(batch)
            after = batch.last
            advance(batch.decided)
        sums = grouping.summed(batches)
        if as_json:
            output.emit(sums)
        else:
            output.say(", ".join(f"{count} {name}" for name, count in sums.items()))
            _note_matches(sums["matches_again"])


def _regrouped(done: object) -> dict[str, object]:
    from dataclasses import asdict

    return {
        {"cluster_id": "cluster", "looked_at_again": "matches_again"}.get(name, name): value
        for name, value in asdict(done).items()  # type: ignore[call-overload]
    }


def _numbers(ids: list[int]) -> str:
    return ", ".join(map(str, ids))


def _note_matches(count: int) -> None:
    if count:
        were = (
            "match was counted as a copy and is"
            if count == 1
            else "matches were counted as copies and are"
        )
        output.note(f"{count} {were} looked at again: rasid match")
