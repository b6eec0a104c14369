"""Booklets and two-sided office printing: the order of the fold, creep, blank pages, the certificate, and every rule broken once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from msgspec.structs import replace
from pikepdf import Array, Dictionary, Name
from support.pdf import drop_font_file
from support.project import BOOK, PUBLICATION, build_file, job, loaded, make_project, section
from support.verapdf import SCREEN, SHEETS, judge

from builder.document import document_of
from builder.formats import FORMATS, POINTS
from builder.orders import Order
from builder.pipeline import build
from builder.render import render
from builder.select import viewer_of
from builder.verify.booklet_rules import MOST_SHEETS, RULES, broken_booklet_rules, keeps_booklet_rules
from builder.verify.leaks.certify import certify
from builder.verify.leaks.engines import page_texts
from builder.verify.leaks.pdf_places import read_pdf
from builder.verify.leaks.sight import Sight
from builder.writers.booklet import fold, to_booklet
from builder.writers.pdf import write_pdf

SECRET = "The seventh harbour closes in the winter of next year."
SETTINGS = "format: A5, booklet: {thickness: 200}"
SENTENCE = "In the old town many {who} want {what} on both sides of the river. "
WHO = ("pilots", "bakers", "judges", "nurses", "tailors")
WHAT = ("harbours", "bridges", "orchards", "quarries", "lanterns")


def files(settings: str = SETTINGS) -> dict[str, str | bytes]:
    text = "\n\n".join(
        f"## What {who} say\n\n" + "\n\n".join(SENTENCE.format(who=who, what=what) * 3 for what in WHAT)
        for who in WHO
    )
    hidden = f"\n\n::: {{clearance=internal}}\n{SECRET}\n:::\n\n| A | B |\n| - | - |\n| 1 | 2 |\n\nTable: Two"
    return {
        f"{BOOK}/publication.yaml": PUBLICATION.replace("public: {}", f"public: {{{settings}}}"),
        f"{BOOK}/one.md": section(text + hidden),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory):
    return make_project(tmp_path_factory.mktemp("booklet"), files())


@pytest.fixture(scope="module")
def document(world):
    return document_of(loaded(world), job("public", "booklet"), world).value[3]


@pytest.fixture(scope="module")
def pages(world, cache: Path) -> bytes:
    """The pages before they are laid on sheets."""
    _, theme, words, document = document_of(loaded(world), job("public", "booklet"), world).value
    return write_pdf(render(document, theme, words, world), theme, world, cache).value.data


@pytest.fixture(scope="module")
def booklet(world) -> bytes:
    return build_file(world, "public", "booklet")


def count(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return len(pdf.pages)


@pytest.mark.parametrize("pages", range(1, 65))
def test_folded_sheets_have_every_page_in_its_place(pages: int) -> None:
    """Sheets that are folded and laid into each other read 1, 2, 3 to the end, with fewer than four blanks after it."""
    sides = fold(pages)
    sheets = list(zip(sides[::2], sides[1::2], strict=True))
    assert len(sheets) == -(-pages // 4)
    # Leafing through: the right halves from the outermost sheet inwards, then the left ones outwards.
    first = [page for front, back in sheets for page in (front[1], back[0])]
    second = [page for front, back in reversed(sheets) for page in (back[1], front[0])]
    assert first + second == list(range(1, 4 * len(sheets) + 1))
    assert 0 <= 4 * len(sheets) - pages < 4


def test_a_book_of_six_pages_takes_two_sheets() -> None:
    """The order that every printer knows: the last beside the first, the second beside the last but one."""
    assert fold(6) == [(8, 1), (2, 7), (6, 3), (4, 5)]


def test_a_sheet_is_as_large_as_two_pages_and_nothing_is_scaled(booklet: bytes, pages: bytes) -> None:
    """Pages of A5 stand on A4 across, in their own size, and the letters are those of the pages."""
    grid = FORMATS["A5"]["report"]
    with pikepdf.open(io.BytesIO(booklet)) as pdf:
        assert len(pdf.pages) == 2 * -(-count(pages) // 4)
        for sheet in pdf.pages:
            size = [float(part) / POINTS for part in sheet.MediaBox]
            assert size == pytest.approx([0, 0, 2 * grid.width, grid.height], abs=0.01)
            assert sheet.TrimBox == sheet.MediaBox


def test_each_page_is_on_the_sheets_byte_for_byte(booklet: bytes, pages: bytes) -> None:
    """What a sheet draws of a page is the content of that page, and no other thing is drawn."""
    with pikepdf.open(io.BytesIO(pages)) as pdf, pikepdf.open(io.BytesIO(booklet)) as sheets:
        for page in pdf.pages:
            page.contents_coalesce()
        contents = {number: page.Contents.read_bytes() for number, page in enumerate(pdf.pages, 1)}
        found = {}
        for sheet in sheets.pages:
            for name, form in sheet.Resources.XObject.items():
                found[int(name.removeprefix("/Page"))] = form.read_bytes()
            rest = re.sub(rb"q [-\d. ]+ re W n [-\d. ]+ cm /Page\d+ Do Q", b"", sheet.Contents.read_bytes())
            assert not rest.strip()
    assert found.keys() == contents.keys()
    for number, content in contents.items():
        assert found[number].strip() == content.strip()


def test_printed_numbers_follow_each_other_when_the_sheets_are_folded(booklet: bytes, pages: bytes) -> None:
    """The folio at the foot of each half is the number of the page that belongs there."""
    whole, seen = count(pages), 0
    sheets = pypdfium2.PdfDocument(booklet)
    for sheet, pair in zip(sheets, fold(whole), strict=True):
        text, width = sheet.get_textpage(), sheet.get_width()
        for column, number in enumerate(pair):
            edges = {"left": column * width / 2, "right": (column + 1) * width / 2, "top": 50}
            found = re.findall(r"\b\d+\b", text.get_text_bounded(**edges))
            if number > whole:
                assert text.get_text_bounded(left=edges["left"], right=edges["right"]).strip() == ""
            elif found:
                assert found == [str(number)]
                seen += 1
    assert seen > whole / 2


def test_inner_sheets_have_their_pages_nearer_to_the_fold(booklet: bytes) -> None:
    """Paper of 200 micrometres moves the pages of the second sheet by a fifth of a millimetre, those of the first not."""
    with pikepdf.open(io.BytesIO(booklet)) as pdf:
        found = [
            [
                float(operands[4]) / POINTS
                for operands, operator in pikepdf.parse_content_stream(sheet)
                if str(operator) == "cm"
            ]
            for sheet in pdf.pages
        ]
    assert [place[-1] for place in found[:4]] == pytest.approx([148, 0, 147.8, 147.8], abs=0.01)
    assert [place[0] for place in found[3:5]] == pytest.approx([0.2, 0.4], abs=0.01)


def test_paper_without_thickness_moves_nothing(document, pages: bytes) -> None:
    """Where the thickness is 0, all sheets have their pages at the same place."""
    made = to_booklet(pages, replace(document, thickness=0))
    assert broken_booklet_rules(made, count(pages), 0) == []
    assert {name for name, _, _ in broken_booklet_rules(made, count(pages), 200)} == {"creep"}


def test_a_booklet_has_pages_of_a_format_of_its_own(tmp_path: Path) -> None:
    """Beside a PDF of A4, an edition has a booklet of A5, which is printed on A4."""
    world = make_project(tmp_path, files("booklet: {format: A5}"))
    sizes = []
    for target in ("pdf", "booklet"):
        with pikepdf.open(io.BytesIO(build_file(world, "public", target))) as pdf:
            sizes.append([round(float(part) / POINTS) for part in pdf.pages[0].MediaBox[2:]])
    assert sizes == [[210, 297], [296, 210]]


def test_thicker_paper_is_another_input_of_the_booklet_alone(tmp_path: Path, cache: Path) -> None:
    """`inputs` in build.json tells booklets for two papers apart, and no other file."""
    found = {}
    for target in ("booklet", "pdf-duplex"):
        for thickness in (100, 110):
            world = make_project(tmp_path, files(f"format: A5, booklet: {{thickness: {thickness}}}"))
            made = build(Order(job("public", target), world.root, world.templates, cache))
            found.setdefault(target, set()).add(made.value.fingerprint)
    assert {target: len(hashes) for target, hashes in found.items()} == {"booklet": 2, "pdf-duplex": 1}


def test_a_booklet_keeps_every_rule(booklet: bytes, pages: bytes, document) -> None:
    """The finished file breaks nothing, and the check of the build says so."""
    assert broken_booklet_rules(booklet, count(pages), 200, ("sec-one", "sec-two")) == []
    assert keeps_booklet_rules(document, booklet, count(pages)) == []


def test_the_same_content_gives_the_same_bytes(world, booklet: bytes) -> None:
    """A second build of the file equals the first byte for byte."""
    assert build_file(world, "public", "booklet") == booklet


@pytest.mark.verapdf
@pytest.mark.slow
def test_a_booklet_is_pdf_a_and_claims_no_more(booklet: bytes) -> None:
    """It keeps PDF/A-2u, and says nothing of tags, which it has not."""
    assert [str(broken) for broken in judge(booklet, SHEETS)] == []
    with pikepdf.open(io.BytesIO(booklet)) as pdf:
        said = pdf.Root.Metadata.read_bytes()
        assert b"<pdfaid:conformance>U<" in said
        assert b"pdfuaid" not in said
        assert "/StructTreeRoot" not in pdf.Root


def test_the_certificate_reads_each_page_on_the_sheets(world, booklet: bytes) -> None:
    """All three readers find the printed sentences again, and look at each page of a sheet by itself."""
    made = certify(loaded(world), job("public", "booklet"), world, booklet)
    assert made.problems == ()
    assert all(found == asked > 20 for _, asked, found in made.value.readers)
    assert len(made.value.readers) == 3
    assert "page text" in made.value.controls


@pytest.mark.parametrize("place", ["page", "sheet", "label", "metadata"])
def test_what_is_withheld_is_found_anywhere_on_the_sheets(place: str, world, booklet: bytes) -> None:
    """A withheld sentence on a page, on the sheet beside the pages, in a label or in the metadata is a leak."""
    with pikepdf.open(io.BytesIO(booklet)) as pdf:
        sheet = pdf.pages[1]
        shown = f"BT ({SECRET}) Tj ET".encode()
        if place == "page":
            form = next(iter(sheet.Resources.XObject.values()))
            form.write(shown + b"\n" + form.read_bytes())
        elif place == "sheet":
            sheet.contents_add(shown)
        elif place == "label":
            pdf.Root.PageLabels.Nums[1].P = pikepdf.String(SECRET)
        else:
            pdf.Root.Metadata.write(
                pdf.Root.Metadata.read_bytes().replace(b"</dc:title>", SECRET.encode() + b"</dc:title>")
            )
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    said = [
        str(problem)
        for problem in certify(loaded(world), job("public", "booklet"), world, out.getvalue()).problems
    ]
    wanted = {"page": "page 2, form Page", "sheet": "page 2, text", "label": "page labels", "metadata": "XMP"}
    assert any("error[leak]" in line and wanted[place] in line for line in said), said


def test_lines_of_two_pages_side_by_side_are_read_apart(pages: bytes, booklet: bytes) -> None:
    """Each engine finds the words of one page, and of no other, in the half of the sheet that shows it."""
    single: dict[tuple[str, int], list[str]] = {}
    for place in page_texts(pages):
        number = int(re.search(r"\d+", place.where)[0])
        single[place.kind, number] = sorted(place.normal[1])
    halves = [place for place in page_texts(booklet, columns=2) if "column" in place.where]
    assert len(halves) == 2 * 2 * count(booklet)
    for place in halves:
        sheet, column = map(int, re.findall(r"\d+", place.where))
        number = fold(count(pages))[sheet - 1][column - 1]
        assert sorted(place.normal[1]) == single.get((place.kind, number), [])


def test_forms_that_a_page_paints_are_text_of_the_page(booklet: bytes) -> None:
    """The builder's own reader finds the words of a page below the sheet that shows it."""
    places = [place for place in read_pdf(booklet).places if place.kind == "page text"]
    assert any(
        re.search(r"page \d+, form Page\d+, text", place.where) and "old town" in place.text
        for place in places
    )


