"""The shapes of front matter: of sections, snippets, and the translations of both."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from builder.schema.values import Condition, Name, Role, Shape
from builder.sources import Flag, LongText, Text, Whole


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


class SnippetShape(Shape):
    """The front matter of a snippet; it may be left out."""

    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]
    redact: Name = None  # type: ignore[assignment]


class TranslatedSnippetShape(Shape):
    """The front matter of a snippet's translation."""

    audience: Condition = None  # type: ignore[assignment]
    clearance: Name = None  # type: ignore[assignment]
    translates: Text | None = None
