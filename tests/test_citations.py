"""Citations by CSL style, and bibliographies of what an edition cites."""

from __future__ import annotations

import json
import re

import pytest
from support.project import BOOK, PUBLICATION, TEMPLATES, html_of, loaded, make_project, problems_of, section
from support.project import job as job_of

from builder.csl import read_item
from builder.diagnostics import Span
from builder.document import document_of
from builder.markdown.inlines import Cite
from builder.passes.cite import STYLES, _Style

ITEMS = [
    {"id": "smith", "type": "book", "title": "First book", "author": [{"family": "Smith", "given": "Ann"}],
     "publisher": "Press", "issued": {"date-parts": [[2004]]}},
    {"id": "nso1", "type": "dataset", "title": "Exports", "author": [{"literal": "Statistics Office"}],
     "issued": {"date-parts": [[2025]]}, "URL": "https://example.org/a?b=1&c=2"},
    {"id": "nso2", "type": "dataset", "title": "Imports", "author": [{"literal": "Statistics Office"}],
     "issued": {"date-parts": [[2025]]}},
    {"id": "unused", "type": "book", "title": "Nobody cites this", "issued": {"date-parts": [[1999]]}},
]  # fmt: skip
TEXT = (
    "One [@smith, p. 12]. Two [see @nso2; @smith]. Three [@nso1]. Hidden [[@unused]]{clearance=internal}.\n"
)


def project(
    tmp_path,
    style: str,
    references: str = "references.json",
    content: str = json.dumps(ITEMS),
    text: str = TEXT,
):
    return make_project(
        tmp_path,
        {
            f"{BOOK}/publication.yaml": PUBLICATION + f"references: {references}\ncitation_style: {style}\n",
            f"{BOOK}/{references}": content,
            f"{BOOK}/one.md": section(text),
        },
    )


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", html).replace("\u200b", "").replace("\u00a0", " ").split())


def test_a_numeric_style_counts_sources_in_the_order_of_their_first_use(tmp_path) -> None:
    """Numbers stand in square brackets, and the list follows them."""
    text = words(html_of(project(tmp_path, "numeric")))
    assert "One [1, p. 12]. Two [see 2; 1]. Three [3]." in text
    assert text.index("First book") < text.index("Imports") < text.index("Exports")


def test_an_author_date_style_names_and_parts_what_would_look_the_same(tmp_path) -> None:
    """Two sources of one house in a year are told apart by letters, in the text and in the list."""
    text = words(html_of(project(tmp_path, "author-date")))
    assert "One (Smith 2004, p. 12)." in text
    assert "Two (see Statistics Office 2025b; Smith 2004). Three (Statistics Office 2025a)." in text
    assert text.index("First book") < text.index("Exports") < text.index("Imports")
    entries = text.split("(2025a).", 1)
    assert "Statistics Office (2025a). Exports" in text
    assert "Statistics Office (2025b). Imports" in text
    assert len(entries) == 2


def test_only_a_list_that_numbers_cite_is_numbered(tmp_path) -> None:
    """A list of names and years has no numbers that nothing refers to."""
    assert '<ol class="references">' in html_of(project(tmp_path / "numeric", "numeric"))
    assert '<ul class="references by-name">' in html_of(project(tmp_path / "names", "author-date"))


def test_a_note_style_prints_each_citation_as_a_note(tmp_path) -> None:
    """The text holds note calls, and the notes hold the sources."""
    world = project(tmp_path, "notes")
    document = document_of(loaded(world), job_of("public"), world).value[3]
    notes = [words(note.html) for chapter in document.chapters for note in chapter.notes]
    assert len(notes) == 3
    assert notes[0].startswith("Smith, A. First book")
    assert "p. 12" in notes[0]


@pytest.mark.parametrize("style", ["numeric", "author-date", "notes"])
def test_the_bibliography_holds_what_the_edition_cites_and_nothing_else(tmp_path, style) -> None:
    """A source that only withheld text cites is in no list."""
    assert "Nobody cites this" not in html_of(project(tmp_path, style))
    assert "Nobody cites this" in html_of(project(tmp_path / "staff", style), "staff")


