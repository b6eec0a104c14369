"""Whole editions: what is withheld is nowhere in the finished file, and what is seen is there."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from pathlib import Path

import pikepdf
import pypdf
import pytest
from support.project import BOOK, TEMPLATES, build_file, html_of, loaded, make_project, problems_of, section

from builder.coverage import RECORD, coverage_of
from builder.document import document_of
from builder.load import load

from support.project import job  # isort: skip

SECRETS = {
    "content/publications/book/publication.yaml": """\
title: A stock book
language: en
date: 2026-11-24
authors:
  - {name: Open Author}
  - {name: Zqauthor Hidden, clearance: internal}
default_clearance: public
abbreviations: {OPN: Open Name Here, ZSEC: Zqabbreviation Secret}
references: references.json
data:
  data/t.csv: {columns: {zqcolumn: {clearance: restricted}}}
sections:
  - one.md
  - part: Zqpart secret
    clearance: restricted
    sections: [three.md]
  - {file: two.md, sections: [four.md]}
editions: {public: {}, staff: {}}
""",
    f"{BOOK}/references.json": """[
 {"id": "open", "type": "book", "title": "Open source title", "issued": {"date-parts": [[2020]]}},
 {"id": "zqkey", "type": "book", "title": "Zqsource title", "issued": {"date-parts": [[2021]]}}]""",
    f"{BOOK}/data/t.csv": "year,value,zqcolumn,_clearance\n2020,11,zqcell1,\n2021,zqcell2,zqcell3,restricted\n2022,13,zqcell4,\n",
    f"{BOOK}/snippets/zqsnip.md": "Zqsnippet text [inner zqinline]{clearance=internal}.\n",
    f"{BOOK}/snippets/open.md": "Open snippet [zqinner]{clearance=internal}.\n",
    f"{BOOK}/images/zqimage.png": b"",
    f"{BOOK}/one.md": section(
        """\
Visible start OPN [zqspan ZSEC]{clearance=restricted}.[^note] Cited [@open]. [Hidden [@zqkey]]{clearance=internal}.

