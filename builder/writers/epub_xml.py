"""XML and text as an ebook may hold them: read without repair, and whatever is wrong is an error that says where."""

from __future__ import annotations

import re

from lxml import etree

# What XML 1.0 forbids, and what it allows but no text needs: C1 controls, U+007F, noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class EpubPackageError(ValueError):
    """Says why the files cannot become a correct EPUB."""


def require(holds: object, message: str) -> None:
    """Raises EpubPackageError with a message where something does not hold."""
    if not holds:
        raise EpubPackageError(message)


def _refuse_forbidden(text: str, place: str) -> None:
    if found := _FORBIDDEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise EpubPackageError(f"{place}, line {line}: forbidden character U+{ord(found[0]):04X}")


def collapsed(text: str, place: str) -> str:
    """Collapses white space as reading systems do (EPUB 3.3, 5.5.2)."""
    _refuse_forbidden(text, place)
    text = re.sub(r"[ \t\r\n]+", " ", text).strip(" ")
    require(text, f"{place} is empty")
    return text


def parsed(data: bytes, name: str) -> etree._Element:
    """Reads XML 1.0 in UTF-8 without repair, entities or network (EPUB 3.3, 3.9)."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        _refuse_forbidden(data.decode(), name)
        root = etree.fromstring(data, parser)
    except (UnicodeDecodeError, etree.XMLSyntaxError) as error:
        reason = getattr(error, "msg", error)
        raise EpubPackageError(f"{name}: not well-formed XML in UTF-8: {reason}") from error
    info = root.getroottree().docinfo
    require((info.xml_version, info.encoding.upper()) == ("1.0", "UTF-8"), f"{name}: not XML 1.0 in UTF-8")
    # The parser drops an entity from an attribute in silence where an external DTD might declare it.
    require(not (info.public_id or info.system_url), f"{name}: names an external DTD")
    require(info.internalDTD is None or not list(info.internalDTD.iterentities()), f"{name}: has entities")
    return root
