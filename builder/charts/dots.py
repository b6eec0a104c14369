"""Comparisons: dots on rows, and slopes between two moments."""

from __future__ import annotations

from builder.charts.bars import draw_row_name, ordered, wrap_names
from builder.charts.canvas import Canvas, Plan
from builder.charts.chart import Chart, value_ticks
from builder.charts.labels import spread
from builder.charts.look import DASHES, Look
from builder.charts.numbers import tick_decimals, write_number

NARROWEST = 0.3
"""The least share of the width that the dots need."""


def draw_dot(chart: Chart, look: Look) -> Plan:
    """A row for each x, a dot for each series: the last one full, those before it hollow."""
    figures, series = chart.figures, chart.figures.series
    rows = [row for row in range(len(figures.labels)) if any(s.values[row] is not None for s in series)]
    rows = ordered(chart, rows, series[-1].values)
    names = wrap_names(look, [figures.labels[row] for row in rows])
    ticks = value_ticks(chart, figures.all())
    room = max(look.text_width(chart.write(value, look)) for value in figures.all()) + look.em(0.9)
    names_room = max(look.text_width(line, True) for lines in names for line in lines) + look.em(0.9)
    # Where the names and both values would leave no room for the dots, an axis stands for the values.
    has_values = len(series) <= 2 and look.width - names_room - 2 * room >= NARROWEST * look.width
    shift = room if has_values else look.em(0.6)
    left = names_room + shift
    last = write_number(ticks[-1], tick_decimals(ticks), look.language, chart.shape.unit or "")
    right = room if has_values else max(look.em(1), look.text_width(last) / 2)
    pitches = [look.em(2.05 + 1.1 * (len(lines) - 1)) for lines in names]
    top = look.em(1.7) if len(series) > 1 else 0.0
    canvas = Canvas(look, sum(pitches), left, right, top, 0 if has_values else look.em(1.9))
    low, high = (min(0.0, *figures.all()), max(figures.all())) if has_values else (ticks[0], ticks[-1])

    def pixel(value: float) -> float:
        return (value - low) / ((high - low) or 1) * canvas.plot_width

    if not has_values:
        _draw_scale(canvas, ticks, pixel, chart)
    canvas.rule(pixel(0), 0, pixel(0), canvas.plot_height, look.colour("ink"), 0.75)
    y = 0.0
    for position, (row, lines, pitch) in enumerate(zip(rows, names, pitches, strict=True)):
        middle = y + pitch / 2
        is_lit = figures.labels[row] in chart.shape.highlight
        draw_row_name(canvas, lines, middle, is_lit, -shift)
        there = [(s, s.values[row]) for s in series if s.values[row] is not None]
        places = [pixel(value) for _, value in there]
        canvas.rule(
            pixel(low) if len(there) == 1 else min(places),
            middle,
            max(places),
            middle,
            look.colour("rule"),
            1.5,
        )
        for s, value in there:
            _draw_dot(canvas, pixel(value), middle, chart.colours[s.name], is_full=s is series[-1])
        if has_values:
            _draw_values(canvas, chart, there, middle, pixel, is_lit)
        if position == 0 and len(series) > 1:
            _draw_heads(canvas, chart, [s.name for s, _ in there], places)
        y += pitch
    return canvas.plan()


def _draw_dot(canvas: Canvas, x: float, y: float, token: str, is_full: bool) -> None:
    look = canvas.look
    if is_full:
        canvas.dot(x, y, look.colour(token), look.em(0.4))
    else:
        outline = {"filled": True, "stroke": look.colour(token), "strokeWidth": 1.3 * look.stroke}
        canvas.dot(x, y, "#ffffff", look.em(0.34), **outline)


def _draw_values(canvas: Canvas, chart: Chart, there: list, y: float, pixel, is_bold: bool) -> None:
    """The lesser value at the left of its dot, the greater at the right."""
    look = canvas.look
    ends = sorted(there, key=lambda pair: pair[1])
    pairs = [(ends[-1], "left", 1)] if len(ends) == 1 else [(ends[0], "right", -1), (ends[-1], "left", 1)]
    for (series, value), align, sign in pairs:
        is_last = series is chart.figures.series[-1]
        colour, text = look.colour("ink" if is_last else "mute"), chart.write(value, look)
        x, zero = pixel(value) + sign * look.em(0.75), pixel(0)
        if sign < 0 and x - look.text_width(text) < zero < x + look.em(0.3):
            x = zero - look.em(0.4)  # Beside the line of zero, not across it.
        canvas.text(x, y + look.em(0.34), text, colour, align, is_bold=is_bold and is_last)


