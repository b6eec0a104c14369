"""What an edition says of its own accessibility, and that it says no more than it holds."""

from __future__ import annotations

import io

import pytest
from msgspec.structs import replace
from PIL import Image
from support.project import BOOK, PUBLICATION, TEMPLATES, job, loaded, make_project

from builder.access import access_of
from builder.document import document_of
from builder.language import load_words
from builder.model import Asset, Note
from builder.render import render
from builder.themes import load_theme
from builder.world import World

WORDS = load_words(World(TEMPLATES.parent, TEMPLATES), "en").value
ALWAYS = ("displayTransformability", "readingOrder", "structuralNavigation", "tableOfContents")
MOVING = ("unknownFlashingHazard", "unknownMotionSimulationHazard", "noSoundHazard")
BOTH = "textual visual"
DATA = '<img src="a.svg" alt="Exports rise" aria-details="data-1-1"/>'


def moving(frames: int) -> Asset:
    """A GIF of so many pictures."""
    images = [Image.new("RGB", (4, 4), (each * 90, 0, 0)) for each in range(frames)]
    out = io.BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:])
    return Asset("a.gif", "images/image-1.gif", "image/gif", out.getvalue())


@pytest.fixture
def document(tmp_path):
    """The stock book, resolved for an ebook."""
    world = make_project(tmp_path)
    return document_of(loaded(world), job(), world).value[3]


@pytest.mark.parametrize(
    ("html", "modes", "sufficient", "features"),
    [
        ("<p>Words.</p>", "textual", ["textual"], ()),
        ('<p><img src="a.png" alt="" role="presentation"/></p>', "textual", ["textual"], ()),
        ('<p><img src="a.png" alt="A map"/></p>', BOTH, ["textual", "textual,visual"], ("alternativeText",)),
        ('<p><img src="a.png" alt="A map"/><img src="b.png" alt=" "/></p>', BOTH, ["textual,visual"], ()),
        (DATA, BOTH, ["textual", "textual,visual"], ("alternativeText", "longDescription")),
    ],
)  # fmt: skip
def test_a_claim_needs_what_it_claims(
    document, html: str, modes: str, sufficient: list, features: tuple
) -> None:
    """One picture without a text, and neither alternative texts nor words alone are said to be enough."""
    chapter = replace(document.chapters[0], html=html)
    access = access_of(replace(document, chapters=(chapter, *document.chapters[1:])), WORDS)
    assert access.modes == tuple(modes.split())
    assert list(access.sufficient) == sufficient
    assert access.features == tuple(sorted((*ALWAYS, *features)))
    assert access.hazards == ("none",)


def test_a_picture_in_a_note_counts(document) -> None:
    """What stands in a note is looked at, too."""
    chapter = replace(document.chapters[0], notes=(Note("1", "fn.one.1", '<img src="a.png" alt=""/>'),))
    access = access_of(replace(document, chapters=(chapter,)), WORDS)
    assert access.sufficient == ("textual,visual",)
    assert "Some pictures have no text alternative." in access.sentences


@pytest.mark.parametrize(("frames", "hazards"), [(1, ("none",)), (3, MOVING)])
def test_a_picture_that_moves_is_no_safe_picture(document, frames: int, hazards: tuple) -> None:
    """That nothing flashes is said only of pictures that stand still."""
    access = access_of(replace(document, assets=(moving(frames),)), WORDS)
    assert access.hazards == hazards
    assert ("Nothing flashes, moves or makes a sound." in access.sentences) == (frames == 1)


def test_the_imprint_of_both_formats_says_how_it_can_be_read(tmp_path) -> None:
    """The statement stands in words, with an address for other formats, in the ebook and in print."""
    overlay = {
        "content/publications/book/publication.yaml": PUBLICATION + "contact: {email: desk@example.org}\n"
    }
    world = make_project(tmp_path, overlay)
    for target, name, can_reflow in (("epub", "imprint.xhtml", True), ("pdf", "document.html", False)):
        made = document_of(loaded(world), job("public", target), world).value[3]
        page = render(made, load_theme(world, "meridian"), WORDS, world).files[name]
        assert "Apart from the cover there are no pictures." in page
        assert "Other formats on request: <a" in page
        assert "mailto:desk@example.org" in page.split("Other formats on request")[1]
        assert ("resized and reflowed" in page) == can_reflow


@pytest.mark.parametrize(("target", "is_told"), [("pdf", True), ("pdf-duplex", True), ("pdf-print", False), ("booklet", False)])
@pytest.mark.parametrize("layout", ["report", "brief"])
def test_what_is_for_paper_alone_promises_no_tags(tmp_path, layout: str, target: str, is_told: bool) -> None:
    """A file whose tags are taken out does not say in print that its headings are marked up."""
    edition = f"public: {{layout: {layout}, format: A5, targets: [{target}]}}"
    world = make_project(tmp_path, {f"{BOOK}/publication.yaml": PUBLICATION.replace("public: {}", edition)})
    _, theme, words, made = document_of(loaded(world), job("public", target), world).value
    html = render(made, theme, words, world).files["document.html"]
    assert (WORDS["access_no_pictures"] in html) == is_told
    assert (WORDS["accessibility"] in html) == is_told