::: {clearance=restricted #zqdiv}
Zqblock text.[^zqnote]

![zqalt](images/zqimage.png "zqcaption"){#zqfig}

## Zqheading {#zqanchor}
:::

## Zqcondition heading {clearance=internal}

Zqunder heading.

## Open heading

| A | Zqhead {clearance=restricted} |
|---|---|
| a | zqcell |
| zqrow | zqrow | {clearance=restricted}

Table: Open caption [zqcap]{clearance=internal} {#tbl-a}

::: table {data=data/t.csv #tbl-b caption="Data table"}
:::

::: snippet {ref=open}
:::

::: {clearance=internal}
::: snippet {ref=zqsnip}
:::
:::

[^note]: Open note [zqinnote]{clearance=restricted}.
[^zqnote]: Zqnote text.
"""
    ),
    f"{BOOK}/two.md": section("Visible second text. [](#sec-three){fallback=\"in the full report\"}\n", identity="two"),
    f"{BOOK}/three.md": section("Zqthree text.\n", "short_title: Zqshort\n", "three").replace("First things", "Zqtitle three"),
    f"{BOOK}/four.md": section("Zqfour.\n", "clearance: internal\n", "four").replace("First things", "Zqtitle four"),
}  # fmt: skip

SECRET = re.compile(r"\bzq[a-z0-9]+", re.IGNORECASE)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """The stock book with a secret at every place that can carry one; each secret word begins with zq."""
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(picture, "PNG")
    overlay = {**SECRETS, f"{BOOK}/images/zqimage.png": picture.getvalue()}
    return make_project(tmp_path_factory.mktemp("secrets"), overlay)


def normal(text: str) -> str:
    """Text as a reader takes it: no soft hyphens or ligatures, one space."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u00ad", "").split())


def pdf_words(data: bytes) -> str:
    """Everything that a PDF says: text, outline, names, metadata, tags."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    texts = [page.extract_text() for page in reader.pages]
    texts += [str(reader.metadata), str(list(reader.named_destinations))]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for thing in pdf.objects:
            texts.append(repr(thing) if not isinstance(thing, pikepdf.Stream) else repr(dict(thing)))
        texts.append(bytes(pdf.Root.Metadata.read_bytes()).decode())
    return normal(" ".join(texts))


def epub_words(data: bytes) -> str:
    """Everything that an EPUB says: names and contents of every file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = list(archive.namelist())
        parts += [archive.read(name).decode() for name in archive.namelist() if not name.endswith(".png")]
    return normal(" ".join(parts))


def test_a_withheld_unit_is_nowhere_in_the_ebook(secrets) -> None:
    """No secret of any kind is in any file of the public EPUB, its names included."""
    found = SECRET.findall(epub_words(build_file(secrets, "public", "epub")))
    assert found == []


def test_a_withheld_unit_is_nowhere_in_the_pdf(secrets) -> None:
    """No secret of any kind is in the public PDF: text, outline, names, metadata, tags."""
    assert SECRET.findall(pdf_words(build_file(secrets, "public", "pdf"))) == []


def test_whoever_may_see_everything_finds_every_secret(secrets) -> None:
    """The same search finds each secret in the edition that holds them: the search is not blind."""
    found = {word.lower() for word in SECRET.findall(epub_words(build_file(secrets, "staff", "epub")))}
    wanted = {
        "zqspan", "zqblock", "zqheading", "zqcondition", "zqunder", "zqhead", "zqcell", "zqrow", "zqcap", "zqcell1", "zqcell2",
        "zqsnippet", "zqinline", "zqinnote", "zqnote", "zqthree", "zqtitle", "zqfour", "zqpart", "zqauthor", "zqalt", "zqcaption",
        "zqfig", "zqanchor", "zqabbreviation", "zqsource", "zqinner", "zqcolumn", "zqdiv",
    }  # fmt: skip
    assert wanted <= found


def test_numbers_give_no_gap_away(secrets) -> None:
    """Chapters, notes, sources, figures and tables are numbered after selection."""
    made = document_of(loaded(secrets), job("public"), secrets).value[3]
    assert [chapter.number for chapter in made.chapters if chapter.role == "chapter"] == ["1", "2"]
    assert [note.number for chapter in made.chapters for note in chapter.notes] == ["1"]
    assert [entry.number for entry in made.tables] == ["1", "2"]
    assert made.figures == ()


def test_a_reference_to_a_withheld_section_prints_its_fallback(secrets) -> None:
    """The author's fallback words stand where the link would have led to a withheld section."""
    html = html_of(secrets, "public")
    assert "in the full report" in html


def test_a_reference_to_a_withheld_section_without_fallback_is_an_error(tmp_path) -> None:
    """A link from visible to withheld text stops the edition until its author settles it."""
    world = make_project(tmp_path, {f"{BOOK}/one.md": section("Text.", "clearance: restricted\n")})
    assert problems_of(world, "public") == ["link-withheld"]
    assert problems_of(world, "analysts") == []


def test_a_parent_above_the_ceiling_takes_its_children_with_it(tmp_path) -> None:
    """A child is never more visible than its parent, whatever its own clearance says."""
    world = make_project(
        tmp_path,
        {
            f"{BOOK}/publication.yaml": (
                "title: T\nlanguage: en\ndate: 2026-11-24\ndefault_clearance: public\n"
                "sections: [{file: one.md, sections: [two.md]}, three.md]\neditions: {public: {}}\n"
            ),
            f"{BOOK}/one.md": section("Text.", "clearance: restricted\n"),
            f"{BOOK}/two.md": section("Child.", "clearance: public\n", "two"),
            f"{BOOK}/three.md": section("Third.", "", "three"),
        },
    )
    html = html_of(world, "public")
    assert "Child" not in html
    assert "Third" in html


def test_nothing_is_public_by_accident(tmp_path) -> None:
    """A section without a clearance has the publication's default, and a publication must declare it."""
    text = "title: T\nlanguage: en\ndate: 2026-11-24\nsections: [one.md]\neditions: {public: {}}\n"
    assert "missing-key" in problems_of(make_project(tmp_path, {f"{BOOK}/publication.yaml": text}))
    world = make_project(
        tmp_path / "b", {f"{BOOK}/publication.yaml": text + "default_clearance: restricted\n"}
    )
    assert problems_of(world, "public") == ["nothing-to-build"]


def test_an_edition_can_lower_the_ceiling_of_its_audience_and_never_raise_it(tmp_path) -> None:
    """`clearance` on an edition closes further; a higher one is an error."""
    for audience, ceiling, sees in (("analysts", "public", False), ("analysts", "restricted", True), ("public", "internal", None)):
        world = make_project(
            tmp_path / ceiling,
            {
                f"{BOOK}/publication.yaml": (
                    "title: T\nlanguage: en\ndate: 2026-11-24\ndefault_clearance: public\nsections: [one.md]\n"
                    f"editions: {{{audience}: {{clearance: {ceiling}}}}}\n"
                ),
                f"{BOOK}/one.md": section("Open. [Closed.]{clearance=restricted}"),
            },
        )
        if sees is None:
            assert [problem.code for problem in load(world).problems] == ["above-audience"]
        else:
            assert ("Closed" in html_of(world, audience)) is sees


def test_content_is_never_template_source(tmp_path) -> None:
    """Template signs in text, titles and captions are printed as they are written."""
    text = "{{ 7*7 }} {% for x in y %} {# no #} `{{ 7*7 }}`\n\n## {{ 7*7 }}\n"
    world = make_project(tmp_path, {f"{BOOK}/one.md": section(text)})
    for target in ("epub", "pdf"):
        html = html_of(world, "public", target)
        assert html.count("{{ 7*7 }}") == 3
        assert "{% for x in y %}" in html
        assert "49" not in html


def test_a_sign_that_no_font_has_is_named_with_its_line_before_any_page_is_set(tmp_path) -> None:
    """Print reports the signs and the line; the ebook, whose reader brings fonts, builds."""
    world = make_project(tmp_path, {f"{BOOK}/one.md": section("Plain.\n\nPeace: 平和.\n")})
    checked = document_of(loaded(world), job("public", "pdf"), world)
    assert [(p.code, p.span.line) for p in checked.problems] == [("missing-glyph", 7)]
    assert problems_of(world, "public", "epub") == []


def test_the_record_of_signs_is_that_of_the_fonts() -> None:
    """The recorded ranges of each font file that ships are those in the file."""
    fonts = TEMPLATES / "fonts"
    record = json.loads((fonts / RECORD).read_text("utf-8"))
    files = {str(path.relative_to(fonts)): path for path in fonts.rglob("*") if path.suffix in (".ttf", ".woff2")}
    assert set(record) == set(files)
    assert all(coverage_of(path) == record[name] for name, path in files.items())


@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_a_term_goes_with_its_only_meaning(tmp_path: Path, target: str) -> None:
    """Neither the term nor an empty list is left, and a term with another meaning keeps it."""
    text = "Zqterm\n: [Zqmeaning]{clearance=internal}\n\nOpen\n: [Zqother]{clearance=internal}\n: Kept.\n"
    lone = "Zqlone\n: [Zqmeaning]{clearance=internal}\n"
    for number, (body, kept) in enumerate(((text, "<dt>Open</dt>"), (f"Before.\n\n{lone}", "Before."))):
        world = make_project(tmp_path / str(number), {f"{BOOK}/one.md": section(body)})
        made = document_of(loaded(world), job("public", target), world)
        html = made.value[3].chapters[0].html
        assert kept in html
        assert "Zq" not in html
        assert ("<dl" in html) == (number == 0)


@pytest.mark.parametrize("target", ["pdf", "epub"])
@pytest.mark.parametrize(
    "words",
    [
        "[Zq]{clearance=internal}", "**[Zq]{clearance=internal}**",
        "[Zq]{audience=staff} [Zq]{audience=staff}",
    ],
)  # fmt: skip
def test_a_heading_goes_with_its_words(tmp_path: Path, target: str, words: str) -> None:
    """A heading whose whole text is withheld is neither on the page nor in the contents; what lies under it stays."""
    world = make_project(tmp_path, {f"{BOOK}/one.md": section(f"Before.\n\n## {words}\n\nUnder it.\n")})
    made = document_of(loaded(world), job("public", target), world).value[3]
    assert "Under it." in made.chapters[0].html
    assert "<h" not in made.chapters[0].html
    assert made.contents[0].children == ()
