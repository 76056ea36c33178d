"""Errors a person can act on.

Each message is one line that says where, what, and the way out. The command
line prints it without a traceback and ends with status 2.

    RasidError
    ├── ConfigError         a file or option the user wrote is not right
    │   ├── SiteError       a site file
    │   ├── WatchError      a watch list
    │   └── QueryError      a query; knows the column
    ├── ArchiveError        the archive cannot be opened or is not what it should be
    │   ├── SchemaError     the archive has another schema than this version needs
    │   └── DiskFull        there is no room to write; what was kept so far stands
    ├── InputError          a file or value given on the command line
    └── LeaseLost           a worker's hold on a site has ended; its write was refused
"""

import errno


class RasidError(Exception):
    """The base: anything a person can act on."""


class ConfigError(RasidError):
    """A file or option the user wrote is not right."""


class SiteError(ConfigError):
    """A site file is not right."""


class WatchError(ConfigError):
    """A watch list is not right."""


class QueryError(ConfigError):
    """A query cannot be parsed; *column* counts code points from 1."""

    def __init__(self, message: str, *, column: int | None = None) -> None:
        super().__init__(message)
        self.column = column


class ArchiveError(RasidError):
    """The archive cannot be opened, written or trusted."""


class SchemaError(ArchiveError):
    """The archive has another schema than this version needs."""


class DiskFull(ArchiveError):
    """There is no room to write. Nothing is lost: what is not kept is asked for again."""


class InputError(RasidError):
    """A file or value given on the command line cannot be used."""


class LeaseLost(RasidError):
    """Another worker holds the site now; what this one tried to write was refused."""


def of_writing(error: OSError, where: str) -> ArchiveError:
    """Return what to raise when the disk refused to take something at *where*."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(f"{where}: the disk is full; free some space, then start again.")
    return ArchiveError(f"{where}: cannot be written ({error.strerror}).")
