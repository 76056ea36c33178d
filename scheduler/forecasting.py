"""What a query would have found in the archive: how much, where, in which forms."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scheduler import searching
from scheduler.arabic.words import FOLDED
from scheduler.matching import Span
from scheduler.nodes import Except, Term, Word
from scheduler.query import parse, print_query, print_term
from scheduler.searching import Hit, Search
from storage import queries
from storage.queries import Row, Selection
from storage.text import words

# A desk reads so many alerts of one watch a day, and no more.
NOISY_A_DAY = 50
# What every tenth article says tells a desk nothing; of a few articles that is not known.
NOISY_SHARE, NOISY_OF = 0.1, 100
EXAMPLES = 5
FORMS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Form:
    """A form met: *spelled* as it stood most often, in *count* places."""

    term: str
    spelled: str
    count: int
    # What to write to leave it out: as `exclude` of a watch, and the query with EXCEPT.
    exclude: str
    without: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a query finds in the articles of some days, the newest examples first."""

    query: str
    articles: int
    matches: int
    # Every day looked at, from the first the archive has on.
    days: dict[date, int]
    sites: dict[str, int]
    forms: list[Form]
    examples: list[Hit]
    zone: ZoneInfo

    @property
    def a_day(self) -> float:
        """Matching articles a day, on average."""
        return self.matches / max(len(self.days), 1)

    @property
    def warning(self) -> str | None:
        """Why the query is noisy, in words; None where it is not."""
        if self.a_day > NOISY_A_DAY:
            return f"noisy: {self.a_day:.0f} matches a day are more than {NOISY_A_DAY}"
        if self.articles >= NOISY_OF and self.matches > NOISY_SHARE * self.articles:
            return f"noisy: {self.matches} of {self.articles} articles match, more than one in ten"
        return None

    def json(self) -> dict[str, Any]:
        """Return it as `rasid watch forecast --json` prints it."""
        return {
            "query": self.query,
            "articles": self.articles,
            "matches": self.matches,
            "a_day": round(self.a_day, 2),
            "warning": self.warning,
            "days": [{"day": day.isoformat(), "matches": n} for day, n in self.days.items()],
            "sites": [{"site": site, "matches": n} for site, n in self.sites.items()],
            "forms": [
                {
                    "term": form.term,
                    "form": form.spelled,
                    "count": form.count,
                    "exclude": form.exclude,
                    "query": form.without,
                }
                for form in self.forms
            ],
            "examples": [_example(hit) for hit in self.examples],
        }

    def lines(self) -> list[str]:
        """Return it as a person reads it."""
        match = f"{self.matches} of {self.articles} articles in {len(self.days)} days match"
        told = [self.query, f"{match}, {self.a_day:.1f} a day"]
        told += [f"warning: {self.warning}"] if self.warning else []
        told += ["", "by day"] + [f"  {day}  {n}" for day, n in self.days.items() if n]
        told += ["", "by site"] + [f"  {site}  {n}" for site, n in self.sites.items()]
        told += ["", "forms met, and what leaves each out: EXCEPT …, or the watch's key exclude"]
        told += [
            f"  {form.count}  {form.spelled}  EXCEPT {form.exclude}"
            for form in self.forms[:FORMS_SHOWN]
        ]
        if len(self.forms) > FORMS_SHOWN:
            told.append(f"  and {len(self.forms) - FORMS_SHOWN} more, see --json")
        told += ["", "examples"] if self.examples else []
        for hit in self.examples:
            told += [f"  {line}" for line in searching.hit_lines(hit, self.zone)]
        return told


def forecast(db: Session, asked: Search, *, days: int, zone: ZoneInfo, now: datetime) -> Forecast:
    """Return what *asked* finds in the articles of the last *days*, today counted."""
    today = now.astimezone(zone).date()
    since = _midnight(today - timedelta(days=days - 1), zone)
    selection = Selection(since=since, until=_midnight(today + timedelta(days=1), zone))
    by_day: Counter[date] = Counter()
    sites: Counter[str] = Counter()
    forms: Counter[tuple[str, str, str]] = Counter()
    examples: list[Hit] = []
    for hit in searching.hits(db, asked, selection):
        by_day[_day(hit.row, zone)] += 1
        sites[hit.row.article.site_key] += 1
        forms.update(_form(span) for span in hit.spans)
        if len(examples) < EXAMPLES:
            examples.append(hit)
    oldest = queries.earliest(db, selection)
    begin = oldest.astimezone(zone).date() if oldest else today
    return Forecast(
        query=asked.text,
        articles=queries.count(db, selection),
        matches=sum(sites.values()),
        days={day: by_day[day] for day in _days(begin, today)},
        sites=dict(sites.most_common()),
        forms=_forms(asked.text, forms),
        examples=examples,
        zone=zone,
    )


def _day(row: Row, zone: ZoneInfo) -> date:
    return (row.article.published_at or row.article.first_seen_at).astimezone(zone).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _days(begin: date, end: date) -> list[date]:
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


def _form(span: Span) -> tuple[str, str, str]:
    return span.term, " ".join(words(span.text)), " ".join(span.text.split())


def _forms(query: str, counted: Counter[tuple[str, str, str]]) -> list[Form]:
    """Return the forms, those spelled in different ways as one, the most frequent first."""
    sums: Counter[tuple[str, str]] = Counter()
    spelled: dict[tuple[str, str], str] = {}
    for (term, folded, spelling), count in counted.most_common():
        sums[term, folded] += count
        spelled.setdefault((term, folded), spelling)
    node = parse(query)
    made = []
    for (term, folded), count in sums.most_common():
        phrase = Term(tuple(Word(word) for word in folded.split()), FOLDED)
        without = print_query(Except(node, phrase))
        made.append(Form(term, spelled[term, folded], count, print_term(phrase), without))
    return made


def _example(hit: Hit) -> dict[str, Any]:
    said = searching.hit_json(hit)
    return {key: said[key] for key in ("id", "site", "url", "headline", "published_at", "spans")}
