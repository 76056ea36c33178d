import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scheduler import listfile, watchlists
from scheduler.watchlists import Watch, added, replaced
from storage.errors import DiskFull, WatchError

LIST = """\
# The desk's list; ask Rima before changing it.

[[watch]]  # the river
name = "شرق الفرات"
query = 'شرق الفرات OR "شرق نهر الفرات"'
channels = ["newsroom"]
priority = "high"
[[watch.should_match]]
text = "من شرقِ الفراتِ"

# Cities of the north.
[[watch]]
name = "الحسكة"
query = "الحسكة"

[[watch]]
name = "قسد"
query = "قسد"
# kept since 2019
note = "لا يشمل قسداً أخرى"
"""


def names(text: str) -> list[str]:
    return [watch.name for watch in watchlists.parse(text, where="watches.toml")]


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_list_is_read_with_its_cases(tmp_path):
    [river, *_] = watchlists.read(write(tmp_path, "watches.toml", LIST))

    assert river.query == 'شرق الفرات OR "شرق نهر الفرات"'
    assert river.should_match[0].text == "من شرقِ الفراتِ"
    assert river.settings == {
        "channels": ["newsroom"],
        "priority": "high",
        "should_match": [{"text": "من شرقِ الفراتِ"}],
    }


def test_adding_leaves_the_rest_as_it_was():
    text = watchlists.added(LIST, [Watch(name='ال"باب', query="الباب", priority="low")])

    assert text.startswith(LIST)
    assert names(text) == ["شرق الفرات", "الحسكة", "قسد", 'ال"باب']


def test_what_is_added_reads_back_the_same():
    watch = Watch(
        name="a\tb",
        query="\"شرق 'الفرات'\" \\ OR x",
        sites=("sana",),
        exclude=("حماة الوطن",),
        gap=2,
        should_match=({"text": "سطر\nآخر"},),
    )

    [read] = watchlists.parse(watchlists.added("", [watch]), where="")

    assert read == watch


def test_removing_takes_one_block_out_and_keeps_comments():
    text = watchlists.removed(LIST, "الحسكة", where="watches.toml")

    assert names(text) == ["شرق الفرات", "قسد"]
    assert "# Cities of the north." in text
    assert "# kept since 2019" in text


def test_removing_a_watch_takes_its_cases_along():
    text = watchlists.removed(LIST, "شرق الفرات", where="watches.toml")

    assert names(text) == ["الحسكة", "قسد"]
    assert "should_match" not in text
    assert text.startswith("# The desk's list; ask Rima")


def test_removing_the_last_watch_leaves_a_list_that_reads():
    text = LIST
    for name in ("قسد", "الحسكة", "شرق الفرات"):
        text = watchlists.removed(text, name, where="watches.toml")

    assert names(text) == []


def test_removing_the_only_watch_says_that_there_are_none():
    text = watchlists.removed('[[watch]]\nname = "a"\nquery = "a"\n', "a", where="watches.toml")

    assert names(text) == []
    assert text.strip()


def test_a_header_inside_a_text_is_no_header():
    text = '[[watch]]\nname = "a"\nquery = "a"\nnote = """\n[[watch]]\n"""\n[[watch]]\nname = "b"\nquery = "b"\n'

    with pytest.raises(WatchError, match="by hand"):
        watchlists.removed(text, "a", where="watches.toml")


def test_an_unknown_watch_brings_the_nearest_name():
    with pytest.raises(WatchError, match="did you mean 'الحسكة'"):
        watchlists.removed(LIST, "الحسكه", where="watches.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[watch]]\nname = ", "is no TOML"),
        ('[[watch]]\nname = "x"', "watch 'x': query is missing"),
        ('[[watch]]\nname = "x"\nquery = "x"\nmod = "exact"', "did you mean 'mode'?"),
        ('[[watch]]\nname = "x"\nquery = "x"\nmode = "stemmed"', "watch 'x': mode must be 'exact'"),
        ('[[watch]]\nname = "x"\nquery = " "', "must not be empty"),
        ('[[watches]]\nname = "x"', "unknown key 'watches'; did you mean 'watch'?"),
        (
            '[[watch]]\nname="x"\nquery="a"\n[[watch]]\nname="x"\nquery="b"',
            "two watches are named 'x'",
        ),
        ("watch = 3", "watch"),
    ],
)
def test_a_mistake_in_a_list_is_one_line(tmp_path, text, said):
    path = write(tmp_path, "watches.toml", text)

    with pytest.raises(WatchError) as error:
        watchlists.read(path)

    assert said in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


KEYWORDS = "شرق الفرات\n\n# a comment\n  دير   الزور \n#حمص\nشرق الفرات\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_keywords_are_read_one_a_line_in_any_unicode(tmp_path, encoding):
    path = write(tmp_path, "words.txt", KEYWORDS.encode(encoding))

    assert [watch.query for watch in watchlists.read(path)] == ["شرق الفرات", "دير الزور", "#حمص"]


