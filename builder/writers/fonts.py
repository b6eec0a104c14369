"""Fonts: only those that ship with the theme, decoded once, and none of the machine's."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from html import escape
from multiprocessing.util import Finalize
from pathlib import Path

from builder.model import Theme
from builder.stamps import Stamps
from builder.store import Store, hash_program, sealed, sound_file, temporary_name, unsealed, whole_file
from builder.world import World
from builder.writers.folios import OPEN as EVERY_PAIR

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


def engine_folder(**_: str) -> str:
    """A new folder for the engine's copies of fonts, in the cache that `isolate_fonts` was given.

    It goes with this process; its name says whose it is, so that the next build clears away what a killed one leaves.
    """
    cache = os.path.dirname(os.environ["FONTCONFIG_FILE"])
    # Not every locale has a name for every folder, and the engine must write this one.
    folder = os.path.join(cache if cache.isascii() else tempfile.gettempdir(), temporary_name())
    # A worker that was forked ends without the engine's own clearing up, and without `atexit`.
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=0)
    os.mkdir(folder, 0o700)
    return folder


def font_faces(theme: Theme) -> str:
    """The `@font-face` rules of a theme; addresses count from the document's own."""
    return "".join(
        f"@font-face{{font-family:'{font['family']}';font-weight:{font['weight']};"
        f"font-style:{font['style']};src:url({font['file']})}}\n"
        for font in theme.fonts
    )


_FILES = Stamps()
"""Of the files of fonts, which this process reads once for all that it sets, and again when they change."""


def hash_fonts(theme: Theme, world: World) -> str:
    """A hash of the fonts of a theme: of the rules that name them, and of the bytes of their files."""
    digest = hashlib.sha256(font_faces(theme).encode())
    for name in sorted({font["file"] for font in theme.fonts}):
        digest.update(_FILES.look(str(world.templates / name))[1].encode())
    return digest.hexdigest()


def font_file(world: World, name: str, cache: Path) -> Path:
    """The face as plain TrueType or OpenType: WOFF2 is decoded once and kept under its hash.

    Decoding a face costs a tenth of a second; a document would pay for each that its theme has.
    """
    source = world.templates / name
    if not name.endswith(".woff2"):
        return source
    data = source.read_bytes()
    return sound_file(cache / "fonts", hashlib.sha256(data).hexdigest(), ".ttf", lambda: _decoded(data))


def font_bytes(world: World, name: str, cache: Path) -> bytes:
    """The bytes of that file; a cache that can't be written costs time and nothing else."""
    try:
        return font_file(world, name, cache).read_bytes()
    except OSError:
        return _decoded((world.templates / name).read_bytes())


def _decoded(data: bytes) -> bytes:
    from fontTools.ttLib import TTFont

    out = io.BytesIO()
    with TTFont(io.BytesIO(data), recalcTimestamp=False) as font:
        font.flavor = None
        font.save(out)
    return out.getvalue()


DIGITS = "0123456789"
BESIDE = " \u00a0.,:;()[]–-"
"""The signs that digits are measured with."""
_EVEN: dict[tuple[str, tuple[str, ...]], bool] = {}


def has_even_digits(theme: Theme, world: World, cache: Path, features: tuple[str, ...]) -> bool:
    """Whether in each font of a theme, with these features, any digit can stand for another and nothing else moves.

    Measured once, and kept: all fonts would have to be read for it.
    """
    if (key := (hash_fonts(theme, world), features)) not in _EVEN:
        store, name = Store(cache / "digits"), hashlib.sha256(repr((hash_program(), key)).encode()).hexdigest()
        kept = unsealed(name, store.recall_bytes(name))
        if kept is None:
            files = sorted({font["file"] for font in theme.fonts})
            kept = b"even" if all(_is_even(str(font_file(world, each, cache)), features) for each in files) else b"odd"
            store.remember_bytes(name, sealed(name, kept))
        _EVEN[key] = kept == b"even"
    return _EVEN[key]


def _is_even(path: str, features: tuple[str, ...]) -> bool:
    import uharfbuzz

    font = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path)))
    # Each digit stands beside each, and beside each sign on both sides.
    for text in (EVERY_PAIR, *(f"{sign}{sign.join(DIGITS)}{sign}" for sign in BESIDE)):
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(font, buffer, dict.fromkeys(features, True))
        widths: dict[bool, set[int]] = {True: set(), False: set()}
        for sign, glyph in zip(text, buffer.glyph_positions, strict=False):
            widths[sign in DIGITS].add(glyph.x_advance)
        if len(buffer.glyph_positions) != len(text) or any(len(each) > 1 for each in widths.values()):
            return False
    return True
