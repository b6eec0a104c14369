"""Charts: what is drawn, what is withheld, and that a drawing is the same everywhere."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from support.epubcheck import run_epubcheck
from support.project import BOOK, PUBLICATION, ROOT, TEMPLATES, build_file, html_of, make_project, section

from builder.charts import drawing
from builder.charts.alt import draft_alt
from builder.charts.canvas import Plan
from builder.charts.chart import Chart
from builder.charts.colours import ColourClash, assign
from builder.charts.columns import without_holes
from builder.charts.figures import Rows, read_figures
from builder.charts.kinds import DRAW, LIMITS, make_chart, plan_of
from builder.charts.labels import spread, wrap
from builder.charts.look import AREA_COLOURS, DASHES, LINE_COLOURS, SCREEN_FAMILY, Look, make_look
from builder.charts.numbers import nice_ticks, write_number, year_ticks
from builder.charts.shape import KINDS, OPTIONS, ChartShape
from builder.charts.svg import SVG, Unprintable
from builder.charts.vega import plan_spec
from builder.colour import contrast
from builder.diagnostics import Span
from builder.formats import grid_of
from builder.tables import read_csv
from builder.themes import adapt_theme, load_theme
from builder.world import World

GOLDEN = Path(__file__).parent / "fixtures" / "charts"
WORLD = World(ROOT, TEMPLATES)
TRADE = """\
year,partner,share
2015,China,83.7
2015,Russia,1.6
2015,Third neighbours,10.9
2015,Others,3.8
2020,China,72.5
2020,Russia,0.8
2020,Third neighbours,2.2
2020,Others,24.5
2024,China,91.4
2024,Russia,0.6
2024,Third neighbours,2.1
2024,Others,5.9
"""
FLOW = "year,flow\n2014,231\n2015,83\n2016,-4171\n2017,1446\n"
LONG = {"data": "trade.csv", "x": "year", "y": "share", "series": "partner", "unit": "%"}
CASES: dict[str, dict] = {
    "line": {**LONG, "groups": {"China": None, "Others": "rest"}, "breaks": {"2020": "new count"}},
    "area": LONG,
    "column": {
        "data": "flow.csv",
        "x": "year",
        "y": "flow",
        "highlight": "2016",
        "marks": {"2016": "repaid"},
    },
    "stacked": LONG,
    "bar": {**LONG, "x": "partner", "series": None, "highlight": "Russia"},
    "dot": {**LONG, "x": "partner", "series": "year"},
    "slope": {**LONG, "highlight": "China"},
    "multiples": LONG,
}
"""For each kind a chart of the two tables; `rows` of them below."""
KEPT = {"bar": ("2024",), "dot": ("2015", "2024"), "slope": ("2015", "2024")}


def look_of(target: str = "pdf", theme: str = "meridian", width: str = "text") -> Look:
    return make_look(
        adapt_theme(load_theme(WORLD, theme), "report", grid_of("A4", "report")), WORLD, target, "en", width
    )


def chart_of(kind: str, text: str = "", **changes) -> Chart:
    given = {"title": "A finding", **CASES[kind], **changes}
    shape = ChartShape(kind=kind, **{key: value for key, value in given.items() if value is not None})
    text = text or (FLOW if shape.data == "flow.csv" else TRADE)
    if kind in KEPT:
        text = "\n".join(line for line in text.split("\n") if line[:4] in ("year", *KEPT[kind]))
    table = read_csv(text, shape.data).value
    figures = read_figures(shape, Rows(shape.data, table, frozenset()), Span("x", 1))
    assert figures.value is not None, figures.problems
    return make_chart(shape, figures.value, {"China": "c1", "Russia": "c2"})


def svg_of(kind: str, target: str = "pdf", theme: str = "meridian", **changes) -> bytes:
    look = look_of(target, theme, changes.get("width", "text"))
    return drawing.draw(plan_of(chart_of(kind, **changes), look), look, "A finding", "What it shows", WORLD)


def texts_of(svg: bytes) -> list[str]:
    return [element.text for element in etree.fromstring(svg).iter(f"{{{SVG}}}text")]


DRAWN = [(kind, "pdf") for kind in KINDS] + [("line", "epub"), ("stacked", "epub")]


@pytest.mark.parametrize(("kind", "target"), DRAWN)
def test_each_kind_is_drawn_as_it_was_approved(
    kind: str, target: str, request: pytest.FixtureRequest
) -> None:
    """The drawing of each kind is the one that was looked at; `--accept` writes it afresh."""
    path = GOLDEN / f"{kind}-{target}.svg"
    text = svg_of(kind, target).decode().replace("><", ">\n<") + "\n"
    if request.config.getoption("--accept"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def test_no_approved_drawing_is_left_over() -> None:
    """Every drawing that is kept is compared."""
    assert {path.name for path in GOLDEN.iterdir()} == {f"{kind}-{target}.svg" for kind, target in DRAWN}


def test_every_kind_can_be_written_limited_and_drawn() -> None:
    """The kinds of the shape are those that have a drawing, a limit, options of their own and a case here."""
    assert set(KINDS) == set(DRAW) == set(LIMITS) == set(OPTIONS) - {"spec"} == set(CASES)


def test_a_drawing_has_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """A second process with an empty cache draws what this one drew."""
    paths = [str(ROOT), str(ROOT / "tests")]
    script = (
        f"import sys; sys.path[:0] = {paths!r}; import test_charts as t; "
        f"t.WORLD = t.World(t.Path({str(tmp_path)!r}), t.TEMPLATES); "
        "[sys.stdout.buffer.write(t.svg_of(kind)) for kind in ('slope', 'line')]"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert run.stdout == svg_of("slope") + svg_of("line")
    assert len(list(tmp_path.glob("output/.cache/charts/*"))) == 2


def test_a_damaged_drawing_or_font_in_the_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept drawing that was cut short is drawn again, with fonts that are whole."""
    monkeypatch.setattr("test_charts.WORLD", World(tmp_path, TEMPLATES))
    for name in ("_DRAWN", "_REGISTERED"):
        monkeypatch.setattr(drawing, name, type(getattr(drawing, name))())
    whole = svg_of("bar")
    cache = tmp_path / "output/.cache"
    kept = [path for path in (*cache.glob("charts/*"), *cache.glob("chart-fonts/*/*")) if path.is_file()]
    assert len(kept) == 3
    bytes_of = {path: path.read_bytes() for path in kept}
    for path, data in bytes_of.items():
        path.write_bytes(data[: len(data) // 2])
    drawing._DRAWN.clear()
    drawing._REGISTERED.clear()
    assert svg_of("bar") == whole
    assert {path: path.read_bytes() for path in kept} == bytes_of


def test_a_drawing_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same chart is not drawn again in one process, whatever its title."""
    svg_of("bar")
    monkeypatch.setattr(drawing, "_kept", lambda *_: pytest.fail("drawn again"))
    assert b"<title>A finding</title>" in svg_of("bar")


@pytest.mark.parametrize("target", ["pdf", "epub"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_holds_presentation_attributes_only(kind: str, target: str) -> None:
    """No class, style, script, role or address stands in an SVG; its title and description do."""
    root = etree.fromstring(svg_of(kind, target))
    assert [child.tag for child in root[:2]] == [f"{{{SVG}}}title", f"{{{SVG}}}desc"]
    assert (root[0].text, root[1].text) == ("A finding", "What it shows")
    for element in root.iter():
        assert not {"class", "style", "role", "href"} & set(element.attrib)
        assert not any(key.startswith(("aria", "{", "on")) for key in element.attrib)
        assert all(value.startswith("url(#part") for value in element.attrib.values() if "url" in value)
        assert etree.QName(element).localname not in ("script", "style", "image", "a", "linearGradient")


def test_type_has_its_final_size() -> None:
    """Letters are 8 pt in print at the width of the column, and 13 units of 360 in the ebook."""
    for kind in KINDS:
        printed, shown = etree.fromstring(svg_of(kind)), etree.fromstring(svg_of(kind, "epub"))
        assert printed.get("width") == "340pt"
        assert shown.get("width") == "360"
        for root, size in ((printed, 8), (shown, 13)):
            assert {float(text.get("font-size")) for text in root.iter(f"{{{SVG}}}text")} == {size}
    assert etree.fromstring(svg_of("line", width="wide")).get("width") == "464pt"


def test_an_ebook_chart_has_a_white_ground_and_no_font_of_ours() -> None:
    """In the ebook an opaque rectangle lies under the chart, and its letters are those of the device."""
    root = etree.fromstring(svg_of("line", "epub"))
    assert dict(root[2].attrib) == {"width": "360", "height": root.get("height"), "fill": "#ffffff"}
    assert {text.get("font-family") for text in root.iter(f"{{{SVG}}}text")} == {SCREEN_FAMILY}
    assert SCREEN_FAMILY.endswith(", sans-serif")
    assert "RB " not in SCREEN_FAMILY


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_an_ebook_chart_is_cut_off(kind: str) -> None:
    """Names, values and marks end inside the picture, also in the widest letters that devices have."""
    changes: dict = {"text": (FLOW if CASES[kind]["data"] == "flow.csv" else TRADE)}
    changes["text"] = changes["text"].replace("Third neighbours", "Soviet Union and then Russia")
    if kind == "column":
        changes["marks"] = {"2016": "a very large loan was repaid in that year"}
    root, look = etree.fromstring(svg_of(kind, "epub", **changes)), look_of("epub")
    for text in root.iter(f"{{{SVG}}}text"):
        x = sum(
            float(re.match(r"translate\(([-\d.]+)", each.get("transform"))[1])
            for each in (text, *text.iterancestors())
            if each.get("transform")
        ) + float(text.get("x", 0))
        width = look.text_width(text.text, text.get("font-weight") == "600")
        start = x - width * {"middle": 0.5, "end": 1}.get(text.get("text-anchor"), 0)
        assert start > -1, text.text
        assert start + width < 361, text.text


def test_print_names_the_private_families() -> None:
    """In print the letters are those that ship with the theme, a generic family behind them."""
    for theme, family in (("meridian", "'RB Sans'"), ("steppe", "'RB Grotesk'")):
        families = re.findall(r'font-family="([^"]+)"', svg_of("line", theme=theme).decode())
        assert {name.split(",")[0] for name in families} == {family}
        assert all(name.endswith(", sans-serif") for name in families)


def test_vega_measures_with_the_private_families(tmp_path: Path) -> None:
    """The theme's faces are known to Vega under their private names: another name is measured otherwise."""
    spec = {
        "mark": "bar",
        "encoding": {"y": {"field": "partner"}, "x": {"field": "share", "type": "quantitative"}},
    }
    table, look = read_csv(TRADE, "x").value, look_of()
    plan = plan_spec(spec, table, look, 100)
    widest = look.text_width("Third neighbours")
    drawn = drawing.draw(plan, look, "t", "d", WORLD).decode()
    left = float(re.search(r"translate\(([\d.]+),", drawn)[1])
    # Title, padding and the widest label stand left of the plot.
    assert widest < left < widest + 30


def test_the_network_is_never_asked() -> None:
    """A spec that slips through with an address is refused by the drawing itself."""
    plan = Plan({"data": {"url": "https://example.org/x.csv"}, "mark": "bar", "encoding": {}}, 340)
    with pytest.raises(Unprintable, match="not allowed"):
        drawing.draw(plan, look_of(), "t", "d", WORLD)


def test_a_spec_that_print_can_not_show_is_refused() -> None:
    """Gradients and pictures, which not every engine shows, end in a message and not in an empty place."""
    table = read_csv(TRADE, "x").value
    spec = {
        "mark": {"type": "bar", "color": {"gradient": "linear", "stops": [{"offset": 0, "color": "red"}]}}
    }
    spec["encoding"] = {"x": {"field": "share", "type": "quantitative"}}
    with pytest.raises(Unprintable):
        drawing.draw(plan_spec(spec, table, look_of(), 100), look_of(), "t", "d", WORLD)


def test_every_value_of_a_spec_is_typed(tmp_path: Path) -> None:
    """Numbers and true or false in a spec are what they look like; what stands in quotes is text."""
    from builder.charts.vega import typed

    text = 'data: x.csv\nspec: {a: 1, b: 1.5, c: "2", d: true, e: null, f: no, g: [0x1, -3]}\n'
    assert typed(text, "spec") == {
        "a": 1,
        "b": 1.5,
        "c": "2",
        "d": True,
        "e": None,
        "f": "no",
        "g": ["0x1", -3],
    }


# Rules of the drawing


def test_the_unit_stands_at_the_top_tick_only() -> None:
    """An axis of per cent names its unit once."""
    texts = texts_of(svg_of("line"))
    assert "100%" in texts
    assert {"0", "25", "50", "75"} <= set(texts)


def test_lines_are_named_at_their_ends_and_have_no_legend() -> None:
    """Each line has its name and its last value beside it."""
    texts = texts_of(svg_of("line"))
    assert texts.count("China") == texts.count("Others") == 1
    assert texts.index("91.4%") == texts.index("China") + 1


def test_a_line_is_cut_at_a_break() -> None:
    """Values before and after a break are not joined."""
    with_break, without = svg_of("line").decode(), svg_of("line", breaks=None).decode()
    paths = re.compile(r'<path d="M[^"]*L[^"]*"[^>]*stroke="#0F3557"')
    assert len(paths.findall(without)) == 1
    assert all("L" in path for path in paths.findall(with_break))
    assert with_break.count("L") < without.count("L")


def test_bars_begin_at_zero_and_are_sorted_with_the_rest_last() -> None:
    """The largest bar comes first, and what is left over last, however large it is."""
    texts = texts_of(svg_of("bar"))
    assert [text for text in texts if not text[0].isdigit()] == [
        "China",
        "Third neighbours",
        "Russia",
        "Others",
    ]
    widths = [float(d) for d in re.findall(r'd="M0,[\d.]+h([\d.]+)v10\.4', svg_of("bar").decode())]
    assert widths[0] == max(widths)


def test_a_legend_stands_above_a_stack_in_its_order() -> None:
    """Only a stack has a legend, and it names the parts in the order in which they lie."""
    texts = texts_of(svg_of("stacked"))
    assert texts[:4] == ["China", "Russia", "Third neighbours", "Others"]


def test_one_highlight_is_dark_and_the_rest_are_light() -> None:
    """A highlighted bar keeps its entity's colour; the others share the third one."""
    fills = re.findall(r'v10\.4[^"]*" fill="(#\w+)"', svg_of("bar").decode())
    look = look_of()
    assert sorted(set(fills)) == sorted({look.colour("c2"), look.colour("c3")})
    assert fills.count(look.colour("c2")) == 1


def test_no_two_lines_look_alike_without_colour() -> None:
    """Each colour of a line has a dash of its own, and can be told from the others in grey."""
    assert len({DASHES[token] for token in LINE_COLOURS}) == len(LINE_COLOURS)
    for theme in ("meridian", "steppe"):
        look = look_of(theme=theme)
        for one in AREA_COLOURS:
            for other in AREA_COLOURS:
                assert one == other or contrast(look.colour(one), look.colour(other)) > 1.4
        assert all(contrast(look.colour(token), "#ffffff") >= 3 - 0.01 for token in LINE_COLOURS)


def test_one_entity_has_one_colour() -> None:
    """An entity keeps its token, others take what is left, and never another entity's while one is free."""
    entities = {"China": "c1", "Russia": "c2"}
    assert assign(["Japan", "China"], entities) == {"Japan": "c3", "China": "c1"}
    assert assign(["Japan", "India"], entities) == {"Japan": "c1", "India": "c2"}
    assert assign(["A", "B", "C"], {}, ["C"]) == {"A": "c2", "B": "c3", "C": "c1"}
    with pytest.raises(ColourClash, match="both have the colour c1"):
        assign(["China", "PRC"], {"China": "c1", "PRC": "c1"})
    with pytest.raises(ColourClash, match="too light for a line"):
        assign(["Others"], {"Others": "c4"})


def test_years_that_are_missing_keep_their_place() -> None:
    """Columns leave a gap for a year without a row."""
    full, gap = (
        without_holes(chart_of("column")),
        without_holes(chart_of("column", text=FLOW.replace("2015,83\n", ""))),
    )
    assert full.figures.labels == gap.figures.labels == ("2014", "2015", "2016", "2017")
    assert gap.figures.series[0].values == (231, None, -4171, 1446)


@given(st.lists(st.tuples(st.floats(0, 150), st.floats(5, 30)), max_size=8))
def test_labels_never_overlap(labels: list[tuple[float, float]]) -> None:
    """Labels keep their order and their distance, and stay inside the frame while there is room."""
    wanted, heights = [at for at, _ in labels], [height for _, height in labels]
    placed = spread(wanted, heights, -20, 170)
    order = sorted(range(len(labels)), key=lambda i: placed[i])
    for one, other in pairwise(order):
        assert placed[other] - placed[one] >= (heights[one] + heights[other]) / 2 - 1e-6
    if labels and sum(heights) <= 190:
        assert placed[order[0]] - heights[order[0]] / 2 >= -20 - 1e-6
        assert placed[order[-1]] + heights[order[-1]] / 2 <= 170 + 1e-6


def test_a_label_that_fits_stays_where_it_is() -> None:
    """A label without a neighbour is at its line."""
    assert spread([20.0, 100.0], [18.8, 18.8], 0, 150) == [20.0, 100.0]
    assert spread([50.0, 50.0], [20, 20], 0, 150) == [40.0, 60.0]


@given(st.floats(-1e6, 1e6), st.floats(1, 1e6), st.sampled_from([3, 5]))
def test_ticks_are_round_and_hold_the_data(low: float, span: float, most: int) -> None:
    """An axis has few steps of one size, and the data lie between its ends, a hair aside."""
    ticks = nice_ticks(low, low + span, most)
    step = ticks[1] - ticks[0]
    assert 2 <= len(ticks) <= most + 2
    assert ticks[0] <= low + 0.01 * step
    assert ticks[-1] >= low + span - 0.01 * step


def test_years_on_an_axis_are_round_and_name_both_ends() -> None:
    """Round years stand on the axis, and the first and the last; none is nearer to another than asked."""
    assert year_ticks(1991, 2024, 4) == (1991.0, 1995.0, 2000.0, 2005.0, 2010.0, 2015.0, 2020.0, 2024.0)
    assert year_ticks(2005, 2024, 6) == (2005.0, 2015.0, 2024.0)
    assert year_ticks(2019, 2023, 0.5) == (2019.0, 2020.0, 2021.0, 2022.0, 2023.0)


def test_numbers_are_written_as_readers_expect() -> None:
    """Separators follow the language; the minus is a true one; halves are rounded up."""
    assert write_number(-4171, 0, "en") == "\u22124,171"
    assert write_number(91.37, 1, "en", "%") == "91.4%"
    assert write_number(1.05, 1, "en") == "1.1"
    assert write_number(1234.5, 1, "de", "%") == "1.234,5\u00a0%"
    assert write_number(15.8, 1, "en", "bn") == "15.8\u00a0bn"


def test_names_are_wrapped_by_their_width() -> None:
    """A long name is set in lines, cut at spaces."""
    assert wrap("one two three", 7, len) == ["one two", "three"]
    assert wrap("unbreakable", 3, len) == ["unbreakable"]


def test_a_draft_of_the_text_says_what_went_up_and_down() -> None:
    """The offered alternative text names first and last values and what lies beyond them."""
    assert draft_alt(chart_of("line")) == (
        "Line chart: A finding. China rises from 83.7 per cent in 2015 to 91.4 per cent in 2024, "
        "with a low of 72.5 per cent in 2020. "
        "Others falls from 16.3 per cent in 2015 to 8.6 per cent in 2024, "
        "with a high of 27.5 per cent in 2020."
    )


# In a publication

CSV = """\
# source: invented
year,china_pct,russia_pct,zqsecret,_clearance
2005,48.3,2.6,11.11,
2010,84.8,2.8,22.22,
2015,83.7,1.6,33.33,
2024,91.4,0.6,44.44,internal
"""
BLOCK = """\
```chart
id: fig-exports
kind: line
data: data/exports.csv
x: year
y: {china_pct: China, zqsecret: Zqpartner}
unit: "%"
title: Exports have come to rest on one market
subtitle: Share of goods exports, per cent
source: National office
alt: Line chart. China rises.
```
"""
HIDDEN = "data: {data/exports.csv: {columns: {zqsecret: {clearance: internal}}}}\n"


def world_with(tmp_path: Path, body: str = BLOCK, publication: str = HIDDEN, csv: str = CSV) -> World:
    return make_project(
        tmp_path,
        {
            f"{BOOK}/one.md": section(body),
            f"{BOOK}/data/exports.csv": csv,
            f"{BOOK}/publication.yaml": PUBLICATION + publication,
        },
    )


def test_a_chart_is_a_figure_with_number_caption_and_source(tmp_path: Path) -> None:
    """A chart counts with the other figures, and references to it print its number."""
    body = 'See [](#fig-exports).\n\n![A map](m.svg "A map")\n\n' + BLOCK
    drawing_of_map = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>'
    world = world_with(tmp_path, body)
    (tmp_path / BOOK / "m.svg").write_text(drawing_of_map)
    html = html_of(world, target="pdf")
    assert '<a class="xref counter" href="#fig-exports">Figure\u00a02</a>' in html
    assert '<span class="label">Figure 2</span> <span class="caption">Exports have come to rest' in html
    assert '<span class="subtitle">Share of goods exports, per cent</span>' in html
    assert "Source: National office" in html
    assert 'alt="Line chart. China rises."' in html


def test_a_condition_governs_a_chart_as_it_governs_any_block(tmp_path: Path) -> None:
    """A line above the block, or words behind `chart`, withhold it from other audiences."""
    for body in ("{audience=press}\n" + BLOCK, BLOCK.replace("```chart", "```chart {audience=press}", 1)):
        world = world_with(tmp_path, "Text.\n\n" + body)
        assert "<figure" not in html_of(world, "public", "pdf")
        assert "<figure" in html_of(world, "press", "pdf")


@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_withheld_rows_and_columns_are_in_no_part_of_a_chart(tmp_path: Path, target: str) -> None:
    """Neither the drawing nor the table behind it nor any text holds a number or name that was withheld."""
    data = build_file(world_with(tmp_path), "public", target)
    text = everything_in(data, target)
    for word in ("zqsecret", "Zqpartner", "11.1", "22.2", "33.3", "44.4", "91.4", "2024"):
        assert word not in text.replace("2026-11-24", ""), word
    assert "83.7" in text
    assert "China" in text
    open_text = everything_in(build_file(world_with(tmp_path), "staff", target), target)
    assert "Zqpartner" in open_text
    assert "91.4" in open_text


def everything_in(data: bytes, target: str) -> str:
    if target == "epub":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(
                archive.read(n).decode() for n in archive.namelist() if n.endswith((".xhtml", ".svg", ".opf"))
            )
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def test_the_ebook_has_the_numbers_of_each_chart_as_a_table(tmp_path: Path) -> None:
    """The figure links to a table at the end of its chapter, and the table leads back to the figure."""
    html = html_of(world_with(tmp_path), "public", "epub")
    assert '<a class="data" href="#data-1-1">Data as a table</a>' in html
    assert 'aria-details="data-1-1"' in html
    table = html[html.index('<div class="table" id="data-1-1">') :]
    assert '<a class="label" href="#fig-exports">Figure 1</a>' in table
    assert '<th scope="col" class="number">China</th>' in table
    assert '<tr><th scope="row" class="number">2010</th><td class="number">84.8</td></tr>' in table


def test_print_has_the_table_only_where_it_is_wanted(tmp_path: Path) -> None:
    """In the PDF the alternative text carries the numbers, unless the author prints them."""
    assert "<table" not in html_of(world_with(tmp_path), "public", "pdf")
    wanted = BLOCK.replace("unit:", "table: true\nunit:")
    assert '<td class="number">84.8</td>' in html_of(world_with(tmp_path, wanted), "public", "pdf")


def test_the_pdf_tags_a_chart_as_a_figure_with_its_text(tmp_path: Path) -> None:
    """The alternative text is in the structure of the PDF, the labels are text in the theme's own fonts."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(build_file(world_with(tmp_path), "public", "pdf")))
    alts = [str(element["/Alt"]) for element in structure(reader) if "/Alt" in element]
    assert "Line chart. China rises." in alts
    assert any("83.7%" in page.extract_text() for page in reader.pages)


def structure(reader) -> list:
    found, pending = [], [reader.trailer["/Root"]["/StructTreeRoot"]]
    while pending:
        element = pending.pop().get_object()
        if isinstance(element, list):
            pending.extend(each for each in element if not isinstance(each, int))
        elif "/S" in element or "/K" in element:
            found.append(element)
            if "/K" in element and not isinstance(element["/K"], int):
                pending.append(element["/K"])
    return found


def test_a_chart_in_a_snippet_finds_its_data(tmp_path: Path) -> None:
    """The data of a chart in a snippet are read and pruned like those of the section."""
    world = world_with(tmp_path, "::: snippet {ref=chart}\n:::\n")
    path = tmp_path / BOOK / "snippets" / "chart.md"
    path.parent.mkdir()
    path.write_text(BLOCK)
    assert "Exports have come to rest" in html_of(world, "public", "pdf")


def test_variables_are_read_in_the_texts_of_a_chart(tmp_path: Path) -> None:
    """A variable of the publication stands in title and alternative text as it does in any text."""
    body = BLOCK.replace("alt: Line chart. China rises.", 'alt: "To []{var=share} per cent."')
    html = html_of(world_with(tmp_path, body, HIDDEN + "variables: {share: 83.7}\n"), "public", "pdf")
    assert 'alt="To 83.7 per cent."' in html


@pytest.mark.java
def test_an_ebook_with_every_kind_passes_epubcheck(tmp_path: Path) -> None:
    """EPUBCheck has nothing to say about charts, their texts and their tables."""
    blocks = []
    for kind in KINDS:
        y = "{china_pct: China, russia_pct: Russia}" if kind not in ("column", "bar") else "china_pct"
        where = "where: year <= 2010\n" if kind == "slope" else ""
        blocks.append(
            f"```chart\nid: fig-{kind}\nkind: {kind}\ndata: data/exports.csv\nx: year\ny: {y}\n{where}"
            f"title: The kind {kind}\nsubtitle: Per cent\nsource: invented\nalt: A chart.\n```\n"
        )
    epub = tmp_path / "book.epub"
    epub.write_bytes(build_file(world_with(tmp_path / "p", "\n".join(blocks), ""), "public", "epub"))
    assert run_epubcheck(epub) == []


def test_the_handbook_names_every_key_and_kind_of_a_chart() -> None:
    """The chapter on charts lists what an author can write."""
    text = (ROOT / "content/publications/handbook/charts.md").read_text("utf-8")
    listed = {
        word
        for row in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
        for word in re.findall(r"`([\w-]+)`", row)
    }
    assert set(ChartShape.model_fields) | set(KINDS) <= listed
