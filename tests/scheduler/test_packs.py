"""The alias packs, each held to its own cases."""

import pytest

from scheduler.matching import match_text
from scheduler.packs import shelf
from storage.errors import QueryError, WatchError

PACKS = shelf.shipped()


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_finds_what_it_should_and_nothing_else(name):
    pack = PACKS[name]

    missed = [text for text in pack.should_match if not match_text(f"@{name}", text)]
    wrong = [text for text in pack.should_not_match if match_text(f"@{name}", text)]

    assert (missed, wrong) == ([], [])
    assert pack.should_match
    assert pack.should_not_match


def test_there_are_at_least_forty_packs_with_titles():
    assert len(PACKS) >= 40
    assert all(pack.title and pack.english for pack in PACKS.values())


def test_a_pack_stands_beside_other_terms():
    text = "دورية شرقي الفرات"

    assert [s.text for s in match_text("@east_of_euphrates AND دورية", text)] == [
        "دورية",
        "شرقي الفرات",
    ]


def test_an_unknown_pack_names_the_nearest():
    with pytest.raises(QueryError, match=r"column 9: .*did you mean @east_of_euphrates\?"):
        match_text("قسد AND @east_of_eufrates", "قسد")


def test_own_packs_stand_over_the_shipped(tmp_path):
    path = tmp_path / "packs.toml"
    path.write_text('[[pack]]\nname = "sdf"\naliases = ["قسد"]\nexcept = ["قسد الشهري"]\n', "utf-8")

    packs = shelf.load([path])

    assert packs["sdf"].aliases == ("قسد",)
    assert "isis" in packs


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[pack]", "not TOML"),
        ("[pack]\nname = 'x'", "a pack begins with"),
        ("name = 'x'", "unknown key 'name'"),
        ("[[pack]]\nname = 'X y'", "a name has small letters"),
        ("[[pack]]\nname = 'x'", "aliases are missing"),
        ("[[pack]]\nname = 'x'\naliases = 'قسد'", "aliases is not a list of texts"),
        ("[[pack]]\nname = 'x'\nalias = []", "unknown key 'alias'"),
    ],
)
def test_a_pack_file_that_is_not_right_says_where(tmp_path, content, message):
    path = tmp_path / "packs.toml"
    path.write_text(content, "utf-8")

    with pytest.raises(WatchError, match=f"packs.toml: .*{message}"):
        shelf.read(path)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "packs.toml"
    path.write_bytes("[[pack]] # قسد".encode("cp1256"))

    with pytest.raises(WatchError, match="cannot be read as UTF-8"):
        shelf.read(path)


@pytest.mark.parametrize("alias", ['"قسد', "@isis", "NOT قسد"])
def test_an_alias_that_is_no_query_names_its_pack(tmp_path, alias):
    path = tmp_path / "packs.toml"
    path.write_text(f"[[pack]]\nname = 'x'\naliases = ['{alias}']\n", "utf-8")

    with pytest.raises(WatchError, match="pack x: "):
        _ = shelf.read(path)["x"].node
