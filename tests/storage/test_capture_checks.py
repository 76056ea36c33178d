import pytest

from storage import capture_checks
from storage.database import reading, session
from storage.models import Worker
from tests.captured import NOW, furnish


@pytest.fixture
def desk(tmp_path):
    """A desk with three captured articles, and where their bytes lie."""
    config, engine = furnish(tmp_path, 3)
    [path] = config.captures.glob("*.warc.gz")
    yield engine, path
    engine.dispose()


def wrong(engine, folder, *, whole=True):
    with reading(engine) as db:
        found = capture_checks.check(db, folder, whole=whole)
        return {finding.check: finding.wrong for finding in found if finding.wrong}


def test_what_was_written_is_in_order(desk):
    engine, path = desk

    assert wrong(engine, path.parent) == wrong(engine, path.parent, whole=False) == {}


def test_a_flipped_byte_anywhere_in_a_file_is_found(desk):
    engine, path = desk
    whole = path.read_bytes()

    # The first bytes are of the record that belongs to no capture.
    for place in [*range(40), *range(40, len(whole), 97)]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert wrong(engine, path.parent), place
    path.write_bytes(whole)
    assert wrong(engine, path.parent) == {}


def test_a_file_that_is_gone_is_missed_where_our_worker_wrote_it(desk):
    engine, path = desk
    path.unlink()
    assert wrong(engine, path.parent) == {}

    with session(engine) as db:
        db.add(Worker(name="w", started_at=NOW, seen_at=NOW))
    assert wrong(engine, path.parent) == {"captures that are not there": 3}


def test_what_a_transaction_took_back_is_no_fault(desk):
    engine, path = desk
    whole = path.read_bytes()
    path.write_bytes(whole + whole)

    assert wrong(engine, path.parent) == {}
