"""Columns: lengths from zero, one for each year or name, the values above them where they fit."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from builder.charts.bars import bar_colour, draw_rows
from builder.charts.canvas import Canvas, Plan, linear
from builder.charts.chart import (
    Axes,
    Chart,
    Spot,
    draw_spots,
    draw_zero,
    encode_y,
    place_spots,
    tick_texts,
    value_ticks,
)
from builder.charts.look import Look
from builder.charts.numbers import year_ticks

GAP, WIDEST = 0.28, 4.5
"""The share of its place that a column leaves empty; the widest column, in sizes of the letters."""


def draw_column(chart: Chart, look: Look) -> Plan:
    """Columns of one series; each value above its column where all fit, else an axis."""
    chart = without_holes(chart)
    figures, series = chart.figures, chart.figures.series[0]
    count = len(figures.labels)
    texts = [chart.write(value, look, False) for value in figures.all()]
    if figures.positions is None and not _labels_fit(chart, look):
        # Words that can't stand side by side stand under each other.
        return draw_rows(chart, look, list(range(count)))
    has_values = max(map(look.text_width, texts)) <= look.width / count * 0.96
    ticks = value_ticks(chart, figures.all())
    axis_room = max(look.text_width(text) for text in tick_texts(chart, ticks, look)) + look.em(0.8)
    left = 0.0 if has_values else axis_room
    height = chart.shape.height or look.em(20)
    axes, spots = upright(chart, look, ticks, left, height, look.em(1.3 if has_values else 0.6))
    if has_values:
        low, high = min([0.0, *figures.all()]), max([0.0, *figures.all()])
        axes = Axes(axes.canvas, axes.x_domain, (low, high))
        y: dict[str, Any] = {"field": "y", "type": "quantitative", "scale": linear((low, high)), "axis": None}
    else:
        y = encode_y(chart, look, ticks)
    step = axes.canvas.plot_width / count
    draw_spots(axes.canvas, spots, lambda x: _head(chart, axes, int(x // step), has_values))
    values = [
        {"x": label, "y": value, "c": look.colour(bar_colour(chart, label))}
        for label, value in zip(figures.labels, series.values, strict=True)
        if value is not None
    ]
    colour = {"field": "c", "type": "nominal", "scale": None}
    axes.canvas.add(values, {"type": "bar"}, x=band(chart, look, axes), y=y, color=colour)
    draw_zero(axes, (axes.y_domain[0], axes.y_domain[1]))
    for index, value in enumerate(series.values):
        is_named = _is_named(chart, index)
        if value is None or not (has_values or is_named):
            continue
        at = axes.y(value) - look.em(0.35) if value >= 0 else axes.y(value) + look.em(1)
        x = (index + 0.5) * step
        text = chart.write(value, look, False)
        half = look.text_width(text, is_named) / 2
        x = min(max(x, half), axes.canvas.plot_width + axes.canvas.right - half)
        axes.canvas.text(x, at, text, look.colour("ink"), "center", is_bold=is_named)
    return axes.canvas.plan()


def _is_named(chart: Chart, index: int) -> bool:
    """Whether a column has its value in bold: the highlighted one, else the last."""
    labels = chart.figures.labels
    return labels[index] in chart.shape.highlight or (not chart.shape.highlight and index == len(labels) - 1)


def _head(chart: Chart, axes: Axes, index: int, has_values: bool) -> float:
    """Where the line of a mark ends: above the column and its value."""
    value = chart.figures.series[0].values[index] or 0
    is_written = value >= 0 and (has_values or _is_named(chart, index))
    return axes.y(max(value, 0)) - axes.canvas.look.em(1.4 if is_written else 0.2)


def without_holes(chart: Chart) -> Chart:
    """The same chart with an empty place for each year that the file leaves out."""
    figures = chart.figures
    if not figures.is_time or not figures.positions or any(at != int(at) for at in figures.positions):
        return chart
    first, last = int(figures.positions[0]), int(figures.positions[-1])
    if last - first > 80 or last - first + 1 == len(figures.positions):
        return chart
    labels = tuple(str(year) for year in range(first, last + 1))
    series = tuple(
        replace(
            s, values=tuple(dict(zip(figures.labels, s.values, strict=True)).get(label) for label in labels)
        )
        for s in figures.series
    )
    positions = tuple(float(label) for label in labels)
    return replace(chart, figures=replace(figures, labels=labels, positions=positions, series=series))


def _labels_fit(chart: Chart, look: Look) -> bool:
    step = look.width * 0.9 / len(chart.figures.labels)
    return all(look.text_width(label) <= step * 0.96 for label in chart.figures.labels)


def upright(
    chart: Chart, look: Look, ticks: tuple[float, ...], left: float, height: float, top: float
) -> tuple[Axes, list[Spot]]:
    """A canvas for columns, with room for the marks above them, and the marks."""
    count = len(chart.figures.labels)
    over = max(look.text_width(chart.figures.labels[i]) for i in (0, -1)) - (look.width - left) / count
    # Half of a name that is wider than its column hangs over at each end.
    right = max(over, 0.0) / 2
    width = look.width - left - right
    step = width / count
    positions = chart.figures.positions or tuple(float(i) for i in range(count))

    def pixel(at: float) -> float:
        return (positions.index(at) + 0.5) * step if at in positions else 0.0

    spots = place_spots(chart, look, pixel, width, left, right)
    if spots:
        top = max(top, look.em(1.9 + 1.3 * max(spot.row for spot in spots)))
    bottom = look.em(1.9)
    canvas = Canvas(look, height - top - bottom, left, right, top, bottom)
    return Axes(canvas, (0, count), (ticks[0], ticks[-1])), spots


def band(chart: Chart, look: Look, axes: Axes) -> dict[str, Any]:
    """The encoding of one place for each x; of years, as many are named as fit."""
    figures, width = chart.figures, axes.canvas.plot_width
    shown = list(figures.labels)
    widest = max(look.text_width(label) for label in shown) + look.em(0.9)
    if widest > width / len(shown):
        if figures.positions and figures.is_time and all(at == int(at) for at in figures.positions):
            apart = widest / width * len(shown)
            ticks = year_ticks(figures.positions[0], figures.positions[-1], apart)
            shown = [
                label for label, at in zip(figures.labels, figures.positions, strict=True) if at in ticks
            ]
        else:
            shown = shown[:: -(-int(widest * len(shown)) // int(width))]
    gap = max(GAP, 1 - look.em(WIDEST) / width * len(figures.labels))
    axis = {
        "title": None,
        "domain": False,
        "ticks": False,
        "values": shown,
        "labelAngle": 0,
        "labelPadding": look.em(0.6),
    }
    places = {"domain": list(figures.labels), "paddingInner": gap, "paddingOuter": gap / 2, "round": False}
    return {"field": "x", "type": "ordinal", "sort": None, "axis": axis, "scale": places}
