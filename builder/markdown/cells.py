"""Where the cells of a pipe table stand in their line, so that one can be withheld by itself."""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore

_PIPE = re.compile(r"(?<!\\)\|")

def cell_bounds(line: str, prefix: int = 0) -> list[tuple[int, int]]:
    """Offsets of each cell's trimmed text in a table line; pipes behind a backslash do not part cells.

    `prefix` is the number of characters of list and quotation marks before the table.
    """
    pipes = [match.start() for match in _PIPE.finditer(line, prefix)]
    bounds = list(zip([prefix, *(pipe + 1 for pipe in pipes)], [*pipes, len(line)], strict=True))
    if bounds and not line[bounds[0][0] : bounds[0][1]].strip():
        bounds = bounds[1:]
    if bounds and not line[bounds[-1][0] : bounds[-1][1]].strip() and line.rstrip().endswith("|"):
        bounds = bounds[:-1]
    return [_trim(line, start, end) for start, end in bounds]


def _trim(line: str, start: int, end: int) -> tuple[int, int]:
    text = line[start:end]
    return start + len(text) - len(text.lstrip()), start + len(text.rstrip())


def mark_cells(state: StateCore) -> None:
    """Core rule: tells the inline token of each table cell where its text stands in its line."""
    lines, column, bounds = None, 0, []
    for index, token in enumerate(state.tokens):
        if token.type == "tr_open":
            lines = lines or state.src.split("\n")
            bounds, column = cell_bounds(lines[token.map[0]], token.meta["prefix"]), 0
        elif token.type in ("th_open", "td_open"):
            inline = state.tokens[index + 1]
            if column < len(bounds):
                inline.meta = {**inline.meta, "cell": bounds[column]}
            column += 1
