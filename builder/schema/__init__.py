"""The shapes that people write: audiences.yaml, publication.yaml, front matter."""

from builder.schema.audiences import (
    AudienceShape,
    AudiencesShape,
    AudienceTranslationShape,
    BookletShape,
    WithheldReferencesShape,
)
from builder.schema.front import FrontShape, SnippetShape, TranslatedFrontShape, TranslatedSnippetShape
from builder.schema.publication import (
    AccessibilityShape,
    AuthorShape,
    ConditionShape,
    ContactShape,
    CoverShape,
    DataShape,
    EditionShape,
    EditionTranslationShape,
    EntryShape,
    LicenceShape,
    PublicationShape,
    PublisherShape,
    SeriesShape,
    TranslationShape,
)
from builder.schema.values import (
    ALTERNATIVES,
    CONFORMANCE,
    ROLES,
    Layout,
    Name,
    Shape,
    is_folder_name,
    matching,
)

__all__ = [
    "ALTERNATIVES", "CONFORMANCE", "ROLES", "AccessibilityShape", "AudienceShape", "AudienceTranslationShape", "AudiencesShape",
    "AuthorShape", "BookletShape", "ConditionShape", "ContactShape", "CoverShape", "DataShape", "EditionShape",
    "EditionTranslationShape", "EntryShape", "FrontShape", "Layout", "LicenceShape", "Name", "PublicationShape",
    "PublisherShape", "SeriesShape", "Shape", "SnippetShape", "TranslatedFrontShape", "TranslatedSnippetShape",
    "TranslationShape", "WithheldReferencesShape", "is_folder_name", "matching",
]  # fmt: skip
