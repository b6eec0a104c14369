"""What the leak certificate reads in a short way is what the long way reads."""

from __future__ import annotations

import pickle
import re
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.verify.leaks import epub_places, pdf_text
from builder.verify.leaks.control import PROBES, probes_of, reread
from builder.verify.leaks.engines import span_text
from builder.verify.leaks.epub_places import read_ahead, xml_places
from builder.verify.leaks.match import needles_of
from builder.verify.leaks.pdf_fonts import Font
from builder.verify.leaks.pdf_frame import without_streams
from builder.verify.leaks.pdf_strings import hex_bytes, references_of, strings_of
from builder.verify.leaks.pdf_text import shown_text
from builder.verify.leaks.place import Place, made_ready
from builder.verify.leaks.sight import Withheld
from builder.verify.leaks.sought import sought_of
from builder.verify.leaks.words import LINE, even, names_of, squeezed, words_of

PAGE = b"/Span <</MCID 0>> BDC BT /F 9 Tf [<00010002>5<0003>] TJ ET EMC"


HEAD = b"\n/Artifact\n<</Type /Pagination/Subtype /Footer>>\nBDC BT /G 9 Tf (%d) Tj ET EMC"


_read = pdf_text._read


def whole(data: bytes, fonts: dict[str, Font]) -> pdf_text.Shown:
    """What a stream says when it is read from its beginning to its end."""
    reading = _read(data, fonts, "")
    return reading.shown, "\0".join(reading.said), reading.unread


def mixed(*parts: str) -> st.SearchStrategy[str]:
    """Texts in which the parts stand in any order, with nothing between them."""
    return st.lists(st.sampled_from(parts), max_size=16).map("".join)


@pytest.fixture(autouse=True)
def _forgetful():
    yield
    pdf_text._READ.clear()


def test_a_stream_is_read_once_with_the_same_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes are read afresh where a code that they use means another letter, or a font has another name."""
    real, count = pdf_text._read, []
    monkeypatch.setattr(pdf_text, "_read", lambda *a: count.append(a) or real(*a))
    letters = {1: "o", 2: "n", 3: "e"}
    said = [shown_text(PAGE, {"F": Font(dict(letters), 2, True)}) for _ in range(3)]
    assert len(count) == 1
    assert said == [whole(PAGE, {"F": Font(letters, 2, True)})] * 3
    assert shown_text(PAGE, {"F": Font({**letters, 9: "x"}, 2, True), "G": Font({}, 1, True)}) == said[0]
    assert len(count) == 1
    assert said[0][0].startswith("one")
    for fonts, wanted in (
        ({"F": Font({1: "o", 2: "n"}, 2, True)}, "on\3"),
        ({"F": Font({**letters, 3: "ly"}, 2, True)}, "only"),
        ({"G": Font(letters, 2, True)}, "\0\1\0\2\0\3"),
        ({}, "\0\1\0\2\0\3"),
    ):
        assert shown_text(PAGE, fonts)[0].startswith(wanted)
    assert shown_text(PAGE, {"F": Font(letters, 2, False)})[2] == {"F"}
    assert shown_text(PAGE + b" ", {"F": Font(letters, 2, True)}) == said[0]
    assert len(count) == 6


def test_a_page_that_moved_is_read_but_for_its_head_and_foot_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its number is another: what stands before it is known."""
    real, read = pdf_text._read, []
    monkeypatch.setattr(pdf_text, "_read", lambda data, *a: read.append(data) or real(data, *a))
    fonts = {"F": Font({1: "o", 2: "n", 3: "e"}, 2, True), "G": Font({48 + n: str(n) for n in range(10)}, 1, True)}
    for number in (7, 8):
        assert shown_text(PAGE + HEAD % number, fonts)[0].replace(LINE, "") == f"one{number}"
    assert read == [PAGE, HEAD % 7, HEAD % 8]


