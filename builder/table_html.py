"""Table tokens to XHTML: scopes, column widths, header columns, joined cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it.token import Token
from msgspec.structs import replace

from builder.markdown.attributes import Attributes
from builder.markdown.tree import attributes_of, closing
from builder.markdown.vocabulary import BAR
from builder.passes.data_table import is_number
from builder.wide_tables import Cell, cell_html, column_needs, cuts_of, fits, row_list

if TYPE_CHECKING:
    from builder.xhtml import Renderer


_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")


def render_table(renderer: Renderer, table: Token, inner: list[Token], attributes: Attributes) -> str:
    """The `<table>` element of table tokens; `<` and `^` cells join their neighbours.

    `attributes` are those of the caption or the div: `widths`, `header-columns`. In the ebook a wide table of
    numbers is split, its first column repeated; another wide table becomes a list with an entry for each row.
    """
    own = attributes_of(table)
    header_columns = _whole(attributes, own, "header-columns", 0)
    head, body = _rows(inner, "thead_open"), _rows(inner, "tbody_open")
    promoted = _whole(attributes, own, "header-rows", 1) - 1
    head, body = head + body[:promoted], body[promoted:]
    for rows in (head, body):
        _join(rows)
    numeric = _numeric_columns(body)
    needs = column_needs(head + body)
    if renderer.is_epub and not fits(needs):
        joined = any(cell.is_joined for row in head + body for cell in row)
        if len(head) == 1 and not joined and numeric >= set(range(1, len(needs))):
            return "".join(_split(renderer, head, body, numeric, header_columns, cuts_of(needs)))
        return row_list(renderer, head, body)
    hidden = table.meta.get("hidden_columns", ())
    columns = _columns(attributes.get("widths") or own.get("widths"), hidden)
    return _table(renderer, head, body, numeric, header_columns, columns)


def _table(
    renderer: Renderer, head: list, body: list, numeric: set[int], header_columns: int, columns: str = ""
) -> str:
    parts = [columns]
    if any(cell.inline.content.strip() for row in head for cell in row):
        parts.append(
            "<thead>\n"
            + "".join(_row(renderer, row, numeric, header_columns, True) for row in head)
            + "</thead>\n"
        )
    parts.append(
        "<tbody>\n"
        + "".join(_row(renderer, row, numeric, header_columns, False) for row in body)
        + "</tbody>\n"
    )
    kind = f' class="header-columns-{header_columns}"' if header_columns else ""
    return f"<table{kind}>\n{''.join(parts)}</table>\n"


def _split(
    renderer: Renderer, head: list, body: list, numeric: set[int], header_columns: int, cuts: list[int]
) -> Iterator[str]:
    """Tables under each other; each begins with the first column."""
    for start, end in pairwise(cuts):
        own = [0, *range(start, end)]
        is_repeated = start > 1
        parts = [
            [[replace(row[0], is_repeated=is_repeated), *row[start:end]] for row in rows]
            for rows in (head, body)
        ]
        places = {place for place, column in enumerate(own) if column in numeric}
        yield _table(renderer, *parts, places, min(header_columns, 1))


def _whole(attributes: Attributes, own: Attributes, key: str, default: int) -> int:
    value = attributes.get(key) or own.get(key) or ""
    return int(value) if value.isdigit() else default


def _rows(tokens: list[Token], section: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    start = next((i for i, token in enumerate(tokens) if token.type == section), None)
    if start is None:
        return rows
    for index in range(start, closing(tokens, start)):
        token = tokens[index]
        if token.type == "tr_open":
            rows.append([])
            opener = token
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(Cell(opener, token, tokens[index + 1]))
    return rows


def _join(rows: list[list[Cell]]) -> None:
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            mark = cell.inline.content.strip()
            if mark == "<" and column:
                origin = _origin(rows, number, column - 1)
                origin.colspan = max(origin.colspan, 1) + (origin in row)
                cell.is_joined = True
                cell.inline.meta = {**cell.inline.meta, "origin": origin}
            elif mark == "^" and number:
                origin = _origin(rows, number - 1, column)
                origin.rowspan += 1
                cell.is_joined = True
                cell.inline.meta = {**cell.inline.meta, "origin": origin}


def _origin(rows: list[list[Cell]], number: int, column: int) -> Cell:
    cell = rows[number][column]
    return cell.inline.meta.get("origin", cell)


def _numeric_columns(body: list[list[Cell]]) -> set[int]:
    """Columns in which every cell that holds something holds a number."""
    found = set()
    for column in range(max((len(row) for row in body), default=0)):
        texts = [
            row[column].inline.content.strip()
            for row in body
            if column < len(row) and not row[column].is_joined
        ]
        filled = [
            text
            for text in texts
            if text not in ("", "–", "—", "-", "n/a") and not text.startswith(f"[]{{{BAR}=")
        ]
        if filled and all(is_number(text) for text in filled):
            found.add(column)
    return found


def _columns(widths: str | None, hidden: Collection[int]) -> str:
    if not widths:
        return ""
    try:
        given = [float(part) for part in widths.replace(",", " ").split()]
    except ValueError:
        return ""
    shares = [share for column, share in enumerate(given) if column not in hidden]
    total = sum(shares)
    if total <= 0:
        return ""
    return (
        "<colgroup>"
        + "".join(f'<col style="width:{share / total * 100:.2f}%"/>' for share in shares)
        + "</colgroup>\n"
    )


def _row(renderer: Renderer, row: list[Cell], numeric: set[int], header_columns: int, is_head: bool) -> str:
    parts = []
    for column, cell in enumerate(row):
        if cell.is_joined:
            continue
        is_header = is_head or column < header_columns
        tag = "th" if is_header else "td"
        html = cell_html(renderer, cell)
        if is_head and not html.strip():
            # An empty header cell heads nothing: a plain cell keeps screen readers from announcing it.
            tag, is_header = "td", False
        values = {
            "scope": ("col" if is_head else "row") if is_header else "",
            "class": _class(cell, column in numeric),
        }
        values |= {
            "colspan": str(cell.colspan) if cell.colspan > 1 else "",
            "rowspan": str(cell.rowspan) if cell.rowspan > 1 else "",
        }
        attributes = "".join(f' {key}="{value}"' for key, value in values.items() if value)
        parts.append(f"<{tag}{attributes}{renderer.traced(cell.token)}>{html}</{tag}>")
    return f"<tr{renderer.traced(row[0].row)}>{''.join(parts)}</tr>\n"


def _class(cell: Cell, is_numeric: bool) -> str:
    style = str(cell.token.attrs.get("style", ""))
    if _DATE.fullmatch(cell.inline.content.strip()) and not style:
        return "date"
    if "right" in style or (is_numeric and not style):
        return "number"
    return "center" if "center" in style else ""
