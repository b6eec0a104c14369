"""Judges for one viewer what an edition has, and keeps each decision with the rule that made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from builder.conditions import CONDITION_KEYS, Viewer, holds, parse_expression
from builder.diagnostics import Diagnostic, Span
from builder.model import Decision
from builder.project import Body, Project, Publication, Section, Snippet, conditions_in, walk
from builder.schema import EditionShape
from builder.selection import Choice
from builder.withhold import Pruned, judge_at, withhold

Condition = tuple[str, str, Span]
"""Key, value and place."""
_UNREADABLE = "unreadable condition"


class Judge:
    """Decides what one viewer gets of a publication; whatever can't be decided is out, and an error."""

    def __init__(
        self,
        project: Project,
        publication: Publication,
        edition: EditionShape,
        choice: Choice,
        viewer: Viewer,
    ):
        self.project, self.publication, self.edition = project, publication, edition
        self.choice, self.viewer = choice, viewer
        self.language = publication.shape.language
        self.missing = edition.missing or publication.shape.missing
        self.problems: list[Diagnostic] = []
        self.decisions: list[Decision] = []

    def section(self, section: Section, inherited: tuple[str, Span]) -> Decision:
        """Whether a section or part is in, which inherits a clearance from what it lies in."""
        if self.choice.only and not self._touches(section, self.choice.only):
            return self.note(section, False, "not among --only", None)
        if section.id in self.choice.without:
            return self.note(section, False, "named by --without", None)
        rules = list(section.conditions)
        # A translation's own clearance stands beside what its source inherits, never in its place.
        stated = (section.source or section).conditions
        if not any(key == "clearance" for key, _, _ in stated):
            rules.append(("clearance", *inherited))
        rules.sort(key=lambda rule: CONDITION_KEYS.index(rule[0]), reverse=True)
        has_tags = self._has_tags(section)
        is_in, rule, span = self._weigh(rules)
        if not is_in:
            bar = self._bar(rule, rules, section.redact, section.span) if has_tags else None
            return self.note(section, False, rule, span, bar)
        if not has_tags:
            span = self.publication.source.place("editions", self.viewer.audience, "tags")
            rule = f"tags '{self.edition.tags}' do not hold for {', '.join(section.tags)}"
            return self.note(section, False, rule, span)
        if section.kind == "section" and section.language != self.language:
            if self.missing == "omit":
                return self.note(section, False, f"no translation into '{self.language}'", section.span)
            hint = (
                f"{self._how_to_translate(section)}, or 'missing: source' or 'missing: omit' to the edition"
            )
            self.report_missing(f"the section '{section.id}'", section.span, hint)
        return self.note(section, True, rule, span)

    def note(
        self, section: Section, is_in: bool, rule: str, span: Span | None, bar: str | None = None
    ) -> Decision:
        """Keeps a decision about a section or part that other rules than its conditions made."""
        return self._keep(Decision(section.id, section.kind, section.span, is_in, rule, span, bar))

    def note_inside(self, section: Section) -> None:
        """Keeps that all sections in one that is out are out with it."""
        for inner in walk(section)[1:]:
            self.note(inner, False, f"lies in '{section.id}', which is out", section.span)

    def snippet(self, snippet: Snippet) -> Decision:
        """Whether a snippet is in; kept where it has conditions."""
        is_in, rule, span = self._weigh(snippet.conditions)
        place = Span(snippet.path, 1)
        bar = None if is_in else self._bar(rule, snippet.conditions, snippet.redact, place)
        decision = Decision(f"snippet {snippet.name}", "snippet", place, is_in, rule, span, bar)
        return self._keep(decision) if snippet.conditions else decision

    def shape(self, shape: Any, place: tuple, unit: str) -> Decision:
        """Whether an author, a file of data or a column of it is in."""
        source = self.publication.source
        return self._keep(
            Decision(
                unit, "metadata", source.place(*place), *self._weigh(conditions_in(shape, source, *place))
            )
        )

    def source(self, key: str, conditions: tuple[Condition, ...]) -> Decision:
        """Whether a source is in, which has conditions."""
        return self._keep(Decision(f"source {key}", "source", conditions[0][2], *self._weigh(conditions)))

    def row(self, conditions: dict[str, str], span: Span) -> bool:
        """Whether a row of data is in; kept where it has conditions."""
        if not conditions:
            return True
        verdict = judge_at(self.viewer.judge, conditions, span, self.problems)
        if verdict is None:
            return False
        return self._keep(Decision(str(span), "data row", span, verdict.is_in, verdict.rule, span)).is_in

    def prune(self, body: Body, path: str) -> Pruned | None:
        """A text without the units that are out; None where a condition in it can't be read."""
        checked = withhold(body.text, path, self.viewer, body.first_line)
        self.problems.extend(checked.problems)
        if checked.value is not None:
            self.decisions.extend(checked.value.decisions)
        return checked.value

    def wanted(self, section: Section) -> str:
        """The alternative that the edition wants: chosen to fit a budget, else its own for this section, for all."""
        return (
            dict(self.choice.alternatives).get(section.id)
            or self.edition.alternatives.get(section.id)
            or self.edition.alternative
            or self.project.audiences[self.viewer.audience].alternative
        )

    def report_missing(self, what: str, span: Span, hint: str) -> None:
        """What has no translation is an error unless the edition prints its source."""
        if self.missing != "source":
            message = f"{what} is not translated into '{self.language}'"
            self.problems.append(Diagnostic("missing-translation", message, span, hint))

    def _weigh(self, conditions: Iterable[Condition]) -> tuple[bool, str, Span | None]:
        """Whether all conditions hold, and which decided, in words, with its place: the first that fails, else the last."""
        is_in, rule, span = True, "no condition", None
        for key, value, span in conditions:
            verdict = judge_at(self.viewer.judge, {key: value}, span, self.problems)
            is_in, rule = (verdict.is_in, verdict.rule) if verdict else (False, _UNREADABLE)
            if not is_in:
                break
        return is_in, rule, span

    def _bar(self, rule: str, conditions: Iterable[Condition], reason: str | None, span: Span) -> str | None:
        if rule == _UNREADABLE:
            return None
        pairs = [(key, value) for key, value, _ in conditions]
        return judge_at(lambda _: self.viewer.bar(pairs, reason), {}, span, self.problems)

    def _keep(self, decision: Decision) -> Decision:
        self.decisions.append(decision)
        return decision

    def _has_tags(self, section: Section) -> bool:
        tags = self.edition.tags
        if tags is None or not section.tags:
            return True
        return holds(parse_expression(tags, self.project.vocabulary.tags, "tag"), section.tags)

    def _touches(self, section: Section, wanted: tuple[str, ...]) -> bool:
        """Whether a section is wanted, holds a wanted one, or lies below one."""
        if any(inner.id in wanted for inner in walk(section)):
            return True
        return any(section in walk(other) for other in self.publication.walk() if other.id in wanted)

    def _how_to_translate(self, section: Section) -> str:
        if self.language in section.translations:
            return f"add '{self.wanted(section)}: …' to {section.translations[self.language].path}"
        return f"add {section.path.removesuffix('.md')}.{self.language}.md"
