"""Decides, for one job, what its edition contains; everything else is gone before it is parsed for print."""

from __future__ import annotations

from msgspec.structs import replace

from builder.conditions import AllSeeing, Viewer
from builder.diagnostics import Checked, Diagnostic, Span, did_you_mean, has_errors
from builder.gather import Gatherer
from builder.judge import Judge
from builder.localize import localize
from builder.markdown.traces import MARK
from builder.markdown.vocabulary import BAR
from builder.model import Job
from builder.project import BUDGETS, Body, Project, Section
from builder.schema import AudienceShape, EditionShape, FrontShape
from builder.selection import WHOLE, Choice, Selected, Selection
from builder.withhold import Pruned, bar_text
from builder.world import World


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
    edition = EditionShape(missing=project.publication(job.publication).edition(job.audience).missing)
    return _Selector(project, job, world, WHOLE, everything, edition).select()


class _Selector:
    def __init__(
        self,
        project: Project,
        job: Job,
        world: World,
        choice: Choice,
        viewer: Viewer,
        edition: EditionShape | None = None,
    ):
        self.project, self.job, self.choice = project, job, choice
        self.publication = localize(project.publication(job.publication), job.audience, job.language)
        self.edition = edition or self.publication.edition(job.audience)
        self.language = self.publication.shape.language
        self.judge = Judge(project, self.publication, self.edition, choice, viewer)
        self.problems = self.judge.problems
        self.gatherer = Gatherer(self.publication, self.judge, world)
        self.bars = 0

    def select(self) -> Checked[Selection | None]:
        self._check_choice()
        default = self.publication.shape.default_clearance
        inherited = (default, self.publication.source.place("default_clearance"))
        sections = tuple(
            selected
            for section in self._ordered()
            if (selected := self._section(section, inherited)) is not None
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
        if (cover := self.publication.shape.cover) is not None:
            self.gatherer.table(cover.data, self.publication.source.place("cover", "data"))
        for key, conditions in self.publication.source_conditions.items():
            decision = self.judge.source(key, conditions)
            if not decision.is_in:
                self.gatherer.withheld[decision.unit] = decision
        authors = tuple(
            index
            for index, author in enumerate(self.publication.shape.authors)
            if self.judge.shape(author, ("authors", index), f"author {index + 1}").is_in
        )
        audience, texts = self._audience(), self.publication.texts(self.language)
        if has_errors(self.problems):
            return Checked(None, tuple(self.problems))
        gathered = self.gatherer
        return Checked(
            Selection(
                self.job, self.publication, self.edition, sections, gathered.snippets, gathered.data,
                gathered.data_paths, gathered.pictures, authors, tuple(self.judge.decisions), audience,
                {code: texts.name(text) for code, text in self.project.redaction_reasons.items()},
                self.choice.alternatives, gathered.withheld,
                self.publication.shape.withheld_references or self.project.withheld_references,
                {key: self.project.budget_place(self.publication, self.job.audience, key) for key in BUDGETS},
            ),
            tuple(self.problems),
        )  # fmt: skip

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
                self.judge.note(section, False, "not among the sections of the edition", span)
                self.judge.note_inside(section)
        by_id = {section.id: section for section in self.publication.sections}
        return [by_id[name] for name in self.edition.sections]

    def _section(self, section: Section, inherited: tuple[str, Span]) -> Selected | None:
        section = self._with_alternative(section)
        decision = self.judge.section(section, inherited)
        if not decision.is_in:
            self.judge.note_inside(section)
            return None if decision.bar is None else self._redacted(section, decision.bar)
        own = [(value, span) for key, value, span in section.conditions if key == "clearance"]
        below = max(own, key=lambda pair: self.project.vocabulary.rank(pair[0])) if own else inherited
        children = tuple(
            selected for child in section.children if (selected := self._section(child, below)) is not None
        )
        if section.kind == "part" and not children:
            self.judge.decisions.remove(decision)
            self.judge.note(section, False, "none of its sections is in", section.span)
            return None
        if section.kind == "part" and section.language != self.language:
            hint = f"add '{section.id}: …' to 'parts' below 'translations: {self.language}'"
            self.judge.report_missing(f"the title of the part '{section.id}'", section.span, hint)
        title = self.judge.prune(Body(section.title, section.span.line), section.path)
        standfirst = self._field(section, "standfirst")
        short_title = self._field(section, "short_title")
        body, name = None, "full"
        if section.front is not None:
            wanted = self.judge.wanted(section)
            name = wanted if wanted in section.bodies else "full"
            body = self.judge.prune(section.bodies[name], section.path)
            if body is not None:
                self.gatherer.gather(body, section.language)
        if title is None or (section.front is not None and body is None):
            return None
        if not title.text.replace(MARK, "").strip():
            message = "nothing is left of this title, but the section is in the edition"
            hint = "put the condition on the section itself"
            self.problems.append(Diagnostic("not-withheld", message, section.span, hint))
            return None
        return Selected(
            section, title, short_title, standfirst, body, children, name, self._others(section, body)
        )

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

    def _others(self, section: Section, body: Pruned | None) -> tuple[Pruned, ...]:
        """The bodies that are not chosen, where everything is counted."""
        if body is None or not isinstance(self.judge.viewer, AllSeeing):
            return ()
        others = [each for each in section.bodies.values() if each.first_line != body.first_line]
        pruned = [each for other in others if (each := self.judge.prune(other, section.path)) is not None]
        for each in pruned:
            self.gatherer.gather(each, section.language)
        return tuple(pruned)

    def _with_alternative(self, section: Section) -> Section:
        """The section; its source where the translation lacks the body that this edition prints."""
        source, wanted = section.source, self.judge.wanted(section)
        if source is None or wanted in section.bodies or wanted not in source.bodies:
            return section
        return replace(source, children=section.children, translations={self.language: section})

    def _field(self, section: Section, key: str) -> Pruned | None:
        value = getattr(section.front, key, None)
        return None if value is None else self.judge.prune(Body(value, section.span.line), section.path)

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
        self.judge.report_missing(f"the title of the audience '{self.job.audience}'", span, hint)
        return audience
