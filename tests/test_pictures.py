"""Pages as pictures: what `builder pictures` makes, and pages compared with pictures of how they should look.

The pages of the specimen are compared in grey at 60 dots an inch: at most 0.4 per cent of the dots may differ by
more than a quarter of the scale. A page that differs more is left beside its expected picture and the difference.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image, ImageChops
from support.project import TEMPLATES, job, make_project

from builder.cli import main
from builder.desk.pictures import GAP, contact_sheet, page_images, read_range
from builder.diagnostics import BuildProblem
from builder.orders import Order
from builder.pipeline import build
from builder.world import World, theme_names

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED = FIXTURES / "pages"
WIDTH = 496
"""Pixels of an A4 page at 60 dots an inch."""
STEP, SHARE = 64, 0.004
PUBLICATION = (FIXTURES / "specimen/publication.yaml").read_text("utf-8")
AUDIENCES = """\
clearances: [public]
audiences:
  public: {title: The public, clearance: public, theme: THEME}
"""


@pytest.fixture(scope="module", params=theme_names(World(TEMPLATES, TEMPLATES)))
def specimen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cache: Path):
    """The name of a theme, and the specimen set in it."""
    files = {
        f"content/publications/book/{path.relative_to(FIXTURES / 'specimen')}": path.read_text("utf-8")
        for path in (FIXTURES / "specimen").rglob("*")
        if path.is_file()
    }
    files["content/audiences.yaml"] = AUDIENCES.replace("THEME", request.param)
    world = make_project(tmp_path_factory.mktemp("specimen"), files)
    made = build(Order(job("public", "pdf"), world.root, world.templates, cache))
    assert made.value is not None, "\n".join(map(str, made.problems))
    return request.param, made.value.data


def differing(found: Image.Image, expected: Image.Image) -> tuple[float, Image.Image]:
    """The share of dots that differ clearly, and a picture of where."""
    if found.size != expected.size:
        return 1.0, found
    where = ImageChops.difference(found, expected).point(lambda level: 255 if level > STEP else 0)
    return sum(where.histogram()[128:]) / (found.width * found.height), where


def test_every_page_of_the_specimen_looks_as_it_should(specimen, tmp_path: Path, pytestconfig) -> None:
    """Text in Latin and Cyrillic, charts, tables and components stand where they stood; `--accept` renews the pictures."""
    theme, data = specimen
    wrong = []
    for number, page in enumerate(page_images(data, None, WIDTH), 1):
        found, name = page.convert("L"), f"{theme}-{number}.png"
        expected = EXPECTED / name
        if pytestconfig.getoption("--accept"):
            found.quantize(32, dither=0).save(expected, optimize=True)
        if not expected.is_file():
            wrong.append(f"{name} is new: look at it, then run with --accept")
            continue
        share, where = differing(found, Image.open(expected).convert("L"))
        if share > SHARE:
            found.save(tmp_path / f"found-{name}")
            where.save(tmp_path / f"difference-{name}")
            wrong.append(f"{name} differs in {share:.2%} of its dots: see {tmp_path}")
    assert wrong == []


def test_no_picture_is_kept_of_a_page_that_is_gone(specimen) -> None:
    """Each expected picture belongs to a page of the specimen."""
    theme, data = specimen
    pages = {f"{theme}-{number}.png" for number, _ in enumerate(page_images(data, None, 50), 1)}
    assert {path.name for path in EXPECTED.glob(f"{theme}-*.png")} == pages


def test_a_wrong_letter_is_a_difference(specimen) -> None:
    """The comparison sees a line of small print that is missing from a page."""
    _, data = specimen
    pages = [page.convert("L") for page in page_images(data, None, WIDTH)]
    page = max(pages, key=lambda each: sum(each.histogram()[:128]))  # A cover may be nearly white.
    broken = page.copy()
    dark = page.point(lambda level: 255 if level < 128 else 0).getbbox()
    assert dark is not None
    broken.paste(255, (dark[0], dark[1], dark[2], min(dark[3], dark[1] + 60)))
    assert differing(broken, page)[0] > SHARE


def test_a_sheet_shows_the_pages_that_were_asked_for(specimen) -> None:
    """Pages stand in rows of the wanted length, each as wide as asked."""
    _, data = specimen
    sheet = Image.open(io.BytesIO(contact_sheet(data, "1,1-2", 2, 100)))
    assert sheet.width == 2 * (100 + GAP) + GAP
    assert sheet.height > 2 * 100


@pytest.mark.parametrize(("text", "pages"), [("1", [1]), ("1-3,2", [1, 2, 3, 2]), (" 4 - 5 ", [4, 5])])
def test_ranges_of_pages_are_read(text: str, pages: list[int]) -> None:
    """Pages and ranges, with commas between, in the order that was written."""
    assert read_range(text, 5) == pages


@pytest.mark.parametrize("text", ["", "x", "4-2", "0", "6", "2-", "1;2", "-1"])
def test_ranges_that_make_no_sense_are_refused(text: str) -> None:
    """What can't be read, and what is not in the file, is named with a hint."""
    with pytest.raises(BuildProblem) as caught:
        read_range(text, 5)
    assert all(problem.hint for problem in caught.value.problems)


def test_a_file_that_is_not_built_yet_is_named_with_the_command_that_builds_it(tmp_path: Path) -> None:
    """`builder pictures` before `builder build` is a problem of the content folder, and makes no file."""
    world = make_project(tmp_path / "project", {})
    picture = tmp_path / "pages.png"
    result = CliRunner().invoke(main, ["--project", str(world.root), "pictures", "book/public", str(picture)])
    assert result.exit_code == 1
    assert "builder build --publication book --audience public --target pdf" in result.output
    assert not picture.exists()
