"""Themes, formats and the variants of the PDF: colours that hold, pages that fit, fonts that are what they say."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections import Counter
from itertools import combinations
from pathlib import Path

import pikepdf
import pypdf
import pypdfium2
import pytest
import yaml
from support.epubcheck import run_epubcheck
from support.pdf import is_grey, letters_outside, paper_of, sizes_of
from support.project import (
    BOOK,
    TEMPLATES,
    build_file,
    html_of,
    job,
    loaded,
    make_project,
    overlaid_templates,
    section,
)
from support.project import PUBLICATION as STOCK
from test_handbook import marked

from builder.colour import VISIONS, contrast, difference, grey_of, lightness, mix, nearest, toned
from builder.document import document_of
from builder.formats import FORMATS, adapt, grid_of
from builder.orders import Order
from builder.pipeline import build
from builder.templating import _shortened
from builder.themes import load_theme
from builder.themes.colours import APART, PAIRS, PALETTE
from builder.themes.derive import derive
from builder.world import World, theme_names

ROOT = TEMPLATES.parent
WORLD = World(ROOT, TEMPLATES)
THEMES = theme_names(WORLD)
FONTS = yaml.safe_load((TEMPLATES / "fonts" / "fonts.yaml").read_text("utf-8"))
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20" viewBox="0 0 60 20">'
    '<rect width="60" height="20" fill="#B3261E"/></svg>'
)
PUBLICATION = """\
title: A stock book of many words
subtitle: With a line below its title that says what it is about
language: en
date: 2026-11-24
authors: [{{name: A. Author}}]
publisher: {{name: The Harbour House}}
default_clearance: public
sections: [one.md, two.md]
editions: {{public: {{theme: {theme}, layout: {layout}, format: {format}, targets: [pdf, pdf-large, pdf-grey, epub]{more}}}}}
"""
TEXT = """\
::: key-messages
- The first message is a sentence that says what was found and for whom it matters.
- The second message says what follows from it, and by when somebody should act.
:::

::: facts
- 91.4 %: of goods exports went to one buyer
- 8: states at strategic rank
:::

A paragraph with a note[^a] and enough words to fill more than one line of text on any of the formats of paper
that there are, so that its ends can be looked at.

::: note {title="A term"}
What the term means, in the margin or in the text.
:::

## A heading over a chart

```chart
kind: stacked
data: data/t.csv
x: year
y: [North, South, East]
title: The share of the north rose
source: The harbour house
alt: The north rose.
```

::: key-figures
- 15.8 bn: US dollars of goods exports in the year 2024
- 67.6 %: of output was public debt
- 5: messages
:::

| Buyer of the goods | Share in 2005 (%) | Share in 2024 (%) | What is known of it |
| --- | ---: | ---: | --- |
| The northern neighbour | 48.3 | 91.4 | a long cell with many words in it |
| Others | 33.4 | 2.1 | a word |

Table: Shares of two years

::: recommendation {owner="The ministry" date=2027-06-30}
**Do the first thing.** It is the cheapest.
:::

