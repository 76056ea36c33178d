"""The extractors `extraction.py` sets beside each other."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from extraction_cases import NOW, UNSTATED, Answer, Case, Gold

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scraper.extraction import json_ld, published
from scraper.extraction.article import extract
from scraper.extraction.errors import NoArticle
from scraper.extraction.language import language
from scraper.extraction.page import parse
from scraper.extraction.published import Context
from scraper.extraction.themes import rules_for, selectors

System = Callable[[Case], Answer]


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
        chosen = published.read(page, rules, context, published.modified(page, context))
        if chosen is None:
            return Answer()
        day = _day_shown(chosen, published.candidates(page, rules, context))
        return Answer(day=day, instant=chosen.moment.at, sources={"published_at": chosen.source})

    return run


def _day_shown(chosen: published.Dated, found: list[published.Dated]) -> date:
    """Return the calendar day readers saw: that beside a UTC stamp, where it is one off."""
    day = chosen.moment.day
    if chosen.moment.zone_stated:
        shown = [one.moment.day for one in found if not one.is_stated]
        return next((one for one in shown if abs((one - day).days) == 1), day)
    return day


def is_described(case: Case) -> bool:
    """Tell whether the page states its article as structured data, or shows a known theme."""
    try:
        page = parse(case.html, url=case.url)
    except NoArticle:
        return False
    stated = json_ld.is_article(page.article) or "datePublished" in page.microdata
    return stated or bool(rules_for(page, None))


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
    """Return newspaper4k, told the language of pages in Arabic, image fetching off.

    It counts stop words of one language; without nltk it refuses Arabic.
    """
    import newspaper

    def run(case: Case) -> Answer:
        text = case.html.decode("utf-8", "replace")
        told = {"language": "ar"} if language(case.gold.body) == "ar" else {}
        article = newspaper.Article(case.url or "http://localhost/", fetch_images=False, **told)
        article.download(input_html=text)
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


def _listed(authors: str | None) -> list[str]:
    return [name.strip() for name in authors.split(";")] if authors else []
