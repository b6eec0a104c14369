"""PDFs are tagged so that assistive technology reads them as they are meant, whatever the page."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from lxml import etree
from msgspec.structs import fields, replace
from PIL import Image
from support.project import ROOT, TEMPLATES
from support.tags import Tags
from support.verapdf import ARCHIVE as ARCHIVE_FLAVOURS
from support.verapdf import SCREEN as SCREEN_FLAVOURS
from support.verapdf import judge

from builder.diagnostics import Diagnostic, Severity
from builder.model import Author, Contact, Metadata
from builder.themes import load_theme
from builder.world import World
from builder.writers.bind import bind
from builder.writers.claims import ARCHIVE, SCREEN, Claim, xmp_packet
from builder.writers.typeset import Piece, typeset

WORLD = World(ROOT, TEMPLATES)
THEME = load_theme(WORLD, "meridian")
FLAVOURS = {SCREEN: SCREEN_FLAVOURS, ARCHIVE: ARCHIVE_FLAVOURS}
META = Metadata(
    **{
        **{field.name: "" for field in fields(Metadata)},
        "title": "A case & more",
        "language": "en",
        "direction": "ltr",
        "date": date(2026, 11, 24),
        "authors": (),
        "keywords": (),
        "contact": Contact(),
        "uuid": "urn:uuid:00000000-0000-5000-8000-000000000000",
    }
)
STYLE = """
@page { size: 200pt 200pt; margin: 30pt; @footnote { padding-bottom: 1px }
  @top-left { content: string(title) } @top-right { content: element(head) } @bottom-left { content: counter(page) } }
