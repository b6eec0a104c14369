"""What the engine need not do twice changes nothing in what it sets."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pyphen
import pytest
import weasyprint
import weasyprint.css
import weasyprint.draw.text
from cssselect2 import ElementWrapper, compile_selector_list
from msgspec.structs import replace
from support.project import ROOT, TEMPLATES
from weasyprint.text import line_break

from builder import stamps
from builder.document import document_of
from builder.load import load
from builder.model import Job
from builder.render import render
from builder.world import World
from builder.writers import fonts, glyphs, shortcuts
from builder.writers.engine import load_engine, with_room
from builder.writers.hyphenation import Hyphenation
from builder.writers.pdf import independent
from builder.writers.typeset import Piece, typeset
from builder.writers.unit import pack

LINES = """
<p style="text-align: justify; hyphens: auto">{words}</p>
<p style="letter-spacing: 2px; word-spacing: 4px">{words}</p>
<p style="text-decoration: underline line-through overline; font-variant-caps: small-caps">{words}</p>
<p style="font-feature-settings: 'onum'; font-kerning: none">{words} Waste AV To 0123456789</p>
<p style="width: 60mm; overflow: hidden; white-space: nowrap; text-overflow: ellipsis">{words}</p>
<p style="width: 20mm; overflow-wrap: anywhere">https://example.org/a-long-address-that-fits-on-no-line</p>
<p>soft\u00adhyphens in extra\u00adordinarily long com\u00adpounds <code> two  spaces </code><b>bold</b><i>{words}</i></p>
<p dir="rtl">{words} <span dir="ltr">{words}</span></p>
<p style="width: 6ex; font-size: 2ch; line-height: 1.5lh">{words}</p>
<pre>one\ttab\n\nthree lines\u2029of code </pre>
<svg width="200" height="40"><text x="5" y="20" font-size="12" text-decoration="underline">{words}</text></svg>
"""
WORDS = "Lines of words whose spaces and hyphenation differ, immediately and unquestionably, from line to line. " * 3


def pieces_of_book() -> list[tuple[Piece, World]]:
    """Pieces of the sample publication, and one with every way of setting a line."""
    world = World(ROOT, TEMPLATES)
    job = Job("mongolia", "public", "en", "pdf")
    _, theme, words, document = document_of(load(world, "mongolia").value, job, world).value
    made = independent(render(document, theme, words, world), theme, world, ROOT / "output/.cache")
    head, rest = made[3].html.split("<body", 1)
    own = f"{head}<body{rest.split('>', 1)[0]}>{LINES.format(words=WORDS) * 12}</body></html>"
    return [(piece, world) for piece in (*made[3:6], replace(made[3], html=own))]


def test_pages_are_the_same_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit that is set with the shortcuts is that of the plain engine: pages, fonts, layout and remarks."""
    load_engine()
    pieces = pieces_of_book()
    short = [pack(typeset("x", *each, tmp_path / "short"), "") for each in pieces]
    monkeypatch.setattr(line_break, "Layout", shortcuts._PlainLayout)
    monkeypatch.setattr(line_break, "_font_style_cache_key", shortcuts._plain_face_key)
    monkeypatch.setattr(weasyprint.css, "CSS", weasyprint.CSS)
    monkeypatch.setattr(weasyprint.draw.text, "draw_first_line", glyphs.plain_draw_first_line)
    monkeypatch.setattr(ElementWrapper, "iter_next_siblings", shortcuts._plain_next_siblings)
    plain = [pack(typeset("x", *each, tmp_path / "plain"), "") for each in pieces]
    assert short == plain


def test_siblings_are_found_without_wrapping_all_of_them_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """The elements that a sibling follows are those of the plain way, and each element is wrapped once more at most."""
    load_engine()
    html = "<body>" + "<p>one</p><p>two</p><ul><li>a</li><li>b</li></ul>" * 60 + "<p>last</p></body>"
    root = ElementWrapper.from_html_root(weasyprint.HTML(string=html).etree_element)
    tests = [each.test for each in compile_selector_list("p:has(+ ul), p:has(~ ul), li:has(+ li), p:has(+ p + ul)")]
    elements, made = list(root.iter_subtree()), []
    plain_init = ElementWrapper.__init__
    monkeypatch.setattr(ElementWrapper, "__init__", lambda *a, **k: made.append(1) or plain_init(*a, **k))
    short = [[bool(test(element)) for test in tests] for element in elements]
    assert len(made) <= len(elements)
    monkeypatch.setattr(ElementWrapper, "iter_next_siblings", shortcuts._plain_next_siblings)
    assert [[bool(test(element)) for test in tests] for element in elements] == short
    assert any(map(any, short))


