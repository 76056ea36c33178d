"""What CONTRIBUTING.md says of the code and no linter holds."""

import ast
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("storage", "scraper", "scheduler")
LONGEST_FUNCTION = 50
LONGEST_MODULE = 500

MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# A migration is a list of steps, read once.
ROOMS = [path for path in MODULES if "migrations" not in path.parts]
SOURCES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", ROOMS, ids=_name)
def test_functions_and_modules_are_of_a_size_to_be_read(path: Path):
    text = path.read_text("utf-8")
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in _functions(ast.parse(text))
        if node.end_lineno is not None and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]

    assert long == []
    assert len(text.splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_invisible_character_stands_bare_in_the_source(path: Path):
    # They cannot be seen in a review, and an editor may drop them.
    found = {
        f"line {number}: U+{ord(character):04X}"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for character in line
        if unicodedata.category(character) in ("Cf", "Co", "Cn", "Zl", "Zp")
    }

    assert found == set()


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name == "__init__.py"], ids=_name
)
def test_packages_re_export_nothing(path: Path):
    body = ast.parse(path.read_text("utf-8")).body

    assert all(isinstance(node, ast.Expr) for node in body)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nothing_is_left_for_later(path: Path):
    words = ("TODO", "FIXME", "XXX", "NotImplementedError")

    assert [word for word in words if word in path.read_text("utf-8")] == []


def test_no_folder_of_tests_hides_a_package():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_test_files_have_names_of_their_own():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]

    assert sorted(names) == sorted(set(names))
