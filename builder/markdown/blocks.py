"""Block syntax beyond CommonMark: divs, attribute lines, trailing attributes, table rows."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock, paragraph
from markdown_it.rules_block.table import MAX_AUTOCOMPLETED_CELLS, escapedSplit, table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from builder.markdown.attributes import (
    EMPTY,
    Attributes,
    BadAttributes,
    looks_like_attributes,
    read_attributes,
)
from builder.markdown.vocabulary import BAR

_DIV_OPEN = re.compile(r":{3,}[ \t]*(?P<name>[A-Za-z][\w-]*)?[ \t]*(?P<attributes>\{)?")
_DIV_CLOSE = re.compile(r":{3,}[ \t]*$")
_CAPTION = re.compile(r"Table:\s+(?=\S)")


def report(env: dict, code: str, message: str, line: int, column: int = 0, hint: str = "") -> None:
    """Notes a problem of the text at a line (from 0) and column (from 1, 0 unknown)."""
    env.setdefault("problems", []).append((code, message, line, column, hint))


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _column(state: StateBlock, line: int) -> int:
    start = state.src.rfind("\n", 0, state.bMarks[line] + state.tShift[line]) + 1
    return state.bMarks[line] + state.tShift[line] - start + 1


def normalize(state: StateCore) -> None:
    """Evens out the ends of lines; markdown-it's own rule puts each of them anew."""
    state.src = state.src.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def plain_paragraph(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Block rule: a single line that begins with a letter is a paragraph; most of them are, and no other rule is asked."""
    first = state.bMarks[line] + state.tShift[line]
    if silent or state.is_code_block(line) or not state.src[first].isalpha():
        return False
    if line + 1 < state.lineMax and not state.isEmpty(line + 1):
        return False
    if line + 2 < state.lineMax:
        below = state.bMarks[line + 2] + state.tShift[line + 2]
        if state.src[below : below + 1] in (":", "~"):
            return False  # A term, with its definition below an empty line.
    return paragraph(state, line, end_line, silent)


def div_fence(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Block rule: one `:::` line opens or closes a div; pairs are matched later, by counting."""
    if state.is_code_block(line):
        return False
    text = _line(state, line)
    if not text.startswith(":::"):
        return False
    if silent:
        return True
    state.line = line + 1
    if _DIV_CLOSE.match(text):
        token = state.push("div_close", "div", -1)
        token.map = [line, line + 1]
        return True
    match = _DIV_OPEN.match(text)
    attributes, rest = EMPTY, text[match.end() :]
    if match["attributes"]:
        try:
            attributes, end = read_attributes(text, match.end() - 1)
            rest = text[end:]
        except BadAttributes as problem:
            report(
                state.env, "bad-attributes", problem.message, line, _column(state, line) + problem.position
            )
            rest = ""
    if rest.strip(" \t:"):
        report(
            state.env,
            "bad-div",
            f"can't read '{rest.strip()[:40]}' on the opening line of a div",
            line,
            _column(state, line),
            "write '::: name {attributes}' on the line, and the text below it",
        )
    if match["name"] == BAR:
        token = state.push("redaction_block", "", 0)
        token.meta = {"attributes": attributes, "reason": attributes.get("reason", "")}
    else:
        token = state.push("div_open", "div", 1)
        token.meta = {"attributes": attributes}
    token.map = [line, line + 1]
    token.info = match["name"] or ""
    return True


def attribute_line(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Block rule: a line of attributes alone, for the block directly below it."""
    if state.is_code_block(line):
        return False
    text = _line(state, line).rstrip()
    if not (text.startswith("{") and text.endswith("}") and looks_like_attributes(text, 0)):
        return False
    try:
        attributes, end = read_attributes(text, 0)
    except BadAttributes as problem:
        if not silent:
            report(
                state.env, "bad-attributes", problem.message, line, _column(state, line) + problem.position
            )
        return False
    if text[end:].strip():
        return False
    if silent:
        return True
    state.line = line + 1
    token = state.push("attribute_line", "", 0)
    token.map = [line, line + 1]
    token.hidden = True
    token.meta = {"attributes": attributes}
    return True


def split_trailing(text: str) -> tuple[str, Attributes | None, BadAttributes | None]:
    """Parts `words {attributes}` into both; the block must end the text and follow a space."""
    stripped = text.rstrip()
    if not stripped.endswith("}"):
        return text, None, None
    for match in reversed(list(re.finditer(r"(?:(?<=\s)|^)\{", stripped))):
        if not looks_like_attributes(stripped, match.start()):
            continue
        try:
            attributes, end = read_attributes(stripped, match.start())
        except BadAttributes as problem:
            return text, None, problem
        if end == len(stripped):
            return stripped[: match.start()].rstrip(), attributes, None
    return text, None, None


def trailing_attributes(state: StateCore) -> None:
    """Core rule: attributes at the end of headings, header cells and table captions."""
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.type != "inline":
            continue
        opener = tokens[index - 1]
        is_caption = opener.type == "paragraph_open" and bool(_CAPTION.match(token.content))
        if opener.type not in ("heading_open", "th_open") and not is_caption:
            continue
        words, attributes, problem = split_trailing(token.content)
        line = (token.map or opener.map or [0])[0]
        if problem:
            report(state.env, "bad-attributes", problem.message, line)
        if attributes is not None:
            token.content = words
            opener.meta = {**opener.meta, "attributes": attributes}
        if is_caption:
            opener.meta = {**opener.meta, "caption": True}
            token.content = token.content[_CAPTION.match(token.content).end() :]


def table_rows(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """Block rule: the GFM table, with attributes after a row's last pipe and no cell lost in silence."""
    first = len(state.tokens)
    if not table(state, line, end_line, silent):
        return False
    if silent:
        return True
    columns = sum(token.type == "th_open" for token in state.tokens[first:])
    if state.line < end_line and _missing_cells(state, line + 2, columns) > MAX_AUTOCOMPLETED_CELLS:
        message = f"the table ends here, because more than {MAX_AUTOCOMPLETED_CELLS:,} cells are missing in its rows"
        report(state.env, "table-ragged", message, state.line, hint="write all cells, or make it two tables")
    for token in state.tokens[first:]:
        if token.type == "tr_open":
            begin = state.bMarks[token.map[0]] + state.tShift[token.map[0]]
            token.meta = {"prefix": begin - (state.src.rfind("\n", 0, begin) + 1)}
            if token.map[0] > line:
                _read_row(state, token, columns)
    return True


def _missing_cells(state: StateBlock, first: int, columns: int) -> int:
    """How many cells a table lacks, from its first row to the line below it."""
    if (state.line - first + 1) * columns <= MAX_AUTOCOMPLETED_CELLS:
        return 0
    rows = (_line(state, line).strip().strip("|") for line in range(first, state.line + 1))
    return sum(columns - len(escapedSplit(row)) for row in rows)


def _read_row(state: StateBlock, row: Token, columns: int) -> None:
    line = row.map[0]
    cells = escapedSplit(_line(state, line).strip())
    if cells and not cells[0].strip():
        cells = cells[1:]
    extra = [cell.strip() for cell in cells[columns:]]
    if extra and not extra[-1]:
        extra = extra[:-1]
    if not extra:
        return
    if len(extra) == 1 and extra[0].startswith("{"):
        try:
            attributes, end = read_attributes(extra[0], 0)
            if not extra[0][end:].strip():
                row.meta = {**row.meta, "attributes": attributes}
                return
        except BadAttributes as problem:
            report(state.env, "bad-attributes", problem.message, line)
            return
    report(
        state.env,
        "table-ragged",
        f"row of {columns + len(extra)} cells in a table of {columns} columns",
        line,
        hint="write \\| for a pipe inside a cell, or add the column to the header",
    )
