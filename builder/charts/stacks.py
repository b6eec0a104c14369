"""Stacks: parts of a whole on top of or beside each other, named by a legend in their order."""

from __future__ import annotations

from builder.charts.bars import draw_row_name, wrap_names
from builder.charts.canvas import Canvas, Plan
from builder.charts.chart import Chart, draw_zero, encode_y, tick_texts, value_ticks
from builder.charts.columns import band, upright, without_holes
from builder.charts.lines import stack
from builder.charts.look import Look

MOST_ROWS = 8
"""A stack of more than these stands upright."""


def draw_stacked(chart: Chart, look: Look) -> Plan:
    """Parts of a whole: few wholes as bars with their values inside, a long run of them as columns."""
    is_long = chart.figures.positions is not None and len(chart.figures.labels) > MOST_ROWS
    return _stacked_columns(chart, look) if is_long else _stacked_rows(chart, look)


def _stacked_columns(chart: Chart, look: Look) -> Plan:
    chart = without_holes(chart)
    figures, ends = chart.figures, stack(chart)
    ticks = value_ticks(chart, [high for own in ends for _, high in own])
    left = max(look.text_width(text) for text in tick_texts(chart, ticks, look)) + look.em(0.8)
    legend = _legend_places(chart, look, look.width - left)
    top = look.em(1.2 + 1.6 * (1 + max(row for _, row, _ in legend)))
    axes, _ = upright(chart, look, ticks, left, chart.shape.height or look.em(22), top)
    _draw_legend(axes.canvas, chart, legend, -top)
    y = encode_y(chart, look, ticks)
    for series, own in zip(figures.series, ends, strict=True):
        values = [
            {"x": label, "y": high, "low": low}
            for label, (low, high) in zip(figures.labels, own, strict=True)
            if high > low
        ]
        mark = {
            "type": "bar",
            "color": look.colour(chart.colours[series.name]),
            "stroke": "#ffffff",
            "strokeWidth": 0.75 * look.stroke,
        }
        axes.canvas.add(values, mark, x=band(chart, look, axes), y=y, y2={"field": "low"})
    draw_zero(axes, ticks)
    return axes.canvas.plan()


def _stacked_rows(chart: Chart, look: Look) -> Plan:
    figures, ends = chart.figures, stack(chart)
    names = wrap_names(look, list(figures.labels))
    left = max(look.text_width(line, True) for lines in names for line in lines) + look.em(1)
    width = look.width - left
    legend = _legend_places(chart, look, width)
    top = look.em(0.9 + 1.6 * (1 + max(row for _, row, _ in legend)))
    pitch, thick = look.em(2.65), look.em(1.8)
    canvas = Canvas(look, pitch * len(names), left, 0, top, 0)
    _draw_legend(canvas, chart, legend, -top)
    longest = max(high for own in ends for _, high in own)
    for row, lines in enumerate(names):
        middle = pitch * row + thick / 2
        draw_row_name(canvas, lines, middle, is_bold=True)
        for series, own in zip(figures.series, ends, strict=True):
            low, high = (end / longest * width for end in own[row])
            token = chart.colours[series.name]
            if high <= low:
                continue
            canvas.box(
                low,
                middle - thick / 2,
                high,
                middle + thick / 2,
                look.colour(token),
                stroke="#ffffff",
                strokeWidth=0.75,
            )
    for row in range(len(names)):
        middle = pitch * row + thick / 2
        for series, own in zip(figures.series, ends, strict=True):
            low, high = (end / longest * width for end in own[row])
            text = chart.write(own[row][1] - own[row][0], look, False)
            if high - low >= look.text_width(text, True) + look.em(0.6):
                colour = look.on(chart.colours[series.name])
                canvas.text((low + high) / 2, middle + look.em(0.34), text, colour, "center", is_bold=True)
    return canvas.plan()


def _legend_places(chart: Chart, look: Look, width: float) -> list[tuple[float, int, str]]:
    """Place, row and name of each part, in the order of the stack."""
    places, x, row = [], 0.0, 0
    for series in chart.figures.series:
        size = look.em(1.35) + look.text_width(series.name)
        if x and x + size > width:
            x, row = 0.0, row + 1
        places.append((x, row, series.name))
        x += size + look.em(1.7)
    return places


def _draw_legend(canvas: Canvas, chart: Chart, places: list[tuple[float, int, str]], top: float) -> None:
    look, side = canvas.look, canvas.look.em(0.95)
    for x, row, name in places:
        y = top + look.em(1.6) * row + look.em(0.1)
        colour, ink = look.colour(chart.colours[name]), look.colour("ink")
        canvas.box(x, y, x + side, y + side, colour, stroke=ink, strokeWidth=0.5)
        canvas.text(x + side + look.em(0.4), y + look.em(0.82), name, ink)
