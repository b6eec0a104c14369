"""References to what an edition withholds, and numbers that are the same in all editions or tell nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.project import (
    AUDIENCES,
    BOOK,
    PUBLICATION,
    html_of,
    job,
    loaded,
    make_project,
    problems_of,
    section,
)

from builder.document import document_of

SECRET = re.compile(r"zq[a-z0-9]*", re.IGNORECASE)
PUB = (
    PUBLICATION.replace("two.md", "zq.md, two.md")
    + "references: sources.yaml\ndata: {data/zq.csv: {clearance: restricted}}\n"
)
FILES = {
    "zq.md": section("Zqtext.\n", "clearance: restricted\n", "zq").replace("First", "Zqtitle"),
    "two.md": section("Text.\n", identity="two"),
    "data/zq.csv": "zqyear,zqvalue\n2020,11\n",
    "sources.yaml": "- {id: zqkey, type: book, title: Zqsource, clearance: restricted}\n- {id: open, type: book, title: Open}\n",
    "snippets/zq.md": "---\nclearance: restricted\n---\nZqsnippet.\n",
}
USES = {
    "a link": "See [these words](#sec-zq){SETTLED} here.\n",
    "a link to a file": "See [these words](zq.md){SETTLED} here.\n",
    "a link without words": "See [](#sec-zq){SETTLED} here.\n",
    "a snippet": "::: snippet {ref=zq SETTLED}\n:::\n",
    "a table of data": "::: table {data=data/zq.csv SETTLED}\n:::\n",
    "a timeline of data": "::: timeline {data=data/zq.csv date=zqyear event=zqvalue SETTLED}\n:::\n",
    "a citation": "They say so [@zqkey]{SETTLED} here.\n",
}


def world_of(root: Path, text: str, settings: str = "", project: str = "", **files: str):
    """A book that withholds a section, a snippet, a file of data and a source from the public."""
    overlay = {f"{BOOK}/{name}": body for name, body in {**FILES, **files}.items()}
    stock = {"content/audiences.yaml": AUDIENCES + project, f"{BOOK}/publication.yaml": PUB + settings}
    return make_project(root, {**stock, f"{BOOK}/one.md": section(text), **overlay})


@pytest.mark.parametrize("use", USES)
def test_a_reference_to_something_withheld_is_an_error(tmp_path: Path, use: str) -> None:
    """Whatever refers to it: nobody decided what the reader is to find there."""
    assert problems_of(world_of(tmp_path, USES[use].replace("{SETTLED}", "").replace(" SETTLED", ""))) == [
        "link-withheld"
    ]


@pytest.mark.parametrize("target", ["pdf", "epub"])
@pytest.mark.parametrize("use", USES)
def test_a_reference_can_have_a_text_of_its_own(tmp_path: Path, use: str, target: str) -> None:
    """`fallback` stands in the place of the reference, and nothing of its target is in the edition."""
    text = USES[use].replace("SETTLED", 'fallback="in the full report"')
    html = html_of(world_of(tmp_path, text), target=target)
    assert "in the full report" in html
    assert SECRET.findall(html) == []


@pytest.mark.parametrize("use", USES)
def test_a_reference_can_be_dropped(tmp_path: Path, use: str) -> None:
    """`drop` leaves the words of a link as text, and nothing of other references."""
    html = html_of(world_of(tmp_path, USES[use].replace("SETTLED", "drop")))
    assert ("these words" in html) == ("these words" in USES[use])
    assert "citation" not in html
    assert "<a" not in html.split("<p>")[-2]
    assert SECRET.findall(html) == []


@pytest.mark.parametrize("where", ["settings", "project"])
@pytest.mark.parametrize("use", USES)
def test_all_references_can_be_settled_at_once(tmp_path: Path, use: str, where: str) -> None:
    """`withheld_references` of the publication or of the project stands for every reference without its own."""
    text = USES[use].replace("{SETTLED}", "").replace(" SETTLED", "")
    line = "withheld_references: {text: not in this edition}\n"
    assert "not in this edition" in html_of(world_of(tmp_path / "text", text, **{where: line}))
    dropped = html_of(world_of(tmp_path / "drop", text, **{where: "withheld_references: drop\n"}))
    assert SECRET.findall(dropped) == []


def test_the_publication_decides_before_the_project_and_a_reference_before_both(tmp_path: Path) -> None:
    """The nearest of three decisions counts."""
    text = "[a](#sec-zq) and [b](#sec-zq){drop}.\n"
    project, settings = "withheld_references: drop\n", "withheld_references: {text: elsewhere}\n"
    html = html_of(world_of(tmp_path, text, settings=settings, project=project))
    assert "a (elsewhere) and b." in html


def test_a_chart_of_withheld_data_follows_the_publication(tmp_path: Path) -> None:
    """A chart has no attributes of its own for it: the policy counts, or it is an error."""
    chart = (
        "```chart\nkind: column\ndata: data/zq.csv\nx: zqyear\ny: zqvalue\ntitle: A chart\nalt: Bars.\n```\n"
    )
    assert problems_of(world_of(tmp_path / "a", chart)) == ["link-withheld"]
    html = html_of(world_of(tmp_path / "b", chart, "withheld_references: {text: Not shown}\n"))
    assert "<p>Not shown</p>" in html


def test_the_other_sources_of_a_citation_stay(tmp_path: Path) -> None:
    """Of a citation with several sources, the one that is withheld goes, and with it its entry in the list."""
    html = html_of(world_of(tmp_path, "Two say so [@open; @zqkey]{drop}.\n"))
    assert html.count('<li id="ref-') == 1
    assert SECRET.findall(html) == []


def test_an_edition_that_may_have_it_is_not_concerned(tmp_path: Path) -> None:
    """Fallback and drop count only where the target is withheld."""
    html = html_of(world_of(tmp_path, "See [](#sec-zq){drop} and [@zqkey]{fallback=x}.\n"), "staff")
    assert 'href="chapter-02.xhtml#sec-zq"' in html
    assert "Zqsource" in html


NUMBERED = {
    "one.md": section(
        """\
