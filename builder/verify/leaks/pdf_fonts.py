"""How the fonts of a PDF turn codes into letters."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from builder.verify.leaks.pdf_strings import hex_bytes, name_text

_CMAP = re.compile(rb"begin(bfchar|bfrange|codespacerange)(.*?)end\1", re.DOTALL)
_CMAP_PART = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")


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
