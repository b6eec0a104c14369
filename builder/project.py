"""What `load` makes of the content folder: a project, its publications and their sections."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from builder.conditions import CONDITION_KEYS, TARGETS, Vocabulary
from builder.diagnostics import Span
from builder.model import Job
from builder.schema import (
    ALTERNATIVES,
    AudienceShape,
    DataShape,
    EditionShape,
    FrontShape,
    PublicationShape,
    WithheldReferencesShape,
)
from builder.sources import Source

BUDGETS = ("max_pages", "max_words")
"""Keys of an edition, or of its audience, that say how long it may be."""


class Body(Struct, frozen=True):
    """A Markdown text and the line of the file on which it begins."""

    text: str
    first_line: int


class Section(Struct, frozen=True):
    """A section file, or a part, in its place in the publication."""

    kind: str
    """`section` or `part`."""
    id: str
    path: str
    """The section's file; for a part, the publication's."""
    front: FrontShape | None
    """None for a part."""
    title: str
    """Inline Markdown."""
    conditions: tuple[tuple[str, str, Span], ...]
    """Key, value and place of each condition that the unit carries itself."""
    tags: tuple[str, ...]
    span: Span
    bodies: dict[str, Body]
    """By alternative: `full`, `short`, `one_line`."""
    children: tuple[Section, ...] = ()
    language: str = ""
    translations: dict[str, Section] = field(default_factory=dict)
    """By language; each with the conditions of its source and its own, and without children."""
    source: Section | None = None
    """What a translation translates."""
    is_draft: bool = False
    """Whether a translation awaits its review."""
    redact: str | None = None
    """The reason on the bars where an edition withholds it; None where it is dropped."""

    @property
    def anchor(self) -> str:
        """The id of the section in the output."""
        return f"{'part' if self.kind == 'part' else 'sec'}-{self.id}"


class Snippet(Struct, frozen=True):
    """A reusable text."""

    name: str
    path: str
    body: Body
    conditions: tuple[tuple[str, str, Span], ...]
    language: str = ""
    redact: str | None = None
    translations: dict[str, Snippet] = field(default_factory=dict)
    """By language; each with the conditions of its source and its own."""

    def in_language(self, language: str) -> Snippet:
        """The translation; the snippet itself where there is none."""
        return self.translations.get(language, self)


class Texts(Struct, frozen=True):
    """What a publication has by name in one language."""

    variables: dict[str, str]
    abbreviations: dict[str, str]
    names: dict[str, str]
    """What authors, houses, and cells of data are called in this language, by what they are called in the source."""

    def name(self, name: str) -> str:
        """A name in this language; as it is where nothing else is written."""
        return self.names.get(name, name)


class Publication(Struct, frozen=True):
    """One folder below `content/publications`."""

    id: str
    folder: str
    path: str
    """The path of its publication.yaml."""
    shape: PublicationShape
    source: Source
    sections: tuple[Section, ...]
    snippets: dict[str, Snippet]
    references: dict[str, Any]
    """CSL-JSON items by id."""
    source_conditions: dict[str, tuple[tuple[str, str, Span], ...]]
    """By source; key, value and place of each condition."""
    data: dict[str, tuple[str, DataShape]]
    """Conditions on the columns of CSV files, by the file's path, with the key under `data`."""

    def texts(self, language: str) -> Texts:
        """What is written by name in one of the publication's languages."""
        own = self.shape.translations.get(language)
        if own is None:
            return Texts(dict(self.shape.variables), dict(self.shape.abbreviations), {})
        return Texts(dict(own.variables), dict(own.abbreviations), dict(own.names))

    def walk(self) -> list[Section]:
        """Every part and section in reading order, parents before their children."""
        return [section for top in self.sections for section in walk(top)]

    def edition(self, audience: str) -> EditionShape:
        """The overrides of one edition."""
        return self.shape.editions[audience] or EditionShape()


def walk(section: Section) -> list[Section]:
    """The section and everything below it, in reading order."""
    return [section, *(inner for child in section.children for inner in walk(child))]


def conditions_in(shape: Any, source: Source, *path: Any) -> tuple[tuple[str, str, Span], ...]:
    """The conditions of an authored shape, each with the place where it is written."""
    return tuple(
        (key, getattr(shape, key), source.place(*path, key))
        for key in CONDITION_KEYS
        if getattr(shape, key, None) is not None
    )


def bodies_in(front: Any, source: Source, full: Body) -> dict[str, Body]:
    """The bodies of a section by alternative: its text, and those that its front matter holds."""
    shorter = {
        name: Body(text, source.place(name).line)
        for name in ALTERNATIVES[1:]
        if (text := getattr(front, name)) is not None
    }
    return {ALTERNATIVES[0]: full, **shorter}


class Project(Struct, frozen=True):
    """Everything that was read from `content/`."""

    vocabulary: Vocabulary
    audiences: dict[str, AudienceShape]
    publications: tuple[Publication, ...]
    source: Source
    """audiences.yaml."""
    redaction_reasons: dict[str, str] = field(default_factory=dict)
    """By code, in words that readers see."""
    withheld_references: WithheldReferencesShape = field(default_factory=WithheldReferencesShape)
    lint: dict[str, str] = field(default_factory=dict)
    """How rules of the linter weigh in the whole project, by code."""

    def publication(self, name: str) -> Publication:
        """The publication of that id; raises KeyError."""
        return next(p for p in self.publications if p.id == name)

    def budget_place(self, publication: Publication, audience: str, key: str) -> Span:
        """Where a budget of an edition is written, `max_pages` or `max_words`: there, or with its audience."""
        is_own = getattr(publication.edition(audience), key) is not None
        source, place = (publication.source, "editions") if is_own else (self.source, "audiences")
        return source.place(place, audience, key)

    def jobs(self) -> list[Job]:
        """Every deliverable that the project declares, in a fixed order."""
        jobs = []
        for publication in self.publications:
            for audience in publication.shape.editions:
                edition, own = publication.edition(audience), publication.shape.language
                targets = edition.targets or self.audiences[audience].targets
                for language in edition.languages or (own,):
                    translation = publication.shape.translations.get(language)
                    wanted = (translation and translation.targets) or targets
                    jobs.extend(
                        Job(publication.id, audience, language, target, language == own)
                        for target in TARGETS
                        if target in targets and target in wanted
                    )
        return jobs
