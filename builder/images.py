"""Pictures: found inside the project, known by their first bytes, of a bearable size."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from builder.bare import bare
from builder.diagnostics import Checked, Diagnostic, Severity, Span
from builder.embedded import with_bare_pictures
from builder.world import ABSENT, PathRefused, World

MAX_PIXELS = 40_000_000
"""The largest raster picture, in pixels, read from its header."""
MAX_BYTES = 40_000_000
_FORMATS = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "GIF": ("image/gif", "gif")}
_URLS = re.compile(r"url\(\s*([^)]*)")
_SVG_SPACES = {
    None,
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/XML/1998/namespace",
}
_SVG_REFUSED = {"script", "foreignObject", "iframe", "object", "embed", "audio", "video", "set", "animate"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that both engines can show."""

    path: str
    data: bytes
    media_type: str
    suffix: str
    width: int
    """In pixels; 0 where an SVG does not say."""
    height: int


def read_picture(world: World, reference: str, folder: str, span: Span) -> Checked[Picture | None]:
    """Finds and checks one picture.

    A reference out of the project is an error. A remote, missing or unreadable picture is a warning:
    the edition prints its alternative text in its place.
    """
    given, reference = reference, unquote(reference)
    try:
        path = world.locate(given, folder)
    except PathRefused as problem:
        weight = Severity.WARNING if problem.code == "remote-file" else Severity.ERROR
        return Checked(None, (Diagnostic(problem.code, problem.message, span, problem.hint or None, weight),))
    status = world.status(path)
    if status != "file":
        return _no_picture(f"'{reference}' {ABSENT.get(status, status)}", span, "missing-image")
    try:
        data = world.read_bytes(path)
    except PathRefused as problem:
        return _no_picture(f"'{reference}' {problem.message}", span)
    if len(data) > MAX_BYTES:
        return _no_picture(
            f"'{reference}' has {len(data) // 1_000_000} MB", span, "image-too-large", Severity.ERROR
        )
    if data.lstrip()[:256].startswith((b"<?xml", b"<svg", b"<!--")) or path.lower().endswith(".svg"):
        return _svg(path, data, reference, span)
    return _raster(path, data, reference, span)


def _no_picture(
    message: str, span: Span, code: str = "bad-image", severity: Severity = Severity.WARNING
) -> Checked[Picture | None]:
    hint = "correct the name or the file; until then the alternative text is printed"
    return Checked(None, (Diagnostic(code, message, span, hint, severity),))


def _raster(path: str, data: bytes, reference: str, span: Span) -> Checked[Picture | None]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            kind, (width, height), mode = image.format, image.size, image.mode
            frames = getattr(image, "n_frames", 1)
    except Image.DecompressionBombError:
        limit = f"more than {MAX_PIXELS // 1_000_000} million pixels"
        return _no_picture(f"'{reference}' has {limit}", span, "image-too-large", Severity.ERROR)
    except (UnidentifiedImageError, OSError, ValueError):
        what = "is empty" if not data else "is no picture that can be read"
        return _no_picture(f"'{reference}' {what}", span)
    if width * height > MAX_PIXELS:
        size = f"{width} x {height} pixels, more than {MAX_PIXELS // 1_000_000} million"
        return _no_picture(f"'{reference}' has {size}", span, "image-too-large", Severity.ERROR)
    if kind not in _FORMATS:
        return _no_picture(f"'{reference}' is {kind}, which not every ebook reader can show", span)
    if frames > 1 or mode in ("CMYK", "I;16", "I;16B"):
        what = "is animated" if frames > 1 else f"has the colour mode {mode}"
        return _no_picture(f"'{reference}' {what}", span)
    if not _is_whole(data):
        return _no_picture(f"'{reference}' is cut off or damaged", span)
    media_type, suffix = _FORMATS[kind]
    try:
        data = bare(data, kind)
    except ValueError:
        return _no_picture(f"'{reference}' is cut off or damaged", span)
    return Checked(Picture(path, data, media_type, suffix, width, height))


def _is_whole(data: bytes) -> bool:
    """Whether the pixels can be read to the end."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except (OSError, ValueError, SyntaxError):
        return False
    return True


def _undress(root: Any) -> bool:
    """Takes comments, metadata and drawing programs' notes out of an SVG; says whether there were any."""
    from lxml import etree

    found = False
    for element in list(root.getroottree().iter()):
        name = etree.QName(element) if isinstance(element.tag, str) else None
        if name is None or name.namespace not in _SVG_SPACES or name.localname == "metadata":
            found = True
            _remove(element)
            continue
        for key in [key for key in element.attrib if etree.QName(key).namespace not in _SVG_SPACES]:
            found = True
            del element.attrib[key]
    if found:
        etree.cleanup_namespaces(root)
    return found


def _remove(element: Any) -> None:
    """Takes an element out and leaves the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _svg(path: str, data: bytes, reference: str, span: Span) -> Checked[Picture | None]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        return _no_picture(f"'{reference}' is no well-formed SVG: {problem.msg}", span)
    if root.getroottree().docinfo.internalDTD is not None and b"<!ENTITY" in data:
        return _no_picture(f"'{reference}' declares entities", span, "unsafe-svg", Severity.ERROR)
    if etree.QName(root).localname != "svg":
        return _no_picture(f"'{reference}' is no SVG", span)
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element).localname
        if name in _SVG_REFUSED or any(etree.QName(key).localname.startswith("on") for key in element.attrib):
            return _no_picture(f"'{reference}' holds <{name}>", span, "unsafe-svg", Severity.ERROR)
        for key, value in element.attrib.items():
            if any(not part.strip("'\" ").startswith(("#", "data:image/")) for part in _URLS.findall(value)):
                return _no_picture(
                    f"'{reference}' refers to '{value[:60]}'", span, "unsafe-svg", Severity.ERROR
                )
            if etree.QName(key).localname == "href" and not value.startswith(("#", "data:image/")):
                return _no_picture(
                    f"'{reference}' refers to '{value[:60]}'", span, "unsafe-svg", Severity.ERROR
                )
        if name == "style" and ("@import" in (element.text or "") or "url(" in (element.text or "")):
            return _no_picture(
                f"'{reference}' loads styles from elsewhere", span, "unsafe-svg", Severity.ERROR
            )
    if _undress(root) or root.getroottree().docinfo.doctype:
        # A document type means nothing to a reader of ebooks, and EPUB refuses those of SVG 1.1; what stands
        # outside the root is left behind with it.
        data = etree.tostring(root, with_tail=False, encoding="utf-8", xml_declaration=True)

    def read(inner: bytes, number: int) -> Checked[Picture | None]:
        return _raster(path, inner, f"{reference}: picture {number}", span)

    try:
        stripped = with_bare_pictures(data, read)
    except ValueError as problem:
        what = f"'{reference}' refers to '{str(problem)[:60]}'"
        return _no_picture(what, span, "unsafe-svg", Severity.ERROR)
    if stripped.value is None:
        return stripped
    return Checked(Picture(path, stripped.value, "image/svg+xml", "svg", 0, 0))
