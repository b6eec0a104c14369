"""Takes away what a withheld unit leaves behind in the tokens: empty spans, items, rows and columns.

Select writes `[]{}` where an inline unit, a row or a column was (see `builder.withhold`); the mark
prints nothing, and a paragraph or list item that held nothing else goes with it.
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MARK = "[]{}"
_HOLLOW = {"em_close", "strong_close", "s_close", "span_close"}
_SOLID = {"image", "footnote_ref", "code_inline", "redaction"}
_EMPTIED = {
    "paragraph",
    "heading",
    "list_item",
    "bullet_list",
    "ordered_list",
    "blockquote",
    "dt",
    "dd",
    "dl",
}


def _mark_end(tokens: list[Token], index: int) -> int:
    """The index after a mark that begins at `index`, or `index` where none does."""
    if tokens[index].type != "span_open" or not tokens[index].meta["attributes"].is_empty:
        return index
    depth = 0
    for end in range(index, len(tokens)):
        depth += (tokens[end].type == "span_open") - (tokens[end].type == "span_close")
        if depth == 0:
            return end + 1
        if tokens[end].type in _SOLID:
            return index
        if tokens[end].type not in ("softbreak", "hardbreak") and tokens[end].content.strip():
            return index
    return index


_SIGN = re.compile(r"[.!?…。！？,;:)\]，；：）]")


def close_gap(before: list[Token], after: Token | None) -> None:
    """Takes away the space that would stand before a sign, where something between the two was taken out."""
    last = before[-1] if before else None
    if last is None or after is None or last.type != "text" or after.type != "text":
        return
    if last.content[-1:].isspace() and _SIGN.match(after.content):
        last.content = last.content.rstrip()


def _strip(children: list[Token]) -> tuple[list[Token], bool]:
    """The tokens without marks, and whether there was one."""
    kept, found, index = [], False, 0
    while index < len(children):
        after = _mark_end(children, index)
        if after > index:
            found, index = True, after
            close_gap(kept, children[index] if index < len(children) else None)
            continue
        child = children[index]
        index += 1
        if child.children:
            child.children, inner = _strip(child.children)
            found = found or inner
        if (
            found
            and kept
            and child.type in _HOLLOW
            and kept[-1].type == child.type.replace("_close", "_open")
        ):
            kept.pop()
            continue
        kept.append(child)
    return kept, found


def drop_traces(state: StateCore) -> None:
    """Core rule: removes marks, and the blocks that held nothing but marks."""
    emptied = False
    for token in state.tokens:
        if token.type != "inline" or MARK[0] not in token.content:
            continue
        token.children, found = _strip(token.children or [])
        if found:
            token.meta = {**token.meta, "cut": True}
        if found and not any(child.content.strip() or child.type in _SOLID for child in token.children):
            token.meta, emptied = {**token.meta, "withheld": True}, True
    for note in state.env.get("footnotes", {}).get("list", {}).values():
        if "tokens" in note:
            note["tokens"][:] = _strip(note["tokens"])[0]
    if emptied:
        _drop_cells(state)
        state.tokens = _drop_lone_terms(_drop_emptied(state.tokens))


def _drop_emptied(tokens: list[Token]) -> list[Token]:
    """One pass with a stack: a container goes when it held something withheld and nothing else."""
    kept: list[Token] = []
    opened: list[tuple[int, bool]] = []
    lost_term = False
    for token in tokens:
        if token.type == "inline" and token.meta.get("withheld"):
            if opened:
                opened[-1] = (opened[-1][0], True)
            continue
        if token.type in ("dt_open", "dl_close"):
            lost_term = False
        if token.nesting == 1:
            opened.append((len(kept), False))
            kept.append(token)
            continue
        if token.nesting == -1 and opened:
            start, held = opened.pop()
            if token.type == "dd_close" and lost_term:  # A definition goes with its term.
                del kept[start:]
                continue
            if held and start == len(kept) - 1 and kept[start].type.removesuffix("_open") in _EMPTIED:
                lost_term = kept.pop().type == "dt_open"
                if opened:
                    opened[-1] = (opened[-1][0], True)
                continue
        kept.append(token)
    return kept


def _drop_lone_terms(tokens: list[Token]) -> list[Token]:
    """A term whose every meaning is withheld goes, and a list that is left with no term."""
    kept: list[Token] = []
    pending: list[Token] = []
    in_term = False
    for token in tokens:
        if token.type == "dt_open":  # Each term has meanings of its own: one that waits still has lost them.
            in_term, pending = True, []
        if in_term:
            pending.append(token)
            in_term = token.type != "dt_close"
            continue
        if token.type == "dd_open":
            kept += pending
        pending = []
        if token.type == "dl_close" and kept and kept[-1].type == "dl_open":
            kept.pop()
            continue
        kept.append(token)
    return kept + pending


def _drop_cells(state: StateCore) -> None:
    """A row whose first cell is a mark goes, and a column whose header cell is one."""
    kept, index = [], 0
    tokens = state.tokens
    while index < len(tokens):
        if tokens[index].type != "table_open":
            kept.append(tokens[index])
            index += 1
            continue
        end = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
        kept.extend(_prune_table(tokens[index : end + 1]))
        index = end + 1
    state.tokens = kept


def _shows(inline: Token) -> bool:
    return bool(inline.content.strip()) and not inline.meta.get("withheld")


def _unjoin(cells: list[list[Token]], above: list[list[Token]] | None, hidden: set[int]) -> None:
    """A `<` or `^` whose neighbour is withheld joins nothing: it becomes an empty cell."""
    for column, (_, inline, _) in enumerate(cells):
        sign = inline.content.strip()
        is_left = sign == "<" and (
            column - 1 in hidden
            or column == 0
            or cells[column - 1][1].meta.get("withheld")
            or _is_void(cells[column - 1][1])
        )
        is_above = sign == "^" and (
            above is None
            or column >= len(above)
            or above[column][1].meta.get("withheld")
            or _is_void(above[column][1])
        )
        if is_left or is_above:
            inline.content, inline.children = "", []
            inline.meta = {**inline.meta, "void": True}


def _is_void(inline: Token) -> bool:
    return bool(inline.meta.get("void"))


def _prune_table(tokens: list[Token]) -> list[Token]:
    hidden: set[int] = set()
    kept: list[Token] = []
    above: list[list[Token]] | None = None
    is_header, index = True, 0
    while index < len(tokens):
        if tokens[index].type != "tr_open":
            kept.append(tokens[index])
            index += 1
            continue
        end = next(i for i in range(index, len(tokens)) if tokens[i].type == "tr_close")
        row = tokens[index : end + 1]
        cells = [row[i : i + 3] for i in range(1, len(row) - 1, 3)]
        _unjoin(cells, above, hidden)
        if is_header:
            hidden = {n for n, cell in enumerate(cells) if cell[1].meta.get("withheld")}
        index = end + 1
        withheld = any(cell[1].meta.get("withheld") for cell in cells)
        if not is_header and withheld and not any(_shows(cell[1]) for cell in cells):
            above = None
            continue
        above = cells
        is_header = False
        shown = [cell for n, cell in enumerate(cells) if n not in hidden]
        for cell in shown:
            cell[1].meta.pop("withheld", None)
        kept.extend([row[0], *(token for cell in shown for token in cell), row[-1]])
    kept[0].meta = {**kept[0].meta, "hidden_columns": sorted(hidden)}
    return kept
