"""The one Markdown parser of the project: CommonMark, and the syntax that the handbook lists beside it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from msgspec import Struct

from builder.diagnostics import Diagnostic, Severity, Span
from builder.markdown import blocks, inlines
from builder.markdown.cells import mark_cells
from builder.markdown.places import TextUnit, line_and_column
from builder.markdown.traces import drop_traces
from builder.markdown.units import find_units

MAX_NESTING = 60
"""Levels of blocks and inlines; deeper text is an error, never dropped."""


@lru_cache(maxsize=1)
def door() -> MarkdownIt:
    """The parser, made once; it keeps nothing between two texts."""
    md = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING * 3, "html": True})
    md.helpers = inlines.Helpers()
    # Every address becomes a link here and is judged by `builder.passes.links`, which says so.
    md.validateLink = lambda url: True
    md.enable(["table", "strikethrough"])
    md.use(deflist_plugin)
    md.use(footnote_plugin)
    md.block.ruler.at("table", blocks.table_rows, {"alt": ["paragraph", "reference"]})
    md.block.ruler.before("table", "plain_paragraph", blocks.plain_paragraph)
    stops = {"alt": ["paragraph", "reference", "blockquote", "list", "footnote_def", "table"]}
    md.block.ruler.before("fence", "div_fence", blocks.div_fence, stops)
    md.block.ruler.after("div_fence", "attribute_line", blocks.attribute_line)
    md.inline.ruler.before("link", "span", inlines.span)
    md.inline.ruler.before("link", "citation", inlines.citation)
    inlines.remember_start(md, "link", "[", ("link_open",))
    inlines.remember_start(md, "autolink", "<", ("link_open",))
    inlines.remember_start(md, "image", "!", ("image",), label_offset=2)
    inlines.remember_start(md, "backticks", "`", ("code_inline",))
    inlines.remember_start(md, "citation", "[", ("citation",))
    inlines.remember_start(md, "footnote_ref", "[", ("footnote_ref",))
    inlines.remember_start(md, "footnote_inline", "^", ("footnote_ref",), label_offset=2)
    md.inline.ruler.push("attached", inlines.attached)
    md.core.ruler.at("normalize", blocks.normalize)
    md.core.ruler.before("inline", "trailing_attributes", blocks.trailing_attributes)
    md.core.ruler.before("inline", "mark_cells", mark_cells)
    md.core.ruler.at("inline", inlines.inline_with_block)
    md.core.ruler.after("inline", "find_units", find_units)
    md.core.ruler.push("drop_traces", drop_traces)
    return md


class Parsed(Struct, frozen=True):
    """A text as tokens, with its conditional units and the problems of its syntax."""

    tokens: list[Token]
    units: tuple[TextUnit, ...]
    notes: dict[int, dict[str, Any]]
    """The footnotes in the order of their first call."""
    problems: tuple[Diagnostic, ...] = ()


@lru_cache(maxsize=2048)
def parse(text: str, path: str, first_line: int = 1) -> Parsed:
    """Parses one text; `first_line` is the number of its first line in the file at `path`.

    The same text is parsed once for all editions of a run: nobody may change the tokens.
    """
    env: dict[str, Any] = {}
    tokens = door().parse(text, env)
    lines = text.split("\n")
    problems = [
        _diagnostic(
            code,
            message,
            Span(path, first_line + line, column),
            re.sub(r"@(\d+)@", lambda m: str(first_line + int(m[1])), hint),
        )
        for code, message, line, column, hint in env.get("problems", ())
    ]
    for code, message, block, offset, hint in env.get("inline_problems", ()):
        span = _span_of(lines, block, offset, path, first_line)
        problems.append(_diagnostic(code, message, span, hint))
    deep = _too_deep(tokens)
    if deep is not None:
        # What markdown-it cuts off at its own limit would be reported as faults that are none.
        problems = []
        message = f"more than {MAX_NESTING // 2} levels of lists, quotations and divs"
        span = Span(path, first_line + deep)
        problems.append(Diagnostic("too-deep", message, span, "flatten the text, or part it into sections"))
    units = []
    for unit in env.get("block_units", ()):
        column = unit.keep[0] + 1 if unit.keep else 1
        units.append(TextUnit(unit.kind, unit.start, column, unit.attributes, unit))
    for place in env.get("inline_places", ()):
        if place.attributes.is_empty:
            continue
        try:
            line, column = line_and_column(lines, place.block, place.start)
        except (LookupError, IndexError, AttributeError):
            span = Span(path, first_line + (place.block.map or [0])[0])
            problems.append(
                _diagnostic("lost-place", "can't tell where this inline unit stands in the file", span, "")
            )
            continue
        units.append(TextUnit("inline", line, column + 1, place.attributes, place))
    return Parsed(tokens, tuple(units), env.get("footnotes", {}).get("list", {}), tuple(problems))


def _diagnostic(code: str, message: str, span: Span, hint: str) -> Diagnostic:
    if code == "bad-attributes" and not hint:
        hint = 'write {#id .class key="value"}, each key once'
    severity = Severity.WARNING if code == "control-character" else Severity.ERROR
    return Diagnostic(code, message, span, hint or None, severity)


def _span_of(lines: list[str], block: Token | None, offset: int, path: str, first_line: int) -> Span:
    if block is None or not block.map:
        return Span(path, first_line)
    try:
        line, column = line_and_column(lines, block, offset)
    except (LookupError, IndexError):
        return Span(path, first_line + block.map[0])
    return Span(path, first_line + line, column + 1)


def _too_deep(tokens: list[Token]) -> int | None:
    """The line, from 0, of the first token that is nested too deeply."""
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        inner = max([child.level for child in token.children]) if token.children else 0
        if token.level + inner >= MAX_NESTING:
            return line
    return None
