import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage import holdings, manifests
from storage.captures import Record
from storage.database import reading, session
from storage.errors import ArchiveError
from storage.models import Capture

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def capture(number: int) -> Record:
    return Record(
        url=f"https://alpha.example/news/{number}/",
        warc="a.warc.gz",
        offset=number * 100,
        sha256=f"{number:064}",
        fetched_at=NOW,
        status=200,
        length=100,
        record_sha256=f"{number:064x}",
    )


def seal(engine, folder, now=NOW):
    with session(engine) as db:
        return manifests.seal(db, folder, now)


def add(engine, *numbers):
    with session(engine) as db:
        for number in numbers:
            holdings.keep(db, capture(number))


def faults(engine, folder):
    with reading(engine) as db:
        return [str(fault) for fault in manifests.check(db, folder)]


@pytest.fixture
def sealed(archive, tmp_path):
    """Two days of captures, the first one sealed in two passes."""
    add(archive, 1, 2)
    seal(archive, tmp_path)
    add(archive, 3)
    seal(archive, tmp_path)
    add(archive, 4)
    seal(archive, tmp_path, NOW + DAY)
    return archive


def test_each_day_has_a_file_that_follows_on_the_day_before(sealed, tmp_path):
    first = (tmp_path / "manifests" / "2026-03-01.jsonl").read_text().splitlines()
    second = (tmp_path / "manifests" / "2026-03-02.jsonl").read_text().splitlines()

    assert [json.loads(line)["offset"] for line in first[1:]] == [100, 200, 300]
    assert json.loads(second[0])["previous"]["chain"] == json.loads(first[-1])["chain"]
    assert faults(sealed, tmp_path) == []


def test_the_sums_beside_the_files_are_read_by_sha256sum(sealed, tmp_path):
    for day in ("2026-03-01", "2026-03-02"):
        command = ["sha256sum", "--check", "--strict", f"{day}.jsonl.sha256"]
        done = subprocess.run(command, cwd=tmp_path / "manifests", check=False, capture_output=True)
        assert done.returncode == 0


def test_nothing_new_is_nothing_to_seal(sealed, tmp_path):
    assert seal(sealed, tmp_path, NOW + 2 * DAY) is None
    with reading(sealed) as db:
        assert manifests.days(db) == ["2026-03-01", "2026-03-02"]


def test_a_flipped_byte_anywhere_in_a_manifest_is_found(sqlite_archive, tmp_path):
    add(sqlite_archive, 1)
    path = seal(sqlite_archive, tmp_path)
    for altered in (path, path.with_name(path.name + ".sha256")):
        whole = altered.read_bytes()
        for place in range(0, len(whole), 7):
            flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
            altered.write_bytes(flipped)
            assert faults(sqlite_archive, tmp_path), (altered.name, place)
        altered.write_bytes(whole)
    assert faults(sqlite_archive, tmp_path) == []


def test_a_capture_altered_in_the_tables_is_found(sealed, tmp_path):
    with session(sealed) as db:
        db.scalars(select(Capture).where(Capture.offset == 200)).one().sha256 = "f" * 64

    assert faults(sealed, tmp_path) == ["2026-03-01: line 2 and capture 2 of the archive differ"]


def test_a_day_rewritten_with_all_its_sums_breaks_the_next_one(sealed, tmp_path):
    # Who can write everywhere forges the first day anew, table and files; the second tells.
    with session(sealed) as db:
        db.scalars(select(Capture).where(Capture.offset == 200)).one().sha256 = "f" * 64
        db.flush()
        day = db.get(manifests.Manifest, "2026-03-01")
        content = manifests.contents(db, day.day)
        day.sha256 = manifests.hashlib.sha256(content).hexdigest()
        day.chain = json.loads(content.splitlines()[-1])["chain"]
        db.flush()
        (tmp_path / "manifests" / "2026-03-01.jsonl").unlink()
        manifests.write(db, tmp_path, day.day)

    assert faults(sealed, tmp_path) == ["2026-03-02: it does not follow on the day before"]


def test_a_file_that_is_gone_is_named_and_written_again_from_the_tables(sealed, tmp_path):
    path = tmp_path / "manifests" / "2026-03-01.jsonl"
    before = path.read_bytes()
    path.unlink()
    assert "2026-03-01.jsonl: No such file" in faults(sealed, tmp_path)[0]

    with reading(sealed) as db:
        manifests.write(db, tmp_path, "2026-03-01")
    assert path.read_bytes() == before


def test_an_altered_file_is_not_written_over(sealed, tmp_path):
    path = tmp_path / "manifests" / "2026-03-02.jsonl"
    path.write_bytes(path.read_bytes().replace(b"alpha", b"gamma"))
    add(sealed, 5)

    with pytest.raises(ArchiveError, match=r"2026-03-02\.jsonl: it was altered, and is left"):
        seal(sealed, tmp_path, NOW + DAY)
    assert b"gamma" in path.read_bytes()


def test_what_a_kill_left_half_written_is_completed(sealed, tmp_path):
    path = tmp_path / "manifests" / "2026-03-02.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])

    with reading(sealed) as db:
        manifests.write(db, tmp_path, "2026-03-02")
    assert path.read_bytes() == whole


def test_captures_that_were_moved_since_are_no_alteration(sealed, tmp_path):
    with session(sealed) as db:
        db.scalars(select(Capture).where(Capture.offset == 400)).one().offset = 7
    add(sealed, 5)

    seal(sealed, tmp_path, NOW + DAY)

    assert faults(sealed, tmp_path) == []


def test_more_than_a_batch_is_entered_in_several(sqlite_archive, tmp_path, monkeypatch):
    monkeypatch.setattr(manifests, "BATCH", 2)
    add(sqlite_archive, 1, 2, 3)

    assert [seal(sqlite_archive, tmp_path) is not None for _ in range(3)] == [True, True, False]
    assert faults(sqlite_archive, tmp_path) == []
