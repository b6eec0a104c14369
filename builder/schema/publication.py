"""The shape of publication.yaml: what a publication says of itself, its sections, its editions, its translations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from builder.schema.audiences import BookletShape, WithheldReferences
from builder.schema.values import (
    Alternative,
    Condition,
    Conformance,
    Format,
    Identifier,
    Language,
    Layout,
    Lint,
    Missing,
    Name,
    Numbering,
    Shape,
    Target,
    Url,
)  # fmt: skip
from builder.sources import Day, Flag, LongText, Text, Whole


class AuthorShape(Shape):
    """Somebody who signs; with conditions, only in the editions that may name them."""

    name: Text
    affiliation: Text | None = None
    email: Text | None = None
    about: LongText | None = None
    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]


class PublisherShape(Shape):
    """The house that publishes."""

    name: Text
    place: Text | None = None
    url: Url | None = None


class SeriesShape(Shape):
    """The series that a publication belongs to."""

    title: Text
    number: Text | None = None


class LicenceShape(Shape):
    """The licence of the text."""

    name: Text
    url: Url | None = None


class ContactShape(Shape):
    """Where readers write or call, also for alternative formats."""

    name: Text | None = None
    email: Text | None = None
    url: Url | None = None
    phone: Text | None = None
    address: Text | None = None


class AccessibilityShape(Shape):
    """A claim for the ebooks: which standard they keep, and who has evaluated them."""

    conforms_to: Conformance
    certified_by: Text


class ConditionShape(Shape):
    """Conditions on a column of data."""

    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]


class DataShape(Shape):
    """Conditions on one CSV file, and on its columns."""

    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]
    columns: dict[Text, ConditionShape] = {}


class CoverShape(Shape):
    """The figures that the cover is drawn from: a column a ridge, or with `by` one ridge for each of its values."""

    data: Text
    values: list[Text] = Field(min_length=1)
    by: Text | None = None
    where: Text | None = None


class EntryShape(Shape):
    """One line of `sections`: a file, or a part that groups files."""

    file: Text | None = None
    part: Text | None = None
    id: Name | None = None
    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]
    redact: Name = None  # type: ignore[assignment]
    tags: list[Name] = []
    sections: list[SectionEntry] = []

    @model_validator(mode="after")
    def _is_file_or_part(self) -> EntryShape:
        if (self.file is None) == (self.part is None):
            raise ValueError(
                "expected either 'file' or 'part'",
                "write the name of a file, or 'part: title' with 'sections:' below it",
            )
        if self.part is not None and not self.sections:
            raise ValueError("a part without sections", "add 'sections:' with the files that it holds")
        if self.file is not None and self.id is not None:
            raise ValueError("an id on a file", "move the id into the front matter of the file")
        return self


def _plain_file(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


SectionEntry = Annotated[EntryShape, BeforeValidator(_plain_file)]


class EditionTranslationShape(Shape):
    """What an edition says otherwise than its publication, in another language."""

    title: Text | None = None
    subtitle: Text | None = None
    short_title: Text | None = None
    description: LongText | None = None
    url: Url | None = None


class EditionShape(Shape):
    """What one edition says otherwise than its audience and its publication."""

    title: Text | None = None
    subtitle: Text | None = None
    short_title: Text | None = None
    description: LongText | None = None
    url: Url | None = None
    theme: Name | None = None
    layout: Layout | None = None
    format: Format | None = None
    booklet: BookletShape | None = None
    targets: Annotated[list[Target], Field(min_length=1)] | None = None
    clearance: Name = None  # type: ignore[assignment]
    max_pages: Whole | None = Field(default=None, ge=1)
    max_words: Whole | None = Field(default=None, ge=1)
    alternative: Alternative | None = None
    alternatives: dict[Name, Alternative] = {}
    fit: Flag = False
    sections: Annotated[list[Name], Field(min_length=1)] | None = None
    tags: Condition = None  # type: ignore[assignment]
    withheld: Literal["drop", "redact"] = "drop"
    numbering: Numbering | None = None
    languages: Annotated[list[Language], Field(min_length=1)] | None = None
    missing: Missing | None = None
    translations: dict[Language, EditionTranslationShape] = {}


class TranslationShape(Shape):
    """What a publication says of itself in another language; what it leaves out is not printed."""

    title: Text
    subtitle: Text | None = None
    short_title: Text | None = None
    description: LongText | None = None
    identifier: Identifier | None = None
    url: Url | None = None
    rights: LongText | None = None
    cite_as: LongText | None = None
    keywords: list[Text] = []
    parts: dict[Name, Text] = {}
    names: dict[Text, Text] = {}
    variables: dict[Text, LongText] = {}
    abbreviations: dict[Text, Text] = {}
    targets: Annotated[list[Target], Field(min_length=1)] | None = None


class PublicationShape(Shape):
    """publication.yaml."""

    title: Text
    subtitle: Text | None = None
    short_title: Text | None = None
    language: Language
    date: Day
    authors: list[AuthorShape] = []
    publisher: PublisherShape | None = None
    identifier: Identifier | None = None
    url: Url | None = None
    series: SeriesShape | None = None
    rights: LongText | None = None
    licence: LicenceShape | None = None
    contact: ContactShape | None = None
    accessibility: AccessibilityShape | None = None
    cite_as: LongText | None = None
    description: LongText | None = None
    keywords: list[Text] = []
    default_clearance: Name
    variables: dict[Text, LongText] = {}
    abbreviations: dict[Text, Text] = {}
    references: Text | None = None
    citation_style: Text = "numeric"
    data: dict[Text, DataShape] = {}
    cover: CoverShape | None = None
    withheld_references: WithheldReferences | None = None
    numbering: Numbering = "continuous"
    entities: dict[Text, Literal["c1", "c2", "c3", "c4", "mute"]] = {}
    sections: list[SectionEntry] = Field(min_length=1)
    editions: dict[Name, EditionShape | None] = Field(min_length=1)
    missing: Missing = "error"
    lint: Lint = {}
    translations: dict[Language, TranslationShape] = {}


EntryShape.model_rebuild()
PublicationShape.model_rebuild()
