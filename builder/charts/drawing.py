"""Draws specs with Vega-Lite, inside this process and without the network; a drawing is made once."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

from builder.charts.canvas import Plan
from builder.charts.look import Look
from builder.charts.svg import Unprintable, clean_svg
from builder.diagnostics import BuildProblem, Diagnostic
from builder.store import library_versions, sound_file, whole_file
from builder.world import World
from builder.writers.fonts import font_file

VEGA_LITE = "6.4"
CACHE = "output/.cache"
"""Where the builder keeps what it can make again, from the project's root."""

Faces = tuple[tuple[Path, str, str], ...]
"""File, family and style of each face."""


_DRAWN: dict[str, str] = {}
"""What Vega drew in this process, by the hash of what it was drawn from."""


def draw(plan: Plan, look: Look, title: str, description: str, world: World) -> bytes:
    """The SVG of a plan; raises Unprintable where Vega refuses the spec or draws what can't be printed."""
    fonts = ((look.regular, look.measured, "Regular"), (look.bold, look.measured, "SemiBold"))
    spec = json.dumps(plan.spec, sort_keys=True, ensure_ascii=False)
    versions = f"{library_versions()['vl-convert-python']} {VEGA_LITE} {_digest(fonts)}"
    key = hashlib.sha256(f"{versions}\0{spec}".encode()).hexdigest()
    if key not in _DRAWN:
        _DRAWN[key] = _kept(spec, key, fonts, world)
    return clean_svg(_DRAWN[key], look, plan.width, plan.height, title, description)


def _kept(spec: str, key: str, fonts: Faces, world: World) -> str:
    """The drawing of an earlier run, where it is still there."""
    kept = world.root / CACHE / "charts" / key
    with suppress(OSError):
        digest, data = (whole := kept.read_bytes())[:32], whole[32:]
        if hashlib.sha256(data).digest() == digest:
            return data.decode()
    drawn = _draw(spec, fonts, world)
    with suppress(OSError), whole_file(kept) as file:
        file.write(hashlib.sha256(drawn.encode()).digest() + drawn.encode())
    return drawn


def _draw(spec: str, fonts: Faces, world: World) -> str:
    import vl_convert

    try:
        _register(_digest(fonts), fonts, world)
    except OSError as problem:
        message = f"can't write into '{CACHE}': {(problem.strerror or '').lower()}"
        raise BuildProblem([Diagnostic("environment", message, None, "free space for the cache")]) from None
    try:
        # An empty list of addresses: data comes from the spec, and nothing is ever fetched.
        return vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    except ValueError as problem:
        lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
        raise Unprintable(f"Vega-Lite says: {lines[min(1, len(lines) - 1)]}") from None


@lru_cache(maxsize=16)
def _digest(fonts: Faces) -> str:
    digest = hashlib.sha256()
    for path, family, style in fonts:
        digest.update(f"{family}\0{style}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _named(path: Path, family: str, style: str, name: str, world: World) -> bytes:
    """A face of the theme under another name."""
    from fontTools.ttLib import TTFont

    out, source = io.BytesIO(), path.relative_to(world.templates).as_posix()
    with TTFont(font_file(world, source, world.root / CACHE), lazy=True, recalcTimestamp=False) as font:
        font["name"].names = []
        for number, text in ((1, family), (2, style), (4, f"{family} {style}"), (6, name)):
            font["name"].setName(text, number, 3, 1, 0x409)
        font.save(out)
    return out.getvalue()


_REGISTERED: set[str] = set()


def _register(digest: str, fonts: Faces, world: World) -> None:
    """Makes the theme's faces known to Vega under their private names, so that it measures with no other."""
    if digest in _REGISTERED:
        return
    import vl_convert

    folder = world.root / CACHE / "chart-fonts" / digest[:16]
    for path, family, style in fonts:
        name = f"{family.replace(' ', '')}-{style}"
        sound_file(folder, name, ".ttf", partial(_named, path, family, style, name, world))
    vl_convert.register_font_directory(str(folder))
    _REGISTERED.add(digest)
