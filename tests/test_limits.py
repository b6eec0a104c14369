"""Content, drawings, styles and templates that never end or are far too large stop with a message, in time."""

from __future__ import annotations

import base64
import io
import os
import re
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from support.project import ROOT, TEMPLATES
from test_hostile import Press, Watch, press, watch, with_theme_css, with_title_page  # noqa: F401

from builder import images, limits
from builder import world as files
from builder.diagnostics import BuildProblem, Severity
from builder.limits import limited
from builder.markdown.door import MAX_NESTING
from builder.svg_source import MAX_ELEMENTS, MAX_PIXELS, SvgRefused, clean_svg
from builder.themes import load_theme
from builder.world import World
from builder.writers.typeset import Piece, typeset

MB = 1_000_000


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can wait for: half a second, 150 MB."""
    monkeypatch.setattr(limits, "SECONDS", 0.5)
    monkeypatch.setattr(limits, "MEMORY", 150 * MB)


def loop() -> None:
    while True:
        pass


def loop_in_a_pattern() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def loop_that_catches_everything() -> None:
    try:
        loop()
    except BaseException:  # noqa: BLE001 (as the engine does around a picture)
        return


def grow() -> None:
    held = []
    while True:
        held.append(bytearray(MB))


def leap() -> str:
    return "x" * 10**15


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (loop, "takes more than"),
        (loop_in_a_pattern, "takes more than"),
        (loop_that_catches_everything, "takes more than"),
        (grow, "needs more than 150 MB of memory"),
        (leap, "needs more than 150 MB of memory"),
    ],
)
def test_work_that_never_ends_is_stopped_and_named(tight: None, work: Callable, message: str) -> None:
    """Time and memory of a unit have an end, whatever code it spends them in; the message says how to get more."""
    begun = time.process_time()
    with pytest.raises(BuildProblem) as stopped, limited("book/press/pdf"):
        work()
    (problem,) = stopped.value.problems
    assert problem.code == "over-limit"
    assert problem.message.startswith(f"book/press/pdf: {message}")
    assert "BUILDER_LIMITS=4" in problem.hint
    assert time.process_time() - begun < 5


def test_limits_end_with_the_unit(tight: None) -> None:
    """What comes after a unit that was stopped has all the time and memory that there was before."""
    before = [resource.getrlimit(kind) for kind in (resource.RLIMIT_CPU, resource.RLIMIT_DATA)]
    for work in (loop, leap):
        with pytest.raises(BuildProblem), limited("unit"):
            work()
    assert [resource.getrlimit(kind) for kind in (resource.RLIMIT_CPU, resource.RLIMIT_DATA)] == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    begun = time.process_time()
    while time.process_time() - begun < 1:
        pass


def test_units_in_each_other_and_in_threads_leave_no_limit_behind(tight: None) -> None:
    """Whoever begins later ends later: the process has its own limits again when all are done."""
    before = [resource.getrlimit(kind) for kind in (resource.RLIMIT_CPU, resource.RLIMIT_DATA)]
    inner = limited("inner")
    with limited("outer"):
        inner.__enter__()
    inner.__exit__(None, None, None)
    with limited("outer"), ThreadPoolExecutor(1) as threads:
        late = limited("late")
        threads.submit(late.__enter__).result()
    late.__exit__(None, None, None)
    assert [resource.getrlimit(kind) for kind in (resource.RLIMIT_CPU, resource.RLIMIT_DATA)] == before
    with pytest.raises(BuildProblem, match="outer"), limited("outer"), limited("inner"):
        loop()


def test_an_error_inside_a_unit_stays_what_it_is() -> None:
    """Limits hide no other error, and nothing of a unit that keeps them."""
    with pytest.raises(ZeroDivisionError), limited("unit"):
        raise ZeroDivisionError
    with limited("unit"):
        pass


def test_a_larger_unit_may_take_more() -> None:
    """A book of 3,000 pages has hours and gigabytes; a one-page brief has a minute and two gigabytes."""
    brief, book = limits.limits_of("x" * 3_000, {}), limits.limits_of("x" * 8 * MB, {"a.png": bytes(30 * MB)})
    assert 60 <= brief.seconds < 70
    assert brief.memory < 2.1e9
    assert book.seconds > 15 * 3_000 * 0.08
    assert book.memory > 4 * 3_000 * MB


@pytest.mark.parametrize(("value", "factor"), [("4", 4), ("0.5", 0.5), ("1", 1)])
def test_the_environment_multiplies_the_limits(monkeypatch: pytest.MonkeyPatch, value: str, factor: float) -> None:
    """BUILDER_LIMITS holds for time, memory and pages alike."""
    plain = limits.limits_of("", {})
    monkeypatch.setenv("BUILDER_LIMITS", value)
    made = limits.limits_of("", {})
    assert (made.seconds, made.memory) == (factor * plain.seconds, factor * plain.memory)
    assert limits.page_limit() == factor * limits.PAGES


def test_limits_can_be_lifted(monkeypatch: pytest.MonkeyPatch, tight: None) -> None:
    """With BUILDER_LIMITS=no nothing is stopped."""
    monkeypatch.setenv("BUILDER_LIMITS", "no")
    with limited("unit"):
        begun = time.process_time()
        while time.process_time() - begun < 1.2:
            pass
    assert limits.page_limit() == float("inf")


@pytest.mark.parametrize("value", ["", "0", "-1", "nan", "inf", "much"])
def test_a_limit_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A slip in BUILDER_LIMITS is an error, not the end of all limits."""
    monkeypatch.setenv("BUILDER_LIMITS", value)
    with pytest.raises(BuildProblem, match="neither a number above 0 nor 'no'"), limited("unit"):
        pass


