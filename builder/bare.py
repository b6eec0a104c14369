"""Pictures without what does not show: camera data, comments, thumbnails, and the names in colour profiles.

Files are cut at the bounds of their segments, so that every pixel stays as it was.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {
    b"IHDR",
    b"PLTE",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"sBIT",
    b"bKGD",
    b"pHYs",
    b"IDAT",
    b"IEND",
}
_COLOURS = {
    b"wtpt", b"bkpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"chad", b"chrm", b"lumi",
    b"gamt", b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2",
}  # fmt: skip
"""The tags of a colour profile that hold numbers which shape colours (ICC.1, 9.2)."""
_NO_WORDS = b"mluc" + bytes(4) + struct.pack(">II", 0, 12)


def bare(data: bytes, kind: str) -> bytes:
    """The same picture, a PNG, JPEG or GIF that can be read, with its pixels, colours and way up alone.

    Raises ValueError where the parts of the file can't be told apart.
    """
    try:
        return b"".join({"PNG": _png, "JPEG": _jpeg, "GIF": _gif}[kind](data))
    except (struct.error, IndexError, zlib.error) as problem:
        raise ValueError(f"can't be taken apart: {problem}") from problem


def _png(data: bytes) -> Iterator[bytes]:
    yield _PNG
    at = len(_PNG)
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        if name == b"iCCP":
            packed = body[body.index(b"\0") + 2 :]
            yield _chunk(name, b"icc\0\0" + zlib.compress(_profile(zlib.decompress(packed)), 9))
        elif name == b"eXIf":
            if turned := _orientation(body):
                yield _chunk(name, turned)
        elif name in _PNG_KEPT:
            yield _chunk(name, body)
        if name == b"IEND":
            return


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield b"\xff\xd8"
    profile: list[bytes] = []
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("there are bytes between its segments")
        while data[at] == 0xFF:
            at += 1
        mark = data[at]
        at += 1
        if mark == 0xD9:
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack_from(">H", data, at)
        body = data[at + 2 : at + length]
        at += length
        if mark == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            profile.append(body[14:])
            if len(profile) == body[13]:
                yield from _profile_segments(_profile(b"".join(profile)))
        elif mark == 0xE0 and body.startswith(b"JFIF\0"):
            yield _segment(mark, body[:12] + b"\0\0")
        elif mark == 0xE1 and body.startswith(b"Exif\0\0"):
            if turned := _orientation(body[6:]):
                yield _segment(mark, b"Exif\0\0" + turned)
        elif mark == 0xEE and body.startswith(b"Adobe"):
            yield _segment(mark, body[:12])
        elif not (0xE0 <= mark <= 0xEF or mark == 0xFE):
            yield _segment(mark, body)
            if mark == 0xDA:
                end = _scan_end(data, at)
                yield data[at:end]
                at = end


def _segment(mark: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, mark, len(body) + 2) + body


def _scan_end(data: bytes, at: int) -> int:
    """Where the entropy-coded bytes end: at a mark that is no stuffed zero and no restart (T.81, B.1.1.2)."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise ValueError("it has no end")
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _profile_segments(profile: bytes) -> Iterator[bytes]:
    parts = [profile[start : start + 65_000] for start in range(0, len(profile), 65_000)]
    for number, part in enumerate(parts, 1):
        yield _segment(0xE2, b"ICC_PROFILE\0" + bytes((number, len(parts))) + part)


def _profile(data: bytes) -> bytes:
    """A colour profile with its numbers, and without the words, dates and makers in it."""
    header = bytearray(data[:128])
    for start, end in ((24, 36), (48, 56), (80, 128)):
        header[start:end] = bytes(end - start)
    (count,) = struct.unpack_from(">I", data, 128)
    entries = (struct.unpack_from(">4sII", data, 132 + 12 * index) for index in range(count))
    tags = {name: data[start : start + size] for name, start, size in entries if name in _COLOURS}
    tags |= {b"desc": _NO_WORDS, b"cprt": _NO_WORDS}
    table, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    header[0:4] = struct.pack(">I", 128 + len(table) + len(body))
    header[8:12] = b"\x04\x20\0\0"
    return bytes(header) + table + body


def _orientation(exif: bytes) -> bytes:
    """Exif data that say which way is up and nothing else; empty where that needs no saying."""
    order = {b"II": "<", b"MM": ">"}[exif[:2]] if exif[:2] in (b"II", b"MM") else ""
    if not order:
        return b""
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, start)
    for index in range(count):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * index)
        if tag == 0x0112 and 2 <= value <= 8:
            return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)
    return b""


def _gif(data: bytes) -> Iterator[bytes]:
    at = 13 + _palette(data[10])
    yield data[:at]
    while data[at] != 0x3B:
        start = at
        if data[at] == 0x21:
            is_kept = data[at + 1] == 0xF9
            at += 2
        elif data[at] == 0x2C:
            is_kept = True
            at += 11 + _palette(data[at + 9])
        else:
            raise ValueError("there are bytes between its blocks")
        while data[at]:
            at += data[at] + 1
        at += 1
        if is_kept:
            yield data[start:at]
    yield b";"


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