[^a]: What the note says.
"""
DATA = "year,North,South,East\n2021,1,2,3\n2022,2,3,4\n2023,4,2,2\n"


def world_of(
    root: Path, theme: str = "meridian", layout: str = "report", paper: str = "A4", more: str = "", **files
):
    """A project whose public edition has one theme, layout and format."""
    shape = PUBLICATION.format(theme=theme, layout=layout, format=paper, more=more)
    overlay = {f"{BOOK}/publication.yaml": shape, f"{BOOK}/one.md": section(TEXT), f"{BOOK}/data/t.csv": DATA}
    return make_project(root, {**overlay, **files})


def built(world: World, target: str) -> bytes:
    """The finished file of the public edition, which must be made without a word."""
    made = build(Order(job("public", target), world.root, world.templates, ROOT / "output" / ".cache"))
    assert made.value is not None, "\n".join(map(str, made.problems))
    assert not made.problems, "\n".join(map(str, made.problems))
    return made.value.data


def text_of(data: bytes) -> str:
    """The words of a PDF, page by page."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def fonts_of(data: bytes) -> set[str]:
    """The names of the fonts in a PDF."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {
            str(f.BaseFont) for f in pdf.objects if isinstance(f, pikepdf.Dictionary) and "/BaseFont" in f
        }


def tags_of(pdf: pikepdf.Pdf) -> Counter[str]:
    """How many elements of each kind the structure of a PDF has."""
    things = (thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary))
    return Counter(str(thing.S) for thing in things if thing.get("/Type") == "/StructElem")


# Colours


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#FFFFFF", 21), ("#0F3557", "#FFFFFF", 12.6), ("#55606B", "#F4F1EA", 5.7), ("#A8480F", "#FFFFFF", 5.8),
        ("#EBC26B", "#0F3557", 7.5), ("#6A99C2", "#FFFFFF", 3.0),
    ],
)  # fmt: skip
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    """Known pairs have the contrast that the formula of WCAG 2.2 gives."""
    assert contrast(one, other) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("palette", "expected"),
    [
        (("#0F3557", "#B8432A", "#6A99C2", "#EBC26B"), (40, 40, 34, 40, 17)),
        (("#103F3B", "#A8480F", "#629F8E", "#E9C46A"), (38, 38, 36, 38, 18)),
    ],
)
def test_palettes_are_as_far_apart_as_measured(palette: tuple[str, ...], expected: tuple[int, ...]) -> None:
    """The smallest differences of two palettes, in each vision, are those that other software found."""
    found = [min(difference(a, b, v) for a, b in combinations(palette, 2)) for v in VISIONS]
    assert found == pytest.approx(expected, abs=0.6)


def test_a_colour_keeps_itself_at_its_own_lightness() -> None:
    """There and back through CIELAB and through grey changes nothing."""
    for colour in ("#0F3557", "#B8432A", "#FFFFFF", "#000000", "#629F8E"):
        assert toned(colour, lightness(colour)) == colour
    assert grey_of((0.5, 0.5, 0.5)) == pytest.approx(0.5)
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"


def test_the_nearest_colour_is_one_that_passes_and_the_first_of_its_kind() -> None:
    """One step nearer to the colour, none passes; where none can, there is none."""
    found = nearest("#999999", lambda colour: contrast(colour, "#FFFFFF") >= 4.5)
    assert found is not None
    assert 4.5 <= contrast(found, "#FFFFFF") < 4.6
    assert nearest("#999999", lambda colour: False) is None


@pytest.mark.parametrize("name", THEMES)
def test_the_colours_of_every_theme_hold(name: str) -> None:
    """Each pair of text and ground and each pair of a palette passes, by the numbers of the design."""
    tokens = load_theme(WORLD, name).tokens
    for (text, ground), least in PAIRS.items():
        assert contrast(tokens[text], tokens[ground]) >= least, (text, ground)
    for one, other in combinations(PALETTE, 2):
        for vision, least in APART.items():
            assert difference(tokens[one], tokens[other], vision) >= least, (one, other, vision)
    assert contrast(tokens["primary"], "#FFFFFF") >= 7
    assert min(least for pair, least in PAIRS.items() if not pair[0].startswith("c")) == 4.5
    assert APART == {"normal": 30, "protan": 30, "deutan": 30, "tritan": 30, "grey": 15}


BRANDS = [("#003B5C", "#B3261E"), ("#5B1A3A", "#1F6F78"), ("#222222", "#B00020"), ("#1B4D2B", "#A84A16")]


@pytest.mark.parametrize(("primary", "accent"), BRANDS)
@pytest.mark.parametrize("parent", THEMES)
def test_what_follows_from_two_colours_holds(parent: str, primary: str, accent: str) -> None:
    """Colours that are worked out from a brand's two pass every check, over each of the themes."""
    inherited = load_theme(WORLD, parent).tokens
    own = {"primary": primary, "accent": accent}
    tokens = {**inherited, **derive(own, inherited), **own}
    for (text, ground), least in PAIRS.items():
        assert contrast(tokens[text], tokens[ground]) >= least, (text, ground)
    for one, other in combinations(PALETTE, 2):
        assert all(difference(tokens[one], tokens[other], v) >= least for v, least in APART.items())
    assert tokens["ground"] == (primary if parent != "office" else "#FFFFFF")


