"""What authors write is read as they meant it, or refused with its place."""

from __future__ import annotations

import ast
import codecs
import json
import re
import time
import tracemalloc
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

import builder
from builder.diagnostics import Checked, Severity, Span
from builder.sources import (
    Day,
    Flag,
    LongText,
    Source,
    Text,
    Whole,
    decode,
    from_yaml,
    read_json,
    read_shape,
    read_yaml,
    split_front_matter,
)

PARSERS = {"libyaml": getattr(yaml, "CSafeLoader", None), "python": yaml.SafeLoader}


@pytest.fixture(params=[name for name, loader in PARSERS.items() if loader])
def each_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test with libyaml and with PyYAML's own parser: the messages must not depend on the machine."""
    monkeypatch.setattr(from_yaml, "LOADER", PARSERS[request.param])


def value_of(text: str) -> Any:
    checked = read_yaml(text, "p.yaml")
    assert checked.problems == ()
    assert checked.value is not None
    return checked.value.value


def messages(checked: Checked[Any]) -> list[str]:
    return [str(problem) for problem in checked.problems]


def codes(checked: Checked[Any]) -> list[str]:
    return [problem.code for problem in checked.problems]


class Case(NamedTuple):
    """One case of a file in tests/cases/sources."""

    name: str
    text: str
    expected: str


def cases(name: str) -> list[Case]:
    """The cases of a file: a name, then text and expected messages between lines that hold one dot."""
    content = (Path(__file__).parent / "cases/sources" / name).read_text(encoding="utf-8")
    parts = re.split(r"^\.\n", content, flags=re.MULTILINE)
    triples = zip(parts[0:-1:3], parts[1::3], parts[2::3], strict=True)
    return [
        Case(before.splitlines()[-1], text.replace("→", "\t"), expected.rstrip("\n"))
        for before, text, expected in triples
    ]


# --- bytes to text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"# T\na \xd0\x96\n",
        b"\xef\xbb\xbf# T\na \xd0\x96\n",
        "# T\na Ж\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "# T\na Ж\n".encode("utf-16-be"),
        b"# T\r\na \xd0\x96\r\n",
        b"# T\ra \xd0\x96\r",
    ],
)
def test_every_honest_encoding_and_line_end_gives_the_same_text(data: bytes) -> None:
    assert decode(data, "p.md") == Checked("# T\na Ж\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("ab\nПривет".encode("cp1251"), "p.md:2:1: error[not-utf8]: not UTF-8: byte 4 is 0xCF"),
        ("Caf\xe9 b".encode("latin-1"), "p.md:1:4: error[not-utf8]: not UTF-8: byte 4 is 0xE9"),
        (b"\xef\xbb\xbfx\r\ny\xff", "p.md:2:2: error[not-utf8]: not UTF-8: byte 8 is 0xFF"),
        (b"a\xed\xa0\x80b", "p.md:1:2: error[not-utf8]: not UTF-8: byte 2 is 0xED"),
        (b"\xff\xfea\x00b", "p.md:1:2: error[not-utf8]: not UTF-16: byte 5 is 0x62"),
    ],
)
def test_what_is_not_utf8_is_an_error_that_names_the_byte(data: bytes, message: str) -> None:
    checked = decode(data, "p.md")
    assert checked.value is None
    assert messages(checked) == [message + "\n  hint: open the file in an editor and save it as UTF-8"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32"])
def test_utf16_without_a_mark_and_utf32_are_named_and_not_printed_as_rubbish(encoding: str) -> None:
    checked = decode("Two neighbours, many partners".encode(encoding), "p.md")
    assert checked.value is None
    assert codes(checked) == ["not-utf8"]


def test_control_characters_are_replaced_and_each_kind_is_reported_once_at_its_first_place() -> None:
    checked = decode("one\ntw\x0bo\x0b|\x1b|\x00|\ufffe|\u2028|\x85|".encode(), "p.md")
    assert checked.value == "one\ntw o |\ufffd|\ufffd|\ufffd| | |"
    assert {problem.code for problem in checked.problems} == {"control-character"}
    assert {problem.severity for problem in checked.problems} == {Severity.WARNING}
    assert messages(checked)[0] == (
        "p.md:2:3: warning[control-character]: the character U+000B is replaced by a space, 2 times"
        "\n  hint: delete the character"
    )
    assert len(checked.problems) == 6


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_decoded_text_has_one_kind_of_line_end_and_nothing_that_xml_forbids(data: bytes) -> None:
    checked = decode(data, "p.md")
    if checked.value is None:
        assert codes(checked) == ["not-utf8"]
    else:
        checked.value.encode()
        assert f"{checked.value}x".splitlines() == f"{checked.value}x".split("\n")
        assert all(character in "\t\n" or character >= " " for character in checked.value)


# --- front matter --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("---\nid: a\n---\nBody\n", ("id: a", 2, "Body\n", 4)),
        ("---\nid: a\n...\nBody", ("id: a", 2, "Body", 4)),
        ("--- \n---\t\n", ("", 2, "", 3)),
        ("\n\n---\nid: a\n---\n", ("id: a", 4, "", 6)),
        ("---\nshort: |\n  a\n  ---\n  b\n---\nB", ("short: |\n  a\n  ---\n  b", 2, "B", 7)),
        ("Body\n---\nmore", (None, 1, "Body\n---\nmore", 1)),
        ("", (None, 1, "", 1)),
    ],
)
def test_front_matter_and_body_keep_their_lines(text: str, parts: tuple[Any, ...]) -> None:
    assert split_front_matter(text, "p.md") == parts


