"""EbookLib behind one door: finished files go in, a reproducible EPUB 3.3 container comes out.

EbookLib 0.20 guesses, repairs and swallows. So it gets raw bytes under checked names and nothing to guess,
and what it would let pass in silence is an `EpubPackageError` here.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from ebooklib import epub
from lxml import etree

from builder.writers.epub_metadata import PREFIXES, PackageMetadata, check_metadata, statements
from builder.writers.epub_resources import FOLDER, Resource, check_names, check_pages, manifest_properties
from builder.writers.epub_xml import collapsed, require


def pack(
    metadata: PackageMetadata, resources: Sequence[Resource], *, nav_id: str, cover_id: str | None = None
) -> bytes:
    """Packs finished files into an EPUB 3.3 container, the same bytes for the same input."""
    check_metadata(metadata)
    check_names(resources)
    ids = {resource.id for resource in resources}
    require(nav_id in ids, f"there is no navigation document '{nav_id}'")
    require(cover_id is None or cover_id in ids, f"there is no cover image '{cover_id}'")
    require(any(resource.in_spine for resource in resources), "the spine is empty")
    check_pages(resources, nav_id, metadata.page_break_source)
    book = epub.EpubBook()
    book.IDENTIFIER_ID = "_identifier"
    book.direction = metadata.direction
    for resource in resources:
        # Never EpubHtml, EpubNav or EpubCover: they rewrite the document or its properties.
        item = epub.EpubItem(resource.id, resource.name, resource.media_type, resource.data)
        item.properties = manifest_properties(resource, nav_id, cover_id)
        book.add_item(item)
        if resource.in_spine:
            book.spine.append(item)
    draft = io.BytesIO()
    _PackageWriter(draft, book, metadata, cover_id).write()
    with zipfile.ZipFile(draft) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    lost = [resource.name for resource in resources if files.get(f"{FOLDER}/{resource.name}") != resource.data]
    require(not lost and len(files) == len(resources) + 3, f"EbookLib changed or lost files: {lost}")
    return _zipped(files)


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
        for name, text, attributes in statements(self._metadata):
            text = collapsed(text, f"metadata '{name}'")
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


def _zipped(files: dict[str, bytes]) -> bytes:
    """Writes the container with nothing of the day, the machine or the user in it (EPUB 3.3, 4.3)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files, key=lambda name: (name != "mimetype", name)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return buffer.getvalue()