FOREIGN = """
import itertools
from builder import limits
limits.SECONDS, limits._GRACE = 0.3, 0
with limits.limited("unit"):
    all(itertools.repeat(1))
"""


def test_code_that_cannot_be_interrupted_is_ended_by_the_system() -> None:
    """A loop in C that never looks up does not outlive its unit by more than the grace it is given."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", FOREIGN], env=environment, timeout=60, check=False)
    assert done.returncode == -signal.SIGXCPU


# Pages


@pytest.fixture(scope="module")
def setting(cache: Path) -> Callable:
    """A function that sets HTML as pages."""
    world = World(ROOT, TEMPLATES)
    theme = load_theme(world, "meridian")

    def set_pages(body: str, files: dict[str, bytes] | None = None):
        html = f'<html lang="en"><title>T</title><body>{body}</body></html>'
        return typeset("book/press/pdf", Piece(html, files or {}, theme), world, cache)

    return set_pages


def test_styles_that_make_pages_for_ever_are_stopped(setting: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """More pages than any document has are an error with the unit's name; so many are none."""
    monkeypatch.setattr(limits, "PAGES", 20)
    body = "<style>p{break-before:page}</style>" + "<p>x</p>"
    assert setting(body * 20).pages == 20
    with pytest.raises(BuildProblem, match=r"over-limit.*book/press/pdf: has more than 20 pages"):
        setting(body * 21)


def test_html_nested_two_thousand_deep_is_one_clean_error(setting: Callable) -> None:
    """Row 17: where the engine loses its way in nested elements, the message says what to do."""
    with pytest.raises(BuildProblem, match=r"error\[too-deep\]: book/press/pdf: .*\n  hint: flatten"):
        setting("<div>" * 2000 + "x")
    assert setting("<p>And then all is well.</p>").remarks == ()


USE_BOMB = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect id="a0" width="1" height="1"/>'
    + "".join(f'<g id="a{n}">{f"<use href=%s#a{n - 1}%s/>" * 10}</g>' % (('"',) * 20) for n in range(1, 9))
    + "</svg>"
)


def test_a_drawing_that_never_ends_stops_its_unit_and_no_other(setting: Callable, tight: None) -> None:
    """Row 16: even inside the engine, which goes on where a picture fails, the limit is an error."""
    with pytest.raises(BuildProblem, match=r"error\[over-limit\]: book/press/pdf: takes more than"):
        setting('<img alt="A" src="images/a.svg">', {"images/a.svg": USE_BOMB.encode()})
    assert setting("<p>And then all is well.</p>").pages == 1


