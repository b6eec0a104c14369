"""The syntax of PDF, as far as a search needs it: strings, names, references."""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator
from functools import lru_cache

_STRING = re.compile(rb"[(<](?:(?<=\()|[0-9A-Fa-f\s]+>)")
_NAMES = re.compile(rb"/([^\s/<>\[\]()%{}]+)")
_PAREN = re.compile(rb"[()\\]")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPES = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\r\n": b"",
    b"\n": b"",
    b"\r": b"",
}
_REFERENCE = re.compile(rb"\d(?<![\w.].)\d*+(?= \d++ R\b)")
_RUN8 = re.compile(rb"[\x20-\x7e\t\xa0-\xff\x80-\x9f]{6,}")
_RUN_BE = re.compile(rb"(?:\x00[\x20-\x7e]){6,}")
_RUN_LE = re.compile(rb"(?:[\x20-\x7e]\x00){6,}")
_KEYED = re.compile(
    rb"(?P<hex><[0-9A-Fa-f\s]+>)|(?P<open>\()"
    rb"|/(?P<key>[^\s/<>\[\]()%{}]++)(?=[\s\[]*+(?:\(|<[0-9A-Fa-f\s]))"
)
"""Strings, and the names that stand directly before one."""


def literal_end(data: bytes, start: int) -> int:
    """The offset after the literal string whose `(` stands at `start`; the end of the data where none closes."""
    depth, position = 0, start
    while True:
        match = _PAREN.search(data, position)
        if match is None:
            return len(data)
        position = match.end()
        if match.group() == b"\\":
            position += 1
        elif match.group() == b"(":
            depth += 1
        else:
            depth -= 1
            if not depth:
                return position


def unescaped(body: bytes) -> bytes:
    """The bytes of a literal string without its parentheses."""
    if b"\\" not in body:
        return body

    def one(match: re.Match[bytes]) -> bytes:
        sign = match[1]
        if sign.isdigit() and sign[0] < 56:
            return bytes([int(sign, 8) & 255])
        return _ESCAPES.get(sign, sign)

    return _ESCAPE.sub(one, body)


def hex_bytes(body: bytes) -> bytes:
    """The bytes of a hexadecimal string without its brackets."""
    try:
        return unhexlify(body)
    except ValueError:
        digits = b"".join(body.split())
        return unhexlify(digits + b"0" * (len(digits) % 2))


def text_string(raw: bytes) -> str:
    """A PDF text string: UTF-16 or UTF-8 by its mark, else PDFDocEncoding (ISO 32000-2, 7.9.2.2)."""
    if raw.startswith((b"\xfe\xff", b"\xff\xfe")):
        return raw.decode("utf-16", "replace")
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw.decode("utf-8-sig", "replace")
    return _pdfdoc(raw)


def _pdfdoc(raw: bytes) -> str:
    if raw.isascii():
        return raw.decode("ascii")
    import pikepdf  # noqa: F401 (registers the codec)

    return raw.decode("pdfdoc", "replace")


@lru_cache(maxsize=4096)
def name_text(raw: bytes) -> str:
    """A PDF name without its slash, its `#20` escapes read."""
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), raw)
    return plain.decode("utf-8", "replace")


def names_in(data: bytes) -> set[bytes]:
    """The names in a serialised object, keys too, as they are written."""
    return set(_NAMES.findall(data))


def strings_of(data: bytes) -> Iterator[tuple[str, str]]:
    """Each string of a serialised object, with the key that it stands under before it."""
    if not _STRING.search(data):
        return
    key, position = "", 0
    while match := _KEYED.search(data, position):
        position = match.end()
        if match["open"]:
            position = literal_end(data, match.start())
            yield key, text_string(unescaped(data[match.start() + 1 : position - 1]))
        elif match["hex"]:
            yield key, text_string(hex_bytes(match["hex"][1:-1]))
        else:
            key = name_text(match["key"])


def references_of(data: bytes) -> set[int]:
    """The numbers of the objects that a serialised object refers to."""
    return set(map(int, _REFERENCE.findall(data)))


def loose_strings(data: bytes) -> str:
    """Whatever reads as text in binary data, in 8 bit, UTF-8 and UTF-16, as the tool `strings` finds it."""
    found = [_either(run) for run in _RUN8.findall(data)]
    found += [run.decode("utf-16-be") for run in _RUN_BE.findall(data)]
    found += [run.decode("utf-16-le") for run in _RUN_LE.findall(data)]
    return "\0".join(found)


def _either(run: bytes) -> str:
    try:
        return run.decode("utf-8")
    except UnicodeDecodeError:
        return run.decode("latin-1")
