"""Paper and pages: for each format and layout the geometry, and how the type scale fits it."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from builder.conditions import TARGETS, Kind

POINTS = 72 / 25.4
"""Points in a millimetre."""
UNIT = 14.0
"""The baseline unit that style sheets and themes are written for, in points."""
_THIN = 3.0
"""Lengths below so many points are lines, not spaces; they stay as they are."""

Curve = tuple[tuple[float, float], ...]
"""Sizes of letters as themes write them, in points, with the sizes that they have on a page."""
SAME: Curve = ((1.0, 1.0), (100.0, 100.0))


class Grid(Struct, frozen=True):
    """The grid of a page, of one format and one layout; lengths in millimetres."""

    width: float
    height: float
    top: float
    right: float
    bottom: float
    """A fifth of a millimetre is slack: without it the last line of a full page is dropped."""
    left: float
    side: float = 0.0
    """Width of the column for notes and captions, left of the text; 0 where a page has one column."""
    gutter: float = 0.0
    """Between the side column and the text."""
    opener: float = 0.0
    """Height of the panel over a chapter."""
    unit: float = UNIT
    """The leading of running text, in points."""
    space: float = 1.0
    """What vertical spaces are multiplied with."""
    curve: Curve = SAME
    is_large: bool = False
    is_bound: bool = False
    """Left and right pages differ, and chapters begin on right ones."""
    bleed: float = 0.0
    """How far grounds run over the edge."""

    @property
    def measure(self) -> float:
        """The width of the text column."""
        return self.width - self.left - self.right

    @property
    def full(self) -> float:
        """The width of the text column and the side column together."""
        return self.measure + self.side + self.gutter

    def points(self, length: float) -> float:
        """A length on the page in points."""
        return length * POINTS

    def size(self, size: float) -> float:
        """The size on this page, in points, of letters that themes write with `size`."""
        steps = [step for step, _ in self.curve]
        at = min(max(bisect_right(steps, size), 1), len(steps) - 1)
        (low, small), (high, large) = self.curve[at - 1], self.curve[at]
        return small + (size - low) * (large - small) / (high - low)

    def leading(self, size: float, leading: float) -> float:
        """The leading that goes with a size: text keeps the page's unit, titles their own ratio."""
        if size > 13 or self.curve == SAME:
            return leading * self.size(size) / size
        return max(leading * self.unit / UNIT, 1.2 * self.size(size))

    @property
    def css(self) -> str:
        """The geometry as custom properties and page boxes."""
        values = {
            "page-width": self.width, "page-height": self.height, "margin-top": self.top, "margin-right": self.right,
            "margin-bottom": self.bottom, "margin-left": self.left, "edge": self.left - self.side - self.gutter,
            "measure": self.measure, "col-note": self.side or self.measure, "gutter": self.gutter,
            "hang": -(self.side + self.gutter), "full": self.full, "opener": self.opener,
            "over": 1 + self.bleed, "bleed": self.bleed, "block": self.height - self.top - self.bottom - 0.2,
        }  # fmt: skip
        lines = "".join(f" --{name}: {_short(value)}mm;" for name, value in values.items())
        margin = " ".join(f"{_short(value)}mm" for value in (self.top, self.right, self.bottom, self.left))
        size = f"{_short(self.width)}mm {_short(self.height)}mm"
        css = f":root {{{lines} }}\n@page {{ size: {size}; margin: {margin}; }}\n"
        if self.bleed:
            css += f"@page {{ bleed: {_short(self.bleed)}mm; }}\n"
        if self.is_bound:
            css += self._left_hand
        return css

    @property
    def _left_hand(self) -> str:
        """Pages whose fold is at their right: mirrored, or where notes keep their side, moved away from the fold."""
        left, right = self.right, self.left
        if self.side:
            left, right = self.left - BINDING, self.right + BINDING
        edge = left - self.side - self.gutter
        values = f"--edge: {_short(edge)}mm; margin-left: {_short(left)}mm; margin-right: {_short(right)}mm;"
        return f"@page :left {{ {values} }}\n"


_A5: Curve = ((6.75, 6.75), (10.5, 9.5), (16, 13.5), (32, 23), (56, 36), (104, 72))
_B5: Curve = ((6.75, 6.75), (8, 7.75), (10.5, 10), (16, 14.75), (32, 27.5), (56, 47), (104, 90))
_SMALL_BRIEF: Curve = ((6.75, 6.75), (9.75, 9.25), (13, 12), (29, 23), (56, 40))
_LARGE: Curve = ((6.75, 16), (10.5, 20), (16, 24), (32, 36), (56, 50), (104, 84))
_LARGE_BRIEF: Curve = ((6.75, 16), (9.75, 20), (13, 22), (29, 34), (56, 50))