def test_what_a_theme_sets_itself_is_not_worked_out() -> None:
    """A token of the theme's own stays, and without the two colours nothing follows."""
    inherited = load_theme(WORLD, "meridian").tokens
    own = {"primary": "#003B5C", "c1": "#222222"}
    assert "c1" not in derive(own, inherited)
    assert derive({"ink": "#000000"}, inherited) == {}


# Brands


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A project with the brand of the handbook's example, word for word."""
    (example,) = marked("brand", "yaml")
    root = tmp_path_factory.mktemp("brand").resolve()
    folder = "templates/themes/harbour"
    files = {f"{folder}/theme.yaml": example.text + "\n", f"{folder}/logo.svg": LOGO}
    world_of(root, "harbour", **files)
    return World(root, overlaid_templates(root / "templates"))


def test_a_brand_takes_ten_lines(brand: World) -> None:
    """The example has ten lines at most, and what it does not say is that of its parent."""
    (example,) = marked("brand", "yaml")
    theme, parent = load_theme(brand, "harbour"), load_theme(WORLD, "meridian")
    assert len(example.text.splitlines()) <= 10
    assert (theme.layout, theme.css.strip()) == (parent.layout, parent.css.strip())
    assert theme.tokens["ink"] == parent.tokens["ink"]
    assert theme.tokens["ground"] == theme.tokens["primary"] == theme.tokens["c1"] == "#003B5C"
    assert {font["family"] for font in theme.fonts} == {f["family"] for f in parent.fonts} | {
        "Harbour Display"
    }


def test_the_mark_of_a_house_stands_on_the_cover(brand: World) -> None:
    """The first page of the report shows the logo, tagged with the publisher's name, and its display face."""
    data = built(brand, "pdf")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        alts = [
            str(thing.Alt)
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and "/Alt" in thing
        ]
        first = pikepdf.unparse_content_stream(pikepdf.parse_content_stream(pdf.pages[0]))
    assert "The Harbour House" in alts
    assert b"0.701961 0.14902 0.117647 rg" in first or b".701961 .14902 .117647 rg" in first
    assert any("Harbour" in name for name in fonts_of(data))


def test_the_mark_of_a_house_stands_on_the_title_grid_of_the_ebook(brand: World, tmp_path: Path) -> None:
    """The title page shows the logo with the publisher's name, and EPUBCheck has nothing to say."""
    data = built(brand, "epub")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (title,) = [name for name in archive.namelist() if name.endswith("title.xhtml")]
        page = archive.read(title).decode()
        assert archive.read(title.replace("title.xhtml", "logo.svg")).decode() == LOGO
    assert '<img src="logo.svg" alt="The Harbour House"/>' in page
    path = tmp_path / "book.epub"
    path.write_bytes(data)
    assert [m for m in run_epubcheck(path) if m["severity"] not in ("INFO", "USAGE")] == []


def test_a_brand_can_inherit_from_a_brand(tmp_path: Path) -> None:
    """Three themes in a line: each says what it does otherwise, and the nearest is heard."""
    folder = "templates/themes"
    files = {
        f"{folder}/quay/theme.yaml": 'title: Quay\ninherits: steppe\ntokens: {primary: "#003B5C", mute: "#444444"}\n',
        f"{folder}/quay/theme.css": ".quay { color: red; }\n",
        f"{folder}/pier/theme.yaml": 'title: Pier\ninherits: quay\nlayout: report\ntokens: {mute: "#333333"}\n',
    }
    make_project(tmp_path, files)
    theme = load_theme(World(tmp_path, overlaid_templates(tmp_path / "templates")), "pier")
    assert (theme.tokens["mute"], theme.tokens["ground"], theme.layout) == ("#333333", "#003B5C", "report")
    assert ".quay" in theme.css
    assert theme.css.startswith("/* A report in Steppe")


