"""Everything that a PDF says, and where: each object, each stream, each revision."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from builder.verify.finished import opened_pdf
from builder.verify.leaks.opened import MAX_LOOSE, Opened
from builder.verify.leaks.pdf_fonts import Font, font_of
from builder.verify.leaks.pdf_frame import ends_of, objects_in, without_streams
from builder.verify.leaks.pdf_strings import loose_strings, name_text, names_in, references_of, strings_of
from builder.verify.leaks.pdf_text import shown_text
from builder.verify.leaks.place import Place, made_ready

KINDS = {
    "Alt": "alternative text",
    "ActualText": "replacement text",
    "E": "expansions",
    "T": "titles of structure",
    "ID": "ids of structure",
    "Lang": "languages",
    "URI": "link targets",
    "D": "destinations",
    "Dest": "destinations",
    "P": "page labels",
    "Contents": "annotations",
    "RC": "annotations",
    "Subj": "annotations",
    "F": "file names",
    "UF": "file names",
    "Desc": "file names",
    "TU": "form fields",
    "V": "form fields",
    "DV": "form fields",
    "Names": "name trees",
    "Limits": "name trees",
    "CharSet": "fonts",
    "FontFamily": "fonts",
    "Registry": "fonts",
    "Ordering": "fonts",
}
"""What the report calls the strings under a key; the rest are `other strings`."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_STRUCTURAL = re.compile(rb"/Type\s*/(?:ObjStm|XRef)\b")
_PAINTED = re.compile(rb"/([^\s/<>\[\]()%{}]+)\s+Do\b")


def read_pdf(
    data: bytes, prefix: str = "", digests: Callable[[Any], str] | None = None, pages: Future | None = None
) -> Opened:
    """Every place of a PDF; `digests` is given each picture and returns the hash of its pixels.

    `pages` is going to be what `page_places` says, where somebody else reads them meanwhile. Raises pikepdf.PdfError
    where the file can't be opened.
    """
    opened = Opened(data, ends_of(data))
    plain = without_streams(data)
    pdf = opened_pdf(data)
    if pdf.is_encrypted:
        opened.faults.append("the file is encrypted")
    opened.pages = len(pdf.pages)
    walk = _Walk(opened, pdf, prefix, digests)
    walk.objects()
    if pages is None:
        walk.read_pages()
    else:
        places, unread, content = pages.result()
        opened.places += places
        opened.unread |= unread
        walk.content |= content
    walk.rest()
    walk.look_outside(plain)
    opened.places.append(Place("raw bytes", f"{prefix}raw bytes", loose_strings(plain), "code"))
    return opened


def page_places(data: bytes) -> tuple[list[Place], set[str], set[int]]:
    """The places of the pages of a PDF, the fonts on them that say no letters, and the numbers of what they are drawn with.

    Raises pikepdf.PdfError where the file can't be opened.
    """
    import pikepdf

    opened = Opened(data)
    with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
        walk = _Walk(opened, pdf, "", None)
        walk.read_pages()
    return made_ready(opened.places), opened.unread, walk.content


_STANDING: dict[Path, Iterator[None]] = {}
"""Files that stand, whose pages this process is getting to know."""


def recollect(path: Path, goes: int = 1) -> None:
    """Reads on in a PDF that stands, if it can be read: pages that come again are then known. In so many goes, all are."""
    reading = _STANDING.setdefault(path, _recollected(path, goes))
    next(reading, None)


def _recollected(path: Path, goes: int) -> Iterator[None]:
    import pikepdf

    with suppress(OSError, pikepdf.PdfError):
        opened = Opened(path.read_bytes())
        pdf = pikepdf.open(io.BytesIO(opened.data), suppress_warnings=True)
        walk, count = _Walk(opened, pdf, "", None), len(pdf.pages)
        for number, page in enumerate(pdf.pages, 1):
            walk.read_page(number, page)
            if number * goes % count < goes:
                made_ready(opened.places)
                opened.places.clear()
                if number < count:
                    yield