@settings(deadline=None)
@given(
    mixed("/F 9 Tf ", "(a) Tj ", "<41> Tj ", "[<42>] TJ ", "(", ")", "\\", "%", "<<", ">>", " ID ", " EI ", "\n", "\nET ")
    .flatmap(lambda before: st.tuples(st.just(before), mixed(HEAD.decode() % 7, "(b) Tj ", ")", ">>", " EI ", "/F 9 Tf ")))
)  # fmt: skip
def test_a_stream_in_parts_says_what_it_says_as_a_whole(halves: tuple[str, str]) -> None:
    """Whatever stands before its head, or goes on behind what looks like one: strings, pictures and fonts."""
    data = "".join(halves).encode("latin-1")
    for fonts in ({}, {"F": Font({65: "x", 66: "y", 98: "z"}, 1, True)}, {"F": Font({}, 2, False)}):
        assert shown_text(data, fonts) == whole(data, fonts)


def test_a_place_that_another_process_made_ready_is_not_evened_out_again() -> None:
    """What was worked out goes along with it."""
    place = made_ready([Place("page text", "page 1, text", "Words of a Page")])[0]
    again = pickle.loads(pickle.dumps(place))
    assert again == place
    assert vars(again) == {"normal": ("words of a page", "wordsofapage")}


def test_the_streams_that_are_kept_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten first, and read again where it comes back."""
    monkeypatch.setattr(pdf_text, "KEPT", 3)
    pages = [b"BT (page %d) Tj ET" % number for number in range(5)]
    for page in [*pages, *pages]:
        assert shown_text(page, {}) == whole(page, {})
        assert len(pdf_text._READ) <= 3


@settings(deadline=None)
@given(mixed("stream", "endstream", "\n", "\r\n", "\r", "x", "_", " ", "é"))
def test_a_file_loses_its_streams_and_nothing_else(text: str) -> None:
    """Each goes from its keyword to the next end, as one pattern for both would have it."""
    data = text.encode()
    assert without_streams(data) == re.sub(rb"\bstream\r?\n.*?\bendstream", b"", data, flags=re.DOTALL)


@settings(deadline=None)
@given(mixed("1", "0", "27", " ", " 0 R", "R", ".", "x", "_", "\n", "/"))
def test_references_are_found_as_a_plain_pattern_finds_them(text: str) -> None:
    """The number of an object, which no letter, digit or point stands before."""
    plain = re.findall(rb"(?<![\w.])(\d+) (\d+) R\b", text.encode())
    assert references_of(text.encode()) == {int(number) for number, _ in plain}


@settings(deadline=None)
@given(mixed("/K", "<<", ">>", "<", ">", "(", ")", "4a", "\n", " ", "\\"))
def test_an_object_without_strings_is_told_by_its_signs(text: str) -> None:
    """A string begins with a parenthesis or is hexadecimal between angle brackets."""
    found = list(strings_of(text.encode()))
    if "(" not in text and not re.search(r"<[0-9A-Fa-f\s]+>", text):
        assert not found
    elif re.fullmatch(r"[^(]*<4a[\s]*>[^(]*", text):
        assert "J" in [said for _, said in found]


@pytest.mark.parametrize(
    ("digits", "wanted"), [(b"4a4B", b"JK"), (b"4 a\n4b", b"JK"), (b"4a4", b"J@"), (b" ", b""), (b"", b"")]
)
def test_hexadecimal_digits_may_be_spaced_and_odd(digits: bytes, wanted: bytes) -> None:
    """Spaces say nothing, and a last digit that is missing is 0."""
    assert hex_bytes(digits) == wanted


@settings(deadline=None)
@given(st.lists(st.sampled_from([0, 1, 2, 0x41, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFE, 0xFFFF]), max_size=8))
def test_each_pair_of_bytes_is_a_code_of_its_own(codes: list[int]) -> None:
    """Codes of a font that would be two halves of one letter elsewhere stay two."""
    table = {0x41: "a", 0xD800: "high", 0xDC00: "low"}
    raw = b"".join(code.to_bytes(2, "big") for code in codes)
    assert Font(table, 2, True).codes(raw).translate(table) == "".join(table.get(code, chr(code)) for code in codes)


@settings(deadline=None)
@given(mixed("ab", "x", "7", "12", "²", "٤", "_", "-", ".", ":", " ", "é", "秘"))
def test_names_are_found_as_a_plain_pattern_finds_them(text: str) -> None:
    """Words with a hyphen, a point or a digit within, wherever they begin."""
    plain = re.findall(r"[^\W_]+(?:[-_.:]+[^\W_]+)+|[^\W\d_]+\d\w*|\d+[^\W\d_]\w*", text)
    parts = {part for name in plain if "." in name for part in name.split(".") if part}
    assert names_of(text) == set(plain) | parts


def test_sentences_are_found_again_as_a_plain_search_finds_them() -> None:
    """Sentences from all parts of a text are asked for, and those that stand in a file are found, in whatever order."""
    prose = [f"Sentence number {n} of a text\0 has these words" + " and more" * (n % 3) for n in range(4 * PROBES)]
    prose += ["Too short a text", *prose[:PROBES]]
    read = [Place("page text", "here", text) for text in prose[::2]]
    probes, whole = probes_of(prose), "".join(place.normal[1] for place in read)
    asked: dict[str, None] = {}
    for start in range(0, len(prose), len(prose) // PROBES):
        for text in prose[start : start + len(prose) // PROBES]:
            words = words_of(even(max(text.split("\0"), key=len)))
            if len(words) >= 6:
                middle = len(words) // 2
                asked[squeezed("".join(words[middle - 2 : middle + 3]))] = None
                break
    assert probes == tuple(asked)
    found = sum(probe in whole for probe in probes)
    assert 0 < found < len(probes)
    for order in (read, read[::-1]):
        assert reread(probes, order, ["page text", "none"]) == {
            "page text": (len(probes), found), "none": (len(probes), 0),
        }  # fmt: skip


@pytest.mark.parametrize(
    ("prose", "count"),
    [([], 0), (["five words are too few"], 0), (["too few\0six words are just enough here", "the others are not asked for now"], 2)],
)
def test_only_whole_sentences_are_asked_for(prose: list[str], count: int) -> None:
    """Of less than six words that print leaves beside each other, nothing is asked."""
    assert len(probes_of(prose)) == count


def test_a_chapter_that_was_read_ahead_is_known_by_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the finished file holds the same bytes, they are not taken apart again; with one more, they are."""
    xml_places.cache_clear()
    name, page = "EPUB/one.xhtml", b'<html><body><p title="Beside">One sentence of words.</p></body></html>'
    read_ahead(name, page)
    monkeypatch.setattr(epub_places, "_texts", lambda root: iter(()))
    assert {place.text for place in xml_places("XHTML", name, page)} >= {"One sentence of words.", "Beside"}
    assert "One sentence of words." not in {place.text for place in xml_places("XHTML", name, page + b"\n")}
    xml_places.cache_clear()


