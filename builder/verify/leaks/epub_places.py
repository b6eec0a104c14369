"""Everything that an EPUB says, and where: each entry of the archive, each attribute, each comment."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import count
from typing import Any

from lxml import etree

from builder.verify.leaks.machine import SVG_KEYWORDS
from builder.verify.leaks.opened import MAX_LOOSE, Opened
from builder.verify.leaks.pdf_strings import loose_strings
from builder.verify.leaks.pixels import metadata_texts
from builder.verify.leaks.place import Place, made_ready
from builder.verify.leaks.words import LINE

INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "i", "kbd", "mark", "q", "ruby", "rt", "rp",
    "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr", "tspan",
}  # fmt: skip
"""Elements inside a line: the words on both sides of their tags are one text."""
_READ = {"alt", "title", "aria-label", "aria-description", "abbr", "label", "placeholder", "summary", "value"}
"""Attributes that people read or hear: numbers count there. In others they are sizes and places."""
_CODE = {
    "class", "style", "type", "role", "d", "transform", "viewBox", "points", "fill", "stroke",
    "font-family", "hidden", "lang", "dir", "charset", "scope", "rel", "start", "linear", "property",
    "properties", "media-type", "version", "unique-identifier", "prefix", "refines", "scheme", "align",
    "width", "height", "colspan", "rowspan", "focusable", "aria-hidden", "page-progression-direction",
    "enable-background", "preserveAspectRatio",
}  # fmt: skip
"""Attributes with words of their own, which no author chooses."""
_Found = tuple[str, int | None, str]
"""A text, its line, and what it is: a place is made of it only where something was found."""
_CSS_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|/\*(.*?)\*/", re.DOTALL)
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def read_epub(data: bytes, prefix: str = "", digests: Callable[[Any], str] | None = None) -> Opened:
    """Every place of an EPUB or another zip archive.

    Raises zipfile.BadZipFile where the archive can't be read.
    """
    opened = Opened(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        _frame(opened, archive, prefix)
        for info in archive.infolist():
            if not info.is_dir():
                opened.places += _member(opened, info.filename, archive.read(info), prefix, digests)
        if "META-INF/container.xml" in archive.namelist():
            _manifest(opened, archive)
    return opened


def read_ahead(name: str, data: bytes) -> None:
    """Reads an XML file that is going to be in an archive: where it is found there, to the last byte, it is known."""
    made_ready(place for place in xml_places(_kind(name), name, data) if place.sort == "words")


def folios_of(data: bytes) -> int:
    """How many pages of a PDF are marked, numbered from 1 on without a gap: numbers that give nothing away."""
    found: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xhtml")]
        # An ebook that marks pages lists them, too.
        is_marked = any(b"page-list" in archive.read(name) for name in names if name.endswith("nav.xhtml"))
        for name in names if is_marked else ():
            with suppress(etree.XMLSyntaxError):
                root = etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False))
                found.update(root.xpath("//*[@role='doc-pagebreak']/@aria-label"))
    return next(number for number in count() if str(number + 1) not in found)


def _frame(opened: Opened, archive: zipfile.ZipFile, prefix: str) -> None:
    """Names, comments and extra fields; nothing before, between or behind the entries (APPNOTE 4.3)."""
    data, infos = opened.data, archive.infolist()
    names = [info.filename for info in infos]
    opened.places.append(Place("file names", f"{prefix}file names", "\0".join(names), "names"))
    comment = archive.comment.decode("utf-8", "replace")
    opened.places.append(Place("comments of the archive", f"{prefix}comment of the archive", comment))
    if comment:
        opened.faults.append("the archive has a comment")
    if len(names) != len(set(names)):
        opened.faults.append("a name stands twice in the archive")
    reached = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        where = f"{prefix}{info.filename}"
        text = "\0".join((info.comment.decode("utf-8", "replace"), loose_strings(info.extra)))
        opened.places.append(Place("comments of entries", f"{where}, comment and extra field", text))
        if info.comment:
            opened.faults.append(f"'{info.filename}' has a comment")
        start = info.header_offset
        if start != reached:
            opened.faults.append(f"{start - reached} bytes stand before the entry '{info.filename}'")
        if data[start : start + 4] != _LOCAL:
            opened.faults.append(f"'{info.filename}' has no local header")
            continue
        length, extra = struct.unpack_from("<HH", data, start + 26)
        name = data[start + 30 : start + 30 + length].decode("utf-8", "replace")
        field = data[start + 30 + length : start + 30 + length + extra]
        opened.places.append(
            Place("local headers", f"{where}, local header", f"{name}\0{loose_strings(field)}", "names")
        )
        if name != info.filename:
            opened.faults.append(f"the local header of '{info.filename}' has another name")
        reached = start + 30 + length + extra + info.compress_size
        if info.flag_bits & 8:
            reached += 16 if data[reached : reached + 4] == b"PK\x07\x08" else 12
    at = data.rfind(_END)
    directory = struct.unpack_from("<I", data, at + 16)[0] if at >= 0 else reached
    if directory != reached:
        opened.faults.append(f"{directory - reached} bytes stand behind the last entry")
    if data[directory : directory + 4] != _CENTRAL:
        opened.faults.append("the central directory is not where the archive says it is")
    if behind := len(data) - (at + 22 + len(archive.comment)):
        opened.faults.append(f"{behind} bytes stand behind the archive")
    outside = data[:0] if not infos else data[: min(info.header_offset for info in infos)]
    rest = outside + data[reached : max(reached, directory)] + data[at + 22 :]
    opened.places.append(
        Place("outside of entries", f"{prefix}bytes outside of the entries", loose_strings(rest))
    )


def _manifest(opened: Opened, archive: zipfile.ZipFile) -> None:
    """The manifest lists what is in the archive, and nothing else is there (EPUB 3.3, 3.4.1 and 4.2)."""
    container = etree.fromstring(archive.read("META-INF/container.xml"))
    listed = {"mimetype", "META-INF/container.xml"}
    for package in container.xpath("//@full-path"):
        listed.add(str(package))
        folder = str(package).rpartition("/")[0]
        root = etree.fromstring(archive.read(str(package)))
        for href in root.xpath("//*[local-name()='manifest']/*[local-name()='item']/@href"):
            listed.add(f"{folder}/{href}" if folder else str(href))
    present = {info.filename for info in archive.infolist()}
    for name in sorted(present - listed):
        opened.faults.append(f"'{name}' is in the archive, but not in the manifest")
    for name in sorted(listed - present):
        opened.faults.append(f"'{name}' is in the manifest, but not in the archive")


def _member(
    opened: Opened, name: str, data: bytes, prefix: str, digests: Callable[[Any], str] | None
) -> Sequence[Place]:
    where = f"{prefix}{name}"
    suffix = name.rsplit(".", 1)[-1].lower()
    if suffix in ("xhtml", "html", "opf", "ncx", "xml", "svg"):
        kind = _kind(name)
        try:
            return xml_places(kind, where, data)
        except etree.XMLSyntaxError:
            opened.unread.add(f"{where}, which is no well-formed XML")
            return [Place(kind, where, data.decode("utf-8", "replace"))]
    if suffix == "css":
        return css_places("styles", where, data.decode("utf-8", "replace"))
    if suffix in ("png", "jpg", "jpeg", "gif", "webp"):
        found = [hashlib.sha256(data).hexdigest()]
        if digests is not None:
            found.append(digests(lambda: data))
        texts = "\0".join(metadata_texts(data))
        loose = "" if suffix == "png" else loose_strings(data[:MAX_LOOSE])
        return [
            Place("picture metadata", f"{where}, metadata of the picture", texts),
            Place(
                "pictures", f"{where}, a picture", f"{loose}\0{_chunks(data)}", "code", digests=tuple(found)
            ),
        ]
    try:
        return [Place("other entries", where, data.decode("utf-8"), "words" if suffix != "js" else "code")]
    except UnicodeDecodeError:
        return [Place("other entries", where, loose_strings(data[:MAX_LOOSE]), "code")]


def _kind(name: str) -> str:
    """What the report calls the places of an XML file."""
    if name.endswith("nav.xhtml"):
        return "navigation"
    return {"opf": "package document", "ncx": "NCX", "svg": "SVG"}.get(name.rsplit(".", 1)[-1].lower(), "XHTML")


def _chunks(data: bytes) -> str:
    """The text in the chunks of a PNG other than its pixels, and whatever follows them."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ""
    position, found = 8, []
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        if kind != b"IDAT":
            found.append(loose_strings(data[position + 8 : position + 8 + length]))
        position += 12 + length
        if kind == b"IEND":
            break
    return "\0".join([*found, loose_strings(data[position:])])


