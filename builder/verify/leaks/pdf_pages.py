"""What the pages of a PDF show, each by its fonts, with the forms that it paints."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from builder.verify.leaks.opened import Opened
from builder.verify.leaks.pdf_fonts import Font, font_of
from builder.verify.leaks.pdf_strings import name_text
from builder.verify.leaks.pdf_text import shown_text
from builder.verify.leaks.place import Place, made_ready

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_PAINTED = re.compile(rb"/([^\s/<>\[\]()%{}]+)\s+Do\b")


def page_places(data: bytes) -> tuple[list[Place], set[str], set[int]]:
    """The places of the pages of a PDF, the fonts on them that say no letters, and the numbers of what they are drawn with.

    Raises pikepdf.PdfError where the file can't be opened.
    """
    import pikepdf

    opened = Opened(data)
    with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
        reader = Pages(opened, pdf)
        reader.read()
    return made_ready(opened.places), opened.unread, reader.content


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
        reader, count = Pages(opened, pdf), len(pdf.pages)
        for number, page in enumerate(pdf.pages, 1):
            reader.page(number, page)
            if number * goes % count < goes:
                made_ready(opened.places)
                opened.places.clear()
                if number < count:
                    yield


class Pages:
    """Reads the pages of an open PDF into its places."""

    def __init__(self, opened: Opened, pdf: Any, prefix: str = ""):
        self.opened, self.pdf, self.prefix = opened, pdf, prefix
        self.content: set[int] = set()
        """The numbers of the streams that pages and glyphs are drawn with."""
        self.fonts: dict[int, Font] = {}

    def read(self) -> None:
        """All of them."""
        for number, page in enumerate(self.pdf.pages, 1):
            self.page(number, page)

    def page(self, number: int, page: Any) -> None:
        """The content of a page as one stream, with its resources, inherited ones too, and the forms that it paints."""
        import pikepdf

        contents = page.obj.get("/Contents")
        if contents is None:
            return
        parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        self.content.update(part.objgen[0] for part in parts)
        data = b"\n".join(part.read_bytes() for part in parts)
        self.shown("page text", f"{self.prefix}page {number}", data, page.resources)
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
            inner = self.decoded(form, where)
            place = f"{where}, form {name_text(name)}"
            own = form.get("/Resources", resources)
            self.shown("page text", place, inner, own)
            self._painted(place, inner, own)

    def decoded(self, item: Any, where: str) -> bytes:
        """What a stream holds, as it is stored where it can't be decoded."""
        import pikepdf

        try:
            return item.read_bytes()
        except pikepdf.PdfError:
            self.opened.unread.add(f"{where}, a stream that can't be decoded")
            return item.read_raw_bytes()

    def shown(self, kind: str, where: str, data: bytes, resources: Any) -> None:
        """Adds what a content stream says, by the fonts among its resources, as places of a kind."""
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
