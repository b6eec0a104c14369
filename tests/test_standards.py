"""The finished files of both publications keep the standards that they claim."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pikepdf
import pytest
from msgspec.structs import replace
from support.epubcheck import run_epubcheck
from support.project import ROOT, TEMPLATES, loaded, make_project
from support.verapdf import ARCHIVE, SCREEN, SHEETS, judge

from builder.conditions import CONDITION_KEYS
from builder.load import load
from builder.model import Job
from builder.select import select
from builder.verify.leaks.certify import certify
from builder.world import World

WORLD = World(ROOT, TEMPLATES)
PROJECT = load(WORLD).value
JOBS = PROJECT.jobs() if PROJECT else []
EPUBS = [job for job in JOBS if job.target == "epub"]
PDFS = [job for job in JOBS if job.target == "pdf"]
VARIANTS = [
    replace(job, target=target)
    for target in ("pdf-large", "pdf-grey")
    for job in PDFS
    if job.edition == "press"
]
BOOKLETS = [replace(job, target="booklet") for job in PDFS if job.edition == "press"]
ARCHIVES = [replace(job, target="pdf-archive") for job in PDFS]


@pytest.mark.parametrize("job", EPUBS, ids=str)
def test_epubcheck_has_nothing_to_say(job: Job, finished, tmp_path: Path) -> None:
    """EPUBCheck has no error, warning, info or remark on usage for any ebook of any publication."""
    path = tmp_path / job.file_name
    path.write_bytes(finished(job))
    assert run_epubcheck(path) == []


@pytest.mark.parametrize("job", [*JOBS, *BOOKLETS], ids=str)
def test_every_finished_file_has_a_certificate(job: Job, finished) -> None:
    """Nothing that an edition withholds is in its file, every control was found, and most sentences were read again."""
    made = certify(PROJECT, job, WORLD, finished(job))
    assert [str(problem) for problem in made.problems] == []
    assert made.value.sought > 0
    assert all(found > 0.9 * asked > 0 for _, asked, found in made.value.readers)


def test_the_search_for_leaks_can_find_them(finished, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the public edition withholds is found in the edition that holds everything: the search is not blind."""
    monkeypatch.setattr("builder.verify.leaks.certify.MOST", 100_000)
    public = next(job for job in JOBS if str(job) == "mongolia/public/pdf")
    reviewers = next(job for job in JOBS if str(job) == "mongolia/reviewers/pdf")
    made = certify(PROJECT, public, WORLD, finished(reviewers))
    found = {str(problem.span) for problem in made.problems if problem.code == "leak"}
    assert len(found) > 100


@pytest.mark.parametrize("job", PDFS, ids=str)
def test_a_pdf_is_tagged_and_says_what_it_is(job: Job, finished) -> None:
    """Each PDF has tags, a language, a title shown in the window, page labels, an outline and PDF/UA-1 in its metadata."""
    with pikepdf.open(io.BytesIO(finished(job))) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang) == job.language
        assert root.ViewerPreferences.DisplayDocTitle
        assert "/StructTreeRoot" in root
        assert "/PageLabels" in root
        assert len(root.Outlines.First.keys()) > 0
        assert b"pdfuaid" in root.Metadata.read_bytes()
        assert pdf.docinfo["/Title"]


@pytest.mark.slow
@pytest.mark.verapdf
@pytest.mark.parametrize("job", [*PDFS, *VARIANTS], ids=str)
def test_a_pdf_is_pdf_a_and_pdf_ua_at_once(job: Job, finished) -> None:
    """Each PDF of both publications, in large print and in grey, too, keeps PDF/A-2a and PDF/UA-1, to the last rule."""
    assert [str(broken) for broken in judge(finished(job), SCREEN)] == []


