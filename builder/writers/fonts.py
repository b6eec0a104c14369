"""Fonts: only those that ship with the theme, decoded once, and none of the machine's."""

from __future__ import annotations

import hashlib
import os
from html import escape
from pathlib import Path

from builder.model import Theme
from builder.store import whole_file
from builder.world import World

BASE_URL = "https://book.invalid/"
"""The address that every document has: WeasyPrint names images after their addresses, so a path of
this machine would be a fingerprint in the file and would change its bytes."""

_CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><cachedir>{cache}</cachedir></fontconfig>
"""


def isolate_fonts(cache: Path) -> None:
    """Hides the machine's fonts from Pango; must run before WeasyPrint is imported."""
    cache.mkdir(parents=True, exist_ok=True)
    config = cache / "fonts.conf"
    # A folder may have a name that the machine's locale can't write; the file takes its bytes as they are.
    name = escape(os.fsdecode(cache / "fontconfig"))
    data = _CONFIG.format(cache=name).encode("utf-8", "surrogateescape")
    if not config.is_file() or config.read_bytes() != data:
        with whole_file(config) as file:
            file.write(data)
    os.environ["FONTCONFIG_FILE"] = str(config)


def font_faces(theme: Theme) -> str:
    """The `@font-face` rules of a theme; addresses count from the document's own."""
    return "".join(
        f"@font-face{{font-family:'{font['family']}';font-weight:{font['weight']};"
        f"font-style:{font['style']};src:url({font['file']})}}\n"
        for font in theme.fonts
    )


def font_file(world: World, name: str, cache: Path) -> Path:
    """The face as plain TrueType or OpenType: WOFF2 is decoded once and kept under its hash.

    Decoding eight faces costs 2.3 s for each document that is set, and 55 ms as plain files.
    """
    source = world.templates / name
    data = source.read_bytes()
    if not name.endswith(".woff2"):
        return source
    decoded = cache / "fonts" / f"{hashlib.sha256(data).hexdigest()}.ttf"
    if not decoded.is_file():
        from fontTools.ttLib import TTFont

        with TTFont(source, recalcTimestamp=False) as font:
            font.flavor = None
            with whole_file(decoded) as file:
                font.save(file)
    return decoded
