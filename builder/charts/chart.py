"""A chart as a value: its shape, its numbers and its colours; and the axes that most kinds share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from builder.charts.canvas import Canvas, linear, ticks_label
from builder.charts.figures import Figures, position_of
from builder.charts.look import Look
from builder.charts.numbers import nice_ticks, tick_decimals, write_number, year_ticks
from builder.charts.shape import ChartShape


class Chart(Struct, frozen=True):
    """Everything that a kind needs to draw; nothing of it was withheld."""

    shape: ChartShape
    figures: Figures
    colours: dict[str, str]
    """The token of each series."""
    decimals: int

    def write(self, value: float, look: Look, has_unit: bool = True) -> str:
        """A value as labels print it."""
        unit = self.shape.unit if has_unit else None
        return write_number(value, self.decimals, look.language, unit or "")

    def is_lit(self, name: str) -> bool:
        """Whether a series or an x is highlighted, or nothing is."""
        return not self.shape.highlight or name in self.shape.highlight

    def spots(self) -> list[tuple[float, str, bool]]:
        """Position and text of each mark and break, and whether it is a break."""
        found = []
        for names, is_break in ((self.shape.breaks, True), (self.shape.marks, False)):
            for name, text in names.items():
                at = position_of(name) if self.figures.positions else None
                where = at[0] if at else float(self.figures.labels.index(name))
                found.append((where, text, is_break))
        return sorted(found)


class Axes(Struct, frozen=True):
    """A canvas with its scales: places in the plot by the same arithmetic that Vega uses."""

    canvas: Canvas
    x_domain: tuple[float, float]
    y_domain: tuple[float, float]

    def x(self, value: float) -> float:
        """The pixel of an x."""
        low, high = self.x_domain
        return (value - low) / ((high - low) or 1) * self.canvas.plot_width

    def y(self, value: float) -> float:
        """The pixel of a y."""
        low, high = self.y_domain
        return (1 - (value - low) / (high - low)) * self.canvas.plot_height


def value_ticks(chart: Chart, values: Sequence[float], most: int = 5) -> tuple[float, ...]:
    """The ticks of the axis of values: from zero, unless the chart says that zero means nothing here."""
    low, high = min(values), max(values)
    if chart.shape.zero:
        low, high = min(low, 0), max(high, 0)
    return nice_ticks(low, high, most)


def tick_texts(chart: Chart, ticks: Sequence[float], look: Look) -> list[str]:
    """What stands at each tick; the unit stands at the top one only."""
    decimals = tick_decimals(tuple(ticks))
    unit = chart.shape.unit or ""
    return [
        write_number(tick, decimals, look.language, unit if index == len(ticks) - 1 else "")
        for index, tick in enumerate(ticks)
    ]


class Spot(Struct, frozen=True):
    """A mark above the plot."""

    x: float
    """The pixel of its line."""
    at: float
    """The pixel where its text begins, or ends where it is aligned to the right."""
    text: str
    row: int
    align: str


def place_spots(
    chart: Chart, look: Look, pixel: Callable[[float], float], width: float, left: float, right: float
) -> list[Spot]:
    """The marks of a plot between two margins, so that no two texts overlap and none is cut."""
    placed: list[Spot] = []
    edge = width + min(right, look.em(2))
    ends: list[list[tuple[float, float]]] = []
    for at, text, _ in chart.spots():
        x = pixel(at)
        gap = look.em(0.4)
        size = look.text_width(text) + gap
        is_after = x + size <= edge or x < width / 2
        start = min(x, edge - size) if is_after else max(x - size, -left)
        end = start + size
        row = next(
            (i for i, taken in enumerate(ends) if all(end < a or start > b for a, b in taken)), len(ends)
        )
        if row == len(ends):
            ends.append([])
        ends[row].append((start, end + look.em(0.6)))
        at = start + gap if is_after else end - gap
        placed.append(Spot(x, at, text, row, "left" if is_after else "right"))
    return placed


def draw_spots(
    canvas: Canvas,
    placed: Sequence[Spot],
    foot: Callable[[float], float] | None = None,
) -> None:
    """A thin line for each mark, its text above the plot; it runs down to `foot`, or across the plot."""
    look = canvas.look
    colour, line = look.colour("mute"), look.em(1.3)
    for spot in placed:
        y = -look.em(0.75) - spot.row * line
        end = foot(spot.x) if foot else canvas.plot_height
        is_beside = abs(spot.at - spot.x) < look.em(0.5)
        canvas.rule(spot.x, y + look.em(-0.75 if is_beside else 0.3), spot.x, end, colour, 0.5, (1.5, 1.5))
        canvas.text(spot.at, y, spot.text, colour, spot.align)


def x_axis(
    chart: Chart, look: Look, domain: tuple[float, float], width: float
) -> tuple[list[float], list[str]]:
    """The ticks of the axis of years, numbers or words, as many as stand beside each other."""
    figures = chart.figures
    if figures.positions is None:
        widest = max(look.text_width(label) for label in figures.labels)
        step = max(1, -(-int(widest + look.em(1)) * max(len(figures.labels) - 1, 1) // max(int(width), 1)))
        picked = list(range(len(figures.labels) - 1, -1, -step))[::-1]
        return [float(i) for i in picked], [figures.labels[i] for i in picked]
    widest = look.text_width("0000" if figures.is_time else chart.write(domain[1], look, False))
    if figures.is_time or all(at == int(at) for at in domain):
        pixels = width / ((domain[1] - domain[0]) or 1)
        gaps = [(b - a) * pixels for a, b in pairwise(figures.positions)]
        is_short = len(figures.positions) <= 7 and all(at == int(at) for at in figures.positions)
        if is_short and min(gaps, default=width) > widest + look.em(0.6):
            ticks = figures.positions
        else:
            ticks = year_ticks(*domain, (widest + look.em(1)) / pixels)
        texts = [f"{tick:.0f}" if figures.is_time else write_number(tick, 0, look.language) for tick in ticks]
    else:
        ticks = tuple(t for t in nice_ticks(*domain) if domain[0] <= t <= domain[1])
        texts = [write_number(tick, tick_decimals(ticks), look.language) for tick in ticks]
    return list(ticks), texts


def make_axes(
    chart: Chart, look: Look, ticks: Sequence[float], right: float, height: float, has_x: bool = True
) -> Axes:
    """A canvas with room for the labels of both axes and for marks above."""
    figures = chart.figures
    texts = tick_texts(chart, ticks, look)
    left = max(look.text_width(text) for text in texts) + look.em(0.8)
    positions = figures.positions or tuple(float(i) for i in range(len(figures.labels)))
    domain = (min(positions), max(positions))
    if has_x:
        # Half of the first label hangs over the plot's edge.
        left = max(left, look.text_width(figures.labels[0] if figures.positions is None else "0000") / 2)
    width = look.width - left - right
    span = (domain[1] - domain[0]) or 1
    rows = place_spots(chart, look, lambda at: (at - domain[0]) / span * width, width, left, right)
    top = look.em(0.6) if not rows else look.em(1.9 + 1.3 * max(spot.row for spot in rows))
    bottom = look.em(1.9) if has_x else look.em(0.5)
    canvas = Canvas(look, height - top - bottom, left, right, top, bottom)
    draw_spots(canvas, rows)
    return Axes(canvas, domain, (ticks[0], ticks[-1]))


def encode_y(chart: Chart, look: Look, ticks: Sequence[float]) -> dict[str, Any]:
    """The encoding of the axis of values, with its ticks."""
    texts = tick_texts(chart, ticks, look)
    axis = {"title": None, "values": list(ticks), "labelExpr": ticks_label(ticks, texts)}
    return {"field": "y", "type": "quantitative", "scale": linear((ticks[0], ticks[-1])), "axis": axis}


def encode_x(chart: Chart, look: Look, axes: Axes) -> dict[str, Any]:
    """The encoding of the axis of years, numbers or words, with its ticks."""
    ticks, texts = x_axis(chart, look, axes.x_domain, axes.canvas.plot_width)
    low, high = axes.x_domain
    domain = axes.x_domain if high > low else (low - 0.5, high + 0.5)
    axis = {"title": None, "domain": False, "values": list(ticks), "labelExpr": ticks_label(ticks, texts)}
    return {"field": "x", "type": "quantitative", "scale": linear(domain), "axis": axis}


def draw_zero(axes: Axes, ticks: Sequence[float]) -> None:
    """The line of zero, or the foot of the plot where zero is not in it."""
    look = axes.canvas.look
    at = axes.y(0) if ticks[0] <= 0 <= ticks[-1] else axes.canvas.plot_height
    axes.canvas.rule(0, at, axes.canvas.plot_width, at, look.colour("ink"), 0.75)
