"""Bound units are what the whole document is: each page as a picture and as text, the outline, links and tags."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import ImageChops
from support.project import AUDIENCES, BOOK, ROOT, TEMPLATES, job, make_project, section
from support.tags import Tags

from builder.document import document_of
from builder.load import load
from builder.model import Job
from builder.render import render
from builder.world import World
from builder.writers import folios
from builder.writers.bind import Volume
from builder.writers.pdf import independent, write_pdf

WORLD = World(ROOT, TEMPLATES)
EDITIONS = [
    ("mongolia", "public", "pdf"),
    ("mongolia", "analysts", "pdf-archive"),
    ("mongolia", "investors", "pdf-print"),
    ("mongolia", "public", "pdf-large"),
    ("handbook", "author", "pdf"),
]
STEP = 40
"""Of 255: a smaller difference is a matter of how an edge falls between two dots."""


@pytest.fixture(scope="module", params=EDITIONS, ids="/".join)
def pair(request: pytest.FixtureRequest, cache: Path) -> tuple[Volume, Volume]:
    """An edition that was bound of units, and the same that was set at once."""
    publication, audience, target = request.param
    project = load(WORLD, publication).value
    language = project.publication(publication).shape.language
    job = Job(publication, audience, language, target)
    _, theme, words, document = document_of(project, job, WORLD).value
    rendition = render(document, theme, words, WORLD)
    bound = write_pdf(rendition, theme, WORLD, cache)
    whole = write_pdf(rendition, theme, WORLD, cache, is_split=False)
    assert bound.problems == whole.problems
    assert independent(rendition, theme, WORLD, cache)
    return bound.value, whole.value


def test_pages_look_the_same(pair: tuple[Volume, Volume]) -> None:
    """No dot of any page differs clearly."""
    bound, whole = (pypdfium2.PdfDocument(volume.data) for volume in pair)
    assert len(bound) == len(whole) == pair[0].pages
    differing = []
    for number in range(len(bound)):
        one, other = (each[number].render(scale=1).to_pil().convert("RGB") for each in (bound, whole))
        worst = ImageChops.difference(one, other).convert("L").getextrema()[1]
        if one.size != other.size or worst > STEP:
            differing.append((number + 1, worst))
    bound.close()
    whole.close()
    assert differing == []


def test_pages_read_the_same(pair: tuple[Volume, Volume]) -> None:
    """Each page has the same text in the same order."""
    texts = []
    for volume in pair:
        pdf = pypdfium2.PdfDocument(volume.data)
        texts.append([page.get_textpage().get_text_bounded() for page in pdf])
        pdf.close()
    assert texts[0] == texts[1]


def test_tags_are_the_same(pair: tuple[Volume, Volume]) -> None:
    """The structure trees have the same elements, attributes and text."""
    bound, whole = (Tags(volume.data).outline().splitlines() for volume in pair)
    assert bound == whole


def test_outlines_lead_to_the_same_places(pair: tuple[Volume, Volume]) -> None:
    """Entries have the same titles, levels, places and elements."""
    bound, whole = (list(_outline(pikepdf.open(io.BytesIO(volume.data)))) for volume in pair)
    assert bound == whole


def test_links_lead_to_the_same_places(pair: tuple[Volume, Volume]) -> None:
    """Annotations have the same place, words and target, and name the same element."""
    bound, whole = (list(_links(pikepdf.open(io.BytesIO(volume.data)))) for volume in pair)
    assert bound == whole


def test_the_rest_is_the_same(pair: tuple[Volume, Volume]) -> None:
    """Page boxes, labels, language, metadata, named places and the glyphs of the fonts are the same."""
    bound, whole = (_rest(pikepdf.open(io.BytesIO(volume.data))) for volume in pair)
    assert bound == whole


def test_what_the_layout_says_is_the_same(pair: tuple[Volume, Volume]) -> None:
    """Pages have the same numbers, fill, chapters, figures and lines."""
    bound, whole = (
        [(p.number, round(p.fill, 3), p.units, p.figures, p.mentions, len(p.lines)) for p in volume.layout]
        for volume in pair
    )
    blank = {number for number, *_ in whole} - {number for number, *_ in bound}
    assert bound == [page for page in whole if page[0] not in blank]
    assert all(not page[-1] for page in whole if page[0] in blank)


def _place(pdf: pikepdf.Pdf, place: Any) -> tuple[Any, ...]:
    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    head, *rest = place
    where = pages.get(head.objgen)
    where = where if where is not None else f"{head.S} {head.get('/Alt', '')}"
    return where, *(str(each) if isinstance(each, pikepdf.Name) else round(float(each), 1) for each in rest)


def _action(pdf: pikepdf.Pdf, action: Any) -> tuple[Any, ...]:
    if action.S == pikepdf.Name.URI:
        return ("URI", str(action.URI))
    target = action.D if isinstance(action.D, pikepdf.String) else _place(pdf, action.D)
    return str(target), _place(pdf, action.SD)


def _outline(pdf: pikepdf.Pdf, parent: Any = None, level: int = 0) -> Iterator[tuple[Any, ...]]:
    parent = pdf.Root.Outlines if parent is None else parent
    entry = parent.get("/First")
    while entry is not None:
        yield level, str(entry.Title), int(entry.Count), _action(pdf, entry.A)
        yield from _outline(pdf, entry, level + 1)
        entry = entry.get("/Next")


def _links(pdf: pikepdf.Pdf) -> Iterator[tuple[Any, ...]]:
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    owners = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    for number, page in enumerate(pdf.pages, 1):
        for each in page.obj.get("/Annots", []):
            owner = owners[int(each.StructParent)]
            refs = [str(ref.S) for ref in owner.get("/Ref", [])]
            rect = [round(float(side), 1) for side in each.Rect]
            yield number, rect, str(each.Contents), int(each.F), str(owner.S), refs, _action(pdf, each.A)


def _rest(pdf: pikepdf.Pdf) -> dict[str, Any]:
    boxes = [
        [[round(float(side), 2) for side in page.obj[key]] for key in ("/MediaBox", "/TrimBox", "/BleedBox")]
        for page in pdf.pages
    ]
    fonts: dict[str, set[str]] = {}
    for page in pdf.pages:
        for font in page.obj.Resources.get("/Font", {}).values():
            fonts.setdefault(str(font.BaseFont), set()).add(str(font.Encoding))
    names = list(pdf.Root.Names.Dests.Names)
    places = {str(name): _place(pdf, place) for name, place in zip(names[::2], names[1::2], strict=True)}
    return {
        "boxes": boxes,
        "labels": str(pdf.Root.PageLabels.Nums[1]),
        "language": str(pdf.Root.Lang),
        "metadata": pdf.Root.Metadata.read_bytes(),
        "info": {key: str(value) for key, value in pdf.docinfo.items()},
        "fonts": fonts,
        "places": places,
        "roles": {key: str(value) for key, value in pdf.Root.StructTreeRoot.get("/RoleMap", {}).items()},
        "intents": len(pdf.Root.OutputIntents),
        "catalog": sorted(pdf.Root.keys()),
    }


def test_every_pair_of_digits_is_measured_once() -> None:
    """The digits that stand in for a page number hold each pair, so that the kerning of every number is known."""
    pairs = [folios.OPEN[index : index + 2] for index in range(len(folios.OPEN) - 1)]
    assert sorted(pairs) == [f"{number:02}" for number in range(100)]


LINE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><path d="M0 9L90 0" stroke="#333"/></svg>'
VOCABULARY = ["alpha", "beta", "budget", "2030", "trade", "14", "people", "river", "north", "policy", "export", "7.5", "per", "cent", "year", "plan"]
LAYOUTS = [(theme, paper, target) for theme in ("meridian", "steppe", "office") for paper in ("A4", "A5", "Letter") for target in ("pdf", "pdf-large")]  # fmt: skip


def random_book(chance: random.Random, theme: str, paper: str) -> dict[str, str]:
    """Chapters and sections with figures, tables, boxes, notes, citations and references among them, for two editions."""

    def say(count: int) -> str:
        return " ".join(chance.choice(VOCABULARY) for _ in range(count)).capitalize()

    names = [f"c{number}" for number in range(chance.randrange(3, 8))]
    anchors, texts = [f"sec-{name}" for name in names], {}
    for name in names:
        blocks = []
        for number in range(chance.randrange(2, 7)):
            figure, table = f"fig-{name}-{number}", f"tbl-{name}-{number}"
            width = chance.randrange(1, 6)
            kind, own, block = chance.choice([
                ("words", "", say(60)), ("refer", "", ""), ("refer", "", ""), ("heading", "", f"## {say(4)}"),
                ("figure", figure, f'![A line.](line.svg "{say(5)}"){{#{figure}}}'),
                ("table", table, f"|{' Head |' * width}\n|{'---|' * width}\n|{' 7 |' * width}\n\nTable: {say(4)} {{#{table}}}"),
                ("recommendation", "", f"::: recommendation\n{say(9)}\n:::"),
                ("box", "", f"::: box {{title=Aside}}\n{say(30)}\n:::"),
                ("note", "", f"{say(9)} [@s{number % 4}][^{number}]\n\n[^{number}]: {say(7)}"),
            ])  # fmt: skip
            anchors += [own] if own else []
            blocks.append((kind, block))
        texts[name] = blocks
    # Numbers of one digit and of two.
    texts["c0"] += [("figure", f'![A line.](line.svg "{say(5)}")') for _ in range(9)]
    files = {f"{BOOK}/line.svg": LINE}
    for name, blocks in texts.items():
        body = "\n\n".join(
            f"{say(6)}, see [](#{chance.choice(anchors)}) and [](#{chance.choice(anchors)})." if kind == "refer" else block
            for kind, block in blocks
        )
        files[f"{BOOK}/{name}.md"] = section(body, identity=name)
    first, second, third, *rest = (f"{name}.md" for name in names)
    listed = [f"  - file: {first}\n    sections: [{second}]\n", f"  - {{file: {third}, audience: analysts}}\n"]
    listed += [f"  - {name}\n" for name in rest]
    files[f"{BOOK}/publication.yaml"] = (
        "title: A random book\nlanguage: en\ndate: 2026-12-01\ndefault_clearance: public\nreferences: s.yaml\n"
        f"withheld_references: drop\nsections:\n{''.join(listed)}"
        "editions: {public: {layout: report}, analysts: {layout: report}}\n"
    )
    files[f"{BOOK}/s.yaml"] = "".join(f"- {{id: s{number}, type: book, title: Source {number}}}\n" for number in range(4))
    files["content/audiences.yaml"] = AUDIENCES.replace("public}", f"public, theme: {theme}, format: {paper}}}", 1).replace(
        "clearance: restricted}", f"clearance: restricted, theme: {theme}, format: {paper}}}", 1
    )
    return files


@pytest.mark.parametrize(("theme", "paper", "target"), LAYOUTS, ids=["/".join(each) for each in LAYOUTS])
def test_random_editions_are_bound_as_they_are_set_at_once(
    tmp_path: Path, cache: Path, theme: str, paper: str, target: str
) -> None:
    """Editions that share chapters and count them differently have the text, lines, tags, outline and links of whole ones."""
    world = make_project(tmp_path, random_book(random.Random(f"{theme} {paper} {target}"), theme, paper))
    for audience in ("analysts", "public"):
        _, made, words, document = document_of(load(world).value, job(audience, target), world).value
        rendition = render(document, made, words, world)
        both = [write_pdf(rendition, made, world, cache, is_split=is_split) for is_split in (True, False)]
        assert both[0].problems == both[1].problems
        bound, whole = ([pikepdf.open(io.BytesIO(each.value.data)), each.value.layout] for each in both)
        for read in (_outline, _links):
            assert list(read(bound[0])) == list(read(whole[0]))
        assert Tags(both[0].value.data).outline() == Tags(both[1].value.data).outline()
        lines = [[line.text for page in layout for line in page.lines] for _, layout in (bound, whole)]
        assert lines[0] == lines[1]
        texts = []
        for each in both:
            pdf = pypdfium2.PdfDocument(each.value.data)
            texts.append([text for page in pdf if (text := page.get_textpage().get_text_bounded()).strip()])
            pdf.close()
        assert texts[0] == texts[1]
