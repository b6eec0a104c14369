"""How charts of one edition look: sizes, colours and letters, all from the theme's tokens."""

from __future__ import annotations

import re
from functools import lru_cache
from math import floor
from pathlib import Path
from typing import Any

from msgspec import Struct

from builder.colour import contrast
from builder.model import Theme
from builder.world import World

INSETS = {
    "box": 28.0, "warning": 25.5, "tip": 14.0,
    "bullet_list_open": 14.0, "ordered_list_open": 17.5, "blockquote_open": 28.0, "dd_open": 14.0,
}  # fmt: skip
"""What a component, a list or a quotation takes away from the width of the chart inside it."""
SCREEN_WIDTH, SCREEN_SIZE = 360.0, 13.0
"""Units of a chart in an ebook, and of its letters: legible on a screen as narrow as a telephone's."""
SCREEN_FAMILY = "Helvetica, Arial, Roboto, sans-serif"
"""Letters of like width that most devices have; the last name stands for whatever another one has."""
SCREEN_LETTERS = (0.56, 0.62)
"""Widths of regular and bold letters, in sizes: room is kept for the widest in common use (DejaVu Sans)."""
LINE_COLOURS, AREA_COLOURS = ("c1", "c2", "c3"), ("c1", "c2", "c3", "c4")
SEQUENCE = tuple(f"sequence-{step}" for step in range(1, 6))
"""From light to dark, for maps and heat tables."""
DASHES: dict[str, tuple[float, ...]] = {"c1": (), "c2": (5, 2.5), "c3": (1.5, 2.2), "mute": (7, 2, 1.5, 2)}
"""The line of each colour: nothing is told by colour alone."""


class Look(Struct, frozen=True):
    """What a drawing needs to know of its theme, its width and its letters."""

    width: float
    size: float
    """The size of its letters; every other measure follows from it."""
    family: str
    measured: str
    """The family that the measures were taken from."""
    colours: tuple[tuple[str, str], ...]
    language: str
    regular: Path
    bold: Path
    is_screen: bool
    is_hatched: bool = False
    """Whether areas are told apart by lines, too."""
    growth: float = 1.0
    """What a height that an author gives for print on A4 is multiplied with, as its letters are larger or smaller."""
    tallest: float = 640.0
    """The greatest height that there is room for."""

    def height(self, given: int | None) -> int | None:
        """The height of a drawing for which an author gives one in points; None where its kind may choose."""
        if given is None:
            return round(self.tallest) if self.em(21.5) > self.tallest else None
        return round(min(given * self.growth, self.tallest))

    def colour(self, token: str) -> str:
        """The colour of a token."""
        return dict(self.colours)[token]

    def text_colour(self, token: str) -> str:
        """The token's colour where text in it can be read on white, else ink."""
        colour = self.colour(token)
        return colour if contrast(colour, "#ffffff") >= 4.5 else self.colour("ink")

    def on(self, token: str) -> str:
        """The colour of text that stands on an area."""
        return "#ffffff" if contrast(self.colour(token), "#ffffff") >= 4.5 else self.colour("ink")

    def em(self, factor: float) -> float:
        """A length in sizes of the letters."""
        return factor * self.size

    @property
    def stroke(self) -> float:
        """What print's line widths are multiplied with."""
        return 1.4 if self.is_screen else 1.0

    def text_width(self, text: str, is_bold: bool = False) -> float:
        """The width of a text, by the font's own advance widths."""
        path = self.bold if is_bold else self.regular
        widths, missing = _advances(path)
        ems = sum(widths.get(char, missing) for char in text)
        return ems * self.size * (_slack(path, SCREEN_LETTERS[is_bold]) if self.is_screen else 1)


@lru_cache(maxsize=32)
def _advances(path: Path) -> tuple[dict[str, float], float]:
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        metrics, unit = font["hmtx"].metrics, font["head"].unitsPerEm
        widths = {chr(code): metrics[name][0] / unit for code, name in font.getBestCmap().items()}
    return widths, 0.6


