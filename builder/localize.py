"""A publication in another of its languages: the same sections in their translations, the same house by its names."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from builder.project import Publication, Section, Texts
from builder.schema import EditionShape, EditionTranslationShape, PublicationShape, TranslationShape


def localize(publication: Publication, audience: str, language: str) -> Publication:
    """The publication as one edition of that language has it; as it is in its own language.

    Sections without a translation stay in the language of the source, which their `language` says.
    """
    own = publication.shape.translations.get(language)
    if own is None:
        return publication
    texts = publication.texts(language)
    edition = _edition(publication.edition(audience), language)
    shape = publication.shape.model_copy(
        update={
            **_metadata(publication.shape, own, texts),
            "language": language,
            "entities": {
                each: colour
                for name, colour in publication.shape.entities.items()
                for each in (name, texts.name(name))
            },
            "editions": {**publication.shape.editions, audience: edition},
        }
    )
    sections = tuple(_section(section, language) for section in publication.sections)
    return replace(publication, shape=shape, sections=sections)


def _section(section: Section, language: str) -> Section:
    children = tuple(_section(child, language) for child in section.children)
    return replace(section.translations.get(language, section), children=children)


def _edition(edition: EditionShape, language: str) -> EditionShape:
    words = edition.translations.get(language) or EditionTranslationShape()
    return edition.model_copy(
        update={key: getattr(words, key) for key in EditionTranslationShape.model_fields}
    )


def _metadata(shape: PublicationShape, own: TranslationShape, texts: Texts) -> dict[str, Any]:
    """Words are those of the translation or none; names and legal texts may stay as they are."""

    def named(value: Any, *keys: str) -> Any:
        changes = {key: texts.name(getattr(value, key)) for key in keys if getattr(value, key, None)}
        return value.model_copy(update=changes) if value is not None else None

    return {
        **{
            key: getattr(own, key)
            for key in ("title", "subtitle", "short_title", "description", "identifier", "url")
        },
        "cite_as": own.cite_as,
        "rights": own.rights or shape.rights,
        "keywords": own.keywords or [texts.name(word) for word in shape.keywords],
        "authors": [named(author, "name", "affiliation", "about") for author in shape.authors],
        "publisher": named(shape.publisher, "name", "place"),
        "series": named(shape.series, "title"),
        "licence": named(shape.licence, "name"),
        "contact": named(shape.contact, "name", "address"),
    }