@pytest.mark.parametrize(
    ("loader", "failure", "said"),
    [
        ("weasyprint.images.RasterImage", MemoryError(), "error[over-limit]: book/press/pdf: needs more than"),
        ("weasyprint.images.RasterImage", OSError("odd"), "error[engine]: book/press/pdf: Failed to load image"),
        ("weasyprint.svg.SVG.draw", MemoryError(), "error[engine]: book/press/pdf: Failed to render SVG"),
        ("weasyprint.svg.SVG.draw", ValueError("odd"), "error[engine]: book/press/pdf: Failed to render SVG"),
    ],
    ids=["no room for pixels", "a picture that can't be read", "no room for a drawing", "an odd drawing"],
)
def test_a_picture_that_the_engine_loses_is_an_error(
    setting: Callable, monkeypatch: pytest.MonkeyPatch, loader: str, failure: Exception, said: str
) -> None:
    """Row 16: where the engine would go on without a picture that it had, no page is made, and nothing is kept."""
    kind, data = ("png", png((40, 30))) if "Raster" in loader else ("svg", svg('<rect width="9" height="9"/>'))

    name = f"images/{uuid.uuid4().hex}.{kind}"  # A piece that was kept in an earlier run is not set again.

    def fail(*_: object) -> None:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(loader, fail)
        with pytest.raises(BuildProblem) as caught:
            setting(f'<img alt="A" src="{name}">', {name: data})
    assert str(caught.value.problems[0]).startswith(said)
    whole = setting(f'<img alt="A" src="{name}">', {name: data})
    assert (whole.pages, whole.remarks) == (1, ())


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
        '{{ "x" * 10**15 }}',
        '{{ "%1000000000000d"|format(1) }}',
        "{{ 10 ** (10**9) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set x = ['x' * 10**6] %}{% for a in range(9999) %}{% set _ = x[0] * a %}{{ _ }}{% endfor %}",
        "{{ range(10**9)|list }}",
    ],
)
def test_a_template_without_end_is_one_clean_error(
    press: Press, tight: None, template: str  # noqa: F811
) -> None:
    """Row 29: what a sandbox lets pass, loops and texts that fill the memory, ends with the template's name."""
    built = with_title_page(press, template)
    assert built.data is None
    (problem,) = built.problems
    assert problem.code in ("over-limit", "template-error")
    assert "templates/epub/title.xhtml" in str(problem)


@pytest.mark.parametrize("name", ["epub/more.html", "themes/meridian/fonts", "words"])
def test_a_template_that_is_a_link_out_of_the_project_is_refused(
    press: Press, watch: type[Watch], tmp_path: Path, name: str  # noqa: F811
) -> None:
    """Row 11: no template, style, font or word comes from elsewhere on the machine; the builder's own may be linked."""
    world = with_theme_css(press.project(), "")
    assert press.build(world).data is not None
    secret = tmp_path / "outside/secret.txt"
    secret.parent.mkdir()
    secret.write_text("{{ doc }} secret")
    link = world.templates / name
    if link.is_dir():
        link.rename(tmp_path / "moved")
    link.symlink_to(secret if "." in name else secret.parent)
    built = press.build(world)
    assert built.data is None
    assert [str(problem.span) for problem in built.problems] == [f"templates/{name}:1"]
    assert built.codes == ["outside-project"]
    assert str(secret) not in watch.opened


# Pictures


