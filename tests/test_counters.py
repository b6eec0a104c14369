"""Numbers of chapters, figures and references stay open in a unit, so that it serves every edition that counts otherwise."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from support.project import AUDIENCES, BOOK, TEMPLATES, job, make_project, overlaid_templates

from builder.orders import Order
from builder.pipeline import build
from builder.world import World
from builder.writers import counters, typeset

PUBLICATION = """\
title: A stock book
language: en
date: 2026-12-01
default_clearance: public
references: sources.yaml
citation_style: numeric
sections: [{file: one.md, audience: analysts}, {file: two.md, audience: analysts}, three.md]
editions: {public: {layout: report}, analysts: {layout: report}}
"""
SOURCES = """\
- {id: a, type: book, title: First source, issued: {date-parts: [[2020]]}}
- {id: b, type: book, title: Second source, issued: {date-parts: [[2021]]}}
"""
TABLE = "| Name |\n|---|\n| Words |\n\nTable: A table {#tbl-NAME}\n\n"
FIGURE = '![A line that rises.](line.svg "What the line shows"){#fig-NAME}\n\n'
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 9L9 0" stroke="#333"/></svg>'
THREE = (
    "Words.\n\nText [@b]; see [](#fig-three), [](#tbl-three), [](#sec-three) and [the table](#tbl-three).\n\n"
    + (FIGURE + TABLE).replace("NAME", "three")
    + "::: recommendation\nAct.\n:::\n\n::: box {title=Aside}\nWords in 2030.\n:::\n\n## A heading\n\nMore.\n"
)


def section(name: str, text: str) -> str:
    return f"---\nid: {name}\ntitle: Title of {name}\n---\n{text}"


def files_of(**chapters: str) -> dict[str, str]:
    other = {name: f"Words.\n\nText [@a].\n\n{(FIGURE + TABLE).replace('NAME', name)}::: recommendation\nWait.\n:::\n" for name in ("one", "two")}
    made = {f"{BOOK}/{name}.md": section(name, text) for name, text in {**other, "three": THREE, **chapters}.items()}
    rest = {"publication.yaml": PUBLICATION, "sources.yaml": SOURCES, "line.svg": PICTURE}
    return made | {f"{BOOK}/{name}": text for name, text in rest.items()}


class Press:
    """Builds editions of a book with one cache, and says which pieces were set."""

    def __init__(self, world: World, cache: Path, monkeypatch: pytest.MonkeyPatch):
        self.world, self.cache = world, cache
        self.done: list[str] = []
        really = typeset._set

        def counted(typesetter: typeset._Typesetter, *rest: object) -> object:
            self.done.append(typesetter.piece.prefix.rstrip("."))
            return really(typesetter, *rest)

        monkeypatch.setattr(typeset, "_set", counted)

    def make(self, audience: str, target: str = "pdf", is_clean: bool = False) -> bytes:
        """The file of an edition; a clean one is made with a cache of its own."""
        self.done.clear()
        cache = self.cache.with_name(f"clean-{audience}-{target}") if is_clean else self.cache
        made = build(Order(job(audience, target), self.world.root, self.world.templates, cache))
        assert made.value is not None, made.problems
        return made.value.data


@pytest.fixture
def press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Press]:
    """Makes a press for a book with these chapters and styles."""

    def make(css: str = "", theme: str = "meridian", **chapters: str) -> Press:
        audiences = AUDIENCES.replace("clearance: public}", f"clearance: public, theme: {theme}}}", 1)
        audiences = audiences.replace("clearance: restricted}", f"clearance: restricted, theme: {theme}}}", 1)
        world = make_project(tmp_path / "project", {**files_of(**chapters), "content/audiences.yaml": audiences})
        templates = TEMPLATES
        if css:
            (tmp_path / "templates/pdf").mkdir(parents=True)
            base = (TEMPLATES / "pdf/base.css").read_text("utf-8")
            (tmp_path / "templates/pdf/base.css").write_text(f"{base}\n{css}\n", "utf-8")
            templates = overlaid_templates(tmp_path / "templates")
        return Press(World(world.root, templates), tmp_path / "cache", monkeypatch)

    return make


def text_of(data: bytes) -> str:
    pdf = pypdfium2.PdfDocument(data)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    pdf.close()
    return " ".join(text.split())


@pytest.mark.parametrize("theme", ["meridian", "office"])
def test_a_chapter_is_set_once_for_editions_that_count_differently(press, theme: str) -> None:
    """The third chapter of one edition is the first of another, and has the numbers of each; its pages are set once."""
    book = press(theme=theme)
    analysts = book.make("analysts")
    assert "sec-three" in book.done
    public = book.make("public")
    assert "sec-three" not in book.done
    for audience, data, number, note in (("analysts", analysts, 3, 2), ("public", public, 1, 1)):
        assert data == book.make(audience, is_clean=True)
        text = text_of(data)
        assert f"Figure {number} What the line shows" in text
        assert f"text [{note}]; see figure {number}, table {number}, chapter {number}" in text.lower()
        links = [str(each.Contents) for page in pikepdf.open(io.BytesIO(data)).pages for each in page.obj.get("/Annots", [])]
        assert {f"Figure {number}", f"Table {number}", "the table", str(note)} <= {link.replace("\u00a0", " ") for link in links}


def test_a_theme_may_want_the_number_of_a_chapter(press) -> None:
    """Where the large digits are not equally wide, a chapter whose number changes is set again, and only once."""
    book = press(theme="steppe")
    book.make("analysts")
    assert book.done.count("sec-three") == 1
    public = book.make("public")
    assert book.done.count("sec-three") == 1
    assert public == book.make("public", is_clean=True)
    path = book.world.root / BOOK / "one.md"
    path.write_text(path.read_text("utf-8") + "\n" + FIGURE.replace("NAME", "new"), "utf-8")
    book.make("analysts")
    assert not {"sec-two", "sec-three"} & set(book.done)


@pytest.mark.parametrize("theme", ["meridian", "steppe", "office"])
def test_a_number_at_the_end_of_its_line_may_grow(press, theme: str) -> None:
    """A figure in the margin column is the ninth of one edition and the tenth of another, with the same pages."""
    book = press(theme=theme, three="Words.\n\n" + FIGURE.replace("NAME", "three"), two="Words.\n\n" + "".join(
        FIGURE.replace("NAME", f"two-{number}") for number in range(8)
    ))  # fmt: skip
    assert "Figure 10" in text_of(book.make("analysts"))
    path = book.world.root / BOOK / "one.md"
    path.write_text(section("one", "Words without a figure.\n"), "utf-8")
    data = book.make("analysts")
    assert not {"sec-two", "sec-three"} & set(book.done)
    assert "Figure 9 What" in text_of(data)
    assert "Figure 10" not in text_of(data)
    assert data == book.make("analysts", is_clean=True)


def test_a_figure_that_is_added_leaves_later_chapters_as_they_are(press) -> None:
    """What moves the numbers of later chapters does not have them set again."""
    book = press()
    book.make("analysts")
    path = book.world.root / BOOK / "one.md"
    path.write_text(path.read_text("utf-8") + "\n" + FIGURE.replace("NAME", "new"), "utf-8")
    text = text_of(book.make("analysts"))
    assert "sec-one" in book.done
    assert not {"sec-two", "sec-three"} & set(book.done)
    assert "Figure 4 What the line shows" in text


@pytest.mark.parametrize(
    "css",
    [
        ".label { font-variant-numeric: proportional-nums !important; }",
        "figcaption .label { string-set: chapter content(); }",
        ".label { opacity: .5; }",
    ],
    ids=["digits of many widths", "a running head that repeats a number", "a number that is seen through"],
)
def test_a_chapter_whose_styles_need_its_numbers_is_set_with_them(press, css: str) -> None:
    """Where a number can't be left open, each edition has its chapter set, with the right numbers."""
    book = press(css=css)
    for audience in ("analysts", "public"):
        data = book.make(audience)
        assert "sec-three" in book.done
        assert data == book.make(audience, is_clean=True)
        text = text_of(data)
        assert f"Figure {3 if audience == 'analysts' else 1}" in text
        assert "Figure 0" not in text
        book.make(audience)
        assert book.done == []


