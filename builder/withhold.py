"""Blanks in the source text what a viewer may not see, before the parse that is printed.

Lines stay, so line numbers stay true. A block leaves empty lines; an inline unit, a table row and
a table column leave the mark `[]{}`, which prints nothing (see `builder.markdown.traces`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from builder.blank import Hidden, bar, blank
from builder.conditions import CONDITION_KEYS, REDACT, ConditionError, Viewer
from builder.diagnostics import Checked, Diagnostic, Span, has_errors
from builder.markdown.attributes import Attributes
from builder.markdown.door import Parsed, parse
from builder.markdown.places import BlockUnit, TextUnit
from builder.markdown.vocabulary import check_attributes
from builder.model import Decision

T = TypeVar("T")
BARE = "only '{}' is left of this sentence, whose reference is withheld"
BARE_HINT = "put the condition on the whole sentence, or give the reference a fallback"
_INSIDE = "lies in a unit that is out"
_END = re.compile(r"[.!?…。！？)）]")
_BEGINNING = re.compile(r"[.!?…]\s+|[。！？(（]|\n\s*\n")


class Pruned(Struct, frozen=True):
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
    bare = _bare_sentences(hidden, decisions, path, first_line)
    if bare:
        return Checked(None, tuple(bare))
    warnings = tuple(problems)
    if hidden:
        try:
            text = blank(text, hidden)
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
                Span(path, first_line + each.unit.line, each.unit.column),
                "put it into a block of its own: ::: {condition} … :::",
            )
            for each in left
        )
        if has_errors(problems):
            return Checked(None, tuple(problems))
    return Checked(Pruned(path, first_line, text, parsed, tuple(decisions)), warnings)


def words_left(before: str, after: str) -> str:
    """What a sentence has besides a reference at its end, where that is one or two words; else an empty text."""
    left = _BEGINNING.split(before)[-1].strip()
    return left if before[-1:].isspace() and _END.match(after) and 0 < len(left.split()) < 3 else ""


def _bare_sentences(
    hidden: list[Hidden], decisions: list[Decision], path: str, first_line: int
) -> list[Diagnostic]:
    """Sentences such as "See ." whose only reference goes and leaves a word or two behind."""
    inside = {each.span for each in decisions if each.rule == _INSIDE}
    found = []
    for each in hidden:
        place = each.unit.place
        if isinstance(place, BlockUnit) or each.reason is not None:
            continue
        text, span = place.block.content, Span(path, first_line + each.unit.line, each.unit.column)
        left = words_left(text[: place.start], text[place.end : place.end + 1])
        if left and text.startswith("[](", place.start) and span not in inside:
            found.append(Diagnostic("bare-sentence", BARE.format(left), span, BARE_HINT))
    return found


def _judge(
    parsed: Parsed, path: str, viewer: Viewer, first_line: int
) -> tuple[list[Hidden], list[Decision], list[Diagnostic]]:
    hidden: list[Hidden] = []
    decisions: list[tuple[Decision, TextUnit]] = []
    problems: list[Diagnostic] = []
    for unit in parsed.units:
        conditions = conditions_of(unit.attributes)
        if not conditions:
            continue
        span = Span(path, first_line + unit.line, unit.column)
        verdict = judge_at(viewer.judge, conditions, span, problems)
        reason = unit.attributes.get(REDACT)
        mark = judge_at(
            lambda own, reason=reason: viewer.bar(own.items(), reason), conditions, span, problems
        )
        if verdict is None:
            continue
        last = first_line + _last_line(unit)
        mark = None if verdict.is_in else mark
        decision = Decision(str(span), unit.kind, span, verdict.is_in, verdict.rule, span, mark, last)
        decisions.append((decision, unit))
        if not verdict.is_in:
            hidden.append(Hidden(unit, mark))
    enclosures = _Enclosures(hidden)
    return hidden, [enclosures.judge(each, unit) for each, unit in decisions], problems


class _Enclosures:
    """The outermost hidden units of a text, to find the one that another unit lies in."""

    def __init__(self, hidden: list[Hidden]):
        places: dict[int, list[tuple[int, int, TextUnit]]] = {}
        for each in hidden:
            place = each.unit.place
            if each.unit.kind != "column":
                block = 0 if isinstance(place, BlockUnit) else id(place.block)
                places.setdefault(block, []).append((place.start, place.end, each.unit))
        self.outer: dict[int, list[tuple[int, int, TextUnit]]] = {}
        for block, spans in places.items():
            kept: list[tuple[int, int, TextUnit]] = []
            for span in sorted(spans, key=lambda span: (span[0], -span[1])):
                if not kept or span[1] > kept[-1][1]:
                    kept.append(span)
            self.outer[block] = kept

    def around(self, unit: TextUnit) -> TextUnit | None:
        """The hidden unit that this one lies in."""
        place = unit.place
        if isinstance(place, BlockUnit):
            return self._find(0, place.start, place.end)
        return self._find(0, unit.line, unit.line + 1, True) or self._find(
            id(place.block), place.start, place.end
        )

    def _find(self, block: int, start: int, end: int, is_within: bool = False) -> TextUnit | None:
        spans = self.outer.get(block, [])
        index = bisect_right(spans, start, key=lambda span: span[0]) - 1
        if index < 0 or spans[index][1] < end or (not is_within and spans[index][:2] == (start, end)):
            return None
        return spans[index][2]

    def judge(self, decision: Decision, unit: TextUnit) -> Decision:
        """The decision about a unit; one that lies in a hidden unit is out with it, whatever it says itself."""
        outer = self.around(unit)
        if outer is None:
            return decision
        rule = replace(decision.span, line=decision.span.line + outer.line - unit.line, column=outer.column)
        return replace(decision, is_in=False, rule=_INSIDE, rule_span=rule, bar=None)


def _last_line(unit: TextUnit) -> int:
    """The last line of a unit, from 0."""
    place = unit.place
    if isinstance(place, BlockUnit):
        return max(place.end - 1, place.start)
    return unit.line + place.block.content[place.start : place.end].count("\n")


def bar_text(reason: str, path: str, line: int, is_block: bool) -> Pruned:
    """A text that is nothing but a bar, for what is redacted as a whole."""
    text = bar(reason, is_block)
    return Pruned(path, line, text, parse(text, path, line), ())


def judge_at(
    judge: Callable[[dict[str, str]], T],
    conditions: dict[str, str],
    span: Span,
    problems: list[Diagnostic],
) -> T | None:
    """Judges conditions that stand at a place; a condition that can't be read joins the problems."""
    try:
        return judge(conditions)
    except ConditionError as problem:
        problems.append(Diagnostic(problem.code, problem.message, span, problem.hint or None))
        return None
