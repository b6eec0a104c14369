"""What the ebooks of this project hold, and how what print can do comes down to what a reading system can."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import pdf_oxide
import pypdfium2
import pytest
import tinycss2
from lxml import etree
from PIL import Image, ImageChops
from support.project import PUBLICATION, ROOT, TEMPLATES, build_file, html_of, make_project, section

from builder.load import load
from builder.model import Job
from builder.wide_tables import SCREEN_COLUMNS
from builder.world import World
from builder.writers import epub_cover

PROJECT = load(World(ROOT, TEMPLATES)).value
EPUBS = [job for job in (PROJECT.jobs() if PROJECT else []) if job.target == "epub"]
NAMES = {"x": "http://www.w3.org/1999/xhtml", "svg": "http://www.w3.org/2000/svg"}
TYPE = "{http://www.idpf.org/2007/ops}type"
ROLES = {
    "part": "doc-part", "chapter": "doc-chapter", "abstract": "doc-abstract", "preface": "doc-preface",
    "conclusion": "doc-conclusion", "appendix": "doc-appendix", "glossary": "doc-glossary",
    "tip": "doc-tip", "bibliography": "doc-bibliography", "toc": "doc-toc", "page-list": "doc-pagelist",
    "noteref": "doc-noteref", "pagebreak": "doc-pagebreak", "endnotes": "doc-endnotes",
    "footnote": "doc-footnote",
}  # fmt: skip
PICTURES = {".png", ".jpg", ".gif", ".svg"}
WITHOUT_ROLE = {"cover", "titlepage", "copyright-page", "landmarks"}
"""Kinds of which assistive technology knows no role."""


@dataclass
class Book:
    """An ebook that is open."""

    data: bytes

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Files below EPUB/, by name."""
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            return {n[5:]: archive.read(n) for n in archive.namelist() if n.startswith("EPUB/")}

    @cached_property
    def pages(self) -> dict[str, etree._Element]:
        """Content documents, by name."""
        return {n: etree.fromstring(d) for n, d in self.files.items() if n.endswith(".xhtml")}

    def find(self, path: str) -> list:
        """What an XPath finds in all content documents; `x:` is the prefix of XHTML."""
        return [found for page in self.pages.values() for found in page.xpath(path, namespaces=NAMES)]


BOOKS: dict[Job, Book] = {}


@pytest.fixture(params=EPUBS, ids=str)
def book(request: pytest.FixtureRequest, finished) -> Book:
    """Each ebook of this project."""
    return BOOKS.setdefault(request.param, Book(finished(request.param)))


def rules() -> list[tuple[str, dict[str, str]]]:
    """Selector and declarations of each rule of the ebook's style sheet."""
    sheet = (TEMPLATES / "epub" / "book.css").read_text("utf-8")
    found = []
    for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            declared = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            values = {d.name: tinycss2.serialize(d.value).strip() for d in declared}
            found.extend((s.strip(), values) for s in tinycss2.serialize(rule.prelude).split(","))
    return found


# --- the style sheet: the reader owns the page ------------------------------------------------------


def test_the_reader_owns_typeface_size_colour_and_ground() -> None:
    """Nothing of these is set on text, links take the colour around them, and only pictures have a ground."""
    for selector, values in rules():
        assert values.get("color", "inherit") == "inherit", selector
        assert values.get("font-family", "monospace") == "monospace", selector
        assert values.get("text-align") != "justify", selector
        assert not {"direction", "unicode-bidi", "position"} & set(values), selector
        ground = values.get("background-color") or values.get("background")
        # A picture keeps its white ground; the bar of a redaction is printed in the ink of the text.
        allowed = {"#ffffff"} if selector.endswith(" img") else {"currentColor"} if ".bar" in selector else set()
        assert ground is None or ground in allowed, selector
    body = dict(rules())["body"]
    assert not {"font", "font-size", "line-height", "color", "background"} & set(body)
    assert dict(rules())["a"]["color"] == "inherit"


def test_lengths_follow_the_readers_letters() -> None:
    """Every length is relative; only lines are measured in pixels, of which none is thinner than one."""
    for selector, values in rules():
        for name, value in values.items():
            for number, unit in re.findall(r"([\d.]+)(px|pt|mm|cm|in|pc)\b", value):
                assert (unit, name[:6]) == ("px", "border"), f"{selector}: {name}"
                assert float(number) >= 1, selector
            assert not re.search(r"border", name) or not re.search(r"#|rgb|var\(", value), selector