def test_a_font_of_the_themes_own_is_used(tmp_path: Path) -> None:
    """A file in the folder of the theme sets the text, under its private name."""
    source = TEMPLATES / "fonts" / "inter" / "Inter-Regular.woff2"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    theme = f"""\
title: Quay
inherits: meridian
tokens: {{font-text: "'Quay Text', 'RB Sans', 'RB Mono'"}}
fonts:
  - family: Quay Text
    weight: "400"
    file: fonts/Quay.woff2
    package: inter-ui
    version: 4.1.1
    sha256: {digest}
    licence: fonts/OFL.txt
"""
    folder = "templates/themes/quay"
    files = {
        f"{folder}/theme.yaml": theme,
        f"{folder}/fonts/Quay.woff2": source.read_bytes(),
        f"{folder}/fonts/OFL.txt": "The licence.\n",
    }
    world_of(tmp_path.resolve(), "quay", **files)
    data = built(World(tmp_path.resolve(), overlaid_templates(tmp_path.resolve() / "templates")), "pdf")
    assert any("Quay" in name for name in fonts_of(data))


# Fonts


@pytest.mark.parametrize("entry", FONTS["files"], ids=lambda entry: entry["file"])
def test_a_font_is_the_file_that_was_recorded(entry: dict) -> None:
    """Each shipped font has the checksum of its record, a package, a version and a licence text."""
    data = (TEMPLATES / "fonts" / entry["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert entry["package"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", str(entry["version"]))
    licence = FONTS["licences"][entry["file"].split("/")[0]]["file"]
    assert "SIL OPEN FONT LICENSE" in (TEMPLATES / "fonts" / licence).read_text("utf-8").upper()


def test_every_font_is_recorded_and_has_a_name_of_its_own() -> None:
    """The record lists the files that there are, and a face in a theme is the face of the record."""
    folder = TEMPLATES / "fonts"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in (".ttf", ".woff2")}
    recorded = {
        entry["file"]: (entry["family"], str(entry["weight"]), entry["style"]) for entry in FONTS["files"]
    }
    assert set(recorded) == files
    for name in THEMES:
        for font in load_theme(WORLD, name).fonts:
            file = font["file"].removeprefix("fonts/")
            assert (font["family"], font["weight"], font["style"]) == recorded[file]
            assert font["family"].startswith("RB ")


# Formats and variants

MEASURES = {
    ("A4", "report"): (120, 38, 6), ("Letter", "report"): (120, 40, 6), ("B5", "report"): (107, 30, 5), ("A5", "report"): (108, 0, 0),
    ("A4", "brief"): (116, 54, 8),
}  # fmt: skip
BODY = {
    ("A4", "report"): (10.5, 14),
    ("Letter", "report"): (10.5, 14),
    ("B5", "report"): (10, 14),
    ("A5", "report"): (9.5, 13),
}
PAPER = {"A4": (210, 297), "Letter": (215.9, 279.4), "A5": (148, 210), "B5": (176, 250), "Half-Letter": (139.7, 215.9)}


@pytest.mark.parametrize(("name", "layout"), MEASURES)
def test_a_page_has_the_measures_of_the_design(name: str, layout: str) -> None:
    """Text column, side column and gap are those of the design, and so are the letters of running text."""
    page = grid_of(name, layout)
    assert (round(page.measure, 1), page.side, page.gutter) == MEASURES[name, layout]
    if (name, layout) in BODY:
        assert (page.size(10.5), page.leading(10.5, 14)) == BODY[name, layout]