def css_places(kind: str, where: str, text: str) -> list[Place]:
    """A style sheet: its strings and comments are words, the rest, selectors too, is code."""

    def plain(css: str) -> str:
        return _CSS_ESCAPE.sub(lambda m: chr(int(m[1], 16) % 0x110000) if m[1] else m[2], css)

    def parts(css: str) -> str:
        return "\0".join(plain("".join(part)) for part in _CSS_STRING.findall(css))

    def lines() -> list[Place]:
        return [
            Place(kind, f"{where}, line {number}", plain(line), "code")
            for number, line in enumerate(text.split("\n"), 1)
        ]

    def strings() -> list[Place]:
        return [
            Place(
                kind,
                f"{where}, line {text.count(chr(10), 0, match.start()) + 1}",
                parts(match.group()),
                "notes",
            )
            for match in _CSS_STRING.finditer(text)
        ]

    return [
        Place(
            f"{kind}, strings and comments", f"{where}, strings and comments", parts(text), "notes", strings
        ),
        Place(kind, where, plain(text), "code", lines),
    ]


@lru_cache(maxsize=128)
def xml_places(kind: str, where: str, data: bytes) -> tuple[Place, ...]:
    """The text of an XML file, its attributes, its comments and instructions, and its document type.

    The same file is read once. Raises lxml.etree.XMLSyntaxError.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, strip_cdata=False)
    root = etree.fromstring(data, parser)
    tree = root.getroottree()
    texts, styles, other = [], [], []
    attributes: dict[str, list[_Found]] = {"words": [], "names": [], "code": []}
    for text, line, tag in _texts(root):
        (styles if tag == "style" else texts).append((text, line, "text"))
    for node in root.iter():
        if not isinstance(node.tag, str):
            other.append((_said(node), node.sourceline, "comment or instruction"))
            continue
        for key, value in node.items():
            local = key.rpartition("}")[2]
            is_code = local in _CODE or value in SVG_KEYWORDS.get(local, ())
            found = (value, node.sourceline, f"attribute {local}")
            attributes["code" if is_code else "words" if local in _READ else "names"].append(found)
            if local == "style":
                styles.append(found)
    outside = [*root.itersiblings(preceding=True), *root.itersiblings()]
    other += [(_said(node), None, "comment or instruction") for node in outside]
    head = tree.docinfo.doctype or ""
    if tree.docinfo.internalDTD is not None:
        head += etree.tostring(tree, encoding="unicode").split(f"<{root.tag.rsplit('}', 1)[-1]}", 1)[0]
    other.append((head, None, "document type"))
    # A contents list has titles one after the other that are no sentence.
    between = "\0" if kind in ("navigation", "NCX", "package document") else LINE
    places = [_joined(f"{kind}, text", where, "text", texts, "words", between)]
    for sort, found in attributes.items():
        places.append(_joined(f"{kind}, attributes", where, "attributes", found, sort))
    places.append(_joined(f"{kind}, comments and instructions", where, "comments", other, "names"))
    for css, line, what in styles:
        places += css_places(f"{kind}, styles", _at(where, line, what), css)
    return tuple(places)


def _said(node: Any) -> str:
    return " ".join(filter(None, (getattr(node, "target", None), node.text)))


def _joined(kind: str, where: str, what: str, found: list[_Found], sort: str, between: str = "\0") -> Place:
    def finer() -> list[Place]:
        return [Place(kind, _at(where, line, part), text, sort) for text, line, part in found]

    return Place(kind, f"{where}, {what}", between.join([text for text, _, _ in found]), sort, finer)


def _at(where: str, line: int | None, what: str) -> str:
    return f"{where}, {what}" if line is None else f"{where}, line {line}, {what}"


def _texts(root: Any) -> Iterator[tuple[str, int, str]]:
    """The text of each block, with the line on which it begins and its element."""
    parts: list[str] = []
    line, tag = root.sourceline or 0, ""
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            parts.append(node.tail or "")
            continue
        name = node.tag.rpartition("}")[2] if isinstance(node.tag, str) else "entity"
        if name not in INLINE and name != "entity":
            if text := " ".join("".join(parts).split()):
                yield text, line, tag
            parts, line, tag = [], node.sourceline or line, name
        parts.append((node.text if event == "start" else node.tail) or "")
    if text := " ".join("".join(parts).split()):
        yield text, line, tag
