"""Pictures that are written out in a drawing, as `data:` addresses: each is read and stripped like a file of its own."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from builder.diagnostics import Checked

_RASTER = re.compile(r"data:\s*image/(png|jpe?g|gif)\b", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)")
_IN_STYLE = re.compile(r"\([^)]*?data:[^,)]*,", re.IGNORECASE)


def with_bare_pictures(data: bytes, read: Callable[[bytes, int], Checked[Any]]) -> Checked[bytes | None]:
    """The SVG with each picture in it as `read` makes it of its bytes and its number, counted from 1.

    The value is None where one of them can't be read. Raises ValueError for a picture in a place or of a kind
    that can't be stripped, such as a drawing within the drawing: what it refers to.
    """
    from lxml import etree

    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    for text in _styles(root):
        if found := _IN_STYLE.search(_unescaped(text)):
            raise ValueError(found[0][1:])
    number = 0
    for element in root.iter(etree.Element):
        for key, value in element.attrib.items():
            if etree.QName(key).localname != "href" or not value.strip().casefold().startswith("data:"):
                continue
            number += 1
            made = read(_bytes_of(value.strip()), number)
            if made.value is None:
                return made
            encoded = base64.b64encode(made.value.data).decode()
            element.set(key, f"data:{made.value.media_type};base64,{encoded}")
    if not number:
        return Checked(data)
    return Checked(etree.tostring(root, with_tail=False, encoding="utf-8", xml_declaration=True))


def _styles(root: Any) -> Iterator[str]:
    """What may be a style: the text of style sheets, and attributes with brackets that name no file themselves."""
    from lxml import etree

    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        if name == "style":
            yield "".join(element.itertext())
        for key, value in element.attrib.items():
            local = etree.QName(key).localname
            if "(" in value and local != "href" and not local.startswith("aria-"):
                yield value


def _unescaped(css: str) -> str:
    """CSS without escapes and without the signs that an address may hold and does not need."""
    plain = _ESCAPE.sub(lambda match: chr(min(int(match[1], 16), 0x10FFFF)) if match[1] else match[2], css)
    return re.sub(r"[\t\r\n]", "", plain)


def _bytes_of(address: str) -> bytes:
    """The bytes of a `data:` address (RFC 2397); raises ValueError for another kind than a raster picture."""
    head, comma, body = address.partition(",")
    if not _RASTER.match(head) or not comma:
        raise ValueError(address)
    data = unquote_to_bytes(body)
    if head.rstrip().casefold().endswith(";base64"):
        try:
            return base64.b64decode(data + b"==")
        except binascii.Error:
            return b""
    return data
