"""Comparisons: what changed by section and by word, and what may not be told by mistake."""

from __future__ import annotations

import io
import json
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from support.project import BOOK, PUBLICATION, make_project, section
from support.verapdf import SCREEN, judge

from builder.cli import main
from builder.diff.words import GONE, NEW, SAME, compare_words, pair_blocks, words_in


def shown(old: str, new: str) -> str:
    """A comparison of two texts in one line."""
    signs = {SAME: "{}", GONE: "[-{}-]", NEW: "{{+{}+}}"}
    return " ".join(
        signs[run.kind].format(run.text.strip()) for run in compare_words(words_in(old), words_in(new))
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("The same words.", "The same words.", "The same words."),
        ("One old word.", "One new word.", "One [-old-] {+new+} word."),
        ("In 2024 it was 1,234.5 per cent.", "In 2024 it was 1,234.6 per cent.", "In 2024 it was [-1,234.5-] {+1,234.6+} per cent."),
        ("No sign", "No sign.", "No sign {+.+}"),
        ("Peace of mind is rare here now", "War on mind is rare here now", "[-Peace of-] {+War on+} mind is rare here now"),
        ("a red the blue house", "a green the yellow house", "a [-red the blue-] {+green the yellow+} house"),
    ],
)  # fmt: skip
def test_words_are_compared_whole(old: str, new: str, expected: str) -> None:
    """A number stays one word, a sign is one of its own, and a short word between two changes goes with them."""
    assert shown(old, new) == expected


@given(
    st.lists(st.sampled_from(["a", "bb", "ccc", "dddd", ",", "."])),
    st.lists(st.sampled_from(["a", "bb", "ccc", "dddd", ",", "."])),
)
def test_a_comparison_holds_both_texts(old: list[str], new: list[str]) -> None:
    """What stayed and went is the older text, what stayed and came the newer one, whatever they are."""
    runs = compare_words(words_in(" ".join(old)), words_in(" ".join(new)))
    assert [word.text for run in runs if run.kind != GONE for word in run.words] == new
    assert [word.text for run in runs if run.kind != NEW for word in run.words] == old


@given(st.lists(st.sampled_from(["one two three", "one two four", "five six", "seven"])),
       st.lists(st.sampled_from(["one two three", "one two four", "five six", "seven"])))  # fmt: skip
def test_each_block_is_paired_once_and_in_order(old: list[str], new: list[str]) -> None:
    """No block is lost, none comes twice, and no pair crosses another."""
    pairs = pair_blocks([words_in(text) for text in old], [words_in(text) for text in new])
    assert [i for i, _ in pairs if i is not None] == list(range(len(old)))
    assert [j for _, j in pairs if j is not None] == list(range(len(new)))