def test_front_matter_that_is_never_closed_does_not_turn_into_a_body_for_everybody() -> None:
    front, first_line, body, _ = split_front_matter("---\nclearance: internal\nThe secret.\n", "p.md")
    assert body == ""
    assert front is not None
    checked = read_yaml(front, "p.md", first_line)
    assert str(checked.problems[0]).startswith("p.md:3:1: error[yaml-syntax]: a line without ': '")
    assert str(checked.problems[0]).endswith("or end the front matter above with '---'")


@given(st.text("-. ab\n:", max_size=60))
def test_the_two_parts_of_a_file_are_its_own_lines(text: str) -> None:
    front, first_line, body, body_line = split_front_matter(text, "p.md")
    lines = text.split("\n")
    for part, line in ((front, first_line), (body, body_line)):
        if part:
            own = part.split("\n")
            assert lines[line - 1 : line - 1 + len(own)] == own


# --- YAML: text stays text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "12:30", "1.10", "no", "yes", "on", "off", "true", "010", "0o17", "0x1F", "1e3", ".inf", ".nan",
        "2026-11-24", "2026-11-24 10:00:00", "1_000", "+1", "-1", "=", "<<", "Null", "NULL", "None",
        "9" * 5000,
    ],
)  # fmt: skip
def test_a_plain_scalar_is_the_text_that_was_written(written: str, each_parser: None) -> None:
    assert value_of(f"title: {written}\n") == {"title": written}
    assert value_of(f"- [{written}]\n") == [[written]]
    if len(written) < 100:
        assert value_of(f"{written}: x\n") == {written: "x"}


@pytest.mark.parametrize("written", ["", "~", "null"])
def test_nothing_is_none_and_its_place_is_that_of_its_key(written: str, each_parser: None) -> None:
    source = read_yaml(f"a: x\nb: {written}\nc: y\n", "p.yaml").value
    assert source is not None
    assert source.value == {"a": "x", "b": None, "c": "y"}
    assert source.place("b") == Span("p.yaml", 2, 1)


