"""Redaction: a bar of one width stands for what is withheld, and nothing of it is in any file."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pikepdf
import pypdf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.project import (
    AUDIENCES,
    BOOK,
    PUBLICATION,
    build_file,
    html_of,
    job,
    loaded,
    make_project,
    problems_of,
    section,
)
from test_withhold import VOCABULARY, WORD, documents

from builder.conditions import Viewer
from builder.document import document_of
from builder.render import render

REASONS = AUDIENCES + "redaction_reasons: {a1: Personal data, b2: Talks under way}\n"
BARS = re.compile(r'<(?:span|p) class="redaction"><span class="bar">([^<]*)</span>')
SECRET = re.compile(r"\bzq[a-z0-9]*", re.IGNORECASE)


def world_of(root: Path, text: str, publication: str = PUBLICATION, **files: str):
    """The stock book with reasons, and this text in its first section."""
    overlay = {f"{BOOK}/{name.replace('_', '.')}": body for name, body in files.items()}
    stock = {"content/audiences.yaml": REASONS, f"{BOOK}/publication.yaml": publication}
    return make_project(root, {**stock, f"{BOOK}/one.md": section(text), **overlay})


RANDOM = """\
clearances: [open, closed, secret]
audiences:
  public: {title: The public, clearance: open}
  press: {title: The press, clearance: closed}
  analysts: {title: Analysts, clearance: secret}
