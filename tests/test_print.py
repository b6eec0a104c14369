"""The PDF for a printing house: inks, boxes, right-hand pages, and the rules of PDF/X-4, each broken once."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from msgspec.structs import replace
from pikepdf import Array, Dictionary, Name
from support.pdf import drop_font_file
from support.project import BOOK, TEMPLATES, build_file, job, make_project, section

from builder.document import document_of
from builder.load import load
from builder.verify.print_rules import RULES, broken_rules, keeps_print_rules
from builder.writers.inks import BLACK, Press

PROFILE = TEMPLATES / "profiles" / "FOGRA39L.icc"
GRADIENT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><defs><linearGradient id="g" '
    'gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="90" y2="0"><stop offset="0" stop-color="red"/>'
    '<stop offset="1" stop-color="#00f" stop-opacity=".3"/></linearGradient></defs>'
    '<rect width="90" height="30" fill="url(#g)"/><text x="5" y="20">Words</text></svg>'
)


def files() -> dict[str, str | bytes]:
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "#CC2200").save(picture, "PNG")
    text = "Words.\n\n## More\n\n[A link](https://example.org)\n\n![A square](images/a.png)\n\n![A gradient](images/b.svg)\n"
    return {
        f"{BOOK}/one.md": section(text),
        f"{BOOK}/images/a.png": picture.getvalue(),
        f"{BOOK}/images/b.svg": GRADIENT,
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory):
    return make_project(tmp_path_factory.mktemp("print"), files())


@pytest.fixture(scope="module")
def printed(world) -> bytes:
    return build_file(world, "public", "pdf-print")


def test_a_file_for_the_printing_house_keeps_every_rule(printed: bytes) -> None:
    """Text, a link, a picture, a gradient and an SVG with words are inks, and the file breaks nothing."""
    assert broken_rules(printed) == []


def test_the_boxes_are_exact_and_begin_at_zero(printed: bytes) -> None:
    """The trim is A4, the bleed 3 mm and the paper 10 mm larger on each side, on every page."""
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        for page in pdf.pages:
            for box, reach in ((page.MediaBox, 10), (page.BleedBox, 3), (page.TrimBox, 0)):
                found = [float(side) * 25.4 / 72 for side in box]
                wanted = [10 - reach, 10 - reach, 220 + reach, 307 + reach]
                assert found == pytest.approx(wanted, abs=0.01)
            assert "/Annots" not in page


def test_chapters_begin_on_right_hand_pages(printed: bytes) -> None:
    """Each chapter stands on an odd page, and the page that is left over before it is blank."""
    import pypdfium2

    with pikepdf.open(io.BytesIO(printed)) as pdf:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        targets = dict(pikepdf.NameTree(pdf.Root.Names.Dests).items())
        assert [numbers[targets[name][0].objgen] % 2 for name in ("sec-one", "sec-two")] == [1, 1]
    pages = [page.get_textpage().get_text_range().strip() for page in pypdfium2.PdfDocument(printed)]
    assert "" in pages


def test_grounds_run_over_the_edge_and_not_beyond_the_bleed(printed: bytes) -> None:
    """The cover is inked up to the bleed on all four sides, and the paper beyond it is white but for the marks."""
    import pypdfium2

    page = pypdfium2.PdfDocument(printed)[0].render(scale=2).to_pil()
    image = page.convert("L")
    dot = image.width / 230
    for x, y in ((7.6, 150), (222.4, 150), (110, 7.6), (110, 309.4)):
        assert image.getpixel((int(x * dot), int(y * dot))) < 150
    for x, y in ((5, 150), (225, 150), (110, 4), (110, 313)):
        assert image.getpixel((int(x * dot), int(y * dot))) > 250


def test_black_letters_are_black_ink_and_white_is_never_overprinted(printed: bytes) -> None:
    """Overprint is set for letters in black ink alone, and no page has it on for anything else."""
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        for page in pdf.pages:
            page.contents_coalesce()
        contents = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    assert b"0 0 0 1 k" in contents
    assert b"/Overprint gs" in contents
    assert contents.count(b"/Overprint gs") == contents.count(b"/Knockout gs")


def test_inks_follow_the_profile() -> None:
    """White is bare paper, black and dark near-greys are black alone, a picture's black is all four, red has no cyan."""
    press = Press(PROFILE.read_bytes())
    assert press.inks(1, 1, 1) == (0, 0, 0, 0)
    assert press.inks(0, 0, 0) == press.inks(0.1, 0.12, 0.14) == BLACK
    assert press.inks(0.5, 0.5, 0.5)[:3] == (0, 0, 0)
    assert min(press.process(0, 0, 0)) > 0.3
    assert sum(press.process(0, 0, 0)) <= 3.02
    red = press.inks(1, 0, 0)
    assert red[0] < 0.05 < 0.8 < red[1]


def test_the_profile_is_the_one_that_its_readme_describes() -> None:
    """The sum of the committed profile stands in the README beside it."""
    digest = hashlib.sha256(PROFILE.read_bytes()).hexdigest()
    assert digest in PROFILE.with_name("README.md").read_text("utf-8")


def test_the_same_content_gives_the_same_bytes(world, printed: bytes) -> None:
    """A second build of the file equals the first byte for byte."""
    assert build_file(world, "public", "pdf-print") == printed


def _root(key: str, value: Any) -> Callable[[Any], None]:
    return lambda pdf: pdf.Root.__setitem__(key, value)


