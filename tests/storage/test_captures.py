import errno
import gzip
import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import brotli
import pytest
from warcio.archiveiterator import ArchiveIterator

from storage import captures
from storage.captures import Writer
from storage.errors import ArchiveError, DiskFull, InputError
from storage.exchanges import Exchange

HOUR = timedelta(hours=1)
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


def test_a_record_says_what_lies_on_the_disk_and_where(writer, tmp_path):
    writer.write(exchange(1))
    record = writer.write(exchange(2))

    with captures.opened(tmp_path / "captures", record.warc) as file:
        assert captures.digest_on_disk(file, record.offset, record.length) == record.record_sha256
        found = captures.response_at(file, record.offset)
        file.seek(0, 2)
        assert record.offset + record.length == file.tell()
    assert (found.url, found.fetched_at, found.status, found.body) == (
        record.url,
        NOW,
        200,
        HTML,
    )


def test_an_unchanged_body_is_kept_once_and_referred_to(writer, tmp_path):
    first = writer.write(exchange(1))
    second = writer.write(replace(exchange(1), fetched_at=NOW + HOUR), first)

    with captures.opened(tmp_path / "captures", second.warc) as file:
        found = captures.response_at(file, second.offset)
    assert found.body is None
    assert found.refers_to == (first.url, NOW)
    assert (found.fetched_at, found.status) == (NOW + HOUR, 200)
    assert second.sha256 == first.sha256
    assert (second.original.warc, second.original.offset) == (first.warc, first.offset)
    with pytest.raises(InputError, match="has no body"):
        captures.read(tmp_path / "captures", second.warc, second.offset)


def test_the_redirects_that_led_to_a_page_are_kept_with_it(writer, tmp_path):
    hop = replace(
        exchange(9, b""),
        status=301,
        response_headers=[("Location", "https://alpha.example/news/1/")],
    )
    record = writer.write(replace(exchange(1), redirects=(hop,)))

    assert record.redirects == (hop.url,)
    with captures.opened(tmp_path / "captures", record.warc) as file:
        kinds = [
            (one.rec_type, one.rec_headers.get_header("WARC-Target-URI"))
            for one in ArchiveIterator(file)
        ]
    assert kinds[1:] == [
        ("response", record.url),
        ("request", record.url),
        ("response", hop.url),
        ("request", hop.url),
    ]


def test_a_body_is_read_with_its_encoding_undone(writer, tmp_path):
    sent = brotli.compress(HTML)
    record = writer.write(exchange(1, sent, **{"Content-Encoding": "br"}))

    with captures.opened(tmp_path / "captures", record.warc) as file:
        found = captures.response_at(file, record.offset)
    assert (found.body, found.content()) == (sent, HTML)


def test_a_bomb_is_not_unfolded_beyond_its_bound(monkeypatch):
    monkeypatch.setattr(captures, "LONGEST", 10_000)
    sent = gzip.compress(bytes(1_000_000))
    found = captures.Response("", NOW, 200, [("Content-Encoding", "gzip")], sent)

    assert len(found.content()) == 10_000


def test_what_a_killed_writer_left_is_finished_by_the_next_one(tmp_path):
    whole, half = _killed_in_mid_record(tmp_path)

    Writer(tmp_path, "next", software="Rasid").close()

    [path] = tmp_path.iterdir()
    assert path.name == whole.warc
    assert path.stat().st_size == whole.offset + whole.length
    assert captures.read(tmp_path, whole.warc, whole.offset) == HTML
    check = [sys.executable, "-m", "warcio.cli", "check", str(path)]
    assert subprocess.run(check, check=False, capture_output=True).returncode == 0
    assert half > 0


def _killed_in_mid_record(folder):
    """What a writer leaves that is killed while it writes its second record."""
    writer = Writer(folder, "killed", software="Rasid")
    whole = writer.write(exchange(1))
    second = writer.write(exchange(2))
    writer._file.truncate(second.offset + 50)
    writer._file.close()  # the lock goes with the process
    return whole, 50


def test_a_file_whose_writer_lives_is_left_alone(writer, tmp_path):
    writer.write(exchange(1))
    Writer(tmp_path / "captures", "other", software="Rasid").close()

    [path] = (tmp_path / "captures").iterdir()
    assert path.name.endswith(".open")


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.captures import Writer
from storage.exchanges import Exchange

writer = Writer(Path(sys.argv[1]), "killed", software="Rasid")
number = 0
while True:
    number += 1
    body = b"%d " % number * 20_000
    record = writer.write(
        Exchange("https://a.example/", datetime.now(UTC), "GET", [], 200, "OK", [], body)
    )
    print(record.warc, record.offset, record.sha256, flush=True)
"""


def test_of_a_writer_killed_while_it_writes_everything_it_reported_is_there(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    told = [process.stdout.readline().split() for _ in range(20)]
    process.kill()
    # What stood in the pipe was reported, too; the last line may have been cut off.
    told += [line.split() for line in process.stdout.read().split("\n")[:-1]]
    process.wait()
    process.stdout.close()

    assert len(captures.finish_abandoned(tmp_path)) == 1
    for warc, offset, sha256 in told:
        assert hashlib.sha256(captures.read(tmp_path, warc, int(offset))).hexdigest() == sha256


class FullDisk(io.BytesIO):
    """Takes some bytes of a record, then no more."""

    def write(self, data):
        super().write(data[:30])
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_named_and_leaves_no_half_a_record(writer, tmp_path):
    first = writer.write(exchange(1))
    file, disk = writer._file, FullDisk()
    disk.seek(first.offset + first.length)
    writer._file = disk
    with pytest.raises(DiskFull, match="the disk is full; free some space, then start again"):
        writer.write(exchange(2))
    assert disk.getbuffer().nbytes == first.offset + first.length

    writer._file = file
    second = writer.write(exchange(2))
    assert captures.read(tmp_path / "captures", second.warc, second.offset) == HTML


def test_every_byte_of_a_file_counts(writer, tmp_path):
    writer.write(exchange(1, b"1"))
    writer.close()
    [path] = (tmp_path / "captures").iterdir()
    whole = path.read_bytes()

    assert captures.faulty_stretch(io.BytesIO(whole), 0, len(whole)) is None
    for place in range(len(whole)):
        altered = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        fault = captures.faulty_stretch(io.BytesIO(altered), 0, len(whole))
        assert fault is not None, place
