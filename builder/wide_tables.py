"""Tables of the ebook that a telephone would cut off: split into narrow ones, or made lists of rows."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it.token import Token
from msgspec import Struct
from msgspec.structs import replace

from builder.markdown.tree import text_of

if TYPE_CHECKING:
    from builder.xhtml import Renderer

SCREEN_COLUMNS, SCREEN_LETTERS = 4, 40
"""The columns, and the letters beside each other, that a telephone shows of a table."""
READABLE = 10
"""The letters that a line of a cell with more text than this holds at least."""
_ID = re.compile(r' id="[^"]*"')


class Cell(Struct):
    """A cell of a table, joined to a neighbour or not."""

    row: Token
    token: Token
    inline: Token
    colspan: int = 1
    rowspan: int = 1
    is_joined: bool = False
    is_repeated: bool = False
    """Whether it stands elsewhere already, with its anchors."""


def column_needs(rows: list[list[Cell]]) -> list[int]:
    """The letters that each column needs beside each other, the space between columns included."""
    needs = [0] * max((len(row) for row in rows), default=0)
    for row in rows:
        for column, cell in enumerate(row):
            if cell.colspan == 1 and not cell.is_joined:
                text = text_of(cell.inline.children or []).strip()
                longest = max(map(len, re.split(r"[\s\u200b/-]+", text)))
                needs[column] = max(needs[column], 1 + max(longest, min(len(text), READABLE)))
    return needs


def fits(needs: list[int]) -> bool:
    """Whether columns of these needs stand beside each other."""
    return len(needs) < 2 or (len(needs) <= SCREEN_COLUMNS and sum(needs) <= SCREEN_LETTERS)


def cuts_of(needs: list[int]) -> list[int]:
    """Where a table is cut into as few pieces of like width as fit, each with the first column before it."""
    rest = len(needs) - 1
    for pieces in range(1, rest + 1):
        cuts = [1 + round(rest * piece / pieces) for piece in range(pieces + 1)]
        if all(fits(needs[:1] + needs[start:end]) for start, end in pairwise(cuts)):
            break
    return cuts


def row_list(renderer: Renderer, head: list, body: list) -> str:
    """A list of rows, each with its first cell as its title, the others behind the words of their columns."""
    seen: set[int] = set()
    colon = renderer.work.words["colon"]

    def origin(row: list[Cell], column: int) -> Cell:
        return row[column].inline.meta.get("origin", row[column])

    def html(cell: Cell) -> str:
        made = cell_html(renderer, replace(cell, is_repeated=id(cell) in seen)).strip()
        seen.add(id(cell))
        return made

    def title(column: int) -> str:
        cells = {id(cell): cell for row in head if column < len(row) for cell in [origin(row, column)]}
        return ", ".join(filter(None, map(html, cells.values())))

    items = []
    for row in body:
        name = html(origin(row, 0))
        cells = [(title(column), html(origin(row, column))) for column in range(1, len(row))]
        lines = [
            f'<li><span class="column">{words}</span>{colon}{cell}</li>\n' if words else f"<li>{cell}</li>\n"
            for words, cell in cells
            if cell
        ]
        if name and (first := title(0)):
            name = f'<span class="column">{first}</span>{colon}{name}'
        inner = f'<p class="row-title">{name}</p>\n' if name else ""
        inner += f'<ul class="cells">\n{"".join(lines)}</ul>' if lines else ""
        items.append(f"<li>{inner}</li>\n" if inner else "")
    return f'<ul class="rows">\n{"".join(items)}</ul>\n'


def cell_html(renderer: Renderer, cell: Cell) -> str:
    """The inline XHTML of a cell; an anchor stands in the first of its places only."""
    html = renderer.inline(cell.inline.children or [])
    return _ID.sub("", html) if cell.is_repeated else html
