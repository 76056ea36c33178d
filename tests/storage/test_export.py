import csv as spreadsheet
import gzip
import io
import json
from datetime import UTC, datetime

import pytest

from scraper.items import ArticleItem
from storage import queries
from storage.archive import keep
from storage.database import reading, session
from storage.errors import InputError
from storage.export import csv, jsonl, target
from storage.models import Site
from storage.queries import Selection

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def fill(engine, *headlines, body='نص "أول"،\nثانٍ; =1+1'):
    with session(engine) as db:
        if db.get(Site, "a") is None:
            db.add(Site(key="a", name="a"))
            db.flush()
        for number, headline in enumerate(headlines):
            page = ArticleItem(
                "a", f"https://a.org/{number}", headline, body, authors=["=أ", "ب"], tags=["ج"]
            )
            keep(db, page, now=NOW)


def written(engine, form):
    out = io.BytesIO()
    with reading(engine) as db:
        rows = queries.every(db, Selection())
        steps = jsonl.write(db, rows, out) if form == "jsonl" else csv.write(rows, out)
        assert sum(steps) == queries.count(db, Selection())
    return out.getvalue()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_the_same_archive_gives_the_same_bytes(archive, form):
    fill(archive, *[f"خبر {number}" for number in range(15)])

    assert written(archive, form) == written(archive, form)


def test_a_line_is_the_article_json_and_what_another_archive_needs(archive):
    fill(archive, "خبر")

    [line] = written(archive, "jsonl").decode().splitlines()
    found = json.loads(line)

    with reading(archive) as db:
        said = queries.article_json(queries.find(db, 1))
    assert found == said | {
        "url_key": "https://a.org/0",
        "last_seen_at": "2026-11-23T12:00:00Z",
        "relation": None,
        "extractor": None,
        "cause": None,
    }


def test_earlier_versions_are_told_where_there_are_any(archive):
    fill(archive, "خبر")
    fill(archive, "خبر", body="مصحح")

    [line] = written(archive, "jsonl").splitlines()

    assert [each["body"] for each in json.loads(line)["history"]] == [
        'نص "أول"،\nثانٍ; =1+1',
        "مصحح",
    ]


def test_a_spreadsheet_reads_every_cell_back(archive):
    fill(archive, "خبر، أول", "آخر")

    rows = list(spreadsheet.DictReader(io.StringIO(written(archive, "csv").decode(), newline="")))

    assert [row["headline"] for row in rows] == ["خبر، أول", "آخر"]
    assert rows[0]["body"] == 'نص "أول"،\nثانٍ; =1+1'
    assert (rows[0]["authors"], rows[0]["tags"]) == ("'=أ; ب", "ج")
    assert tuple(rows[0]) == csv.COLUMNS


@pytest.mark.parametrize(
    "headline",
    ['=HYPERLINK("http://a.org")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1"],
)
def test_no_cell_is_a_formula(archive, headline):
    fill(archive, headline)

    [row] = spreadsheet.DictReader(io.StringIO(written(archive, "csv").decode(), newline=""))

    assert row["headline"] == f"'{headline}"


def test_excel_is_told_that_it_is_utf_8():
    out = io.BytesIO()
    list(csv.write([], out, mark=True))

    assert out.getvalue().startswith(b"\xef\xbb\xbfid,site,")


def test_a_file_is_compressed_by_its_name_and_equal_content_is_equal_bytes(tmp_path):
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        with target.opened(str(tmp_path / name)) as out:
            out.write("خبر".encode())

    one, two = ((tmp_path / name).read_bytes() for name in ("one.jsonl.gz", "two.jsonl.gz"))
    assert gzip.decompress(one).decode() == "خبر"
    assert one == two


def test_an_export_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text("before")

    with pytest.raises(RuntimeError), target.opened(str(path)) as out:
        out.write(b"half")
        raise RuntimeError

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["absent/news.jsonl", "."])
def test_a_place_that_cannot_be_written_is_the_users_mistake(tmp_path, name):
    with pytest.raises(InputError), target.opened(str(tmp_path / name)):
        pass


def test_standard_output_is_written_as_it_is(capfdbinary):
    with target.opened("-") as out:
        out.write("خبر\n".encode())

    assert capfdbinary.readouterr().out == "خبر\n".encode()
