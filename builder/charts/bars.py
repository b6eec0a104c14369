"""Bars: lengths from zero under each other, sorted where order has no meaning, the value behind each."""

from __future__ import annotations

from builder.charts.canvas import Canvas, Plan
from builder.charts.chart import Chart
from builder.charts.labels import wrap
from builder.charts.look import Look

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


def draw_bar(chart: Chart, look: Look) -> Plan:
    """Bars under each other, the longest first, what is left over last."""
    series = chart.figures.series[0]
    rows = [index for index, value in enumerate(series.values) if value is not None]
    return draw_rows(chart, look, ordered(chart, rows, series.values))


def ordered(chart: Chart, rows: list[int], values: tuple[float | None, ...]) -> list[int]:
    """Rows by value, unless the author keeps the order of the file; those for the rest come last."""
    labels = chart.figures.labels
    if chart.shape.order == "value":
        rows = sorted(rows, key=lambda row: -(values[row] or 0))
    is_last = {row: labels[row] in chart.shape.last or labels[row].casefold() in OTHERS for row in rows}
    return sorted(rows, key=is_last.__getitem__)


def draw_rows(chart: Chart, look: Look, rows: list[int]) -> Plan:
    """Bars for the given rows, in their order."""
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
            look.colour(bar_colour(chart, label)),
        )
        x, align = (end + look.em(0.45), "left") if number >= 0 else (start - look.em(0.45), "right")
        canvas.text(x, middle + look.em(0.34), text, look.colour("ink"), align, is_bold=is_lit)
        top += pitch
    canvas.rule(zero, 0, zero, canvas.plot_height, look.colour("ink"), 0.75)
    return canvas.plan()


def bar_colour(chart: Chart, label: str) -> str:
    """The colour of a bar: its own where it has one, else that of the series."""
    return chart.colours.get(label, chart.colours[chart.figures.series[0].name])


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
