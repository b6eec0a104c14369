"""`builder matrix`: the matrix on a terminal, as CSV, as a page of HTML and as JSON."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from builder.matrix import Cell, Column, Matrix
from builder.templating import environment, fill
from builder.world import World

_HEAD = (
    "publication", "edition", "unit", "kind", "title", "place", "state", "words", "pages", "rule", "rule_at",
)  # fmt: skip


def read_built(folder: Path) -> dict[str, Any]:
    """The entries of `build.json` whose files are there; none where nothing was built."""
    try:
        files = json.loads((folder / "build.json").read_text(encoding="utf-8"))["files"]
        return {path: entry for path, entry in files.items() if (folder / path).is_file()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


_SHORT = {
    "not among the sections of the edition": "not listed",
    "not used in this edition": "not used",
    "none of its sections is in": "no section in",
}


def short_rule(rule: str) -> str:
    """The rule without the words that the table says already."""
    for end in (
        " is above",
        " is within",
        " does not hold",
        " do not hold",
        " holds for",
        ", which is out",
        " that is out",
    ):
        rule = rule.split(end)[0]
    return _SHORT.get(rule, rule).removeprefix("lies ")


def print_matrix(console: Console, matrix: Matrix) -> None:
    """The matrix as a table; cells hold words where a unit is in, and the rule where it is not."""
    table = Table(
        title=f"{matrix.publication}: {matrix.title}",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("unit", overflow="fold", min_width=16)
    table.add_column("at", overflow="fold", style="dim")
    for column in matrix.columns:
        table.add_column(f"{column.name}\n{', '.join(column.targets)}", overflow="fold")
    for row in matrix.rows:
        name = row.unit if row.title else f"{row.kind}, {row.unit}"
        at = f"{row.span.path.rsplit('/', 1)[-1]}:{row.span.line}"
        table.add_row("  " * row.depth + name, at, *(_shown(cell) for cell in row.cells))
    table.add_section()
    table.add_row(
        "words", "", *(_total(column.words, column.max_words) for column in matrix.columns), style="bold"
    )
    table.add_row(
        "pages", "", *(_total(column.pages, column.max_pages) for column in matrix.columns), style="bold"
    )
    console.print(table)


def _shown(cell: Cell) -> Text:
    if cell.targets:
        words = "" if cell.words is None else f" {cell.words:,}"
        return Text(f"{cell.state}{words}", style="green")
    if cell.bar is not None:
        return Text(cell.state, style="yellow")
    return Text.assemble(("out ", "red"), (short_rule(cell.rule), "dim"))


def _total(counts: dict[str, int | None], limit: int | None) -> str:
    known = sorted({count for count in counts.values() if count is not None})
    if not known:
        return ""
    text = " to ".join(f"{count:,}" for count in (known if len(known) < 2 else (known[0], known[-1])))
    return text if limit is None else f"{text} of {limit:,}"


def matrix_csv(matrices: list[Matrix]) -> str:
    """A line for each unit in each edition, and one for each edition with its words and pages."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEAD)
    for matrix in matrices:
        for row in matrix.rows:
            for column, cell in zip(matrix.columns, row.cells, strict=True):
                writer.writerow(
                    (
                        matrix.publication, column.name, row.unit, row.kind, row.title, row.span, cell.state,
                        _blank(cell.words), "", cell.rule, _blank(cell.rule_span),
                    )
                )  # fmt: skip
        for column in matrix.columns:
            for target in column.targets:
                counts = _blank(column.words[target]), _blank(column.pages[target])
                writer.writerow(
                    (matrix.publication, column.name, target, "file", "", "", "", *counts, "", "")
                )
    return out.getvalue()


def _blank(value: Any) -> Any:
    return "" if value is None else value


def matrix_html(matrices: list[Matrix], world: World) -> str:
    """One page that needs no other file."""
    return fill(
        environment(world), "shared/matrix.html", matrices=matrices, total=_total, short_rule=short_rule
    )


def matrix_record(matrix: Matrix) -> dict[str, Any]:
    """The matrix for a script."""
    return {
        "publication": matrix.publication,
        "title": matrix.title,
        "editions": [_column_record(column) for column in matrix.columns],
        "units": [
            {
                "unit": row.unit,
                "kind": row.kind,
                "title": row.title,
                "at": str(row.span),
                "depth": row.depth,
                "editions": {
                    column.name: {
                        "state": cell.state,
                        "targets": list(cell.targets),
                        "redacted": cell.bar,
                        "rule": cell.rule,
                        "rule_at": None if cell.rule_span is None else str(cell.rule_span),
                        "words": cell.words,
                    }
                    for column, cell in zip(matrix.columns, row.cells, strict=True)
                },
            }
            for row in matrix.rows
        ],
    }


def _column_record(column: Column) -> dict[str, Any]:
    return {
        "edition": column.name,
        "files": {
            target: {"words": column.words[target], "pages": column.pages[target]}
            for target in column.targets
        },
        "max_words": column.max_words,
        "max_pages": column.max_pages,
    }