def _xmp(old: bytes, new: bytes) -> Callable[[Any], None]:
    return lambda pdf: pdf.Root.Metadata.write(pdf.Root.Metadata.read_bytes().replace(old, new))


def _paint(text: bytes) -> Callable[[Any], None]:
    return lambda pdf: pdf.pages[0].contents_add(text)


def _image(pdf: Any) -> None:
    pdf.pages[0].add_resource(
        pdf.make_stream(b"123", Subtype=Name.Image, ColorSpace=Name.DeviceRGB), Name.XObject
    )


def _over(pdf: Any) -> None:
    pdf.pages[0].contents_add(b"q /Overprint gs 0 0 0 0 k 0 0 9 9 re f Q")


def _no_profile(pdf: Any) -> None:
    del pdf.Root.OutputIntents[0].DestOutputProfile


def _boxless(pdf: Any) -> None:
    del pdf.pages[1].TrimBox


BREAKS: list[tuple[str, str, Callable[[Any], None]]] = [
    ("metadata", "XMP", _xmp(b"PDF/X-4", b"PDF/X-3")),
    ("metadata", "XMP", _xmp(b"xmpMM:DocumentID", b"xmpMM:OtherID")),
    ("information", "document information", lambda pdf: pdf.docinfo.__setitem__("/Title", "Another")),
    ("output intent", "catalogue", _root("/OutputIntents", Array([]))),
    ("output intent", "output intent", _no_profile),
    ("boxes", "page 2", _boxless),
    ("boxes", "page 1", lambda pdf: setattr(pdf.pages[0], "BleedBox", Array([-9, 0, 900, 900]))),
    ("boxes", "page 1", lambda pdf: setattr(pdf.pages[0], "MediaBox", Array([-1, -1, 900, 900]))),
    (
        "annotations",
        "page 1",
        lambda pdf: setattr(pdf.pages[0], "Annots", Array([Dictionary(Subtype=Name.Text)])),
    ),
    ("actions", "catalogue", _root("/AA", Dictionary())),
    ("actions", "object", _root("/Extra", Dictionary(S=Name.URI, URI="https://example.org"))),
    ("layers", "catalogue", _root("/OCProperties", Dictionary())),
    ("fonts", "object", drop_font_file),
    ("forbidden", "object", _root("/Extra", Dictionary(OPI=Dictionary()))),
    ("colour spaces", "object", _image),
    ("colours", "page 1", _paint(b"q 1 0 0 rg 0 0 9 9 re f Q")),
    ("colours", "page 1", _paint(b"q /DeviceRGB CS 1 0 0 SC 0 0 m 9 9 l S Q")),
    ("overprint", "page 1", _over),
]


@pytest.mark.parametrize(("rule", "place", "break_it"), BREAKS)
def test_each_broken_rule_is_named_with_its_place(
    rule: str, place: str, break_it: Callable, printed: bytes
) -> None:
    """A file that breaks one rule is told of this rule and no other, with the page or object."""
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        break_it(pdf)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    found = broken_rules(out.getvalue())
    assert {name for name, _, _ in found} == {rule}
    assert found[0][1].startswith(place)


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("version", {"force_version": "1.7"}),
        ("encryption", {"encryption": pikepdf.Encryption(owner="x", user="")}),
    ],
)
def test_a_file_saved_otherwise_is_refused(rule: str, options: dict, printed: bytes) -> None:
    """A later version of PDF and encryption break a rule."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        pdf.save(out, **options)
    assert rule in {name for name, _, _ in broken_rules(out.getvalue())}


def test_a_file_without_identity_is_refused(printed: bytes) -> None:
    """A trailer without /ID breaks a rule."""
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        del pdf.trailer["/ID"]
        assert [place for place, _ in RULES["identity"](pdf)] == ["trailer"]


def test_every_rule_is_broken_once() -> None:
    """No rule of the table is without a file that breaks it."""
    assert set(RULES) == {rule for rule, _, _ in BREAKS} | {"version", "encryption", "identity"}


def test_a_broken_rule_is_an_error_of_the_build(world, printed: bytes) -> None:
    """The check says it with the job, place and rule for the printing house, and says nothing of other files."""
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        _boxless(pdf)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    work = job("public", "pdf-print")
    document = document_of(load(world, "book").value, work, world).value[3]
    (problem,) = keeps_print_rules(document, out.getvalue(), 9)
    assert problem.code == "print-rule"
    assert problem.message == "book/public/pdf-print: page 2: it needs a TrimBox and no ArtBox (boxes)"
    assert keeps_print_rules(replace(document, job=job("public", "pdf")), out.getvalue(), 9) == []


def test_the_room_for_the_binding_changes_sides() -> None:
    """On half-letter the wider margin lies at the fold on both sides; on A4, notes and text move 6 mm away from it."""
    from builder.conditions import TARGETS
    from builder.formats import grid_of

    kind = TARGETS["pdf-print"]
    assert (
        "@page :left { --edge: 15mm; margin-left: 15mm; margin-right: 18mm; }"
        in grid_of("Half-Letter", "report", kind).css
    )
    wide = grid_of("A4", "report", kind)
    assert wide.left == 72
    assert "@page :left { --edge: 22mm; margin-left: 66mm; margin-right: 30mm; }" in wide.css
    assert ":left" not in grid_of("A4", "report").css