def test_headings_have_their_sizes_and_stay_with_their_text() -> None:
    """Headings are 1.75, 1.3 and 1 em, at the left, never hyphenated, and no page ends with one."""
    merged: dict[str, dict[str, str]] = {}
    for selector, values in rules():
        merged.setdefault(selector, {}).update(values)
    assert [merged[name]["font-size"] for name in ("h1", "h2", "h3")] == ["1.75em", "1.3em", "1em"]
    for name in ("h1", "h2", "h3", "h4", "h5", "h6"):
        assert merged[name]["hyphens"] == "none"
        assert merged[name]["text-align"] == "left"
        assert merged[name]["break-after"] == merged[name]["page-break-after"] == "avoid"


def test_nothing_is_kept_from_flowing_over_the_page() -> None:
    """No box scrolls: a reading system with pages cuts off what can't be broken."""
    for selector, values in rules():
        assert not {"overflow", "overflow-x", "overflow-y"} & set(values), selector


# --- the structure ------------------------------------------------------------------------------------


def test_each_kind_of_part_has_its_role(book: Book) -> None:
    """Whatever has an `epub:type` has the role by which assistive technology knows it."""
    for element in book.find("//*[@*[local-name() = 'type' and namespace-uri() != '']]"):
        kind = element.get(TYPE)
        is_landmark = element.xpath("boolean(ancestor::x:nav)", namespaces=NAMES)
        if kind not in WITHOUT_ROLE and not is_landmark:
            assert element.get("role") == ROLES[kind], kind


def test_the_landmarks_lead_to_what_the_book_has(book: Book) -> None:
    """Cover, title page, imprint, contents and beginning of the text; notes and sources where they are."""
    kinds = [
        a.get(TYPE) for a in book.pages["nav.xhtml"].xpath("//x:nav[@id='landmarks']//x:a", namespaces=NAMES)
    ]
    assert kinds[:5] == ["cover", "titlepage", "copyright-page", "toc", "bodymatter"]
    assert ("endnotes" in kinds) == ("notes.xhtml" in book.pages)
    for kind in ("glossary", "bibliography"):
        assert (kind in kinds) == bool(book.find(f"//x:section[@role='doc-{kind}']"))


def test_each_chapter_is_a_file(book: Book) -> None:
    """A chapter file holds one part or chapter with one `h1`, and the spine names them in their order."""
    opf = etree.fromstring(book.files["content.opf"])
    spine = [each.get("idref") for each in opf.iter("{*}itemref")]
    chapters = sorted(name[:-6] for name in book.pages if name.startswith("chapter-"))
    assert [name for name in spine if name.startswith("chapter-")] == chapters
    assert spine[:4] == ["cover-page", "title", "imprint", "nav"]
    for name in chapters:
        page = book.pages[f"{name}.xhtml"]
        assert len(page.findall(".//x:h1", NAMES)) == 1
        assert len(page.findall("x:body/x:section", NAMES)) == 1


def test_every_link_finds_its_place(book: Book) -> None:
    """A link inside the book leads to a file and an anchor that are there."""
    ids = {n: set(page.xpath("//@id")) for n, page in book.pages.items()}
    for name, page in book.pages.items():
        for address in page.xpath("//x:a/@href", namespaces=NAMES):
            if not re.match(r"[a-z]+:", address):
                path, _, anchor = address.partition("#")
                assert not anchor or anchor in ids[path or name], f"{name}: {address}"
                assert not path or path in book.files


def test_every_note_leads_back(book: Book) -> None:
    """Each note is called, and its number leads back to the call."""
    notes = book.find("//x:aside[@role='doc-footnote']")
    calls = {a.get("href").split("#")[1] for a in book.find("//x:a[@role='doc-noteref']")}
    assert {note.get("id") for note in notes} == calls
    for note in notes:
        (back,) = note.xpath(".//x:a[@role='doc-backlink']", namespaces=NAMES)
        assert back.get("href").endswith(f"#{note.get('id')}-ref")
        assert back.get("title")


def test_nothing_is_fetched(book: Book) -> None:
    """No picture, style, font or script lies outside the file, and there is none of the last two."""
    sources = book.find("//@src | //@poster | //@data | //x:link/@href")
    assert not [each for each in sources if ":" in each]
    assert not book.find(
        "//x:script | //x:iframe | //x:object | //x:embed | //x:style | //@style[not(parent::x:col)]"
    )
    assert not re.search(rb"url\(|@import|@font-face", book.files["book.css"])
    assert {PurePosixPath(name).suffix for name in book.files} <= {".xhtml", ".css", ".opf", *PICTURES}


