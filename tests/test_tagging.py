"""PDFs are tagged so that assistive technology reads them as they are meant, whatever the page."""

from __future__ import annotations

import dataclasses
import io
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from support.project import ROOT, TEMPLATES
from support.tags import Tags
from support.verapdf import ARCHIVE as ARCHIVE_FLAVOURS
from support.verapdf import SCREEN as SCREEN_FLAVOURS
from support.verapdf import judge

from builder.diagnostics import Diagnostic
from builder.model import Contact, Metadata
from builder.themes import load_theme
from builder.world import World
from builder.writers.claims import ARCHIVE, SCREEN, Claim
from builder.writers.pdf import bind, typeset

WORLD = World(ROOT, TEMPLATES)
THEME = load_theme(WORLD, "meridian")
FLAVOURS = {SCREEN: SCREEN_FLAVOURS, ARCHIVE: ARCHIVE_FLAVOURS}
META = Metadata(
    **{
        **{field.name: "" for field in dataclasses.fields(Metadata)},
        "title": "A case & more",
        "language": "en",
        "direction": "ltr",
        "date": date(2026, 11, 24),
        "authors": (),
        "keywords": (),
        "contact": Contact(),
        "uuid": "urn:uuid:00000000-0000-5000-8000-000000000000",
    }
)
STYLE = """
@page { size: 200pt 200pt; margin: 30pt; @footnote { padding-bottom: 1px }
  @top-left { content: string(title) } @top-right { content: element(head) } @bottom-left { content: counter(page) } }
@page { @bottom-right { content: none } }
body { font: 9pt/12pt FAMILY; margin: 0; string-set: title "Case" }
.note { float: footnote } .head { position: running(head) } table { border-collapse: collapse }
.own { list-style: none; counter-reset: own } .own li { counter-increment: own }
.own li::before { content: counter(own) " " } .generated::before { content: "Before: " }
.generated::after { content: " After." } .first::first-letter { font-size: 12pt } .first::first-line { color: red }
a.page::after { content: target-counter(attr(href url), page) }
a.toc::after { content: " " target-counter(attr(href url), page) }
a.dots::after { content: leader(".") target-counter(attr(href url), page) }
"""


def dot() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (200, 0, 0, 128)).save(out, "PNG")
    return out.getvalue()


FILES = {
    "dot.png": dot(),
    "dot.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>',
}


def make(html: str, cache: Path, claim: Claim = SCREEN) -> tuple[bytes, tuple[Diagnostic, ...]]:
    """A finished PDF of a piece of HTML, and what was said of it."""
    family = THEME.fonts[0]["family"]
    head = f'<!DOCTYPE html><html lang="en"><head><title>Case</title><style>{STYLE}</style></head>'
    text = f"{head}<body><h1>Case</h1>{html}</body></html>".replace("FAMILY", f"'{family}'").replace(
        "RB-Sans, sans", family
    )
    unit = typeset("case", text, FILES, THEME, WORLD, cache, claim)
    return bind([unit.value], claim, META).data, unit.problems


@dataclasses.dataclass(frozen=True)
class Case:
    """A piece of HTML and its tags."""

    name: str
    html: str
    tags: str

    def __str__(self) -> str:
        return self.name


PATH = Path(__file__).with_name("cases") / "tags.txt"
CASES = [
    Case(name, html, tags.strip("\n"))
    for name, html, tags in re.findall(r"^([^\n]+)\n\.\n(.*?)\n\.\n(.*?)^\.$", PATH.read_text("utf-8"), re.M | re.S)
]


def tags_of(data: bytes) -> str:
    """The structure tree below the title that every case has."""
    return re.sub(r"^Document\n  H1: Case\n?", "", Tags(data).outline())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_html_gets_the_tags_that_the_case_lists(
    case: Case, cache: Path, request: pytest.FixtureRequest
) -> None:
    """Each piece of HTML gets these tags, with nothing said against it; `--accept` writes them afresh."""
    data, problems = make(case.html, cache)
    assert problems == ()
    said = tags_of(data)
    if request.config.getoption("--accept"):
        text = PATH.read_text("utf-8")
        old = f"{case.name}\n.\n{case.html}\n.\n{case.tags}{chr(10) if case.tags else ''}."
        assert old in text
        PATH.write_text(text.replace(old, f"{case.name}\n.\n{case.html}\n.\n{said}\n."), "utf-8")
    else:
        assert said == case.tags


@pytest.mark.verapdf
@pytest.mark.parametrize("claim", [SCREEN, ARCHIVE], ids=["pdf", "pdf-archive"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_verapdf_finds_nothing_in_any_case(case: Case, claim: Claim, cache: Path) -> None:
    """Each piece of HTML makes a PDF that keeps the standards it claims, to the last rule."""
    data, _ = make(case.html, cache, claim)
    assert [str(broken) for broken in judge(data, FLAVOURS[claim])] == []


def test_every_case_has_its_own_name() -> None:
    """No two cases are called alike, and there are at least as many as constructs that are known to be hard."""
    assert [name for name, count in Counter(str(case) for case in CASES).items() if count > 1] == []
    assert len(CASES) >= 63
