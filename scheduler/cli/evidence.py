"""`rasid verify`, `rasid reextract`: what was kept, held against the bytes that were sent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from scheduler.cli import output
from scheduler.cli.context import clock, opened, settings

commands = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
KINDS = ("alert", "article")


@commands.command()
def verify(
    context: typer.Context,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="[ALERT_OR_ARTICLE_ID]",
            help="A number, or alert:N or article:N where only one of the two is meant.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every article.")] = False,
    site: Annotated[
        list[str] | None, typer.Option("--site", help="With --all: only this site; repeatable.")
    ] = None,
    package: Annotated[
        Path | None,
        typer.Option(help="Not the archive's, but those of a WACZ file or a corpus with captures."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove from the WARC, offline: bytes, hash, time, address, text; status 1 where that fails.

    A number that an alert and an article have is taken for both.
    """
    from scheduler import listing, proofs
    from scraper import catalogue
    from storage.database import reading
    from storage.errors import InputError

    if (subject is None) != everything:
        raise InputError("name an alert or an article, or --all; 'rasid alerts list' shows numbers")
    if site and not everything:
        raise InputError("--site goes with --all")
    if package is not None:
        said = _verify_package(package, subject, site or (), as_json=as_json)
    else:
        config = settings(context)
        known = catalogue.load(folder for folder in config.sites if folder.is_dir())
        engine = opened(context, config)
        listing.check_choice(site or (), (), config, engine)
        with reading(engine) as db:
            batches = proofs.every(db, site or ()) if everything else [_named(db, str(subject))]
            said = _judge(db, batches, config, known, whole=not everything, as_json=as_json)
    if as_json:
        output.emit(said)
    else:
        for fault in said["manifests"]:
            output.say(f"manifest {fault}")
        output.say(", ".join(f"{number} {name}" for name, number in said["outcomes"].items()))
    output.finish(ok=said["ok"])


@commands.command()
def reextract(
    context: typer.Context,
    site: Annotated[
        list[str] | None, typer.Option("--site", help="Only this site; repeatable.")
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would come out otherwise.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON Lines: the differences, then the sums.")
    ] = False,
) -> None:
    """Read kept captures again after a change of rules: new versions, marked so, no alerts."""
    from scheduler import listing, reextracting, verifying
    from scraper import catalogue

    config = settings(context)
    known = catalogue.load(folder for folder in config.sites if folder.is_dir())
    engine = opened(context, config)
    listing.check_choice(site or (), (), config, engine)
    ledger = reextracting.Ledger()
    found = reextracting.reextract(
        engine,
        verifying.Folder(config.captures or Path()),
        known,
        clock=clock,
        ledger=ledger,
        only=site or (),
        dry=dry,
    )
    for difference in found:
        if as_json:
            output.emit(difference.as_json())
        else:
            output.say(difference.line())
    sums = ledger.as_json()
    if as_json:
        output.emit(sums)
    else:
        reasons = ", ".join(f"{number} {reason}" for reason, number in sums["reasons"].items())
        output.note(
            f"{sums['changed']} changed, {sums['unchanged']} unchanged, {sums['no_capture']} without "
            f"capture, {sums['refused']} refused{f' ({reasons})' if reasons else ''}"
        )
    output.finish(ok=not ledger.refused)


def _named(db: Any, subject: str) -> list[Any]:
    """Return the claims of what *subject* names; InputError where there is nothing."""
    from scheduler import proofs
    from storage.errors import InputError

    kind, _, number = subject.rpartition(":")
    if kind not in ("", *KINDS) or not number.isascii() or not number.isdecimal():
        raise InputError(f"{subject!r} is no number; write 12, alert:12 or article:12")
    # A database's numbers end there; a larger one is nobody's.
    key = min(int(number), 2**63 - 1)
    claims = []
    if kind != "article":
        claims += proofs.of_alert(db, key)
    if kind != "alert":
        claims += [claim for claim in proofs.of_articles(db, [key]) if claim not in claims]
    if not claims:
        what = kind or "alert or article"
        raise InputError(f"there is no {what} {number}; 'rasid alerts list' shows numbers.")
    return claims


def _judge(
    db: Any,
    batches: Iterable[list[Any]],
    config: Any,
    known: Any,
    *,
    whole: bool,
    as_json: bool,
) -> dict[str, Any]:
    """Verify all claims; *whole* keeps every verdict, otherwise only what is not verified."""
    from scheduler import proofs, verifying
    from storage import manifests

    days: set[str] = set()
    unsealed = 0

    def noted() -> Iterator[list[Any]]:
        nonlocal unsealed
        for claims in batches:
            waiting, sealed = proofs.unsealed_and_days(db, claims)
            unsealed += waiting
            days.update(sealed)
            yield claims

    shelf = verifying.Folder(config.captures or Path())
    said = _verdicts(noted(), shelf, known, whole=whole, as_json=as_json)
    faults: list[str] = []
    if config.captures is not None:
        for day in sorted(days) if whole else [None]:
            faults += [str(fault) for fault in manifests.check(db, config.captures, day)]
    return {**said, "ok": said["ok"] and not faults, "manifests": faults, "unsealed": unsealed}


def _verify_package(
    path: Path, subject: str | None, sites: Iterable[str], *, as_json: bool
) -> dict[str, Any]:
    """Verify what a package claims of itself."""
    from scheduler import packages
    from storage.errors import InputError

    number = None
    if subject is not None:
        kind, _, digits = subject.rpartition(":")
        if kind not in ("", "article") or not digits.isascii() or not digits.isdecimal():
            raise InputError(f"{subject!r} is no article of a package; write 12 or article:12")
        number = int(digits)
    package = packages.opened(path)
    faults = list(package.faults())
    batches = (
        claims
        for claims in packages.claims(package, number)
        if not sites or claims[0].site in set(sites)
    )
    said = _verdicts(
        batches, package, packages.sites(package), whole=number is not None, as_json=as_json
    )
    if number is not None and not said["outcomes"]:
        raise InputError(f"{path}: there is no article {number} in it.")
    return {**said, "ok": said["ok"] and not faults, "manifests": faults, "unsealed": 0}


def _verdicts(
    batches: Iterable[list[Any]], shelf: Any, known: Any, *, whole: bool, as_json: bool
) -> dict[str, Any]:
    from scheduler import verifying

    outcomes: Counter[str] = Counter()
    kept = []
    with output.progress("verifying") as advance:
        for claim in (claim for claims in batches for claim in claims):
            verdict = verifying.verify(claim, shelf, known)
            outcomes[verdict.outcome] += 1
            advance(1)
            if not whole and verdict.outcome == verifying.VERIFIED:
                continue
            if as_json:
                kept.append(verdict.as_json())
            else:
                for line in verifying.lines(verdict):
                    output.say(line)
    return {
        "ok": set(outcomes) <= {verifying.VERIFIED},
        "outcomes": dict(sorted(outcomes.items())),
        "manifests": [],
        "unsealed": 0,
        "verdicts": kept,
    }
