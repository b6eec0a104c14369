"""The rules that the sheets of a booklet keep; a later rule is a row in `RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from builder.diagnostics import Diagnostic, Severity
from builder.formats import POINTS
from builder.model import Document
from builder.verify.complete import flat
from builder.verify.finished import opened_pdf
from builder.verify.print_rules import RULES as PRINT_RULES
from builder.verify.print_rules import Broken

MOST_SHEETS = 20
"""Sheets of 80 g/m² that the booklet makers of office printers fold and staple; long staplers reach no farther."""
_NEAR = 0.05
"""Points by which a place may differ from where it should be: a fiftieth of a millimetre."""


class Placed(Struct, frozen=True):
    """A page that stands on one side of a sheet."""

    number: int
    """As the sheet calls it."""
    form: Any
    matrix: tuple[float, ...]
    clip: tuple[float, ...]
    """Left, bottom, width and height of what is shown of it."""


class Booklet(Struct, frozen=True):
    """A finished booklet, and what it should be."""

    pdf: Any
    sides: tuple[tuple[Placed, ...], ...]
    pages: int
    """How many pages are in it, blank ones at its end not counted."""
    thickness: int
    anchors: tuple[str, ...]
    """The lines of the contents, in their order."""


def keeps_booklet_rules(document: Document, data: bytes, pages: int | None) -> list[Diagnostic]:
    """Tries every rule on a booklet and on no other file, and warns where no stapler takes so many sheets."""
    if not document.job.kind.is_booklet or pages is None:
        return []
    anchors = tuple(entry.anchor for entry in flat(document.contents))
    hint = "change what stands there, or run again with --debug and report it"
    found = [
        Diagnostic("print-rule", f"{document.job}: {place}: {what} ({name})", None, hint)
        for name, place, what in broken_booklet_rules(data, pages, document.thickness, anchors)
    ]
    sheets = -(-pages // 4)
    if sheets > MOST_SHEETS:
        message = (
            f"{document.job}: {sheets} sheets to be stapled in the fold, expected {MOST_SHEETS} or fewer"
        )
        hint = (
            "shorten it, make pdf-duplex and staple that at the side, or give pdf-print to a printing house"
        )
        found.append(Diagnostic("thick-booklet", message, None, hint, Severity.WARNING))
    return found


def broken_booklet_rules(
    data: bytes, pages: int, thickness: int, anchors: tuple[str, ...] = ()
) -> list[tuple[str, str, str]]:
    """Each broken rule by name, with the place and what is wrong there.

    `thickness` is that of a sheet in micrometres, `anchors` are the lines of the contents.
    """
    pdf = opened_pdf(data)
    sides = tuple(tuple(_placed(page)) for page in pdf.pages)
    booklet = Booklet(pdf, sides, pages, thickness, anchors)
    return [(name, *found) for name, rule in RULES.items() for found in rule(booklet)]


def _placed(page: Any) -> Iterator[Placed]:
    """What a side draws: nothing but pages, each cut to its half."""
    import pikepdf

    matrix, clip = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "cm":
                matrix = tuple(float(part) for part in operands)
            case "re":
                clip = tuple(float(part) for part in operands)
            case "Do":
                name = str(operands[0])
                number = name.removeprefix("/Page")
                form = page.Resources.XObject[name]
                yield Placed(int(number) if number.isdigit() else 0, form, matrix, clip)


def _sides(booklet: Booklet) -> Broken:
    wanted = 2 * -(-booklet.pages // 4)
    if len(booklet.sides) != wanted:
        yield "file", f"{len(booklet.sides)} sides for {booklet.pages} pages, expected {wanted}"


def _order(booklet: Booklet) -> Broken:
    """Left and right of the fold add up to one more than all pages; odd pages lie on the right."""
    whole = 2 * len(booklet.sides)
    for index, side in enumerate(booklet.sides):
        pair = (index + 1, whole - index) if index % 2 else (whole - index, index + 1)
        wanted = [number for number in pair if number <= booklet.pages]
        found = [placed.number for placed in side]
        if found != wanted:
            yield f"side {index + 1}", f"pages {found}, expected {wanted}"
    forms = [placed.form.objgen for side in booklet.sides for placed in side]
    if len(set(forms)) != booklet.pages or len(forms) != booklet.pages:
        yield "file", f"{len(forms)} places with {len(set(forms))} pages, expected {booklet.pages} of each"


def _contents(booklet: Booklet) -> Broken:
    """What the contents list comes in the same order when the sheets are folded: a witness beside the names."""
    import pikepdf

    if "/Names" not in booklet.pdf.Root:
        return
    sides = {page.objgen: index for index, page in enumerate(booklet.pdf.pages)}
    targets = dict(pikepdf.NameTree(booklet.pdf.Root.Names.Dests).items())
    whole, before = 2 * len(sides), 0
    for anchor in booklet.anchors:
        target = targets.get(anchor)
        if target is None:
            continue
        index = sides[target[0].objgen]
        fold = float(booklet.pdf.pages[index].MediaBox[2]) / 2
        # Things begin at the left of their page, and a right-hand page begins where its creep has moved it.
        is_right = float(target[2]) > fold - _step(booklet, index) - _NEAR
        page = index + 1 if is_right == (index % 2 == 0) else whole - index
        if page < before:
            yield f"page {page}", f"'{anchor}' stands before what it follows"
        before = page


def _boxes(booklet: Booklet) -> Broken:
    for index, (sheet, side) in enumerate(zip(booklet.pdf.pages, booklet.sides, strict=True), 1):
        media, trim = ([float(part) for part in sheet.get(key, [0] * 4)] for key in ("/MediaBox", "/TrimBox"))
        if media[:2] != [0, 0] or trim != media or "/Rotate" in sheet:
            yield f"side {index}", "its MediaBox does not begin at 0, 0, or is not its TrimBox"
        for placed in side:
            left, bottom, right, top = (float(part) for part in placed.form.BBox)
            if not _near(media[2:], (2 * (right - left), top - bottom)):
                yield f"side {index}", f"it is not as large as two of page {placed.number}"


def _creep(booklet: Booklet) -> Broken:
    """Nothing is scaled; each sheet has its pages nearer to the fold by the thickness of those around it."""
    for index, side in enumerate(booklet.sides):
        step = _step(booklet, index)
        for placed in side:
            left, bottom, right, top = (float(part) for part in placed.form.BBox)
            width = right - left
            # The first of a leaf's two pages has the fold at its left.
            is_right = placed.number % 2 == 1
            edge, shift = (width, -step) if is_right else (0.0, step)
            if not _near(placed.matrix, (1, 0, 0, 1, edge + shift - left, -bottom)):
                yield f"side {index + 1}", f"page {placed.number} is not where the fold wants it"
            if not _near(placed.clip, (edge, 0, width, top - bottom)):
                yield f"side {index + 1}", f"page {placed.number} is not cut to its half"


def _step(booklet: Booklet, index: int) -> float:
    """How far the pages of a side stand nearer to the fold than those of the outermost sheet, in points."""
    return (index // 2) * booklet.thickness / 1000 * POINTS


def _near(found: Any, wanted: Any) -> bool:
    return len(found) == len(wanted) and all(
        abs(one - other) <= _NEAR for one, other in zip(found, wanted, strict=True)
    )


def _turning(booklet: Booklet) -> Broken:
    wishes = booklet.pdf.Root.get("/ViewerPreferences", {})
    if wishes.get("/Duplex") != "/DuplexFlipShortEdge" or wishes.get("/PrintScaling") != "/None":
        yield "catalogue", "it does not ask to be turned on the short edge and printed in its own size"


def _tags(booklet: Booklet) -> Broken:
    """Nobody could follow the text from page to page on sheets, so that nothing may promise it."""
    root = booklet.pdf.Root
    if "/StructTreeRoot" in root or "/MarkInfo" in root or b"pdfuaid" in root.Metadata.read_bytes():
        yield "catalogue", "it says that it is tagged"


RULES: dict[str, Callable[[Booklet], Broken]] = {
    "sides": _sides,
    "order": _order,
    "contents": _contents,
    "boxes": _boxes,
    "creep": _creep,
    "turning": _turning,
    "tags": _tags,
    **{
        name: lambda booklet, rule=PRINT_RULES[name]: rule(booklet.pdf)
        for name in ("encryption", "identity", "annotations", "actions", "layers", "fonts")
    },
}
"""By name: each takes the booklet and yields what breaks it; six are those of every file for print."""
