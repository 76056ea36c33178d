"""Measure extraction on a folder of pages with gold, beside other extractors.

    python benchmarks/extraction.py DIR [--json] [--pages] [--only rasid,trafilatura] [--repeat N]

DIR holds one of four layouts, told apart by its files:

- `ID.html.gz` + `ID.gold.json` with `body` a list of paragraphs, `optional` ones, `must_not` strings;
- the same with Fundus' gold (`body_sections`, `publishing_date`);
- `html/ID.html.gz` + `ground-truth.json.gz` (article-extraction-benchmark);
- `ID.html.gz` + `gold_dates.json` (htmldate's evaluation).

Bodies are compared by 4-word shingles as the article-extraction-benchmark does: per page, true and
false ones over their sum; precision and recall averaged over pages, F1 of the two averages. A date
is right when its day is the gold's - as the page shows it, or in UTC - or when there is none and
none is given; titles are compared with white space joined. CPU is what the
process used, systems interleaved page by page, the best of `--repeat` runs of a page.
"""

import argparse
import gzip
import json
import re
import statistics
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scraper.extraction import published
from scraper.extraction.article import extract
from scraper.extraction.errors import NoArticle
from scraper.extraction.page import parse
from scraper.extraction.published import Context
from scraper.extraction.themes import rules_for, selectors
from scraper.extraction.wording import key

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
UNSTATED = "unstated"
_WORD = re.compile(r"\w+")


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


System = Callable[[Case], Answer]


# Gold


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


# Systems


def rasid() -> System:
    """Return this project's extraction, with no rule for any site."""
    only_date = rasid_dates()

    def run(case: Case) -> Answer:
        if case.gold.body == UNSTATED:
            return only_date(case)
        zone = _zone(case.gold)
        try:
            item = extract(case.html, url=case.url, site="", rules=None, timezone=zone, now=NOW)
        except NoArticle as refused:
            return Answer(failed=refused.reason)
        return Answer(
            title=item.headline,
            body=item.body,
            day=item.published_at.date() if item.published_at else None,
            instant=item.published_at,
            authors=item.authors,
            sources=item.provenance,
        )

    return run


def rasid_dates() -> System:
    """Return this project's reading of dates alone: a forum or a gallery has one, too."""

    def run(case: Case) -> Answer:
        zone = _zone(case.gold)
        try:
            page = parse(case.html, url=case.url)
        except NoArticle as refused:
            return Answer(failed=refused.reason)
        context = Context(zone, NOW)
        rules = selectors(rules_for(page, None), "date")
        chosen = published.read(page, rules, context)
        if chosen is None:
            return Answer()
        day = published.day_shown(chosen, published.candidates(page, rules, context))
        return Answer(day=day, instant=chosen.moment.at, sources={"published_at": chosen.source})

    return run


