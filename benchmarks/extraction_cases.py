"""Pages with gold, in the layouts `extraction.py` reads."""

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
UNSTATED = "unstated"


@dataclass
class Gold:
    """What is true of a page; a field left at UNSTATED is not judged."""

    titles: list[str] | str = UNSTATED
    body: str = UNSTATED
    optional: list[str] = field(default_factory=list)
    must_not: list[str] = field(default_factory=list)
    day: date | str | None = UNSTATED
    instant: datetime | None = None
    authors: list[str] | str = UNSTATED


@dataclass
class Case:
    """One page."""

    id: str
    url: str
    html: bytes
    gold: Gold


@dataclass
class Answer:
    """What a system made of a page."""

    title: str | None = None
    body: str = ""
    day: date | None = None
    instant: datetime | None = None
    authors: list[str] = field(default_factory=list)
    failed: str | None = None
    sources: dict[str, str] = field(default_factory=dict)


def load(folder: Path) -> list[Case]:
    """Return the cases of *folder*, whichever layout it has."""
    if (folder / "ground-truth.json.gz").exists():
        return _benchmark_cases(folder)
    if (folder / "gold_dates.json").exists():
        return _date_cases(folder)
    return [_case(path) for path in sorted(folder.glob("*.gold.json"))]


def _case(path: Path) -> Case:
    stated = json.loads(path.read_text("utf-8"))
    name = path.name.removesuffix(".gold.json")
    page = gzip.decompress((path.parent / f"{name}.html.gz").read_bytes())
    if "body_sections" in stated:
        return Case(name, stated["url"] or "", page, _fundus_gold(stated))
    gold = Gold(
        titles=stated["title"],
        body="\n\n".join(stated["body"]),
        optional=stated.get("optional", []),
        must_not=stated.get("must_not", []),
        day=date.fromisoformat(stated["date"]) if stated.get("date") else None,
        instant=datetime.fromisoformat(stated["datetime"]) if stated.get("datetime") else None,
        authors=stated["author"],
    )
    return Case(name, stated["url"], page, gold)


def _fundus_gold(stated: dict[str, Any]) -> Gold:
    parts = list(stated.get("body_summary") or [])
    for section in stated["body_sections"] or []:
        parts += [*section["headline"], *section["paragraphs"]]
    instant = datetime.fromisoformat(stated["publishing_date"])
    return Gold(
        titles=[stated["title"]],
        body="\n\n".join(parts),
        day=instant.date(),
        instant=instant if instant.tzinfo else None,
        authors=stated["authors"] or [],
    )


def _benchmark_cases(folder: Path) -> list[Case]:
    truth = json.loads(gzip.decompress((folder / "ground-truth.json.gz").read_bytes()))
    return [
        Case(
            name,
            stated.get("url", ""),
            gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()),
            Gold(body=stated["articleBody"]),
        )
        for name, stated in sorted(truth.items())
        if (folder / "html" / f"{name}.html.gz").exists()
    ]


def _date_cases(folder: Path) -> list[Case]:
    gold = json.loads((folder / "gold_dates.json").read_text("utf-8"))
    return [
        Case(
            name,
            stated["url"],
            gzip.decompress((folder / f"{name}.html.gz").read_bytes()),
            Gold(
                day=date.fromisoformat(stated["date"]) if isinstance(stated["date"], str) else None
            ),
        )
        for name, stated in sorted(gold.items())
        if (folder / f"{name}.html.gz").exists()
    ]
