"""CSV data as a value: strict to read, pruned by its own conditions before anybody sees it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from builder.diagnostics import Checked, Diagnostic, Span, did_you_mean
from builder.markdown.vocabulary import fold, mentions_condition

CONDITION_COLUMNS = {"_audience": "audience", "_clearance": "clearance", "_target": "target"}
"""Columns that hold the conditions of a row; they are never shown."""
_TELLING = re.compile(r"[^\W\d_]|^\d{4}$")


class DataTable(Struct, frozen=True):
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
            if row and not lines[start - 1].startswith("#"):
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
    if len(header) == 1 and (found := re.search("[;\t|，；、]", header[0])):
        mark = found.group()
        message = f"the cells are parted by {'a tab' if mark == chr(9) else repr(mark)}, not by commas"
        problems.append(Diagnostic("bad-csv", message, Span(path, rows[0][0]), "save the file with commas"))
    for name in header:
        folded = fold(name).strip()
        if name not in CONDITION_COLUMNS and (folded[:1] == "_" or folded in ("audience", "clearance")):
            message = f"a column '{name}', which is not read as a condition"
            hint = f"{did_you_mean(name, CONDITION_COLUMNS)} (or give a column that is shown another name)"
            problems.append(Diagnostic("unknown-column", message, Span(path, rows[0][0]), hint))
    for line, row in rows[1:]:
        for name, cell in zip(header, row, strict=False):
            if name in CONDITION_COLUMNS and cell and not cell.strip():
                message = f"white space in '{name}'"
                hint = "name an audience or a clearance, or leave the cell empty"
                problems.append(Diagnostic("empty-condition", message, Span(path, line), hint))
        if len(row) != len(header):
            message = f"row of {len(row)} cells under a header of {len(header)}"
            hint = "add or remove a cell, or put a cell with a comma into quotes"
            problems.append(Diagnostic("bad-csv", message, Span(path, line), hint))
    for line, row in rows:
        if any(mentions_condition(cell) for cell in row):
            hint = "withhold rows with a column _audience or _clearance, columns in publication.yaml under 'data'"
            message = "a condition in a cell, where it is not read"
            problems.append(Diagnostic("stray-attributes", message, Span(path, line), hint))
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
        if row_is_in(conditions_of_row(table, row), line):
            rows.append(row)
            lines.append(line)
    hidden = {name for name, is_in in columns.items() if name in table.columns and not is_in()}
    return DataTable(table.columns, tuple(rows), tuple(lines)).without(hidden | set(held))


def lost_words(table: DataTable, pruned: DataTable) -> frozenset[str]:
    """The names and years that stand in withheld cells and in no cell or head that is left."""
    left = {cell.casefold() for row in (pruned.columns, *pruned.rows) for cell in row}
    return frozenset(
        cell
        for row in table.rows
        for cell in row
        if _TELLING.search(cell) and len(cell) > 2 and cell.casefold() not in left
    ) - frozenset(cell for row in table.rows for cell in conditions_of_row(table, row).values())


def conditions_of_row(table: DataTable, row: tuple[str, ...]) -> dict[str, str]:
    """The conditions of a row."""
    held = [name for name in table.columns if name in CONDITION_COLUMNS]
    return {CONDITION_COLUMNS[name]: row[table.column(name)] for name in held if row[table.column(name)]}
