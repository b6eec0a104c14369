"""Every message of the builder, word for word, with what causes it: the cases of tests/cases."""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from support.project import AUDIENCES, BOOK, PUBLICATION, job, make_project, overlaid_templates, section
from support.signing import need

from builder.cli import main
from builder.codes import CODES
from builder.diagnostics import BuildProblem, Diagnostic, unique
from builder.examine import check_all
from builder.load import load
from builder.matrix import make_matrix, unused_audiences
from builder.orders import Order
from builder.pipeline import build
from builder.save import prepare_output
from builder.world import World

FOLDER = Path(__file__).parent / "cases"
STOCK = {"content/audiences.yaml": AUDIENCES, f"{BOOK}/publication.yaml": PUBLICATION}
WITHOUT_CASE = {"internal", "environment", "print-rule", "worker-died", "worker-differs"}
"""Codes that no input can cause."""
WITHOUT_PLACE = {
    "bad-output", "engine", "epub-package", "inaccessible", "incomplete", "leak-control", "missing-glyph",
    "no-page-list", "not-for-distribution", "over-budget", "over-limit", "plain-cover", "thick-booklet", "unknown-revision",
}  # fmt: skip
"""Codes of what is to say of a finished file as a whole, or of a word on the command line."""
MESSAGE = re.compile(
    r"(?P<place>[^\s:]+(:\d+(:\d+)?)?: )?(error|warning|note)\[(?P<code>[a-z0-9-]+)\]: "
    r"(?P<text>[^\n]+)(?P<hint>\n  hint: [^\n]+)?"
)


@dataclass(frozen=True)
class Case:
    """One case of a file in tests/cases: files over the stock project, and what is said of them."""

    path: Path
    code: str
    title: str
    files: dict[str, str | bytes]
    order: tuple[str, ...]
    """The words after `messages`: an audience or `all`, a target to build, `language=…`, `output=…`, or a command."""
    sizes: dict[str, int]
    """Sizes of files that are stretched with zero bytes which no disk has to hold."""
    expected: str
    lines: tuple[int, int]
    """The lines of the expectation in the file, from 0, fences included."""

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.title}"


def read_cases(path: Path) -> list[Case]:
    """The cases of one file."""
    found: list[Case] = []
    title, files, sizes = "", {}, {}
    tokens = MarkdownIt("commonmark").parse(path.read_text("utf-8"))
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            title, files, sizes = tokens[index + 1].content, {}, {}
        elif token.type == "fence":
            name, *words = token.info.split()
            if name == "messages":
                code = title.split(":")[0]
                found.append(
                    Case(
                        path,
                        code,
                        title,
                        files,
                        tuple(words),
                        sizes,
                        token.content.rstrip("\n"),
                        tuple(token.map),
                    )
                )
            else:
                place, content = file_of(name, words, token.content)
                files[place] = content
                for word in words:
                    if word.startswith("size="):
                        sizes[place] = int(word[5:])
    return found


def file_of(name: str, words: list[str], text: str) -> tuple[str, str | bytes]:
    """The path of a file from the root of the project, and what stands in it."""
    if name == "text":
        return f"{BOOK}/one.md", section(text)
    place = name.removeprefix("/") if name.startswith("/") else f"{BOOK}/{name}"
    if words == ["bytes"]:
        return place, as_bytes(text)
    return place, STOCK[place] + text if words == ["appended"] else text


def as_bytes(text: str) -> bytes:
    """Bytes from text in which `\\xff` and the like stand for one byte each; the last line has no end."""
    return text.removesuffix("\n").encode("latin-1").decode("unicode_escape").encode("latin-1")


CASES = [case for path in sorted(FOLDER.glob("*.md")) for case in read_cases(path)]


def messages_of(case: Case, root: Path, cache: Path) -> str:
    """What `builder check` says of a case, or the build of one file where the case names a target."""
    world = make_project(root, case.files)
    for name, size in case.sizes.items():
        os.truncate(root / name, size)
    if any(name.startswith("templates/") for name in case.files):
        world = World(root, overlaid_templates(root / "templates"))
    if case.order[:1] == ("builder",):
        return said_by_command(case.order[1:], root, cache)
    options = dict(word.split("=") for word in case.order if "=" in word)
    words = [word for word in case.order if "=" not in word]
    audience = words[0] if words else "public"
    language = options.get("language", "en")
    problems: list[Diagnostic] = []
    try:
        if "output" in options:
            prepare_output(root / options["output"], root)
        elif len(words) > 1:
            problems += build(Order(job(audience, words[1], language), root, world.templates, cache)).problems
        else:
            loaded = load(world)
            problems += loaded.problems
            if loaded.value is not None and loaded.value.publications:
                if audience == "matrix":
                    book = loaded.value.publication("book")
                    problems += make_matrix(loaded.value, book, world, {}).problems
                    problems += unused_audiences(loaded.value)
                    audience = "public"
                jobs = loaded.value.jobs() if audience == "all" else [job(audience, language=language)]
                problems += check_all(loaded.value, jobs, world)
    except BuildProblem as stop:
        problems += stop.problems
    return "\n".join(map(str, unique(problems))).replace(f"{root}/", "")


def said_by_command(words: tuple[str, ...], root: Path, cache: Path) -> str:
    """The messages of a command on a case."""
    if "--key" in words:
        need("ssh-keygen")
    (root / "output/.cache").mkdir(parents=True)
    (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    with contextlib.chdir(root):
        result = CliRunner().invoke(main, ["--quiet", *words])
    lines = result.stderr.rstrip("\n").replace(f"{root}/", "").split("\n")
    return "\n".join(line for line in lines if not re.fullmatch(r"\d+ errors?", line))


def accept(case: Case, said: str) -> None:
    """Writes an expectation into the file of its case."""
    now = next(each for each in read_cases(case.path) if each.title == case.title)
    lines = case.path.read_text("utf-8").split("\n")
    lines[now.lines[0] + 1 : now.lines[1] - 1] = said.split("\n")
    case.path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_builder_says_what_the_case_expects(
    case: Case, tmp_path: Path, cache: Path, request: pytest.FixtureRequest
) -> None:
    """The messages about the files of a case are those that it lists, to the letter."""
    said = messages_of(case, tmp_path.resolve(), cache)
    if request.config.getoption("--accept"):
        assert not hasattr(request.config, "workerinput"), "--accept needs a run without -n"
        accept(case, said)
    else:
        assert said == case.expected


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_shows_the_code_that_its_heading_names(case: Case) -> None:
    """The code in the heading is among the messages, and each message reads like every other."""
    found = list(MESSAGE.finditer(case.expected))
    assert "\n".join(match[0] for match in found) == case.expected
    assert case.code in [match["code"] for match in found]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_message_says_where_and_what_to_do(case: Case) -> None:
    """A message has a place unless it is about a finished file, no full stop, and a hint below it."""
    for match in MESSAGE.finditer(case.expected):
        assert match["place"] or match["code"] in WITHOUT_PLACE, match[0]
        assert not match["text"].endswith("."), match[0]
        assert not match["text"][0].isupper() or match["text"].split()[0].isupper(), match[0]
        assert match["hint"], match[0]


def test_every_code_has_a_case() -> None:
    """No message is without an example of what causes it, and no example is of a code that is gone."""
    assert {case.code for case in CASES} == set(CODES) - WITHOUT_CASE


def test_no_two_cases_have_the_same_name() -> None:
    """A case is known by its heading."""
    assert [name for name, count in Counter(str(case) for case in CASES).items() if count > 1] == []
