"""Checks what authors name against what the project declares: clearances, audiences, tags, reasons and themes."""

from __future__ import annotations

from typing import Any

from builder.conditions import ConditionError, Vocabulary, parse_expression
from builder.diagnostics import Span, did_you_mean
from builder.markdown.vocabulary import mentions_condition
from builder.reader import Reader
from builder.sources import Source
from builder.world import theme_names


class Names:
    """The names that a project declares; whatever is not among them joins the problems of its reader."""

    def __init__(self, reader: Reader, declared: Vocabulary):
        self.reader, self.declared = reader, declared
        self.themes = theme_names(reader.world)

    def check_clearance(self, value: str, span: Span) -> None:
        """Reports a clearance that is not on the ladder."""
        if value not in self.declared.clearances:
            hint = did_you_mean(value, self.declared.clearances)
            self.reader.add("unknown-clearance", f"unknown clearance '{value}'", span, hint)

    def check_theme(self, value: str, span: Span) -> None:
        """Reports a theme that the project can't use."""
        if value not in self.themes:
            hint = did_you_mean(value, self.themes)
            self.reader.add("unknown-theme", f"unknown theme '{value}'", span, hint)

    def check_tags(self, tags: list[str], source: Source, *place: Any) -> None:
        """Reports each tag that nobody declared."""
        for index, tag in enumerate(tags):
            if tag not in self.declared.tags:
                hint = did_you_mean(tag, self.declared.tags)
                self.reader.add("unknown-tag", f"unknown tag '{tag}'", source.place(*place, index), hint)

    def check_expression(self, value: str, kind: str, span: Span) -> None:
        """Reports an expression over audiences or tags that can't be read; `kind` is "audience" or "tag"."""
        known = self.declared.audiences if kind == "audience" else self.declared.tags
        try:
            parse_expression(value, known, kind)
        except ConditionError as problem:
            self.reader.add(problem.code, problem.message, span, problem.hint or None)

    def check_conditions(self, conditions: tuple[tuple[str, str, Span], ...]) -> None:
        """Reports each condition that names what nobody declared, or can't be read."""
        for key, value, span in conditions:
            if key == "clearance":
                self.check_clearance(value, span)
            elif key == "audience":
                self.check_expression(value, "audience", span)

    def check_redaction(self, shape: Any, conditions: tuple, span: Span) -> None:
        """Reports a redaction without a reason that is declared, or without a condition that withholds the unit."""
        if shape.redact is None:
            return
        try:
            self.declared.check_reason(shape.redact)
        except ConditionError as problem:
            self.reader.add(problem.code, problem.message, span, problem.hint or None)
        if not conditions:
            hint = "add 'audience: …' or 'clearance: …' beside it"
            self.reader.add("bad-redaction", "'redact' without a condition", span, hint)

    def check_plain(self, value: Any, source: Source, *place: Any) -> None:
        """Reports conditions in texts that are not read as Markdown: they would be printed with what they hide."""
        if isinstance(value, dict):
            for key, inner in value.items():
                self.check_plain(inner, source, *place, key)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                self.check_plain(inner, source, *place, index)
        elif isinstance(value, str) and mentions_condition(value):
            self.reader.add(
                "stray-attributes",
                "a condition in a text that is not Markdown, where it is not read",
                source.place(*place),
                "give the whole value its own conditions, or write it in a section",
            )
