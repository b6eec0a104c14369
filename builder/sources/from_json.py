"""JSON, such as the CSL-JSON of reference managers, with the place of each part."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from builder.diagnostics import Checked, Diagnostic, Span, has_errors
from builder.sources.places import MAX_DEPTH, Codes, Source, Tree, Unreadable
from builder.sources.text import Ruler

_CODES = Codes(
    key="json-syntax",
    duplicate="json-duplicate-key",
    too_deep="json-too-deep",
    character="json-bad-character",
)
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]|[^\s\[\]{}:,"]+', re.DOTALL)
# The closing quote is optional so that broken text is cut in one pass, too.
_MAX_DIGITS = 300


def read_json(text: str, path: str) -> Checked[Source | None]:
    """Reads JSON; numbers and true or false keep their types.

    The value is None after any error: `json-syntax`, `json-duplicate-key`, `json-too-deep`,
    `json-bad-character`, `json-bad-number`.
    """
    ruler = Ruler(text, path)
    tree = Tree(_CODES)
    try:
        _check_syntax(text, ruler)
        for match in _TOKEN.finditer(text):
            _take(match[0], ruler.span(match.start()), tree)
    except Unreadable as stop:
        tree.problems.append(stop.problem)
    problems = tuple(tree.problems)
    return Checked(None if has_errors(problems) else Source(tree.value, tree.places), problems)


def _check_syntax(text: str, ruler: Ruler) -> None:
    """Raises Unreadable where the text is no JSON, or too deep for the parser, which is recursive."""
    depth = 0
    for match in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels of lists and mappings"
            span = ruler.span(match.start())
            raise Unreadable(Diagnostic(_CODES.too_deep, message, span, "nest less deeply"))
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as problem:
        message = f"can't read this as JSON: {problem.msg[0].lower()}{problem.msg[1:]}"
        hint = "check the commas, quotes and brackets here and just above"
        raise Unreadable(Diagnostic("json-syntax", message, ruler.span(problem.pos), hint)) from None


def _take(token: str, span: Span, tree: Tree) -> None:
    if token in "[{":
        tree.open([] if token == "[" else {}, span)
    elif token in "]}":
        tree.close()
    elif tree.wants_key:
        tree.key(_text(token), span)
    elif token.startswith('"'):
        tree.scalar(_text(token), span)
    else:
        tree.scalar(_number_or_word(token, span, tree), span)


def _text(token: str) -> str:
    # Reference managers write the line ends of the system on which they ran.
    return json.loads(token).replace("\r\n", "\n").replace("\r", "\n")


def _number_or_word(token: str, span: Span, tree: Tree) -> Any:
    value = json.loads(token) if len(token) <= _MAX_DIGITS else math.inf
    if isinstance(value, float) and not math.isfinite(value):
        shown = token if len(token) <= 20 else token[:20] + "…"
        tree.report("json-bad-number", f"the number '{shown}' is out of range", span, "put it in quotes")
    return value
