"""Measure extraction on a folder of pages with gold, beside other extractors.

    python benchmarks/extraction.py DIR [--json] [--pages] [--only rasid,trafilatura] [--repeat N]

DIR holds one of four layouts, told apart by its files:

- `ID.html.gz` + `ID.gold.json` with `body` a list of paragraphs, `optional` ones, `must_not` strings;
- the same with Fundus' gold (`body_sections`, `publishing_date`);
- `html/ID.html.gz` + `ground-truth.json.gz` (article-extraction-benchmark);
- `ID.html.gz` + `gold_dates.json` (htmldate's evaluation).

The rivals are installed beside the locked requirements, in an environment of their own:
`pip install -r requirements.txt`, then `pip install 'newspaper4k[nlp]' readability-lxml news-please`.

Bodies are compared by 4-word shingles as the article-extraction-benchmark does: per page, true and
false ones over their sum; precision and recall averaged over pages, F1 of the two averages. A date
is right when its day is the gold's - as the page shows it, or in UTC - or when there is none and
none is given; titles are compared with white space joined.

CPU is what the process used. Every system reads every page once before anything is measured, so
that nobody's imports, patterns and selectors are paid by a page; then the systems are interleaved
page by page, and the best of `--repeat` readings of a page counts.
"""

import argparse
import gc
import json
import re
import statistics
import sys
import time
import warnings
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from extraction_cases import UNSTATED, Answer, Case, Gold, load
from extraction_systems import SYSTEMS, System, is_described

from scraper.extraction.wording import key

_WORD = re.compile(r"\w+")


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


def _joined(text: str | None) -> str:
    return " ".join((text or "").split())


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
    """Return how Rasid's CPU compares with trafilatura's, by what the pages state."""
    if not {"rasid", "trafilatura"} <= set(judged):
        return {}
    groups: dict[str, list[tuple[float, float]]] = {}
    for own, other in zip(judged["rasid"], judged["trafilatura"], strict=True):
        kind = "structured data or theme" if own["described"] else "generic"
        groups.setdefault(kind, []).append((own["ms"], other["ms"]))
    groups["all"] = [pair for pairs in groups.values() for pair in pairs]
    return {
        kind: {
            "pages": len(pairs),
            "times_faster": round(sum(t for _, t in pairs) / sum(r for r, _ in pairs), 2),
            "median_page": round(statistics.median(t / r for r, t in pairs), 2),
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


def measure(case: Case, system: System) -> tuple[Answer, float]:
    """Return the answer of *system* on *case* and the CPU milliseconds it took."""
    start = time.process_time()
    try:
        answer = system(case)
    except Exception as error:  # noqa: BLE001 - what a rival raises counts against it
        answer = Answer(failed=f"{type(error).__name__}: {error}"[:200])
    return answer, (time.process_time() - start) * 1000


def run(
    cases: list[Case], systems: dict[str, System], repeat: int
) -> dict[str, list[dict[str, Any]]]:
    """Return what each of *systems* made of each page, judged."""
    answers = {
        name: [measure(case, system)[0] for case in cases] for name, system in systems.items()
    }
    # What the imports left behind is not gone through again whenever a system makes rubbish.
    gc.collect()
    gc.freeze()
    best: dict[str, list[float]] = {name: [] for name in systems}
    for case in cases:
        for name, system in systems.items():
            best[name].append(min(measure(case, system)[1] for _ in range(repeat)))
    return {
        name: [verdict(*one) for one in zip(cases, answers[name], best[name], strict=True)]
        for name in systems
    }


def verdict(case: Case, answer: Answer, ms: float) -> dict[str, Any]:
    """Return how *answer* was judged, what it said and how long it took."""
    return judge(case.gold, answer) | {
        "id": case.id,
        "described": is_described(case),
        "ms": ms,
        "failed": answer.failed,
        "sources": answer.sources,
        "said_title": answer.title,
        "said_day": str(answer.day),
        "said_authors": answer.authors,
    }


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