def _draw_heads(canvas: Canvas, chart: Chart, names: list[str], places: list[float]) -> None:
    """The name of each series above the dots of the first row."""
    look = canvas.look
    widths = [look.text_width(name, True) + look.em(0.8) for name in names]
    middles = spread(places, widths, -canvas.left, canvas.plot_width + canvas.right)
    for name, middle in zip(names, middles, strict=True):
        canvas.text(
            middle, -look.em(0.55), name, look.text_colour(chart.colours[name]), "center", is_bold=True
        )


def _draw_scale(canvas: Canvas, ticks: tuple[float, ...], pixel, chart: Chart) -> None:
    look, decimals = canvas.look, tick_decimals(ticks)
    for index, tick in enumerate(ticks):
        unit = (chart.shape.unit or "") if index == len(ticks) - 1 else ""
        x = pixel(tick)
        canvas.rule(x, 0, x, canvas.plot_height, look.colour("rule"), 0.5)
        canvas.text(
            x,
            canvas.plot_height + look.em(1.3),
            write_number(tick, decimals, look.language, unit),
            look.colour("mute"),
            "center",
        )


def draw_slope(chart: Chart, look: Look) -> Plan:
    """One line for each series from the first moment to the second, named and numbered at both ends."""
    series = [s for s in chart.figures.series if None not in s.values]
    texts = {s.name: [chart.write(value or 0, look) for value in s.values] for s in series}
    values = [max(look.text_width(pair[side], True) for pair in texts.values()) for side in (0, 1)]
    widest = max(look.text_width(s.name, chart.is_lit(s.name)) for s in series)
    left, right = values[0] + look.em(1.4), values[1] + widest + look.em(2)
    top, line = look.em(2), look.em(1.25)
    canvas = Canvas(
        look, (chart.shape.height or look.em(24)) - top - look.em(0.8), left, right, top, look.em(0.8)
    )
    ticks = value_ticks(chart, chart.figures.all())
    low, high = (
        (ticks[0], max(chart.figures.all()))
        if chart.shape.zero
        else (min(chart.figures.all()), max(chart.figures.all()))
    )
    width, height = canvas.plot_width, canvas.plot_height

    def pixel(value: float | None) -> float:
        return (1 - ((value or 0) - low) / ((high - low) or 1)) * height

    for side, x in enumerate((0.0, width)):
        canvas.rule(x, 0, x, height, look.colour("rule"), 0.5)
        canvas.text(x, -look.em(0.9), chart.figures.labels[side], look.colour("ink"), "center", is_bold=True)
    for s in sorted(series, key=lambda s: chart.is_lit(s.name) and bool(chart.shape.highlight)):
        token, is_lit = chart.colours[s.name], chart.is_lit(s.name)
        colour = look.colour(token)
        dash = DASHES[token] if is_lit else ()
        canvas.rule(
            0,
            pixel(s.values[0]),
            width,
            pixel(s.values[1]),
            colour,
            2 if is_lit and token == "c1" else 1.2,
            dash,
        )
        for side, x in enumerate((0.0, width)):
            canvas.dot(x, pixel(s.values[side]), colour, look.em(0.3))
    for side, x in enumerate((0.0, width)):
        wanted = [pixel(s.values[side]) for s in series]
        places = spread(wanted, [line] * len(series), -look.em(0.6), height + look.em(0.6))
        sign, align = (-1, "right") if side == 0 else (1, "left")
        for s, y in zip(series, places, strict=True):
            is_lit = chart.is_lit(s.name)
            is_bold = is_lit and bool(chart.shape.highlight)
            if abs(y - pixel(s.values[side])) > look.em(0.6):
                canvas.rule(
                    x + sign * look.em(0.3),
                    pixel(s.values[side]),
                    x + sign * look.em(1.1),
                    y,
                    look.colour("mute"),
                    0.5,
                )
            near, colour = x + sign * look.em(1.3), look.text_colour(chart.colours[s.name])
            canvas.text(
                near,
                y + look.em(0.34),
                texts[s.name][side],
                look.colour("ink" if is_bold else "mute"),
                align,
                is_bold=is_bold,
            )
            if side == 1:
                canvas.text(
                    near + values[1] + look.em(0.6),
                    y + look.em(0.34),
                    s.name,
                    colour if is_lit else look.colour("mute"),
                    align,
                    is_bold=is_lit,
                )
    return canvas.plan()
