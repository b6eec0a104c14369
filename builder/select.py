"""Decides, for one job, what its edition contains; everything else is gone before it is parsed for print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from builder.conditions import CONDITION_KEYS, AllSeeing, Viewer, holds, parse_expression
from builder.diagnostics import Checked, Diagnostic, Span, did_you_mean
from builder.gather import Gatherer
from builder.images import Picture
from builder.localize import localize
from builder.markdown.traces import MARK
from builder.markdown.vocabulary import BAR
from builder.model import Decision, Job
from builder.project import Body, Project, Publication, Section, walk
from builder.schema import AudienceShape, BookletShape, EditionShape, FrontShape, WithheldReferencesShape
from builder.tables import DataTable
from builder.withhold import Pruned, bar_text, judge_at, withhold
from builder.world import World


@dataclass(frozen=True, slots=True)
class Choice:
    """A one-off choice of sections, from the command line or to fit a budget."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, str], ...] = ()
    """Section ids, each with the shorter alternative that makes the edition fit its budget."""


WHOLE = Choice()
"""No choice: every section that the edition may have."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A section or part as one edition has it: pruned text, and nothing of what was withheld."""

    section: Section
    title: Pruned
    short_title: Pruned | None
    standfirst: Pruned | None
    body: Pruned | None
    children: tuple[Selected, ...]
    alternative: str = "full"
    """Which of its bodies is used."""
    others: tuple[Pruned, ...] = ()
    """The bodies of the other alternatives, where everything is counted."""

    @property
    def folder(self) -> str:
        """The folder that references in the text count from."""
        return self.section.path.rsplit("/", 1)[0]


@dataclass(frozen=True, slots=True)
class Selection:
    """What one edition contains, and why each unit is in or out."""

    job: Job
    publication: Publication
    edition: EditionShape
    sections: tuple[Selected, ...]
    snippets: dict[tuple[str, str], Pruned]
    """By name, and by the language of the text that uses the snippet."""
    data: dict[str, DataTable]
    """By the reference in the text."""
    data_paths: dict[str, str]
    pictures: dict[str, Picture]
    authors: tuple[int, ...]
    """Indexes of the authors that this edition names."""
    decisions: tuple[Decision, ...]
    audience: AudienceShape
    reasons: dict[str, str] = field(default_factory=dict)
    """What each code on a bar means to readers."""
    alternatives: tuple[tuple[str, str], ...] = ()
    """Section ids, each with the alternative that was chosen to fit a budget."""
    withheld: dict[str, Decision] = field(default_factory=dict)
    """By `snippet name`, `data reference` or `source key`: what visible text may use, but this edition not have."""
    withheld_references: WithheldReferencesShape = field(default_factory=WithheldReferencesShape)

    @property
    def audience_title(self) -> str:
        """The audience as readers see it."""
        return self.audience.title

    def loses(self, span: Span, lines: Sequence[int] | None) -> bool:
        """Whether something is withheld from a block that begins at `span` and has these lines of its text."""
        end = span.line + (lines[1] - lines[0] if lines else 1)
        return any(
            not each.is_in and each.span.path == span.path and span.line <= each.span.line < end
            for each in self.decisions
        )

    @property
    def max_pages(self) -> int | None:
        """The page budget: the edition's own, else its audience's."""
        return self.edition.max_pages or self.audience.max_pages

    @property
    def max_words(self) -> int | None:
        """The word budget: the edition's own, else its audience's."""
        return self.edition.max_words or self.audience.max_words

    @property
    def numbering(self) -> str:
        """`continuous` or `stable`: the edition's own, else its publication's."""
        return self.edition.numbering or self.publication.shape.numbering

    @property
    def format(self) -> str:
        """The size of a page: the booklet's own, else the edition's, else its audience's."""
        own = self.booklet.format if self.job.kind.is_booklet else None
        return own or self.edition.format or self.audience.format

    @property
    def booklet(self) -> BookletShape:
        """How booklets are made: as the edition says, else its audience."""
        return self.edition.booklet or self.audience.booklet

    @property
    def theme(self) -> str:
        """The name of the theme: the edition's own, else its audience's."""
        return self.edition.theme or self.audience.theme


def viewer_of(project: Project, job: Job) -> Viewer:
    """The right to see of one job: the lower of the audience's and the edition's ceiling."""
    audience = project.audiences[job.audience]
    edition = project.publication(job.publication).edition(job.audience)
    ceiling = audience.clearance
    if edition.clearance is not None and project.vocabulary.rank(edition.clearance) < project.vocabulary.rank(
        ceiling
    ):
        ceiling = edition.clearance
    redacts = project.publication(job.publication).edition(job.audience).withheld == "redact"
    return Viewer(project.vocabulary, job.audience, ceiling, job.target, redacts)