def test_spans_are_joined_as_they_stand() -> None:
    """What touches is one word, what has a gap before it another, and what stands lower begins a line."""
    spans = [
        _Span("Nine ex", (10, 700, 40, 10)),
        _Span("port", (50.4, 700, 20, 10)),
        _Span("dollars", (73, 700, 30, 10)),
        _Span("in", (103, 703, 4, 6)),
        _Span("ten", (10, 688, 20, 10)),
        _Span("margin", (200, 688, 20, 10)),
        _Span("back", (150, 688, 20, 10)),
    ]
    assert span_text(spans) == "Nine export dollarsin\nten margin back"


class _Span(NamedTuple):
    """A span as the engine gives it: left, bottom, width and height."""

    text: str
    bbox: tuple[float, float, float, float]


def test_what_is_looked_for_of_a_text_is_the_same_again() -> None:
    """A text that was withheld before, from another edition or as another kind, gives the needles that it gave alone."""
    said = "The Darvii reactor of Nakamura cost 31,847.6 before winter, see plan-b.example.org for more words."
    units = [
        Withheld(kind, "", "", 1, 1, said, is_context)
        for kind in ("text", "title", "cell", "address")
        for is_context in (False, True)
    ]
    together = [needles_of([unit]) for unit in units * 2]
    for unit, found in zip(units * 2, together, strict=True):
        sought_of.cache_clear()
        alone = needles_of([unit])
        assert (found.runs, found.phrases, found.numbers, found.names) == (
            alone.runs, alone.phrases, alone.numbers, alone.names,
        )  # fmt: skip
        assert found.short == alone.short