def test_keywords_are_read_in_windows_1256(tmp_path):
    path = write(tmp_path, "words.txt", "شرق الفرات\r\nدير الزور\r\n".encode("windows-1256"))

    assert [watch.name for watch in watchlists.read(path)] == ["شرق الفرات", "دير الزور"]


@pytest.mark.parametrize(
    "content",
    [
        "قائمة الكلمات".encode("iso-8859-6"),
        bytes(range(128, 256)),
        b"\xff\xfe\x41",
        "قسد".encode("cp864", "replace") + b"\x81\xe9",
    ],
)
def test_a_list_in_no_known_encoding_is_refused_in_one_line(tmp_path, content):
    path = write(tmp_path, "words.txt", content)

    with pytest.raises(WatchError, match="save it as UTF-8"):
        watchlists.read(path)


def test_a_toml_list_in_windows_1256_says_what_it_is(tmp_path):
    path = write(tmp_path, "watches.toml", LIST.replace("ask Rima", "").encode("windows-1256"))

    with pytest.raises(WatchError, match="is windows-1256, and TOML must be UTF-8"):
        watchlists.read(path)


def test_a_toml_list_with_a_byte_order_mark_is_read(tmp_path):
    path = write(tmp_path, "watches.toml", LIST.encode("utf-8-sig"))

    assert len(watchlists.read(path)) == 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_by_its_column_names(tmp_path, delimiter):
    rows = [
        ["Keyword", "Name", "Priority", "ignored"],
        ["شرق الفرات", "الفرات", "high", "x"],
        ["قسد", "", "", ""],
    ]
    path = write(
        tmp_path, "words.csv", "\r\n".join(delimiter.join(row) for row in rows).encode("utf-8-sig")
    )

    river, sdf = watchlists.read(path)

    assert (river.name, river.query, river.priority) == ("الفرات", "شرق الفرات", "high")
    assert (sdf.name, sdf.query) == ("قسد", "قسد")


def test_a_table_without_column_names_has_keywords_in_front(tmp_path):
    path = write(tmp_path, "words.csv", '"شرق الفرات",ملاحظة\nقسد,\n'.encode("windows-1256"))

    assert [watch.query for watch in watchlists.read(path)] == ["شرق الفرات", "قسد"]


def test_a_row_that_is_not_right_is_named_by_its_line(tmp_path):
    path = write(tmp_path, "words.csv", "keyword,priority\nقسد,urgent\n")

    with pytest.raises(WatchError, match=r"line 2: priority must be 'high', 'normal' or 'low'"):
        watchlists.read(path)


def test_an_unknown_channel_brings_the_nearest_one():
    watches = [Watch(name="x", query="x", channels=("newsrom",))]

    with pytest.raises(WatchError, match="unknown channel 'newsrom'; did you mean 'newsroom'"):
        watchlists.check(watches, channels=["newsroom"], where="watches.toml")


def test_replacing_leaves_every_other_line_as_it_was():
    text = (
        "# ours\n\n[[watch]] # first\nname = 'a'\nquery = 'الفرات'\n# why\n"
        "[[watch.should_match]]\ntext = 'الفرات'\n\n# the other\n[[watch]]\nname='b'\nquery='درعا'\n"
    )

    after = replaced(text, Watch(name="a", query="دجلة", priority="high"), where="w")

    assert after == (
        '# ours\n\n[[watch]] # first\n# why\nname = "a"\nquery = "دجلة"\npriority = "high"\n\n'
        "# the other\n[[watch]]\nname='b'\nquery='درعا'\n"
    )
    with pytest.raises(WatchError, match="no watch 'c'"):
        replaced(text, Watch(name="c", query="c"), where="w")
    with pytest.raises(WatchError, match="by hand"):
        replaced("watch = [{name='a', query='b'}]", Watch(name="a", query="c"), where="w")


def test_a_list_is_written_by_one_at_a_time_and_only_as_it_was_read(tmp_path):
    path = tmp_path / "watches.toml"

    def add(number):
        listfile.change(path, lambda text: added(text, [Watch(name=f"w{number}", query="قسد")]))

    before = listfile.state(path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))

    assert {watch.name for watch in listfile.watches(path)} == {f"w{n}" for n in range(12)}
    with pytest.raises(listfile.ChangedMeanwhile):
        listfile.change(path, lambda text: text, since=before)
    with pytest.raises(WatchError):
        listfile.change(path, lambda _text: "[[watch]]\n")
    assert len(listfile.watches(path)) == 12


def test_a_disk_that_is_full_leaves_the_list_as_it_was_and_says_so(tmp_path, monkeypatch):
    path = tmp_path / "watches.toml"
    path.write_text(LIST, "utf-8")

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(DiskFull, match="the disk is full"):
        listfile.change(path, lambda text: added(text, [Watch(name="w", query="w")]))
    assert path.read_text("utf-8") == LIST
    assert list(tmp_path.iterdir()) == [path]
