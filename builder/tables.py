"""CSV data as a value: strict to read, pruned by its own conditions before anybody sees it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from builder.diagnostics import Checked, Diagnostic, Span

CONDITION_COLUMNS = {"_audience": "audience", "_clearance": "clearance", "_target": "target"}
"""Columns that hold the conditions of a row; they are never shown."""


@dataclass(frozen=True, slots=True)
class DataTable:
    """The header and rows of a CSV file; every cell is text, as written."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """The line of the file on which each row stands."""

    def column(self, name: str) -> int:
        """The index of a column; raises ValueError."""
        return self.columns.index(name)

    def without(self, columns: set[str]) -> DataTable:
        """The same table without some columns."""
        kept = [index for index, name in enumerate(self.columns) if name not in columns]
        rows = tuple(tuple(row[index] for index in kept) for row in self.rows)
        return DataTable(tuple(self.columns[index] for index in kept), rows, self.lines)


def read_csv(text: str, path: str) -> Checked[DataTable | None]:
    """Reads comma-separated text; lines that begin with `#` before the header are comments."""
    lines = text.split("\n")
    skipped = 0
    while skipped < len(lines) and (lines[skipped].startswith("#") or not lines[skipped].strip()):
        skipped += 1
    reader = csv.reader(io.StringIO("\n".join(lines[skipped:])), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        start = skipped + 1
        for row in reader:
            if row:
                rows.append((start, row))
            start = skipped + reader.line_num + 1
    except csv.Error as problem:
        span = Span(path, skipped + reader.line_num)
        return Checked(
            None, (Diagnostic("bad-csv", f"can't read the row: {problem}", span, "mend the quotes"),)
        )
    if not rows:
        return Checked(
            None, (Diagnostic("bad-csv", "no header row", Span(path, 1), "add a row of column names"),)
        )
    header = [name.strip() for name in rows[0][1]]
    problems = []
    for name in dict.fromkeys(header):
        if not name or header.count(name) > 1:
            found = f"column '{name}' stands twice" if name else "a column without a name"
            problems.append(
                Diagnostic("bad-csv", found, Span(path, rows[0][0]), "give each column its own name")
            )
    for line, row in rows[1:]:
        if len(row) != len(header):
            message = f"row of {len(row)} cells under a header of {len(header)}"
            hint = "add or remove a cell, or put a cell with a comma into quotes"
            problems.append(Diagnostic("bad-csv", message, Span(path, line), hint))
    if problems:
        return Checked(None, tuple(problems))
    body = rows[1:]
    return Checked(
        DataTable(
            tuple(header),
            tuple(tuple(cell.strip() for cell in row) for _, row in body),
            tuple(line for line, _ in body),
        )
    )


def prune_table(
    table: DataTable,
    columns: Mapping[str, Callable[[], bool]],
    row_is_in: Callable[[dict[str, str], int], bool],
) -> DataTable:
    """The table without the rows and columns that the viewer may not see.

    `row_is_in` gets the conditions of a row and its line; `columns` says for a column with
    conditions whether it is in.
    """
    held = [name for name in table.columns if name in CONDITION_COLUMNS]
    rows, lines = [], []
    for row, line in zip(table.rows, table.lines, strict=True):
        conditions = {
            CONDITION_COLUMNS[name]: row[table.column(name)] for name in held if row[table.column(name)]
        }
        if row_is_in(conditions, line):
            rows.append(row)
            lines.append(line)
    hidden = {name for name, is_in in columns.items() if name in table.columns and not is_in()}
    return DataTable(table.columns, tuple(rows), tuple(lines)).without(hidden | set(held))
