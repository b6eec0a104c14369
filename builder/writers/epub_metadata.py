"""What the package document of an ebook says about the publication, checked, as statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from msgspec import Struct

from builder import NAMESPACE
from builder.schema import CONFORMANCE
from builder.writers.epub_xml import require

# The first two are reserved, so needless in EPUB 3.3; but older reading systems know neither.
PREFIXES = (
    f"a11y: http://www.idpf.org/epub/vocab/package/a11y/# schema: http://schema.org/ builder: {NAMESPACE}"
)
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[!-~]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_POSITION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)*)?")


class PackageMetadata(Struct, frozen=True, kw_only=True):
    """What the package document says about the publication (EPUB 3.3, 5.5)."""

    identifier: str
    """A `urn:` identifier of this edition."""
    title: str
    subtitle: str = ""
    language: str
    direction: str = "ltr"
    """`ltr` or `rtl`: the direction of the metadata and of turning pages."""
    other_languages: tuple[str, ...] = ()
    """Languages of whole chapters beside the edition's own."""
    translation_of: str = ""
    """The identifier of the edition that this one translates."""
    creators: tuple[str, ...] = ()
    publisher: str = ""
    date: date
    modified: datetime
    """The last change, with a time zone; written in UTC to the second."""
    description: str = ""
    rights: str = ""
    subjects: tuple[str, ...] = ()
    series: str = ""
    series_number: str = ""
    """Integers joined by points, such as `3` or `98.4`; EPUB has no place for others."""
    source: str = ""
    page_break_source: str = ""
    """The identifier of the paginated edition that the page list follows."""
    access_modes: tuple[str, ...]
    access_modes_sufficient: tuple[str, ...]
    """Each a set of modes joined by commas, such as `textual,visual`."""
    access_features: tuple[str, ...]
    access_hazards: tuple[str, ...]
    access_summary: str
    conforms_to: str = ""
    """A claim of conformance: only for a publication that a person has evaluated."""
    certified_by: str = ""
    edition: str = ""
    """Publication and edition, such as `energy-brief/public`."""
    inputs: str = ""
    """The SHA-256 of all that the publication was made from."""
    generator: str = ""
    """The program that made it, with its version."""


def check_metadata(m: PackageMetadata) -> None:
    """Refuses values that no other check would catch (EPUB 3.3, 5.5; EPUB Accessibility 1.1)."""
    for holds, message in (
        (_URN.fullmatch(m.identifier), f"the identifier {m.identifier!r} is no URN"),
        (_LANGUAGE.fullmatch(m.language), f"{m.language!r} is no language tag"),
        (m.direction in ("ltr", "rtl"), f"the direction {m.direction!r} is neither ltr nor rtl"),
        (m.modified.tzinfo, "the time of the last change has no time zone"),
        (m.series or not m.series_number, "there is a series number but no series"),
        (_POSITION.fullmatch(m.series_number), f"{m.series_number!r} is not made of integers and points"),
        (m.page_break_source != m.identifier, "the publication names itself as its paginated source"),
        (m.access_modes and m.access_modes_sufficient, "there are no access modes"),
        (m.access_features and m.access_hazards, "accessibility features or hazards are not stated"),
        (bool(m.conforms_to) == bool(m.certified_by), "a conformance claim and its certifier go together"),
        (
            not m.conforms_to or CONFORMANCE.fullmatch(m.conforms_to),
            f"{m.conforms_to!r} is not a known conformance claim",
        ),
    ):
        require(holds, message)


def statements(m: PackageMetadata) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yields property, text and attributes of each statement about the publication."""
    modified = m.modified.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    yield "dc:identifier", m.identifier, {"id": "_identifier"}
    yield "dc:title", m.title, {"id": "_title"}
    if m.subtitle:
        yield "title-type", "main", {"refines": "#_title"}
        yield "dc:title", m.subtitle, {"id": "_subtitle"}
        yield "title-type", "subtitle", {"refines": "#_subtitle"}
    yield from (("dc:language", language, {}) for language in (m.language, *m.other_languages))
    yield "dc:date", m.date.isoformat(), {}
    yield "dcterms:modified", f"{modified.isoformat()}Z", {}
    for number, creator in enumerate(m.creators, start=1):
        yield "dc:creator", creator, {"id": f"_creator-{number}"}
        yield "role", "aut", {"refines": f"#_creator-{number}", "scheme": "marc:relators"}
    if m.series:
        yield "belongs-to-collection", m.series, {"id": "_series"}
        yield "collection-type", "series", {"refines": "#_series"}
        if m.series_number:
            yield "group-position", m.series_number, {"refines": "#_series"}
    optional = {"dc:publisher": m.publisher, "dc:description": m.description, "dc:rights": m.rights}
    optional |= {"dc:source": m.source, "schema:translationOfWork": m.translation_of}
    optional |= {"builder:edition": m.edition, "builder:inputs": m.inputs}
    yield from ((name, text, {}) for name, text in optional.items() if text)
    if m.page_break_source:
        yield "pageBreakSource", m.page_break_source, {}
        # EPUB 3.2 had no property for it: what reads that alone finds it here.
        yield "dc:source", m.page_break_source, {"id": "_pages"}
        yield "source-of", "pagination", {"refines": "#_pages"}
    for name, texts in (
        ("dc:subject", m.subjects),
        ("schema:accessMode", m.access_modes),
        ("schema:accessModeSufficient", m.access_modes_sufficient),
        ("schema:accessibilityFeature", m.access_features),
        ("schema:accessibilityHazard", m.access_hazards),
        ("schema:accessibilitySummary", (m.access_summary,)),
    ):
        yield from ((name, text, {}) for text in texts)
    if m.conforms_to:
        yield "dcterms:conformsTo", m.conforms_to, {"id": "_conformance"}
        yield "a11y:certifiedBy", m.certified_by, {"refines": "#_conformance"}
