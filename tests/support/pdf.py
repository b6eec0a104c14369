"""What tests ask of a finished PDF: where its letters stand, how large they are, what colours it shows."""

from __future__ import annotations

import io
from collections import Counter

import pikepdf
import pypdfium2


def paper_of(data: bytes) -> tuple[float, float]:
    """Width and height of the pages in millimetres; they must all be alike."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        sizes = {tuple(round(float(part) * 25.4 / 72, 1) for part in page.mediabox[2:]) for page in pdf.pages}
    (size,) = sizes
    return size


def sizes_of(data: bytes) -> Counter[float]:
    """How many letters of each size, in points, the pages have; those of pictures are left out."""
    found: Counter[float] = Counter()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            size, scale, stack, height = 0.0, 1.0, [], 1.0
            for operands, operator in pikepdf.parse_content_stream(page):
                match str(operator):
                    case "q":
                        stack.append(scale)
                    case "Q":
                        scale = stack.pop()
                    case "cm":
                        scale *= abs(float(operands[3]))
                    case "Tf":
                        size = float(operands[1])
                    case "Tm":
                        height = abs(float(operands[3]))
                    case "Tj" | "TJ":
                        parts = operands[0] if str(operator) == "TJ" else [operands[0]]
                        letters = sum(len(bytes(p)) // 2 for p in parts if isinstance(p, pikepdf.String))
                        found[round(size * height * scale, 1)] += letters
    return found


def letters_outside(data: bytes, margin: float) -> list[str]:
    """Pages with letters nearer to an edge than a margin in points."""
    found = []
    pdf = pypdfium2.PdfDocument(data)
    try:
        for number, page in enumerate(pdf, 1):
            width, height = page.get_size()
            text = page.get_textpage()
            for index in range(text.count_chars()):
                left, bottom, right, top = text.get_charbox(index)
                sign = text.get_text_range(index, 1)
                if (
                    right - left
                    and sign.strip()
                    and (left < margin or bottom < margin or right > width - margin or top > height - margin)
                ):
                    found.append(f"page {number}: {sign!r} at {left:.0f}, {bottom:.0f}")
    finally:
        pdf.close()
    return found


def is_grey(data: bytes) -> bool:
    """Whether no pixel of any page has a colour."""
    from PIL import ImageChops

    pdf = pypdfium2.PdfDocument(data)
    try:
        for page in pdf:
            red, green, blue = page.render(scale=1).to_pil().convert("RGB").split()
            for one, other in ((red, green), (green, blue)):
                if ImageChops.difference(one, other).getextrema()[1] > 2:
                    return False
    finally:
        pdf.close()
    return True


def drop_font_file(pdf: pikepdf.Pdf) -> None:
    """Takes the file of one font out, as of a font that was not embedded."""
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor":
            for key in ("/FontFile2", "/FontFile3"):
                if key in thing:
                    del thing[key]
            return