def test_a_line_is_laid_out_for_its_drawing_only_where_it_is_justified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that is drawn as it was laid out is not laid out again; most of the faces are described once."""
    load_engine()
    piece, world = max(pieces_of_book()[:-1], key=lambda each: len(each[0].html))
    described, again = [], []
    plain = shortcuts._PlainLayout

    def setup(layout: object, style: object) -> None:
        described.append(style)
        really(layout, style)

    def reactivate(layout: object, style: object) -> None:
        again.append(layout.text)
        really_again(layout, style)

    really, really_again = plain.setup, plain.reactivate
    monkeypatch.setattr(plain, "setup", setup)
    monkeypatch.setattr(plain, "reactivate", reactivate)
    unit = typeset("x", piece, world, tmp_path)
    lines = sum(len(page.lines) for page in unit.layout)
    assert lines > 50
    assert len(again) < lines / 10
    assert len(described) < lines / 2


def test_the_engine_draws_only_what_it_has_not_drawn_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once each glyph of a face is known, lines are drawn from what was drawn of them."""
    load_engine()
    piece, world = pieces_of_book()[-1]
    drawn, really = [], glyphs.plain_draw_first_line
    monkeypatch.setattr(glyphs, "plain_draw_first_line", lambda *given: drawn.append(1) or really(*given))
    unit = typeset("x", piece, world, tmp_path)
    assert 0 < len(drawn) < sum(len(page.lines) for page in unit.layout) / 2


def test_a_word_that_has_no_room_is_not_laid_out_to_see_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of four lines that a word more might go on are too short for it by far."""
    load_engine()
    piece, world = pieces_of_book()[-1]
    tried, plain, wide = [], shortcuts._PlainLayout, shortcuts._Layout._is_too_wide
    really = plain.set_text
    monkeypatch.setattr(plain, "set_text", lambda *given, **more: tried.append(1) or really(*given, **more))
    typeset("x", piece, world, tmp_path / "foreseen")
    foreseen, found = len(tried), []
    tried.clear()
    monkeypatch.setattr(shortcuts._Layout, "_is_too_wide", lambda *given: found.append(wide(*given)) and False)
    typeset("x", piece, world, tmp_path / "tried")
    assert len(tried) - foreseen == sum(found) > 50


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="other interpreters keep frames in other ways")
def test_calls_find_room_at_any_depth() -> None:
    """A loop never asks the system for memory in each round, however deep the call that it stands in."""

    def leaf() -> None:
        pass

    def loop_at(depth: int) -> None:
        if depth:
            loop_at(depth - 1)
        else:
            for _ in range(200):
                leaf()

    def faults(run: Callable[[int], None]) -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for depth in range(400):
            run(depth)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    with_room(faults, loop_at)
    assert with_room(faults, loop_at) < 200


def test_modules_that_are_seldom_needed_are_there_when_they_are() -> None:
    """A call that WeasyPrint makes into a module that was left out loads it, and does what it did."""
    load_engine()
    from fontTools.subset import Subsetter
    from fontTools.ttLib import TTFont
    from weasyprint.pdf import fonts

    assert isinstance(fonts.subset.Subsetter(fonts.subset.Options()), Subsetter)
    with pytest.raises(ValueError, match="Missing required table fvar"):
        fonts.instantiateVariableFont(TTFont(), {"wght": 400})


def test_the_fonts_of_a_theme_are_read_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece of a document asks for their hash; a watch goes on when a font is edited."""
    monkeypatch.setattr(stamps, "_TICK", -(10**12))
    monkeypatch.setattr(fonts, "_FILES", files := stamps.Stamps())
    (tmp_path / "one.ttf").write_bytes(b"one")
    theme = SimpleNamespace(fonts=[{"family": "One", "weight": "400", "style": "normal", "file": "one.ttf"}])
    world = World(tmp_path, tmp_path)
    first = fonts.hash_fonts(theme, world)
    files.is_new = False
    assert fonts.hash_fonts(theme, world) == first
    assert not files.is_new, "it is not read again"
    (tmp_path / "one.ttf").write_bytes(b"two")
    assert fonts.hash_fonts(theme, world) != first


@pytest.mark.parametrize("path", sorted(set(pyphen.LANGUAGES.values())), ids=lambda path: path.stem)
def test_each_file_of_patterns_says_what_pyphen_reads(path: Path) -> None:
    """All patterns with their weights, of which the engine asks for few, and the longest of them."""
    plain, ours = Hyphenation.__base__(path), Hyphenation(path)
    assert list(ours.patterns) == list(plain.patterns)
    assert [tuple(each) for each in ours.patterns.values()] == list(plain.patterns.values())
    assert ours.maxlen == plain.maxlen


@pytest.mark.parametrize("line", ["a2^^e4", "e1ck1s", "l·1l/l=l,1,2", "1٢a", "a1 b2", "%2a", "RIGHTHYPHENMIN 3", "ab", "a0b"])
def test_an_odd_line_among_patterns_is_read_as_pyphen_does(line: str, tmp_path: Path) -> None:
    """Other signs, spellings, digits and spaces are read by pyphen itself; remarks and weights of 0 are left out."""
    path = tmp_path / "hyph.dic"
    path.write_text(f"UTF-8\n.ab3i\n{line}\n\n2ing.\n", "utf-8")
    plain, ours = Hyphenation.__base__(path), Hyphenation(path)
    assert {key: tuple(each) for key, each in ours.patterns.items()} == plain.patterns
    assert ours.positions("tracking") == plain.positions("tracking")
