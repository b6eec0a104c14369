"""The page list of an ebook is that of its PDF: each page once, in order, at the word with which it begins."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from lxml import etree
from msgspec.structs import replace
from support.project import BOOK, PUBLICATION, ROOT, TEMPLATES, build_file, make_project, section
from support.tags import Tags
from test_executors import Here

from builder import orders, pipeline
from builder.desk.executors import InProcess, Workers
from builder.language import load_words
from builder.load import load
from builder.model import Job
from builder.orders import Order
from builder.page_list import FRONT, mark_pages, paged_of, plan_pages
from builder.page_list.words import Words, match_words
from builder.scheduling import build_all
from builder.verify.leaks.epub_places import folios_of
from builder.world import World
from builder.writers.layout import Line, Page

PROJECT = load(World(ROOT, TEMPLATES)).value
JOBS = PROJECT.jobs() if PROJECT else []
EPUBS = [each for each in JOBS if each.target == "epub" and replace(each, target="pdf") in JOBS]
NAMES = {"x": "http://www.w3.org/1999/xhtml", "e": "http://www.idpf.org/2007/ops"}
OPF = {"o": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
MARK = "//*[@e:type='pagebreak']"
WORD = re.compile(r"[\u2e80-\u9fff]|\d+|[^\W\d_]+")
SHOWN = 5
"""Words of a page that are compared."""
PRINT_ONLY = "only in print the ebook has neither this paragraph nor its heading"
"""What a page of the handbook begins with, and no ebook has."""


class Book:
    """An ebook with page marks."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.files = {name[5:]: archive.read(name) for name in archive.namelist() if name.startswith("EPUB/")}
        self.package = etree.fromstring(self.files["content.opf"])
        items = {item.get("id"): item.get("href") for item in self.package.iter("{*}item")}
        self.spine = [items[item.get("idref")] for item in self.package.iter("{*}itemref")]
        self.trees = {name: etree.fromstring(self.files[name]) for name in self.spine}

    def marks(self) -> list[tuple[str, str, str]]:
        """File, id and folio of each mark in reading order."""
        return [
            (name, mark.get("id"), mark.get("aria-label"))
            for name, tree in self.trees.items()
            for mark in tree.xpath(MARK, namespaces=NAMES)
        ]

    def listed(self) -> list[tuple[str, str]]:
        """Address and folio of each line of the page list."""
        lines = self.trees["nav.xhtml"].xpath("//x:nav[@e:type='page-list']//x:a", namespaces=NAMES)
        return [(line.get("href"), line.text) for line in lines]

    def meta(self, name: str) -> list[str]:
        """The texts of a property of the package."""
        return self.package.xpath(f"//o:meta[@property='{name}']/text()", namespaces=OPF)

    def around(self, folio: str) -> tuple[list[str], list[str]]:
        """The words before and behind a mark in its file, without those that a page has no room for."""
        (tree,) = (t for t in self.trees.values() if t.xpath(f"//*[@aria-label='{folio}']"))
        before: list[str] = []
        behind: list[str] = []
        side = before

        def walk(element: Any) -> None:
            nonlocal side
            if element.get("aria-label") == folio:
                side = behind
            if element.get("class") in ("column", "data"):
                return
            side.append(element.text or "")
            for child in element:
                walk(child)
                side.append(child.tail or "")

        walk(tree.find("x:body", NAMES))
        return words(" ".join(before)), words(" ".join(behind))


def words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return [word.casefold() for word in WORD.findall(re.sub("[\u00ad\u200b\u2060]", "", text))]


BOOKS: dict[Job, tuple[Book, bytes]] = {}


@pytest.fixture(params=EPUBS, ids=str)
def pair(request: pytest.FixtureRequest, finished) -> tuple[Book, bytes]:
    """Each ebook of this project that has a PDF beside it, with that PDF."""
    twin = replace(request.param, target="pdf")
    if request.param not in BOOKS:
        BOOKS[request.param] = Book(finished(request.param)), finished(twin)
    return BOOKS[request.param]


def test_every_page_is_there_once_and_in_order(pair: tuple[Book, bytes]) -> None:
    """The marks in reading order and the lines of the page list are the page labels of the PDF, each once."""
    book, data = pair
    with pikepdf.open(io.BytesIO(data)) as pdf:
        labels = [page.label for page in pdf.pages]
    assert [folio for _, _, folio in book.marks()] == labels
    assert book.listed() == [(f"{name}#{identity}", folio) for name, identity, folio in book.marks()]


