"""Fonts of bound units: one subset of each, made of the glyphs of all."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pydyf
import uharfbuzz
from weasyprint.pdf.fonts import Font, build_fonts_dictionary

from builder.diagnostics import BuildProblem, Diagnostic
from builder.store import Contents

_KEPT = (
    "hash", "index", "font_size", "style", "family", "variations", "weight", "ascent", "descent", "tables", "bitmap",
    "italic_angle", "upem", "png", "svg", "colr", "glyph_count", "stemv", "stemh", "used_in_forms", "flags",
)  # fmt: skip
"""What WeasyPrint knows of a font, and what a record of it keeps as it is."""
_DROPPED = ("BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "JSTF", "LTSH", "PCLT", "SVG ")
"""Tables that no PDF needs: its text is shaped."""


def record(key: Any, font: Font, cache: Path) -> dict[str, Any]:
    """What a unit says of a font that it uses; the font's file is kept in the cache under its SHA-256."""
    digest = hashlib.sha256(font.file_content).hexdigest()
    if not (store := Contents(cache / "faces")).has(digest):
        store.remember_bytes(digest, font.file_content)
    known = {name: getattr(font, name) for name in _KEPT}
    glyphs = {
        "widths": _pairs(font.widths), "to_unicode": _pairs(font.to_unicode), "missing": _pairs(font.missing),
    }  # fmt: skip
    return {"key": str(key), "file": digest, "name": font.name.decode(), **known, **glyphs}


def _file(font: Mapping[str, Any], cache: Path) -> bytes:
    data = Contents(cache / "faces").recall_bytes(font["file"])
    if data is None:
        message = f"the fonts in '{cache}' can't be written, or are gone"
        raise BuildProblem([Diagnostic("environment", message, None, "free space for the cache, and build again")])
    return data


def _pairs(glyphs: Mapping[int, Any]) -> list[list[Any]]:
    return [[glyph, value] for glyph, value in glyphs.items()]


class _Face(Font):
    """A font with the glyphs of all units that use it."""

    def __init__(self, records: Sequence[Mapping[str, Any]], cache: Path) -> None:
        first = records[0]
        for name in _KEPT:
            setattr(self, name, first[name])
        self.name = first["name"].encode()
        self.file_content = _file(first, cache)
        self.widths, self.to_unicode, self.missing = ({} for _ in range(3))
        for each in reversed(records):
            # The first unit has the last word, as the first use has in a document that is set at once.
            self.widths = {**dict(each["widths"]), **self.widths, **dict(each["widths"])}
            self.to_unicode.update(dict(each["to_unicode"]))
            self.missing.update(dict(each["missing"]))
        self.to_unicode = dict(sorted(self.to_unicode.items()))

    def subset(self, to_unicode: Mapping[int, str], hinting: bool) -> None:
        """Drops all glyphs but those in use, which keep their numbers; then what is empty after the last."""
        if not to_unicode:
            return
        flags = uharfbuzz.SubsetFlags.PASSTHROUGH_UNRECOGNIZED | uharfbuzz.SubsetFlags.DESUBROUTINIZE
        if self.missing:
            flags |= uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
        face = uharfbuzz.Face(uharfbuzz.Blob(self.file_content), self.index)
        face = _cut(face, to_unicode, flags | uharfbuzz.SubsetFlags.RETAIN_GIDS)
        if not hinting:
            flags |= uharfbuzz.SubsetFlags.NO_HINTING
        self.file_content = bytes(_cut(face, range(max(to_unicode) + 1), flags).blob.data)


def _cut(face: uharfbuzz.Face, glyphs: Iterable[int], flags: uharfbuzz.SubsetFlags) -> uharfbuzz.Face:
    wanted = uharfbuzz.SubsetInput()
    wanted.flags = flags
    wanted.glyph_set.update(glyphs)
    wanted.drop_table_tag_set.update(int.from_bytes(name.encode()) for name in _DROPPED)
    return uharfbuzz.subset(face, wanted)


def fonts_pdf(units: Iterable[Sequence[Mapping[str, Any]]], cache: Path, version: str) -> bytes:
    """A PDF of one empty page whose `/Font` resources are those of all units, by name."""
    records: dict[str, list[Mapping[str, Any]]] = {}
    for fonts in units:
        for each in fonts:
            records.setdefault(each["key"], []).append(each)
    faces = {key: _Face(found, cache) for key, found in records.items()}
    pdf = pydyf.PDF()
    fonts = build_fonts_dictionary(pdf, faces, True, True, {"hinting": False, "pdf_version": version})
    pdf.add_object(fonts)
    pdf.add_page(pydyf.Dictionary({"Type": "/Page", "Parent": pdf.pages.reference, "MediaBox": pydyf.Array([0, 0, 1, 1]),
        "Resources": pydyf.Dictionary({"Font": fonts.reference})}))  # fmt: skip
    out = io.BytesIO()
    pdf.write(out, version=version.encode())
    return out.getvalue()
