"""The matrix says of every unit which edition has it, by which rule, with words and pages; so does `explain`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.project import AUDIENCES, BOOK, PUBLICATION, TEMPLATES, loaded, make_project, section

from builder.cli import main
from builder.diagnostics import Checked
from builder.matrix import Matrix, make_matrix
from builder.world import World
from builder.writers import epub as epub_writer

TEXT = """\
Open words here. [Two more]{audience=staff}

::: {clearance=restricted}
A block of six words [with one]{clearance=internal} more.
:::

| A | B |
|---|---|
| a | b |
| c | d | {clearance=internal}

::: {target=pdf}
Only in print.
:::
"""
FILES = {
    "content/audiences.yaml": AUDIENCES + "redaction_reasons: {a1: Personal data}\n",
    f"{BOOK}/publication.yaml": PUBLICATION.replace("two.md", "{file: two.md, sections: [three.md]}").replace(
        "press: {}", "press: {sections: [one]}"
    ),
    f"{BOOK}/one.md": section(TEXT),
    f"{BOOK}/two.md": section("Two.\n", "clearance: restricted\nredact: a1\n", "two"),
    f"{BOOK}/three.md": section("Three.\n", "", "three"),
}


@pytest.fixture(autouse=True)
def quick_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    """One white cover for all ebooks, so that no test waits for the typesetter."""
    from PIL import Image

    picture = io.BytesIO()
    Image.new("L", (16, 24), 255).save(picture, "PNG")
    monkeypatch.setattr(epub_writer, "draw_cover", lambda *_: Checked(picture.getvalue()))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_project(tmp_path, FILES)
    return tmp_path


def matrix_of(root: Path, built: dict | None = None) -> Matrix:
    world = World(root, TEMPLATES)
    project = loaded(world)
    return make_matrix(project, project.publication("book"), world, built or {})


def states(matrix: Matrix) -> dict[str, dict[str, str]]:
    return {
        row.unit: {column.name: cell.state for column, cell in zip(matrix.columns, row.cells, strict=True)}
        for row in matrix.rows
    }


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--project", str(root), *arguments])


def test_every_unit_stands_against_every_edition(root: Path) -> None:
    """Sections, blocks, spans and rows are in, out, redacted, or in some files of each edition."""
    found = states(matrix_of(root))
    assert found["one"] == {"public": "in", "press": "in", "analysts": "in", "staff": "in"}
    assert found["two"] == {"public": "redacted a1", "press": "out", "analysts": "in", "staff": "in"}
    assert found["three"] == {"public": "out", "press": "out", "analysts": "in", "staff": "in"}
    assert found["line 5"] == {"public": "out", "press": "out", "analysts": "out", "staff": "in"}
    assert found["line 7"] == {"public": "out", "press": "out", "analysts": "in", "staff": "in"}
    assert found["line 14"] == {"public": "out", "press": "out", "analysts": "out", "staff": "in"}
    assert found["line 16"] == {"public": "pdf", "press": "pdf", "analysts": "pdf", "staff": "pdf"}


def test_a_unit_in_a_unit_that_is_out_is_out_with_it(root: Path) -> None:
    """The rule of what lies around it decides, and the matrix says so."""
    text = "::: {audience=staff}\nA [b]{clearance=public} c.\n:::\n"
    (root / BOOK / "one.md").write_text(section(text))
    row = next(row for row in matrix_of(root).rows if row.unit == "line 6")
    assert [cell.state for cell in row.cells] == ["out", "out", "out", "in"]
    assert row.cells[0].rule == "lies in a unit that is out"
    assert str(row.cells[0].rule_span) == f"{BOOK}/one.md:5:1"


def test_rules_have_the_places_where_they_stand(root: Path) -> None:
    """Each cell says by which rule, and where it is written."""
    rows = {row.unit: row for row in matrix_of(root).rows}
    assert rows["line 7"].cells[0].rule == "clearance restricted is above the ceiling public"
    assert str(rows["line 7"].cells[0].rule_span) == f"{BOOK}/one.md:7:1"
    assert rows["two"].cells[1].rule == "not among the sections of the edition"
    assert str(rows["two"].cells[1].rule_span).startswith(f"{BOOK}/publication.yaml:7:")
    assert rows["line 5"].cells[0].rule_span is not None


def test_words_are_those_of_the_edition(root: Path) -> None:
    """A section counts the words that the edition has of it, a unit its own where it is in."""
    matrix = matrix_of(root)
    rows = {row.unit: row for row in matrix.rows}
    assert [cell.words for cell in rows["line 5"].cells] == [None, None, None, 2]
    assert [cell.words for cell in rows["line 7"].cells] == [None, None, 8, 8]
    public, staff = rows["one"].cells[0].words, rows["one"].cells[3].words
    assert public is not None
    assert staff is not None
    assert staff > public
    assert matrix.columns[1].words["pdf"] == public


def test_a_unit_in_no_edition_is_reported(root: Path) -> None:
    """A warning names the outermost unit that nobody gets, with its place."""
    (root / BOOK / "one.md").write_text(section('A [b]{audience="press and staff"} c.\n'))
    (root / BOOK / "two.md").write_text(
        section("Two.\n", "audience: not (public or press or analysts or staff)\n", "two")
    )
    found = [(p.code, str(p.span)) for p in matrix_of(root).problems]
    assert found == [
        ("unit-in-no-edition", f"{BOOK}/one.md:5:3"),
        ("unit-in-no-edition", f"{BOOK}/two.md:3:8"),
    ]


def test_pages_are_those_of_a_file_that_is_still_what_it_was_made_from(root: Path, cache: Path) -> None:
    """Pages come from build.json while the file's inputs are the same, and are left out after a change."""
    (root / "output/.cache").mkdir(parents=True)
    (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    assert run(root, "build", "--audience", "public").exit_code == 0

    def pages() -> dict[str, int | None]:
        record = json.loads(run(root, "matrix", "book", "--json").stdout)
        return {
            name: file["pages"] for name, file in record["publications"][0]["editions"][0]["files"].items()
        }

    assert pages()["pdf"] > 1
    assert pages()["epub"] is None
    (root / BOOK / "one.md").write_text(section(TEXT + "\nMore.\n"))
    assert pages()["pdf"] is None


def test_the_matrix_is_a_table_of_csv(root: Path) -> None:
    """`--csv` has a line for each unit in each edition, and one for each file."""
    result = run(root, "matrix", "book", "--csv")
    lines = list(csv.DictReader(io.StringIO(result.stdout)))
    block = [line for line in lines if line["unit"] == "line 7"]
    assert [(line["edition"], line["state"]) for line in block] == [
        ("public", "out"),
        ("press", "out"),
        ("analysts", "in"),
        ("staff", "in"),
    ]
    assert block[0]["rule_at"] == f"{BOOK}/one.md:7:1"
    assert {line["unit"] for line in lines if line["kind"] == "file"} == {"pdf", "epub"}
    assert result.exit_code == 0


def test_the_matrix_is_a_page_that_needs_no_other_file(root: Path, tmp_path: Path) -> None:
    """`--html` writes one page, in which titles are escaped."""
    (root / BOOK / "two.md").write_text(section("Two.\n", "", "two").replace("First", "<b>First"))
    result = run(root, "matrix", "--html", str(tmp_path / "m.html"))
    assert result.exit_code == 0, result.output
    text = (tmp_path / "m.html").read_text()
    assert "clearance restricted is above the ceiling public" in text
    assert "&lt;b&gt;First" in text
    assert "src=" not in text
    assert "href=" not in text


def test_the_terminal_shows_states_and_rules(root: Path) -> None:
    """Without an option the matrix is a table on the terminal."""
    result = run(root, "matrix", "book")
    assert result.exit_code == 0, result.output
    assert "redacted a1" in result.stdout
    assert "out clearance" in " ".join(result.stdout.split())


def test_an_unknown_publication_is_wrong_usage(root: Path) -> None:
    """A name that is none ends with exit code 2 and a suggestion."""
    result = run(root, "matrix", "bok")
    assert result.exit_code == 2
    assert "did you mean 'book'?" in result.output


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        (5, [("one", "in"), ("inline", "out")]),
        (8, [("one", "in"), ("div", "out"), ("inline", "out")]),
        (14, [("one", "in"), ("row", "out")]),
        (11, [("one", "in")]),
    ],
)
def test_explain_answers_about_a_line(root: Path, line: int, marks: list[tuple[str, str]]) -> None:
    """`FILE:LINE` names the section and each unit that holds the line, outermost first."""
    result = run(root, "explain", "book/public/epub", f"one.md:{line}", "--json")
    found = json.loads(result.stdout)
    assert [
        (d["unit"] if d["kind"] == "section" else d["kind"], "in" if d["in"] else "out") for d in found
    ] == marks


def test_explain_says_that_a_section_is_redacted(root: Path) -> None:
    """A section that leaves a bar is told apart from one that leaves nothing."""
    assert "redacted a1" in run(root, "explain", "book/public", f"{BOOK}/two.md:6").stdout


def test_explain_of_a_place_that_is_none_is_wrong_usage(root: Path) -> None:
    """A file that the publication does not have ends with exit code 2."""
    result = run(root, "explain", "book/public", "nine.md:3")
    assert result.exit_code == 2
    assert "no place in a file of 'book'" in result.output