def test_quoted_nothing_and_tagged_text_are_text(each_parser: None) -> None:
    assert value_of("a: '~'\nb: \"null\"\nc: ''\nd: !!str null\ne: !!str\n") == {
        "a": "~", "b": "null", "c": "", "d": "null", "e": "",
    }  # fmt: skip


def test_text_that_looks_like_a_template_is_only_text(each_parser: None) -> None:
    assert value_of("a: '{{ 7*7 }}'\nb: x {% for %} {{ y }}\n") == {
        "a": "{{ 7*7 }}",
        "b": "x {% for %} {{ y }}",
    }


# --- YAML: places --------------------------------------------------------------------------------------


def test_every_part_knows_its_place(each_parser: None) -> None:
    text = "title: A 😀 b\nauthors:\n  - name: X\n    tags: [😀, b]\n"
    source = read_yaml(text, "p.yaml", first_line=10).value
    assert source is not None
    assert source.place() == Span("p.yaml", 10, 1)
    assert source.place("title") == Span("p.yaml", 10, 8)
    assert source.place("authors", "~key") == Span("p.yaml", 11, 1)
    assert source.place("authors") == Span("p.yaml", 12, 3)
    assert source.place("authors", 0, "name", "~key") == Span("p.yaml", 12, 5)
    assert source.place("authors", 0, "name") == Span("p.yaml", 12, 11)
    assert source.place("authors", 0, "tags", 1) == Span("p.yaml", 13, 15)


def test_a_part_that_is_not_there_has_the_place_of_the_nearest_part_around_it() -> None:
    source = read_yaml("a:\n  b: x\n", "p.yaml").value
    assert source is not None
    assert source.place("a", "gone", 3, "deeper") == source.place("a") == Span("p.yaml", 2, 3)
    assert source.place("gone") == Span("p.yaml", 1, 1)


@pytest.mark.parametrize(
    ("text", "value", "line", "column"),
    [
        ("short: |\n  One.\n  Two.\n", "One.\nTwo.\n", 2, 3),
        ("short: |\n\n    One.\n", "\nOne.\n", 2, 1),
        ("short: |-  # note\n  One.\n", "One.", 2, 3),
        ("short: >-\n  One\n  two.\n", "One two.", 2, 3),
        ("short: !!str |\n  One.\n", "One.\n", 2, 3),
        ("short: |2\n    One.\n", "  One.\n", 2, 5),
        ("short: |\nnext: x\n", "", 2, 1),
        ("short: |", "", 1, 9),
    ],
)
def test_the_place_of_a_block_is_the_first_line_of_its_content(
    text: str, value: str, line: int, column: int, each_parser: None
) -> None:
    source = read_yaml(text, "p.yaml").value
    assert source is not None
    assert source.value["short"] == value
    assert source.place("short") == Span("p.yaml", line, column)


# --- YAML: mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("yaml.txt"), ids=attrgetter("name"))
def test_a_mistake_in_yaml_has_a_place_plain_words_and_an_action(case: Case, each_parser: None) -> None:
    checked = read_yaml(case.text, "p.yaml")
    assert checked.value is None
    assert "\n".join(messages(checked)) == case.expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "p.yaml:1:1: error[yaml-empty]: no keys and values here"),
        ("title: a\ud800b", "p.yaml:1:9: error[yaml-bad-character]: the text holds the character U+D800"),
        ("a: " + "[" * 5000, "p.yaml:1:43: error[yaml-too-deep]: more than 40 levels of lists and mappings"),
    ],
    ids=["empty", "surrogate", "deep"],
)
def test_a_text_that_no_case_file_can_hold_is_refused(text: str, message: str, each_parser: None) -> None:
    checked = read_yaml(text, "p.yaml")
    assert checked.value is None
    assert [line.split("\n")[0] for line in messages(checked)] == [message]


def test_an_escaped_lone_surrogate_is_an_error_at_its_line(each_parser: None) -> None:
    checked = read_yaml('a: b\ntitle: "x \\ud800 y"\n', "p.yaml")
    assert checked.value is None
    assert codes(checked) == ["yaml-bad-character"]
    assert checked.problems[0].span is not None
    assert checked.problems[0].span.line == 2


