"""The file of the watch list: read, and changed in one step by one writer at a time.

    text(path) -> str                      what it says; the beginning of one where there is none
    state(path) -> str                     equal for equal content
    change(path, changed, state=…) -> str  write what *changed* makes of its text

The command line and the desk write it through here, so that neither undoes the other.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from scheduler.watchlists import Watch, parse, read
from storage.errors import WatchError, of_writing

HEAD = """\
# What Rasid watches for. One [[watch]] each; `rasid watch test` runs their own cases.
"""


class ChangedMeanwhile(WatchError):
    """Somebody wrote the list since it was read; what it says now comes first."""


def text(path: Path) -> str:
    """Return the list's text; what one begins with where there is no file yet."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return HEAD
    except UnicodeDecodeError:
        raise WatchError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise WatchError(f"{path}: cannot be read: {error.strerror}") from None


def state(path: Path) -> str:
    """Return what tells one content of the file from another; nothing where there is none."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise WatchError(f"{path}: cannot be read: {error.strerror}") from None


def watches(path: Path) -> tuple[Watch, ...]:
    """Return the watches of the list; none where there is no file yet."""
    return read(path) if path.exists() else ()


def change(path: Path, changed: Callable[[str], str], *, since: str | None = None) -> None:
    """Replace the file by what *changed* makes of its text.

    *since* is the state it was in when its user read it. Raises ChangedMeanwhile where it is
    in another by now; WatchError where what came out would be no list.
    """
    with _alone(path):
        if since is not None and state(path) != since:
            raise ChangedMeanwhile(f"{path}: was changed meanwhile; look at it again, then save")
        after = changed(text(path))
        # A list written in another way, `watch = [ … ]`, takes no appended block.
        parse(after, where=str(path))
        _write(path, after)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the folder of the list: whoever else would write it waits."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise WatchError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(path: Path, content: str) -> None:
    """Replace the file in one step; a full disk leaves the old one."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise of_writing(error, str(path)) from None
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        fresh.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        fresh.replace(path)
    except OSError as error:
        raise of_writing(error, str(path)) from None
    finally:
        fresh.unlink(missing_ok=True)
