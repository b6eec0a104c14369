"""`builder pictures`: pages of a finished PDF side by side in one picture, for a web page, a catalogue or the handbook."""

from __future__ import annotations

import io
import re
from typing import Any

from builder.diagnostics import BuildProblem, Diagnostic

GAP = 24
"""Pixels between the pages and around them."""
_GROUND, _EDGE = 226, 190
"""Grey of the ground and of the line around each page."""


def read_range(text: str, last: int) -> list[int]:
    """The pages that `1-3,7` names, from 1; raises BuildProblem where it can't be read or names none that there is."""
    pages: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if match is None:
            raise _refuse(f"can't read the pages '{text}'", "write pages and ranges, as in 1-3,7")
        pages += range(int(match[1]), int(match[2] or match[1]) + 1)
    if not pages:
        raise _refuse(f"the pages '{text}' run backwards", "write the lower page first, as in 1-3")
    if wrong := [page for page in pages if not 1 <= page <= last]:
        raise _refuse(f"there is no page {wrong[0]}", f"the file has pages 1 to {last}")
    return pages


def page_images(data: bytes, pages: str | None, width: int) -> list[Any]:
    """The pages of a PDF as pictures of a width in pixels; all of them where `pages` is None."""
    import pypdfium2

    pdf = pypdfium2.PdfDocument(data)
    try:
        wanted = read_range(pages, len(pdf)) if pages else range(1, len(pdf) + 1)
        return [
            pdf[number - 1].render(scale=width / pdf[number - 1].get_width()).to_pil().convert("RGB")
            for number in wanted
        ]
    finally:
        pdf.close()


def contact_sheet(data: bytes, pages: str | None, columns: int, width: int) -> bytes:
    """A PNG of the pages of a PDF in rows, each `width` pixels wide."""
    from PIL import Image, ImageDraw

    images = page_images(data, pages, width)
    columns = min(columns, len(images))
    high = max(image.height for image in images)
    rows = -(-len(images) // columns)
    size = columns * (width + GAP) + GAP, rows * (high + GAP) + GAP
    sheet = Image.new("RGB", size, (_GROUND,) * 3)
    pen = ImageDraw.Draw(sheet)
    for index, image in enumerate(images):
        left, top = GAP + index % columns * (width + GAP), GAP + index // columns * (high + GAP)
        sheet.paste(image, (left, top))
        pen.rectangle((left - 1, top - 1, left + image.width, top + image.height), outline=(_EDGE,) * 3)
    out = io.BytesIO()
    # Pages are few flat colours: a palette keeps them sharp at a quarter of the size, rare accents too.
    sheet.quantize(256, Image.Quantize.FASTOCTREE, dither=0).save(out, "PNG", optimize=True)
    return out.getvalue()


def _refuse(message: str, hint: str) -> BuildProblem:
    return BuildProblem([Diagnostic("bad-value", message, None, hint)])