# --- pictures and tables ------------------------------------------------------------------------------


def test_every_picture_is_described(book: Book) -> None:
    """Each picture has an alternative text, or is marked as decoration."""
    for picture in book.find("//x:img"):
        assert picture.get("alt", "").strip() or picture.get("role") == "presentation"


def test_each_chart_has_a_long_text_and_its_numbers(book: Book) -> None:
    """A chart's alternative text says more than its title, and a link leads to the numbers and back."""
    for figure in book.find("//x:figure[contains(concat(@class, ' '), ' chart ')]"):
        picture = figure.find(".//x:img", NAMES)
        caption = "".join(figure.find(".//x:span[@class='caption']", NAMES).itertext())
        assert len(picture.get("alt")) > max(len(caption), 60)
        (link,) = figure.xpath(".//x:a[@class='data']/@href", namespaces=NAMES)
        assert link == f"#{picture.get('aria-details')}"
        (data,) = figure.xpath(f"//x:div[@id='{link[1:]}']", namespaces=NAMES)
        assert data.xpath("boolean(.//x:table or .//x:ul)", namespaces=NAMES)
        assert data.xpath(f"boolean(.//x:a[@href='#{figure.get('id')}'])", namespaces=NAMES)


def test_a_chart_stands_on_white_in_letters_that_can_be_read(book: Book) -> None:
    """A chart has an opaque white ground, and letters of 13 units on a width of 360; its words are text."""
    names = {figure.get("src") for figure in book.find("//x:figure[contains(@class, 'chart')]//x:img")}
    for name in names:
        root = etree.fromstring(book.files[name])
        ground = next(e for e in root if etree.QName(e).localname not in ("title", "desc"))
        assert (ground.get("fill"), ground.get("width"), ground.get("height")) == (
            "#ffffff", root.get("width"), root.get("height"),
        )  # fmt: skip
        scale = 360 / float(root.get("width"))
        sizes = {float(text.get("font-size")) for text in root.iter("{*}text")}
        assert sizes
        assert min(sizes) * scale >= 13
        assert not list(root.iter("{*}image"))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The page of each cover that is drawn, as a PDF."""
    real, pages = epub_cover._drawn, []
    monkeypatch.setattr(epub_cover, "_drawn", lambda data: pages.append(data) or real(data))
    return pages


def test_a_cover_is_drawn_again_only_where_its_page_has_changed(tmp_path: Path, drawn: list[bytes]) -> None:
    """A typing error in a chapter leaves the picture in the cache; a new title, or a picture that is damaged, does not."""

    def built(body: str, title: str = "A book") -> Book:
        text = re.sub(r"^title: .*", f"title: {title}", PUBLICATION, flags=re.MULTILINE)
        files = {"content/publications/book/one.md": section(body), "content/publications/book/publication.yaml": text}
        return Book(build_file(make_project(tmp_path, files)))

    first = built("One word is wrogn here.")
    assert built("One word is wrong here.").files["cover.png"] == first.files["cover.png"]
    assert len(drawn) == 1
    assert built("One word is wrong here.", "Another book").files["cover.png"] != first.files["cover.png"]
    assert len(drawn) == 2
    for kept in (tmp_path / "output/.cache/covers").iterdir():
        kept.write_bytes(kept.read_bytes()[:-1])
    assert built("One word is wrong here.").files["cover.png"] == first.files["cover.png"]
    assert len(drawn) == 3


def test_a_cover_keeps_its_colours(tmp_path: Path, drawn: list[bytes]) -> None:
    """No pixel is off by more than four of 255 steps from the page as it is drawn; the ground is not off at all."""
    text = re.sub(r"^title: .*", "title: A book in its own colours", PUBLICATION, flags=re.MULTILINE)
    book = Book(build_file(make_project(tmp_path, {"content/publications/book/publication.yaml": text})))
    cover = Image.open(io.BytesIO(book.files["cover.png"])).convert("RGB")
    page = pypdfium2.PdfDocument(drawn[0])[0]
    plain = page.render(scale=cover.width / page.get_width(), rev_byteorder=True).to_pil().convert("RGB")
    assert max(most for _, most in ImageChops.difference(cover, plain).getextrema()) <= 4
    assert cover.getpixel((0, 0)) == plain.getpixel((0, 0))


@pytest.mark.parametrize(("publisher", "is_beside"), [("A house", True), ("A house of many words that leaves no room for the date of its books beside it", False)])
def test_the_date_on_a_cover_stands_beside_the_house_or_below_it(
    publisher: str, is_beside: bool, tmp_path: Path, drawn: list[bytes]
) -> None:
    """At the right edge where there is room for both, else at the left one."""
    text = re.sub(r"^title: .*", f"title: A book\npublisher: {{name: {publisher}}}", PUBLICATION, flags=re.MULTILINE)
    build_file(make_project(tmp_path, {"content/publications/book/publication.yaml": text}))
    page = pypdfium2.PdfDocument(drawn[0])[0]
    spans = pdf_oxide.PdfDocument.from_bytes(drawn[0]).extract_spans(0)
    (house,) = (span.bbox for span in spans if span.text == publisher)
    (issue,) = (span.bbox for span in spans if span.text.endswith("2026"))
    edge = page.get_width() / 10
    assert house[0] == pytest.approx(edge, abs=2)
    if is_beside:
        assert issue[1] == pytest.approx(house[1], abs=1)
        assert issue[0] + issue[2] == pytest.approx(page.get_width() - edge, abs=2)
    else:
        assert issue[1] < house[1] - 10
        assert issue[0] == pytest.approx(edge, abs=2)


@pytest.mark.parametrize("title", ["Water", "The Edition Builder Handbook", "All that is known of harbours and rivers " * 4])
def test_no_title_runs_into_the_names_below_it(title: str, tmp_path: Path, drawn: list[bytes]) -> None:
    """A title of any length, with a subtitle of two lines, ends above the authors and begins below the masthead."""
    subtitle = "For all who work on it, for those who look at it, and for whoever comes by"
    text = re.sub(r"^title: .*", f"title: {title}\nsubtitle: {subtitle}", PUBLICATION, flags=re.MULTILINE)
    build_file(make_project(tmp_path, {"content/publications/book/publication.yaml": text}))
    spans = pdf_oxide.PdfDocument.from_bytes(drawn[0]).extract_spans(0)
    (names,) = (span.bbox for span in spans if span.text == "A. Author")
    (issue,) = (span.bbox for span in spans if span.text.endswith("2026"))
    rest = {*title.split(), *subtitle.split()}
    words = [each.bbox for each in spans if each.text != "The public" and each.text.split()[0] in rest]
    assert len(words) >= 3
    assert min(low for _, low, _, _ in words) > names[1] + names[3]
    assert max(low + high for _, low, _, high in words) < issue[1]


def test_the_cover_fits_the_shops(book: Book) -> None:
    """The cover has 1600 by 2400 pixels, in RGB and opaque; its words are its text."""
    image = Image.open(io.BytesIO(book.files["cover.png"]))
    assert image.size == (1600, 2400)
    assert image.width * image.height <= 4_000_000
    assert image.mode == "RGB" or (image.mode == "P" and image.palette.mode == "RGB")
    assert "transparency" not in image.info
    title = "".join(book.pages["title.xhtml"].find(".//x:h1", NAMES).itertext())
    assert title in book.pages["cover.xhtml"].find(".//x:img", NAMES).get("alt")


def test_no_table_is_wider_than_a_telephone(book: Book) -> None:
    """A table has at most four columns, each headed."""
    for table in book.find("//x:table"):
        for row in table.iter("{*}tr"):
            assert sum(int(cell.get("colspan", 1)) for cell in row) <= SCREEN_COLUMNS
        assert table.xpath("boolean(.//x:th)", namespaces=NAMES)


def test_what_only_a_page_can_do_is_left_out(book: Book) -> None:
    """No pull quote, QR code, running head or page number of print is in an ebook."""
    for name in ("pull-quote", "qr", "page", "footnote", "whole"):
        assert not book.find(f"//*[contains(concat(' ', @class, ' '), ' {name} ')]"), name


# --- how print comes down -----------------------------------------------------------------------------


def test_a_reference_to_a_page_names_the_figure(tmp_path: Path) -> None:
    """Where print says on which page a figure stands, the ebook says which figure it is, and links to it."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    text = 'See [](#fig-map){page}.\n\n![A map](map.svg "The basin"){#fig-map}\n'
    world = make_project(
        tmp_path,
        {"content/publications/book/one.md": section(text), "content/publications/book/map.svg": svg},
    )
    assert '<a class="xref" href="chapter-01.xhtml#fig-map">Figure\u00a01</a>' in html_of(world)
    assert '<a class="xref page" href="#fig-map">page\u00a0</a>' in html_of(world, "public", "pdf")