def png(size: tuple[int, int], mode: str = "L") -> bytes:
    """A white picture: large ones have few bytes."""
    out = io.BytesIO()
    Image.new(mode, size, "white").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"images/x.png": png((12_000, 12_000), "1")}, "image-too-large"),
        ({"images/x.png": png((20_000, 20_000), "1")}, "image-too-large"),
        ({"images/x.jpg": b"\xff\xd8\xff" + bytes(50 * MB)}, "image-too-large"),
        ({"images/x.svg": '<svg xmlns="http://www.w3.org/2000/svg">' + "<g/>" * 300_000 + "</svg>"}, "image-too-large"),
        ({"images/x.svg": USE_BOMB}, "image-too-large"),
    ],
    ids=["144 million pixels", "400 million pixels", "50 MB", "300,000 elements", "drawn 10^8 times"],
)
def test_a_picture_too_large_is_refused_by_its_header(press: Press, files: dict, code: str) -> None:  # noqa: F811
    """Row 16: bombs of a few kB are errors with file and size, in a moment and without the memory for their pixels."""
    (name,) = files
    begun, held = time.process_time(), limits._held()
    built = press.check(f"![A map]({name})\n", files=files)
    assert built.places == [f"one.md:5:10 {code}"]
    assert name in built.problems[0].message
    assert built.problems[0].severity is Severity.ERROR
    assert time.process_time() - begun < 10
    assert limits._held() - held < 400 * MB


def test_a_picture_one_sign_wide_and_very_high_is_shown(press: Press) -> None:  # noqa: F811
    """Row 16: an odd shape alone is no reason to refuse a picture, and it does not run off the page."""
    built = press("![A line](images/x.png)\n", "pdf", files={"images/x.png": png((1, 60_000))})
    assert built.data is not None, built.problems
    assert "over-limit" not in built.codes


def svg(inner: str, before: str = "") -> bytes:
    """A drawing."""
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{before}<svg {names}>{inner}</svg>".encode()


