"""What `load` makes of the content folder: a project, its publications and their sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builder.conditions import CONDITION_KEYS, TARGETS, Vocabulary
from builder.diagnostics import Span
from builder.model import Job
from builder.schema import AudienceShape, DataShape, EditionShape, FrontShape, PublicationShape
from builder.sources import Source


@dataclass(frozen=True, slots=True)
class Body:
    """A Markdown text and the line of the file on which it begins."""

    text: str
    first_line: int


@dataclass(frozen=True, slots=True)
class Section:
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

    @property
    def anchor(self) -> str:
        """The id of the section in the output."""
        return f"{'part' if self.kind == 'part' else 'sec'}-{self.id}"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A reusable text."""

    name: str
    path: str
    body: Body
    conditions: tuple[tuple[str, str, Span], ...]


@dataclass(frozen=True, slots=True)
class Publication:
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
    data: dict[str, tuple[str, DataShape]]
    """Conditions on the columns of CSV files, by the file's path, with the key under `data`."""

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


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that was read from `content/`."""

    vocabulary: Vocabulary
    audiences: dict[str, AudienceShape]
    publications: tuple[Publication, ...]

    def publication(self, name: str) -> Publication:
        """The publication of that id; raises KeyError."""
        return next(p for p in self.publications if p.id == name)

    def jobs(self) -> list[Job]:
        """Every deliverable that the project declares, in a fixed order."""
        jobs = []
        for publication in self.publications:
            for audience in publication.shape.editions:
                targets = publication.edition(audience).targets or self.audiences[audience].targets
                jobs.extend(
                    Job(publication.id, audience, publication.shape.language, target)
                    for target in TARGETS
                    if target in targets
                )
        return jobs