@page { @bottom-right { content: none } }
body { font: 9pt/12pt FAMILY; margin: 0; string-set: title "Case" }
.note { float: footnote } .head { position: running(head) } table { border-collapse: collapse }
.own { list-style: none; counter-reset: own } .own li { counter-increment: own }
.own li::before { content: counter(own) " " } .generated::before { content: "Before: " }
.generated::after { content: " After." } .first::first-letter { font-size: 12pt } .first::first-line { color: red }
a.page::after { content: target-counter(attr(href url), page) }
a.toc::after { content: " " target-counter(attr(href url), page) }
a.dots::after { content: leader(".") target-counter(attr(href url), page) }
"""


def dot() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (200, 0, 0, 128)).save(out, "PNG")
    return out.getvalue()


FILES = {
    "dot.png": dot(),
    "dot.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>',
}


def make(html: str, cache: Path, claim: Claim = SCREEN) -> tuple[bytes, tuple[Diagnostic, ...]]:
    """A finished PDF of a piece of HTML, and what was said of it."""
    family = THEME.fonts[0]["family"]
    head = f'<!DOCTYPE html><html lang="en"><head><title>Case</title><style>{STYLE}</style></head>'
    text = f"{head}<body><h1>Case</h1>{html}</body></html>".replace("FAMILY", f"'{family}'").replace(
        "RB-Sans, sans", family
    )
    unit = typeset("case", Piece(text, FILES, THEME, claim), WORLD, cache)
    made = bind("case", [unit], claim, META, cache)
    return made.value.data, made.problems


@dataclass(frozen=True)
class Case:
    """A piece of HTML and its tags."""

    name: str
    html: str
    tags: str

    def __str__(self) -> str:
        return self.name


PATH = Path(__file__).with_name("cases") / "tags.txt"
CASES = [
    Case(name, html, tags.strip("\n"))
    for name, html, tags in re.findall(
        r"^([^\n]+)\n\.\n(.*?)\n\.\n(.*?)^\.$", PATH.read_text("utf-8"), re.M | re.S
    )
]


def tags_of(data: bytes) -> str:
    """The structure tree below the title that every case has."""
    return re.sub(r"^Document\n  H1: Case\n?", "", Tags(data).outline())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_html_gets_the_tags_that_the_case_lists(
    case: Case, cache: Path, request: pytest.FixtureRequest
) -> None:
    """Each piece of HTML gets these tags, with nothing said against it; `--accept` writes them afresh."""
    data, problems = make(case.html, cache)
    assert problems == ()
    said = tags_of(data)
    if request.config.getoption("--accept"):
        text = PATH.read_text("utf-8")
        old = f"{case.name}\n.\n{case.html}\n.\n{case.tags}{chr(10) if case.tags else ''}."
        assert old in text
        PATH.write_text(text.replace(old, f"{case.name}\n.\n{case.html}\n.\n{said}\n."), "utf-8")
    else:
        assert said == case.tags


@pytest.mark.verapdf
@pytest.mark.parametrize("claim", [SCREEN, ARCHIVE], ids=["pdf", "pdf-archive"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_verapdf_finds_nothing_in_any_case(case: Case, claim: Claim, cache: Path) -> None:
    """Each piece of HTML makes a PDF that keeps the standards it claims, to the last rule."""
    data, _ = make(case.html, cache, claim)
    assert [str(broken) for broken in judge(data, FLAVOURS[claim])] == []


def test_every_case_has_its_own_name() -> None:
    """No two cases are called alike, and there are at least as many as constructs that are known to be hard."""
    assert [name for name, count in Counter(str(case) for case in CASES).items() if count > 1] == []
    assert len(CASES) >= 63


def parts(html: str, cache: Path, claim: Claim = SCREEN) -> pikepdf.Pdf:
    """The finished PDF of a piece of HTML, opened."""
    return pikepdf.open(io.BytesIO(make(html, cache, claim)[0]))


def annotations(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [each for page in pdf.pages for each in page.obj.get("/Annots", [])]


def parent_tree(pdf: pikepdf.Pdf) -> pikepdf.NumberTree:
    return pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)


def test_a_link_has_one_annotation_for_each_line_and_each_says_what_the_link_says(cache: Path) -> None:
    """A link over three lines, with elements inside, has three annotations that do not overlap and lead to one element."""
    html = '<p style="width: 44pt"><a href="https://example.org/">a <em>rather</em> long <code>name</code> of a site</a></p>'
    pdf = parts(html, cache)
    links = annotations(pdf)
    assert len(links) == 3
    assert {str(link.Contents) for link in links} == {"a rather long name of a site"}
    (owner,) = {parent_tree(pdf)[int(link.StructParent)].objgen for link in links}
    assert str(pdf.get_object(owner).S) == "/Link"
    assert {kid.Obj.objgen for kid in pdf.get_object(owner).K if kid_type(kid) == "/OBJR"} == {
        link.objgen for link in links
    }
    boxes = sorted((float(link.Rect[3]), float(link.Rect[1])) for link in links)
    assert all(low[1] <= high[0] for low, high in pairwise(boxes))
    assert all(int(link.F) == 4 for link in links)


def kid_type(kid: object) -> str:
    return str(kid.get("/Type", "")) if isinstance(kid, pikepdf.Dictionary) else ""


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ('<a href="#t">the <em>words</em></a>', "the words"),
        ('<a class="page" href="#t"></a>', "1"),
        ('<a href="https://example.org/"><img src="dot.png" alt="The site"></a>', "The site"),
        ('<a href="https://example.org/" aria-label="Our site">here</a>', "Our site"),
        ('<a href="https://example.org/" title="Our site"><img src="dot.png" alt=""></a>', "Our site"),
        ('<a href="https://example.org/"><img src="dot.png" alt=""></a>', "https://example.org/"),
    ],
)
def test_a_link_says_its_words_or_what_stands_for_them(html: str, says: str, cache: Path) -> None:
    """The description of a link is its label, its words, the words of its pictures, its title or its address."""
    pdf = parts(f'<h2 id="t">T</h2><p>{html}</p>', cache)
    (link,) = annotations(pdf)
    assert str(link.Contents) == says


@pytest.mark.parametrize("claim", [SCREEN, ARCHIVE], ids=["pdf", "pdf-archive"])
def test_links_and_the_outline_lead_to_elements(claim: Claim, cache: Path) -> None:
    """Links inside the document and entries of the outline name the element that they lead to, beside its page."""
    pdf = parts('<p><a href="#t">down</a></p><h2 id="t">There</h2><p>Text.</p>', cache, claim)
    (link,) = annotations(pdf)
    assert str(link.A.S) == "/GoTo"
    assert "/Dest" not in link
    assert str(link.A.SD[0].S) == "/H2"
    entry = pdf.Root.Outlines.First.First
    assert str(entry.Title) == "There"
    assert entry.A.SD[0].objgen == link.A.SD[0].objgen
    assert entry.A.D[0].objgen == pdf.pages[0].obj.objgen


def test_a_picture_says_where_it_stands(cache: Path) -> None:
    """The box of a figure is its place on the page in points, turned as the page shows it."""
    html = '<img src="dot.png" alt="A dot" style="position: absolute; left: 10pt; top: 20pt; width: 40pt; height: 8pt{}">'
    boxes = []
    for style in ("", "; transform: rotate(90deg)"):
        tags = Tags(make(html.format(style), cache)[0])
        (figure,) = tags.find("Figure")
        boxes.append([round(float(value)) for value in figure.A.BBox])
    assert boxes == [[40, 142, 80, 150], [56, 126, 64, 166]]


def test_every_mark_belongs_to_one_element(cache: Path) -> None:
    """On pages and in transparent groups, each mark has its element in the parent tree, and no two have one number."""
    everything = "".join(case.html for case in CASES if "id=" not in case.html)
    pdf = parts(everything, cache)
    tree = parent_tree(pdf)
    forms = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and "/StructParents" in o]
    assert len(forms) > 3
    for holder in [*(page.obj for page in pdf.pages), *forms]:
        numbers = [
            int(operands[1]["/MCID"])
            for operands, operator in pikepdf.parse_content_stream(holder)
            if str(operator) == "BDC" and "/MCID" in operands[1]
        ]
        assert sorted(numbers) == list(range(len(tree[int(holder.StructParents)])))
        assert numbers == list(range(len(numbers)))


def test_ids_of_notes_and_headers_can_be_looked_up(cache: Path) -> None:
    """Every ID is in the tree of IDs, which is in order."""
    html = next(case.html for case in CASES if case.name == "headers that span columns, in two rows")
    tags = Tags(make(html + '<p>One<span class="note">A note.</span></p>', cache)[0])
    ids = {str(each.ID) for each in tags.elements() if "/ID" in each}
    names = list(pikepdf.NameTree(tags.root.IDTree))
    assert set(names) == ids
    assert names == sorted(names)
    assert len(ids) == 5


def test_a_note_and_its_calls_know_of_each_other_in_an_archive(cache: Path) -> None:
    """In PDF 2.0 a note is a footnote that refers to every place that calls it, and each place refers to it."""
    html = '<p>One<span class="note" id="n">A note.</span>, again <a href="#n">1</a>.</p>'
    tags = Tags(make(html, cache, ARCHIVE)[0])
    (note,) = tags.find("FENote")
    assert str(note.A.NoteType) == "/Footnote"
    assert [str(each.S) for each in note.Ref] == ["/Reference", "/Link"]
    assert all(each.Ref[0].objgen == note.objgen for each in note.Ref)


def test_types_of_an_archive_stand_in_their_namespace(cache: Path) -> None:
    """Types of PDF 2.0 stand in its namespace, those of PDF 1.7 alone in none; PDF 1.7 maps newer types to old ones."""
    html = "<blockquote><p>A <em>b</em> <code>c</code></p></blockquote><aside><p>D</p></aside>"
    tags = Tags(make(html, cache, ARCHIVE)[0])
    assert {str(each.S) for each in tags.elements() if "/NS" not in each} == {"/BlockQuote", "/Code"}
    assert "/RoleMap" not in tags.root
    assert dict(Tags(make(html, cache)[0]).root.RoleMap.items()) == {"/Aside": "/Sect", "/Em": "/Span"}


def test_what_repeats_on_every_page_is_no_text(cache: Path) -> None:
    """Running heads, folios, leaders and repeated table heads are artifacts, and those of the page say so."""
    table = next(case.html for case in CASES if case.name.startswith("a table split"))
    leaders = next(case.html for case in CASES if case.name == "leaders")
    data = make(f'<div class="head">Runner</div>{leaders}{table}', cache)[0]
    tags = Tags(data)
    assert "Runner" not in tags.outline()
    assert "." not in tags.text(tags.find("TOC")[0])
    assert tags.artifacts().replace(" ", "").strip(".") == "CaseRunner1AFootCaseRunner2"
    assert ". . . ." in tags.artifacts()
    assert any(
        str(operator) == "BDC" and operands[1].get("/Subtype") == "/Header"
        for page in tags.pdf.pages
        for operands, operator in pikepdf.parse_content_stream(page)
    )


def test_a_paragraph_in_one_piece_needs_one_mark(cache: Path) -> None:
    """Lines that follow each other share a mark: there are no more marks than pieces of text."""
    tags = Tags(make('<p style="width: 40pt">One two three four five six seven.</p>', cache)[0])
    (paragraph,) = tags.find("P")
    assert isinstance(paragraph.K, int)


def test_the_packet_says_all_that_the_edition_says_of_itself(cache: Path) -> None:
    """Title, language, authors, rights and the rest stand in one XMP packet, with the standards; text is escaped."""
    meta = replace(
        META, authors=(Author("A <Name>"),), publisher="House & Sons", rights="Free.", licence_name="CC BY 4.0",
        licence_url="https://example.org/by", description="About", keywords=("one", "two"), identifier="doi:10.1/x",
    )  # fmt: skip
    for claim, part in ((SCREEN, "2"), (ARCHIVE, "4")):
        root = etree.fromstring(xmp_packet(claim, meta, "Maker").split(b"\n", 1)[1])
        found = {etree.QName(each).localname: " | ".join(each.itertext()).split() for each in root.iter()}
        text = {name: " ".join(words).replace(" | ", "|").strip("| ") for name, words in found.items()}
        assert text["title"] == "A case & more"
        assert text["creator"] == "A <Name>"
        assert text["publisher"] == "House & Sons"
        assert text["language"] == "en"
        assert text["rights"] == "Free. CC BY 4.0"
        assert text["WebStatement"] == "https://example.org/by"
        assert text["identifier"] == "doi:10.1/x"
        assert text["ModifyDate"] == "2026-11-24T00:00:00Z"
        assert [each.text for each in root.iter("{http://www.aiim.org/pdfa/ns/id/}part")] == [part]


def test_an_archive_says_nothing_outside_its_packet(cache: Path) -> None:
    """A PDF/A-4 file has no information dictionary, and is of PDF 2.0."""
    pdf = parts("<p>Text.</p>", cache, ARCHIVE)
    assert "/Info" not in pdf.trailer
    assert pdf.pdf_version == "2.0"
    assert parts("<p>Text.</p>", cache).pdf_version == "1.7"


def test_no_picture_is_smoothed_and_all_colours_are_srgb(cache: Path) -> None:
    """No image has /Interpolate true, and the output intent names sRGB."""
    pdf = parts('<img src="dot.png" alt="A dot" style="image-rendering: auto">', cache)
    images = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"]
    assert images
    assert not any(image.get("/Interpolate") for image in images)
    (intent,) = pdf.Root.OutputIntents
    assert str(intent.S) == "/GTS_PDFA1"
    assert "sRGB" in str(intent.OutputConditionIdentifier)


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ('<img src="dot.png">', "a picture without a description: 'dot.png'"),
        (
            '<svg width="9" height="9"><rect width="9" height="9"/></svg>',
            "a picture without a description: 'svg'",
        ),
        ('<p><span role="img">*</span></p>', "a picture without a description: 'span'"),
        ("<h3>Three</h3>", "a heading of level 3 below one of level 1"),
    ],
)
def test_what_keeps_somebody_out_is_an_error(html: str, says: str, cache: Path) -> None:
    """A template that shows an undescribed picture or skips a level of headings is refused, with what to do."""
    _, (problem,) = make(html, cache)
    assert problem.code == "inaccessible"
    assert says in problem.message
    assert problem.severity is Severity.ERROR
    assert problem.hint
