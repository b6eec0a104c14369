"""Everything that a PDF says, and where: each object, each stream, each revision."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from builder.verify.finished import opened_pdf
from builder.verify.leaks.opened import MAX_LOOSE, Opened
from builder.verify.leaks.pdf_frame import ends_of, objects_in, without_streams
from builder.verify.leaks.pdf_pages import Pages
from builder.verify.leaks.pdf_strings import loose_strings, name_text, names_in, references_of, strings_of
from builder.verify.leaks.pdf_text import shown_text
from builder.verify.leaks.place import Place

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
_STRUCTURAL = re.compile(rb"/Type\s*/(?:ObjStm|XRef)\b")


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
        walk.read()
    else:
        places, unread, content = pages.result()
        opened.places += places
        opened.unread |= unread
        walk.content |= content
    walk.rest()
    walk.look_outside(plain)
    opened.places.append(Place("raw bytes", f"{prefix}raw bytes", loose_strings(plain), "code"))
    return opened


class _Walk(Pages):
    def __init__(self, opened: Opened, pdf: Any, prefix: str, digests: Callable[[Any], str] | None):
        super().__init__(opened, pdf, prefix)
        self.digests = digests
        self.strings: dict[str, list[tuple[str, str]]] = {}
        self.structural: set[int] = set()
        self.names: dict[str, str] = {}
        self.known: set[bytes] = set()
        self.graph: dict[int, set[int]] = {}
        self.streams: list[tuple[Any, int, bytes]] = []
        """All streams, with their numbers and heads."""

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
                    self.shown("Type 3 glyphs", where, glyph.read_bytes(), item.get("/Resources"))
            return
        head = item.stream_dict.unparse()
        if _STRUCTURAL.search(head):
            # Object streams and cross-reference streams: what they hold is listed by itself.
            self.structural.add(number)
            return
        self.graph[number] = references_of(head)
        self.streams.append((item, number, head))

    def _stream(self, item: Any, number: int) -> None:
        kind, subtype = str(item.get("/Type", "")), str(item.get("/Subtype", ""))
        where = f"{self.prefix}object {number}"
        if subtype == "/Image":
            self._image(item, where)
            return
        data = self.decoded(item, where)
        if subtype == "/Form" or "/PatternType" in item:
            self.shown("forms and patterns", where, data, item.get("/Resources"))
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