def test_a_mark_stands_at_the_first_word_of_its_page(pair: tuple[Book, bytes]) -> None:
    """Behind a mark come the words with which the tagged text of that page begins in the PDF, from the first whole one on."""
    book, data = pair
    wrong = []
    for (name, _, folio), text in zip(book.marks(), Tags(data).pages(), strict=True):
        if not name.startswith("chapter-"):
            continue
        before, behind = book.around(folio)
        printed = words(text)
        if before and printed and before[-1].endswith(printed[0]) and before[-1] != printed[0]:
            del printed[0]  # The rest of a word that the page before has begun.
        if " ".join(printed).startswith(PRINT_ONLY):
            del printed[: len(PRINT_ONLY.split())]
        # A date of a timeline has its year in front in print.
        if sorted(printed[:SHOWN]) != sorted(behind[:SHOWN]):
            wrong.append((folio, name, " ".join(printed[:9]), before[-3:], " ".join(behind[:9])))
    assert wrong == []


def test_the_ebook_says_whose_pages_these_are(pair: tuple[Book, bytes]) -> None:
    """Package and PDF name the same source, which is not the ebook itself; features and imprint speak of the pages."""
    book, data = pair
    with pikepdf.open(io.BytesIO(data)) as pdf:
        (source,) = re.findall("<xmpMM:DocumentID>(.*?)<", pdf.Root.Metadata.read_bytes().decode())
    assert book.meta("pageBreakSource") == [source]
    assert source in book.package.xpath("//dc:source/text()", namespaces=OPF)
    assert source not in book.package.xpath("//dc:identifier/text()", namespaces=OPF)
    assert {"pageBreakMarkers", "pageNavigation"} < set(book.meta("schema:accessibilityFeature"))
    (language,) = book.package.xpath("//dc:language[1]/text()", namespaces=OPF)
    sentence = load_words(World(ROOT, TEMPLATES), language).value["access_pages"]
    assert sentence in " ".join("".join(book.trees["imprint.xhtml"].itertext()).split())


def test_the_first_pages_lead_to_title_page_imprint_and_contents(pair: tuple[Book, bytes]) -> None:
    """The cover is the title page of the ebook; imprint and contents are what they are in print."""
    book, _ = pair
    assert [name for name, _, _ in book.marks()][:3] == ["title.xhtml", "imprint.xhtml", "nav.xhtml"]
    (toc,) = book.trees["nav.xhtml"].xpath("//x:nav[@e:type='toc']", namespaces=NAMES)
    assert toc.xpath("count(.//*[@role='doc-pagebreak'])") == 0


# --- where a mark goes ------------------------------------------------------------------------------


def page(number: int, *lines: str, unit: str = "one") -> Page:
    """A page of such lines; a line that ends in | goes on in the next one of its block."""
    made = tuple(
        Line(line.removesuffix("|"), 0, 0, 0, 0, not line.endswith("|"), "p", 10, unit) for line in lines
    )
    nothing: frozenset = frozenset()
    return Page(number, 0, 0, 0, 1, 0, nothing, made, nothing, nothing, nothing, nothing, "")


def marked(body: str, *pages: Page) -> str:
    """The body of a chapter, with the folio of each page between bars where it begins."""
    front = '<html xmlns="http://www.w3.org/1999/xhtml"><body><section><h1>{}</h1></section></body></html>'
    files = {name: front.format(name) for name in FRONT}
    files["chapter-01.xhtml"] = front.replace("<h1>{}</h1>", body)
    marks = plan_pages(files, {"one": "chapter-01.xhtml"}, paged_of("urn:uuid:1", pages))
    assert [mark.folio for mark in marks] == [str(page.number) for page in pages]
    text = mark_pages("chapter-01.xhtml", files["chapter-01.xhtml"], marks)
    (inner,) = re.findall("<section>(.*)</section>", text, re.DOTALL)
    return re.sub('<span [^>]*"doc-pagebreak"[^>]*aria-label="(.*?)"></span>', r"|\1|", inner)


