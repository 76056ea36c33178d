"""Passwords, and the random values that let a browser or a program in."""

import hmac
import secrets
import threading
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.errors import InputError

SHORTEST = 10
LONGEST = 1_000
TOKEN_PREFIX = "rasid_"  # noqa: S105 - how one is known, is none

_HASHER = PasswordHasher()
# Each check takes 64 MB by design; one at a time, so that guessing costs us no more than that.
_ONE_AT_A_TIME = threading.Lock()
# Checked where there is no such person, so that names cannot be told apart by the time it takes.
_NOBODY = _HASHER.hash(secrets.token_hex(16))


def hashed(password: str) -> str:
    """Return what is kept of a password; InputError for one that is too short."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"a password has at least {SHORTEST} characters")
    with _ONE_AT_A_TIME:
        return _HASHER.hash(password)


def right(password: str, kept: str | None) -> bool:
    """Return whether *password* is the one *kept*; never where there is none."""
    if len(password) > LONGEST:
        return False
    with _ONE_AT_A_TIME:
        try:
            return _HASHER.verify(kept or _NOBODY, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def fresh() -> str:
    """Return a new random value nobody can guess."""
    return secrets.token_urlsafe(32)


def csrf(visit: str) -> str:
    """Return what a form must bring along, for the browser that holds *visit*."""
    return sha256(f"rasid-form:{visit}".encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare without telling by the time it takes where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