def table(*rows: str) -> str:
    head, *body = (f"| {row} |" for row in rows)
    return "\n".join([head, "|" + " --- |" * rows[0].count("|") + " --- |", *body]) + "\n"


@pytest.mark.parametrize(
    ("rows", "tables", "lists"),
    [
        (("A | B | C | D", "1 | 2 | 3 | 4"), [4], 0),
        (("Year | A | B | C | D", "1990 | 1 | 2 | 3 | 4"), [3, 3], 0),
        (("Year | A | B | C | D | E | F | G", "1990 | 1 | 2 | 3 | 4 | 5 | 6 | 7"), [3, 4, 3], 0),
        (("Name | A | B | C | D", "x | one | 2 | 3 | 4"), [], 1),
        (("A | B | C | D", "a very long | text in every | cell of the | incomprehensibilities"), [], 1),
        (("A", "incomprehensibilities-and-everything-that-is-longer_than_a_line_of_forty_letters"), [1], 0),
    ],
)
def test_a_wide_table_is_split_or_becomes_a_list(
    tmp_path: Path, rows: tuple[str, ...], tables: list[int], lists: int
) -> None:
    """Numbers stand in tables that each have the first column, words in a list; print has one table."""
    world = make_project(tmp_path, {"content/publications/book/one.md": section(table(*rows))})
    html = html_of(world)
    assert [each.count("<td") + each.count('<th scope="row"') for each in html.split("<tbody>")[1:]] == tables
    assert html.count('<ul class="rows">') == lists
    assert html_of(world, "public", "pdf").count("<table") == 1