def test_sizes_spaces_and_lines_are_fitted_each_in_its_way() -> None:
    """On A5 letters and leading follow the curve, spaces the unit, and thin lines stay; A4 is as it is written."""
    css = "a { font: 600 10.5pt/14pt x; margin: 14pt 0; border: .5pt solid; font-size: 8pt } b::after { content: '9pt' }"
    assert adapt(css, grid_of("A4", "report")) == css
    fitted = adapt(css, grid_of("A5", "report"))
    assert "600 9.5pt/13pt x" in fitted
    assert "margin: 13pt 0" in fitted
    assert "0.5pt solid" in fitted
    assert "font-size: 7.67pt" in fitted


CASES = [
    (name, layout, THEMES[(row + column) % len(THEMES)])
    for row, name in enumerate(FORMATS)
    for column, layout in enumerate(("report", "brief"))
] + [("A4", "report", "office"), ("A4", "brief", "office"), ("A4", "brief", "meridian")]


@pytest.mark.parametrize("target", ["pdf", "pdf-large"])
@pytest.mark.parametrize(("name", "layout", "theme"), CASES)
def test_every_format_is_set_without_a_word_and_nothing_leaves_the_page(
    name: str, layout: str, theme: str, target: str, tmp_path: Path
) -> None:
    """Each format, layout and theme gives pages of its paper, with letters of 6.75 pt or more and none at the edge."""
    data = built(world_of(tmp_path, theme, layout, name), target)
    assert paper_of(data) == pytest.approx(PAPER[name], abs=0.2)
    assert letters_outside(data, 12) == []
    sizes = sizes_of(data)
    body = 20 if target == "pdf-large" else grid_of(name, layout).size(10.5 if layout == "report" else 9.75)
    assert any(size == pytest.approx(body, abs=0.1) and count > 150 for size, count in sizes.items()), sizes
    assert min(sizes) >= (12 if target == "pdf-large" else 6.7)


def test_a_title_takes_no_more_lines_on_the_cover_than_it_must(tmp_path: Path) -> None:
    """On a small page, whose letters are fitted to it, a title of two lines stands in two, and above the names."""
    world = world_of(tmp_path, paper="A5")
    path = world.root / BOOK / "publication.yaml"
    path.write_text(re.sub("title: .*", "title: Two neighbours, many partners", path.read_text("utf-8"), count=1))
    lines = [line.strip() for line in text_of(built(world, "pdf")).split("\n")]
    assert {"Two neighbours,", "many partners"} <= set(lines)


def test_large_print_has_one_column_of_larger_letters(tmp_path: Path) -> None:
    """Nothing but a note mark is under 16 pt, the text is the same, and more pages than the budget are no error."""
    world = world_of(tmp_path, more=", max_pages: 6")
    plain, large = built(world, "pdf"), built(world, "pdf-large")
    small = {size: count for size, count in sizes_of(large).items() if size < 15.9}
    assert sum(small.values()) <= 4
    assert len(pypdf.PdfReader(io.BytesIO(large)).pages) > 6 >= len(pypdf.PdfReader(io.BytesIO(plain)).pages)
    joined = re.sub(r"[\s\-\u00ad]", "", text_of(large)).lower()
    assert {word for word in re.findall("[a-z]{6,}", text_of(plain).lower()) if word not in joined} == set()


@pytest.mark.parametrize("theme", THEMES)
def test_greyscale_has_no_colour_and_all_else(theme: str, tmp_path: Path) -> None:
    """Every pixel is grey, and text, pages and tags are those of the PDF."""
    picture = io.BytesIO()
    from PIL import Image

    Image.new("RGB", (40, 40), "#CC2200").save(picture, "PNG")
    gradient = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><defs><linearGradient id="g" '
        'gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="90" y2="0"><stop offset="0" stop-color="red"/>'
        '<stop offset="1" stop-color="#00f"/></linearGradient></defs><rect width="90" height="30" fill="url(#g)"/></svg>'
    )
    text = TEXT + "\n![A square](images/a.png)\n\n![A gradient](images/b.svg)\n"
    files = {
        f"{BOOK}/one.md": section(text),
        f"{BOOK}/images/a.png": picture.getvalue(),
        f"{BOOK}/images/b.svg": gradient,
    }
    world = world_of(tmp_path, theme, **files)
    plain, grey = built(world, "pdf"), built(world, "pdf-grey")
    assert is_grey(grey)
    assert not is_grey(plain)
    assert text_of(grey) == text_of(plain)
    with pikepdf.open(io.BytesIO(grey)) as one, pikepdf.open(io.BytesIO(plain)) as other:
        assert len(one.pages) == len(other.pages)
        assert b"pdfuaid" in one.Root.Metadata.read_bytes()
        assert tags_of(one) == tags_of(other)
        assert one.Root.PageLabels.Nums[1].S == "/D"


