"""A first draft of a chart's alternative text, made from its numbers for an author to improve."""

from __future__ import annotations

from builder.charts.chart import Chart
from builder.charts.figures import Series
from builder.charts.numbers import NARROW, write_number

_NAMES = {
    "line": "Line chart", "area": "Area chart", "column": "Column chart", "stacked": "Stacked bars",
    "bar": "Bar chart", "dot": "Dot chart", "slope": "Slope chart", "multiples": "Small line charts",
}  # fmt: skip
_MOST = 8


def draft_alt(chart: Chart) -> str:
    """What the chart shows in a few sentences; English, whatever the language of the edition."""
    figures = chart.figures
    opening = f"{_NAMES[chart.shape.kind or '']}: {chart.shape.title.rstrip('.')}."
    if figures.positions is not None and chart.shape.kind != "dot":
        sentences = [_course(chart, series) for series in figures.series[:_MOST]]
    else:
        sentences = [_ranking(chart, series) for series in figures.series[:3]]
    return " ".join([opening, *sentences])


def _write(chart: Chart, value: float) -> str:
    unit = {"%": "per cent"}.get(chart.shape.unit or "", chart.shape.unit or "")
    return write_number(value, chart.decimals, "en", unit).replace(NARROW, " ")


def _course(chart: Chart, series: Series) -> str:
    """From where to where a series went, and its extremes on the way."""
    pairs = [
        (label, value)
        for label, value in zip(chart.figures.labels, series.values, strict=True)
        if value is not None
    ]
    (first, start), (last, end) = pairs[0], pairs[-1]
    if len(pairs) == 1:
        return f"{series.name} stands at {_write(chart, end)} in {last}."
    verb = "rises" if end > start else ("falls" if end < start else "stays")
    text = f"{series.name} {verb} from {_write(chart, start)} in {first} to {_write(chart, end)} in {last}"
    top, low = max(pairs, key=lambda pair: pair[1]), min(pairs, key=lambda pair: pair[1])
    turns = []
    if top[1] not in (start, end):
        turns.append(f"a high of {_write(chart, top[1])} in {top[0]}")
    if low[1] not in (start, end):
        turns.append(f"a low of {_write(chart, low[1])} in {low[0]}")
    return text + (f", with {' and '.join(turns)}" if turns else "") + "."


def _ranking(chart: Chart, series: Series) -> str:
    """The values of a series, the largest first."""
    pairs = [
        (label, value)
        for label, value in zip(chart.figures.labels, series.values, strict=True)
        if value is not None
    ]
    if chart.shape.order == "value":
        pairs.sort(key=lambda pair: -pair[1])
    parts = [f"{label} {_write(chart, value)}" for label, value in pairs[:_MOST]]
    more = f" and {len(pairs) - _MOST} more" if len(pairs) > _MOST else ""
    opening = f"{series.name}: " if len(chart.figures.series) > 1 else ""
    return f"{opening}{', '.join(parts)}{more}."
