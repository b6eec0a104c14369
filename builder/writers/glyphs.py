"""Lines drawn glyph by glyph: what WeasyPrint writes for a glyph is worked out once for each unit, not for each time."""

from __future__ import annotations

import struct
from typing import Any

import weasyprint.draw.text
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

_INFO = struct.Struct(f"Iiii{ffi.sizeof('PangoGlyphInfo') - 16}x")
"""A glyph in Pango's memory: its number, its width, and how far it is moved to the right and up."""
_FIRST = 14802
"""The first version of Pango whose fonts know their size."""

plain_draw_first_line = weasyprint.draw.text.draw_first_line


def draw_first_line(stream: Any, textbox: Any, text_overflow: str, block_ellipsis: Any, matrix: Any) -> list[Any]:
    """Draws the line of a text box; the engine itself does where it is cut short, or shows what was not drawn before."""
    is_cut = text_overflow == "ellipsis" or block_ellipsis != "none"
    shown = _shown(stream, textbox) if not is_cut and textbox.text.strip() else None
    if shown is None:
        return plain_draw_first_line(stream, textbox, text_overflow, block_ellipsis, matrix)
    stream.set_text_matrix(*matrix.values)
    for font, size, text in shown:
        stream.set_font_size(font.hash, size)
        stream.show_text(text)
    return []


def _shown(stream: Any, textbox: Any) -> list[tuple[Any, float, str]] | None:
    """The stretches of a line in one font each, with what shows them; None where not all of it is known."""
    pango.pango_layout_set_single_paragraph_mode(textbox.pango_layout.layout, True)
    line, _ = textbox.pango_layout.get_first_line()
    found: list[tuple[Any, float, str]] = []
    run, last = line.runs[0], None
    while run != ffi.NULL:
        item, run = run.data, run.next
        if item.item.analysis.font != last:
            last = item.item.analysis.font
            font, size = stream.add_font(last)
            if font.bitmap or font.svg or font.png or font.colr or pango.pango_version() < _FIRST:
                return None
            known = vars(font).setdefault("drawn", {}).setdefault(size, {})
            found.append((font, size, ""))
        glyphs = ffi.buffer(item.glyphs.glyphs, item.glyphs.num_glyphs * _INFO.size)
        codes = []
        for glyph in _INFO.iter_unpack(glyphs):
            if (code := known.get(glyph)) is None:
                if (code := _code(font, size, *glyph)) is None:
                    return None
                known[glyph] = code
            codes.append(code)
        text = f"<{''.join(codes)}"
        found[-1] = (font, size, found[-1][2] + (text[:-1] if text[-1] == "<" else f"{text}>"))
    return found


def _code(font: Any, size: float, glyph: int, width: int, right: int, up: int) -> str | None:
    """What shows a glyph between angle brackets (ISO 32000-1, 9.4.3); None where the engine has not met it, or moves it up."""
    if up or glyph not in font.widths or glyph not in font.to_unicode:
        return None
    offset = right / size
    kerning = font.widths[glyph] + offset - width * 1000 * FROM_UNITS / size
    moved = f">{-offset}<" if offset else ""
    return f"{moved}{glyph:04x}>{int(kerning)}<" if kerning else f"{moved}{glyph:04x}"


def least_width(line: Any, length: int) -> int:
    """What so many bytes at the beginning of a line take up at the least, in Pango's units: 0 where runs part them."""
    if line == ffi.NULL or line.runs[0] == ffi.NULL:
        return 0
    item = line.runs[0].data
    count = min(item.glyphs.num_glyphs, length)
    if item.item.length < length or item.item.analysis.level % 2:
        return 0
    glyphs = _INFO.iter_unpack(ffi.buffer(item.glyphs.glyphs, count * _INFO.size))
    places = ffi.unpack(item.glyphs.log_clusters, count)
    return sum(width for (_, width, _, _), place in zip(glyphs, places, strict=True) if place < length)
