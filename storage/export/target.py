"""Where an export goes: a file or folder that appears whole or not at all, or standard output."""

import gzip
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from storage.errors import InputError, of_writing

# Lies in every folder an export made, and says that another may take its place.
MARK = ".rasid-export"


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Yield what to write to for *path*: `-` is standard output, `.gz` and `.zst` are compressed.

    A file is written beside its place as `NAME.part` and takes its place at the
    end; when writing fails it is removed, and what was there before still is.
    Compressed files carry neither name nor time, so that equal content is equal bytes.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    if target.is_dir():
        raise InputError(f"{path}: it is a folder; name a file in it.")
    part = target.with_name(target.name + ".part")
    try:
        file = part.open("wb")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}).") from error
    try:
        with file:
            with _compressed(file, target) as out:
                yield out
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise of_writing(error, path) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def folder(path: str) -> Iterator[Path]:
    """Yield a new folder that takes the place of *path* at the end, or is removed.

    An earlier export gives way; a folder of anything else does not: InputError.
    """
    target = Path(path)
    if path == "-":
        raise InputError("-: this form is a folder of files; name one.")
    if target.exists() and not (target / MARK).is_file() and any_in(target):
        raise InputError(f"{path}: there is something else already; name a new folder.")
    part, before = (target.with_name(target.name + end) for end in (".part", ".before"))
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        (part / MARK).write_text("An export of Rasid; the next one may replace it.\n", "utf-8")
        yield part
        if target.exists():
            shutil.rmtree(before, ignore_errors=True)
            target.rename(before)
        part.rename(target)
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        raise of_writing(error, path) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def any_in(path: Path) -> bool:
    """Return whether *path* is a file, or a folder with something in it."""
    return not path.is_dir() or any(path.iterdir())


def arrow(form: str) -> Any:
    """Return pyarrow, which *form* needs. InputError says how to get it."""
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        raise InputError(f'{form} needs pyarrow; install "rasid[corpus]".') from None
    return pa


@contextmanager
def _compressed(file: BinaryIO, target: Path) -> Iterator[BinaryIO]:
    # A WARC file is compressed record by record by who writes it.
    if target.name.endswith(".warc.gz") or target.suffix not in (".gz", ".zst"):
        yield file
    elif target.suffix == ".zst":
        # It closes what it writes to, and the file is still to be brought to the disk.
        with (
            os.fdopen(os.dup(file.fileno()), "wb") as same,
            arrow(".zst").CompressedOutputStream(same, "zstd") as out,
        ):
            yield out
    else:
        with gzip.GzipFile(
            filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6
        ) as zipped:
            yield cast("BinaryIO", zipped)
