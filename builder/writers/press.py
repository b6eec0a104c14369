"""The PDF for a printing house: inks, bleed, crop marks, exact boxes and the identity of PDF/X-4."""

from __future__ import annotations

import io
from typing import Any

from builder.formats import POINTS, Grid
from builder.model import Document
from builder.world import World
from builder.writers.identity import name_for_paper, saved
from builder.writers.inks import Press
from builder.writers.separate import separate

PROFILE = "profiles/FOGRA39L.icc"
CONDITION = "FOGRA39"
"""The name of the printing condition in the registry of the ICC."""
SLUG = 10.0
"""Millimetres of paper round the page that hold bleed and marks."""
_MARK = 5.0


def to_print(data: bytes, document: Document, grid: Grid, world: World) -> bytes:
    """The same pages as PDF/X-4 (ISO 15930-7), from a PDF that was set with the bleed of the grid."""
    import pikepdf
    from pikepdf import Name

    press = Press((world.templates / PROFILE).read_bytes())
    with pikepdf.open(io.BytesIO(data)) as pdf:
        separate(pdf, press)
        _move(pdf)
        marks = _marks_colour(pdf)
        for page in pdf.pages:
            _frame(page, grid, marks)
        name_for_paper(pdf, document, "PDF/X-4")
        if "/Version" in pdf.Root:
            del pdf.Root.Version
        profile = pdf.make_stream(press.profile, N=4, Alternate=Name.DeviceCMYK)
        intent = pikepdf.Dictionary(
            Type=Name.OutputIntent, S=Name.GTS_PDFX, OutputConditionIdentifier=CONDITION,
            RegistryName="http://www.color.org", Info=CONDITION, DestOutputProfile=profile,
        )  # fmt: skip
        pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(intent)])
        return saved(pdf, "1.6")


def _move(pdf: Any) -> None:
    """Destinations move with the pages, whose origin becomes the corner of the paper."""
    import pikepdf

    if "/Names" in pdf.Root:
        for _, target in pikepdf.NameTree(pdf.Root.Names.Dests).items():
            for index in (2, 3):
                target[index] = round(float(target[index]) + SLUG * POINTS, 3)


def _frame(page: Any, grid: Grid, marks: Any) -> None:
    """Moves the contents of a page into the middle of larger paper, cuts them at the bleed, and marks the trim."""
    from pikepdf import Array, Name

    slug, bleed = SLUG * POINTS, grid.bleed * POINTS
    width, height = grid.width * POINTS, grid.height * POINTS

    def box(reach: float) -> Any:
        low, right, top = slug - reach, slug + width + reach, slug + height + reach
        return Array([round(side, 4) for side in (low, low, right, top)])

    page.MediaBox, page.BleedBox, page.TrimBox = box(slug), box(bleed), box(0)
    for key in ("/CropBox", "/ArtBox"):
        if key in page:
            del page[key]
    left, bottom, right, top = (float(side) for side in page.BleedBox)
    clip = (
        f"q {left} {bottom} {right - left:.4f} {top - bottom:.4f} re W n 1 0 0 1 {slug:.4f} {slug:.4f} cm\n"
    )
    page.contents_add(clip.encode(), prepend=True)
    name = page.add_resource(marks, Name.ColorSpace, Name.Registration)
    page.contents_add(f"\nQ q {name} CS 1 SCN .25 w {_crosses(width, height)} Q".encode())


def _crosses(width: float, height: float) -> str:
    """Eight lines at the corners, in the paper that is cut off."""
    slug, length = SLUG * POINTS, _MARK * POINTS
    lines = []
    for x in (slug, slug + width):
        for low in (slug - 4 * POINTS - length, slug + height + 4 * POINTS):
            lines.append(f"{x:.4f} {low:.4f} m {x:.4f} {low + length:.4f} l S")
    for y in (slug, slug + height):
        for low in (slug - 4 * POINTS - length, slug + width + 4 * POINTS):
            lines.append(f"{low:.4f} {y:.4f} m {low + length:.4f} {y:.4f} l S")
    return " ".join(lines)


def _marks_colour(pdf: Any) -> Any:
    """Registration colour: marks stand on every plate."""
    import pikepdf
    from pikepdf import Name

    tint = pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[1, 1, 1, 1], N=1)
    space = [Name.Separation, Name.All, Name.DeviceCMYK, pdf.make_indirect(tint)]
    return pdf.make_indirect(pikepdf.Array(space))