@pytest.mark.parametrize(
    ("expected", "pages"),
    [
        ("|1|<p>One two |2|three four.</p>", [("One two|",), ("three four.",)]),
        ("|1|<p>One econ\u00adomy |2|two.</p>", [("One econ\u2010|",), ("omy two.",)]),
        ("|1|<p>A long-|2|term view.</p>", [("A long-|",), ("term view.",)]),
        ("|1|<p>He said |2|“yes” to it.</p>", [("He said|",), ("“yes” to it.",)]),
        ("|1|<p>All (or |2|(nearly) all).</p>", [("All (or|",), ("(nearly) all).",)]),
        ("|1|<p>One |2|<em>two</em> three.</p>", [("One|",), ("two three.",)]),
        ("|1|<p>One <em>two |2|three</em>.</p>", [("One two|",), ("three.",)]),
        ("|1|<p>R&amp;D é &lt; |2|Ω.</p>", [("R&D é <|",), ("Ω.",)]),
        ("|1|<p>One.</p>|2|<h2><span>2</span> Two</h2><p>Three.</p>", [("One.",), ("2 Two", "Three.")]),
        ("|1|<p>One.</p>|2|<figure><img/><figcaption>Two</figcaption></figure>", [("One.",), ("Two",)]),
        ("|1|<ul><li>One</li><li>|2|Two</li></ul>", [("One",), ("Two",)]),
        (
            "|1|<table><tr><th>Year</th></tr><tr><td>1990</td></tr><tr><td>|2|1991</td></tr></table>",
            [("Year", "1990"), ("Year", "1991")],
        ),
        ("|1|<p>One.</p>|2|<table><tr><td>Two</td></tr></table>", [("One.",), ("Two",)]),
        ("|1|<p>在北京和|2|上海之间。</p>", [("在北京和|",), ("上海之间。",)]),
        # A page without a word of the ebook, a blank one, and one behind the last word.
        ("|1|<p>One.</p><p>|2||3|Two.</p>", [("One.",), (), ("Two.",)]),
        ("|1|<p>One.</p><p>|2||3|Two.</p>", [("One.",), ("Only in print.",), ("Two.",)]),
        ("|1|<p>One.</p>|2|", [("One.",), ()]),
        ("|1|<p>One.</p>|2|", [("One.",), ("Only in print.",)]),
        # What the ebook alone has, and what print says twice.
        ("|1|<p>One.</p><p>Only here.</p><p>|2|Two.</p>", [("One.",), ("Two.",)]),
        ("|1|<p>One. Two three.</p><p>|2|Four.</p>", [("One. Two three.",), ("Two three.", "Four.")]),
        ("|1|<p>Zero.</p><p>|2|One. Two.</p><p>|3|Four.</p>", [("Zero.", "One."), ("One. Two.",), ("Four.",)]),
    ],
)  # fmt: skip
def test_a_mark_goes_where_its_page_begins(expected: str, pages: list[tuple[str, ...]]) -> None:
    """Into the running text; before a heading, a figure or a table and not into it; never into a word."""
    body = re.sub(r"\|\d\|", "", expected)
    assert marked(body, *(page(number, *lines) for number, lines in enumerate(pages, 1))) == expected


def test_a_chapter_that_only_print_has_is_passed_over() -> None:
    """Its pages begin where the next chapter does."""
    pages = page(1, "Gone.", unit="zero"), page(2, "Gone as well.", unit="zero"), page(3, "One.")
    assert marked("<p>One.</p>", *pages) == "|1||2||3|<p>One.</p>"


def test_the_id_of_a_mark_is_its_own() -> None:
    """Where an author has called something `page-2`, the marks have another name."""
    files = dict.fromkeys(FRONT, "<html><body><section><p>A</p></section></body></html>")
    files["one"] = '<html><body><section><p id="page-2">B</p></section></body></html>'
    assert [mark.id for mark in plan_pages(files, {"one": "one"}, paged_of("urn:uuid:1", [page(1, "B")]))] == ["pdf-page-1"]


def test_a_text_of_few_words_takes_no_longer_than_another() -> None:
    """Where the same words come back all the time, what is rare shows the way."""
    rare = str.maketrans("0123456789", "cdefghijkl")
    printed = [str(number).translate(rare) if number % 1000 == 0 else "ab"[number % 2] for number in range(40_000)]
    shown = [word for number, word in enumerate(printed) if number % 1000 != 500]
    known = match_words(Words(" ".join(printed)), Words(" ".join(shown)))
    assert all(printed[here] == shown[there] for here, there in enumerate(known) if there >= 0)
    assert [shown[known[here]] for here in range(0, 40_000, 1000)] == printed[::1000]


# --- editions ------------------------------------------------------------------------------------------

LONG = "".join(f"Paragraph {number} says what {number * 7} says. " * 12 + "\n\n" for number in range(60))


