"""The wheel holds all that the checkout's packages hold, and starts without the checkout.

`.ci/wheel` goes further: it installs the wheel into an empty environment.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("storage", "scraper", "scheduler")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, folder], cwd=ROOT, check=True, capture_output=True)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path) -> Path:
    folder = wheel.parent / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_every_file_of_the_packages_is_in_the_wheel(unpacked: Path):
    missing = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        and not (unpacked / path.relative_to(ROOT)).exists()
    ]

    assert missing == []


def test_nothing_but_the_packages_is_in_the_wheel(unpacked: Path):
    found = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}

    assert found == set(PACKAGES)


def test_the_licence_is_in_the_wheel(unpacked: Path):
    [licence] = unpacked.glob("*.dist-info/licenses/LICENSE")

    assert "Apache License" in licence.read_text("utf-8")


@pytest.mark.parametrize("arguments", [["--help"], ["sites", "list", "--json"]], ids=" ".join)
def test_the_wheel_starts_from_any_folder(unpacked: Path, tmp_path: Path, arguments: list[str]):
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [sys.executable, "-m", "scheduler", *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout


def test_the_wheel_makes_an_archive_with_its_own_migrations(unpacked: Path, tmp_path: Path):
    program = (
        "import sys; from storage import database; "
        "engine = database.open_archive(sys.argv[1], create=True); "
        "print(database.__file__, database.schema_version(engine))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{tmp_path / 'archive.db'}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )

    place, schema = done.stdout.split()
    assert Path(place).is_relative_to(unpacked)
    assert int(schema) >= 1
