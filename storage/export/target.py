"""Where an export goes: a file that appears whole or not at all, or standard output."""

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from storage.errors import InputError


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Yield what to write to for *path*: `-` is standard output, `.gz` is compressed.

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
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _compressed(file: BinaryIO, target: Path) -> Iterator[BinaryIO]:
    if target.suffix != ".gz":
        yield file
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as out:
        yield cast("BinaryIO", out)
