"""An export from its order to its file: which writer, what it is given, where it goes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from scheduler.config import Config
from scraper import catalogue
from scraper.extraction.identity import version_of
from storage.export import corpus, csv, jsonl, parquet, target, wacz, warc
from storage.queries import Row


@dataclass(slots=True)
class Order:
    """What is to be written, and where to; *remarks* are what a person should know afterwards."""

    form: str
    path: str
    config: Config
    bom: bool = False
    title: str = ""
    with_captures: bool = False
    remarks: list[str] = field(default_factory=list)


def export(db: Session, rows: Iterable[Row], order: Order) -> Iterator[int]:
    """Write *rows* as *order* says; yield after each batch how many articles it had.

    What is written takes its place at the end: whole, or not at all.
    """
    if order.form == "parquet":
        with target.folder(order.path) as folder:
            yield from parquet.write(rows, folder)
    elif order.form == "corpus":
        yield from _corpus(db, rows, order)
    else:
        with target.opened(order.path) as out:
            yield from _file(db, rows, order, out)


def rules(config: Config) -> dict[str, Any]:
    """Return the sites of the catalogue as JSON: by these rules their pages were read."""
    known = catalogue.load(folder for folder in config.sites if folder.is_dir())
    return {key: site.model_dump(mode="json") for key, site in known.items()}


def _file(db: Session, rows: Iterable[Row], order: Order, out: Any) -> Iterator[int]:
    if order.form == "jsonl":
        yield from jsonl.write(db, rows, out)
    elif order.form == "csv":
        yield from csv.write(rows, out, mark=order.bom)
    elif order.form == "warc":
        name = order.path.rpartition("/")[2]
        subset = warc.Subset(order.config.captures, out, name, withheld=warc.withheld(db))
        yield from warc.write(db, rows, subset)
        if subset.missing:
            order.remarks.append(f"{subset.missing} captures are not there any more, or not here")
    else:
        yield from wacz.write(
            db,
            rows,
            out,
            folder=order.config.captures,
            sites=rules(order.config),
            title=order.title,
        )


def _corpus(db: Session, rows: Iterable[Row], order: Order) -> Iterator[int]:
    with target.folder(order.path) as folder:
        yield from corpus.write(
            db,
            rows,
            folder,
            title=order.title,
            version=version_of("rasid"),
            contact=order.config.contact,
            captures=order.config.captures if order.with_captures else None,
            sites=rules(order.config) if order.with_captures else None,
        )
