"""EbookLib behind one door: finished files go in, a reproducible EPUB 3.3 container comes out.

EbookLib 0.20 guesses, repairs and swallows. So it gets raw bytes under checked names and nothing to guess,
and what it would let pass in silence is an `EpubPackageError` here.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from ebooklib import epub
from lxml import etree

from builder import NAMESPACE
from builder.schema import CONFORMANCE

XHTML_TYPE = "application/xhtml+xml"
XHTML = "{http://www.w3.org/1999/xhtml}"
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
# What in a content document calls for a manifest property; a script of another type is a block of data.
MARKUP = {
    "mathml": "//*[namespace-uri() = 'http://www.w3.org/1998/Math/MathML']",
    "remote-resources": "(//@src | //@poster)[starts-with(., 'http:') or starts-with(., 'https:')]",
    "scripted": "//*[local-name() = 'form'] | //@*[starts-with(name(), 'on')] | //*[local-name() = 'script']"
    "[contains(@type, 'script') or @type = 'module' or not(normalize-space(@type))]",
    "svg": "//*[namespace-uri() = 'http://www.w3.org/2000/svg']",
}
# The first two are reserved, so needless in EPUB 3.3; but older reading systems know neither.
PREFIXES = f"a11y: http://www.idpf.org/epub/vocab/package/a11y/# schema: http://schema.org/ builder: {NAMESPACE}"
_SEGMENT = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_-])?"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")  # the metadata's own ids begin with an underscore
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[!-~]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_POSITION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)*)?")
# What XML 1.0 forbids, and what it allows but no text needs: C1 controls, U+007F, noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class EpubPackageError(ValueError):
    """Says why the files cannot become a correct EPUB."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A finished file of the publication and its line in the manifest (EPUB 3.3, 5.6.2)."""

    id: str
    name: str
    """Path inside the folder `EPUB/`: ASCII letters, digits, `_`, `.`, `-` and `/`."""
    media_type: str
    data: bytes
    properties: tuple[str, ...] = ()
    """Manifest properties beside those that `pack` finds out itself."""
    in_spine: bool = False
    """Whether the file stands in the reading order, which is the order of the resources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageMetadata:
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


def pack(
    metadata: PackageMetadata, resources: Sequence[Resource], *, nav_id: str, cover_id: str | None = None
) -> bytes:
    """Packs finished files into an EPUB 3.3 container, the same bytes for the same input."""
    _check_metadata(metadata)
    _check_names(resources)
    ids = {resource.id for resource in resources}
    _require(nav_id in ids, f"there is no navigation document '{nav_id}'")
    _require(cover_id is None or cover_id in ids, f"there is no cover image '{cover_id}'")
    _require(any(resource.in_spine for resource in resources), "the spine is empty")
    _check_pages(metadata, resources, nav_id)
    book = epub.EpubBook()
    book.IDENTIFIER_ID = "_identifier"
    book.direction = metadata.direction
    for resource in resources:
        # Never EpubHtml, EpubNav or EpubCover: they rewrite the document or its properties.
        item = epub.EpubItem(resource.id, resource.name, resource.media_type, resource.data)
        item.properties = _manifest_properties(resource, nav_id, cover_id)
        book.add_item(item)
        if resource.in_spine:
            book.spine.append(item)
    draft = io.BytesIO()
    _PackageWriter(draft, book, metadata, cover_id).write()
    with zipfile.ZipFile(draft) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    lost = [resource.name for resource in resources if files.get(f"EPUB/{resource.name}") != resource.data]
    _require(not lost and len(files) == len(resources) + 3, f"EbookLib changed or lost files: {lost}")
    return _zipped(files)


def detect_properties(xhtml: bytes) -> tuple[str, ...]:
    """Finds the manifest properties that a content document's own markup calls for (EPUB 3.3, 5.6.2)."""
    return _detected(_parsed(xhtml, "the document"))


class _Draft(zipfile.ZipFile):
    """A container that does not ask for the time: a clock that stands in 1970 knows none that it could write."""

    def writestr(self, name: str, data: str | bytes, **_: object) -> None:
        super().writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)


class _PackageWriter(epub.EpubWriter):
    """EbookLib's writer, with a package document of EPUB 3.3."""

    def __init__(self, out: io.BytesIO, book: epub.EpubBook, metadata: PackageMetadata, cover_id: str | None):
        super().__init__(out, book, {"package_direction": True})
        self._metadata = metadata
        self._cover_id = cover_id

    def write(self) -> None:
        with _Draft(self.file_name, "w") as self.out:
            self.out.writestr("mimetype", "application/epub+zip")
            self._write_container()
            self._write_opf()
            self._write_items()

    def _write_opf_metadata(self, root: etree._Element) -> None:
        root.set(f"{{{epub.NAMESPACES['XML']}}}lang", self._metadata.language)
        root.set("prefix", PREFIXES)
        dc = epub.NAMESPACES["DC"]
        section = etree.SubElement(root, "metadata", nsmap={"dc": dc})
        for name, text, attributes in _statements(self._metadata):
            text = _normal(text, f"metadata '{name}'")
            if name.startswith("dc:"):
                etree.SubElement(section, f"{{{dc}}}{name[3:]}", attributes).text = text
            else:
                etree.SubElement(section, "meta", {"property": name, **attributes}).text = text
        if self._metadata.generator:
            etree.SubElement(section, "meta", {"name": "generator", "content": self._metadata.generator})
        if self._cover_id:  # EPUB 2; some shelves still take their pictures from it
            etree.SubElement(section, "meta", {"name": "cover", "content": self._cover_id})

    def _write_opf_spine(self, root: etree._Element, ncx_id: str | None) -> None:
        super()._write_opf_spine(root, ncx_id)
        del root.find("spine").attrib["toc"]  # it names an NCX, which EPUB 3 does not need


