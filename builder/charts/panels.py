"""Small multiples: the same axes for each series, the others behind it as a grey shadow."""

from __future__ import annotations

from typing import Any

from builder.charts.canvas import SCHEMA, Canvas, Plan, linear, ticks_label
from builder.charts.chart import Axes, Chart, draw_zero, tick_texts, value_ticks
from builder.charts.figures import Series
from builder.charts.lines import runs_of
from builder.charts.look import Look, config_of


def draw_multiples(chart: Chart, look: Look) -> Plan:
    """A panel for each series, in rows, all on one scale."""
    figures = chart.figures
    count = len(figures.series)
    columns = chart.shape.columns or _columns(count, 2 if look.is_screen else (4 if look.width > 400 else 3))
    rows = -(-count // columns)
    ticks = value_ticks(chart, figures.all(), most=3)
    texts = tick_texts(chart, ticks, look)
    left = max(look.text_width(text) for text in texts) + look.em(0.8)
    room = max(
        look.text_width(chart.write(s.values[s.last() or 0] or 0, look), True) for s in figures.series
    ) + look.em(0.8)
    gap = room + look.em(1.2)
    width = (look.width - left - room - gap * (columns - 1)) / columns
    top, foot, between = look.em(1.7), look.em(1.7), look.em(4.2)
    full = chart.shape.height or look.em(10.5 * rows + 1)
    height = (full - top - foot - between * (rows - 1)) / rows
    views = []
    for index, series in enumerate(figures.series):
        canvas = Canvas(look, height, 0, 0, 0, 0, plot_width=width)
        is_left = index % columns == 0
        _draw_panel(canvas, chart, series, ticks, texts if is_left else None)
        views.append(canvas.view())
    edges = {"left": left, "right": room, "top": top, "bottom": foot}
    spec: dict[str, Any] = {
        "$schema": SCHEMA, "concat": views, "columns": columns, "bounds": "flush", "autosize": "none",
        "spacing": {"row": round(between, 2), "column": round(gap, 2)},
        "padding": {side: round(at, 2) for side, at in edges.items()},
        "config": config_of(look),
    }  # fmt: skip
    return Plan(spec, look.width, full)


def _columns(count: int, most: int) -> int:
    """As many columns as fill the rows evenly."""
    rows = -(-count // most)
    return -(-count // rows)


def _draw_panel(
    canvas: Canvas, chart: Chart, series: Series, ticks: tuple[float, ...], texts: list[str] | None
) -> None:
    look, figures = canvas.look, chart.figures
    positions = figures.positions or tuple(float(i) for i in range(len(figures.labels)))
    axes = Axes(canvas, (positions[0], positions[-1]), (ticks[0], ticks[-1]))
    axis = {"title": None, "values": list(ticks), "labels": texts is not None}
    if texts is not None:
        axis["labelExpr"] = ticks_label(ticks, texts)
    x = {"field": "x", "type": "quantitative", "scale": linear(axes.x_domain), "axis": None}
    y = {"field": "y", "type": "quantitative", "scale": linear(axes.y_domain), "axis": axis}
    is_lit = series.name in chart.shape.highlight or not chart.shape.highlight
    token = chart.colours[series.name]
    shadows = [
        {"x": at, "y": value, "run": f"{other.name} {run}"}
        for other in figures.series
        if other is not series
        for run, at, value in runs_of(chart, positions, other.values)
    ]
    detail = {"field": "run", "type": "nominal"}
    mark = {"type": "line", "strokeJoin": "round"}
    canvas.add(
        shadows,
        {**mark, "color": look.colour("rule"), "strokeWidth": 0.75 * look.stroke},
        x=x,
        y=y,
        detail=detail,
    )
    draw_zero(axes, ticks)
    own = [
        {"x": at, "y": value, "run": str(run)} for run, at, value in runs_of(chart, positions, series.values)
    ]
    canvas.add(
        own, {**mark, "color": look.colour(token), "strokeWidth": 1.8 * look.stroke}, x=x, y=y, detail=detail
    )
    last = series.last() or 0
    value = series.values[last] or 0
    at = axes.x(positions[last]), axes.y(value)
    canvas.dot(*at, look.colour(token), look.em(0.3))
    canvas.text(
        at[0] + look.em(0.55),
        min(at[1], canvas.plot_height) + look.em(0.32),
        chart.write(value, look),
        look.colour("ink"),
        is_bold=is_lit,
    )
    canvas.text(
        0,
        -look.em(0.65),
        series.name,
        look.text_colour(token) if is_lit else look.colour("ink"),
        is_bold=True,
    )
    foot = canvas.plot_height + look.em(1.3)
    for x_at, label, align in (
        (0.0, figures.labels[0], "left"),
        (canvas.plot_width, figures.labels[-1], "right"),
    ):
        canvas.text(x_at, foot, label, look.colour("mute"), align)
