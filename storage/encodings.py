"""The content encodings of HTTP undone, as far as a bound. Pure."""

import zlib
from collections.abc import Callable

Decode = Callable[[bytes, int], bytes]


def decoded(body: bytes, encodings: str | None, *, longest: int) -> bytes:
    """Return *body* without what a header `Content-Encoding` says was done to it.

    At most *longest* bytes are unfolded; of a body that is cut off or damaged, what comes before
    the damage. A body is left as it is from the first encoding on that is not known.

    >>> decoded(zlib.compress(b"abc"), "deflate", longest=2)
    b'ab'
    """
    for name in reversed([part.strip().lower() for part in (encodings or "").split(",")]):
        decode = DECODERS.get(name)
        if decode is None:
            break
        body = decode(body, longest)
    return body[:longest]


def _gzip(body: bytes, longest: int) -> bytes:
    parts: list[bytes] = []
    while body and longest > 0:
        inflating = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            part = inflating.decompress(body, longest)
        except zlib.error:
            # Some servers say gzip and send plain text.
            return b"".join(parts) or body
        parts.append(part)
        longest -= len(part)
        body = inflating.unused_data
    return b"".join(parts)


def _deflate(body: bytes, longest: int) -> bytes:
    # The standard says zlib; some servers send what is inside of it.
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(wbits=wbits).decompress(body, longest)
        except zlib.error:
            continue
    return body


def _brotli(body: bytes, longest: int) -> bytes:
    try:
        import brotli
    except ImportError:
        return body
    inflating, parts = brotli.Decompressor(), []
    try:
        while longest > 0 and not inflating.is_finished():
            part = inflating.process(body, output_buffer_limit=longest)
            if not part:
                break
            parts.append(part)
            longest -= len(part)
            body = b""
    except brotli.error:
        return b"".join(parts) or body
    return b"".join(parts)


DECODERS: dict[str, Decode] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "identity": lambda body, _: body,
    "": lambda body, _: body,
}
