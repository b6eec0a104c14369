"""Blanks in the source text what a viewer may not see, before the parse that is printed.

Lines stay, so line numbers stay true. A block leaves empty lines; an inline unit, a table row and
a table column leave the mark `[]{}`, which prints nothing (see `builder.markdown.traces`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from builder.conditions import CONDITION_KEYS, ConditionError, Verdict, Viewer
from builder.diagnostics import Checked, Diagnostic, Span, has_errors
from builder.markdown.attributes import Attributes
from builder.markdown.cells import cell_bounds
from builder.markdown.door import Parsed, parse
from builder.markdown.places import BlockUnit, TextUnit, line_and_column
from builder.markdown.traces import MARK
from builder.markdown.vocabulary import check_attributes
from builder.model import Decision


@dataclass(frozen=True, slots=True)
class Pruned:
    """A text without what was withheld, its tokens, and why each unit is in or out."""

    path: str
    first_line: int
    text: str
    parsed: Parsed
    decisions: tuple[Decision, ...]

    def span(self, line: int) -> Span:
        """The place in the file of a line of the text, counted from 0."""
        return Span(self.path, self.first_line + line)


def conditions_of(attributes: Attributes) -> dict[str, str]:
    """The conditions among the attributes."""
    values = dict(attributes.values)
    return {key: values[key] for key in CONDITION_KEYS if key in values}


def withhold(text: str, path: str, viewer: Viewer, first_line: int = 1) -> Checked[Pruned | None]:
    """Removes every unit of the text that the viewer may not see.

    The value is None where a condition can't be read: any doubt about who may see something is an
    error. The result is parsed again, and a unit that survived its own condition is an error too.
    """
    parsed = parse(text, path, first_line)
    hidden, decisions, problems = _judge(parsed, path, viewer, first_line)
    problems.extend(parsed.problems)
    for unit in parsed.units:
        span = Span(path, first_line + unit.line, unit.column)
        for code, message, hint in check_attributes(unit.element, unit.name, unit.attributes):
            problems.append(Diagnostic(code, message, span, hint or None))
    if has_errors(problems):
        return Checked(None, tuple(problems))
    warnings = tuple(problems)
    if hidden:
        try:
            text = _blank(text, hidden)
        except (LookupError, ValueError) as problem:
            message = f"can't tell where an inline unit ends in the file ({problem})"
            hint = "put it into a block of its own: ::: {condition} … :::"
            return Checked(None, (Diagnostic("lost-place", message, Span(path, first_line), hint),))
        parsed = parse(text, path, first_line)
        left, _, problems = _judge(parsed, path, viewer, first_line)
        problems.extend(parsed.problems)
        problems.extend(
            Diagnostic(
                "not-withheld",
                "this unit could not be taken out of the text",
                Span(path, first_line + unit.line, unit.column),
                "put it into a block of its own: ::: {condition} … :::",
            )
            for unit in left
        )
        if has_errors(problems):
            return Checked(None, tuple(problems))
    return Checked(Pruned(path, first_line, text, parsed, tuple(decisions)), warnings)


def _judge(
    parsed: Parsed, path: str, viewer: Viewer, first_line: int
) -> tuple[list[TextUnit], list[Decision], list[Diagnostic]]:
    hidden: list[TextUnit] = []
    decisions: list[Decision] = []
    problems: list[Diagnostic] = []
    for unit in parsed.units:
        conditions = conditions_of(unit.attributes)
        if not conditions:
            continue
        span = Span(path, first_line + unit.line, unit.column)
        verdict = judge_at(viewer.judge, conditions, span, problems)
        if verdict is None:
            continue
        decisions.append(Decision(str(span), unit.kind, span, verdict.is_in, verdict.rule, span))
        if not verdict.is_in:
            hidden.append(unit)
    return hidden, decisions, problems


def judge_at(
    judge: Callable[[dict[str, str]], Verdict],
    conditions: dict[str, str],
    span: Span,
    problems: list[Diagnostic],
) -> Verdict | None:
    """Judges conditions that stand at a place; a condition that can't be read joins the problems."""
    try:
        return judge(conditions)
    except ConditionError as problem:
        problems.append(Diagnostic(problem.code, problem.message, span, problem.hint or None))
        return None


def _blank(text: str, hidden: list[TextUnit]) -> str:
    """Inline units first, from the last character to the first, then rows, columns and blocks."""
    lines = text.split("\n")
    source = tuple(lines)
    inline = [unit.place for unit in hidden if unit.kind == "inline"]
    outer: list = []
    for place in sorted(inline, key=lambda place: (id(place.block), place.start, -place.end)):
        if outer and outer[-1].block is place.block and place.end <= outer[-1].end:
            continue
        outer.append(place)
    spots = [(line_and_column(list(source), place.block, place.start), place) for place in outer]
    for _, place in sorted(spots, key=lambda spot: spot[0], reverse=True):
        _blank_inline(lines, source, place)
    for unit in hidden:
        if unit.kind != "inline" and unit.kind != "column":
            _blank_lines(lines, unit.place)
    columns: dict[int, list[BlockUnit]] = {}
    for unit in hidden:
        if unit.kind == "column":
            columns.setdefault(unit.place.start, []).append(unit.place)
    for units in columns.values():
        _blank_columns(lines, units)
    return "\n".join(lines)


def _blank_inline(lines: list[str], source: tuple[str, ...], place) -> None:
    first, start = line_and_column(list(source), place.block, place.start)
    last, end = line_and_column(list(source), place.block, place.end - 1)
    if first == last:
        lines[first] = lines[first][:start] + MARK + lines[first][end + 1 :]
        return
    lines[last] = source[last][: _content_start(source, place, last)] + "]{}" + lines[last][end + 1 :]
    for number in range(first + 1, last):
        # A line of its own between the brackets must not be empty, or it would end the paragraph.
        lines[number] = source[number][: _content_start(source, place, number)] + "\\"
    lines[first] = lines[first][:start] + "["


def _content_start(source: tuple[str, ...], place, number: int) -> int:
    row = number - place.block.map[0]
    content = place.block.content.split("\n")[row]
    return max(source[number].rfind(content.rstrip()), 0) if content.strip() else 0


def _blank_lines(lines: list[str], unit: BlockUnit) -> None:
    for number in range(unit.start, min(unit.end, len(lines))):
        kept = lines[number][: unit.keep[number - unit.start]]
        mark = ""
        if unit.kind == "row":
            mark = f"|{MARK}|"
        elif number == unit.start and kept.strip(" \t>"):
            mark = MARK  # The item or definition that begins here must stay one until it is dropped whole.
        lines[number] = kept + mark


def _blank_columns(lines: list[str], units: list[BlockUnit]) -> None:
    hidden = {unit.column for unit in units}
    for number in range(units[0].start, min(units[0].end, len(lines))):
        if number == units[0].start + 1:
            continue
        line = lines[number]
        prefix = units[0].keep[number - units[0].start]
        bounds = cell_bounds(line, prefix)
        for column in sorted(hidden, reverse=True):
            if column < len(bounds):
                start, end = bounds[column]
                line = line[:start] + MARK + line[end:]
        lines[number] = line