redaction_reasons: {a1: Personal data, b2: Talks under way}
"""


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(
    documents(),
    st.sampled_from(VOCABULARY.audiences),
    st.sampled_from(("pdf", "epub")),
    st.sampled_from(("drop", "redact")),
)
def test_no_word_of_a_withheld_or_redacted_unit_is_in_a_rendition(
    document, audience, target, withheld
) -> None:
    """Of a random tree of conditions and redactions, the files of an edition hold the visible words alone."""
    text, words = document
    publication = PUBLICATION.replace("default_clearance: public", "default_clearance: open")
    editions = f"editions: {{{audience}: {{withheld: {withheld}}}}}\n"
    publication = publication[: publication.index("editions:")] + editions
    with tempfile.TemporaryDirectory() as root:
        files = {"content/audiences.yaml": RANDOM, f"{BOOK}/publication.yaml": publication}
        world = make_project(Path(root), {**files, f"{BOOK}/one.md": section(text)})
        made = document_of(loaded(world), job(audience, target), world)
        assert made.value is not None, f"{text}\n" + "\n".join(map(str, made.problems))
        _, theme, catalogue, resolved = made.value
        rendition = render(resolved, theme, catalogue, world)
    ceiling = {"public": "open", "press": "closed", "analysts": "secret"}[audience]
    viewer = Viewer(VOCABULARY, audience, ceiling, target)
    visible = {word for word, above in words.items() if all(viewer.judge(own).is_in for own in above)}
    assert set(WORD.findall("\n".join(rendition.files.values()))) <= visible, text


@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_a_redacted_span_is_a_bar_with_its_reason(tmp_path: Path, target: str) -> None:
    """The words of a span give way to a bar that says in words why it is there, and shows the code."""
    html = html_of(world_of(tmp_path, "By [Zqname]{clearance=restricted redact=a1}.\n"), target=target)
    assert BARS.findall(html) == ["[redacted: Personal data]"]
    assert '<span class="code">a1</span>' in html


def test_bars_are_alike_whatever_they_hide(tmp_path: Path) -> None:
    """A bar for a letter and one for a long text are the same markup, so that neither tells its length."""
    one = world_of(
        tmp_path / "a",
        "A [Z]{clearance=restricted redact=a1} b.\n\n::: {clearance=internal redact=b2}\nZ\n:::\n",
    )
    long = "Zq many words\nover lines [and spans]{audience=press}"
    two = world_of(
        tmp_path / "b",
        f"A [{long}]{{clearance=restricted redact=a1}} b.\n\n::: {{clearance=internal redact=b2}}\n{long}\n\n- {long}\n\n## Zq\n:::\n",
    )
    assert html_of(one) == html_of(two)


PLACES = {
    "a block": ("::: {COND}\nZqblock.\n:::\n", 1),
    "a line above a block": ("{COND}\n- Zqone\n- Zqtwo\n", 1),
    "a heading and what lies under it": ("## Zqtitle {COND}\n\nZqtext.\n\n## Open\n", 1),
    "a row": ("| A | B |\n|---|---|\n| Zqa | Zqb | {COND}\n| c | d |\n", 2),
    "a column": ("| A | Zqb {COND} |\n|---|---|\n| a | Zqb |\n| c | Zqd |\n", 3),
    "a cell": ("| A | B |\n|---|---|\n| a | [Zqb]{COND} |\n", 1),
    "a caption and its table": ("| Zqa | B |\n|---|---|\n| a | b |\n\nTable: Zqcaption {COND}\n", 1),
    "a link": ("See [Zqthere](https://example.org/zq){COND}.\n", 1),
    "a picture": ("An ![Zqalt](images/zq.png){COND} here.\n", 1),
    "a note call": ("A word[^zq]{COND}.\n\n[^zq]: Zqnote.\n", 1),
    "code": ("Call `zq`{COND}.\n", 1),
    "a code block": ("```zq {COND}\nzq\n```\n", 1),
    "a snippet where it is used": ("::: snippet {ref=s COND}\n:::\n", 1),
    "a block in a list": ("- open\n- ::: {COND}\n  Zq.\n  :::\n", 1),
    "a block in a quotation": ("> ::: {COND}\n> Zq.\n> :::\n", 1),
    "a block in a note": ("A[^n].\n\n[^n]: ::: {COND}\n    Zq.\n    :::\n", 1),
    "a redaction in a redaction": ("::: {COND}\nZq [zq]{COND}.\n\n{COND}\nZq.\n:::\n", 1),
    "a redaction in what is dropped": ("::: {clearance=internal}\nZq [zq]{COND}.\n:::\n\nOpen.\n", 0),
    "a dropped unit in a redaction": ("::: {COND}\nZq [zq]{clearance=internal}.\n:::\n", 1),
    "a title": ("", 1),
}


@pytest.mark.parametrize("target", ["pdf", "epub"])
@pytest.mark.parametrize("place", PLACES)
def test_every_place_can_be_redacted(tmp_path: Path, place: str, target: str) -> None:
    """Wherever a condition stands, `redact` puts bars in the place of the unit and nothing of it is left."""
    text, count = PLACES[place]
    condition = "clearance=restricted redact=a1"
    files = {"snippets/s_md": "Zqsnippet.\n"}
    if place == "a title":
        files["two_md"] = section("Text.\n", identity="two").replace(
            "First things", f"'On [Zq]{{{condition}}}'"
        )
    html = html_of(world_of(tmp_path, text.replace("COND", condition), **files), target=target)
    assert SECRET.findall(html) == []
    assert len(BARS.findall(html)) == count


@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_a_redacted_section_keeps_its_place_and_nothing_else(tmp_path: Path, target: str) -> None:
    """Bars stand for its title and text; its id, its children and their number are gone."""
    publication = PUBLICATION.replace("two.md", "{file: zq.md, sections: [zqchild.md]}, two.md")
    front = "clearance: restricted\nredact: a1\nshort_title: Zqshort\nstandfirst: Zqfirst\n"
    files = {
        "zq_md": section("Zqtext {#zqid}\n", front, "zqid")
        .replace("First", "Zqtitle")
        .replace(" {#zqid}", ""),
        "zqchild_md": section("Zqchild.\n", "", "zqchild").replace("First", "Zqchild"),
        "two_md": section("Text.\n", identity="two"),
    }
    world = world_of(tmp_path, "Text.\n", publication, **files)
    made = document_of(loaded(world), job(target=target), world)
    _, theme, words, document = made.value
    text = "\n".join(render(document, theme, words, world).files.values())
    assert SECRET.findall(text) == []
    assert [chapter.number for chapter in document.chapters] == ["1", "2", "3"]
    assert document.chapters[1].plain_title == "[redacted: Personal data]"
    assert len(BARS.findall(document.chapters[1].html)) == 1


def test_an_edition_can_redact_all_that_is_above_its_clearance(tmp_path: Path) -> None:
    """With `withheld: redact` clearance leaves bars without a reason; other audiences' text leaves none."""
    publication = PUBLICATION.replace("public: {}", "public: {withheld: redact}")
    text = "A [Zq]{clearance=restricted}, b [zq]{audience=staff}, c [zq]{audience=staff clearance=restricted}, d [zq]{target=pdf clearance=restricted}.\n"
    html = html_of(world_of(tmp_path, text, publication))
    assert BARS.findall(html) == ["[redacted]"]
    assert SECRET.findall(html) == []


