"""The shapes that people write: audiences.yaml, publication.yaml, front matter."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from builder.codes import LINT
from builder.conditions import TARGETS
from builder.diagnostics import did_you_mean
from builder.formats import FORMATS
from builder.markdown.vocabulary import LANGUAGE
from builder.sources import Day, Flag, LongText, Text, Whole

CONFORMANCE = re.compile(r"EPUB Accessibility 1\.[12] - WCAG 2\.[0-2] Level A{1,3}")
"""What an ebook may claim (EPUB Accessibility 1.1, 2.3: exactly these letters and spaces)."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
"""Names that Windows gives to devices: no folder can be called so there, and finished files go everywhere."""


def is_folder_name(value: str) -> bool:
    """Whether a name can be that of a folder of finished files."""
    return bool(_NAME.fullmatch(value)) and len(value) <= 64 and not _DEVICES.fullmatch(value)


def _check_name(value: str) -> str:
    if not _NAME.fullmatch(value) or len(value) > 64:
        raise ValueError(
            "expected a short name", "use small letters, digits and single hyphens, as in 'energy-2030'"
        )
    return value


def _check_language(value: str) -> str:
    if not LANGUAGE.fullmatch(value):
        raise ValueError("expected a language tag", "write a tag of BCP 47, such as en, mn or zh-Hans")
    return value


def _check_identifier(value: str) -> str:
    if not re.fullmatch(r"(isbn:[0-9Xx -]{10,17}|doi:10\.\S+/\S+|urn:\S+:\S+)", value):
        raise ValueError("expected an identifier", "write isbn:…, doi:10.…/… or urn:…:…, or delete the line")
    return value


def _check_conformance(value: str) -> str:
    if not CONFORMANCE.fullmatch(value):
        raise ValueError(
            "expected a conformance claim",
            "write it letter by letter as in 'EPUB Accessibility 1.1 - WCAG 2.2 Level AA'",
        )
    return value


def _check_url(value: str) -> str:
    if not re.fullmatch(r"(https?://|mailto:)[^\s<>\"]+", value):
        raise ValueError("expected a web address", "begin with https://")
    return value


def _check_rule(value: str) -> str:
    if value not in LINT:
        raise ValueError("expected the code of a rule of the linter", did_you_mean(value, LINT))
    return value


def _refuse_proof(value: Any) -> Any:
    if value in ("proof", "proof copy"):
        raise ValueError(
            "a proof copy is for reviewers and can't be a target of an edition",
            "delete it here, and make one with: builder proof PUBLICATION",
        )
    return value


def _join_list(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " or ".join(f"({item})" for item in value)
    return value


Name = Annotated[str, AfterValidator(_check_name)]
Language = Annotated[str, AfterValidator(_check_language)]
Url = Annotated[str, AfterValidator(_check_url)]
Lint = dict[Annotated[str, AfterValidator(_check_rule)], Literal["off", "warning", "error"]]
"""How rules of the linter weigh, by code."""
Condition = Annotated[str, BeforeValidator(_join_list)]
"""An expression over declared names. A field of it may be left out, but not be there and empty:
a condition that says nothing must never mean that everybody may see."""
Target = Annotated[Literal[tuple(TARGETS)], BeforeValidator(_refuse_proof)]  # type: ignore[valid-type]
Layout = Literal["report", "brief"]
Format = Literal[tuple(FORMATS)]  # type: ignore[valid-type]
ALTERNATIVES = ("full", "short", "one_line")
Alternative = Literal["full", "short", "one_line"]
Numbering = Literal["continuous", "stable"]
ROLES = (
    "chapter", "summary", "preface", "conclusion", "appendix", "glossary", "bibliography", "authors",
)  # fmt: skip
Role = Literal[ROLES]  # type: ignore[valid-type]
Missing = Literal["error", "source", "omit"]
"""What an edition does where a translation is missing."""


class Shape(BaseModel):
    """The base of every authored shape: unknown keys are errors, nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WithheldReferencesShape(Shape):
    """What becomes of a reference to something that an edition withholds."""

    action: Literal["error", "drop"] = "error"
    text: Text | None = None


def _plain_action(value: Any) -> Any:
    return {"action": value} if isinstance(value, str) else value


WithheldReferences = Annotated[WithheldReferencesShape, BeforeValidator(_plain_action)]


class BookletShape(Shape):
    """How booklets are made: the size of their pages, and how thick a sheet of their paper is, in micrometres.

    Paper of 80 g/m² has about 100 (JCP O-63, September 2007: 3.8 mils, or 97, for copier paper of 21 or 22 pounds).
    """

    format: Format | None = None
    thickness: Whole = Field(default=100, ge=0, le=500)


class AudienceTranslationShape(Shape):
    """An audience in another language."""

    title: Text


class AudienceShape(Shape):
    """One audience of audiences.yaml."""

    title: Text
    description: LongText = ""
    clearance: Name
    theme: Name = "meridian"
    format: Format = "A4"
    booklet: BookletShape = BookletShape()
    targets: list[Target] = Field(default=["pdf", "epub"], min_length=1)
    max_pages: Whole | None = Field(default=None, ge=1)
    max_words: Whole | None = Field(default=None, ge=1)
    max_reading_score: Whole | None = Field(default=None, ge=1)
    alternative: Alternative = "full"
    translations: dict[Language, AudienceTranslationShape] = {}


class AudiencesShape(Shape):
    """audiences.yaml: the ladder, the tags and the audiences of a project."""

    clearances: list[Name] = Field(min_length=1)
    tags: list[Name] = []
    audiences: dict[Name, AudienceShape] = Field(min_length=1)
    redaction_reasons: dict[Name, Text] = {}
    withheld_references: WithheldReferences = WithheldReferencesShape()
    lint: Lint = {}


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

    conforms_to: Annotated[str, AfterValidator(_check_conformance)]
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
    identifier: Annotated[str, AfterValidator(_check_identifier)] | None = None
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
    identifier: Annotated[str, AfterValidator(_check_identifier)] | None = None
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


class FrontShape(Shape):
    """The front matter of a section file."""

    id: Name
    title: Text
    short_title: Text | None = None
    standfirst: LongText | None = None
    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]
    redact: Name = None  # type: ignore[assignment]
    tags: list[Name] = []
    role: Role = "chapter"
    numbered: Flag | None = None
    priority: Whole = Field(default=5, ge=1, le=9)
    short: LongText | None = None
    one_line: LongText | None = None


class TranslatedFrontShape(Shape):
    """The front matter of a section's translation; all else is that of its source."""

    id: Name | None = None
    title: Text
    short_title: Text | None = None
    standfirst: LongText | None = None
    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]
    short: LongText | None = None
    one_line: LongText | None = None
    translates: Text | None = None
    status: Literal["draft", "reviewed"] = "reviewed"


class TranslatedSnippetShape(Shape):
    """The front matter of a snippet's translation."""

    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]
    translates: Text | None = None


class SnippetShape(Shape):
    """The front matter of a snippet; it may be left out."""

    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]
    redact: Name = None  # type: ignore[assignment]


EntryShape.model_rebuild()
PublicationShape.model_rebuild()
