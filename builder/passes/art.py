"""The series of numbers that the cover is drawn from: rows of a CSV file, as far as the edition may see them."""

from __future__ import annotations

from builder.diagnostics import Span, did_you_mean
from builder.passes.data_table import filter_rows
from builder.passes.draft import Work
from builder.tables import DataTable

MOST = 7
"""How many series a drawing holds: the highest are kept."""


def art(work: Work) -> tuple[tuple[float, ...], ...]:
    """One series of heights from 0 to 1 for each ridge of the cover, the highest first; empty where there is no data.

    A small series is drawn higher than its share, so that it can be seen. A column that the edition may not
    see falls away.
    """
    publication = work.selection.publication
    cover = publication.shape.cover
    table = work.selection.data.get(cover.data) if cover else None
    if cover is None or table is None:
        return ()
    path = work.selection.data_paths[cover.data]
    conditional = publication.data.get(path)
    withheld = set(conditional[1].columns if conditional else ()) - set(table.columns)
    wanted = [*cover.values, *([cover.by] if cover.by else [])]
    for name in wanted:
        if name not in table.columns and name not in withheld:
            place = publication.source.place("cover", "by" if name == cover.by else "values")
            hint = did_you_mean(name, table.columns)
            work.add("unknown-column", f"unknown column '{name}' of '{cover.data}'", place, hint)
            return ()
    if cover.by and cover.by not in table.columns:
        return ()
    before = len(work.problems)
    table = filter_rows(work, table, cover.where, publication.source.place("cover", "where"), withheld)
    if len(work.problems) > before:
        return ()
    series: dict[str, list[float]] = {}
    for name in cover.values:
        if name in table.columns:
            _gather(work, series, table, path, name, cover.by)
    highest = sorted((line for line in series.values() if max(line) > 0), key=max, reverse=True)[:MOST]
    top = max((max(line) for line in highest), default=0)
    return tuple(
        tuple(round(max(value, 0) / max(line) * (max(line) / top) ** 0.35, 4) for value in line)
        for line in highest
        if len(line) > 1
    )


def _gather(
    work: Work, series: dict[str, list[float]], table: DataTable, path: str, name: str, by: str | None
) -> None:
    for row, line in zip(table.rows, table.lines, strict=True):
        cell = row[table.column(name)]
        try:
            value = float(cell or 0)
        except ValueError:
            message = f"'{cell}' in the column '{name}', which the cover is drawn from, is no number"
            work.add("bad-value", message, Span(path, line), "write a number, or choose another column")
            return
        series.setdefault(row[table.column(by)] if by else name, []).append(value)
