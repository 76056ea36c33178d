"""A small desk whose articles were captured and sealed, as a worker leaves it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from scheduler import jobs
from scheduler.config import Config
from scraper.extraction.article import extract
from scraper.items import ArticleItem
from storage import archive as kept
from storage.captures import Writer
from storage.database import open_archive, session
from storage.exchanges import Exchange, Robots
from storage.models import Site

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PARAGRAPH = (
    "قالت مصادر محلية إنّ دورية مشتركة سيّرت صباح اليوم في ريف المدينة الشرقي وسط انتشار أمني. "
)


def page(number: int, headline: str = "دوريةٌ مشتركة في ريف المدينة") -> bytes:
    text = f"{PARAGRAPH * 4} وقال المراسل رقم {number} إن عددهم {number * 7}."
    return f"<h1>{headline} {number}</h1><article><p>{text}</p></article>".encode()


def url_of(number: int) -> str:
    return f"https://alpha.example/news/{number}/"


def exchange(url: str, body: bytes, now: datetime = NOW, **facts: Any) -> Exchange:
    html = [("Content-Type", "text/html; charset=utf-8")]
    return Exchange(url, now, "GET", [("User-Agent", "Rasid")], 200, "OK", html, body, **facts)


def furnish(folder: Path, articles: int = 1, archive: str = "") -> tuple[Config, Engine]:
    """Return the settings and the archive of a desk with so many articles, a month apart."""
    (folder / "rasid.toml").write_text(f'archive = "{archive}"\n' if archive else "")
    config = Config.load(folder / "rasid.toml", {})
    engine = open_archive(config.archive, create=True)
    assert config.captures is not None
    writer = Writer(config.captures, "w", software="Rasid")
    robots = Robots("allowed", exchange("https://alpha.example/robots.txt", b"User-agent: *"))
    with session(engine) as db:
        db.add(Site(key="alpha", name="alpha"))
        for number in range(1, articles + 1):
            keep(db, writer, number, NOW + timedelta(days=31 * (number - 1)), robots=robots)
    writer.close()
    jobs.seal(engine, config, lambda: NOW)
    return config, engine


def keep(db: Any, writer: Writer, number: int, now: datetime, **facts: Any) -> None:
    """Keep article *number* as its page reads."""
    body, url = page(number), url_of(number)
    sent = exchange(url, body, now, **facts)
    kept.keep(db, read(body, url, now), now=now, capture=lambda: writer.write(sent))


def read(body: bytes, url: str, now: datetime) -> ArticleItem:
    return extract(body, url=url, site="alpha", rules=None, timezone="Asia/Damascus", now=now)
