"""Components that print data, dates and what a publication says of itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import html
from support.project import PUBLICATION, job, make_project, section

from builder.document import document_of
from builder.load import load

ROWS = "date,event,text,sources,_audience\n1992-01-13,It begins,,a,\n1992-09,It goes on,,,\n1994,Secret,,,press\n2001-05,It ends,For good.,,\n"
SOURCES = '[{"id": "a", "type": "book", "title": "Book a"}]'


def printed(tmp_path: Path, text: str, target: str, publication: str = PUBLICATION, **data: str) -> str:
    """The first chapter of the public edition."""
    files = {"one.md": section(text), "publication.yaml": publication, "references.json": SOURCES}
    files |= {f"data/{name}.csv": rows for name, rows in data.items()}
    world = make_project(
        tmp_path, {f"content/publications/book/{name}": each for name, each in files.items()}
    )
    project = load(world).value
    made = document_of(project, job("public", target), world)
    assert made.value is not None, made.problems
    return made.value[3].chapters[0].html


@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_a_timeline_prints_the_rows_that_its_edition_may_see(tmp_path: Path, target: str) -> None:
    """A year stands once in print, a date is whole and machine-readable in the ebook, a withheld row nowhere."""
    text = "::: timeline {data=data/t.csv}\n:::\n"
    made = printed(tmp_path, text, target, PUBLICATION + "references: references.json\n", t=ROWS)
    lines = [" ".join(item.text_content().split()) for item in html.fromstring(made).iter("li")]
    assert "Secret" not in made
    assert [line[:4] for line in lines if re.match(r"\d{4}", line)] == (
        ["1992", "2001"] if target == "pdf" else []
    )
    assert "13 January" in lines[0]
    assert "[1]" in lines[0]
    assert "September" in lines[1]
    assert lines[2].endswith("It ends. For good.")
    assert re.findall(r'<time datetime="([^"]+)">', made) == (
        ["1992-01-13", "1992-09", "2001-05"] if target == "epub" else []
    )


@pytest.mark.parametrize(
    ("cells", "extra", "expected"),
    [
        (["1992", "2024"], "", ["1992", "2024"]),
        (["1992", "12024"], "", ["1,992", "12,024"]),
        (["11609", "-2.25"], "", ["11,609.00", "−2.25"]),
        (["1.5", ""], "", ["1.5", ""]),
        (["0.125", "7"], " decimals=1", ["0.1", "7.0"]),
        (["1.50", "about 2"], "", ["1.50", "about 2"]),
        (["1.10.2"], "", ["1.10.2"]),
    ],
)
def test_a_table_from_data_prints_numbers_as_readers_write_them(
    tmp_path: Path, cells: list[str], extra: str, expected: list[str]
) -> None:
    """A column has the separators of the language and one number of decimals, unless its numbers may be years."""
    rows = "name,value\n" + "".join(f"x{index},{cell}\n" for index, cell in enumerate(cells))
    made = printed(tmp_path, f"::: table {{data=data/t.csv{extra}}}\n:::\n", "epub", t=rows)
    assert [cell.text_content() for cell in html.fromstring(made).xpath("//tr/*[2]")][1:] == expected


def test_the_authors_print_their_notes_and_never_their_addresses(tmp_path: Path) -> None:
    """`authors` prints name, affiliation and note of those whom the edition may name."""
    people = (
        "[{name: A. Author, affiliation: The Institute, about: Writes., email: a@example.org},"
        " {name: B. Hidden, clearance: internal}]"
    )
    publication = re.sub(r"authors: .*", f"authors: {people}", PUBLICATION)
    made = printed(tmp_path, "::: authors\n:::\n", "epub", publication)
    assert "The Institute. Writes." in made
    assert "B. Hidden" not in made
    assert "example.org" not in made


COVER = "cover: {data: data/t.csv, by: who, values: [share], where: who != Total}\n"
SHARES = "year,who,share,_audience\n" + "".join(
    f"{year},{who},{share},{'press' if who == 'Hidden' else ''}\n"
    for year, row in ((2001, (10, 40, 90, 100)), (2002, (20, 30, 80, 100)))
    for who, share in zip(("Low", "High", "Hidden", "Total"), row, strict=True)
)


def test_the_cover_is_drawn_from_the_figures_that_the_edition_may_see(tmp_path: Path) -> None:
    """One series of heights from 0 to 1 a value of `by`, the highest first; withheld rows and those left out raise no ridge."""
    files = {"publication.yaml": PUBLICATION + COVER, "data/t.csv": SHARES}
    world = make_project(
        tmp_path, {f"content/publications/book/{name}": each for name, each in files.items()}
    )
    made = document_of(load(world).value, job("public", "pdf"), world)
    assert made.value is not None, made.problems
    high, low = made.value[3].art
    assert high == (1, 0.75)
    assert low[0] == pytest.approx(low[1] / 2, abs=1e-3)
    assert 0.5 < low[1] < 1


@pytest.mark.parametrize(
    ("cover", "rows", "code"),
    [
        ("{data: data/t.csv, values: [shere]}", "a,share\nx,1\n", "unknown-column"),
        ("{data: data/t.csv, values: [share]}", "a,share\nx,one\n", "bad-value"),
        ("{data: data/u.csv, values: [share]}", "a,share\nx,1\n", "missing-file"),
        ("{data: data/t.csv, values: [share], where: b = 1}", "a,share\nx,1\n", "unknown-column"),
    ],
)
def test_a_cover_that_cannot_be_drawn_is_an_error(tmp_path: Path, cover: str, rows: str, code: str) -> None:
    """Unknown columns, words among numbers and missing files are named with their place and a hint."""
    files = {"publication.yaml": PUBLICATION + f"cover: {cover}\n", "data/t.csv": rows}
    world = make_project(
        tmp_path, {f"content/publications/book/{name}": each for name, each in files.items()}
    )
    made = document_of(load(world).value, job("public", "pdf"), world)
    assert made.value is None
    assert [problem.code for problem in made.problems] == [code]
    assert all(problem.span and problem.hint for problem in made.problems)