def _statements(m: PackageMetadata) -> Iterator[tuple[str, str, dict[str, str]]]:
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


def _require(holds: object, message: str) -> None:
    if not holds:
        raise EpubPackageError(message)


def _require_legal(text: str, place: str) -> None:
    if found := _FORBIDDEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise EpubPackageError(f"{place}, line {line}: forbidden character U+{ord(found[0]):04X}")


def _normal(text: str, place: str) -> str:
    """Collapses white space as reading systems do (EPUB 3.3, 5.5.2)."""
    _require_legal(text, place)
    text = re.sub(r"[ \t\r\n]+", " ", text).strip(" ")
    _require(text, f"{place} is empty")
    return text


def _check_metadata(m: PackageMetadata) -> None:
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
        _require(holds, message)


def _check_names(resources: Sequence[Resource]) -> None:
    """Refuses names that are unsafe, or the same to some file system (EPUB 3.3, 4.2.3)."""
    ids: set[str] = set()
    names = {"content.opf"}  # the package document's own
    for resource in resources:
        _require(_ID.fullmatch(resource.id), f"unsafe id {resource.id!r}")
        _require(_NAME.fullmatch(resource.name), f"unsafe file name {resource.name!r}")
        _require(_MEDIA_TYPE.fullmatch(resource.media_type), f"no media type: {resource.media_type!r}")
        for taken, value in ((ids, resource.id), (names, resource.name)):
            _require(value.casefold() not in taken, f"'{value}' is there twice, letter case aside")
            taken.add(value.casefold())
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    _require(not names & folders, f"both a file and a folder: {sorted(names & folders)}")


def _check_pages(m: PackageMetadata, resources: Sequence[Resource], nav_id: str) -> None:
    """Refuses a page list that is not that of the page breaks in reading order (EPUB Accessibility 1.1, 4.1)."""
    breaks, lines = [], []
    for resource in (each for each in resources if each.in_spine or each.id == nav_id):
        root = _parsed(resource.data, resource.name) if resource.media_type == XHTML_TYPE else None
        for element in () if root is None else root.iter(f"{XHTML}*"):
            types = element.get(EPUB_TYPE, "").split()
            if "pagebreak" in types and resource.in_spine:
                breaks.append((f"{resource.name}#{element.get('id')}", element.get("aria-label")))
            if "page-list" in types and resource.id == nav_id:
                folder = posixpath.dirname(resource.name)
                lines = [
                    (posixpath.normpath(posixpath.join(folder, a.get("href", ""))), "".join(a.itertext()))
                    for a in element.iter(f"{XHTML}a")
                ]
    _require(breaks == lines, "the page list does not name the page breaks in reading order")
    labels = [label for _, label in breaks]
    _require(len(set(labels)) == len(labels), "a page is there twice")
    _require(bool(breaks) == bool(m.page_break_source), "page breaks and their source go together")


def _manifest_properties(resource: Resource, nav_id: str, cover_id: str | None) -> list[str]:
    """Checks a file against its place in the publication and works out its properties (EPUB 3.3, 5.6.2)."""
    name, media_type, properties = resource.name, resource.media_type, set(resource.properties)
    root = _parsed(resource.data, name) if media_type.endswith(("+xml", "/xml")) else None
    if media_type == XHTML_TYPE:
        _require(root.tag == f"{XHTML}html", f"{name}: the root is not an XHTML 'html' element")
        properties.update(_detected(root))
    else:
        _require(resource.id != nav_id, f"{name}: the navigation document is not XHTML")
        _require(not resource.in_spine or media_type == "image/svg+xml", f"{name}: {media_type} in the spine")
    if resource.id == nav_id:
        types = " ".join(nav.get(EPUB_TYPE, "") for nav in root.iter(f"{XHTML}nav")).split()
        _require(types.count("toc") == 1, f"{name}: the navigation document does not have one 'toc'")
        properties.add("nav")
    if resource.id == cover_id:
        _require(media_type.startswith("image/"), f"{name}: the cover is not an image")
        properties.add("cover-image")
    return sorted(properties)


def _parsed(data: bytes, name: str) -> etree._Element:
    """Reads XML 1.0 in UTF-8 without repair, entities or network (EPUB 3.3, 3.9)."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        _require_legal(data.decode(), name)
        root = etree.fromstring(data, parser)
    except (UnicodeDecodeError, etree.XMLSyntaxError) as error:
        reason = getattr(error, "msg", error)
        raise EpubPackageError(f"{name}: not well-formed XML in UTF-8: {reason}") from error
    info = root.getroottree().docinfo
    _require((info.xml_version, info.encoding.upper()) == ("1.0", "UTF-8"), f"{name}: not XML 1.0 in UTF-8")
    # The parser drops an entity from an attribute in silence where an external DTD might declare it.
    _require(not (info.public_id or info.system_url), f"{name}: names an external DTD")
    _require(info.internalDTD is None or not list(info.internalDTD.iterentities()), f"{name}: has entities")
    return root


def _detected(root: etree._Element) -> tuple[str, ...]:
    return tuple(name for name, path in MARKUP.items() if root.xpath(f"boolean({path})"))


def _zipped(files: dict[str, bytes]) -> bytes:
    """Writes the container with nothing of the day, the machine or the user in it (EPUB 3.3, 4.3)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files, key=lambda name: (name != "mimetype", name)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()