def _contents(old: bytes, new: bytes, side: int = 4) -> Callable[[Any], None]:
    def change(pdf: Any) -> None:
        before = pdf.pages[side].Contents.read_bytes()
        pdf.pages[side].Contents.write(re.sub(old, new, before))
        assert pdf.pages[side].Contents.read_bytes() != before

    return change


def _swapped(pdf: Any) -> None:
    """Two forms change their places, and keep the names: only the contents list knows."""
    targets = dict(pikepdf.NameTree(pdf.Root.Names.Dests).items())
    targets["sec-one"][0], targets["sec-two"][0] = targets["sec-two"][0], targets["sec-one"][0]
    targets["sec-one"][2], targets["sec-two"][2] = targets["sec-two"][2], targets["sec-one"][2]


def _twice(pdf: Any) -> None:
    known = pdf.pages[4].Resources.XObject
    first, second = known.keys()
    known[first] = known[second]


def _claim(pdf: Any) -> None:
    pdf.Root.MarkInfo = Dictionary(Marked=True)


def _no_wishes(pdf: Any) -> None:
    del pdf.Root.ViewerPreferences


BREAKS: list[tuple[str, str, Callable[[Any], None]]] = [
    ("sides", "file", lambda pdf: pdf.add_blank_page(page_size=(10, 10))),
    ("order", "side 5", _contents(rb"q [^q]*$", b"")),
    ("order", "file", _twice),
    ("contents", "page", _swapped),
    ("boxes", "side 5", lambda pdf: setattr(pdf.pages[4], "MediaBox", Array([0, 0, 900, 900]))),
    ("boxes", "side 5", lambda pdf: setattr(pdf.pages[4], "Rotate", 90)),
    ("creep", "side 5", _contents(rb"1 0 0 1 ", b".9 0 0 .9 ")),
    ("creep", "side 5", _contents(rb"q [-\d.]+ 0 ", b"q 9 0 ")),
    ("turning", "catalogue", _no_wishes),
    ("tags", "catalogue", _claim),
    (
        "annotations",
        "page 5",
        lambda pdf: setattr(pdf.pages[4], "Annots", Array([Dictionary(Subtype=Name.Text)])),
    ),
    ("actions", "catalogue", lambda pdf: pdf.Root.__setitem__("/AA", Dictionary())),
    ("layers", "catalogue", lambda pdf: pdf.Root.__setitem__("/OCProperties", Dictionary())),
    ("fonts", "object", drop_font_file),
]


