"""The numbers of a chart: rows of a pruned CSV file, read as series; what is no number is named by line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from builder.charts.shape import ChartShape
from builder.diagnostics import Checked, Diagnostic, Span, did_you_mean
from builder.tables import DataTable

REST = "rest"
"""The member of a group that stands for every series no other group names."""
_PLAIN = re.compile(r"[-+−]?\d+(\.\d+)?")
_GROUPED = re.compile(r"[-+−]?\d{1,3}(,\d{3})+(\.\d+)?")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class Series(Struct, frozen=True):
    """One row of numbers; None where the cell is empty."""

    name: str
    values: tuple[float | None, ...]

    def last(self) -> int | None:
        """The index of the last value."""
        return next((i for i in range(len(self.values) - 1, -1, -1) if self.values[i] is not None), None)


class Figures(Struct, frozen=True):
    """What a chart shows, as numbers."""

    head: str
    """The name of x."""
    labels: tuple[str, ...]
    """Each x as it is written."""
    positions: tuple[float, ...] | None
    """Each x as a number, in rising order, where all are years, dates or numbers."""
    is_time: bool
    series: tuple[Series, ...]
    decimals: int
    """The decimals that the file writes."""

    def all(self) -> list[float]:
        """Every value that is there."""
        return [value for series in self.series for value in series.values if value is not None]


class Rows(Struct, frozen=True):
    """Rows of a data file that a chart may use."""

    path: str
    table: DataTable
    """Only the wanted rows, only the visible columns."""
    withheld: frozenset[str]
    """Columns that exist and that the edition may not see."""


def read_figures(shape: ChartShape, rows: Rows, place: Span) -> Checked[Figures | None]:
    """The numbers that a chart's x, y and series name; `place` is where the chart stands."""
    return _Reader(shape, rows, place).read()


def number_in(cell: str) -> float | None:
    """The number that a cell holds; raises ValueError."""
    text = cell.strip().removesuffix("%").rstrip()
    if not _PLAIN.fullmatch(text) and not _GROUPED.fullmatch(text):
        raise ValueError(cell)
    return float(text.replace(",", "").replace("−", "-"))


