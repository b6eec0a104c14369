"""What an edition says of itself: its metadata, its identity, and how it is to be cited."""

from __future__ import annotations

import uuid

from msgspec.structs import replace

from builder.language import direction
from builder.model import Author, Contact, Job, Metadata
from builder.passes.text import smart
from builder.selection import Selection

_READ_BY_PEOPLE = (
    "title", "subtitle", "short_title", "series", "rights", "cite_as", "description", "audience",
)  # fmt: skip


def metadata_of(selection: Selection, interface: dict[str, str]) -> Metadata:
    """What the edition says about itself, the overrides of its audience included.

    `interface` are the interface words of the language, of which `comma` and `colon` are used.
    """
    shape, edition, job = selection.publication.shape, selection.edition, selection.job
    title = edition.title or shape.title
    subtitle = edition.subtitle or (shape.subtitle if edition.title is None else None) or ""
    authors = tuple(
        Author(
            author.name,
            author.affiliation or "",
            author.email or "",
            smart(author.about or "", shape.language),
        )
        for index, author in enumerate(shape.authors)
        if index in selection.authors
    )
    publisher, series, licence, contact = shape.publisher, shape.series, shape.licence, shape.contact
    metadata = Metadata(
        title=title,
        subtitle=subtitle,
        short_title=edition.short_title or shape.short_title or title,
        language=shape.language,
        direction=direction(shape.language),
        date=shape.date,
        authors=authors,
        publisher=publisher.name if publisher else "",
        publisher_place=(publisher.place or "") if publisher else "",
        publisher_url=(publisher.url or "") if publisher else "",
        identifier=shape.identifier or "",
        uuid=_identity(job.publication, job.edition),
        file_uuid=file_identity(job),
        translation_of="" if job.is_default_language else _identity(job.publication, job.audience),
        url=edition.url or shape.url or "",
        series=series.title if series else "",
        series_number=(series.number or "") if series else "",
        rights=shape.rights or "",
        licence_name=licence.name if licence else "",
        licence_url=(licence.url or "") if licence else "",
        contact=Contact(
            *((getattr(contact, key) or "") for key in ("name", "email", "url", "phone", "address"))
        )
        if contact
        else Contact(),
        cite_as=shape.cite_as or "",
        description=edition.description or shape.description or "",
        keywords=tuple(shape.keywords),
        audience=selection.audience_title,
        conforms_to=shape.accessibility.conforms_to if shape.accessibility else "",
        certified_by=shape.accessibility.certified_by if shape.accessibility else "",
    )
    words = {name: smart(getattr(metadata, name), shape.language).strip() for name in _READ_BY_PEOPLE}
    metadata = replace(metadata, **words)
    return metadata if metadata.cite_as else _with_citation(metadata, interface["comma"], interface["colon"])


def file_identity(job: Job) -> str:
    """The id that a finished PDF bears: that of its edition and kind, whatever it holds."""
    return _identity(job.publication, f"{job.edition}:{job.target}")


def _identity(publication: str, edition: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:edition-builder:{publication}:{edition}')}"


def _with_citation(metadata: Metadata, comma: str, colon: str) -> Metadata:
    names = comma.join(author.name for author in metadata.authors) or metadata.publisher
    title = f"{metadata.title}{colon}{metadata.subtitle}" if metadata.subtitle else metadata.title
    house = colon.join(filter(None, (metadata.publisher_place, metadata.publisher)))
    series = " ".join(filter(None, (metadata.series, metadata.series_number)))
    parts = [f"{names} ({metadata.date.year})" if names else str(metadata.date.year), title, series, house]
    return replace(metadata, cite_as=". ".join(filter(None, parts)) + ".")
