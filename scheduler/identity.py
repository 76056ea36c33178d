"""Are `storage`, `scraper` and `scheduler` ours?

PyPI has packages of all three names. In an environment of its own Rasid never
meets them; installed beside one, half of each would be imported, and the
errors would point anywhere but at the cause.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

# How the `__init__` of each package begins. A namesake installed over ours
# replaces that file and leaves the rest in place.
FIRST_WORDS = {
    "storage": '"""The archive:',
    "scraper": '"""The crawl:',
    "scheduler": '"""The service:',
}


def namesake() -> str | None:
    """Return one line on the first package that is not ours, or None when all are."""
    return foreign({name: _location(name) for name in FIRST_WORDS})


def foreign(locations: Mapping[str, Path | None]) -> str | None:
    """The same for packages at *locations* (their folders; None where there is none)."""
    home = Path(__file__).resolve().parents[1]
    for name, folder in locations.items():
        if folder is None:
            return f"the package '{name}' of rasid is missing; {_CURE}"
        if folder.resolve().parent != home or not _begins(folder / "__init__.py", name):
            return f"'{name}' at {folder} is another package of that name; {_CURE}"
    return None


_CURE = "install rasid into an environment of its own: python -m venv .venv, then pip install rasid"


def _location(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None if spec is None or spec.origin is None else Path(spec.origin)
    return Path(spec.submodule_search_locations[0])


def _begins(path: Path, name: str) -> bool:
    try:
        return path.read_text("utf-8").startswith(FIRST_WORDS[name])
    except (OSError, UnicodeDecodeError):
        return False
