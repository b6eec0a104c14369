"""The kinds of chart: how many series each bears, what its numbers must be, and who draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from builder.charts.bars import draw_bar
from builder.charts.canvas import Plan
from builder.charts.chart import Chart
from builder.charts.colours import ColourClash, assign, assign_bars, unclaimed
from builder.charts.columns import draw_column
from builder.charts.dots import draw_dot, draw_slope
from builder.charts.figures import Figures
from builder.charts.lines import draw_area, draw_line
from builder.charts.look import LINE_COLOURS, Look
from builder.charts.panels import draw_multiples
from builder.charts.shape import ChartShape
from builder.charts.stacks import draw_stacked

DRAW: dict[str, Callable[[Chart, Look], Plan]] = {
    "line": draw_line, "area": draw_area, "column": draw_column, "stacked": draw_stacked,
    "bar": draw_bar, "dot": draw_dot, "slope": draw_slope, "multiples": draw_multiples,
}  # fmt: skip
"""A new kind is a row here, in `LIMITS` and in the shape."""
LIMITS = {"line": 3, "area": 4, "column": 1, "stacked": 4, "bar": 1, "dot": 3, "slope": 4, "multiples": 12}
LIMIT_LIT = 8
"""Series of a slope in which one is highlighted and the rest are mute."""


class Unfit(Exception):
    """Numbers that a kind can't show; the second argument says what to do."""

    def __init__(self, message: str, hint: str):
        super().__init__(message)
        self.message, self.hint = message, hint


def make_chart(shape: ChartShape, figures: Figures, entities: Mapping[str, str]) -> Chart:
    """The chart of a shape and its numbers; raises Unfit where the kind can't show them."""
    kind = shape.kind or ""
    _check_counts(kind, shape, figures)
    _check_numbers(kind, figures)
    names = [series.name for series in figures.series]
    if kind == "multiples":
        plain = "c3" if shape.highlight else unclaimed(entities)
        colours = {name: entities.get(name, "c1" if name in shape.highlight else plain) for name in names}
        colours = {name: token if token in LINE_COLOURS else plain for name, token in colours.items()}
    elif kind in ("column", "bar"):
        colours = assign_bars(names[0], figures.labels, entities, shape.highlight)
    elif kind == "dot" and len(names) > 1 and not any(name in entities for name in names):
        colours = dict(
            zip(names, ("c3", "c2", "c1")[-len(names) :] if len(names) > 2 else ("c3", "c1"), strict=True)
        )
    else:
        try:
            lit = [name for name in names if name in shape.highlight]
            if kind == "slope" and lit:
                colours = {**dict.fromkeys(names, "mute"), **assign(lit, entities)}
            else:
                colours = assign(names, entities, lit, is_area=kind in ("area", "stacked"))
        except ColourClash as problem:
            raise Unfit(str(problem), "change the map 'entities' in publication.yaml") from None
    return Chart(shape, figures, colours, _decimals(shape, figures))


def plan_of(chart: Chart, look: Look) -> Plan:
    """The spec of a chart."""
    return DRAW[chart.shape.kind or ""](chart, look)


def _check_counts(kind: str, shape: ChartShape, figures: Figures) -> None:
    count, most = len(figures.series), LIMITS[kind]
    if kind == "slope" and shape.highlight:
        most = LIMIT_LIT
    if count > most:
        what = f"{count} series in a chart of kind '{kind}', which bears {most}"
        hints = {
            "line": "choose fewer, or use 'kind: multiples'",
            "column": "use 'kind: stacked' or 'kind: multiples'",
            "bar": "use 'kind: dot' or 'kind: stacked'",
            "slope": "choose fewer, or name one under 'highlight'",
        }
        raise Unfit(what, hints.get(kind, "choose fewer, or join some with 'groups'"))
    points = len(figures.labels)
    if kind == "slope" and points != 2:
        raise Unfit(
            f"{points} moments in a slope, which has two", "choose two with 'where', or use 'kind: line'"
        )
    if kind in ("line", "area", "multiples") and points < 2:
        raise Unfit(f"one moment only for a chart of kind '{kind}'", "widen 'where', or use 'kind: bar'")
    if kind in ("bar", "dot") and points > 40:
        raise Unfit(f"{points} rows in a chart of kind '{kind}'", "choose fewer with 'where', or set a table")


def _check_numbers(kind: str, figures: Figures) -> None:
    if kind not in ("area", "stacked"):
        return
    for series in figures.series:
        for label, value in zip(figures.labels, series.values, strict=True):
            if value is None:
                raise Unfit(
                    f"no value of '{series.name}' for '{label}' in a stack",
                    "write 0 if it is none, or leave the row out with 'where'",
                )
            if value < 0:
                raise Unfit(
                    f"a value below zero of '{series.name}' for '{label}' in a stack",
                    "use 'kind: line' or 'kind: multiples'",
                )


def _decimals(shape: ChartShape, figures: Figures) -> int:
    """As many decimals as the file has, and no more than a reader can use."""
    if shape.decimals is not None:
        return shape.decimals
    values = figures.all()
    if shape.kind in ("line", "area"):
        values = [series.values[series.last() or 0] or 0 for series in figures.series]
    largest = max(abs(value) for value in values)
    written = 2 if shape.divide_by else figures.decimals
    decimals = min(written, 0 if largest >= 1000 else 1)
    while decimals < min(written, 2) and any(value and not round(value, decimals) for value in values):
        decimals += 1
    return decimals