@pytest.mark.parametrize(("rule", "place", "break_it"), BREAKS)
def test_each_broken_rule_is_named_with_its_place(
    rule: str, place: str, break_it: Callable, booklet: bytes, pages: bytes
) -> None:
    """A booklet that breaks one rule is told of it, with the side or object."""
    with pikepdf.open(io.BytesIO(booklet)) as pdf:
        break_it(pdf)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    found = [
        each
        for each in broken_booklet_rules(out.getvalue(), count(pages), 200, ("sec-one", "sec-two"))
        if each[0] == rule
    ]
    assert found
    assert found[0][1].startswith(place)


def test_encryption_and_a_missing_identity_are_refused(booklet: bytes, pages: bytes) -> None:
    """A printer must be able to open the file, and to know it again."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(booklet)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="x", user=""))
        del pdf.trailer["/ID"]
        assert list(RULES["identity"](type("B", (), {"pdf": pdf})())) == [("trailer", "it has no /ID")]
    assert "encryption" in {name for name, _, _ in broken_booklet_rules(out.getvalue(), count(pages), 200)}


def test_every_rule_is_broken_once() -> None:
    """No rule of the table is without a file that breaks it."""
    assert set(RULES) == {rule for rule, _, _ in BREAKS} | {"encryption", "identity"}


def test_a_broken_rule_is_an_error_of_the_build(document, booklet: bytes, pages: bytes) -> None:
    """The check says it with job, place and rule, and says nothing of other files."""
    with pikepdf.open(io.BytesIO(booklet)) as pdf:
        _no_wishes(pdf)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    (problem,) = keeps_booklet_rules(document, out.getvalue(), count(pages))
    assert problem.code == "print-rule"
    assert problem.message.startswith(
        "book/public/booklet: catalogue: it does not ask to be turned on the short edge"
    )
    other = replace(document, job=job("public", "pdf"))
    assert keeps_booklet_rules(other, out.getvalue(), count(pages)) == []


@pytest.mark.parametrize(
    ("pages", "sheets"), [(4 * MOST_SHEETS, None), (4 * MOST_SHEETS + 1, MOST_SHEETS + 1)]
)
def test_more_sheets_than_a_stapler_takes_are_a_warning(
    pages: int, sheets: int | None, document, booklet: bytes
) -> None:
    """Twenty sheets are taken; one page more is a sheet more."""
    found = [each for each in keeps_booklet_rules(document, booklet, pages) if each.code == "thick-booklet"]
    assert [each.message.split(": ")[1] for each in found] == (
        [f"{sheets} sheets to be stapled in the fold, expected 20 or fewer"] if sheets else []
    )


@pytest.mark.verapdf
@pytest.mark.slow
@pytest.mark.parametrize("target", ["pdf-duplex", "pdf-grey-duplex"])
def test_a_file_for_both_sides_is_as_accessible_as_the_pdf(target: str, world) -> None:
    """It keeps PDF/A-2a and PDF/UA-1, as the PDF for the screen does."""
    assert [str(broken) for broken in judge(build_file(world, "public", target), SCREEN)] == []


@pytest.mark.parametrize("target", ["pdf-duplex", "pdf-grey-duplex"])
def test_a_file_for_both_sides_asks_the_printer_to_turn_the_paper(target: str, world) -> None:
    """Sheets are turned on the long edge and nothing is scaled; chapters begin on right-hand pages, without bleed or marks."""
    with pikepdf.open(io.BytesIO(build_file(world, "public", target))) as pdf:
        wishes = pdf.Root.ViewerPreferences
        assert (wishes.Duplex, wishes.PrintScaling) == ("/DuplexFlipLongEdge", "/None")
        assert wishes.DisplayDocTitle
        assert "/StructTreeRoot" in pdf.Root
        size = [round(float(part) / POINTS) for part in pdf.pages[0].MediaBox]
        assert size == [0, 0, 148, 210]
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        targets = dict(pikepdf.NameTree(pdf.Root.Names.Dests).items())
        assert [numbers[targets[name][0].objgen] % 2 for name in ("sec-one", "sec-two")] == [1, 1]


def test_the_inner_margin_changes_sides(pages: bytes) -> None:
    """On A5 the text of right-hand pages begins 22 mm from the fold, and that of left-hand pages ends there."""
    sheets = pypdfium2.PdfDocument(pages)
    starts: dict[int, set[float]] = {0: set(), 1: set()}
    for number, page in enumerate(sheets, 1):
        text = page.get_textpage()
        for index in range(text.count_rects()):
            left, bottom, _, top = text.get_rect(index)
            if "old town" in text.get_text_bounded(left=left, bottom=bottom, top=top):
                starts[number % 2].add(round(left / POINTS))
    assert min(starts[1]) == 22
    assert min(starts[0]) in (17, 18)


def test_a_file_in_grey_for_both_sides_has_no_colour(world) -> None:
    """Every pixel of it is grey."""
    for page in pypdfium2.PdfDocument(build_file(world, "public", "pdf-grey-duplex")):
        low, middle, high = page.render(scale=0.5).to_pil().convert("RGB").split()
        assert low.tobytes() == middle.tobytes() == high.tobytes()


def test_wide_pages_have_the_same_room_at_the_fold_on_both_sides(tmp_path: Path) -> None:
    """On A4, head and text of right-hand pages begin 6 mm farther from the left edge than those of left-hand pages."""
    world = make_project(tmp_path, files("format: A4, layout: report"))
    starts: dict[int, set[int]] = {0: set(), 1: set()}
    for number, page in enumerate(pypdfium2.PdfDocument(build_file(world, "public", "pdf-duplex")), 1):
        text = page.get_textpage()
        for index in range(text.count_rects() if number > 4 else 0):
            left, bottom, right, top = text.get_rect(index)
            said = text.get_text_bounded(left, bottom, right, top)
            if said.startswith("In the old town") or said.strip() == str(number):
                starts[number % 2].add(round(left / POINTS))
    # Numbers, first lines of paragraphs, and first lines after another paragraph, which are indented.
    assert starts == {1: {28, 72, 77}, 0: {22, 66, 71}}


@pytest.mark.parametrize(
    ("condition", "holding"),
    [
        ("pdf", {"pdf", "pdf-grey", "pdf-duplex", "pdf-grey-duplex", "booklet"}),
        ("pdf-grey", {"pdf-grey", "pdf-grey-duplex"}),
        ("pdf-duplex", {"pdf-duplex", "pdf-grey-duplex"}),
        ("pdf and not pdf-grey", {"pdf", "pdf-duplex", "booklet"}),
        ("booklet", {"booklet"}),
    ],
)
def test_what_is_kept_from_a_kind_of_file_is_kept_from_its_variants(
    condition: str, holding: set[str], tmp_path: Path
) -> None:
    """Builder and certificate agree for which files a condition holds; grey on both sides is grey and two-sided."""
    project = loaded(make_project(tmp_path))
    for target in ("pdf", "pdf-grey", "pdf-duplex", "pdf-grey-duplex", "booklet", "epub"):
        work = job("public", target)
        assert viewer_of(project, work).judge({"target": condition}).is_in is (target in holding)
        assert Sight(project, work, {}).sees({"target": condition}) is (target in holding)
