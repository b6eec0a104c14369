"""The pages of the sample publication keep the rules of good setting."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import mean

import pytest
from support.project import BOOK, PUBLICATION, ROOT, TEMPLATES, job, make_project, section

from builder.document import document_of
from builder.formats import FORMATS
from builder.load import load
from builder.model import Document, Job
from builder.render import render
from builder.world import World, theme_names
from builder.writers.fit import RUNT, blemishes, snug
from builder.writers.layout import Line, Page
from builder.writers.pdf import write_pdf

WORLD = World(ROOT, TEMPLATES)
PROJECT = load(WORLD, "mongolia").value
JOBS = [job for job in PROJECT.jobs() if job.publication == "mongolia" and job.target == "pdf"]
POINT = 96 / 72


@pytest.fixture(scope="module", params=JOBS, ids=str)
def setting(request: pytest.FixtureRequest, cache: Path) -> tuple[Document, tuple[Page, ...]]:
    """An edition and its pages, set without a word from the engine."""
    job: Job = request.param
    _, theme, words, document = document_of(PROJECT, job, WORLD).value
    unit = write_pdf(render(document, theme, words, WORLD), theme, WORLD, cache)
    assert unit.problems == ()
    return document, unit.value.layout


def body_lines(pages: tuple[Page, ...]) -> list[Line]:
    """The lines of running text: paragraphs of the body's size in a column that is wide enough to read."""
    return [
        line
        for page in pages
        for line in page.lines
        if line.tag == "p" and 9.5 * POINT <= line.size <= 11 * POINT and line.room > 100 * 96 / 25.4
    ]


def test_every_note_stands_on_the_page_of_its_call(setting) -> None:
    """No footnote slides to a later page."""
    _, pages = setting
    assert [page.number for page in pages if page.calls != page.notes] == []


def test_no_line_breaks_early(setting) -> None:
    """A line that is not the last of its paragraph is at least 55 per cent full."""
    _, pages = setting
    short = [line.text for line in body_lines(pages) if not line.is_last and line.width < 0.55 * line.room]
    assert short == []


def test_no_paragraph_ends_in_a_few_letters(setting) -> None:
    """The last line of a paragraph is longer than its first indent."""
    _, pages = setting
    last = [line for line in body_lines(pages) if line.is_last]
    assert [line.text for line in last if line.width < 14 * POINT] == []


def test_lines_are_of_a_length_that_reads_well(setting) -> None:
    """Full lines of running text hold 60 to 75 signs in the mean."""
    _, pages = setting
    full = [len(line.text.replace("\u200b", "")) for line in body_lines(pages) if not line.is_last]
    assert 60 <= mean(full) <= 75


def test_no_page_has_a_hole_and_no_chapter_a_runt(setting) -> None:
    """Each page but the last of a chapter is 70 per cent full, and the last holds more than a few lines."""
    document, pages = setting
    if document.layout == "report":
        assert blemishes(pages) == {}


def test_nothing_runs_off_a_page(setting) -> None:
    """Every line and picture ends inside its page."""
    _, pages = setting
    assert [(page.number, page.spill) for page in pages if page.spill] == []


def test_no_heading_stands_alone_at_the_foot(setting) -> None:
    """A heading has two lines of text, or a figure, below it on its page."""
    _, pages = setting
    stranded = []
    for page in pages:
        for line in page.lines:
            if (
                line.tag in ("h2", "h3", "h4")
                and page.units
                and page.reach < line.top + line.size + 2 * 14 * POINT
            ):
                stranded.append((page.number, line.text))
    assert stranded == []


def test_every_figure_and_table_is_mentioned(setting) -> None:
    """No figure or table stands in an edition whose text does not lead to it."""
    document, pages = setting
    told = frozenset().union(*(page.mentions for page in pages))
    anchors = {entry.anchor for entry in (*document.figures, *document.tables)}
    assert anchors - told == set()


def test_every_recommendation_has_an_owner_and_a_date(setting) -> None:
    """What is to be done says by whom and by when."""
    document, _ = setting
    html = "".join(chapter.html for chapter in document.chapters)
    count = html.count('class="recommendation"')
    assert html.count('class="owner"') == html.count('class="due"') == count