def test_office_is_black_on_white_without_grounds(tmp_path: Path) -> None:
    """Nothing but charts and pictures of the office theme paints an area, and no page is dark."""
    import pypdfium2

    data = built(world_of(tmp_path, "office", **{f"{BOOK}/one.md": section("Some text.\n")}), "pdf")
    assert is_grey(data)
    for page in pypdfium2.PdfDocument(data):
        image = page.render(scale=1).to_pil().convert("L")
        share = sum(image.histogram()[:200]) / (image.width * image.height)
        assert share < 0.12


def test_areas_are_hatched_where_no_colour_is_printed(tmp_path: Path) -> None:
    """Office and greyscale lay lines over two of the areas of a chart, other files none; all letters stay."""
    found = {}
    for theme in ("office", "meridian"):
        world = world_of(tmp_path / theme, theme)
        for target in ("pdf", "pdf-grey", "epub"):
            project = loaded(world)
            document = document_of(project, job("public", target), world).value[3]
            (chart,) = [asset.data.decode() for asset in document.assets]
            found[theme, target] = sorted(set(re.findall("url\\(#hatch-(c[0-9])\\)", chart)))
            assert not re.search("<text[^>]*url", chart)
    hatched, plain = ["c2", "c3"], []
    assert found == {
        ("office", "pdf"): hatched, ("office", "pdf-grey"): hatched, ("office", "epub"): plain,
        ("meridian", "pdf"): plain, ("meridian", "pdf-grey"): hatched, ("meridian", "epub"): plain,
    }  # fmt: skip


def test_a_condition_on_the_pdf_holds_for_its_variants(tmp_path: Path) -> None:
    """What is for the PDF is in all of them, what is kept from it in none, and a variant can be named alone."""
    body = """\
[for print]{target=pdf} [for screens]{target=epub} [for large print]{target=pdf-large}
[not for grey]{target="pdf and not pdf-grey"} [kept from print]{target="not pdf"}
"""
    world = make_project(tmp_path, {f"{BOOK}/one.md": section(body)})
    shown = {}
    for target in ("pdf", "pdf-large", "pdf-grey", "epub"):
        html = re.sub(r"\s+", " ", re.sub(r"<[^>]+>|\u200b|\u2060", "", html_of(world, "public", target)))
        shown[target] = [
            words
            for words in ("for print", "for screens", "for large print", "not for grey", "kept from print")
            if words in html.replace("\u00a0", " ")
        ]
    assert shown == {
        "pdf": ["for print", "not for grey"],
        "pdf-large": ["for print", "for large print", "not for grey"],
        "pdf-grey": ["for print"],
        "epub": ["for screens", "kept from print"],
    }


def test_variants_have_names_of_their_own() -> None:
    """The files of one edition lie beside each other under different names."""
    names = [job("public", target).file_name for target in ("pdf", "pdf-large", "pdf-grey", "epub")]
    assert names == ["book-public.pdf", "book-public-large.pdf", "book-public-grey.pdf", "book-public.epub"]