def test_a_list_of_rows_loses_no_word(tmp_path: Path) -> None:
    """Each cell stands behind the words of its column, a joined one in each of its rows, an anchor once."""
    text = table(
        "Partner | [Present level]{#level} | Since[^s] | Until | Kind",
        "China | highest | 2014 | open | treaty",
        "Russia | ^ | 2019 | < | both",
    )
    text += "\n[^s]: By declaration.\n\nSee [the level](#level).\n"
    html = html_of(make_project(tmp_path, {"content/publications/book/one.md": section(text)}))
    plain = " ".join(re.sub("<[^>]+>", " ", html.split('<ul class="rows">')[1]).split())
    assert plain.replace(" :", ":").startswith(
        "Partner: China Present level: highest Since 1: 2014 Until: open Kind: treaty "
        "Partner: Russia Present level: highest Since 1: 2019 Until: 2019 Kind: both"
    )
    assert html.count('id="level"') == 1
    assert html.count('-ref"') == 1
    assert html.count('role="doc-noteref"') == 2


def test_components_come_down_to_plain_blocks(tmp_path: Path) -> None:
    """Margin notes and boxes are asides with a role, key figures a list of definitions; a quote is gone."""
    text = (
        "::: note {title=Aside}\nOn the margin.\n:::\n\n::: box {title=More}\nIn a box.\n:::\n\n"
        "::: key-figures\n- **91.4 %** went to China\n:::\n\n::: quote\nSaid twice.\n:::\n\nSaid twice.\n"
    )
    html = html_of(make_project(tmp_path, {"content/publications/book/one.md": section(text)}))
    assert '<aside class="note" role="note">' in html
    assert '<aside class="box" role="note">' in html
    assert '<dl class="facts">\n<div><dt>91.4\u00a0%</dt><dd>went to China</dd></div>' in html
    assert html.count("Said twice.") == 1


def test_a_claim_of_conformance_is_made_by_setting_only(tmp_path: Path) -> None:
    """Package and imprint claim what publication.yaml claims; else the imprint says that nothing is."""
    claim = (
        "accessibility:\n  conforms_to: EPUB Accessibility 1.1 - WCAG 2.2 Level AA\n  certified_by: A House\n"
    )
    for extra, holds in (("", False), (claim, True)):
        overlay = {"content/publications/book/publication.yaml": PUBLICATION + extra}
        made = Book(build_file(make_project(tmp_path / str(holds), overlay)))
        package = made.files["content.opf"].decode()
        imprint = " ".join("".join(made.pages["imprint.xhtml"].itertext()).split())
        assert ("dcterms:conformsTo" in package) == ("a11y:certifiedBy" in package) == holds
        assert (
            "Conforms to: EPUB Accessibility 1.1 - WCAG 2.2 Level AA. Certified by: A House" in imprint
        ) == holds
        assert ("No conformance to an accessibility standard is claimed." in imprint) != holds