def test_an_unknown_source_names_the_nearest_one(tmp_path) -> None:
    """A slip in a key is an error with a suggestion."""
    world = project(tmp_path, "numeric", text="Text [@smiht].\n")
    checked = document_of(loaded(world), job_of("public"), world)
    assert [(p.code, p.hint) for p in checked.problems] == [("unknown-source", "did you mean 'smith'?")]


def test_sources_may_be_json_yaml_or_bibtex(tmp_path) -> None:
    """The same source gives the same line, whatever file it stands in."""
    yaml = "- id: smith\n  type: book\n  title: First book\n  publisher: Press\n  author: [{family: Smith, given: Ann}]\n  issued: {date-parts: [[2004]]}\n"
    bib = "@book{smith, author={Smith, Ann}, title={First book}, publisher={Press}, year=2004}\n"
    lines = set()
    for number, (name, content) in enumerate(
        [("r.json", json.dumps(ITEMS)), ("r.yaml", yaml), ("r.bib", bib)]
    ):
        html = html_of(project(tmp_path / str(number), "numeric", name, content, "Text [@smith].\n"))
        lines.add(re.search(r'<li id="ref-\w+">(.*?)</li>', html)[1])
    assert len(lines) == 1


def test_any_csl_file_can_be_the_style(tmp_path) -> None:
    """A CSL file of the publication sets its marks and its list; a broken one is an error."""
    from support.project import TEMPLATES

    own = (
        (TEMPLATES / "styles" / "author-date.csl")
        .read_text("utf-8")
        .replace('prefix="(" suffix=")"', 'prefix="{" suffix="}"')
    )
    world = project(tmp_path, "own.csl", text="Text [@smith].\n")
    (world.root / BOOK / "own.csl").write_text(own, "utf-8")
    assert "{Smith 2004}" in words(html_of(world))
    (world.root / BOOK / "own.csl").write_text("<style", "utf-8")
    assert problems_of(world) == ["bad-style"]


def test_words_with_a_citation_inside_a_span_stay_words(tmp_path) -> None:
    """A span that holds a sentence and its citation is no citation as a whole."""
    world = project(tmp_path, "numeric", text="Open. [It was so [@smith; @nso1].]{audience=public}\n")
    assert "It was so [1, 2]." in words(html_of(world))


VALUES = [
    "", "text", 7, -1, 2.5, True, None, [], {}, ["text"], [7], [[2020]], [{}], [{"family": "Smith"}], [{"family": 7}], [{"literal": ""}],
    [{"given": None}], [{"other": "x"}], {"literal": "n.d."}, {"raw": "2020"}, {"raw": "soon"}, {"date-parts": []},
    {"date-parts": [[]]}, {"date-parts": [[2020, 2, 31]]}, {"date-parts": [[2020], [2021]]}, {"date-parts": [["2020", "5"]]},
    {"date-parts": [[2020, 13]]}, {"date-parts": [[0]]}, {"date-parts": [[-44, 3, 15]]}, {"season": 1}, "2020-02", "2020-00",
]  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("key", ["author", "editor", "issued", "accessed", "title", "volume", "URL", "type", "note", "custom"])
def test_whatever_a_source_holds_is_printed_or_refused(style: str, key: str) -> None:
    """No value of any kind stops a style: either it is a problem of the source, with its place, or it is printed."""
    text = (TEMPLATES / "styles" / f"{style}.csl").read_text("utf-8")
    made = _Style(text, "en")
    for value in VALUES:
        item = {"id": "a", "type": "book", "title": "Title", key: value}
        read, problems = read_item(item, lambda name: Span("sources.json", 1, 1))
        if not problems:
            assert isinstance(made.entry(read), str)
            assert isinstance(made.mark(read, Cite("a")), str)
            assert made.sorted([read, {**read, "id": "b"}]) in (["a", "b"], ["b", "a"])