@pytest.fixture(
    scope="module",
    params=[(theme, paper) for theme in theme_names(WORLD) for paper in FORMATS],
    ids=lambda pair: "-".join(pair),
)
def brief(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cache: Path):
    """The press edition in each theme on each paper, set without a word from the engine."""
    theme_name, paper = request.param
    root = tmp_path_factory.mktemp("brief")
    shutil.copytree(ROOT / "content", root / "content")
    file = root / "content/publications/mongolia/publication.yaml"
    text = file.read_text("utf-8")
    wanted = f"  press:\n    theme: {theme_name}\n    layout: brief\n    format: {paper}\n    max_pages: 9\n"
    assert text.count("\n  press:\n") == 1
    file.write_text(text.replace("  press:\n", wanted), "utf-8")
    world = World(root, TEMPLATES)
    project = load(world, "mongolia").value
    job = next(job for job in project.jobs() if job.audience == "press" and job.target == "pdf")
    _, theme, words, document = document_of(project, job, world).value
    return write_pdf(render(document, theme, words, world), theme, world, cache)


def test_a_brief_is_well_set_in_every_theme_and_on_every_paper(brief) -> None:
    """No warning, no early line end, no note on another page, nothing off the page, whatever the look and the paper."""
    assert brief.problems == ()
    pages = brief.value.layout
    assert [page.number for page in pages if page.calls != page.notes or page.spill] == []
    assert [line.text for line in body_lines(pages) if not line.is_last and line.width < 0.55 * line.room] == []


def page(number: int, unit: str, fill: float) -> Page:
    """A page that is filled so far."""
    empty = frozenset()
    return Page(
        number, 700, 1000, 100, 900, 100 + 800 * fill, frozenset([unit]), (), empty, empty, empty, empty, ""
    )


def test_a_chapter_that_ends_in_a_few_lines_is_found_and_closed_up() -> None:
    """A runt, or a hole before the last page, counts as a blemish of its chapter; a short chapter has none."""
    pages = [("a", 0.9), ("a", RUNT / 2), ("b", 0.5), ("b", 0.5), ("c", 0.1), ("d", 0.9), ("d", 0.3)]
    found = blemishes(tuple(page(number, *each) for number, each in enumerate(pages, 1)))
    assert found == {"a": 1, "b": 1}
    html = (
        '<section class="chapter unit role-chapter" id="a" lang="en"><section class="chapter unit" id="ab">'
    )
    assert snug(html, ["a"]).count(" snug") == 1
    assert 'unit role-chapter snug" id="a"' in snug(html, ["a"])


@pytest.mark.parametrize(("lines", "is_whole"), [(20, True), (90, False)], ids=["short", "longer than a page"])
def test_a_box_is_whole_unless_it_fills_a_page(tmp_path: Path, cache: Path, lines: int, is_whole: bool) -> None:
    """A box that does not fit goes to the next page; one that fits on none begins where it stands, and leaves no hole."""
    listing = "".join(f"line {number}\n" for number in range(lines))
    text = section(f"{'Words that fill the page. ' * 200}\n\n::: box {{title=Listing}}\n```text\n{listing}```\n:::\n")
    publication = PUBLICATION.replace("public: {}", "public: {layout: report}")
    world = make_project(tmp_path, {f"{BOOK}/publication.yaml": publication, f"{BOOK}/one.md": text})
    _, theme, words, document = document_of(load(world).value, job("public", "pdf"), world).value
    made = write_pdf(render(document, theme, words, world), theme, world, cache)
    pages = [page.number for page in made.value.layout for line in page.lines if line.tag in ("p", "pre") and "isting" in line.text]
    code = [page.number for page in made.value.layout for line in page.lines if line.text.startswith("line ")]
    before = [page.number for page in made.value.layout for line in page.lines if "Words that fill" in line.text][-1]
    assert (pages[0] == code[0] == before) is not is_whole
    assert (len(set(code)) == 1) is is_whole
    assert [problem.code for problem in made.problems] == []
