import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from scraper.keeper import Keeper
from storage.database import open_archive
from storage.errors import LeaseLost, RasidError


class Book:
    """Writes down which words were written together; it cannot write `bad`, nor for `lost`."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []

    def write(self, db: Session, words: Sequence[str]) -> Sequence[str | RasidError]:
        del db
        if "bad" in words:
            raise ValueError("bad")
        self.pages.append(list(words))
        return [LeaseLost("lost") if word == "lost" else word.upper() for word in words]


@pytest.fixture
def keeper(sqlite_url):
    keeper = Keeper(open_archive(sqlite_url, create=True))
    yield keeper
    keeper.close()


async def written(keeper: Keeper, book: Book, *words: str) -> list[str | BaseException]:
    write = book.write
    busy = asyncio.create_task(keeper.together(write, "first"))
    await asyncio.sleep(0)
    waiting = [keeper.together(write, word) for word in words]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    await busy
    return outcomes


def test_what_waits_at_one_moment_is_written_in_one_transaction(keeper):
    book = Book()

    outcomes = asyncio.run(written(keeper, book, *"abcdef"))

    assert outcomes == list("ABCDEF")
    assert [word for page in book.pages for word in page] == ["first", *"abcdef"]
    assert len(book.pages) < 7


def test_what_cannot_be_written_takes_nothing_else_with_it(keeper):
    outcomes = asyncio.run(written(keeper, Book(), "a", "bad", "b"))

    assert (outcomes[0], outcomes[2]) == ("A", "B")
    assert isinstance(outcomes[1], ValueError)


def test_each_is_told_what_became_of_it(keeper):
    outcomes = asyncio.run(written(keeper, Book(), "a", "lost"))

    assert outcomes[0] == "A"
    assert isinstance(outcomes[1], LeaseLost)
