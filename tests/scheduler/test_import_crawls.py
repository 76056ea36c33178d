"""Crawls of other programs, moved in: WARC and WACZ files."""

import gzip
import io
import json
import zipfile

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scheduler.cli.app import run
from tests.captured import page, url_of


def crawl(*answers, compressed=True):
    """A WARC file as another program writes it: whole seconds, chunks kept."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=compressed, warc_version="WARC/1.0")
    writer.write_record(writer.create_warcinfo_record("other.warc.gz", {"software": "other"}))
    for url, status, headers, body in answers:
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders(f"{status} X", headers, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": "2026-11-20T09:00:00Z"},
        )
        writer.write_record(record)
    return out.getvalue()


HTML = [("Content-Type", "text/html; charset=utf-8")]
GZIPPED = [*HTML, ("Content-Encoding", "gzip")]
CHUNKED = [*HTML, ("Transfer-Encoding", "chunked")]


def chunks(body):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:99], body[99:], b""))


ANSWERS = (
    (url_of(1), 200, HTML, page(1)),
    (url_of(2), 200, GZIPPED, gzip.compress(page(2))),
    (url_of(3), 200, CHUNKED, chunks(page(3))),
    ("https://alpha.example/logo.png", 200, [("Content-Type", "image/png")], b"\x89PNG"),
    (url_of(4), 301, [("Location", url_of(1))], b""),
    ("https://alpha.example/about/", 200, HTML, b"<h1>x</h1>"),
)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text("")
    return tmp_path


def imported(capfd, path):
    status = run(["import", str(path), "--json"])
    return status, json.loads(capfd.readouterr().out)


@pytest.mark.parametrize("name", ["other.warc.gz", "other.warc", "other.wacz"])
def test_the_pages_of_a_crawl_become_articles(desk, capfd, name):
    content = crawl(*ANSWERS, compressed=not name.endswith(".warc"))
    if name.endswith(".wacz"):
        with zipfile.ZipFile(desk / name, "w") as package:
            package.writestr("archive/data.warc.gz", content)
            package.writestr("pages/pages.jsonl", "{}")
    else:
        (desk / name).write_bytes(content)

    status, said = imported(capfd, desk / name)

    assert (status, said["new"], said["seen"]) == (1, 3, 4)
    assert sum(said["refused"].values()) == 1
    assert said["sites"] == ["alpha.example"]
    assert run(["article", "3", "--json"]) == 0
    article = json.loads(capfd.readouterr().out)
    assert article["headline"] == "دوريةٌ مشتركة في ريف المدينة 3"
    assert article["first_seen_at"] == "2026-11-20T09:00:00Z"
    assert imported(capfd, desk / name)[1]["unchanged"] == 3


def test_with_its_file_among_the_captures_it_is_verified(desk, capfd):
    (desk / "captures").mkdir()
    (desk / "captures" / "other.warc.gz").write_bytes(crawl(*ANSWERS[:3]))

    assert imported(capfd, desk / "captures" / "other.warc.gz")[0] == 0

    assert run(["verify", "--all", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["outcomes"] == {"verified": 3}
    # The records of another program go out as they are, too.
    assert run(["export", "warc", "again.warc.gz"]) == 0
    assert imported(capfd, desk / "again.warc.gz")[1]["unchanged"] == 3


def test_a_file_that_is_no_crawl_is_refused_in_one_line(desk, capfd):
    for name in ("a.warc.gz", "a.wacz"):
        (desk / name).write_bytes(b"<html>404</html>")
        assert run(["import", name]) == 2
        assert f"{name}: cannot be read as WARC" in capfd.readouterr().err