class _Walk:
    def __init__(self, opened: Opened, pdf: Any, prefix: str, digests: Callable[[Any], str] | None):
        self.opened, self.pdf, self.prefix, self.digests = opened, pdf, prefix, digests
        self.strings: dict[str, list[tuple[str, str]]] = {}
        self.structural: set[int] = set()
        self.names: dict[str, str] = {}
        self.known: set[bytes] = set()
        self.graph: dict[int, set[int]] = {}
        self.content: set[int] = set()
        """The numbers of the streams that pages and glyphs are drawn with."""
        self.streams: list[tuple[Any, int, bytes]] = []
        """All streams, with their numbers and heads."""
        self.fonts: dict[int, Font] = {}

    def objects(self) -> None:
        """All that is no stream."""
        trailer = self.pdf.trailer
        info = trailer.get("/Info")
        self.info = info.objgen[0] if info is not None else 0
        for item in self.pdf.objects:
            if number := item.objgen[0]:
                self._object(item, number)

    def rest(self) -> None:
        """The streams that no page is drawn with, and what all objects say together; pages have been read."""
        for item, number, head in self.streams:
            self._strings(f"object {number}", head, number)
            if number not in self.content:
                self._stream(item, number)
        whole = self.pdf.trailer.unparse()
        if b"/Prev" in whole:
            self.opened.faults.append("the trailer leads to an earlier revision")
        self._strings("trailer", whole)
        self._reachable(references_of(whole))
        for kind, found in self.strings.items():
            self._add(kind, f"{self.prefix}{kind}", found)
        self._add("names and keys", f"{self.prefix}names", list(self.names.items()), "code")

    def read_pages(self) -> None:
        for number, page in enumerate(self.pdf.pages, 1):
            self.read_page(number, page)

    def read_page(self, number: int, page: Any) -> None:
        """The content of a page as one stream, with its resources, inherited ones too, and the forms that it paints."""
        import pikepdf

        contents = page.obj.get("/Contents")
        if contents is None:
            return
        parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        self.content.update(part.objgen[0] for part in parts)
        data = b"\n".join(part.read_bytes() for part in parts)
        self._shown("page text", f"{self.prefix}page {number}", data, page.resources)
        self._painted(f"{self.prefix}page {number}", data, page.resources)

    def _painted(self, where: str, data: bytes, resources: Any) -> None:
        """The forms that a content stream paints, in their order: sheets of a booklet show their pages in this way."""
        known = resources.get("/XObject") if resources is not None else None
        if known is None:
            return
        for name in dict.fromkeys(_PAINTED.findall(data)):
            form = known.get(f"/{name_text(name)}")
            if form is None or form.get("/Subtype") != "/Form" or form.objgen[0] in self.content:
                continue
            self.content.add(form.objgen[0])
            inner = self._decoded(form, where)
            place = f"{where}, form {name_text(name)}"
            own = form.get("/Resources", resources)
            self._shown("page text", place, inner, own)
            self._painted(place, inner, own)

    def _object(self, item: Any, number: int) -> None:
        import pikepdf

        if not isinstance(item, pikepdf.Stream):
            data = item.unparse(resolved=True)
            self.graph[number] = references_of(data)
            self._strings(f"object {number}", data, number)
            if b"/Type3" in data and isinstance(item, pikepdf.Dictionary) and item.get("/Subtype") == "/Type3":
                for name, glyph in item.get("/CharProcs", {}).items():
                    where = f"{self.prefix}Type 3 glyph {name}"
                    self.content.add(glyph.objgen[0])
                    self._shown("Type 3 glyphs", where, glyph.read_bytes(), item.get("/Resources"))
            return
        head = item.stream_dict.unparse()
        if _STRUCTURAL.search(head):
            # Object streams and cross-reference streams: what they hold is listed by itself.
            self.structural.add(number)
            return
        self.graph[number] = references_of(head)
        self.streams.append((item, number, head))

    def _decoded(self, item: Any, where: str) -> bytes:
        import pikepdf

        try:
            return item.read_bytes()
        except pikepdf.PdfError:
            self.opened.unread.add(f"{where}, a stream that can't be decoded")
            return item.read_raw_bytes()

    def _stream(self, item: Any, number: int) -> None:
        kind, subtype = str(item.get("/Type", "")), str(item.get("/Subtype", ""))
        where = f"{self.prefix}object {number}"
        if subtype == "/Image":
            self._image(item, where)
            return
        data = self._decoded(item, where)
        if subtype == "/Form" or "/PatternType" in item:
            self._shown("forms and patterns", where, data, item.get("/Resources"))
        elif kind == "/Metadata" or subtype == "/XML":
            from builder.verify.leaks.epub_places import xml_places

            self.opened.places += xml_places("XMP", f"{self.prefix}XMP", data)
        elif kind == "/EmbeddedFile":
            from builder.verify.leaks.files import file_places

            self.opened.places += file_places(data, f"{self.prefix}attachment (object {number})", self)
        else:
            shown, said, _ = shown_text(data, {}) if b"BT" in data and b"ET" in data else ("", "", set())
            text = "\0".join((shown, said, loose_strings(data[:MAX_LOOSE])))
            name = (
                "fonts"
                if "/Length1" in item or subtype in ("/Type1C", "/CIDFontType0C", "/OpenType")
                else "other streams"
            )
            self.opened.places.append(Place(name, where, text, "code"))

    def _image(self, item: Any, where: str) -> None:
        import pikepdf

        raw = item.read_raw_bytes()
        filters = item.get("/Filter")
        names = {str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])}
        text = loose_strings(raw[:MAX_LOOSE]) if names & {"/DCTDecode", "/JPXDecode", "None"} else ""
        found = []
        if names & {"/DCTDecode", "/JPXDecode"}:
            import hashlib

            found.append(hashlib.sha256(raw).hexdigest())
        if self.digests is not None:
            found.append(self.digests(partial(_pixels, item)))
        self.opened.places.append(
            Place("pictures", f"{where}, a picture", text, "notes", digests=tuple(found))
        )

    def _shown(self, kind: str, where: str, data: bytes, resources: Any) -> None:
        fonts = {}
        listed = resources.get("/Font") if resources is not None else None
        for name, font in listed.items() if listed is not None else ():
            key = font.objgen[0]
            if not key or key not in self.fonts:
                self.fonts[key] = font_of(font)
            fonts[name[1:]] = self.fonts[key]
        shown, said, unread = shown_text(data, fonts)
        if _RIGHT_TO_LEFT.search(shown):
            shown += "\0" + shown[::-1]  # Such scripts are set from the end of the line to its beginning.
        self.opened.unread |= {f"{where}, font {name}" for name in unread}
        self.opened.places.append(Place(kind, f"{where}, text", shown))
        self.opened.places.append(Place("marked content", f"{where}, marked content", said))

    def _strings(self, where: str, data: bytes, number: int = 0) -> None:
        for name in names_in(data) - self.known:
            self.known.add(name)
            self.names.setdefault(name_text(name), f"{self.prefix}{where}")
        for key, text in strings_of(data):
            kind = KINDS.get(key, "other strings")
            if number and number == self.info:
                kind = "document information"
            elif key == "Title":
                kind = "outline"
            self.strings.setdefault(kind, []).append((text, f"{self.prefix}{where}, /{key}"))

    def _add(self, kind: str, where: str, found: list[tuple[str, str]], sort: str = "words") -> None:
        def finer() -> list[Place]:
            return [Place(kind, f"{kind} ({at})", text, sort) for text, at in found]

        if kind == "fonts":
            sort = "code"
        if kind in ("destinations", "name trees", "ids of structure", "link targets"):
            sort = "names"
        self.opened.places.append(
            Place(kind, where, "\0".join(dict.fromkeys(text for text, _ in found)), sort, finer)
        )

    def _reachable(self, start: set[int]) -> None:
        """What no object leads to is no part of the document, and must not be in the file."""
        seen, queue = set(), list(start)
        while queue:
            number = queue.pop()
            if number not in seen:
                seen.add(number)
                queue.extend(self.graph.get(number, ()))
        if orphans := sorted(self.graph.keys() - seen):
            listed = ", ".join(map(str, orphans[:5]))
            self.opened.faults.append(f"{len(orphans)} objects that nothing leads to: {listed}")

    def look_outside(self, plain: bytes) -> None:
        """Objects of the file without its streams that its cross-reference table does not list."""
        raw = objects_in(plain)
        if len(raw) != len(set(raw)) or set(raw) - set(self.graph) - self.structural:
            self.opened.faults.append("objects that stand outside the cross-reference table")


def _pixels(item: Any) -> Any:
    import pikepdf

    return pikepdf.PdfImage(item).as_pil_image()
