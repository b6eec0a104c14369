"""The files of an ebook: their lines in the manifest, and what each must be for its place in the publication."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from lxml import etree
from msgspec import Struct

from builder.writers.epub_xml import parsed, require

FOLDER = "EPUB"
"""Where EbookLib puts all files of a publication."""
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
_SEGMENT = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_-])?"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")  # the metadata's own ids begin with an underscore
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")


class Resource(Struct, frozen=True):
    """A finished file of the publication and its line in the manifest (EPUB 3.3, 5.6.2)."""

    id: str
    name: str
    """Path inside FOLDER: ASCII letters, digits, `_`, `.`, `-` and `/`."""
    media_type: str
    data: bytes
    properties: tuple[str, ...] = ()
    """Manifest properties beside those that `pack` finds out itself."""
    in_spine: bool = False
    """Whether the file stands in the reading order, which is the order of the resources."""


def check_names(resources: Sequence[Resource]) -> None:
    """Refuses names that are unsafe, or the same to some file system (EPUB 3.3, 4.2.3)."""
    ids: set[str] = set()
    names = {"content.opf"}  # the package document's own
    for resource in resources:
        require(_ID.fullmatch(resource.id), f"unsafe id {resource.id!r}")
        require(_NAME.fullmatch(resource.name), f"unsafe file name {resource.name!r}")
        require(_MEDIA_TYPE.fullmatch(resource.media_type), f"no media type: {resource.media_type!r}")
        for taken, value in ((ids, resource.id), (names, resource.name)):
            require(value.casefold() not in taken, f"'{value}' is there twice, letter case aside")
            taken.add(value.casefold())
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    require(not names & folders, f"both a file and a folder: {sorted(names & folders)}")


def check_pages(resources: Sequence[Resource], nav_id: str, page_break_source: str) -> None:
    """Refuses a page list that is not that of the page breaks in reading order (EPUB Accessibility 1.1, 4.1)."""
    breaks, lines = [], []
    for resource in resources:
        has_breaks = resource.in_spine and b"pagebreak" in resource.data
        if resource.media_type != XHTML_TYPE or not (has_breaks or resource.id == nav_id):
            continue
        for element in parsed(resource.data, resource.name).iter(f"{XHTML}*"):
            types = element.get(EPUB_TYPE, "").split()
            if "pagebreak" in types and resource.in_spine:
                breaks.append((f"{resource.name}#{element.get('id')}", element.get("aria-label")))
            if "page-list" in types and resource.id == nav_id:
                folder = posixpath.dirname(resource.name)
                lines = [
                    (posixpath.normpath(posixpath.join(folder, a.get("href", ""))), "".join(a.itertext()))
                    for a in element.iter(f"{XHTML}a")
                ]
    require(breaks == lines, "the page list does not name the page breaks in reading order")
    labels = [label for _, label in breaks]
    require(len(set(labels)) == len(labels), "a page is there twice")
    require(bool(breaks) == bool(page_break_source), "page breaks and their source go together")


def manifest_properties(resource: Resource, nav_id: str, cover_id: str | None) -> list[str]:
    """Checks a file against its place in the publication and works out its properties (EPUB 3.3, 5.6.2)."""
    name, media_type, properties = resource.name, resource.media_type, set(resource.properties)
    root = parsed(resource.data, name) if media_type.endswith(("+xml", "/xml")) else None
    if media_type == XHTML_TYPE:
        require(root.tag == f"{XHTML}html", f"{name}: the root is not an XHTML 'html' element")
        properties |= {*detect_properties(root)}
    else:
        require(resource.id != nav_id, f"{name}: the navigation document is not XHTML")
        require(not resource.in_spine or media_type == "image/svg+xml", f"{name}: {media_type} in the spine")
    if resource.id == nav_id:
        types = " ".join(nav.get(EPUB_TYPE, "") for nav in root.iter(f"{XHTML}nav")).split()
        require(types.count("toc") == 1, f"{name}: the navigation document does not have one 'toc'")
        properties |= {"nav"}
    if resource.id == cover_id:
        require(media_type.startswith("image/"), f"{name}: the cover is not an image")
        properties |= {"cover-image"}
    return sorted(properties)


def detect_properties(root: etree._Element) -> tuple[str, ...]:
    """Finds the manifest properties that a content document's own markup calls for (EPUB 3.3, 5.6.2)."""
    return tuple(name for name, path in MARKUP.items() if root.xpath(f"boolean({path})"))
