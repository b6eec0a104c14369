"""Which signs the fonts of a theme have, so that a missing one is found before any page is set."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from builder.model import Theme
from builder.world import World

RECORD = "coverage.json"
"""Beside the fonts: for each file its hash and the ranges of signs that it has. `fontTools` needs
0.1 s to open a WOFF2 file, and every check would wait for two dozen of them."""


def covered(theme: Theme, world: World) -> frozenset[int]:
    """The code points that at least one font of the theme has."""
    return _covered(world.templates, tuple(sorted({font["file"] for font in theme.fonts})))


@lru_cache(maxsize=16)
def _covered(templates: Path, files: tuple[str, ...]) -> frozenset[int]:
    record = templates / "fonts" / RECORD
    known = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    points: set[int] = set()
    for name in files:
        data = (templates / name).read_bytes()
        entry = known.get(name.removeprefix("fonts/"))
        if entry is None or entry["sha256"] != hashlib.sha256(data).hexdigest():
            entry = coverage_of(templates / name)
        for first, last in entry["ranges"]:
            points.update(range(first, last + 1))
    return frozenset(points)


def coverage_of(path: Path) -> dict[str, object]:
    """The record of one font file: its hash and its ranges, read from the font itself."""
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        points = sorted(font.getBestCmap())
    ranges: list[list[int]] = []
    for point in points:
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "ranges": ranges}