def address(data: bytes, kind: str = "image/png") -> str:
    """A picture written out in an address."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ('<style>rect{fill:u\\72l(http://x/y)}</style>', "unsafe-svg"),
        ('<style>@\\69mport "http://x/y";</style>', "unsafe-svg"),
        ("<style><![CDATA[@import 'x.css';]]></style>", "unsafe-svg"),
        ("<style>a{b:image-set('http://x/y' 1x)}</style>", "unsafe-svg"),
        ("<style>@media print{a{b:url(x.png)}}</style>", "unsafe-svg"),
        ('<rect style="mask:src(&quot;http://x&quot;)"/>', "unsafe-svg"),
        ('<g xml:base="http://x/"><use href="#a"/></g>', "unsafe-svg"),
        ('<image href=" http://x/y.png"/>', "unsafe-svg"),
        (f'<image xlink:href="{address(svg("<g/>"), "image/svg+xml")}"/>', "unsafe-svg"),
        (f'<image href="{address(png((12_000, 12_000), "1"))}"/>', "image-too-large"),
        (f'<image href="{address(png((20_000, 20_000), "1"))}"/>', "image-too-large"),
        (f'<image href="{address(b"nothing")}"/>', "bad-image"),
        ('<g id="a"><use href="#a"/></g>', "unsafe-svg"),
        ('<g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/></g>', "unsafe-svg"),
        ("".join(f'<use id="a{n}" href="#a{n + 1}"/>' for n in range(5_000)), "image-too-large"),
        ("<g>" * 5_000 + "</g>" * 5_000, "bad-image"),
        ('<rect onload="x()"/>', "unsafe-svg"),
        ("<handler/>", "unsafe-svg"),
        ("<foreignObject><p/></foreignObject>", "unsafe-svg"),
    ],
)  # fmt: skip
def test_a_drawing_that_reaches_out_or_never_ends_is_refused(inner: str, code: str) -> None:
    """Row 31: addresses in escapes, functions, imports and bases; pictures inside; circles and depths."""
    with pytest.raises(SvgRefused) as refused:
        clean_svg(svg(inner))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "inner",
    [
        '<style>.a{fill:url(#g)}</style><linearGradient id="g"/><rect class="a" style="stroke:url(#g)"/>',
        f'<image href="{address(png((90, 90)))}"/>',
        '<defs><g id="a"><rect width="9" height="9"/></g></defs><use href="#a"/><use xlink:href="#a" x="9"/>',
        '<path d="M0 0h9v9z" transform="rotate(45)"/><text font-family="Some Sans">f(x) = url</text>',
        '<a href="#b"><text id="b">x</text></a>',
    ],
)
def test_an_honest_drawing_stays_as_it_is(inner: str) -> None:
    """Gradients by address, pictures inside, parts drawn again: nothing is refused or changed."""
    assert clean_svg(svg(inner)) == svg(inner)


@pytest.mark.parametrize(
    "before", ['<?xml-stylesheet href="http://x/y.css"?>', "<!-- zqsecret -->", '<!DOCTYPE svg SYSTEM "http://x/y.dtd">']
)
def test_what_stands_before_a_drawing_is_left_behind(before: str) -> None:
    """Row 31: addresses of styles and of document types, and remarks outside the root, reach no reader."""
    assert b"<rect" in clean_svg(svg("<rect/>", before))
    assert b"http://x" not in clean_svg(svg("<rect/>", before))
    assert b"zqsecret" not in clean_svg(svg("<rect/>", before))


def test_the_handbook_names_the_limits_that_hold() -> None:
    """Each number in its table is the one in the program."""
    text = (ROOT / "content/publications/handbook/limits.md").read_text("utf-8")
    for said in (
        f"{files.MAX_BYTES // MB} MB",
        f"{MAX_PIXELS // MB} million pixels, {images.MAX_BYTES // MB} MB",
        f"{MAX_ELEMENTS:,} elements",
        f"| {MAX_NESTING // 2} |",
        f"| {limits.PAGES:,} |",
        f"{limits.SECONDS:.0f} s, and 1 s for each {1 / limits.SECONDS_OF_SIGN:,.0f} signs of its HTML",
        f"and each {1 / limits.SECONDS_OF_BYTE / 1000:.0f} kB of its pictures",
        f"{limits.MEMORY // MB:,} MB, and {limits.MEMORY_OF_SIGN // 1000} kB for each sign",
        f"and {limits.MEMORY_OF_BYTE} bytes for each byte of its pictures",
        limits.VARIABLE,
    ):
        assert said in text, said


def test_a_table_with_too_many_holes_is_an_error_and_a_full_one_is_whole(press: Press) -> None:  # noqa: F811
    """Row 18: what a table would lose at the parser's own limit is named; 3,000 full rows are printed."""
    head = "| h " * 200 + "|\n" + "|---" * 200 + "|\n"
    ragged = press.check(head + "| a | b |\n" * 400)
    assert ragged.places == ["one.md:337 table-ragged"]
    full = press("| a | b |\n|---|---|\n" + "".join(f"| r{row} | x |\n" for row in range(3_000)))
    assert all(f"r{row}<" in full.chapter for row in range(3_000))


HOSTILE_HTML = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '<iframe src="http://x"></iframe>', "<object data=x></object>",
    "<embed src=x>", '<a href="javascript:alert(1)">a</a>', '<a href="vbscript:x">a</a>', '<a href="data:text/html,x">a</a>',
    '<p><a href=" java&#10;script:alert(1)">a</a></p>', '<meta http-equiv=refresh content="0;url=http://x">',
    '<base href="http://x">', "<form action=x><input></form>", "<style>p{display:none}@page{size:1mm}</style>",
    '<div onclick="x()" style="display:none">a</div>', "<svg><script>1</script></svg>",
    "<math><mtext><img src=x onerror=1></mtext></math>", "<link rel=stylesheet href=x.css>", "<b onclick=x>a</b>",
)  # fmt: skip


@pytest.mark.parametrize("html", HOSTILE_HTML)
def test_raw_html_that_runs_loads_or_hides_is_taken_out(press: Press, html: str) -> None:  # noqa: F811
    """Row 30: as a block and inside a line, nothing of it is left in the ebook but its words."""
    built = press(f"{html}\n\nInside {html} a line.\n")
    inner = built.chapter.partition("<body")[2]
    assert not re.search(r"<(script|img|iframe|object|embed|meta|base|form|input|style|svg|math|link)\b", inner)
    assert not re.search(r"\son\w+=|style=|javascript:|java\s*script:|vbscript:|data:", inner)
    assert "Inside" in inner
