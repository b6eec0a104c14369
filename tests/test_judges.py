"""The judge of PDFs is not blind: broken files are caught, and WeasyPrint is the one that the tagger was written for."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name
from support.tags import Tags
from support.verapdf import SCREEN, judge
from test_tagging import make

GOOD = """
<h2>Two</h2><p>Before<span class="note">The note.</span> and <a href="https://example.org/">after</a>.</p>
<img src="dot.png" alt="A dot">
<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>
"""


@pytest.fixture(scope="session")
def good(cache: Path) -> bytes:
    """A file that breaks no rule."""
    return make(GOOD, cache)[0]


def elements(pdf: pikepdf.Pdf, kind: str) -> list[pikepdf.Object]:
    return [o for o in pdf.objects if isinstance(o, Dictionary) and o.get("/S") == f"/{kind}"]


def fonts(pdf: pikepdf.Pdf, key: str) -> list[pikepdf.Object]:
    return [o for o in pdf.objects if isinstance(o, Dictionary) and key in o]


def drop(key: str, found: list[pikepdf.Object]) -> None:
    assert found
    for each in found:
        del each[key]


def without_alt(pdf: pikepdf.Pdf) -> None:
    drop("/Alt", elements(pdf, "Figure"))


def with_a_skipped_heading(pdf: pikepdf.Pdf) -> None:
    for heading in elements(pdf, "H2"):
        heading.S = Name.H3


def with_a_note_without_id(pdf: pikepdf.Pdf) -> None:
    drop("/ID", elements(pdf, "Note"))


def without_scope(pdf: pikepdf.Pdf) -> None:
    drop("/A", elements(pdf, "TH"))


def without_language(pdf: pikepdf.Pdf) -> None:
    drop("/Lang", [pdf.Root])


def with_a_link_that_says_nothing(pdf: pikepdf.Pdf) -> None:
    drop("/Contents", list(pdf.pages[0].Annots))


def without_title_in_the_window(pdf: pikepdf.Pdf) -> None:
    pdf.Root.ViewerPreferences.DisplayDocTitle = False


def with_a_fill_outside_the_tree(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"q 0 0 10 10 re f Q")


def without_a_font_program(pdf: pikepdf.Pdf) -> None:
    key = "/FontFile3" if fonts(pdf, "/FontFile3") else "/FontFile2"
    drop(key, fonts(pdf, key))


def without_unicode(pdf: pikepdf.Pdf) -> None:
    drop("/ToUnicode", fonts(pdf, "/ToUnicode"))


def with_a_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")


def without_an_output_intent(pdf: pikepdf.Pdf) -> None:
    drop("/OutputIntents", [pdf.Root])


BROKEN: list[tuple[Callable[[pikepdf.Pdf], None], str, str]] = [
    (without_alt, "ua1", "7.3-1"),
    (with_a_skipped_heading, "ua1", "7.4.2-1"),
    (with_a_note_without_id, "ua1", "7.9-1"),
    (without_scope, "ua1", "7.5-1"),
    (without_language, "ua1", "7.2-34"),
    (with_a_link_that_says_nothing, "ua1", "7.18.5-2"),
    (without_title_in_the_window, "ua1", "7.1-10"),
    (with_a_fill_outside_the_tree, "ua1", "7.1-3"),
    (without_a_font_program, "ua1", "7.21.4.1-1"),
    (without_unicode, "ua1", "7.21.7-1"),
    (without_unicode, "2a", "6.2.11.7.2-1"),
    (with_a_script, "2a", "6.5.1-1"),
    (without_an_output_intent, "2a", "6.2.4.3-2"),
]


@pytest.mark.verapdf
def test_the_good_file_is_good(good: bytes) -> None:
    """The file that the broken ones are made from breaks no rule: what is found in them is what was done to them."""
    assert judge(good, SCREEN) == []
    assert {"Figure", "Note", "TH", "Link"} <= {str(each.S)[1:] for each in Tags(good).elements()}


@pytest.mark.verapdf
@pytest.mark.parametrize(
    ("damage", "flavour", "rule"), BROKEN, ids=[f"{each[0].__name__}-{each[1]}" for each in BROKEN]
)
def test_a_broken_file_is_caught(
    damage: Callable[[pikepdf.Pdf], None], flavour: str, rule: str, good: bytes
) -> None:
    """Damage of each kind is found, and called by its rule."""
    with pikepdf.open(io.BytesIO(good)) as pdf:
        damage(pdf)
        out = io.BytesIO()
        pdf.save(out)
    assert rule in [broken.rule for broken in judge(out.getvalue(), (flavour,))]


RELIED_ON = Path(__file__).with_name("fixtures") / "weasyprint.txt"


def fingerprint(name: str) -> str:
    """A hash of the source of a module of WeasyPrint or pydyf, or of something in one."""
    module, _, path = name.partition(":")
    found = importlib.import_module(module)
    for part in filter(None, path.split(".")):
        found = getattr(found, part)
    return hashlib.sha256(inspect.getsource(found).encode()).hexdigest()[:16]


def test_the_engine_is_the_one_that_the_tagger_was_written_for(request: pytest.FixtureRequest) -> None:
    """What the tagger hooks into or relies on reads as it did; after a new version, look at what changed, then --accept."""
    lines = [line.split() for line in RELIED_ON.read_text("utf-8").splitlines() if line]
    now = {}
    for name, *_ in lines:
        try:
            now[name] = fingerprint(name)
        except (ImportError, AttributeError):
            now[name] = "gone"
    if request.config.getoption("--accept"):
        RELIED_ON.write_text("".join(f"{name} {mark}\n" for name, mark in now.items()), "utf-8")
        return
    changed = [name for name, mark in lines if now[name] != mark]
    assert changed == [], (
        f"WeasyPrint {importlib.import_module('weasyprint').__version__} is not the version that "
        "builder/writers/tagging was written for: read what changed, see whether the tagger still holds, "
        "then run this test with --accept"
    )


SUMMARY = {
    "clause": "7.3",
    "testNumber": 1,
    "failedChecks": 2,
    "description": "Figure tags shall include an alternative representation",
    "checks": [{"status": "failed", "context": "root/document[0]"}],
}


@pytest.mark.parametrize("is_list", [False, True], ids=["one result", "a list of results"])
def test_a_verapdf_on_the_path_is_asked(
    is_list: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the command is installed, it judges; its report is read in the form of older and of newer versions."""
    result = {"compliant": False, "details": {"ruleSummaries": [SUMMARY]}}
    report = {"report": {"jobs": [{"validationResult": [result] if is_list else result}]}}
    command = tmp_path / "verapdf"
    command.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(report)}\nEND\nexit 1\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = judge(b"%PDF-1.7", ("ua1",))
    assert [str(each) for each in found] == [
        "ua1 7.3-1: Figure tags shall include an alternative representation @ root/document[0]"
    ]


def test_a_verapdf_that_says_nothing_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that fails without a report stops the test: silence is not a pass."""
    command = tmp_path / "verapdf"
    command.write_text("#!/bin/sh\necho broken >&2\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(RuntimeError, match="broken"):
        judge(b"%PDF-1.7", ("ua1",))
