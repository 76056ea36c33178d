import gzip
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from storage import captures
from storage.captures import Exchange, Writer
from storage.errors import ArchiveError, InputError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HTML = "<h1>شرقِ الفراتِ</h1>".encode()


def exchange(number: int = 1, body: bytes = HTML, **headers: str) -> Exchange:
    return Exchange(
        url=f"https://alpha.example/news/{number}/",
        fetched_at=NOW,
        method="GET",
        request_headers=[("User-Agent", "Rasid")],
        status=200,
        reason="OK",
        response_headers=[("Content-Type", "text/html"), *headers.items()],
        body=body,
    )


@pytest.fixture
def writer(tmp_path):
    writer = Writer(tmp_path / "captures", "worker", software="Rasid")
    yield writer
    writer.close()


def test_a_body_is_found_again_by_its_offset(writer, tmp_path):
    records = [writer.write(exchange(number, HTML * number)) for number in (1, 2, 3)]

    for number, record in enumerate(records, 1):
        body = captures.read(tmp_path / "captures", record.warc, record.offset)
        assert body == HTML * number


def test_a_body_is_kept_as_it_was_sent_still_compressed(writer, tmp_path):
    sent = gzip.compress(HTML)
    record = writer.write(exchange(1, sent, **{"Content-Encoding": "gzip"}))

    assert captures.read(tmp_path / "captures", record.warc, record.offset) == sent


def test_a_closed_file_has_its_final_name_and_passes_warcios_own_check(writer, tmp_path):
    for number in range(5):
        writer.write(exchange(number))
    writer.close()

    [path] = (tmp_path / "captures").iterdir()
    assert path.name.endswith(".warc.gz")
    check = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout
    assert "digest failed" not in check.stdout


def test_a_file_cut_off_in_mid_record_still_gives_what_came_before(writer, tmp_path):
    records = [writer.write(exchange(number)) for number in (1, 2)]
    [path] = (tmp_path / "captures").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: records[1].offset + 40])

    assert captures.read(tmp_path / "captures", records[0].warc, records[0].offset) == HTML


def test_a_file_that_is_full_is_followed_by_the_next(tmp_path):
    writer = Writer(tmp_path, "worker", software="Rasid", rotate=2_000)
    # Random bytes do not compress, so each record fills a file.
    records = [writer.write(exchange(n, bytes(range(256)) * 10)) for n in range(3)]
    writer.close()

    assert len({record.warc for record in records}) > 1
    for record in records:
        assert captures.read(tmp_path, record.warc, record.offset) == bytes(range(256)) * 10


def test_a_missing_file_is_named_with_what_may_have_happened(tmp_path):
    with pytest.raises(InputError, match=r"gone\.warc\.gz: there is no such file; was it moved"):
        captures.read(tmp_path, "gone.warc.gz", 0)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ArchiveError, match="the folder cannot be made"):
        Writer(tmp_path / "file" / "captures", "worker", software="Rasid")
