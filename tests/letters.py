"""Pictures of the e-mails, as a browser shows them: `python -m tests.letters` writes docs/letters/.

An alert with copies, its correction, and a digest; in Arabic and English, on light and on dark
screens. Needs Chromium. `make pictures` does it; who changes how letters look takes them again
and looks at each.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scheduler import alerts, letters, notices
from scheduler.alerts import FreshCopies, Line, Message, Told
from scheduler.phrases import LANGUAGES, Phrases
from tests.browser import shrink

FOLDER = Path(__file__).parents[1] / "docs" / "letters"
ZONE = ZoneInfo("Asia/Damascus")
PUBLISHED = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
BODY = (
    "قالت مصادر محلية إن الدورية انسحبت صباح اليوم. هدّدت القوات الروسية المنتشرة شرق الفرات قيادة "
    "“قسد” بسحب 12 نقطة مراقبة خلال 48 ساعة! ولم يصدر تعليق من وزارة الدفاع (MoD) حتى الآن."
)
# As wide as a phone, and as a mail program's window.
SIZES = {"alert": (420, 860), "correction": (700, 560), "digest": (700, 1590)}
SCHEMES = {"dark": 0, "light": 1}


def told(number: int, headline: str, body: str = "", **facts: Any) -> Told:
    """Return an alert that marks its watch's words wherever they stand."""
    words = facts.pop("words")
    spans = [
        {"field": field, "start": text.index(word), "end": text.index(word) + len(word),
         "term": word}
        for field, text in (("headline", headline), ("body", body))
        for word in words
        if word in text
    ]  # fmt: skip
    return Told(
        **{
            "alert_id": number,
            "kind": "new",
            "priority": "normal",
            "watch": "شرق الفرات",
            "site": "عنب بلدي",
            "headline": headline,
            "body": body,
            "url": f"https://www.enabbaladi.example/7{number:05}/?utm=a&b=%D9%82%D8%B3%D8%AF",
            "published_at": PUBLISHED,
            "seen_at": PUBLISHED,
            "spans": spans,
            "capture_sha256": "5f2b" * 16,
            **facts,
        }
    )


def alert(words: Phrases) -> Message:
    """An urgent alert of two watches, with copies."""
    copies = [
        Line("سانا", "القوات الروسية تهدد بالانسحاب من شرق الفرات", "https://sana.example/1"),
        Line("North Press", "Russian forces threaten to leave", "https://npa.example/2"),
    ]
    facts = {"priority": "high", "copies": copies}
    first = told(17, HEADLINE, BODY, words=["شرقِ الفراتِ", "شرق الفرات"], **facts)
    second = told(18, HEADLINE, BODY, words=["قسدَ", "قسد"], watch="SDF / قسد", **facts)
    return alerts.message([first, second], ZONE, key="alert-17-4be1c09f6a2d", words=words)


def correction(words: Phrases) -> Message:
    """A correction of a headline and of a sentence, and one that was taken out."""
    later = HEADLINE.replace("تهدّدُ", "تنفي تهديدَ")
    changes = [
        {"field": "headline", "before": HEADLINE, "after": later},
        {"field": "body", "before": "قُتل خمسة مدنيين شرق الفرات.", "after": "قُتل 7 مدنيين."},
        {"field": "body", "before": "وقال المتحدث باسم “قسد” إن الاتفاق انتهى.", "after": ""},
    ]
    facts = {"kind": "correction", "changes": changes}
    return alerts.message(
        [told(23, later, BODY, words=["شرقِ الفراتِ", "شرق الفرات"], **facts)],
        ZONE,
        key="alert-23-9c1d5502be7f",
        words=words,
    )


def digest(words: Phrases) -> Message:
    """A digest: headlines in both scripts, a deletion, copies of before, the card."""
    number = count(31)
    sdf = {"watch": "SDF / قسد"}
    tolds = [
        told(next(number), HEADLINE, BODY, words=["شرقِ الفراتِ"], priority="high"),
        told(next(number), "SDF denies talks in Hasakah, says spokesman Farhad Shami",
             "The SDF denied it. قسد said nothing.", words=["SDF", "قسد"], site="North Press", **sdf),
        told(next(number), "قتيلان من “قسد” في الحسكة", "", words=["قسد"], kind="deleted", **sdf),
        told(next(number), "الليرة السورية 14,500 للدولار", "", words=["الليرة"],
             watch="الليرة السورية", priority="low", published_at=None),
    ]  # fmt: skip
    copies = [FreshCopies(17, HEADLINE, "https://x.example", 3, ["سانا", "تلفزيون سوريا", "شام"])]
    title, lines = notices.worded("card", FACTS, ZONE, words)
    held = [words.held_back.format(count=len(tolds))]
    return alerts.digest(
        tolds, ZONE, key="digest-31-07aa12cd93e4", words=words, copies=copies,
        above=held, below=[title, *lines],
    )  # fmt: skip


FACTS: dict[str, Any] = {
    "since": "2026-11-22T05:00:00+00:00",
    "sites": {"enabled": 43, "reached": 42, "missed": ["sana"]},
    "articles": 812,
    "versions": {"evaluated": 845, "waiting": 0, "late": 0},
    "matches": 37,
    "alerts": 4,
    "silent_workers": [],
    "watches": {"active": 3, "cases": 4, "passed": 4, "failing": []},
    "last_matches": [
        {"watch": "الليرة السورية", "at": None},
        {"watch": "SDF / قسد", "at": "2026-11-23T15:30:00+00:00"},
    ],
}
KINDS = {"alert": alert, "correction": correction, "digest": digest}


def main() -> None:
    """Take all pictures."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        sys.exit("there is no Chromium; install it to take pictures")
    FOLDER.mkdir(exist_ok=True)
    for name, made, scheme, size in pictures():
        path = FOLDER / f"{name}.png"
        take(browser, made, path, scheme, size)
        shrink(path)


def pictures() -> Iterator[tuple[str, str, int, tuple[int, int]]]:
    """Yield each picture's name, page, scheme of colours and size."""
    for kind, words, (shade, scheme) in product(KINDS, LANGUAGES.values(), SCHEMES.items()):
        page = letters.page(KINDS[kind](words))
        yield f"{kind}-{words.language}-{shade}", page, scheme, SIZES[kind]


def take(browser: str, page: str, path: Path, scheme: int, size: tuple[int, int]) -> None:
    """Let the browser show *page* and keep what it shows."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "letter.html"
        file.write_text(page, "utf-8")
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             f"--user-data-dir={folder}/profile", f"--blink-settings=preferredColorScheme={scheme}",
             f"--window-size={size[0]},{size[1]}", f"--screenshot={path}", file.as_uri()],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip


if __name__ == "__main__":
    main()