@lru_cache(maxsize=32)
def _slack(path: Path, letter: float) -> float:
    """What widths in a face of the theme are multiplied with where letters may be as wide as `letter`."""
    widths, missing = _advances(path)
    sample = "Other partners"
    return max(1.0, letter * len(sample) / sum(widths.get(char, missing) for char in sample))


def make_look(
    theme: Theme, world: World, target: str, language: str, width: str = "text", inset: float = 0
) -> Look:
    """The look of a chart in one edition; `inset` is what the blocks around it take away from its width.

    It is drawn at its final width: a picture that is scaled has letters of a size that nobody chose.
    """
    is_screen = target == "epub"
    grid = theme.grid
    room = grid.full if width == "wide" else grid.measure
    names = ("ink", "mute", "rule", "paper", *AREA_COLOURS, *SEQUENCE)
    family = re.split(r"\s*,\s*", theme.tokens["font-sans"])[0].strip("'\"")
    printed = float(re.search(r"([\d.]+)pt/", theme.tokens["type-small"]).group(1))
    return Look(
        width=SCREEN_WIDTH if is_screen else float(floor(grid.points(room))) - inset * grid.space,
        size=SCREEN_SIZE if is_screen else printed,
        family=SCREEN_FAMILY if is_screen else f"{theme.tokens['font-sans']}, sans-serif",
        measured=family,
        colours=tuple((name, theme.tokens[name]) for name in names),
        language=language,
        regular=face(theme, world, family, "400"),
        bold=face(theme, world, family, "600"),
        is_screen=is_screen,
        is_hatched=theme.is_hatched and not is_screen,
        growth=SCREEN_SIZE / 8 if is_screen else grid.size(8) / 8,
        tallest=640.0 if is_screen else grid.points(grid.height - grid.top - grid.bottom) * 0.6,
    )


def face(theme: Theme, world: World, family: str, weight: str) -> Path:
    """The file of a face of the theme; the nearest weight where it lacks one."""
    own = [font for font in theme.fonts if font["family"] == family and font["style"] == "normal"]
    nearest = min(own, key=lambda font: abs(int(font["weight"]) - int(weight)))
    return world.templates / nearest["file"]


def config_of(look: Look) -> dict[str, Any]:
    """The theme as a Vega-Lite config, for short forms and for whole specs alike."""
    ink, mute, rule = look.colour("ink"), look.colour("mute"), look.colour("rule")
    size, stroke = look.size, look.stroke
    palette = [look.colour(name) for name in AREA_COLOURS]
    label = {
        "labelFontSize": size, "labelColor": mute,
        "titleFontSize": size, "titleColor": ink, "titleFontWeight": 600,
    }  # fmt: skip
    legend = {
        "labelColor": ink,
        "orient": "top",
        "title": None,
        "symbolSize": 8 * size,
        "symbolStrokeWidth": 0,
    }
    ramp = [look.colour(name) for name in SEQUENCE]
    return {
        "aria": False,
        "background": None,
        "font": look.measured,
        "view": {"stroke": None},
        "axis": {
            **label, "domainColor": ink, "domainWidth": 0.75 * stroke,
            "tickColor": ink, "tickWidth": 0.75 * stroke, "tickSize": 0.4 * size, "tickRound": False,
            "gridColor": rule, "gridWidth": 0.5 * stroke, "labelPadding": 0.4 * size, "translate": 0,
            "labelOverlap": False, "labelFlush": False,
        },
        "axisX": {"grid": False, "labelAngle": 0},
        "axisY": {"domain": False, "ticks": False},
        "legend": {**label, **legend},
        "header": label,
        "title": {"fontSize": size, "fontWeight": 600, "color": ink, "anchor": "start"},
        "range": {"category": palette, "ordinal": palette, "heatmap": ramp, "ramp": ramp},
        "mark": {"color": palette[0]},
        "line": {"strokeWidth": 2 * stroke, "strokeJoin": "round"},
        "text": {"fontSize": size, "color": ink},
        "bar": {"color": palette[0]},
        "point": {"filled": True, "size": 3 * size},
    }  # fmt: skip