def test_the_withheld_is_in_no_variant(tmp_path: Path) -> None:
    """Words above the ceiling of an edition are not in its large print, nor in its greyscale."""
    world = make_project(
        tmp_path, {f"{BOOK}/one.md": section("Open words. [Zqsecret]{clearance=internal}\n")}
    )
    for target in ("pdf-large", "pdf-grey"):
        assert "Zqsecret" not in text_of(build_file(world, "public", target))
        assert "Zqsecret" in text_of(build_file(world, "staff", target))


@pytest.mark.parametrize("theme", ["meridian", "steppe", "office"])
@pytest.mark.parametrize("title", ["Two neighbours, many partners", "Where exports go and why they go there: a long title"])
def test_on_a_small_cover_in_large_print_nothing_stands_on_anything_else(theme: str, title: str, tmp_path: Path) -> None:
    """Title, subtitle, names and audience follow one another down the cover, with room below."""
    world = world_of(tmp_path, theme, paper="A5")
    path = world.root / BOOK / "publication.yaml"
    text = re.sub("title: .*", f'title: "{title} Zqone"', path.read_text("utf-8"), count=1)
    text = re.sub("subtitle: .*", "subtitle: Their foreign policy and its trade since 1990, with all its tables Zqtwo", text)
    path.write_text(re.sub("A. Author", "Zqthree Author}, {name: Another Author of it", text), "utf-8")
    cover = pypdfium2.PdfDocument(built(world, "pdf-large"))[0].get_textpage()
    words = ["Zqone", "Zqtwo", "Zqthree", "The public"]
    tops, bottoms = [], []
    for word in words:
        at, count = cover.search(word).get_next()
        boxes = [cover.get_charbox(index) for index in range(at, at + count)]
        tops.append(max(box[3] for box in boxes))
        bottoms.append(min(box[1] for box in boxes))
    assert all(bottom > top for bottom, top in zip(bottoms, tops[1:], strict=False)), (tops, bottoms)
    assert bottoms[-1] > 25

LONG = "A running title that somebody made far longer than any page has room for, because nobody said that it is printed there"


@pytest.mark.parametrize("target", ["pdf", "pdf-large"])
@pytest.mark.parametrize("paper", ["A4", "A5"])
@pytest.mark.parametrize("layout", ["report", "brief"])
def test_a_running_head_too_long_for_its_place_ends_in_an_ellipsis(
    layout: str, paper: str, target: str, tmp_path: Path
) -> None:
    """Heads and feet keep to one line each, within the page, and none stands on another."""
    publication = STOCK.replace("title: A stock book\n", f"title: A stock book\nshort_title: {LONG[:70]}\n")
    publication = publication.replace("public: {}", f"public: {{layout: {layout}, format: {paper}}}")
    publication += f"publisher: {{name: '{LONG}'}}\nseries: {{title: '{LONG}'}}\n"
    text = f"---\nid: one\ntitle: {LONG}\n---\n" + "\n\n".join(["A paragraph of words that goes on. " * 60] * 9)
    world = make_project(tmp_path, {f"{BOOK}/publication.yaml": publication, f"{BOOK}/one.md": text})
    data = build_file(world, target=target)
    assert letters_outside(data, 12) == []
    pdf = pypdfium2.PdfDocument(data)
    page = pdf[len(pdf) // 2]
    height, found = page.get_height(), page.get_textpage()
    edges = [
        found.get_rect(index) for index in range(found.count_rects()) if not 60 < found.get_rect(index)[1] < height - 60
    ]
    assert "…" in found.get_text_range()
    for one, other in combinations(edges, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("Two neighbours", 100, "Two neighbours"),
        ("Two neighbours, many partners", 70, "Two neighbours…"),
        ("Donaudampfschifffahrt", 40, "Donaudampf…"),
        ("两个邻国与许多伙伴关系", 60, "两个邻国与…"),
        ("", 10, ""),
    ],
)
def test_a_text_is_cut_at_a_word(text: str, width: float, expected: str) -> None:
    """What does not go into a line loses its last words, or letters where there is but one."""
    assert _shortened(text, width, 7.5 if text[:1].isascii() else 10) == expected
