"""Lines and areas over time, each named at its right end."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from msgspec import Struct

from builder.charts.canvas import Canvas, Plan
from builder.charts.chart import Axes, Chart, draw_zero, encode_x, encode_y, make_axes, value_ticks
from builder.charts.labels import spread, wrap
from builder.charts.look import DASHES, Look

NAME_LIMIT, NAME_SHARE = 11.5, 0.3
"""The widest line of a name at a line's end, in sizes of the letters, and as a share of a screen's width."""


class EndLabel(Struct, frozen=True):
    """A name in bold and the value under it."""

    lines: tuple[str, ...]
    value: str
    token: str
    is_lit: bool

    def width(self, look: Look) -> float:
        """Its widest line."""
        return max([look.text_width(line, True) for line in self.lines] + [look.text_width(self.value)])

    def height(self, look: Look) -> float:
        """The room that it takes: 2.35 letters for a name of one line."""
        return look.em(1.175 * (len(self.lines) + bool(self.value)))


def end_label(chart: Chart, look: Look, name: str, value: float) -> EndLabel:
    """The label of a series at one value."""
    widest = min(look.em(NAME_LIMIT), look.width * NAME_SHARE) if look.is_screen else look.em(NAME_LIMIT)
    lines = wrap(name, widest, lambda text: look.text_width(text, True))
    return EndLabel(tuple(lines), chart.write(value, look), chart.colours[name], chart.is_lit(name))


def draw_labels(
    canvas: Canvas, labels: list[EndLabel], wanted: list[float], x: float, from_x: float, align: str = "left"
) -> None:
    """Sets the labels beside the plot, none over another; one that had to move far is led to its place."""
    look = canvas.look
    heights = [label.height(look) for label in labels]
    top, bottom = -canvas.top, canvas.plot_height + look.em(0.8)
    middles = spread(wanted, heights, top, bottom)
    for label, middle, at, height in zip(labels, middles, wanted, heights, strict=True):
        if abs(middle - at) > look.em(0.7):
            sign = 1 if align == "left" else -1
            edge = middle - look.em(0.25) if middle > at else middle + look.em(0.25)
            canvas.rule(from_x, at, x - sign * look.em(0.2), edge, look.colour("mute"), 0.5)
        baseline = middle - height / 2 + look.em(0.85)
        for line in label.lines:
            canvas.text(x, baseline, line, look.text_colour(label.token), align, is_bold=True)
            baseline += look.em(1.175)
        if label.value:
            canvas.text(x, baseline, label.value, look.colour("mute"), align)


def draw_line(chart: Chart, look: Look) -> Plan:
    """Lines, cut at breaks and at empty cells, with a dot and a name at the end of each."""
    figures = chart.figures
    ticks = value_ticks(chart, figures.all())
    ends = [(s, s.last()) for s in figures.series if s.last() is not None]
    labels = [end_label(chart, look, s.name, s.values[i] or 0) for s, i in ends]
    right = max(label.width(look) for label in labels) + look.em(1.3)
    axes = make_axes(chart, look, ticks, right, chart.shape.height or look.em(21.5))
    x, y = encode_x(chart, look, axes), encode_y(chart, look, ticks)
    positions = figures.positions or tuple(float(i) for i in range(len(figures.labels)))
    has_points = chart.shape.points if chart.shape.points is not None else len(positions) <= 8
    for index, (series, last) in enumerate(ends):
        token = chart.colours[series.name]
        runs = runs_of(chart, positions, series.values)
        values = [{"x": at, "y": value, "run": run} for run, at, value in runs]
        width = (2 if token == "c1" and chart.is_lit(series.name) else 1.6) * look.stroke
        mark = {"type": "line", "color": look.colour(token), "strokeWidth": width, "strokeJoin": "round"}
        if DASHES[token]:
            mark["strokeDash"] = [part * look.stroke for part in DASHES[token]]
        axes.canvas.add(values, mark, x=x, y=y, detail={"field": "run", "type": "nominal"})
        if index == 0:
            draw_zero(axes, ticks)
        lengths = Counter(run for run, _, _ in runs)
        for at, value in [(at, value) for run, at, value in runs if has_points or lengths[run] == 1]:
            axes.canvas.dot(axes.x(at), axes.y(value), look.colour(token), look.em(0.2))
        axes.canvas.dot(
            axes.x(positions[last]), axes.y(series.values[last] or 0), look.colour(token), look.em(0.33)
        )
    wanted = [axes.y(s.values[i] or 0) for s, i in ends]
    edge = axes.canvas.plot_width
    draw_labels(axes.canvas, labels, wanted, edge + look.em(1.05), edge + look.em(0.45))
    return axes.canvas.plan()


def runs_of(
    chart: Chart, positions: tuple[float, ...], values: tuple[float | None, ...]
) -> list[tuple[int, float, float]]:
    """Each value with the number of the unbroken run that it belongs to."""
    cuts = [at for at, _, is_break in chart.spots() if is_break]
    found, run, before = [], 0, None
    for at, value in zip(positions, values, strict=True):
        is_cut = before is not None and any(before < cut <= at for cut in cuts)
        if value is None or is_cut:
            run += 1
        if value is not None:
            found.append((run, at, value))
        before = at
    return found


def stack(chart: Chart) -> list[list[tuple[float, float]]]:
    """For each series the lower and upper end at each x, one on top of the other."""
    heights = [0.0] * len(chart.figures.labels)
    made = []
    for series in chart.figures.series:
        ends = []
        for index, value in enumerate(series.values):
            low, heights[index] = heights[index], round(heights[index] + (value or 0), 9)
            ends.append((low, heights[index]))
        made.append(ends)
    return made


def draw_area(chart: Chart, look: Look) -> Plan:
    """Areas on top of each other, parted by a white line, each named at its right end."""
    figures = chart.figures
    ends = stack(chart)
    ticks = value_ticks(chart, [high for series in ends for _, high in series])
    last = len(figures.labels) - 1
    labels = [end_label(chart, look, s.name, s.values[last] or 0) for s in figures.series]
    right = max(label.width(look) for label in labels) + look.em(1.1)
    axes = make_axes(chart, look, ticks, right, chart.shape.height or look.em(21.5))
    x, y = encode_x(chart, look, axes), encode_y(chart, look, ticks)
    positions = figures.positions or tuple(float(i) for i in range(len(figures.labels)))
    for series, own in zip(figures.series, ends, strict=True):
        values = [{"x": at, "y": high, "low": low} for at, (low, high) in zip(positions, own, strict=True)]
        colour = look.colour(chart.colours[series.name])
        axes.canvas.add(
            values,
            {"type": "area", "color": colour, "opacity": 1, "line": False},
            x=x,
            y=y,
            y2={"field": "low"},
        )
    for own, _ in pairwise(ends):
        values = [{"x": at, "y": high} for at, (_, high) in zip(positions, own, strict=True)]
        mark = {"type": "line", "color": "#ffffff", "strokeWidth": 0.75 * look.stroke}
        axes.canvas.add(values, mark, x=x, y=y)
    if chart.colours[figures.series[-1].name] == "c4":
        # The lightest colour needs an outline against white paper.
        values = [{"x": at, "y": high} for at, (_, high) in zip(positions, ends[-1], strict=True)]
        mark = {"type": "line", "color": look.colour("mute"), "strokeWidth": 0.5 * look.stroke}
        axes.canvas.add(values, mark, x=x, y=y)
    draw_zero(axes, ticks)
    _label_areas(axes, labels, ends, last)
    return axes.canvas.plan()


def _label_areas(
    axes: Axes, labels: list[EndLabel], ends: list[list[tuple[float, float]]], last: int
) -> None:
    edge, look = axes.canvas.plot_width, axes.canvas.look
    wanted = [axes.y(sum(own[last]) / 2) for own in ends]
    draw_labels(axes.canvas, labels, wanted, edge + look.em(0.9), edge + look.em(0.15))
