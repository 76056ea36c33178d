"""What a query would have found in the archive: how much, where, in which forms."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from sqlalchemy.orm import Session

from scheduler import searching
from scheduler.arabic.words import FOLDED
from scheduler.matching import Span
from scheduler.nodes import Except, Node, Or, Term, Word
from scheduler.query import parse, print_query, print_term
from scheduler.searching import Hit, Search
from storage import search
from storage.queries import Row, Selection
from storage.text import letters, tokenize, words

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
    zone: tzinfo
    # Whether there was more to look at than was asked for; then `days` begins where that ended.
    cut: bool = False

    @property
    def a_day(self) -> float:
        """Matching articles a day, on average."""
        return self.matches / max(len(self.days), 1)

    @property
    def noise(self) -> Literal["a_day", "share"] | None:
        """Why the query is noisy; None where it is not."""
        if self.a_day > NOISY_A_DAY:
            return "a_day"
        many = self.articles >= NOISY_OF and self.matches > NOISY_SHARE * self.articles
        return "share" if many else None

    @property
    def warning(self) -> str | None:
        """Why the query is noisy, in words; None where it is not."""
        if self.noise == "a_day":
            return f"noisy: {self.a_day:.0f} matches a day are more than {NOISY_A_DAY}"
        if self.noise == "share":
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


def forecast(
    db: Session,
    asked: Search,
    *,
    days: int,
    zone: tzinfo,
    now: datetime,
    sites: tuple[str, ...] = (),
    most: int | None = None,
) -> Forecast:
    """Return what *asked* finds in the articles of the last *days*, today counted.

    *most*: at most so many of the articles that the index lets through are read, the newest.
    """
    today = now.astimezone(zone).date()
    since = _midnight(today - timedelta(days=days - 1), zone)
    until = _midnight(today + timedelta(days=1), zone)
    met, back_to = _Met(zone), None
    everything = searching.looked_at(db, asked, Selection(sites, since, until))
    for number, (row, spans) in enumerate(everything):
        if number == most:
            # Of that day not everything was seen; where it is today, there is nothing better.
            back_to = min(_day(row, zone) + timedelta(days=1), today)
            since = _midnight(back_to, zone)
            break
        if spans is not None:
            met.add(Hit(row, spans))
    articles, oldest = search.extent(db, Selection(sites, since, until))
    oldest = oldest if back_to is None else since
    begin = oldest.astimezone(zone).date() if oldest else today
    by_day = {day: met.days[day] for day in _days(begin, today)}
    return Forecast(
        query=asked.text,
        articles=articles,
        matches=sum(by_day.values()),
        days=by_day,
        sites=dict(met.sites.most_common()),
        forms=_forms(asked.text, met.forms),
        examples=met.examples,
        zone=zone,
        cut=back_to is not None,
    )


@dataclass(slots=True)
class _Met:
    """What the articles read so far came to."""

    zone: tzinfo
    days: Counter[date] = field(default_factory=Counter)
    sites: Counter[str] = field(default_factory=Counter)
    forms: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: list[Hit] = field(default_factory=list)
    # The clusters of the examples: the same text twice is no second example.
    shown: set[int] = field(default_factory=set)

    def add(self, hit: Hit) -> None:
        self.days[_day(hit.row, self.zone)] += 1
        self.sites[hit.row.article.site_key] += 1
        self.forms.update(_form(span) for span in hit.spans)
        cluster = hit.row.article.cluster_id
        if len(self.examples) < EXAMPLES and cluster not in self.shown:
            self.examples.append(hit)
            self.shown.add(cluster)


def _day(row: Row, zone: tzinfo) -> date:
    return (row.article.published_at or row.article.first_seen_at).astimezone(zone).date()


def _midnight(day: date, zone: tzinfo) -> datetime:
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
        phrase = _phrase(spelled[term, folded], folded)
        without = print_query(_without(node, [phrase]))
        made.append(Form(term, spelled[term, folded], count, print_term(phrase), without))
    return made


def _phrase(spelled: str, folded: str) -> Term:
    """Return the term that finds a form, with its words as they were spelled, but for marks: people read it."""
    said = [letters(token.raw) for token in tokenize(spelled)]
    right = words(" ".join(said)) == folded.split()
    return Term(tuple(map(Word, said if right else folded.split())), FOLDED)


def excepted(node: Node, phrases: Sequence[str]) -> Node:
    """Return the query *node* without what stands inside one of *phrases*.

    >>> print_query(excepted(parse('حماة EXCEPT "حماة الوطن"'), ["+والحماة"]))
    'حماة EXCEPT ("حماة الوطن" OR +والحماة)'
    """
    return _without(node, list(map(parse, phrases)))


def _without(node: Node, phrases: Sequence[Node]) -> Node:
    part, known = (node.part, [node.excepted]) if isinstance(node, Except) else (node, [])
    parts = [each for one in known for each in (one.parts if isinstance(one, Or) else [one])]
    parts += [each for each in phrases if each not in parts]
    return Except(part, parts[0] if len(parts) == 1 else Or(tuple(parts))) if parts else node


def _example(hit: Hit) -> dict[str, Any]:
    said = searching.hit_json(hit)
    return {key: said[key] for key in ("id", "site", "url", "headline", "published_at", "spans")}
