"""Reads a fenced block ```` ```chart ````: its shape, and the true place of every part of it."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.token import Token
from msgspec import Struct
from msgspec.structs import replace

from builder.charts.shape import OPTIONS, ChartShape
from builder.charts.vega import refusals, typed
from builder.diagnostics import Checked, Diagnostic, Span, has_errors
from builder.markdown.vocabulary import mentions_condition
from builder.sources import Source, read_shape, read_yaml
from builder.sources.places import KEY


class Block(Struct, frozen=True):
    """A chart block that has the right shape."""

    shape: ChartShape
    source: Source
    indent: int
    """Columns of the file that stand before the block's own first column."""

    def place(self, *path: object) -> Span:
        """The place of a key's value; with `KEY` behind the path, of the key itself."""
        return _moved(self.source.place(*path), self.indent)


def _moved(span: Span, indent: int) -> Span:
    return replace(span, column=span.column + indent) if span.column else span


def read_block(token: Token, lines: list[str], first_line: int) -> Checked[Block | None]:
    """The block of a fence; `lines` are those of the whole text, which begins at `first_line` of its file."""
    start = token.map[0] + 1
    path = token.meta["span"].path
    indent = _indent(token.content, lines, start)
    read = read_yaml(token.content, path, first_line + start)
    problems = [_with_indent(problem, indent) for problem in read.problems]
    if read.value is None or has_errors(problems):
        return Checked(None, tuple(problems))
    for place in _conditions(read.value.value):
        hint = "put it on the block: a line {audience=…} above it, or behind the word 'chart'"
        at = _moved(read.value.place(*place), indent)
        problems.append(
            Diagnostic("stray-attributes", "a condition inside a chart, where it is not read", at, hint)
        )
    shaped = read_shape(ChartShape, read.value)
    problems += [_with_indent(problem, indent) for problem in shaped.problems]
    if shaped.value is None:
        return Checked(None, tuple(problems))
    shape = shaped.value
    if shape.spec is not None:
        shape = shape.model_copy(update={"spec": typed(token.content, "spec")})
    block = Block(shape, read.value, indent)
    problems += _misfits(block)
    return Checked(None if has_errors(problems) else block, tuple(problems))


def _conditions(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The paths of texts that hold what was meant as a condition."""
    if isinstance(value, str) and mentions_condition(value):
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _conditions(part, (*path, key))


def _indent(content: str, lines: list[str], start: int) -> int:
    """How far a list or quotation moves the block to the right."""
    for inner, outer in zip(content.split("\n"), lines[start:], strict=False):
        if inner.strip():
            return max(outer.find(inner.rstrip()), 0)
    return 0


def _with_indent(problem: Diagnostic, indent: int) -> Diagnostic:
    return replace(problem, span=_moved(problem.span, indent)) if problem.span else problem


def _misfits(block: Block) -> Iterator[Diagnostic]:
    """What is wrong between one key and another."""
    shape = block.shape
    if shape.spec is not None:
        if shape.kind is not None:
            yield Diagnostic(
                "bad-chart", "'kind' beside 'spec'", block.place("kind", KEY), "delete one of them"
            )
        for path, message, hint in refusals(shape.spec):
            yield Diagnostic("bad-chart", f"expected {message}", block.place("spec", *path, KEY), hint)
    elif shape.kind is None:
        hint = "add 'kind: line', or a whole Vega-Lite spec under 'spec'"
        yield Diagnostic("missing-key", "'kind' is missing", block.place(), hint)
    else:
        for key in ("x", "y"):
            if getattr(shape, key) is None:
                yield Diagnostic(
                    "missing-key", f"'{key}' is missing", block.place(), f"add '{key}: a column of the file'"
                )
    kind = "spec" if shape.spec is not None else shape.kind or ""
    known = OPTIONS.get(kind, set())
    others = {key for keys in OPTIONS.values() for key in keys} - known
    if shape.spec is not None:
        others |= {"x", "y", "series", "groups", "highlight", "unit", "decimals", "divide_by"}
    for key in sorted(others & shape.model_fields_set) if kind else ():
        wanted = [name for name, keys in OPTIONS.items() if key in keys]
        what = "a whole spec" if shape.spec is not None else f"a chart of kind '{kind}'"
        hint = f"it belongs to: {', '.join(wanted)}" if wanted else "say it in the spec"
        yield Diagnostic("bad-chart", f"'{key}' on {what}", block.place(key, KEY), hint)
    if shape.groups and not shape.series and len(shape.y or {}) < 2:
        hint = "name the column that holds the series, or several columns in 'y'"
        yield Diagnostic("bad-chart", "'groups' of one series", block.place("groups", KEY), hint)