def test_an_edition_without_a_pdf_has_no_pages(tmp_path: Path) -> None:
    """No mark, no list, no source and no word of it."""
    text = PUBLICATION.replace("public: {}", "public: {targets: [epub]}")
    book = Book(build_file(make_project(tmp_path, {f"{BOOK}/publication.yaml": text})))
    assert (book.marks(), book.listed(), book.meta("pageBreakSource")) == ([], [], [])
    assert not {"pageBreakMarkers", "pageNavigation"} & set(book.meta("schema:accessibilityFeature"))


def test_marks_add_nothing_but_themselves(tmp_path: Path) -> None:
    """Taken out again, they leave the chapters as they are in an edition without a PDF, to the byte."""
    files = {f"{BOOK}/one.md": section(LONG)}
    text = PUBLICATION.replace("public: {}", "public: {targets: [epub]}")
    with_pages = Book(build_file(make_project(tmp_path / "with", files)))
    without = Book(build_file(make_project(tmp_path / "without", files | {f"{BOOK}/publication.yaml": text})))
    assert len(with_pages.marks()) > 5
    for name in with_pages.spine:
        if name not in ("imprint.xhtml", "nav.xhtml"):
            taken = re.sub(rb'<span [^>]*"doc-pagebreak"[^>]*></span>', b"", with_pages.files[name])
            assert taken == without.files[name]


def test_an_ebook_is_the_same_whatever_is_built_beside_it(tmp_path: Path) -> None:
    """Its bytes are those of a build of its own, with and without the PDF before it."""
    world = make_project(tmp_path, {f"{BOOK}/one.md": section(LONG)})
    alone = build_file(world)
    build_file(world, target="pdf")
    assert build_file(world) == alone


@pytest.mark.parametrize("make", [InProcess, lambda: Workers(Here, lambda: 1)], ids=["here", "workers"])
def test_an_ebook_is_told_the_pages_of_a_pdf_that_is_made_with_it(
    make: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody sets the PDF again for it; it is the same, and made from what the PDF was made from."""
    world = make_project(tmp_path, {f"{BOOK}/one.md": section(LONG)})
    alone = build_file(world)
    where = (world.root, TEMPLATES, tmp_path / "cache")
    orders = [Order(Job("book", "public", "en", target), *where) for target in ("epub", "pdf")]
    monkeypatch.setattr(pipeline, "_lay_out", lambda *_: pytest.fail("the PDF was set again"))
    with make() as executor:
        done = {order.job.target: checked.value for order, checked in build_all(orders, executor)}
    assert done["epub"].data == alone
    assert done["pdf"].elsewhere.items() <= done["epub"].elsewhere.items()


def test_an_ebook_made_alone_makes_the_document_of_its_pdf_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found out to set its pages serves again when they are bound, and the ebook is the same."""
    world = make_project(tmp_path, {f"{BOOK}/one.md": section(LONG)})
    alone = build_file(world)
    real, made = pipeline.document_of, []
    for module in (pipeline, orders):
        monkeypatch.setattr(module, "document_of", lambda *a, **k: made.append(a[1].target) or real(*a, **k))
    order = Order(Job("book", "public", "en", "epub"), world.root, TEMPLATES, tmp_path / "cache")
    with Workers(Here, lambda: 1) as executor:
        ((_, checked),) = build_all([order], executor)
    assert checked.value.data == alone
    assert sorted(made) == ["epub", "pdf"]


def test_the_pages_are_those_of_a_shortened_pdf(tmp_path: Path) -> None:
    """Where `fit` shortens the PDF to its budget of pages, the ebook follows those pages."""
    text = PUBLICATION.replace("public: {}", "public: {fit: true, max_pages: 6}")
    one = section(LONG, "short: Paragraph 0 says it all.\n")
    world = make_project(tmp_path, {f"{BOOK}/one.md": one, f"{BOOK}/publication.yaml": text})
    with pikepdf.open(io.BytesIO(build_file(world, target="pdf"))) as pdf:
        pages = len(pdf.pages)
    assert pages <= 6
    assert len(Book(build_file(world)).listed()) == pages


def test_folios_give_nothing_away(tmp_path: Path) -> None:
    """The search for leaks takes no folio for a withheld number, and other labels for no folios."""
    data = build_file(make_project(tmp_path, {f"{BOOK}/one.md": section(LONG)}))
    pages = len(Book(data).marks())
    assert folios_of(data) == pages
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(out, "w") as changed:
        for entry in whole.infolist():
            changed.writestr(entry, whole.read(entry).replace(b'aria-label="3"', b'aria-label="1234"'))
    assert folios_of(out.getvalue()) == 2
