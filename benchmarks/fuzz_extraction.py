"""Break pages at random and see that extraction answers or refuses, and soon.

    python benchmarks/fuzz_extraction.py DIR [--minutes N] [--seed N] [--limit SECONDS] [--keep FOLDER]

DIR is searched for pages, `*.html` and `*.html.gz`. Each is cut, its tags shuffled, its bytes
overwritten, nulls strewn over it, a megabyte of nesting put into it, up to three of these in a row,
and read as a page of any address and charset. Anything raised except NoArticle, and any page that
takes more than `--limit` seconds of CPU, is printed, kept in `--keep` and makes the status 1.
"""

import argparse
import contextlib
import gzip
import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scraper.extraction.article import extract
from scraper.extraction.errors import NoArticle

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADDRESSES = ("https://example.org/2020/1/2/x", "http://[bad", "", "https://example.org/%d8%a7")
CHARSETS = (None, "utf-8", "windows-1256", "utf-16", "none-such")
NESTED = ("div", "b", "table><tr><td", "ul><li", "p><span", "article", "a href=x", "blockquote")
_TAG = re.compile(rb"(<[^>]{0,300}>)")
_AFTER_TAG = re.compile(rb"(?<=>)")
_MEGABYTE = 1_000_000

Mutation = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading one broken page came to."""

    page: Path
    mutations: tuple[str, ...]
    body: bytes
    seconds: float
    raised: str | None


# Mutations


def cut_short(body: bytes, chance: random.Random) -> bytes:
    """Return the beginning of *body*."""
    return body[: chance.randrange(len(body) + 1)]


def cut_out(body: bytes, chance: random.Random) -> bytes:
    """Return *body* without a part of it."""
    start, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
    return body[:start] + body[end:]


def shuffle_tags(body: bytes, chance: random.Random) -> bytes:
    """Return *body* with its tags in another order, the text in place."""
    parts = _TAG.split(body)
    tags = parts[1::2]
    chance.shuffle(tags)
    parts[1::2] = tags
    return b"".join(parts)


def shuffle_pieces(body: bytes, chance: random.Random) -> bytes:
    """Return the tags of *body*, each with the text before it, in another order."""
    pieces = _AFTER_TAG.split(body)
    chance.shuffle(pieces)
    return b"".join(pieces)


def nest(body: bytes, chance: random.Random) -> bytes:
    """Return *body* with a megabyte of open tags somewhere in it."""
    tag = f"<{chance.choice(NESTED)}>".encode()
    place = chance.randrange(len(body) + 1)
    return body[:place] + tag * (_MEGABYTE // len(tag)) + body[place:]


def strew_nulls(body: bytes, chance: random.Random) -> bytes:
    """Return *body* with null bytes in place of some of its own."""
    return _overwritten(body, chance, 400, lambda: 0)


def strew_noise(body: bytes, chance: random.Random) -> bytes:
    """Return *body* with any bytes in place of some of its own."""
    return _overwritten(body, chance, 3000, lambda: chance.randrange(256))


def repeat(body: bytes, chance: random.Random) -> bytes:
    """Return *body* several times over."""
    return body * chance.randrange(2, 5)


MUTATIONS: tuple[Mutation, ...] = (
    cut_short,
    cut_out,
    shuffle_tags,
    shuffle_pieces,
    nest,
    strew_nulls,
    strew_noise,
    repeat,
)


def _overwritten(body: bytes, chance: random.Random, most: int, byte: Callable[[], int]) -> bytes:
    broken = bytearray(body)
    for _ in range(chance.randrange(1, most) if broken else 0):
        broken[chance.randrange(len(broken))] = byte()
    return bytes(broken)


# Running


def pages_in(folder: Path) -> list[Path]:
    """Return the pages under *folder*."""
    return sorted([*folder.rglob("*.html"), *folder.rglob("*.html.gz")])


def broken(
    pages: list[Path], chance: random.Random
) -> Iterator[tuple[Path, tuple[str, ...], bytes]]:
    """Yield pages without end: the file, what was done to it, the bytes."""
    while True:
        page = chance.choice(pages)
        body = page.read_bytes()
        body = gzip.decompress(body) if page.suffix == ".gz" else body
        chosen = chance.choices(MUTATIONS, k=chance.choice((1, 1, 2, 3)))
        for mutation in chosen:
            body = mutation(body, chance)
        yield page, tuple(mutation.__name__ for mutation in chosen), body


def read(page: Path, mutations: tuple[str, ...], body: bytes, chance: random.Random) -> Verdict:
    """Return what reading *body* came to."""
    url, charset = chance.choice(ADDRESSES), chance.choice(CHARSETS)
    raised = None
    start = time.process_time()
    try:
        # That a page is no article is an answer as good as any.
        with contextlib.suppress(NoArticle):
            extract(
                body,
                url=url,
                site="s",
                rules=None,
                timezone="Asia/Damascus",
                now=NOW,
                charset=charset,
            )
    except Exception:  # noqa: BLE001 - what may be raised is what is looked for
        raised = traceback.format_exc()
    return Verdict(page, mutations, body, time.process_time() - start, raised)


def tell(verdict: Verdict, number: int, keep: Path | None) -> None:
    """Print what went wrong and keep the bytes it went wrong on."""
    what = verdict.raised or f"took {verdict.seconds:.2f} s"
    print(f"{verdict.page} {'+'.join(verdict.mutations)} {len(verdict.body)} bytes: {what}")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{number}.html").write_bytes(verdict.body)


def main() -> int:
    """Break pages until the time is up, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=2.0, help="seconds of CPU a page may take")
    parser.add_argument("--keep", type=Path, help="where the bytes of failures are written")
    options = parser.parse_args()
    pages = pages_in(options.folder)
    if not pages:
        print(f"{options.folder}: no pages here", file=sys.stderr)
        return 2
    chance = random.Random(options.seed)  # noqa: S311 - to be repeated, not to be secret
    end = time.monotonic() + options.minutes * 60
    count = failures = 0
    slowest = Verdict(pages[0], (), b"", 0.0, None)
    for page, mutations, body in broken(pages, chance):
        verdict = read(page, mutations, body, chance)
        count += 1
        slowest = max(slowest, verdict, key=lambda one: one.seconds)
        if verdict.raised or verdict.seconds > options.limit:
            failures += 1
            tell(verdict, count, options.keep)
        if time.monotonic() > end:
            break
    print(
        f"{count} broken pages of {len(pages)}: {failures} raised or slow; slowest "
        f"{slowest.seconds:.2f} s, {slowest.page.name} {'+'.join(slowest.mutations)}"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
