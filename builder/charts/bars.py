"""Columns, bars and stacks: lengths from zero, sorted where order has no meaning, values where they fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from builder.charts.canvas import Canvas, Plan, linear
from builder.charts.chart import (
    Axes,
    Chart,
    draw_spots,
    draw_zero,
    encode_y,
    place_spots,
    tick_texts,
    value_ticks,
)
from builder.charts.labels import wrap
from builder.charts.lines import stack
from builder.charts.look import Look
from builder.charts.numbers import year_ticks

GAP, WIDEST = 0.28, 4.5
"""The share of its place that a column leaves empty; the widest column, in sizes of the letters."""
MOST_ROWS = 8
"""A stack of more than these stands upright."""
OTHERS = {
    "other",
    "others",
    "all others",
    "all other",
    "rest",
    "rest of the world",
    "other partners",
    "other countries",
}


def draw_column(chart: Chart, look: Look) -> Plan:
    """Columns of one series; each value above its column where all fit, else an axis."""
    chart = _without_holes(chart)
    figures, series = chart.figures, chart.figures.series[0]
    count = len(figures.labels)
    texts = [chart.write(value, look, False) for value in figures.all()]
    if figures.positions is None and not _labels_fit(chart, look):
        # Words that can't stand side by side stand under each other.
        return _bars(chart, look, list(range(count)))
    has_values = max(map(look.text_width, texts)) <= look.width / count * 0.96
    ticks = value_ticks(chart, figures.all())
    axis_room = max(look.text_width(text) for text in tick_texts(chart, ticks, look)) + look.em(0.8)
    left = 0.0 if has_values else axis_room
    height = chart.shape.height or look.em(20)
    axes, spots = _upright(chart, look, ticks, left, height, look.em(1.3 if has_values else 0.6))
    if has_values:
        low, high = min([0.0, *figures.all()]), max([0.0, *figures.all()])
        axes = Axes(axes.canvas, axes.x_domain, (low, high))
        y: dict[str, Any] = {"field": "y", "type": "quantitative", "scale": linear((low, high)), "axis": None}
    else:
        y = encode_y(chart, look, ticks)
    step = axes.canvas.plot_width / count
    draw_spots(axes.canvas, spots, lambda x: _head(chart, axes, int(x // step), has_values))
    values = [
        {"x": label, "y": value, "c": look.colour(_bar_colour(chart, label))}
        for label, value in zip(figures.labels, series.values, strict=True)
        if value is not None
    ]
    colour = {"field": "c", "type": "nominal", "scale": None}
    axes.canvas.add(values, {"type": "bar"}, x=_band(chart, look, axes), y=y, color=colour)
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


def _without_holes(chart: Chart) -> Chart:
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


def _bar_colour(chart: Chart, label: str) -> str:
    """One colour for all; with a highlight, that one dark and the rest light."""
    own = chart.colours[chart.figures.series[0].name]
    if not chart.shape.highlight:
        return own
    return own if label in chart.shape.highlight else "c3"


def _upright(
    chart: Chart, look: Look, ticks: tuple[float, ...], left: float, height: float, top: float
) -> tuple[Axes, list[tuple[float, str, int, str]]]:
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

    spots = place_spots(chart, look, pixel, width)
    if spots:
        top = max(top, look.em(1.9 + 1.3 * max(row for _, _, row, _ in spots)))
    bottom = look.em(1.9)
    canvas = Canvas(look, height - top - bottom, left, right, top, bottom)
    return Axes(canvas, (0, count), (ticks[0], ticks[-1])), spots


def _band(chart: Chart, look: Look, axes: Axes) -> dict[str, Any]:
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


def draw_stacked(chart: Chart, look: Look) -> Plan:
    """Parts of a whole: few wholes as bars with their values inside, a long run of them as columns."""
    is_long = chart.figures.positions is not None and len(chart.figures.labels) > MOST_ROWS
    return _stacked_columns(chart, look) if is_long else _stacked_rows(chart, look)


def _stacked_columns(chart: Chart, look: Look) -> Plan:
    chart = _without_holes(chart)
    figures, ends = chart.figures, stack(chart)
    ticks = value_ticks(chart, [high for own in ends for _, high in own])
    left = max(look.text_width(text) for text in tick_texts(chart, ticks, look)) + look.em(0.8)
    legend = _legend_places(chart, look, look.width - left)
    top = look.em(1.2 + 1.6 * (1 + max(row for _, row, _ in legend)))
    axes, _ = _upright(chart, look, ticks, left, chart.shape.height or look.em(22), top)
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
        axes.canvas.add(values, mark, x=_band(chart, look, axes), y=y, y2={"field": "low"})
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


def draw_bar(chart: Chart, look: Look) -> Plan:
    """Bars under each other, the longest first, what is left over last."""
    series = chart.figures.series[0]
    rows = [index for index, value in enumerate(series.values) if value is not None]
    return _bars(chart, look, ordered(chart, rows, series.values))


def ordered(chart: Chart, rows: list[int], values: tuple[float | None, ...]) -> list[int]:
    """Rows by value, unless the author keeps the order of the file; those for the rest come last."""
    labels = chart.figures.labels
    if chart.shape.order == "value":
        rows = sorted(rows, key=lambda row: -(values[row] or 0))
    is_last = {row: labels[row] in chart.shape.last or labels[row].casefold() in OTHERS for row in rows}
    return sorted(rows, key=is_last.__getitem__)


def _bars(chart: Chart, look: Look, rows: list[int]) -> Plan:
    figures, values = chart.figures, chart.figures.series[0].values
    names = wrap_names(look, [figures.labels[row] for row in rows])
    numbers = [values[row] or 0.0 for row in rows]
    texts = [chart.write(number, look) for number in numbers]
    room = max(look.text_width(text, True) for text in texts) + look.em(0.7)
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    left = max(look.text_width(line, True) for lines in names for line in lines) + look.em(0.9)
    left += room if low < 0 else 0
    pitches = [look.em(2.05 + 1.1 * (len(lines) - 1)) for lines in names]
    thick = look.em(1.3)
    canvas = Canvas(look, sum(pitches), left, room, 0, 0)
    scale = canvas.plot_width / ((high - low) or 1)
    zero, top = -low * scale, 0.0
    for row, lines, number, text, pitch in zip(rows, names, numbers, texts, pitches, strict=True):
        label, middle = figures.labels[row], top + pitch / 2
        is_lit = label in chart.shape.highlight
        draw_row_name(canvas, lines, middle, is_lit, -room if low < 0 else 0)
        start, end = sorted((zero, zero + number * scale))
        canvas.box(
            start,
            middle - thick / 2,
            max(end, start + 0.4),
            middle + thick / 2,
            look.colour(_bar_colour(chart, label)),
        )
        x, align = (end + look.em(0.45), "left") if number >= 0 else (start - look.em(0.45), "right")
        canvas.text(x, middle + look.em(0.34), text, look.colour("ink"), align, is_bold=is_lit)
        top += pitch
    canvas.rule(zero, 0, zero, canvas.plot_height, look.colour("ink"), 0.75)
    return canvas.plan()


def wrap_names(look: Look, names: list[str]) -> list[list[str]]:
    """The names of rows in lines of a bearable width."""
    limit = look.width * 0.36
    return [wrap(name, limit, lambda text: look.text_width(text, True)) for name in names]


def draw_row_name(
    canvas: Canvas, lines: list[str], middle: float, is_bold: bool = False, shift: float = 0
) -> None:
    """The name of a row, at the left of its bar or dots."""
    look = canvas.look
    baseline = middle + look.em(0.34) - look.em(0.55) * (len(lines) - 1)
    for line in lines:
        canvas.text(shift - look.em(0.8), baseline, line, look.colour("ink"), "right", is_bold=is_bold)
        baseline += look.em(1.1)