def test_several_mistakes_are_gathered_in_one_reading() -> None:
    assert codes(read_yaml("a: 1\na: !x 2\nb: &c d\ne: *c\n", "p.yaml")) == [
        "yaml-duplicate-key", "yaml-tag", "yaml-alias",
    ]  # fmt: skip


def test_text_that_is_lost_to_a_comment_is_a_warning(each_parser: None) -> None:
    checked = read_yaml("title: We are #1 here\nb: x # a note\nc: '#1'  #\nd: C#\n", "p.yaml")
    assert checked.value is not None
    assert checked.value.value == {"title": "We are", "b": "x", "c": "#1", "d": "C#"}
    message = "p.yaml:1:15: warning[yaml-comment]: '#1 here' is read as a comment, not as text"
    hint = "put the whole text in quotes, or write a space after '#'"
    assert messages(checked) == [f"{message}\n  hint: {hint}"]


def test_an_alias_bomb_is_refused_in_no_time_and_no_memory(each_parser: None) -> None:
    levels = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    tracemalloc.start()
    start = time.perf_counter()
    checked = read_yaml("\n".join(levels), "p.yaml")
    assert time.perf_counter() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    assert checked.value is None
    assert codes(checked) == ["yaml-alias"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "- " * 100_000,
        "{a: " * 100_000,
        "? " * 100_000,
        "a: '" + "x\n" * 100_000,
        "&a " * 50_000,
    ],
    ids=lambda text: text[:6],
)
def test_a_text_made_to_exhaust_the_parser_ends_soon(text: str) -> None:
    start = time.perf_counter()
    assert read_yaml(text, "p.yaml").value is None
    assert time.perf_counter() - start < 2


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str)