![Alt](images/a.svg "Secret figure"){#fig-s clearance=restricted}

![Alt](images/a.svg "Open figure"){#fig-o}

{clearance=restricted}
```chart
kind: column
data: data/t.csv
x: year
y: value
title: A chart
alt: Bars.
```

| A |
|---|
| a |

Table: Secret table {clearance=restricted}

::: snippet {ref=t}
:::

::: {clearance=restricted}
::: snippet {ref=t}
:::
:::

::: snippet {ref=t}
:::

See [](#fig-o).
"""
    ),
    "snippets/t.md": "| A |\n|---|\n| a |\n\nTable: Open table\n",
    "zq.md": section("Zqtext.\n", "clearance: restricted\nshort: Short.\n", "zq").replace("First", "Zqtitle"),
    "two.md": section(
        '![Alt](images/a.svg "Last figure")\n', "short: '![Alt](images/a.svg \"Short figure\")'\n", "two"
    ),
    "data/t.csv": "year,value\n2020,11\n2021,12\n",
    "images/a.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>',
}


def numbers_of(
    root: Path, audience: str, numbering: str, edition: str = ""
) -> tuple[list[str], list[str], list[str]]:
    """The numbers of chapters, figures and tables of an edition."""
    settings = f"numbering: {numbering}\n"
    world = world_of(root, "", settings, **NUMBERED)
    if edition:
        path = root / BOOK / "publication.yaml"
        path.write_text(path.read_text().replace(f"{audience}: {{}}", f"{audience}: {edition}"))
    made = document_of(loaded(world), job(audience), world)
    assert made.value is not None, "\n".join(map(str, made.problems))
    document = made.value[3]
    return (
        [chapter.number for chapter in document.chapters],
        [entry.number for entry in document.figures],
        [entry.number for entry in document.tables],
    )


def test_continuous_numbers_have_no_gap(tmp_path: Path) -> None:
    """By default nothing tells that something was withheld."""
    assert numbers_of(tmp_path / "a", "public", "continuous") == (["1", "2"], ["1", "2"], ["1", "2"])
    assert numbers_of(tmp_path / "b", "staff", "continuous") == (
        ["1", "2", "3"],
        ["1", "2", "3", "4"],
        ["1", "2", "3", "4"],
    )


def test_stable_numbers_are_those_of_the_whole_publication(tmp_path: Path) -> None:
    """A section, a figure and a table have one number in all editions, snippets and charts counted in their places."""
    assert numbers_of(tmp_path / "a", "public", "stable") == (["1", "3"], ["2", "4"], ["2", "4"])
    assert numbers_of(tmp_path / "b", "staff", "stable") == (
        ["1", "2", "3"],
        ["1", "2", "3", "4"],
        ["1", "2", "3", "4"],
    )


def test_stable_numbers_reach_shorter_texts_and_other_orders(tmp_path: Path) -> None:
    """A figure of a shorter alternative has a number of its own, and a new order of sections changes none."""
    chapters, figures, _ = numbers_of(
        tmp_path, "public", "stable", "{alternative: short, sections: [two, one]}"
    )
    assert chapters == ["3", "1"]
    assert figures == ["5", "2"]


def test_references_use_the_stable_number(tmp_path: Path) -> None:
    """A cross reference prints the number that its target has."""
    world = world_of(tmp_path, "", "numbering: stable\n", **NUMBERED)
    html = html_of(world)
    assert ">Figure 2</a>" in html.replace("\u00a0", " ")
    assert SECRET.findall(html) == []