def _zone(gold: Gold) -> str:
    """Return the zone a catalogue would state for the site: the one its gold is written in."""
    offset = gold.instant.utcoffset() if gold.instant else None
    hours = int(offset.total_seconds() // 3600) if offset else 0
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def trafilatura(*, precision: bool = False) -> System:
    """Return trafilatura as it is called by default or favouring precision."""
    from trafilatura import bare_extraction

    def run(case: Case) -> Answer:
        found = bare_extraction(
            case.html,
            url=case.url,
            favor_precision=precision,
            include_comments=False,
            with_metadata=True,
        )
        if found is None:
            return Answer(failed="nothing")
        return Answer(
            found.title, found.text or "", _day(found.date), authors=_listed(found.author)
        )

    return run


def htmldate() -> System:
    """Return htmldate, asked for the original date."""
    from htmldate import find_date

    def run(case: Case) -> Answer:
        text = case.html.decode("utf-8", "replace")
        return Answer(day=_day(find_date(text, url=case.url, original_date=True)))

    return run


def newspaper4k() -> System:
    """Return newspaper4k with image fetching off."""
    import newspaper

    def run(case: Case) -> Answer:
        article = newspaper.Article(case.url or "http://localhost/", fetch_images=False)
        article.download(input_html=case.html.decode("utf-8", "replace"))
        article.parse()
        day = article.publish_date.date() if article.publish_date else None
        return Answer(article.title, article.text, day, authors=list(article.authors))

    return run


def readability() -> System:
    """Return readability-lxml, its summary as text."""
    from lxml import html as lxml_html
    from readability import Document

    def run(case: Case) -> Answer:
        document = Document(case.html.decode("utf-8", "replace"))
        body = lxml_html.fromstring(document.summary())
        blocks = (" ".join(node.itertext()) for node in body.iter("p", "li", "h2", "h3", "pre"))
        return Answer(document.short_title(), "\n\n".join(blocks) or body.text_content())

    return run


def news_please() -> System:
    """Return news-please's extractor, image fetching off."""
    from newsplease import NewsPlease

    def run(case: Case) -> Answer:
        found = NewsPlease.from_html(
            case.html.decode("utf-8", "replace"), url=case.url, fetch_images=False
        )
        day = found.date_publish.date() if found.date_publish else None
        return Answer(found.title, found.maintext or "", day, authors=list(found.authors or []))

    return run


SYSTEMS: dict[str, Callable[[], System]] = {
    "rasid": rasid,
    "trafilatura": trafilatura,
    "trafilatura precision": lambda: trafilatura(precision=True),
    "htmldate": htmldate,
    "newspaper4k": newspaper4k,
    "readability-lxml": readability,
    "news-please": news_please,
}


def _day(stated: str | None) -> date | None:
    return date.fromisoformat(stated[:10]) if stated else None


def _joined(text: str | None) -> str:
    return " ".join((text or "").split())


def _listed(authors: str | None) -> list[str]:
    return [name.strip() for name in authors.split(";")] if authors else []


# Scores


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Return the runs of *size* words in *text* with how often each stands there."""
    words = _WORD.findall(text)
    return Counter(tuple(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))


def body_score(gold: Gold, answer: Answer) -> tuple[float, float]:
    """Return precision and recall of the body of *answer*."""
    body = answer.body
    for paragraph in gold.optional:
        body = body.replace(paragraph, "")
    true, said = shingles(gold.body), shingles(body)
    right = sum((true & said).values())
    wrong, missed = sum((said - true).values()), sum((true - said).values())
    if not wrong and not missed:
        return 1.0, 1.0
    return right / (right + wrong or 1), right / (right + missed or 1)


def judge(gold: Gold, answer: Answer) -> dict[str, Any]:
    """Return what is right in *answer*, of the fields *gold* states."""
    found: dict[str, Any] = {}
    if gold.body != UNSTATED:
        found["precision"], found["recall"] = body_score(gold, answer)
        found["must_not"] = [text for text in gold.must_not if text in answer.body]
    if gold.titles != UNSTATED:
        found["title"] = _joined(answer.title) in [_joined(title) for title in gold.titles]
    if gold.day != UNSTATED:
        found["date"] = gold.day in _days_of(gold, answer)
        found["date_given"] = answer.day is not None
    if gold.instant is not None and answer.instant is not None:
        found["instant"] = abs((gold.instant - answer.instant).total_seconds()) < 60
    if gold.authors != UNSTATED:
        found["author"] = {key(a) for a in answer.authors} == {key(a) for a in gold.authors}
    return found


def _days_of(gold: Gold, answer: Answer) -> set[date | None]:
    """Return the days that name the moment of *answer*: as shown, in UTC, in the gold's zone."""
    days = {answer.day}
    if answer.instant is not None:
        days.add(answer.instant.date())
        if gold.instant is not None and gold.instant.tzinfo:
            days.add(answer.instant.astimezone(gold.instant.tzinfo).date())
    return days


def summary(judged: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of one system over all pages."""
    total: dict[str, Any] = {"pages": len(judged)}
    scored = [one for one in judged if "precision" in one]
    if scored:
        precision = statistics.mean(one["precision"] for one in scored)
        recall = statistics.mean(one["recall"] for one in scored)
        total |= {"P": round(precision, 4), "R": round(recall, 4)}
        total["F1"] = round(2 * precision * recall / (precision + recall or 1), 4)
        total["must_not"] = sum(len(one["must_not"]) for one in scored)
    for name in ("title", "date", "instant", "author"):
        if any(name in one for one in judged):
            total[name] = sum(one.get(name, False) for one in judged)
    if "date" in total:
        total["date_wrong"] = sum(one["date_given"] and not one["date"] for one in judged)
    total["failed"] = sum(one["failed"] is not None for one in judged)
    total["cpu_ms"] = round(statistics.mean(one["ms"] for one in judged), 2)
    total["cpu_ms_median"] = round(statistics.median(one["ms"] for one in judged), 2)
    total["cpu_ms_max"] = round(max(one["ms"] for one in judged), 1)
    return total


def ratios(judged: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return how Rasid's CPU compares with trafilatura's, by how the body was found."""
    if not {"rasid", "trafilatura"} <= set(judged):
        return {}
    groups: dict[str, list[tuple[float, float]]] = {}
    for own, other in zip(judged["rasid"], judged["trafilatura"], strict=True):
        how = own["sources"].get("body", "refused")
        kind = "heavy" if how == "trafilatura" else "theme" if how.startswith("theme") else how
        groups.setdefault(kind, []).append((own["ms"], other["ms"]))
    groups["all"] = [pair for pairs in groups.values() for pair in pairs]
    return {
        kind: {
            "pages": len(pairs),
            "times_faster": round(sum(t for _, t in pairs) / sum(r for r, _ in pairs), 2),
        }
        for kind, pairs in groups.items()
    }


# Running


def available(wanted: list[str]) -> dict[str, System]:
    """Return the systems of *wanted* that are installed; say which are not."""
    found: dict[str, System] = {}
    for name in wanted:
        try:
            found[name] = SYSTEMS[name]()
        except ImportError as missing:
            print(f"skipped: {name} is not installed ({missing})", file=sys.stderr)
    return found


def measure(case: Case, system: System, repeat: int) -> tuple[Answer, float]:
    """Return the answer of *system* on *case* and the CPU milliseconds it took."""
    best = float("inf")
    answer = Answer()
    for _ in range(repeat):
        start = time.process_time()
        try:
            answer = system(case)
        except Exception as error:  # noqa: BLE001 - what a rival raises counts against it
            answer = Answer(failed=f"{type(error).__name__}: {error}"[:200])
        best = min(best, (time.process_time() - start) * 1000)
    return answer, best


def run(
    cases: list[Case], systems: dict[str, System], repeat: int
) -> dict[str, list[dict[str, Any]]]:
    """Return what each of *systems* made of each page, judged."""
    judged: dict[str, list[dict[str, Any]]] = {name: [] for name in systems}
    for system in systems.values():
        # Imports and patterns are paid once, not by the first page.
        measure(cases[0], system, 1)
    for case in cases:
        for name, system in systems.items():
            answer, ms = measure(case, system, repeat)
            verdict = judge(case.gold, answer)
            verdict |= {"id": case.id, "ms": ms, "failed": answer.failed, "sources": answer.sources}
            verdict |= {
                "said_title": answer.title,
                "said_day": str(answer.day),
                "said_authors": answer.authors,
            }
            judged[name].append(verdict)
    return judged


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--pages", action="store_true", help="what Rasid got wrong, page by page")
    parser.add_argument("--only", default=",".join(SYSTEMS), help="systems, comma separated")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    cases = load(options.folder)
    if not cases:
        print(f"{options.folder}: no pages with gold here", file=sys.stderr)
        return 2
    judged = run(cases, available(options.only.split(",")), options.repeat)
    report = {
        "folder": options.folder.name,
        "systems": {name: summary(verdicts) for name, verdicts in judged.items()},
        "speed": ratios(judged),
    }
    if options.json:
        report["pages"] = judged.get("rasid", [])
        print(json.dumps(report, ensure_ascii=False, indent=1, default=str))
        return 0
    for name, figures in report["systems"].items():
        print(f"{name:22}", "  ".join(f"{key} {value}" for key, value in figures.items()))
    print("speed against trafilatura:", report["speed"])
    if options.pages:
        show(cases, judged.get("rasid", []))
    return 0


def show(cases: list[Case], judged: list[dict[str, Any]]) -> None:
    """Print the pages on which something is wrong."""
    for case, one in zip(cases, judged, strict=True):
        score = f"P {one['precision']:.3f} R {one['recall']:.3f}" if "precision" in one else ""
        print(
            f"{case.id[:24]:24} {score} {one['ms']:.1f} ms",
            one["failed"] or "",
            one["sources"].get("body", ""),
        )
        for name, said in (
            ("title", "said_title"),
            ("date", "said_day"),
            ("author", "said_authors"),
        ):
            if one.get(name) is False:
                gold = {
                    "title": case.gold.titles,
                    "date": case.gold.day,
                    "author": case.gold.authors,
                }[name]
                print(
                    f"    {name}: {one[said]!r}, gold {gold!r}",
                    one["sources"].get("published_at", ""),
                )


if __name__ == "__main__":
    raise SystemExit(main())
