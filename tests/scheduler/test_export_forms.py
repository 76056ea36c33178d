"""Exports for other programs: what they hold, that they come out the same, that they are proved."""

import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

from scheduler.cli.app import run
from storage.export import cdx
from storage.export.csv import cell
from tests.captured import furnish, url_of


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A desk with three articles, each of another month."""
    monkeypatch.chdir(tmp_path)
    _, engine = furnish(tmp_path, 3)
    engine.dispose()
    return tmp_path


def export(*arguments, status=0):
    assert run(["export", *map(str, arguments)]) == status


def content(path):
    """All files of an export with what is in them."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return {file.relative_to(path): file.read_bytes() for file in files if file.is_file()}


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("jsonl", "a.jsonl"),
        ("jsonl", "a.jsonl.gz"),
        ("jsonl", "a.jsonl.zst"),
        ("csv", "a.csv"),
        ("parquet", "months"),
        ("warc", "a.warc.gz"),
        ("wacz", "a.wacz"),
        ("corpus", "corpus"),
    ],
)
def test_the_same_archive_gives_the_same_bytes(desk, form, name):
    export(form, name)
    first = content(desk / name)
    export(form, name)

    assert content(desk / name) == first
    assert not list(desk.glob("*.part"))


def test_json_lines_are_compressed_as_their_name_says(desk):
    for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst"):
        export("jsonl", name)
    plain = (desk / "a.jsonl").read_bytes()

    assert gzip.decompress((desk / "a.jsonl.gz").read_bytes()) == plain
    with pa.input_stream(str(desk / "a.jsonl.zst"), compression="zstd") as stream:
        assert stream.read() == plain


def test_parquet_has_a_folder_for_each_month_and_typed_columns(desk):
    export("parquet", "months")

    months = sorted(path.name for path in (desk / "months").glob("month=*"))
    assert months == ["month=2026-11", "month=2026-12", "month=2027-01"]
    table = pq.read_table(desk / "months")
    assert table.schema.field("published_at").type == pa.timestamp("us", tz="UTC")
    assert [str(url) for url in table["url"]] == [url_of(number) for number in (1, 2, 3)]
    assert table["capture"][0].as_py()["status"] == 200


def test_a_folder_of_something_else_is_not_replaced(desk, capfd):
    (desk / "mine").mkdir()
    (desk / "mine" / "thesis.txt").write_text("x")

    export("parquet", "mine", status=2)

    assert "there is something else already; name a new folder" in capfd.readouterr().err
    assert (desk / "mine" / "thesis.txt").read_text() == "x"


def test_a_warc_holds_each_capture_with_what_allowed_it(desk):
    export("warc", "a.warc.gz")

    with (desk / "a.warc.gz").open("rb") as file:
        kinds = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI"))
            for record in ArchiveIterator(file)
        ]
    assert kinds[0] == ("warcinfo", None)
    assert [url for kind, url in kinds if kind == "response"] == [url_of(n) for n in (1, 2, 3)]
    check = [sys.executable, "-m", "warcio.cli", "check", "a.warc.gz"]
    assert subprocess.run(check, check=False, capture_output=True).returncode == 0


def test_a_wacz_lists_what_is_in_it_and_finds_each_response(desk):
    export("wacz", "a.wacz", "--title", "شرق الفرات")

    with zipfile.ZipFile(desk / "a.wacz") as package:
        listed = json.loads(package.read("datapackage.json"))
        for resource in listed["resources"]:
            found = hashlib.sha256(package.read(resource["path"])).hexdigest()
            assert resource["hash"] == f"sha256:{found}"
        index = gzip.decompress(package.read("indexes/index.cdx.gz")).decode().splitlines()
        warc = package.read("archive/captures.warc.gz")
        pages = package.read("pages/pages.jsonl").decode().splitlines()
    assert listed["title"] == "شرق الفرات"
    assert index == sorted(index)
    for line in index:
        key, _, said = line.split(" ", 2)
        entry = json.loads(said)
        begin, length = int(entry["offset"]), int(entry["length"])
        [record] = ArchiveIterator(io.BytesIO(warc[begin : begin + length]))
        assert record.rec_headers.get_header("WARC-Target-URI") == entry["url"]
        assert cdx.surt(entry["url"]) == key
    assert [json.loads(page)["url"] for page in pages[1:]] == [url_of(n) for n in (1, 2, 3)]