def test_a_snippet_with_a_reason_of_its_own_leaves_a_bar(tmp_path: Path) -> None:
    """A snippet that is redacted by its front matter is a bar wherever it is used."""
    snippet = "---\nclearance: restricted\nredact: b2\n---\nZqsnippet.\n"
    text = "::: snippet {ref=s}\n:::\n\nMore.\n"
    html = html_of(world_of(tmp_path, text, **{"snippets/s_md": snippet}))
    assert BARS.findall(html) == ["[redacted: Talks under way]"]


def test_an_edition_that_may_see_the_text_has_no_bar(tmp_path: Path) -> None:
    """A redaction counts only where its condition withholds the text."""
    html = html_of(world_of(tmp_path, "By [a name]{clearance=restricted redact=a1}.\n"), "staff")
    assert "By a name." in html
    assert not BARS.findall(html)


def test_the_log_lists_reasons_with_their_number_and_places(tmp_path: Path) -> None:
    """`::: redactions` says what was redacted in this edition, by reason, with links to the sections."""
    text = "A [zq]{clearance=restricted redact=a1} b [zq]{clearance=restricted redact=a1} c [zq]{clearance=internal redact=b2}.\n"
    two = section("::: redactions\n:::\n", identity="two")
    world = world_of(tmp_path, text, two_md=two)
    log = html_of(world).split('<div class="redactions">')[1]
    assert re.findall(r"<tr><td>(\w+)</td><td>([^<]+)</td><td class=\"number\">(\d)</td>", log) == [
        ("a1", "Personal data", "2"),
        ("b2", "Talks under way", "1"),
    ]
    assert 'href="chapter-01.xhtml#sec-one">chapter\xa01</a>' in log
    assert "Personal data" not in html_of(world, "analysts")
    assert "Nothing in this edition is redacted." in html_of(world, "staff")


def test_the_log_names_an_unnumbered_section_by_its_title(tmp_path: Path) -> None:
    """A number of passages never stands beside a bare number of a section."""
    two = section("A [zq]{clearance=restricted redact=a1}.\n\n::: redactions\n:::\n", "numbered: false\n", "two")
    log = html_of(world_of(tmp_path, "Text.\n", two_md=two)).split('<div class="redactions">')[1]
    assert 'href="chapter-02.xhtml#sec-two">First things</a>' in log


def test_bars_are_read_aloud_in_the_finished_pdf(tmp_path: Path, cache: Path) -> None:
    """The words of a bar are text of the PDF, its outline included, and what it hides is nowhere in the file."""
    front = "clearance: restricted\nredact: b2\n"
    files = {"two_md": section("Zqtwo.\n", front, "zqtwo").replace("First", "Zqtitle")}
    world = world_of(tmp_path, "By [Zqname]{clearance=restricted redact=a1}.\n", **files)
    data = build_file(world, target="pdf")
    (tmp_path / "out.pdf").write_bytes(data)
    reader = pypdf.PdfReader(tmp_path / "out.pdf")
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "[redacted: Personal data]" in text
    assert "[redacted: Talks under way]" in str(
        [item.title for item in reader.outline if not isinstance(item, list)]
    )
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        streams = [o for o in pdf.objects if isinstance(o, pikepdf.Stream)]
        whole = b"\n".join(o.read_bytes() for o in streams if o.get("/Filter") in (None, "/FlateDecode"))
        whole += b"\n".join(repr(o).encode() for o in pdf.objects)
    assert SECRET.findall(text + whole.decode("latin-1")) == []


def test_a_link_to_a_redacted_section_is_a_link_to_something_withheld(tmp_path: Path) -> None:
    """A bar is no target: the id of what it hides is not in the edition."""
    front = "clearance: restricted\nredact: b2\n"
    world = world_of(tmp_path, "See [](#sec-two).\n", two_md=section("Two.\n", front, "two"))
    assert problems_of(world) == ["link-withheld"]


def test_a_span_without_attributes_keeps_what_stands_in_it(tmp_path: Path) -> None:
    """Empty braces round a bar or round something withheld take nothing else away, and nothing breaks."""
    bar = html_of(world_of(tmp_path / "a", "[[zq]{clearance=restricted redact=a1}]{} end\n"))
    assert len(BARS.findall(bar)) == 1
    gone = html_of(world_of(tmp_path / "b", "[[zq]{clearance=restricted} [kept]{}]{} end\n"))
    assert "kept end" in " ".join(gone.split())