def grown(book: Press, name: str, paragraphs: int) -> None:
    path = book.world.root / BOOK / f"{name}.md"
    path.write_text(path.read_text("utf-8") + "\nWords of a paragraph.\n" * paragraphs, "utf-8")


@pytest.mark.parametrize("theme", ["meridian", "steppe", "office"])
def test_the_contents_are_set_once_whatever_pages_they_name(press, theme: str) -> None:
    """A chapter that grows by pages is set again, and nothing else: numbers of one digit become such of two."""
    book = press(theme=theme)
    assert re.search(r"Title of three [78]\b", text_of(book.make("analysts")))
    grown(book, "one", 200)
    data = book.make("analysts")
    assert [name for name in book.done if name != "front0"] == ["sec-one"]
    assert re.search(r"Title of three 1\d", text_of(data))
    assert data == book.make("analysts", is_clean=True)


@pytest.mark.parametrize(
    "css",
    [
        "a.page.apart::after { position: static !important; }",
        "a.page.apart::after { right: auto !important; left: 60mm; }",
        "a.page.apart::after { content: '— ' target-counter(attr(href url), page); }",
        "a.page.apart::after { opacity: .5; }",
        "@page { @bottom-center { content: counter(page); opacity: .5 } }",
    ],
    ids=["amid the text", "placed by its left edge", "with a sign before it", "seen through", "a folio that is seen through"],
)
def test_a_document_whose_styles_need_its_pages_is_set_at_once(press, css: str) -> None:
    """Where the number of a page can't be left open, it is right all the same."""
    book = press(css=css)
    for paragraphs, page in ((0, "8"), (200, r"1\d")):
        grown(book, "one", paragraphs)
        data = book.make("analysts")
        assert book.done[-1] == "id"
        assert data == book.make("analysts", is_clean=True)
        text = text_of(data)
        assert re.search(rf"Title of three ?(— )?{page}\b", text)
        assert "0010" not in text


