"""The finished files of both publications keep the standards that they claim."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from pathlib import Path

import pikepdf
import pypdf
import pytest
from lxml import etree
from support.epubcheck import run_epubcheck
from support.project import ROOT, TEMPLATES

from builder.conditions import CONDITION_KEYS
from builder.load import load
from builder.model import Job
from builder.select import select
from builder.world import World

WORLD = World(ROOT, TEMPLATES)
PROJECT = load(WORLD).value
JOBS = PROJECT.jobs() if PROJECT else []
EPUBS = [job for job in JOBS if job.target == "epub"]
PDFS = [job for job in JOBS if job.target == "pdf"]


def plain(text: str) -> str:
    """Words alone, for searching: no punctuation, no soft hyphens, no word joiners, one space."""
    text = re.sub("[\u00ad\u200b\u2060\ufeff]", "", unicodedata.normalize("NFKC", text))
    return " ".join(re.findall(r"\w+", text)).casefold()


def text_of_pdf(data: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(data))
    parts = [page.extract_text() for page in reader.pages]
    parts += [str(value) for value in (reader.metadata or {}).values()]
    parts += [str(reader.named_destinations.keys()), str(reader.outline)]
    return plain(re.sub(r"(\w)[-\u2010]\n(\w)", r"\1\2", "\n".join(parts)))


def text_of_epub(data: bytes) -> str:
    parts = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            parts.append(name)
            if name.endswith((".xhtml", ".opf", ".xml")):
                root = etree.fromstring(archive.read(name))
                parts += root.itertext()
                parts += [value for element in root.iter() for value in element.attrib.values()]
    return plain(" ".join(parts))


SHINGLE = 8


def shingles(text: str) -> set[str]:
    """Runs of words of a Markdown text, its marks taken away."""
    text = re.sub(r"\{[^{}]*\}|\[\^[^\]]*\]:?|\[@[^\]]*\]|\]\([^)]*\)", " ", text)
    found = set()
    for paragraph in re.split(r"\n\s*\n|\|", text):
        words = plain(paragraph.replace("_", " ")).split()
        found |= {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
    return found


def withheld_shingles(job: Job) -> set[str]:
    """Runs of words that stand somewhere in the source and nowhere in what the edition may show."""
    publication = PROJECT.publication(job.publication)
    sections = [t for section in publication.walk() for t in (section, *section.translations.values())]
    snippets = [t for each in publication.snippets.values() for t in (each, *each.translations.values())]
    every = [body.text for section in sections for body in section.bodies.values()]
    every += [snippet.body.text for snippet in snippets]
    every += [section.title for section in sections]
    selection = select(PROJECT, job, WORLD).value
    seen: list[str] = [snippet.text for snippet in selection.snippets.values()]

    def walk(selected) -> None:
        for pruned in (selected.title, selected.standfirst, selected.short_title, selected.body):
            seen.append(pruned.text if pruned else "")
        for child in selected.children:
            walk(child)

    for top in selection.sections:
        walk(top)
    # Captions, sources and variables stand in attributes and in publication.yaml, and are printed too.
    seen += [value for text in seen for value in re.findall(r'"([^"]*)"', text)]
    shape = selection.publication.shape
    seen += [text for text in (shape.rights, shape.description, shape.cite_as) if text]
    seen += [str(item.get("title")) for item in publication.references.values()]
    seen += [" ".join(row) for table in selection.data.values() for row in table.rows]

    def filled(texts: list[str]) -> str:
        values = publication.texts(job.language).variables
        return re.sub(r"\[\]\{var=([\w-]+)\}", lambda m: values.get(m[1], ""), "\n\n".join(texts))

    # The settings of a chart are no prose: only what a visible one says in words is looked for.
    plain_texts = [re.sub(r"^```chart\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL) for text in every]
    return shingles(filled(plain_texts)) - shingles(filled(seen))


@pytest.mark.parametrize("job", EPUBS, ids=str)
def test_epubcheck_has_nothing_to_say(job: Job, finished, tmp_path: Path) -> None:
    """EPUBCheck has no error, warning, info or remark on usage for any ebook of any publication."""
    path = tmp_path / job.file_name
    path.write_bytes(finished(job))
    assert run_epubcheck(path) == []


@pytest.mark.parametrize("job", JOBS, ids=str)
def test_no_run_of_withheld_words_is_in_a_finished_file(job: Job, finished) -> None:
    """No eight words in a row that only withheld text has are in the text, outline, names or metadata of the file."""
    data = finished(job)
    text = text_of_epub(data) if job.target == "epub" else text_of_pdf(data)
    assert [run for run in sorted(withheld_shingles(job)) if run in text] == []


def test_the_search_for_withheld_words_can_find_them(finished) -> None:
    """What the public edition withholds is found in the edition that holds everything: the search is not blind."""
    public = next(job for job in JOBS if str(job) == "mongolia/public/epub")
    reviewers = next(job for job in JOBS if str(job) == "mongolia/reviewers/pdf")
    hidden = withheld_shingles(public) - withheld_shingles(reviewers)
    text = text_of_pdf(finished(reviewers))
    assert len(hidden) > 1000
    assert sum(run in text for run in hidden) > 0.8 * len(hidden)


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
