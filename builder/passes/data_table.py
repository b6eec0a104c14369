"""Turns the pruned rows of a CSV file into the tokens of a table."""

from __future__ import annotations

import operator
import re
from collections.abc import Collection

from markdown_it.token import Token

from builder.charts.numbers import MINUS, write_number
from builder.diagnostics import Span, did_you_mean
from builder.markdown.attributes import Attributes
from builder.passes.draft import Work, block, text_token
from builder.tables import DataTable

_NUMBER = re.compile(r"[-−+]?\d[\d, \u00a0\u202f]*(\.\d+)?\s?%?")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WHERE = re.compile(r"(?P<column>.+?)\s*(?P<operator>>=|<=|!=|=|>|<)\s*(?P<value>.*)")
_SIGNS = "write: column >= value; the signs are =, !=, <, >, <= and >="
_OPERATORS = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, "=": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def is_number(text: str) -> bool:
    """Whether a cell reads as a number, with or without a per cent sign."""
    return bool(_NUMBER.fullmatch(text.strip()))


def data_table(work: Work, language: str, token: Token, attributes: Attributes) -> list[Token]:
    """The tokens of `::: table {data=…}`; empty after a problem.

    The columns are those that `columns` names, under the heads of `labels`; `where` keeps rows.
    A named column that the edition may not see falls away with its label.
    """
    table = work.selection.data.get(attributes.get("data") or "")
    if table is None:
        return []
    path = work.selection.data_paths[attributes.get("data") or ""]
    conditional = work.selection.publication.data.get(path)
    withheld = set(conditional[1].columns if conditional else ()) - set(table.columns)
    names = list_of(attributes.get("columns")) or list(table.columns)
    labels = list_of(attributes.get("labels")) or names
    span = token.meta["span"]
    if len(labels) != len(names):
        work.add(
            "bad-table",
            f"{len(labels)} {'label' if len(labels) == 1 else 'labels'} for {len(names)} columns",
            span,
            "give each column one label",
        )
        return []
    pairs, hidden = [], []
    for position, (name, label) in enumerate(zip(names, labels, strict=True)):
        if name in table.columns:
            pairs.append((table.column(name), label))
        elif name in withheld:
            hidden.append(position)
        else:
            work.add("unknown-column", f"unknown column '{name}'", span, did_you_mean(name, table.columns))
    before = len(work.problems)
    kept = filter_rows(work, table, attributes.get("where"), span, withheld)
    rows = kept.rows
    if len(work.problems) > before:
        return []
    if not pairs or not rows:
        work.add(
            "empty-table",
            "no row or no column is left of this table",
            span,
            "widen 'where', or put a condition on the table",
        )
        return []
    decimals = attributes.get("decimals")
    if decimals is not None and not re.fullmatch(r"\d", decimals):
        work.add(
            "bad-table", f"'{decimals}' is no number of decimals", span, "write decimals=0 to decimals=9"
        )
        return []
    texts = work.selection.publication.texts(language)
    columns = [
        _written(
            [texts.name(row[index]) for row in rows], language, None if decimals is None else int(decimals)
        )
        for index, _ in pairs
    ]
    cells = [list(row) for row in zip(*columns, strict=True)]
    made = table_tokens(token, [label for _, label in pairs], cells)
    made[0].meta = {**made[0].meta, "hidden_columns": hidden}
    heads = iter(table.columns[index] for index, _ in pairs)
    lines = iter(kept.lines)
    in_body = False
    for each in made:
        in_body = in_body or each.type == "tbody_open"
        if each.type == "th_open":
            each.meta = {**each.meta, "column": (path, next(heads))}
        elif each.type == "tr_open" and in_body:
            each.meta = {**each.meta, "span": Span(path, next(lines))}
    return made


def _written(cells: list[str], language: str, decimals: int | None) -> list[str]:
    """A column of numbers with the signs of a language and the same decimals throughout; others as they are.

    Whole numbers below 10,000 stay as they are where no other is larger: they may be years.
    """
    if not all(_PLAIN_NUMBER.fullmatch(cell) for cell in cells if cell):
        return cells
    longest = max((len(cell.partition(".")[2]) for cell in cells), default=0)
    places = longest if decimals is None else decimals
    is_small = all(abs(float(cell)) < 10_000 for cell in cells if cell)
    if not longest and is_small and decimals is None:
        return [cell.replace("-", MINUS) for cell in cells]
    return [write_number(float(cell), places, language) if cell else cell for cell in cells]


def list_of(text: str | None) -> list[str]:
    """The names that an attribute lists, parted by semicolons or else by commas."""
    separator = ";" if text and ";" in text else ","
    return [part.strip() for part in text.split(separator)] if text else []


def filter_rows(
    work: Work, table: DataTable, where: str | None, span: Span | None, withheld: Collection[str]
) -> DataTable:
    """The table with the rows that `where` keeps; as it is, after a problem."""
    for clause in re.split(r"\s+and\s+", where) if where else ():
        match = _WHERE.fullmatch(clause.strip())
        if match is None or match["value"][:1] in tuple("<>=!"):
            work.add("bad-table", f"can't read '{clause}' in 'where'", span, _SIGNS)
            return table
        name = match["column"].strip()
        if name not in table.columns:
            hint = did_you_mean(name, table.columns)
            code = "unknown-column"
            message = (
                f"unknown column '{name}'"
                if name not in withheld
                else f"'where' needs the column '{name}', which this edition withholds"
            )
            work.add(code, message, span, hint)
            return table
        index, compare, value = table.column(name), _OPERATORS[match["operator"]], match["value"].strip("'\"")
        kept = [i for i, row in enumerate(table.rows) if _compares(compare, row[index], value)]
        rows, lines = (tuple(part[i] for i in kept) for part in (table.rows, table.lines))
        table = DataTable(table.columns, rows, lines)
    return table


def _compares(compare, left: str, right: str) -> bool:
    try:
        return compare(float(left), float(right))
    except ValueError:
        return compare(left, right)


def table_tokens(like: Token, head: list[str], rows: list[list[str]]) -> list[Token]:
    """The tokens of a table of plain text; columns of numbers stand at the right."""
    numeric = [all(is_number(row[i]) or not row[i] for row in rows) for i in range(len(head))]
    made = [block("table_open", "table", 1, like), block("thead_open", "thead", 1, like)]
    made += _row(like, head, "th", numeric)
    made += [block("thead_close", "thead", -1, like), block("tbody_open", "tbody", 1, like)]
    for row in rows:
        made += _row(like, row, "td", numeric)
    return [*made, block("tbody_close", "tbody", -1, like), block("table_close", "table", -1, like)]


def _row(like: Token, cells: list[str], tag: str, numeric: list[bool]) -> list[Token]:
    made = [block("tr_open", "tr", 1, like)]
    for cell, is_numeric in zip(cells, numeric, strict=True):
        opener = block(f"{tag}_open", tag, 1, like)
        if is_numeric:
            opener.attrs["style"] = "text-align:right"
        inline = block("inline", "", 0, like)
        inline.children, inline.content = [text_token(cell)], cell
        made += [opener, inline, block(f"{tag}_close", tag, -1, like)]
    return [*made, block("tr_close", "tr", -1, like)]