def select(
    project: Project, job: Job, world: World, choice: Choice | None = None, viewer: Viewer | None = None
) -> Checked[Selection | None]:
    """Prunes a publication down to what the job's audience may see.

    The value is None after any error: nothing is built on a doubtful selection. Only the proof copy
    gives a viewer of its own.
    """
    return _Selector(project, job, world, choice or WHOLE, viewer or viewer_of(project, job)).select()


def select_all(project: Project, job: Job, world: World) -> Checked[Selection | None]:
    """Everything that a publication holds, in the order of its `sections`; only ever to count it."""
    viewer = viewer_of(project, job)
    everything = AllSeeing(viewer.vocabulary, viewer.audience, viewer.ceiling, viewer.target)
    selector = _Selector(project, job, world, WHOLE, everything)
    selector.edition = EditionShape()
    return selector.select()


class _Selector:
    def __init__(self, project: Project, job: Job, world: World, choice: Choice, viewer: Viewer):
        self.project, self.job, self.world, self.choice = project, job, world, choice
        self.publication = localize(project.publication(job.publication), job.audience, job.language)
        self.edition = self.publication.edition(job.audience)
        self.language = self.publication.shape.language
        self.missing = self.edition.missing or self.publication.shape.missing
        self.viewer = viewer
        self.problems: list[Diagnostic] = []
        self.decisions: list[Decision] = []
        self.bars = 0
        self.gatherer = Gatherer(
            self.publication,
            self.viewer,
            world,
            self._prune,
            self._is_in_shape,
            self._report_missing,
            self.problems,
            self.decisions,
        )

    def select(self) -> Checked[Selection | None]:
        self._check_choice()
        sections = tuple(
            selected
            for section in self._ordered()
            if (selected := self._section(section, None, None)) is not None
        )
        if not sections and not self.problems:
            self.problems.append(
                Diagnostic(
                    "nothing-to-build",
                    f"no section is left for the audience '{self.job.audience}'",
                    self.publication.source.place("editions", self.job.audience),
                    f"see why with: builder explain {self.publication.id}/{self.job.edition}",
                )
            )
        if self.publication.shape.cover is not None:
            cover = self.publication.shape.cover
            self.gatherer.table(cover.data, self.publication.source.place("cover", "data"))
        self._judge_sources()
        authors = tuple(
            index
            for index, author in enumerate(self.publication.shape.authors)
            if self._is_in_shape(author, ("authors", index), f"author {index + 1}")
        )
        audience, texts = self._audience(), self.publication.texts(self.language)
        if any(problem.severity >= problem.severity.ERROR for problem in self.problems):
            return Checked(None, tuple(self.problems))
        return Checked(
            Selection(
                self.job, self.publication, self.edition, sections, self.gatherer.snippets,
                self.gatherer.data, self.gatherer.data_paths, self.gatherer.pictures, authors, tuple(self.decisions), audience,
                {code: texts.name(text) for code, text in self.project.redaction_reasons.items()},
                self.choice.alternatives, self.gatherer.withheld,
                self.publication.shape.withheld_references or self.project.withheld_references,
            ),
            tuple(self.problems),
        )  # fmt: skip

    def _judge_sources(self) -> None:
        for key, conditions in self.publication.source_conditions.items():
            for name, value, span in conditions:
                verdict = judge_at(self.viewer.judge, {name: value}, span, self.problems)
                is_in, rule = (verdict.is_in, verdict.rule) if verdict else (False, "unreadable condition")
                decision = Decision(f"source {key}", "source", conditions[0][2], is_in, rule, span)
                if not is_in:
                    self.gatherer.withheld[decision.unit] = decision
                    break
            self.decisions.append(decision)

    def _audience(self) -> AudienceShape:
        """The audience, under its title in the language of the edition."""
        audience = self.project.audiences[self.job.audience]
        translation = audience.translations.get(self.language)
        if translation is not None:
            return audience.model_copy(update={"title": translation.title})
        if self.language == self.project.publication(self.job.publication).shape.language:
            return audience
        span = self.project.source.place("audiences", self.job.audience, "title")
        hint = f"add 'translations: {{{self.language}: {{title: …}}}}' to the audience"
        self._report_missing(f"the title of the audience '{self.job.audience}'", span, hint)
        return audience

    def _report_missing(self, what: str, span: Span, hint: str) -> None:
        """What has no translation is an error unless the edition prints its source."""
        if self.missing != "source":
            message = f"{what} is not translated into '{self.language}'"
            self.problems.append(Diagnostic("missing-translation", message, span, hint))

    def _check_choice(self) -> None:
        known = [section.id for section in self.publication.walk()]
        for option, names in (("--only", self.choice.only), ("--without", self.choice.without)):
            for name in names:
                if name not in known:
                    self.problems.append(
                        Diagnostic(
                            "unknown-section",
                            f"{option}: unknown section '{name}'",
                            None,
                            did_you_mean(name, known),
                        )
                    )

    def _ordered(self) -> list[Section]:
        if self.edition.sections is None:
            return list(self.publication.sections)
        span = self.publication.source.place("editions", self.job.audience, "sections")
        for section in self.publication.sections:
            if section.id not in self.edition.sections:
                self._decide(section, False, "not among the sections of the edition", span)
                for inner in walk(section)[1:]:
                    self._decide(inner, False, f"lies in '{section.id}', which is out", section.span)
        by_id = {section.id: section for section in self.publication.sections}
        return [by_id[name] for name in self.edition.sections]

    def _decide(
        self, section: Section, is_in: bool, rule: str, span: Span | None, bar: str | None = None
    ) -> bool:
        self.decisions.append(Decision(section.id, section.kind, section.span, is_in, rule, span, bar))
        return is_in

    def _is_in(self, section: Section, inherited: tuple[str, Span] | None, parent: Section | None) -> bool:
        wanted = self.choice.only
        if wanted and not self._touches(section, wanted):
            return self._decide(section, False, "not among --only", None)
        if section.id in self.choice.without:
            return self._decide(section, False, "named by --without", None)
        rules = list(section.conditions)
        # A translation's own clearance stands beside what its source inherits, never in its place.
        stated = (section.source or section).conditions
        if inherited is not None and not any(key == "clearance" for key, _, _ in stated):
            rules.append(("clearance", inherited[0], inherited[1]))
        rules.sort(key=lambda rule: CONDITION_KEYS.index(rule[0]), reverse=True)
        last = ("no condition", None)
        for key, value, span in rules:
            verdict = judge_at(self.viewer.judge, {key: value}, span, self.problems)
            if verdict is None or not verdict.is_in:
                rule = verdict.rule if verdict else "unreadable condition"
                bar = self._bar(section, [(key, value) for key, value, _ in rules]) if verdict else None
                return self._decide(section, False, rule, span, bar)
            last = (verdict.rule, span)
        if not self._has_tags(section):
            span = self.publication.source.place("editions", self.job.audience, "tags")
            rule = f"tags '{self.edition.tags}' do not hold for {', '.join(section.tags)}"
            return self._decide(section, False, rule, span)
        if section.kind == "section" and section.language != self.language:
            if self.missing == "omit":
                return self._decide(section, False, f"no translation into '{self.language}'", section.span)
            hint = (
                f"{self._how_to_translate(section)}, or 'missing: source' or 'missing: omit' to the edition"
            )
            self._report_missing(f"the section '{section.id}'", section.span, hint)
        return self._decide(section, True, *last)

    def _has_tags(self, section: Section) -> bool:
        tags = self.edition.tags
        if tags is None or not section.tags:
            return True
        return holds(parse_expression(tags, self.project.vocabulary.tags, "tag"), section.tags)

    def _bar(self, section: Section, rules: list[tuple[str, str]]) -> str | None:
        if not self._has_tags(section):
            return None
        return judge_at(lambda _: self.viewer.bar(rules, section.redact), {}, section.span, self.problems)

    def _redacted(self, section: Section, reason: str) -> Selected:
        """A section with bars for its title and text, and nothing else of it, not even its id."""
        self.bars += 1
        identity, is_part = f"redacted-{self.bars}", section.kind == "part"
        front = None
        if section.front is not None:
            role = section.front.role if section.front.role == "appendix" else "chapter"
            front = FrontShape(id=identity, title=BAR, role=role, numbered=section.front.numbered)
        neutral = replace(
            section, id=identity, front=front, title=BAR, conditions=(), tags=(), bodies={}, children=(), redact=None,
            language=self.language, translations={}, source=None, is_draft=False,
        )  # fmt: skip
        title = bar_text(reason, section.path, section.span.line, is_block=False)
        body = None if is_part else bar_text(reason, section.path, section.span.line, is_block=True)
        return Selected(neutral, title, None, None, body, ())

    def _touches(self, section: Section, wanted: tuple[str, ...]) -> bool:
        """Whether a section is wanted, holds a wanted one, or lies below one."""
        if any(inner.id in wanted for inner in walk(section)):
            return True
        return any(section in walk(other) for other in self.publication.walk() if other.id in wanted)

    def _section(
        self, section: Section, inherited: tuple[str, Span] | None, parent: Section | None
    ) -> Selected | None:
        section = self._with_alternative(section)
        if inherited is None:
            inherited = (
                self.publication.shape.default_clearance,
                self.publication.source.place("default_clearance"),
            )
        if not self._is_in(section, inherited, parent):
            for inner in walk(section)[1:]:
                self._decide(inner, False, f"lies in '{section.id}', which is out", section.span)
            bar = next(each.bar for each in self.decisions if each.unit == section.id)
            return None if bar is None else self._redacted(section, bar)
        own = [(value, span) for key, value, span in section.conditions if key == "clearance"]
        below = max(own, key=lambda pair: self.project.vocabulary.rank(pair[0])) if own else inherited
        children = tuple(
            selected
            for child in section.children
            if (selected := self._section(child, below, section)) is not None
        )
        if section.kind == "part" and not children:
            self.decisions = [d for d in self.decisions if d.unit != section.id]
            self._decide(section, False, "none of its sections is in", section.span)
            return None
        if section.kind == "part" and section.language != self.language:
            hint = f"add '{section.id}: …' to 'parts' below 'translations: {self.language}'"
            self._report_missing(f"the title of the part '{section.id}'", section.span, hint)
        front = section.front
        title = self._prune(Body(section.title, section.span.line), section.path)
        standfirst = self._field(section, "standfirst")
        short_title = self._field(section, "short_title")
        body, name = None, "full"
        if front is not None:
            name = self._alternative(section)
            body = self._prune(section.bodies[name], section.path)
            if body is not None:
                self.gatherer.gather(body, section.language)
        if title is None or (front is not None and body is None):
            return None
        if not title.text.replace(MARK, "").strip():
            message = "nothing is left of this title, but the section is in the edition"
            hint = "put the condition on the section itself"
            self.problems.append(Diagnostic("not-withheld", message, section.span, hint))
            return None
        return Selected(
            section, title, short_title, standfirst, body, children, name, self._others(section, body)
        )

    def _alternative(self, section: Section) -> str:
        """Which body is used: that chosen to fit a budget, else the edition's for this section, its own, its audience's."""
        wanted = self._wanted(section)
        return wanted if wanted in section.bodies else "full"

    def _wanted(self, section: Section) -> str:
        return (
            dict(self.choice.alternatives).get(section.id)
            or self.edition.alternatives.get(section.id)
            or self.edition.alternative
            or self.project.audiences[self.job.audience].alternative
        )

    def _others(self, section: Section, body: Pruned | None) -> tuple[Pruned, ...]:
        """The bodies that are not chosen, where everything is counted."""
        if body is None or not isinstance(self.viewer, AllSeeing):
            return ()
        others = [each for each in section.bodies.values() if each.first_line != body.first_line]
        pruned = [each for other in others if (each := self._prune(other, section.path)) is not None]
        for each in pruned:
            self.gatherer.gather(each, section.language)
        return tuple(pruned)

    def _with_alternative(self, section: Section) -> Section:
        """The section; its source where the translation lacks the body that this edition prints."""
        source, wanted = section.source, self._wanted(section)
        if source is None or wanted in section.bodies or wanted not in source.bodies:
            return section
        return replace(source, children=section.children, translations={self.language: section})

    def _how_to_translate(self, section: Section) -> str:
        if self.language in section.translations:
            return f"add '{self._wanted(section)}: …' to {section.translations[self.language].path}"
        return f"add {section.path.removesuffix('.md')}.{self.language}.md"

    def _field(self, section: Section, key: str) -> Pruned | None:
        value = getattr(section.front, key, None)
        return None if value is None else self._prune(Body(value, section.span.line), section.path)

    def _prune(self, body: Body, path: str) -> Pruned | None:
        checked = withhold(body.text, path, self.viewer, body.first_line)
        self.problems.extend(checked.problems)
        if checked.value is not None:
            self.decisions.extend(checked.value.decisions)
        return checked.value

    def _is_in_shape(self, shape: Any, place: tuple, unit: str) -> bool:
        is_in, rule, at = True, "no condition", None
        span = self.publication.source.place(*place)
        for key in CONDITION_KEYS:
            value = getattr(shape, key, None)
            if value is None:
                continue
            at = self.publication.source.place(*place, key)
            verdict = judge_at(self.viewer.judge, {key: value}, at, self.problems)
            rule = verdict.rule if verdict else "unreadable condition"
            is_in = verdict is not None and verdict.is_in
            if not is_in:
                break
        self.decisions.append(Decision(unit, "metadata", span, is_in, rule, at))
        return is_in