@pytest.mark.parametrize("form", ["wacz", "corpus"])
def test_a_package_is_verified_without_the_archive(desk, tmp_path_factory, monkeypatch, form):
    wanted = ["--with-captures"] if form == "corpus" else []
    export(form, "package", *wanted)
    package = str(desk / "package")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    assert run(["verify", "--package", package, "--all"]) == 0
    assert run(["verify", "--package", package, "2"]) == 0
    assert run(["verify", "--package", package, "9"]) == 2


def test_a_flipped_byte_in_a_corpus_is_found(desk, capfd):
    export("corpus", "corpus", "--with-captures")
    for path in (desk / "corpus").rglob("*"):
        if path.is_dir() or path.name == ".rasid-export":
            continue
        whole = path.read_bytes()
        path.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
        assert run(["verify", "--package", "corpus", "--all"]) != 0, path
        path.write_bytes(whole)
    assert run(["verify", "--package", "corpus", "--all"]) == 0


def test_a_flipped_byte_in_the_captures_of_a_wacz_is_found(desk, capfd):
    export("wacz", "a.wacz")
    whole = (desk / "a.wacz").read_bytes()
    with zipfile.ZipFile(desk / "a.wacz") as package:
        begin = package.getinfo("archive/captures.warc.gz").header_offset + 80
    for place in range(begin, begin + 3000, 500):
        (desk / "a.wacz").write_bytes(
            whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        )
        assert run(["verify", "--package", "a.wacz", "--all"]) != 0, place


def test_a_corpus_is_a_bag_with_a_card_that_counts(desk):
    export("corpus", "corpus")
    corpus = desk / "corpus"

    sums = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=corpus, check=False
    )
    payload = ["sha256sum", "--check", "--strict", "manifest-sha256.txt"]
    assert sums.returncode == 0
    assert subprocess.run(payload, cwd=corpus, check=False).returncode == 0
    card = (corpus / "README.md").read_text("utf-8")
    assert "| alpha | 3 |" in card
    assert "| 2026-12 | 1 |" in card
    assert "| ar | 3 |" in card
    assert "## Licence and take-down" in card
    assert "date-released" in (corpus / "CITATION.cff").read_text("utf-8")
    assert not (corpus / "data" / "captures").exists()


@pytest.mark.parametrize(
    "title", ['=HYPERLINK("https://evil.example","خبر")', "+1+1", "-2", "@SUM(A1)", "\t=1", "＝1"]
)
def test_no_spreadsheet_runs_a_headline(title):
    shown = next(csv.reader(io.StringIO(f'"{cell(title).replace(chr(34), chr(34) * 2)}"')))

    assert shown == [f"'{title}"]


def test_what_was_taken_down_is_neither_found_nor_exported(desk, capfd):
    assert run(["takedown", "add", url_of(2), "--reason", "court order 7/2026"]) == 0
    assert "article 2 is withheld" in capfd.readouterr().out

    export("jsonl", "a.jsonl")
    export("warc", "a.warc.gz")
    assert url_of(2).encode() not in (desk / "a.jsonl").read_bytes()
    with (desk / "a.warc.gz").open("rb") as file:
        urls = {
            record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(file)
        }
    assert url_of(1) in urls
    assert url_of(2) not in urls
    capfd.readouterr()
    assert run(["search", "دورية", "--json"]) == 0
    assert {found["id"] for found in json.loads(capfd.readouterr().out)} == {1, 3}

    assert run(["takedown", "list", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)[0]["reason"] == "court order 7/2026"
    assert run(["takedown", "remove", url_of(2)]) == 0
    assert run(["takedown", "remove", url_of(2)]) == 2
    assert run(["search", "دورية", "--json"]) == 0
    out = capfd.readouterr().out.splitlines()[-1]
    assert {found["id"] for found in json.loads(out)} == {1, 2, 3}


def test_options_of_one_form_are_refused_for_another(desk, capfd):
    export("jsonl", "a", "--with-captures", status=2)
    assert "--with-captures goes with corpus" in capfd.readouterr().err
    export("parquet", "-", status=2)
    assert "this form is a folder of files" in capfd.readouterr().err
