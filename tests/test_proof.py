"""The proof copy: it holds everything, marks what is conditional, and never goes out."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner
from support.project import BOOK, PUBLICATION, TEMPLATES, build_file, loaded, make_project, section
from support.verapdf import SCREEN, judge

from builder.cli import main
from builder.conditions import ConditionError
from builder.load import load
from builder.proof.copy import Proof, make_proof
from builder.proof.everything import open_everything
from builder.world import World

TEXT = """\
Open text.[^n] [Zqspan words.]{audience=staff}

::: {clearance=restricted}
Zqblock words.
:::

{audience=press}
Zqline words.

## Zqheading {audience="analysts or staff"}

Zqunder words.

| Open | Zqcolumn {clearance=internal} |
|------|------|
| one  | Zqcell |
| Zqrow | two | {audience=staff}

::: table {data=data/t.csv caption="Zqcaption"}
:::

::: snippet {ref=told audience=staff}
:::

::: box {#twin audience=public}
The same.
:::

::: box {#twin audience=press}
Zqtwin words.
:::

See [Zqlink](#sec-hidden).

[^n]: Zqnote words.
"""
FILES: dict[str, str | bytes] = {
    f"{BOOK}/publication.yaml": PUBLICATION.replace("two.md]", "two.md, hidden.md, {part: Zqpart, clearance: internal, sections: [three.md]}]")
    .replace("[{name: A. Author}]", "[{name: A. Author}, {name: Zqauthor, clearance: internal}]")
    .replace("staff: {}", "staff: {title: Zqtitle, sections: [one, two, hidden]}")
    + "data: {data/t.csv: {columns: {secret: {clearance: internal}}}}\n",
    f"{BOOK}/one.md": section(TEXT, "short: Zqshort words.\none_line: Zqonline words.\n"),
    f"{BOOK}/hidden.md": section("Zqhidden words.\n", "clearance: internal\n", "hidden").replace("First things", "Zqsection"),
    f"{BOOK}/three.md": section("Zqthree words.\n", "", "three").replace("First things", "Third things"),
    f"{BOOK}/snippets/told.md": "Zqsnippet words. [Zqinner.]{clearance=restricted}\n",
    f"{BOOK}/data/t.csv": "name,secret,_audience\nZqopen,Zqsecret,\nZqdatarow,1,staff\n",
}  # fmt: skip
SECRETS = (
    "Zqspan", "Zqblock", "Zqline", "Zqheading", "Zqunder", "Zqcolumn", "Zqcell", "Zqrow", "Zqcaption", "Zqsnippet",
    "Zqinner", "Zqtwin", "Zqlink", "Zqnote", "Zqpart", "Zqauthor", "Zqtitle", "Zqshort", "Zqonline", "Zqhidden",
    "Zqsection", "Zqthree", "Zqopen", "Zqsecret", "Zqdatarow",
)  # fmt: skip


def proof_of(root: Path, cache: Path, files: dict[str, str | bytes] | None = None) -> Proof:
    world = make_project(root, FILES if files is None else files)
    made = make_proof(loaded(world), "book", world, cache)
    assert made.value is not None, "\n".join(map(str, made.problems))
    assert not made.problems
    return made.value


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Proof:
    """The proof copy of a publication with a condition of every kind."""
    return proof_of(tmp_path_factory.mktemp("proof"), cache)


def pages_of(data: bytes) -> list[str]:
    """The text of each page, as it is read from the file."""
    return [
        page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in pypdfium2.PdfDocument(data)
    ]


@pytest.mark.parametrize("word", SECRETS)
def test_a_proof_copy_holds_every_unit(proof: Proof, word: str) -> None:
    """Sections, blocks, spans, rows, columns, snippets, notes, authors, alternatives: nothing is withheld."""
    assert word in "".join(pages_of(proof.data)).replace("-\n", "")


def test_each_condition_has_a_letter_and_a_look_of_its_own(proof: Proof) -> None:
    """The legend lists every condition once, the most open first, with the editions that have it."""
    keys = {key.label: key for key in proof.marked.keys.values()}
    assert keys["audience: staff"].editions == ("staff",)
    assert keys["audience: analysts or staff"].editions == ("analysts", "staff")
    assert keys["clearance: restricted"].editions == ("analysts", "staff")
    assert keys["clearance: internal"].editions == ("staff",)
    assert keys["left out by: staff"].editions == ("public", "press", "analysts")
    assert keys["alternative: short"].editions == ()
    assert {"audience: press", "audience: public", "alternative: one line"} < set(keys)
    assert len({key.letter for key in keys.values()}) == len(keys)
    assert len({(key.style % 5, key.style % 7) for key in keys.values()}) == len(keys)
    assert list(keys)[-1] == "clearance: internal"


def test_the_margin_names_each_condition_where_it_governs(proof: Proof) -> None:
    """The label of a condition stands on the page of its unit, with the kind where that is not plain to see."""
    pages = pages_of(proof.data)
    (page,) = [text for text in pages if "Zqblock" in text]
    for label in (
        "audience: staff", "clearance: restricted", "audience: press", "audience: analysts or staff",
        "column: clearance: internal",
    ):  # fmt: skip
        assert label in page, page
    (hidden,) = [text for text in pages if "Zqhidden" in text]
    assert "clearance: internal" in hidden
    assert "author: clearance: internal" in next(text for text in pages if "Zqauthor" in text)


def test_each_block_has_its_file_and_line(proof: Proof) -> None:
    """The name of the file stands where it changes, the line beside each block, those of data rows too."""
    pages = pages_of(proof.data)
    lines = [line for text in pages for line in text.split("\n")]
    for name in ("one.md", "two.md", "hidden.md", "three.md", "t.csv", "told.md"):
        assert any(line.endswith(name) for line in lines), name
    (page,) = [text for text in pages if "Zqblock" in text]
    # Lines of the section file: the front matter has 6 lines.
    assert {"7", "10", "14", "16", "18"} <= set(page.split("\n"))


def test_every_page_says_that_it_is_no_copy_for_distribution(proof: Proof) -> None:
    """The watermark is on each page; title, subject and status of the file say the same."""
    with pikepdf.open(io.BytesIO(proof.data)) as pdf:
        assert str(pdf.docinfo["/Title"]).startswith("Proof copy, not for distribution")
        assert "up to the clearance internal" in str(pdf.docinfo["/Subject"])
        assert str(pdf.docinfo["/Status"]) == "Proof copy, not for distribution"
        assert "Proof copy, not for distribution" in str(pdf.open_metadata()["dc:title"])
    for text in pages_of(proof.data):
        assert "not for distribution" in text.replace("\n", " ")


def test_the_lines_are_those_of_the_report(tmp_path: Path, cache: Path) -> None:
    """A section without conditions breaks its lines in the proof copy as in the edition."""
    words = " ".join(f"Word{number} and some more of them" for number in range(120))
    files = {f"{BOOK}/one.md": section(words + "\n")}
    proof = proof_of(tmp_path / "proof", cache, files)
    world = make_project(tmp_path / "edition", files)
    edition = build_file(world, "public", "pdf")
    ours, theirs = (
        [line for text in pages_of(data) for line in text.split("\n") if "more of" in line or "Word" in line]
        for data in (proof.data, edition)
    )
    assert ours == theirs


def test_the_margin_widens_the_sheet_and_is_no_part_of_the_text(proof: Proof) -> None:
    """The page of the report keeps its place on a wider sheet; what stands over it is an artifact."""
    with pikepdf.open(io.BytesIO(proof.data)) as pdf:
        for page in pdf.pages:
            assert float(page.mediabox[2]) == pytest.approx(256 / 25.4 * 72, abs=0.1)
            drawn = b"".join(part.read_bytes() for part in page.Contents)
            assert drawn.rstrip().endswith(b"Do Q EMC")
            assert b"/Artifact BMC" in drawn.rsplit(b"\n", 1)[-1]


@pytest.mark.verapdf
def test_a_proof_copy_keeps_what_it_claims(proof: Proof) -> None:
    """With the margin laid over its pages, the copy still is PDF/A-2a and PDF/UA-1, and names no edition as its own."""
    assert [str(broken) for broken in judge(proof.data, SCREEN)] == []
    with pikepdf.open(io.BytesIO(proof.data)) as pdf:
        packet = pdf.Root.Metadata.read_bytes()
    assert b"<pdfaid:part>2<" in packet
    assert b"builder:" not in packet


def test_a_second_unit_of_an_id_gets_one_of_its_own(proof: Proof) -> None:
    """Two units with one id, which no edition has both, are no error in a proof copy."""
    text = "".join(pages_of(proof.data))
    assert "Zqtwin" in text
    assert "The same" in text


def test_a_condition_that_cannot_be_read_is_an_error_here_too(tmp_path: Path) -> None:
    """The viewer who sees everything still refuses a name that nobody declared."""
    world = make_project(tmp_path)
    _, job, viewer = open_everything(loaded(world), "book", world, "en")
    assert viewer.judge({"audience": "press", "clearance": "internal", "target": "epub"}).is_in
    with pytest.raises(ConditionError):
        viewer.judge({"audience": "nobody"})
    assert job not in loaded(world).jobs()


TWINS = """\
```chart
kind: column
data: data/twins.csv
x: year
y: {value: Value}
title: Zqchart
alt: Columns
```
"""


def test_a_chart_with_rows_for_two_audiences_becomes_a_table(tmp_path: Path, cache: Path) -> None:
    """Two rows for one point, each for other readers, are no error in a proof copy: it prints all rows, marked."""
    rows = "year,value,_audience\n2024,1,\n2025,2.04,staff\n2025,2,public\n"
    proof = proof_of(tmp_path, cache, {f"{BOOK}/one.md": section(TWINS), f"{BOOK}/data/twins.csv": rows})
    (page,) = [text for text in pages_of(proof.data) if "2.04" in text and "twins.csv" in text]
    for label in ("audience: staff", "audience: public", "can’t be drawn from all of them"):
        assert label in page.replace("\n", " ")


def test_a_chart_says_which_conditions_its_data_have(tmp_path: Path, cache: Path) -> None:
    """A chart that can be drawn from every row is drawn, and the margin names the conditions of the rows."""
    rows = "year,value,_audience\n2024,1,\n2025,2,staff\n"
    proof = proof_of(tmp_path, cache, {f"{BOOK}/one.md": section(TWINS), f"{BOOK}/data/twins.csv": rows})
    assert any("in its data: audience: staff" in text for text in pages_of(proof.data))


def test_a_translated_publication_has_a_proof_copy_in_each_language(tmp_path: Path, cache: Path) -> None:
    """What is translated stands in the language that was asked for, all else in its own, alternatives too."""
    publication = str(FILES[f"{BOOK}/publication.yaml"]) + "translations: {fr: {title: Zqlivre}}\n"
    front = "---\ntitle: Zqtitre\nshort: Zqcourt.\n---\n"
    files = {**FILES, f"{BOOK}/publication.yaml": publication, f"{BOOK}/three.fr.md": f"{front}Zqmots.\n",
             f"{BOOK}/three.md": section("Zqthree words.\n", "short: Zqbrief.\n", "three")}  # fmt: skip
    world = make_project(tmp_path, files)
    project = load(world).value
    assert project is not None
    own, french = (make_proof(project, "book", world, cache, language) for language in ("", "fr"))
    texts = ["".join(pages_of(made.value.data)) for made in (own, french) if made.value is not None]
    assert len(texts) == 2, (own.problems, french.problems)
    assert "Zqbrief" in texts[0]
    assert "Zqmots" not in texts[0]
    for word in ("Zqlivre", "Zqtitre", "Zqmots", "Zqcourt", "Zqspan", "Zqhidden"):
        assert word in texts[1], word
    assert "Zqthree" not in texts[1]


def run(root: Path, cache: Path, *words: str):
    (root / "output/.cache").mkdir(parents=True, exist_ok=True)
    if not (root / "output/.cache/fonts").exists():
        (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    return CliRunner().invoke(main, ["--project", str(root), *words])


def test_the_command_keeps_the_copy_apart(tmp_path: Path, cache: Path) -> None:
    """The file goes into a folder that only its owner can open, is in no list, and a note says what it holds."""
    make_project(tmp_path, FILES)
    result = run(tmp_path, cache, "proof", "book", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    (file,) = said["files"]
    assert file["file"] == ".private/book/book-proof.pdf"
    assert file["for_distribution"] is False
    assert file["clearance"] == "internal"
    assert [problem["code"] for problem in said["problems"]] == ["not-for-distribution"]
    assert {each["condition"] for each in file["conditions"]} >= {"audience: staff", "clearance: internal"}
    path = tmp_path / "output" / file["file"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "output/.private").stat().st_mode) == 0o700
    assert not (tmp_path / "output/build.json").exists()
    assert [each.name for each in (tmp_path / "output").iterdir() if not each.name.startswith(".")] == []


def test_an_unknown_publication_is_wrong_usage(tmp_path: Path, cache: Path) -> None:
    """`builder proof` of a name that is none ends with 2 and offers the nearest one."""
    make_project(tmp_path)
    result = run(tmp_path, cache, "proof", "bok")
    assert result.exit_code == 2
    assert "did you mean 'book'?" in result.stderr


def test_a_project_with_errors_has_no_proof_copy(tmp_path: Path, cache: Path) -> None:
    """What can't be read is reported, and nothing is written."""
    make_project(tmp_path, {f"{BOOK}/one.md": section("[Zqsecret]{audience=nobody}\n")})
    result = run(tmp_path, cache, "proof", "book")
    assert result.exit_code == 1
    assert "unknown-audience" in result.stderr
    assert not (tmp_path / "output/.private").exists()


def test_a_project_with_templates_of_its_own_can_make_one() -> None:
    """The templates of the proof copy lie with the others."""
    assert (World(TEMPLATES.parent, TEMPLATES).templates / "pdf/proof.html").is_file()
