"""Pages laid out: where elements stand on them, and sheets with marks over them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

MM = 25.4 / 96
"""Millimetres in a CSS pixel, the unit of WeasyPrint's boxes."""


class Spot(Struct, frozen=True):
    """A piece of an element on one page, in millimetres from the top left corner of the page."""

    page: int
    """Counted from 0."""
    x: float
    y: float
    width: float
    height: float
    element: Any
    """The element of the HTML tree; its pieces share it."""
    is_inline: bool
    table: tuple[float, float] | None = None
    """Top and height of the table on this page, for a cell."""


def spots_of(
    laid_out: Any, attributes: frozenset[str] = frozenset(), tags: frozenset[str] = frozenset()
) -> Iterator[Spot]:
    """The pieces of every element that has one of the attributes or tags, in the order of the pages.

    `laid_out` is what WeasyPrint's `render` returns. Contents lists, which repeat titles, are passed over.
    """
    from weasyprint.formatting_structure import boxes

    for number, page in enumerate(laid_out.pages):
        pending: list[tuple[Any, tuple[float, float] | None]] = [(page._page_box, None)]
        while pending:
            box, table = pending.pop()
            if isinstance(box, boxes.MarginBox) or box.element_tag in ("nav", "head"):
                continue
            if isinstance(box, boxes.TableBox):
                table = (box.border_box_y() * MM, box.border_height() * MM)
            element = box.element
            is_own = (
                element is not None
                and "::" not in box.element_tag
                and not isinstance(box, boxes.LineBox | boxes.TextBox | boxes.PageBox)
                and (box.element_tag in tags or not attributes.isdisjoint(element.keys()))
            )
            if is_own:
                yield Spot(
                    number, box.border_box_x() * MM, box.border_box_y() * MM, box.border_width() * MM,
                    box.border_height() * MM, element, isinstance(box, boxes.InlineBox), table,
                )  # fmt: skip
            pending.extend((child, table) for child in reversed(getattr(box, "children", ())))


def page_sizes(laid_out: Any) -> list[tuple[float, float]]:
    """Width and height of each page in millimetres."""
    return [(page.width * MM, page.height * MM) for page in laid_out.pages]


def lay_over(data: bytes, marks: bytes, label: str) -> bytes:
    """Puts each page of `marks` over the page of the same number; the sheet becomes as wide as the marks.

    What the page drew beyond its edge stays cut off. The marks are artifacts: they are no part of the
    text. `label` goes into the document's information as its status.
    """
    import pikepdf
    from pikepdf import Name

    with pikepdf.open(io.BytesIO(data)) as pdf, pikepdf.open(io.BytesIO(marks)) as over:
        for page, above in zip(pdf.pages, over.pages, strict=True):
            left, bottom, right, top = (float(side) for side in page.mediabox)
            page.contents_add(
                f"q {left} {bottom} {right - left} {top - bottom} re W n\n".encode(), prepend=True
            )
            form = page.add_resource(pdf.copy_foreign(above.as_form_xobject()), Name.XObject)
            page.contents_add(f"\nQ /Artifact BMC q {form} Do Q EMC".encode())
            for key in (Name.CropBox, Name.TrimBox, Name.BleedBox, Name.ArtBox):
                if key in page:
                    del page[key]
            page.mediabox = [float(side) for side in above.mediabox]
        pdf.docinfo["/Status"] = label
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
