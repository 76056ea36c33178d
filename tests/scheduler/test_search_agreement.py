"""Search and watch agree: over the shared corpora, and on whatever queries there are.

A part of the corpora is read; `RASID_AGREEMENT=13059` reads all of it, which takes minutes.
"""

import os
import random
from collections import defaultdict
from datetime import UTC, datetime
from itertools import islice

import pytest

from scheduler import searching
from scheduler.matching import WatchQuery, compile_watches
from scheduler.packs import shelf
from storage import queries
from storage.database import reading
from storage.queries import Selection
from storage.text import words
from tests import bulk

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ARTICLES, QUERIES = int(os.environ.get("RASID_AGREEMENT", "400")), 200
OF_ALL = 13_059
# The forms that Arabic writes as one word with what is looked for.
PREFIXES = ("", "", "و", "ال", "ب", "لل")


@pytest.fixture(scope="module")
def corpus():
    if not bulk.CORPORA.is_dir():
        pytest.skip("the shared corpora are not here")
    return list(islice(bulk.texts(bulk.CORPORA), 0, OF_ALL, max(OF_ALL // ARTICLES, 1)))


class Writer:
    """Writes queries of every form, mostly of words that stand in the corpus beside each other."""

    def __init__(self, corpus, seed):
        self.corpus = corpus
        self.choose = random.Random(seed)

    def phrase(self):
        found = words(self.choose.choice(self.corpus).body) or ["سوريا"]
        at = self.choose.randrange(max(len(found) - 3, 1))
        return " ".join(found[at : at + self.choose.choice((1, 1, 2, 2, 3))])

    def word(self):
        return max(self.phrase().split(), key=len)

    def term(self):
        pick, number = self.choose.choice, self.choose.randrange(1, 9)
        return pick(
            [
                f'"{pick(PREFIXES)}{self.phrase()}"',
                f'"{pick(PREFIXES)}{self.phrase()}"',
                f"@{pick(sorted(shelf.shipped()))}",
                f'{pick("=+")}"{self.phrase()}"',
                f'"{self.phrase()}"~{number}',
                f'"{self.word()}" NEAR/{number} "{self.phrase()}"',
                f'headline:"{self.word()}"',
                pick(("site:a", "section:سياسة", "author:سامر", "tag:حرب", "ديمقراط*", "عسكري*")),
            ]
        )

    def query(self):
        forms = ("{}", "({}) OR ({})", "({}) AND ({})", "({}) AND NOT ({})")
        plain = self.choose.choice(forms).format(self.term(), self.term())
        return self.choose.choice((plain, plain, f'({plain}) EXCEPT "{self.phrase()}"'))


@pytest.mark.long
def test_search_finds_the_articles_that_match_and_no_others(archive, corpus):
    writer = Writer(corpus, 20261123)
    bulk.fill(archive, corpus, newest=NOW)
    asked = {search.text: search for search in map(searching.compiled, written(writer))}
    matcher = compile_watches([WatchQuery(query, query) for query in asked])
    matching = defaultdict(list)
    with reading(archive) as db:
        for row in queries.every(db, Selection()):
            for query in matcher.match(searching.document(row)):
                matching[query].append(row.article.id)
        for query, search in asked.items():
            found = [hit.row.article.id for hit in searching.hits(db, search, Selection())]

            assert (query, sorted(found)) == (query, matching[query])

    # Queries that find nothing prove little.
    assert len([query for query in asked if matching[query]]) > QUERIES // 2


def written(writer):
    return [writer.query() for _ in range(QUERIES)]
