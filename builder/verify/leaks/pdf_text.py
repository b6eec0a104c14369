"""What the content streams of a PDF show, letter by letter, by their fonts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from builder.verify.leaks.pdf_strings import hex_bytes, literal_end, name_text, text_string, unescaped
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
_CMAP = re.compile(rb"begin(bfchar|bfrange|codespacerange)(.*?)end\1", re.DOTALL)
_CMAP_PART = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
KEPT = 4096
"""Streams of which a process remembers what they say: some kilobytes each."""
Shown = tuple[str, str, frozenset[str]]
"""What fonts show, what marked content says, and the names of fonts whose codes mean no letters."""
_READ: dict[bytes, list[Reading]] = {}
"""By the hash of a stream: what it said with one set of fonts or another."""
_READINGS = 8
"""Of one stream; a page that many editions share is read anew where the codes of its fonts mean something else."""


class Font:
    """Turns the bytes that a font shows into letters."""

    def __init__(self, table: dict[int, str], width: int, is_readable: bool):
        self.table, self.width = table, width
        self.is_readable = is_readable
        """Whether the codes mean letters at all: without ToUnicode, those of a composite font do not."""

    def codes(self, raw: bytes) -> str:
        """The codes of one shown string, each as the sign of that number."""
        if self.width == 2:
            if len(raw) % 2:
                raw += b"\0"
            # Byte pairs as UTF-16 units, surrogates too: a code is a number here and no letter yet.
            codes = raw.decode("utf-16-be", "surrogatepass")
            if len(codes) < len(raw) // 2:
                codes = _pairs(raw)
        else:
            codes = raw.decode("latin-1")
        return codes


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


def shown_text(data: bytes, fonts: dict[str, Font]) -> Shown:
    """The text of a content stream, wherever it is painted and in whatever colour.

    What the same bytes said a moment ago, with fonts in which the codes that they use mean the same, is not worked out
    again: editions share pages, and an edit leaves most as they were.
    """
    key = hashlib.sha256(data).digest()
    for reading in _READ.get(key, ()):
        if reading.holds(fonts):
            return reading.shown
    reading = _read(data, fonts)
    _READ[key] = [*_READ.get(key, ()), reading][-_READINGS:]
    while len(_READ) > KEPT:
        _READ.pop(next(iter(_READ)))
    return reading.shown


class Reading:
    """What a stream said, and all that this depended on: what its fonts made of the codes that it uses."""

    def __init__(self, shown: Shown, fonts: dict[str, Font], used: dict[str, list[str]]):
        self.shown = shown
        self._used: list[tuple[str, Font | None, dict[int, str], frozenset[int]]] = []
        for name, shown_codes in used.items():
            font = fonts.get(name)
            table = font.table if font is not None else {}
            codes = frozenset(map(ord, set("".join(shown_codes))))
            known = {code: table[code] for code in codes & table.keys()}
            self._used.append((name, font, known, codes - known.keys()))

    def holds(self, fonts: dict[str, Font]) -> bool:
        """Whether the stream says the same with these fonts."""
        return all(
            (now := fonts.get(name)) is was
            or (
                now is not None
                and was is not None
                and (now.width, now.is_readable) == (was.width, was.is_readable)
                and known.items() <= now.table.items()
                and unknown.isdisjoint(now.table)
            )
            for name, was, known, unknown in self._used
        )


def _read(data: bytes, fonts: dict[str, Font]) -> Reading:
    shown: list[str] = []
    used: dict[str, list[str]] = {}
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
                codes = font.codes(raw)
                used[name].append(codes)
                shown.append(codes.translate(font.table))
        elif kind in ("gap", "end"):
            shown.append(LINE)
        elif kind == "font":
            name = name_text(match["name"])
            font = fonts.get(name)
            used.setdefault(name, [])
        elif kind in ("name", "mark"):
            said[name_text(match["name"])] = None
        elif kind == "down":
            depth += 1
        elif kind == "up":
            depth = max(depth - 1, 0)
        elif kind == "comment":
            said[match["comment"].decode("latin-1")] = None
    return Reading(("".join(shown), "\0".join(said), frozenset(unread)), fonts, used)


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


def font_of(font: Any) -> Font:
    """How a font's codes are read: by its ToUnicode map, else by its encoding."""
    import pikepdf

    is_composite = font.get("/Subtype") == "/Type0"
    table: dict[int, str] = {}
    width = 2 if is_composite else 1
    if not is_composite:
        table = _encoding(font)
    unicode = font.get("/ToUnicode")
    if isinstance(unicode, pikepdf.Stream):
        given, found = read_cmap(unicode.read_bytes())
        table, width = {**table, **given}, (found or width) if is_composite else 1
        return Font(table, width, True)
    return Font(table, width, not is_composite)


def _encoding(font: Any) -> dict[int, str]:
    """The letters of a simple font's codes: WinAnsi, and the glyph names of `/Differences`."""
    import pikepdf

    table = {code: bytes([code]).decode("cp1252", "replace") for code in range(32, 256)}
    encoding = font.get("/Encoding")
    differences = encoding.get("/Differences") if isinstance(encoding, pikepdf.Dictionary) else None
    if differences is None:
        return table
    from fontTools.agl import toUnicode

    code = 0
    for item in differences:
        if isinstance(item, pikepdf.Name):
            name = name_text(str(item)[1:].encode())
            table[code] = toUnicode(name) or name
            code += 1
        else:
            code = int(item)
    return table