class _Reader:
    def __init__(self, shape: ChartShape, rows: Rows, place: Span):
        self.shape, self.rows, self.place = shape, rows, place
        self.problems: list[Diagnostic] = []
        self.decimals = 0

    def read(self) -> Checked[Figures | None]:
        wanted = dict(self.shape.y or {})
        x_name, head = next(iter((self.shape.x or {}).items()))
        x = self._column(x_name)
        y = {name: self._column(name) for name in wanted if name not in self.rows.withheld}
        split = self._column(self.shape.series) if self.shape.series else -1
        if self.shape.series and len(wanted) > 1:
            self._add("bad-chart", "several columns in 'y' beside 'series'", "name one column in 'y'")
        if None in (x, split, *y.values()) or self.problems:
            return Checked(None, tuple(self.problems))
        if not y or not self.rows.table.rows:
            what = "row" if y else "column"
            self._add(
                "empty-chart",
                f"no {what} is left of this chart",
                "widen 'where', or put a condition on the chart",
            )
            return Checked(None, tuple(self.problems))
        keys, found = self._cells(x, y, split)
        names = [wanted[name] for name in y] if split < 0 else list(dict.fromkeys(name for _, name in found))
        if self.shape.groups:
            names, found = self._grouped(names, found)
        labels, positions, is_time = _positions(list(keys))
        series = tuple(Series(name, tuple(found.get((label, name)) for label in labels)) for name in names)
        figures = Figures(head, tuple(labels), positions, is_time, series, self.decimals)
        if not self.problems and not figures.all():
            self._add(
                "empty-chart",
                "no number is left of this chart",
                "widen 'where', or put a condition on the chart",
            )
        return Checked(None if self.problems else figures, tuple(self.problems))

    def _add(self, code: str, message: str, hint: str, place: Span | None = None) -> None:
        self.problems.append(Diagnostic(code, message, place or self.place, hint))

    def _column(self, name: str) -> int | None:
        if name in self.rows.table.columns:
            return self.rows.table.column(name)
        if name in self.rows.withheld:
            message = f"the chart needs the column '{name}', which this edition withholds"
            self._add("unknown-column", message, "put the column's condition on the chart, too")
        else:
            message = f"unknown column '{name}' of {self.rows.path}"
            self._add("unknown-column", message, did_you_mean(name, self.rows.table.columns))
        return None

    def _cells(
        self, x: int, y: dict[str, int | None], split: int
    ) -> tuple[dict[str, None], dict[tuple[str, str], float]]:
        keys: dict[str, None] = {}
        found: dict[tuple[str, str], float] = {}
        seen: dict[tuple[str, str], int] = {}
        labels = self.shape.y or {}
        for row, line in zip(self.rows.table.rows, self.rows.table.lines, strict=True):
            keys[row[x]] = None
            for column, index in y.items():
                name = row[split] if split >= 0 else labels[column]
                key = (row[x], name)
                if key in seen:
                    what = f"'{row[x]}'" + (f" and '{name}'" if split >= 0 else "")
                    message = f"a second row for {what}; the first stands in line {seen[key]}"
                    self._add(
                        "bad-number",
                        message,
                        "leave one of them out with 'where'",
                        Span(self.rows.path, line),
                    )
                    continue
                seen[key] = line
                value = self._value(row[index], column, line)
                if value is not None:
                    found[key] = value
        return keys, found

    def _value(self, cell: str, column: str, line: int) -> float | None:
        if not cell.strip():
            return None
        try:
            value = number_in(cell)
        except ValueError:
            message = f"expected a number in the column '{column}', found '{cell[:40]}'"
            hint = "write digits with a point, as in 1234.5; leave the cell empty where there is no value"
            self._add("bad-number", message, hint, Span(self.rows.path, line))
            return None
        self.decimals = max(self.decimals, len(cell.partition(".")[2].rstrip("% ")))
        return value / (self.shape.divide_by or 1)

    def _grouped(
        self, names: list[str], found: dict[tuple[str, str], float]
    ) -> tuple[list[str], dict[tuple[str, str], float]]:
        groups = dict(self.shape.groups or {})
        named = {member for members in groups.values() for member in members}
        hidden = {name for column, name in (self.shape.y or {}).items() if column in self.rows.withheld}
        for member in sorted(named - {REST} - set(names) - hidden):
            self._add(
                "unknown-series", f"a group names '{member}', which no row has", did_you_mean(member, names)
            )
        summed: dict[tuple[str, str], float] = {}
        for group, members in groups.items():
            inside = [name for name in names if name in members or (REST in members and name not in named)]
            for (label, name), value in found.items():
                if name in inside:
                    summed[label, group] = round(summed.get((label, group), 0.0) + value, 9)
        return list(groups), summed


def position_of(text: str) -> tuple[float, bool] | None:
    """Where an x stands on a line of numbers, and whether it is a year or date; None where it is a word."""
    match = _DATE.fullmatch(text)
    if match:
        year, month, day = match.groups()
        try:
            at = date(int(year), int(month or 1), int(day or 1))
        except ValueError:
            return None
        return at.year + (at - date(at.year, 1, 1)).days / 365.25, True
    try:
        return number_in(text), False
    except ValueError:
        return None


def _positions(labels: list[str]) -> tuple[list[str], tuple[float, ...] | None, bool]:
    """The labels in the order of their positions; in the order of the file where one has none."""
    found = [position_of(label) for label in labels]
    if any(each is None for each in found):
        return labels, None, False
    pairs = sorted(zip(found, labels, strict=True), key=lambda pair: pair[0][0])
    return (
        [label for _, label in pairs],
        tuple(at for (at, _), _ in pairs),
        all(is_time for (_, is_time), _ in pairs),
    )


def table_of(figures: Figures, decimals: int, language: str, write) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of the table behind a chart, for those who read and do not look."""
    head = [figures.head, *(series.name for series in figures.series)]
    rows = [
        [
            label,
            *("" if s.values[i] is None else write(s.values[i], decimals, language) for s in figures.series),
        ]
        for i, label in enumerate(figures.labels)
    ]
    return head, rows


def find_unknown(names: Iterable[str], figures: Figures) -> list[str]:
    """Those of the names that the chart has neither as a series nor as an x."""
    known = {series.name for series in figures.series} | set(figures.labels)
    return [name for name in names if name not in known]