_A5_TEXT = {"unit": 13.0, "space": 13 / 14}
FORMATS: dict[str, dict[str, Grid]] = {
    "A4": {
        "report": Grid(210, 297, 28, 24, 26.8, 66, 38, 6, opener=98),
        "brief": Grid(210, 297, 21, 16, 22, 78, 54, 8),
    },
    "Letter": {
        "report": Grid(215.9, 279.4, 26, 27.9, 26, 68, 40, 6, opener=92),
        "brief": Grid(215.9, 279.4, 20, 18, 20, 80, 54, 8),
    },
    "B5": {
        "report": Grid(176, 250, 22, 17, 20.3, 52, 30, 5, opener=84, curve=_B5),
        "brief": Grid(176, 250, 19, 13, 19, 60, 41, 6, curve=_SMALL_BRIEF),
    },
    "A5": {
        "report": Grid(148, 210, 18, 18, 17.5, 22, opener=64, curve=_A5, **_A5_TEXT),
        "brief": Grid(148, 210, 18, 14, 18, 14, curve=_SMALL_BRIEF, **_A5_TEXT),
    },
    "Half-Letter": {
        "report": Grid(139.7, 215.9, 18, 15, 17.5, 18, opener=64, curve=_A5, **_A5_TEXT),
        "brief": Grid(139.7, 215.9, 18, 12, 18, 13, curve=_SMALL_BRIEF, **_A5_TEXT),
    },
}  # fmt: skip
"""By name and layout; a new format is a row here."""
BINDING = 6
"""Millimetres that bound pages have more at the fold, where notes keep their column on both sides."""


def grid_of(name: str, layout: str, kind: Kind = TARGETS["pdf"]) -> Grid:
    """The grid of a format for a kind of file.

    In large print it keeps its paper, and has one column of 20 pt letters. Bound pages have room at the fold.
    """
    grid = FORMATS[name][layout]
    if kind.is_bound:
        return replace(grid, left=grid.left + (BINDING if grid.side else 0), is_bound=True, bleed=kind.bleed)
    if not kind.is_large:
        return grid
    margin = grid.width / 10.5
    return replace(
        grid, top=margin * 1.1, right=margin, bottom=margin * 1.1, left=margin, side=0.0, gutter=0.0,
        opener=grid.height * 0.3, unit=26.0, space=1.4, is_large=True,
        curve=_LARGE if layout == "report" else _LARGE_BRIEF,
    )  # fmt: skip


_NUMBER = r"(\d*\.?\d+)"
_POINTS = re.compile(
    rf"(?<![\w.#])(?:{_NUMBER}pt/{_NUMBER}pt|(font-size: *){_NUMBER}pt(?:(; *line-height: *){_NUMBER}pt)?"
    rf"|(line-height: *){_NUMBER}pt|{_NUMBER}pt/0|{_NUMBER}pt)\b"
)
"""Sizes with their leading, sizes alone, signs that take no room in the line, and every other length."""


def adapt(css: str, grid: Grid) -> str:
    """A style sheet or a token with every size, leading and space in points adapted to a page."""
    if grid.curve == SAME and grid.space == 1:
        return css

    def fitted(found: re.Match) -> str:
        size, leading, before, alone, between, below, line, under, raised, length = found.groups()
        if line:
            return f"{line}{_short(float(under) * grid.unit / UNIT)}pt"
        if raised:
            return f"{_short(max(float(raised), float(raised) * grid.size(10.5) / 10.5))}pt/0"
        if length:
            value = float(length)
            return f"{_short(value if value < _THIN else value * grid.space)}pt"
        at, under = float(size or alone), leading or below
        made = f"{before or ''}{_short(grid.size(at))}pt"
        if under is None:
            return made
        return f"{made}{between or '/'}{_short(grid.leading(at, float(under)))}pt"

    return _POINTS.sub(fitted, css)


_LETTERS = {
    "letter-title": "29pt/",  # The title of a brief, which is smaller than that of a cover.
    "letter-h1": "type-h1",
    "letter-h2": "type-h2",
    "letter-standfirst": "type-standfirst",
    "letter-lead": "type-standfirst",
}
"""The role whose size goes with the width of a letter."""


def adapt_tokens(tokens: dict[str, Any], grid: Grid) -> dict[str, Any]:
    """The tokens of a theme, adapted to a page."""
    made = {name: adapt(value, grid) for name, value in tokens.items()}
    for name, role in _LETTERS.items():
        size = float(re.search(rf"{_NUMBER}pt/", tokens.get(role, role))[1])
        made[name] = _short(float(tokens[name]) * grid.size(size) / size)
    return made


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