@pytest.mark.slow
@pytest.mark.verapdf
@pytest.mark.parametrize("job", ARCHIVES, ids=str)
def test_a_pdf_for_archives_keeps_the_newest_standards(job: Job, finished) -> None:
    """As `pdf-archive`, each edition of both publications keeps PDF/A-4, PDF/UA-2 and Well-Tagged PDF for access and reuse."""
    assert job.file_name.endswith("-archive.pdf")
    assert [str(broken) for broken in judge(finished(job), ARCHIVE)] == []


@pytest.mark.slow
@pytest.mark.verapdf
@pytest.mark.parametrize("job", BOOKLETS, ids=str)
def test_a_booklet_keeps_what_can_be_kept_on_sheets(job: Job, finished) -> None:
    """The sheets of a booklet keep PDF/A-2u to the last rule, and claim nothing else."""
    assert [str(broken) for broken in judge(finished(job), SHEETS)] == []


def test_no_edition_is_made_for_archives_unless_it_asks(tmp_path: Path) -> None:
    """An audience that names no kinds of file gets a PDF and an ebook."""
    project = loaded(make_project(tmp_path))
    assert {job.target for job in project.jobs()} == {"pdf", "epub"}


@pytest.mark.parametrize("job", PDFS, ids=str)
def test_only_the_themes_own_fonts_are_in_a_pdf(job: Job, finished) -> None:
    """Every font of a PDF is embedded, and is one that ships with the theme under its private name."""
    with pikepdf.open(io.BytesIO(finished(job))) as pdf:
        fonts = [
            o
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        for font in fonts:
            assert re.fullmatch(r"/[A-Z]{6}\+RB-.*", str(font.FontName)), font.FontName
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys())


@pytest.mark.parametrize("job", EPUBS, ids=str)
def test_an_ebook_holds_a_cover_a_contents_and_notes_that_lead_back(job: Job, finished) -> None:
    """Each ebook has a cover picture, landmarks, accessibility metadata, and a way back from every note."""
    with zipfile.ZipFile(io.BytesIO(finished(job))) as archive:
        names = archive.namelist()
        package = archive.read(
            "EPUB/content.opf"
            if "EPUB/content.opf" in names
            else next(n for n in names if n.endswith(".opf"))
        ).decode()
        nav = archive.read("EPUB/nav.xhtml").decode()
        assert 'properties="cover-image"' in package
        for word in (
            "accessMode",
            "accessModeSufficient",
            "accessibilityFeature",
            "accessibilityHazard",
            "accessibilitySummary",
        ):
            assert f"schema:{word}" in package
        assert 'epub:type="toc"' in nav
        assert 'epub:type="landmarks"' in nav
        calls = sum(
            archive.read(n).decode().count('role="doc-noteref"') for n in names if n.endswith(".xhtml")
        )
        backs = sum(
            archive.read(n).decode().count('role="doc-backlink"') for n in names if n.endswith(".xhtml")
        )
        assert backs <= calls
        assert (backs > 0) == (calls > 0)


def test_the_audiences_really_differ() -> None:
    """Every two editions of the sample publication show different text."""
    texts = {}
    for job in PDFS:
        if job.publication == "mongolia":
            selection = select(PROJECT, job, WORLD).value
            texts[job.audience] = {s.section.id + (s.body.text if s.body else "") for s in selection.sections}
    assert len(texts) >= 5
    assert len({frozenset(text) for text in texts.values()}) == len(texts)


def test_the_sample_publication_withholds_at_every_level() -> None:
    """The sample has conditions on sections, blocks, inlines, rows or columns, and data, and units above the public ceiling."""
    kinds: set[str] = set()
    for job in JOBS:
        if job.publication == "mongolia":
            decisions = select(PROJECT, job, WORLD).value.decisions
            kinds |= {decision.kind for decision in decisions if not decision.is_in}
    assert {"section", "div", "inline"} <= kinds
    assert kinds & {"row", "column"}
    assert kinds & {"data row", "metadata"}
    assert len(CONDITION_KEYS) == 3
