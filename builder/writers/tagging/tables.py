"""Tables: a regular grid of cells, and which header belongs to which cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builder.writers.tagging.layout import local
from builder.writers.tagging.nodes import Kids, Node, flow

if TYPE_CHECKING:
    from builder.writers.tagging.plan import Plan

_SCOPES = {"row": "Row", "rowgroup": "Row", "col": "Column", "colgroup": "Column"}


def make_table(plan: Plan, element: Any) -> Kids:
    """A table: its caption, head, body and foot, with a regular grid of cells."""
    captions: Kids = []
    groups: list[tuple[str, Any, list[Node]]] = []
    for child in element:
        name = local(child)
        if child in plan.hidden or child not in plan.layout.shown:
            continue
        if name == "caption":
            captions.extend(plan.items(child))
        elif name in ("thead", "tbody", "tfoot"):
            rows = [row for each in child if local(each) == "tr" for row in _row(plan, each)]
            groups.append((name, child, rows))
        elif name == "tr":
            if not groups or groups[-1][1] is not None:
                groups.append(("tbody", None, []))
            groups[-1][2].extend(_row(plan, child))
    groups = [group for group in groups if group[2]]
    make_regular([rows for _, _, rows in groups])
    kids: Kids = []
    # One head and one foot at most, and neither without a body (ISO 14289-1, 7.2).
    has_body = any(name == "tbody" for name, _, _ in groups)
    used: set[str] = set()
    for name, child, rows in groups:
        if not has_body or (child is None and len(groups) == 1):
            kids.extend(rows)
            continue
        kind = "TBody" if name in used or name == "tbody" else {"thead": "THead", "tfoot": "TFoot"}[name]
        used.add(name)
        kids.append(Node(kind, list(rows), elements=(child,) if child is not None else ()))
    kids.sort(key=lambda kid: kid.type == "TFoot")
    table = plan.node("Table", element, [*captions[:1], *kids])
    return [table] if kids else []


def _row(plan: Plan, element: Any) -> list[Node]:
    if element in plan.hidden or element not in plan.layout.shown:
        return []
    cells: Kids = []
    for child in element:
        name = local(child)
        if name in ("td", "th") and child not in plan.hidden and child in plan.layout.shown:
            outer, language = plan.language, child.get("lang") or ""
            plan.language = language or outer
            kids = flow(plan.kids(child))
            plan.language = outer
            cell = plan.node(name.upper(), child, kids, lang=language if language != outer else "")
            cells.append(cell)
            plan.made[child] = [cell]
    row = plan.node("TR", element, cells)
    plan.made[element] = [row]
    return [row] if cells else []


def make_regular(groups: list[list[Node]]) -> None:
    """Gives every cell its span and scope, and complex tables their headers.

    `groups` are the rows of head, body and foot. No cell reaches out of its group, and short rows get empty
    cells, as the layout shows them: all rows are of the same width (ISO 14289-1, 7.2; ISO 14289-2, 8.2.5.26).
    """
    grids = [_grid(rows) for rows in groups]
    width = max((len(line) for grid in grids for line in grid), default=0)
    for rows, grid in zip(groups, grids, strict=True):
        for row, line in zip(rows, grid, strict=True):
            for column in range(width):
                if column == len(line):
                    line.append(None)
                if line[column] is None:
                    line[column] = Node("TD", [])
                    row.kids.append(line[column])
    grid = [line for each in grids for line in each]
    for y, line in enumerate(grid):
        for x, cell in enumerate(line):
            if cell.type == "TH" and "Scope" not in _attributes(cell):
                _attributes(cell)["Scope"] = _scope(cell, grid, x, y)
    if _is_complex(grid):
        _connect(grid)
    for cell in {id(cell): cell for line in grid for cell in line}.values():
        table = _attributes(cell)
        for key in [key for key in ("ColSpan", "RowSpan") if table.get(key) == 1]:
            del table[key]
        if "Scope" in table:
            table["Scope"] = f"/{table['Scope']}"


def _attributes(cell: Node) -> dict[str, Any]:
    return cell.attributes.setdefault("Table", {})


def _span(cell: Node, name: str, limit: int) -> int:
    element = cell.elements[0] if cell.elements else None
    text = (element.get(name, "") if element is not None else "").strip()
    return max(1, min(int(text), limit)) if text.isascii() and text.isdigit() else 1


def _grid(rows: list[Node]) -> list[list[Node | None]]:
    """The cell at each place of a group of rows (HTML, 4.9.12.1)."""
    grid: list[list[Node | None]] = [[] for _ in rows]
    for y, row in enumerate(rows):
        x = 0
        for cell in row.kids:
            while x < len(grid[y]) and grid[y][x] is not None:
                x += 1
            width = _span(cell, "colspan", 1000)
            text = cell.elements[0].get("rowspan", "") if cell.elements else ""
            height = len(rows) - y if text.strip() == "0" else _span(cell, "rowspan", len(rows) - y)
            # A cell that lies in the way from above ends the span, so that no two share a place.
            for step in range(1, width):
                if x + step < len(grid[y]) and grid[y][x + step] is not None:
                    width = step
                    break
            for line in grid[y : y + height]:
                line.extend([None] * (x + width - len(line)))
                line[x : x + width] = [cell] * width
            table = _attributes(cell)
            table["ColSpan"], table["RowSpan"] = width, height
            if cell.type == "TH" and cell.elements[0].get("scope", "").lower() in _SCOPES:
                table["Scope"] = _SCOPES[cell.elements[0].get("scope").lower()]
            x += width
    return grid


def _scope(cell: Node, grid: list[list[Node]], x: int, y: int) -> str:
    """A header of data to its right is the row's; every other one is the column's."""
    is_alone_in_row = any(other.type == "TD" for other in grid[y])
    below = [line[x] for line in grid[y + 1 :]]
    heads_column = any(other.type == "TD" for other in below)
    return "Row" if is_alone_in_row and (x == 0 or not heads_column) else "Column"


def _is_complex(grid: list[list[Node]]) -> bool:
    """Whether scopes alone do not say it all: headers that span, stand in two rows, or are named."""
    cells = [cell for line in grid for cell in line]
    heads = [cell for cell in cells if cell.type == "TH"]
    spans = any(max(_attributes(cell)["ColSpan"], _attributes(cell)["RowSpan"]) > 1 for cell in heads)
    rows = sum(all(cell.type == "TH" for cell in line) for line in grid)
    return bool(heads) and (spans or rows > 1 or any(_named(cell) for cell in cells))


def _named(cell: Node) -> str:
    return cell.elements[0].get("headers", "") if cell.elements else ""


def _connect(grid: list[list[Node]]) -> None:
    by_id = {
        cell.elements[0].get("id"): cell
        for line in grid
        for cell in line
        if cell.type == "TH" and cell.elements[0].get("id")
    }
    for y, line in enumerate(grid):
        for x, cell in enumerate(line):
            if cell.type != "TD" or cell.headers:
                continue
            found = [by_id[name] for name in _named(cell).split() if name in by_id]
            if not found:
                table = _attributes(cell)
                rows = range(y, y + table.get("RowSpan", 1))
                columns = range(x, x + table.get("ColSpan", 1))
                above = [grid[n][m] for m in columns for n in range(y)]
                left = [grid[n][m] for n in rows for m in range(x)]
                found = [c for c in above if c.type == "TH" and _attributes(c)["Scope"] == "Column"]
                found += [c for c in left if c.type == "TH" and _attributes(c)["Scope"] == "Row"]
            cell.headers = list({id(head): head for head in found}.values())
            for head in cell.headers:
                head.needs_id = True