PIECES = [*"\n\n  ab:-?,[]{}#&*!|>'\"%@`~\t\\0xu.=<😀\u2028\ufeff\x00\ud800"]
PIECES += ["a: ", "- ", "  ", "---\n", "...\n", "!!str ", "&a ", "*a", ": ", '"\\', "%YAML 1.1\n", "|2-\n"]
YAMLISH = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=400, deadline=None)
@given(text=YAMLISH | st.text(max_size=60), parser=st.sampled_from([p for p in PARSERS.values() if p]))
@example(text="\ufeff\n,", parser=from_yaml.LOADER)
def test_reading_any_text_as_yaml_gives_a_plain_value_or_problems_and_never_raises(
    text: str, parser: Any
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(from_yaml, "LOADER", parser)
        checked = read_yaml(text, "p.yaml", 3)
        decoded = decode(text.encode(errors="surrogatepass"), "p.yaml")
        if decoded.value is not None:
            read_yaml(decoded.value, "p.yaml")
    if checked.value is None:
        assert any(problem.severity is Severity.ERROR for problem in checked.problems)
    else:
        assert _is_plain(checked.value.value)
    for problem in checked.problems:
        assert problem.hint
        assert problem.span is not None
        assert problem.span.line >= 3
        assert "\n" not in problem.message


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.text(
                    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), min_size=1, max_size=8
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_json_text_reads_alike_as_json_and_as_yaml_and_survives_byte_for_byte(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    from_json = read_json(text, "p.json")
    assert from_json.value is not None
    assert from_json.value.value == value
    assert value_of(text) == value


def test_nothing_in_the_builder_reads_yaml_in_any_other_way() -> None:
    allowed = {
        "parse",
        "compose",
        "CSafeLoader",
        "SafeLoader",
        "YAMLError",
        "MarkedYAMLError",
        "MappingNode",
        "SequenceNode",
    }
    readers = {}
    for path in sorted(Path(builder.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        foreign = {
            name for name in modules if name.split(".")[0] in ("yaml", "ruamel", "oyaml", "strictyaml")
        }
        if foreign:
            assert foreign == {"yaml"}, path
            readers[path.name] = {
                node.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "yaml"
            }
    assert set(readers) <= {"from_yaml.py", "yaml_mistakes.py", "vega.py"}
    used = set().union(*readers.values())
    assert {name for name in used if not name.endswith("Event")} <= allowed


# --- JSON ----------------------------------------------------------------------------------------------


def test_json_keeps_its_types_and_knows_its_places() -> None:
    source = read_json(
        '[\n {"id": "a", "year": 2024, "ok": true, "none": null, "f": 2.5}\n]\n', "r.json"
    ).value
    assert source is not None
    assert source.value == [{"id": "a", "year": 2024, "ok": True, "none": None, "f": 2.5}]
    assert source.place(0) == Span("r.json", 2, 2)
    assert source.place(0, "id", "~key") == Span("r.json", 2, 3)
    assert source.place(0, "year") == Span("r.json", 2, 22)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "json-syntax", "1:1"),
        ('[{"a": 1,\n "b" 2}]', "json-syntax", "2:6"),
        ('{"a": "x\ny"}', "json-syntax", "1:9"),
        ("[1, 2", "json-syntax", "1:6"),
        ('{"a": 1,\n "a": 2}', "json-duplicate-key", "2:2"),
        ("[" * 5000, "json-too-deep", "1:41"),
        ('{"a":' * 5000, "json-too-deep", "1:201"),
        ('{"a": "x\\ud800"}', "json-bad-character", "1:7"),
        ('{"a": "x\\u0000"}', "json-bad-character", "1:7"),
        ("[" + "9" * 5000 + "]", "json-bad-number", "1:2"),
        ("[1e999]", "json-bad-number", "1:2"),
        ("[NaN]", "json-bad-number", "1:2"),
    ],
)
def test_a_mistake_in_json_has_a_code_and_a_place(text: str, code: str, place: str) -> None:
    checked = read_json(text, "r.json")
    assert checked.value is None
    assert [f"{problem.code} {problem.span}" for problem in checked.problems] == [f"{code} r.json:{place}"]
    assert all(problem.hint for problem in checked.problems)


def test_json_made_to_exhaust_the_scanner_ends_soon() -> None:
    start = time.perf_counter()
    assert read_json('["' + '\\"' * 200_000, "r.json").value is None
    assert time.perf_counter() - start < 2


@given(st.text('[]{}":,\\ \n0123456789eE.-+tfnualsrxNIity/\ud800', max_size=40) | st.text(max_size=40))
def test_reading_any_text_as_json_gives_a_value_or_problems_and_never_raises(text: str) -> None:
    checked = read_json(text, "r.json")
    assert (checked.value is None) == bool(checked.problems)


# --- shapes --------------------------------------------------------------------------------------------


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Author(Shape):
    name: Text
    affiliation: Text | None = None


class Entry(Shape):
    file: Text
    sections: list[EntryOrName] = []


EntryOrName = Annotated[
    Entry, BeforeValidator(lambda value: {"file": value} if isinstance(value, str) else value)
]
Entry.model_rebuild()


def _small(value: str) -> str:
    if value != value.lower():
        raise ValueError("expected small letters")
    return value


Small = Annotated[str, BeforeValidator(_small)]


class Report(Shape):
    title: Text
    date: Day
    default_clearance: Text = Field(description="who may read what says nothing else")
    authors: list[Author] = Field(default=[], min_length=1)
    numbered: Flag | None = None
    max_pages: Whole | None = Field(default=None, ge=1, le=100)
    role: Literal["chapter", "summary"] = "chapter"
    note: LongText = ""
    variables: dict[Small, LongText] = {}
    sections: list[EntryOrName] = []


GOOD = "title: T\ndate: 2026-11-24\ndefault_clearance: public\n"


def shape_of(text: str) -> Checked[Report | None]:
    source = read_yaml(text, "p.yaml").value
    assert source is not None
    return read_shape(Report, source)


def test_a_good_file_becomes_its_shape() -> None:
    text = "numbered: false\nmax_pages: 12\nnote: |\n  a\n  b\n"
    text += "sections: [a.md, {file: b.md, sections: [c.md]}]\n"
    assert shape_of(GOOD + text) == Checked(
        Report(
            title="T",
            date=date(2026, 11, 24),
            default_clearance="public",
            numbered=False,
            max_pages=12,
            note="a\nb\n",
            sections=[Entry(file="a.md"), Entry(file="b.md", sections=[Entry(file="c.md")])],
        )
    )


@pytest.mark.parametrize("case", cases("shapes.txt"), ids=attrgetter("name"))
def test_a_wrong_part_is_named_with_its_place_and_what_to_do(case: Case) -> None:
    checked = shape_of(GOOD + case.text)
    assert checked.value is None
    assert "\n".join(messages(checked)) == case.expected


def test_missing_keys_say_what_to_write_and_stand_at_the_start_of_their_mapping() -> None:
    checked = shape_of("note: x\n")
    assert {str(problem.span) for problem in checked.problems} == {"p.yaml:1:1"}
    assert [(problem.message, problem.hint) for problem in checked.problems] == [
        ("'date' is missing", "add 'date: YYYY-MM-DD'"),
        ("'default_clearance' is missing", "add 'default_clearance: …': who may read what says nothing else"),
        ("'title' is missing", "add 'title: …'"),
    ]


@pytest.mark.parametrize(("text", "found"), [("- a\n- b\n", "a list"), ("x\n", "text 'x'")])
def test_a_file_that_holds_no_keys_is_named_as_such(text: str, found: str) -> None:
    message = f"p.yaml:1:1: error[wrong-type]: expected keys and values, found {found}"
    hint = "write 'key: value' lines, indented below the key"
    assert messages(shape_of(text)) == [f"{message}\n  hint: {hint}"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("24.11.2026", "expected a date, found text '24.11.2026'"),
        ("2026-02-30", "expected a date that exists, found text '2026-02-30'"),
        ("20261124", "expected a date, found text '20261124'"),
        ("[2026]", "expected a date, found a list"),
    ],
)
def test_a_day_is_a_date_that_exists_in_one_form(written: str, message: str) -> None:
    checked = shape_of(f"title: T\ndate: {written}\ndefault_clearance: public\n")
    assert [problem.message for problem in checked.problems] == [message]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("''", "expected text, found nothing"),
        ("'  '", "expected text, found nothing"),
        ("", "expected text, found nothing"),
        ('"a\\nb"', "expected one line of text, found text 'a b'"),
        ("|\n  a\n  b", "expected one line of text, found text 'a b'"),
    ],
)
def test_a_text_is_one_line_that_is_not_empty(written: str, message: str) -> None:
    checked = shape_of(f"title: {written}\ndate: 2026-11-24\ndefault_clearance: public\n")
    assert [problem.message for problem in checked.problems] == [message]


def test_a_folded_title_is_one_line() -> None:
    checked = shape_of("title: >\n  A\n  b\ndate: 2026-11-24\ndefault_clearance: public\n")
    assert checked.value is not None
    assert checked.value.title == "A b"


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.sampled_from(["1", "true", "2026-11-24", "chapter"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*Report.model_fields, "name", "file", "x"]), inner, max_size=4)
        ),
        max_leaves=15,
    )
)
def test_any_value_is_a_shape_or_gives_problems_and_never_raises(value: Any) -> None:
    checked = read_shape(Report, Source(value, {(): Span("p.yaml", 1, 1)}))
    assert (checked.value is None) == bool(checked.problems)
    for problem in checked.problems:
        assert problem.message[0].islower() or problem.message[0] == "'"
        assert not problem.message.endswith(".")
