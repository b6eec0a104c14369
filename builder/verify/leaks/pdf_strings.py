"""The syntax of PDF, as far as a search needs it: strings, names, references, and text by its fonts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from builder.verify.leaks.words import LINE

_TOKEN = re.compile(
    rb"\[(?P<array>(?:\s*+(?:<[0-9A-Fa-f]*+>|[-+.\d]++))*+)\s*\]\s*TJ\b"
    rb"|<(?P<hex>[0-9A-Fa-f\s]+)>|<<(?P<down>)|>>(?P<up>)|\((?P<open>)|%(?P<comment>[^\r\n]*)"
    rb"|/(?P<name>[^\s/<>\[\]()%{}]+)(?:\s+[-+.\d]+\s+Tf\b(?P<font>)|\s*<<\s*/MCID\s+\d+\s*>>\s*BDC\b(?P<mark>))?"
    rb"|T(?<!\w.)[dDm*](?![\w*])(?P<gap>)|E(?<!\w.)T(?![\w*])(?P<end>)|I(?<!\w.)D\s(?P<image>)"
)
"""Each branch begins with a sign of its own, so that whatever begins with none of them is passed over fast."""
_IMAGE_END = re.compile(rb"\sEI\b")
_HEX = re.compile(rb"<([0-9A-Fa-f]*)>")
_STRING = re.compile(rb"\(|<[0-9A-Fa-f\s]")
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
_REFERENCE = re.compile(rb"(?<![\w.])(\d+) (\d+) R\b")
_RUN8 = re.compile(rb"[\x20-\x7e\t\xa0-\xff\x80-\x9f]{6,}")
_RUN_BE = re.compile(rb"(?:\x00[\x20-\x7e]){6,}")
_RUN_LE = re.compile(rb"(?:[\x20-\x7e]\x00){6,}")
_KEYED = re.compile(
    rb"(?P<hex><[0-9A-Fa-f\s]+>)|(?P<open>\()"
    rb"|/(?P<key>[^\s/<>\[\]()%{}]++)(?=[\s\[]*+(?:\(|<[0-9A-Fa-f\s]))"
)
"""Strings, and the names that stand directly before one."""
_CMAP = re.compile(rb"begin(bfchar|bfrange|codespacerange)(.*?)end\1", re.DOTALL)
_CMAP_PART = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")


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
    digits = body.decode("ascii")
    if len(digits) % 2 or not digits.isalnum():
        digits = "".join(digits.split())
        digits += "0" * (len(digits) % 2)
    return bytes.fromhex(digits)


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
    return {int(number) for number, _ in _REFERENCE.findall(data)}


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


class Font:
    """Turns the bytes that a font shows into letters."""

    def __init__(self, table: dict[int, str], width: int, is_readable: bool):
        self.table, self.width = table, width
        self.is_readable = is_readable
        """Whether the codes mean letters at all: without ToUnicode, those of a composite font do not."""

    def text(self, raw: bytes) -> str:
        """The letters of one shown string."""
        if self.width == 2:
            if len(raw) % 2:
                raw += b"\0"
            # Byte pairs as UTF-16 units, surrogates too: a code is a number here and no letter yet.
            codes = raw.decode("utf-16-be", "surrogatepass") if _is_plain(raw) else _pairs(raw)
        else:
            codes = raw.decode("latin-1")
        return codes.translate(self.table)


def _is_plain(raw: bytes) -> bool:
    return max(raw[::2], default=0) < 0xD8


def _pairs(raw: bytes) -> str:
    return "".join(chr(high << 8 | low) for high, low in zip(raw[::2], raw[1::2], strict=True))


@lru_cache(maxsize=64)
def read_cmap(data: bytes) -> tuple[dict[int, str], int]:
    """The letters by code of a ToUnicode map, and the bytes of a code (ISO 32000-2, 9.10.3)."""
    table: dict[int, str] = {}
    width = 0
    for kind, body in _CMAP.findall(data):
        parts: list[Any] = []
        opened: list[Any] | None = None
        for text, begins, ends in _CMAP_PART.findall(body):
            if begins:
                opened = []
            elif ends:
                parts.append(opened)
                opened = None
            else:
                (parts if opened is None else opened).append(hex_bytes(text))
        if kind == b"codespacerange":
            width = max([width, *(len(part) for part in parts if isinstance(part, bytes))])
        elif kind == b"bfchar":
            for code, letters in zip(parts[::2], parts[1::2], strict=False):
                table[int.from_bytes(code, "big")] = letters.decode("utf-16-be", "replace")
        else:
            for first, last, letters in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
                _range(table, int.from_bytes(first, "big"), int.from_bytes(last, "big"), letters)
    return table, width


def _range(table: dict[int, str], first: int, last: int, letters: Any) -> None:
    for offset in range(min(last - first, 65535) + 1):
        if isinstance(letters, list):
            if offset < len(letters):
                table[first + offset] = letters[offset].decode("utf-16-be", "replace")
        else:
            text = letters.decode("utf-16-be", "replace")
            table[first + offset] = text[:-1] + chr(ord(text[-1]) + offset) if text else ""


def shown_text(data: bytes, fonts: dict[str, Font]) -> tuple[str, str, set[str]]:
    """The text of a content stream, wherever it is painted and in whatever colour.

    Returns what its fonts show, what the properties of its marked content say, and the names of
    fonts whose codes mean no letters.
    """
    shown: list[str] = []
    said: dict[str, None] = {}
    unread: set[str] = set()
    font: Font | None = None
    name, depth = "", 0
    for kind, match, raw in _tokens(data):
        if kind in ("array", "hex", "open"):
            if depth and kind != "array":
                said[text_string(raw)] = None
            elif depth or font is None:
                shown.append(raw.decode("latin-1"))
            else:
                if raw and not font.is_readable:
                    unread.add(name)
                shown.append(font.text(raw))
        elif kind in ("gap", "end"):
            shown.append(LINE)
        elif kind == "font":
            name = name_text(match["name"])
            font = fonts.get(name)
        elif kind in ("name", "mark"):
            said[name_text(match["name"])] = None
        elif kind == "down":
            depth += 1
        elif kind == "up":
            depth = max(depth - 1, 0)
        elif kind == "comment":
            said[match["comment"].decode("latin-1")] = None
    return "".join(shown), "\0".join(said), unread


def _tokens(data: bytes) -> Iterator[tuple[str | None, re.Match[bytes], bytes]]:
    """The tokens of a content stream by kind, with the bytes of strings; pictures within it are passed over."""
    position: int | None = 0
    while position is not None:
        start, position = position, None
        for match in _TOKEN.finditer(data, start):
            kind, raw = match.lastgroup, b""
            if kind == "array":
                raw = hex_bytes(b"".join(_HEX.findall(match["array"])))
            elif kind == "hex":
                raw = hex_bytes(match["hex"])
            elif kind == "open":
                position = literal_end(data, match.start())
                raw = unescaped(data[match.start() + 1 : position - 1])
            elif kind == "image":
                end = _IMAGE_END.search(data, match.end())
                position = end.end() if end else len(data)
            yield kind, match, raw
            if position is not None:
                break