def run(root: Path, cache: Path, *words: str) -> Result:
    (root / "output/.cache").mkdir(parents=True, exist_ok=True)
    if not (root / "output/.cache/fonts").exists():
        (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    return CliRunner().invoke(main, ["--project", str(root), "diff", *words])


def record_of(root: Path, cache: Path, *words: str) -> dict:
    result = run(root, cache, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def texts(unit: dict, kind: str) -> str:
    return " ".join(text.strip() for block in unit["blocks"] for own, text in block["runs"] if own == kind)


EDITIONS: dict[str, str | bytes] = {
    f"{BOOK}/publication.yaml": PUBLICATION.replace("two.md]", "two.md, zq.md]") + "references: r.json\n",
    f"{BOOK}/r.json": '[{"id": "a", "type": "book", "title": "Alpha"}, {"id": "b", "type": "book", "title": "Beta"}]',
    f"{BOOK}/one.md": section("Open text.[ [@b]]{audience=staff} [Zqspan words.]{audience=staff} More [@a].\n\n- first\n- second\n"),
    f"{BOOK}/zq.md": section("Zqbody of the section.\n", "clearance: internal\n", "zq").replace("First", "Zqtitle"),
}  # fmt: skip


def test_two_editions_differ_by_what_one_withholds(tmp_path: Path, cache: Path) -> None:
    """Sections and words that only the newer one has came, with file and line; numbers of sources do not count."""
    make_project(tmp_path, EDITIONS)
    said = record_of(tmp_path, cache, "book/public", "book/staff")
    units = {unit["section"]: unit for unit in said["changes"]}
    assert units["zq"]["kinds"] == ["added"]
    assert texts(units["zq"], "new") == "Zqtitle things Zqbody of the section."
    assert "two" not in units
    (block,) = units["one"]["blocks"]
    assert block["at"] == f"{BOOK}/one.md:5"
    assert [kind for kind, _ in block["runs"]] == ["same", "new", "same"]
    assert texts(units["one"], "new") == "[1] Zqspan words."
    assert texts(units["one"], "gone") == ""


def test_the_other_way_round_the_same_words_went(tmp_path: Path, cache: Path) -> None:
    """What came from the first to the second went from the second to the first."""
    make_project(tmp_path, EDITIONS)
    there, back = (
        record_of(tmp_path, cache, *pair) for pair in (("book/public", "staff"), ("book/staff", "public"))
    )
    assert there["words"]["new"] == back["words"]["gone"] > 0
    assert back["sections"]["removed"] == there["sections"]["added"] == 1


def test_the_result_has_the_higher_clearance(tmp_path: Path, cache: Path) -> None:
    """Text and JSON say up to which clearance they hold text, whichever side comes first."""
    make_project(tmp_path, EDITIONS)
    for pair in (("book/public", "book/staff"), ("book/staff", "book/public")):
        assert record_of(tmp_path, cache, *pair)["clearance"] == "internal"
        assert "clearance 'internal': not for distribution" in run(tmp_path, cache, *pair).stdout
    said = record_of(tmp_path, cache, "book/public", "book/press")
    assert (said["clearance"], said["for_distribution"]) == ("public", False)


def test_a_pipe_gets_signs_and_no_colour(tmp_path: Path, cache: Path) -> None:
    """Words that came stand in {+…+}, and no escape sequence is among them."""
    make_project(tmp_path, EDITIONS)
    said = run(tmp_path, cache, "book/public", "book/staff").stdout
    assert "Zqspan words.+}" in said
    assert "\x1b" not in said
    assert re.search(r"^added  zq: Zqtitle things  \(-0 \+\d+ words\)$", said, re.MULTILINE)


def test_the_html_is_one_accessible_file(tmp_path: Path, cache: Path) -> None:
    """It loads nothing, runs nothing, has a language and headings, and marks changes as ins and del with lines."""
    make_project(
        tmp_path,
        {**EDITIONS, f"{BOOK}/two.md": section("<b>Bold</b> & [Zq<i>raw]{audience=staff}\n", "", "two")},
    )
    target = tmp_path / "changes.html"
    assert run(tmp_path, cache, "book/public", "book/staff", "--html", str(target)).exit_code == 0
    html = target.read_text("utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not re.search(r"<(script|link|img|iframe)|https?://|url\(|@import", html)
    tree = etree.HTML(html)
    assert tree.get("lang") == "en"
    assert "Not for distribution" in tree.findtext(".//title")
    assert len(tree.findall(".//h1")) == 1
    assert "Zqspan words." in " ".join(tree.xpath("//ins//text()"))
    assert {"underline", "line-through"} <= set(re.findall(r"text-decoration: ([\w-]+);", html))


def test_the_pdf_has_both_texts_and_bars(tmp_path: Path, cache: Path) -> None:
    """Pages of the newer edition: what came and what went can be read in place, with bars, on each page a notice."""
    make_project(tmp_path, {**EDITIONS, f"{BOOK}/two.md": section(
        "[Zqold words that go.]{audience=public}\n\nSome second text.\n\n::: {audience=public}\nZqgone block.\n:::\n", "", "two")})  # fmt: skip
    target = tmp_path / "changes.pdf"
    result = run(tmp_path, cache, "book/public", "book/staff", "--pdf", str(target))
    assert result.exit_code == 0, result.output
    data = target.read_bytes()
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data))
    for word in ("Zqspan", "Zqbody", "Zqtitle", "Zqold", "Zqgone"):
        assert word in text
    pages = len(pypdfium2.PdfDocument(data))
    assert text.count("Changes from book/public to book/staff") == pages
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert str(pdf.docinfo["/Title"]).startswith("Not for distribution")
        assert str(pdf.docinfo["/Status"]) == "Not for distribution"
        assert b"builder:" not in pdf.Root.Metadata.read_bytes()


@pytest.mark.verapdf
def test_the_pdf_keeps_what_it_claims(tmp_path: Path, cache: Path) -> None:
    """With words struck out and bars laid over its pages, the copy still is PDF/A-2a and PDF/UA-1."""
    make_project(tmp_path, EDITIONS)
    target = tmp_path / "changes.pdf"
    assert run(tmp_path, cache, "book/public", "book/staff", "--pdf", str(target)).exit_code == 0
    assert [str(broken) for broken in judge(target, SCREEN)] == []


def test_the_words_before_a_title_that_a_reference_repeats_are_no_change(tmp_path: Path, cache: Path) -> None:
    """A brief has no numbers: "chapter 2," comes and goes with the layout, and is the builder's own."""
    layouts = PUBLICATION.replace("public: {}", "public: {layout: report}").replace(
        "press: {}", "press: {layout: brief}"
    )
    text = "See [](#sec-two), or [chapter 2, the first](#sec-two), then [Zqend]{audience=press}.\n"
    make_project(tmp_path, {f"{BOOK}/publication.yaml": layouts, f"{BOOK}/one.md": section(text)})
    said = record_of(tmp_path, cache, "book/public", "book/press")
    (unit,) = [each for each in said["changes"] if each["section"] != "front"]
    assert (texts(unit, "gone"), texts(unit, "new")) == ("", "Zqend")
    assert "chapter 2, the first" in texts(unit, "same")


def test_a_picture_that_changed_says_its_words_once(tmp_path: Path, cache: Path) -> None:
    """Of two pictures with one alternative text, in a line or as figures, the newer one is called another picture."""
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="{}" height="9"/></svg>'
    pair = "![Zqplan](a.svg){audience=public}![Zqplan](b.svg){audience=press}"
    figures = "::: {audience=public}\n![Zqmap](a.svg)\n:::\n\n::: {audience=press}\n![Zqmap](b.svg)\n:::\n"
    kept = "![Zqsame](a.svg)\n\n![Zqsame](b.svg){audience=press}\n"
    make_project(
        tmp_path,
        {
            f"{BOOK}/one.md": section(f"Here {pair} it is.\n\n{figures}\n{kept}"),
            f"{BOOK}/a.svg": drawing.format(1),
            f"{BOOK}/b.svg": drawing.format(2),
        },
    )
    said = record_of(tmp_path, cache, "book/public", "book/press")
    (unit,) = [each for each in said["changes"] if each["section"] == "one"]
    assert texts(unit, "gone") == "[picture: Zqplan] [picture: Zqmap]"
    other = "[another picture with the same words]"
    assert texts(unit, "new") == f"{other} {other} [picture: Zqsame]"


git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def commit(root: Path, name: str) -> None:
    for words in (("add", "content"), ("commit", "-qm", name), ("tag", name)):
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A project below the top of a repository, with two tagged states and a change that is not committed."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, capture_output=True)
    root = tmp_path / "project"
    sections = "sections: [one.md, two.md, three.md, {file: four.md, sections: [five.md]}]"
    files = {
        f"{BOOK}/publication.yaml": PUBLICATION.replace("sections: [one.md, two.md]", sections),
        **{
            f"{BOOK}/{name}.md": section(f"Words of section {name}.\n", "", name).replace("First things", f"Title {name}")
            for name in ("one", "two", "three", "four", "five")
        },
    }  # fmt: skip
    make_project(root, files)
    commit(root, "first")
    book = root / BOOK
    (book / "one.md").write_text(
        section("Other words of section one.\n").replace("First things", "Title one")
    )
    (book / "two.md").write_text(
        section("Words of section two.\n", "", "two").replace("First things", "A new title")
    )
    (book / "six.md").write_text(
        section("Words of section six.\n", "", "six").replace("First things", "Title six")
    )
    (book / "publication.yaml").write_text(
        PUBLICATION.replace(
            "sections: [one.md, two.md]", "sections: [four.md, five.md, one.md, two.md, six.md]"
        )
    )
    (book / "three.md").unlink()
    commit(root, "second")
    (book / "six.md").write_text(
        section("Words of section six, again.\n", "", "six").replace("First things", "Title six")
    )
    return root


@git
def test_two_revisions_differ_by_what_was_committed(history: Path, cache: Path) -> None:
    """Sections that came, went, moved, were renamed or changed are told apart; the working tree does not count."""
    said = record_of(history, cache, "first..second", "book/public")
    kinds = {unit["section"]: unit["kinds"] for unit in said["changes"]}
    assert kinds == {"four": ["moved"], "five": ["moved"], "one": ["changed"], "two": ["retitled", "changed"],
                     "three": ["removed"], "six": ["added"]}  # fmt: skip
    (two,) = [unit for unit in said["changes"] if unit["section"] == "two"]
    assert (two["title"], two["old_title"]) == ("A new title", "Title two")
    (five,) = [unit for unit in said["changes"] if unit["section"] == "five"]
    assert (five["from"], five["to"]) == ("four", "")
    assert said["old"] == "book/public at first"


@git
def test_an_open_range_ends_at_the_files_as_they_are(history: Path, cache: Path) -> None:
    """`REV..` compares with what is not committed yet."""
    said = record_of(history, cache, "second..", "public")
    (unit,) = said["changes"]
    assert unit["section"] == "six"
    assert texts(unit, "new") == ", again"


@git
def test_the_same_state_has_no_difference(history: Path, cache: Path) -> None:
    """A revision compared with itself ends with 0 and says that there is no difference."""
    result = run(history, cache, "second..second", "book/public")
    assert result.exit_code == 0
    assert "no difference" in result.stdout


@git
@pytest.mark.parametrize("words", [("nowhere..second",), ("--output=x..second",), ("first..nowhere",)])
def test_a_revision_that_git_does_not_know_is_named(
    history: Path, cache: Path, words: tuple[str, ...]
) -> None:
    """The message names it, nothing is compared, and no word is taken for an option of git."""
    result = run(history, cache, "--", *words, "book/public")
    assert result.exit_code == 1
    assert "git knows no revision" in result.stderr
    assert "changed" not in result.stdout


@git
def test_an_edition_that_a_revision_does_not_have_is_named(history: Path, cache: Path) -> None:
    """An edition that was declared later can't be compared with a state before it."""
    path = history / BOOK / "publication.yaml"
    path.write_text(path.read_text().replace("press: {}, ", ""))
    commit(history, "third")
    path.write_text(path.read_text().replace("public: {}, ", "public: {}, press: {}, "))
    result = run(history, cache, "third..", "book/press")
    assert result.exit_code == 1
    assert "the edition 'book/press' can't be read at 'third'" in result.stderr


@pytest.mark.parametrize("path", ["output/book/public/changes.html", "output/changes.html", "content/x.html"])
def test_no_comparison_lies_where_files_go_out(tmp_path: Path, cache: Path, path: str) -> None:
    """Beside the editions, and among the sources, nothing is written."""
    make_project(tmp_path, EDITIONS)
    result = run(tmp_path, cache, "book/public", "book/staff", "--html", str(tmp_path / path))
    assert result.exit_code == 1
    assert "bad-output" in result.stderr
    assert not (tmp_path / path).exists()


def test_wrong_usage_is_told_apart(tmp_path: Path, cache: Path) -> None:
    """Unknown editions, editions of two publications, and pages of an ebook end with 2."""
    other = {f"content/publications/other/{name.rsplit('/')[-1]}": text for name, text in EDITIONS.items()}
    other["content/publications/other/two.md"] = section("Words.\n", "", "two")
    make_project(tmp_path, {**EDITIONS, **other})
    for words, said in (
        (("book/pulic", "book/staff"), "did you mean 'book/public'?"),
        (("book/public", "other/staff"), "editions of different publications"),
        (("book/public/epub", "book/staff/epub", "--pdf", str(tmp_path / "x.pdf")), "--pdf needs an edition with pages"),
    ):  # fmt: skip
        result = run(tmp_path, cache, *words)
        assert result.exit_code == 2
        assert said in result.stderr


def test_a_side_that_cannot_be_read_is_an_error(tmp_path: Path, cache: Path) -> None:
    """Where an edition has errors nothing is compared, and they are reported."""
    make_project(tmp_path, {f"{BOOK}/one.md": section("Text.\n", "clearance: restricted\n")})
    result = run(tmp_path, cache, "book/public", "book/staff")
    assert result.exit_code == 1
    assert "link-withheld" in result.stderr
    assert "->" not in result.stdout
