"""The booklet: two pages side by side on each side of a sheet, in the order of the fold (saddle stitch)."""

from __future__ import annotations

import io
from typing import Any

from msgspec.structs import replace

from builder.formats import POINTS
from builder.model import Document
from builder.writers.claims import SHEETS, xmp_packet
from builder.writers.duplex import both_sides
from builder.writers.identity import saved, strip

PAGE = "/Page{}"
"""What each sheet calls a page that stands on it."""


def fold(pages: int) -> list[tuple[int, int]]:
    """The pages on each side of the sheets, left and right, from the outermost sheet inwards; 1 is the first page.

    Numbers above `pages` are blank pages, which fill the last sheet.
    """
    count = -(-pages // 4) * 4
    sides = []
    for sheet in range(count // 4):
        first, last = 2 * sheet + 1, count - 2 * sheet
        sides += [(last, first), (first + 1, last - 1)]
    return sides


def to_booklet(data: bytes, document: Document) -> bytes:
    """Sheets with the same pages, none of them scaled; each sheet is as large as two pages.

    A sheet that lies inside others sticks out by their thickness, so that its pages stand nearer to the
    fold by as much.
    """
    import pikepdf
    from pikepdf import Array, Dictionary

    with pikepdf.open(io.BytesIO(data)) as pdf:
        strip(pdf)
        pages = list(pdf.pages)
        forms = [pdf.make_indirect(page.as_form_xobject()) for page in pages]
        moved: dict[tuple[int, int], tuple[Any, float, float]] = {}
        labels: list[Any] = []
        left, bottom, right, top = (float(side) for side in forms[0].BBox)
        width, height = right - left, top - bottom
        for number, pair in enumerate(fold(len(pages))):
            sheet = pdf.add_blank_page(page_size=(2 * width, height))
            sheet.TrimBox = sheet.MediaBox
            creep = (number // 2) * document.thickness / 1000 * POINTS
            drawn, placed = [], Dictionary()
            for edge, shift, wanted in ((0.0, creep, pair[0]), (width, -creep, pair[1])):
                if wanted > len(pages):
                    continue
                x, y = edge + shift - left, -bottom
                placed[PAGE.format(wanted)] = forms[wanted - 1]
                moved[pages[wanted - 1].objgen] = (sheet.obj, x, y)
                drawn.append(
                    f"q {edge:.4f} 0 {width:.4f} {height:.4f} re W n 1 0 0 1 {x:.4f} {y:.4f} cm {PAGE.format(wanted)} Do Q"
                )
            sheet.Resources = Dictionary(XObject=placed)
            sheet.Contents = pdf.make_stream("\n".join(drawn).encode())
            labels += [number, Dictionary(P=f"{pair[0]}, {pair[1]}")]
        if "/Names" in pdf.Root:
            for _, target in pikepdf.NameTree(pdf.Root.Names.Dests).items():
                target[0], x, y = moved[target[0].objgen]
                target[2], target[3] = round(float(target[2]) + x, 3), round(float(target[3]) + y, 3)
        del pdf.pages[: len(pages)]
        pdf.Root.PageLabels = Dictionary(Nums=Array(labels))
        pdf.Root.ViewerPreferences = both_sides("Short")
        pdf.Root.ViewerPreferences.DisplayDocTitle = True
        _name(pdf, document)
        return saved(pdf, SHEETS.version)


def _name(pdf: Any, document: Document) -> None:
    """Says what the finished file of pages said, and claims what is true of sheets."""
    from pikepdf import Name

    title, about = (str(pdf.docinfo.get(key, "")) for key in ("/Title", "/Subject"))
    meta = replace(document.metadata, title=title, description=about)
    packet = xmp_packet(SHEETS, meta, str(pdf.docinfo["/Producer"]))
    pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
