"""Drawings that authors bring: what runs, asks for other files or never ends is refused, and notes are taken out.

A refusal names what it met. A sanitiser would take it out in silence, and honest parts of a drawing with it.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

MAX_PIXELS = 40_000_000
"""The largest raster picture, in pixels, read from its header; in a drawing, too."""
MAX_ELEMENTS = 200_000
"""The most elements of a drawing, with all that `use` draws again."""

_SVG = "http://www.w3.org/2000/svg"
_XML = "http://www.w3.org/XML/1998/namespace"
_SPACES = {None, _SVG, "http://www.w3.org/1999/xlink", _XML}
_REFUSED = {
    "script", "handler", "listener", "foreignObject", "iframe", "object", "embed", "audio", "video", "set",
    "animate", "discard",
}  # fmt: skip
_FUNCTIONS = {"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"}
"""Functions of CSS that can name a file."""
_NUMBERS = {"transform", "gradientTransform", "patternTransform", "d", "points"}
"""Attributes with brackets and no names of files; large drawings have many thousands of them."""


class SvgRefused(Exception):
    """A drawing that can't be shown; `code` is a message code, the text says what it holds."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def clean_svg(data: bytes) -> bytes:
    """The drawing without comments, metadata and the notes of drawing programs.

    Raises SvgRefused: `bad-image`, `image-too-large`, `unsafe-svg`.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise SvgRefused("bad-image", f"is no well-formed SVG: {problem.msg}") from None
    document = root.getroottree().docinfo
    if document.internalDTD is not None and b"<!ENTITY" in data:
        raise SvgRefused("unsafe-svg", "declares entities")
    if etree.QName(root).localname != "svg":
        raise SvgRefused("bad-image", "is no SVG")
    try:
        for element in root.iter(etree.Element):
            _refuse_active(element)
        _refuse_endless(root)
    except RecursionError:
        raise SvgRefused("image-too-large", "is nested too deeply") from None
    has_more = root.getprevious() is not None or root.getnext() is not None
    if _undress(root) or has_more or document.doctype:
        # A document type means nothing to a reader of ebooks, and EPUB refuses those of SVG 1.1; what stands
        # outside the root, such as a style sheet's address, is left behind with it.
        return etree.tostring(root, with_tail=False, encoding="utf-8", xml_declaration=True)
    return data


def _refuse_active(element: Any) -> None:
    from lxml import etree

    name = etree.QName(element).localname
    names = [etree.QName(key) for key in element.attrib]
    if name in _REFUSED or any(key.localname.startswith("on") for key in names):
        raise SvgRefused("unsafe-svg", f"holds <{name}>")
    for key, value in zip(names, element.attrib.values(), strict=True):
        if key.localname == "href":
            _refuse_address(value)
        elif key.namespace == _XML and key.localname == "base":
            raise SvgRefused("unsafe-svg", f"refers to '{value[:60]}'")
        elif "(" in value and key.localname not in _NUMBERS:
            _refuse_css(value)
    if name == "style":
        _refuse_css("".join(element.itertext()))


def _refuse_css(text: str) -> None:
    """Refuses styles that name anything outside the drawing, in whatever way it is written."""
    import tinycss2

    def refuse(address: str) -> None:
        if not address.strip().startswith("#"):
            raise SvgRefused("unsafe-svg", f"refers to '{address.strip()[:60]}'")

    pending: list[Any] = tinycss2.parse_component_value_list(text)
    while pending:
        token = pending.pop()
        if token.type == "at-keyword" and token.lower_value == "import":
            raise SvgRefused("unsafe-svg", "loads styles from elsewhere")
        if token.type == "url":
            refuse(token.value)
        elif token.type == "function":
            strings = [part for part in token.arguments if part.type == "string"]
            if token.lower_name in _FUNCTIONS:
                for part in strings:
                    refuse(part.value)
            pending += token.arguments
        elif token.type.endswith(" block"):
            pending += token.content


def _refuse_address(address: str) -> None:
    """Refuses an address that is neither in the drawing nor a picture of a bearable size written out in it."""
    address = address.strip()
    if address.startswith("#"):
        return
    head, comma, body = address.partition(",")
    if not re.match(r"data:image/(png|jpe?g|gif)\b", head, re.IGNORECASE) or not comma:
        raise SvgRefused("unsafe-svg", f"refers to '{address[:60]}'")
    from PIL import Image

    try:
        data = unquote_to_bytes(body)
        if head.lower().rstrip().endswith(";base64"):
            data = base64.b64decode(data + b"==")
        with open_raster(data) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        width = height = MAX_PIXELS
    except (OSError, ValueError, binascii.Error):
        raise SvgRefused("bad-image", "holds a picture that can't be read") from None
    if width * height > MAX_PIXELS:
        raise SvgRefused("image-too-large", f"holds a picture of more than {MAX_PIXELS // 1_000_000} million pixels")


def open_raster(data: bytes) -> Any:
    """A raster picture of which only the header is read; raises what `PIL.Image.open` raises."""
    from PIL import Image

    with warnings.catch_warnings():
        # Who calls has a limit of its own, and something better to say.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(data))


def _refuse_endless(root: Any) -> None:
    """Refuses a drawing with too many elements; what is drawn again counts again."""
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    counts: dict[Any, int] = {}

    def count(elements: Iterable[Any], above: frozenset[Any]) -> int:
        total = 0
        for element in elements:
            total += 1 + count(element, above)
            target = by_id.get(_target(element))
            if target is not None:
                if target in above:
                    raise SvgRefused("unsafe-svg", f"draws '#{target.get('id')}' inside itself")
                if target not in counts:
                    counts[target] = count([target], above | {target})
                total += counts[target]
            if total > MAX_ELEMENTS:
                raise SvgRefused("image-too-large", f"has more than {MAX_ELEMENTS:,} elements")
        return total

    count([root], frozenset([root]))


def _target(element: Any) -> str:
    """The id of what a `use` draws; empty for other elements."""
    if not isinstance(element.tag, str) or not element.tag.endswith("use"):
        return ""
    address = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
    return address.strip().removeprefix("#")


def _undress(root: Any) -> bool:
    """Takes comments, metadata and drawing programs' notes out of an SVG; says whether there were any."""
    from lxml import etree

    found = False
    for element in list(root.iter()):
        name = etree.QName(element) if isinstance(element.tag, str) else None
        if name is None or name.namespace not in _SPACES or name.localname == "metadata":
            found = True
            _remove(element)
            continue
        for key in [key for key in element.attrib if etree.QName(key).namespace not in _SPACES]:
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
