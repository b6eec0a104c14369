"""The shape of audiences.yaml: the ladder, the tags, and for whom editions are made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from builder.schema.values import Alternative, Format, Language, Lint, Name, Shape, Target
from builder.sources import LongText, Text, Whole


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