@pytest.mark.parametrize(
    ("html", "opened", "numbers"),
    [
        ('<p class="label">Figure 12</p>', '<p class="label" data-open-number="0">Figure 00</p>', ("1", "2")),
        ('<h2><span class="section-number">3.10</span> In 2030</h2>', '<h2><span class="section-number" data-open-number="0">0.00</span> In 2030</h2>', ("3", "1", "0")),
        ('<a data-page="" class="xref counter" href="#a">l&#39;annexe&#160;7</a>', '<a data-page="" class="xref counter" href="#a" data-open-number="0">l&#39;annexe&#160;0</a>', ("7",)),
        ('<p class="chapter-number">12</p>', '<p class="chapter-number" data-open-number="0" data-alone="">0</p>', ("12",)),
        ('<p class="label">Figure A4</p>', None, ()),
        ('<p class="label">Box <em>4</em></p>', None, ()),
        ('<p class="labels">Figure 4</p>', None, ()),
        ('<p class="label">第4章</p>', None, ()),
        ('<p class="chapter-number">IV</p>', None, ()),
        ('</header>\n<p>Text [<a class="citation counter" href="#b">4</a>].</p>', None, ()),
    ],
)  # fmt: skip
def test_what_is_opened(monkeypatch: pytest.MonkeyPatch, html: str, opened: str | None, numbers: tuple[str, ...]) -> None:
    """Digits of a counter that stand by themselves are opened, those of words, entities and other elements are not."""
    monkeypatch.setattr(counters, "has_even_digits", lambda *_: True)
    found = counters.leave_open(html, counters.counters_of(None, None, None), has_margin=False)
    assert found == (opened or html, numbers)
    assert re.sub(r' data-open-number="\d*"', "", counters.closed(*found, range(9))) == html
    assert counters.closed(*found, []) == found[0]


def test_a_theme_without_tabular_digits_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would move its neighbours stays as it is."""
    monkeypatch.setattr(counters, "has_even_digits", lambda *_: False)
    assert counters.leave_open('<p class="label">Figure 12</p>', counters.counters_of(None, None, None), has_margin=False) == ('<p class="label">Figure 12</p>', ())


def test_words_that_repeat_a_number_are_noticed() -> None:
    """A zero by itself may be a number that is left open; one in a year is none."""
    words = ["\U000f0000", "Figure \U000f0001\U000f0002"]
    assert counters.repeated("Outlook for 2030", words) == set()
    assert counters.repeated("On Figure 00 and others", words) == {1, 2}
