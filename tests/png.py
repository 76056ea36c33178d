"""PNG files made small: a screenshot needs few colours, and a quarter of the bytes."""

import struct
import zlib
from collections import Counter
from pathlib import Path

_SIGN = b"\x89PNG\r\n\x1a\n"


def shrink(path: Path) -> None:
    """Write the picture at *path* anew with its 256 most common colours, others by the nearest."""
    width, height, size, pixels = _read(path.read_bytes())
    # A step of four in a colour cannot be seen.
    rows = [bytes(value & 0xFC | value >> 6 for value in row) for row in pixels]
    dots = [
        [row[at : at + 3] for at in range(0, width * size, size)]
        for row in rows
    ]  # fmt: skip
    common = [colour for colour, _ in Counter(dot for row in dots for dot in row).most_common(256)]
    place = {colour: number for number, colour in enumerate(common)}
    for colour in {dot for row in dots for dot in row} - place.keys():
        near = min(common, key=lambda each: _apart(each, colour))
        place[colour] = place[near]
    lines = b"".join(b"\0" + bytes(place[dot] for dot in row) for row in dots)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", b"".join(common)), (b"IDAT", zlib.compress(lines, 9)))
    path.write_bytes(_SIGN + b"".join(_chunk(*each) for each in (*parts, (b"IEND", b""))))


def _apart(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def _read(content: bytes) -> tuple[int, int, int, list[bytes]]:
    """Width, height, bytes of a dot, and the rows of a picture of eight bits a colour."""
    at, packed, head = len(_SIGN), b"", b""
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        head = body if name == b"IHDR" else head
        packed += body if name == b"IDAT" else b""
        at += length + 12
    width, height, _bits, kind = struct.unpack(">IIBB", head[:10])
    size = {2: 3, 6: 4}[kind]
    plain, row, rows = zlib.decompress(packed), bytes(width * size), []
    for begin in range(0, len(plain), width * size + 1):
        row = _unfiltered(plain[begin], plain[begin + 1 : begin + 1 + width * size], row, size)
        rows.append(row)
    return width, height, size, rows


def _unfiltered(kind: int, line: bytes, above: bytes, size: int) -> bytes:
    row = bytearray(line)
    for at, up in enumerate(above if kind else b""):
        left = row[at - size] if at >= size else 0
        corner = above[at - size] if at >= size else 0
        row[at] = (row[at] + (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]) & 255
    return bytes(row)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
