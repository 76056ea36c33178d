import gzip
import json

import pytest

from scheduler import spool
from scheduler.spool import Spool, decoded, entries
from storage.errors import InputError

ONE, TWO = {"title": 'أول "خبر" {', "n": [1, {"a": "}\\"}]}, {"title": "ثانٍ"}


def contents(path):
    return [decoded(entry) for entry in entries(path)]


def written(tmp_path, content, name="news.jsonl"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def lines(*objects):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode()


@pytest.mark.parametrize(
    "content",
    [
        lines(ONE, TWO),
        b"\xef\xbb\xbf" + lines(ONE, TWO),
        lines(ONE, TWO).replace(b"\n", b"\r\n\r\n"),
        gzip.compress(lines(ONE, TWO)),
        json.dumps([ONE, TWO]).encode(),
        json.dumps([ONE, TWO], indent=2, ensure_ascii=False).encode(),
        b"\n".join(json.dumps(each, indent=1).encode() for each in (ONE, TWO)),
    ],
    ids=["lines", "byte order mark", "blank lines", "gzip", "array", "pretty array", "pretty"],
)
def test_objects_are_read_however_a_file_holds_them(tmp_path, content):
    assert contents(written(tmp_path, content)) == [ONE, TWO]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64])
def test_an_array_is_cut_right_wherever_a_chunk_ends(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(spool, "CHUNK", chunk)

    assert contents(written(tmp_path, b"[" + json.dumps(ONE).encode() + b", {} ]")) == [ONE, {}]


def test_an_empty_file_holds_nothing(tmp_path):
    assert contents(written(tmp_path, b"")) == []


def test_a_bad_line_is_one_bad_line(tmp_path):
    content = lines(ONE) + b'{"title": \n"text"\n[1]\n{"title": "\xff"}\n' + lines(TWO)

    assert contents(written(tmp_path, content)) == [
        ONE, "bad_json", "no_object", "no_object", "bad_encoding", TWO,
    ]  # fmt: skip


def test_a_place_is_the_line(tmp_path):
    path = written(tmp_path, lines(ONE) + b"\n" + lines(TWO))

    assert [entry.place for entry in entries(path)] == ["news.jsonl:1", "news.jsonl:3"]


def test_what_can_be_read_of_a_damaged_file_is_read(tmp_path):
    whole = gzip.compress(lines(*[ONE] * 5000))
    found = contents(written(tmp_path, whole[: len(whole) // 2], "half.gz"))

    assert found[-1] == "damaged_file"
    assert found[:-1] == [ONE] * (len(found) - 1)
    assert len(found) > 1


def test_an_array_that_breaks_off_says_so(tmp_path):
    assert contents(written(tmp_path, b'[{"a": 1}, {"b": ')) == [{"a": 1}, "damaged_file"]


def test_an_endless_line_is_not_read_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "LONGEST", 100)
    content = b'{"body": "' + b"x" * 1000 + b'"}\n' + lines(TWO)

    assert contents(written(tmp_path, content)) == ["too_long", TWO]
    assert contents(written(tmp_path, b"[" + content.replace(b"}\n{", b"},{") + b"]")) == [
        "too_long",
        TWO,
    ]


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"\x28\xb5\x2f\xfd....", "decompress"),
        ("خبر".encode("utf-16"), "UTF-8"),
        (b"PK\x03\x04...", "unpack"),
        (b"WARC/1.1\r\n", "WARC"),
    ],
)
def test_what_is_no_json_at_all_is_refused_with_the_way_out(tmp_path, content, remedy):
    with pytest.raises(InputError, match=remedy):
        contents(written(tmp_path, content))


def test_a_missing_file_is_the_users_mistake(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        contents(tmp_path / "absent.jsonl")


def test_the_spool_gives_back_by_moment_and_then_as_put(tmp_path):
    path = written(tmp_path, lines({"n": 1}, {"n": 2}, {"n": 3}))
    moments = [[(5.0, 0.0), (1.0, 0.0)], [(3.0, 1.0)], [(3.0, 1.0)]]
    with Spool() as waiting:
        for entry, when in zip(entries(path), moments, strict=True):
            waiting.put(entry, when)

        found = [(decoded(entry)["n"], number) for entry, number in waiting.ordered()]

    assert found == [(1, 1), (2, 0), (3, 0), (1, 0)]
