"""The handbook is true: it names what there is, and what it shows can be done as it is shown."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from builder import __version__, schema
from builder.cli import main
from builder.codes import CODES
from builder.markdown.vocabulary import COMPONENTS
from builder.sources import read_shape, read_yaml
from builder.themes import shape as theme_shape

ROOT = Path(__file__).resolve().parents[1]
HANDBOOK = ROOT / "content" / "publications" / "handbook"
FILES = sorted(HANDBOOK.glob("*.md"))


@dataclass(frozen=True)
class Example:
    """A fenced code block of the handbook."""

    file: str
    line: int
    language: str
    marks: tuple[str, ...]
    text: str
    after: str
    """What follows the block."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def examples_in(path: Path) -> Iterator[Example]:
    """The fenced code blocks of a file; a fence ends at one of the same length."""
    lines = path.read_text("utf-8").split("\n")
    number = 0
    while number < len(lines):
        opening = re.fullmatch(r"( *)(`{3,})([^`]*)", lines[number])
        number += 1
        if opening is None:
            continue
        start = number
        while lines[number] != opening[1] + opening[2]:
            number += 1
        text = "\n".join(line.removeprefix(opening[1]) for line in lines[start:number])
        language, *marks = opening[3].split() or [""]
        number += 1
        yield Example(path.name, start, language, tuple(marks), text, "\n".join(lines[number:]).strip("\n"))


EXAMPLES = [example for path in FILES for example in examples_in(path)]


def text_of(*names: str) -> str:
    """The chapters of these names, or all of them."""
    paths = [HANDBOOK / f"{name}.md" for name in names] or FILES
    return "\n".join(path.read_text("utf-8") for path in paths)


def marked(mark: str, language: str = "markdown") -> list[Example]:
    """The examples that are tried in one way."""
    return [e for e in EXAMPLES if e.language == language and any(m.split("=")[0] == mark for m in e.marks)]


def in_code(word: str, text: str) -> bool:
    """Whether a word stands in code, alone or among others."""
    return re.search(rf"`[^`\n]*(?<![\w-]){re.escape(word)}(?![\w-])[^`\n]*`", text) is not None


def options_of(command: click.Command) -> set[str]:
    """The spellings of a command's options, help included."""
    context = click.Context(command)
    return {spelling for p in command.get_params(context) for spelling in p.opts if spelling.startswith("-")}


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_and_its_options_are_named(name: str) -> None:
    """The chapter on commands has a heading for each command, and names each of its options in code."""
    text = text_of("commands")
    assert f"\n## {name}\n" in text
    assert {option for option in options_of(main.commands[name]) if not in_code(option, text)} == set()


def test_the_options_of_every_command_are_named() -> None:
    """The chapter on commands names the options that stand before a command."""
    assert {option for option in options_of(main) if not in_code(option, text_of("commands"))} == set()


CHAPTERS = {
    "AudienceShape": "audiences",
    "AudiencesShape": "audiences",
    "FrontShape": "front-matter",
    "SnippetShape": "front-matter",
    "TranslatedFrontShape": "languages",
    "TranslatedSnippetShape": "languages",
    "TranslationShape": "languages",
    "EditionTranslationShape": "languages",
    "AudienceTranslationShape": "languages",
    "FontShape": "themes",
    "ThemeShape": "themes",
    "TokensShape": "themes",
}
"""Where the keys of a shape are described; those of all others stand with publication.yaml."""
SHAPES = [
    value
    for value in {**vars(schema), **vars(theme_shape)}.values()
    if isinstance(value, type) and issubclass(value, schema.Shape) and value is not schema.Shape
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_key_is_named(shape: type[BaseModel]) -> None:
    """The reference names each key that people can write, in code, in the chapter where it belongs."""
    text = text_of(CHAPTERS.get(shape.__name__, "publication-yaml"))
    assert {key for key in shape.model_fields if not in_code(key, text)} == set()


@pytest.mark.parametrize("name", [name for name in COMPONENTS if name])
def test_every_component_is_shown(name: str) -> None:
    """Each component stands in the table of components and is shown with its own source somewhere."""
    assert f"\n| `{name}` |" in text_of("components")
    assert any(re.search(rf"^:::+ {name}\b", example.text, re.MULTILINE) for example in marked("live"))


@pytest.mark.parametrize("code", CODES)
def test_every_message_is_explained(code: str) -> None:
    """Each code has an entry that begins with its sentence and says what to do."""
    entry = re.search(rf"^`{code}`\n: (.+)$", text_of("messages"), re.MULTILINE)
    assert entry is not None
    sentence, words = CODES[code].replace("'", ""), entry[1].replace("`", "").replace("'", "")
    assert words.startswith(sentence)
    assert words.removeprefix(sentence).strip()


def test_no_message_is_explained_that_is_gone() -> None:
    """The chapter on messages has no entry for a code that the builder does not know."""
    assert set(re.findall(r"^`([a-z0-9-]+)`\n: ", text_of("messages"), re.MULTILINE)) == set(CODES)


def test_every_module_stands_on_its_floor() -> None:
    """The chapter on architecture names each module and folder of the package."""
    names = {
        path.name + ("/" if path.is_dir() else "")
        for path in (ROOT / "builder").iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }
    assert {name for name in names if f"`{name}`" not in text_of("architecture")} == set()


def command_lines() -> list[tuple[Example, str]]:
    """Every line of the blocks of commands."""
    return [(e, line) for e in EXAMPLES if e.language == "sh" for line in e.text.split("\n") if line.strip()]


@pytest.mark.parametrize(("example", "line"), command_lines(), ids=str)
def test_every_command_line_can_be_typed(
    example: Example, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that is shown exists, with the options that it is shown with; nothing is run."""
    words = shlex.split(line)
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        for word in words[1:]:
            assert re.search(rf"^{word}:|\b{word.split('=')[0]}\b=?", makefile, re.MULTILINE), word
        return
    assert words[0] == "builder"
    for command in (main, *main.commands.values()):
        monkeypatch.setattr(command, "callback", lambda *args, **options: None)
    result = CliRunner().invoke(main, words[1:])
    assert result.exit_code == 0, result.output


WHOLE = {
    "publication": schema.PublicationShape,
    "audiences": schema.AudiencesShape,
    "front-matter": schema.FrontShape,
    "snippet": schema.SnippetShape,
    "translation": schema.TranslatedFrontShape,
    "theme": theme_shape.ThemeShape,
}


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.language == "yaml" and e.marks], ids=str)
def test_every_whole_yaml_example_has_its_shape(example: Example) -> None:
    """YAML that is shown as a whole file is read without a problem."""
    source = read_yaml(example.text, str(example))
    assert source.value is not None, source.problems
    shape = read_shape(WHOLE[example.marks[0]], source.value)
    assert (source.problems, shape.problems) == ((), ())


def test_the_publication_in_two_languages_builds_as_it_is_shown(tmp_path: Path) -> None:
    """The example of the chapter on languages, with a text for each section, has an edition for each language."""
    examples = {e.marks[0]: e.text for e in EXAMPLES if e.file == "languages.md" and e.language == "yaml"}
    titled = PROJECT.replace(
        "clearance: public}", "clearance: public, translations: {mn: {title: Олон нийт}}}"
    )
    book = tmp_path / "content" / "publications" / "book"
    book.mkdir(parents=True)
    for path, text in {
        tmp_path / "content" / "audiences.yaml": titled,
        book / "publication.yaml": examples["publication"],
        book
        / "summary.md": "---\nid: summary\ntitle: Summary\n---\nThe WTO, []{var=share}. [Shut]{clearance=internal}\n",
        book
        / "summary.mn.md": f"---\n{examples['translation']}\n---\nWTO, []{{var=share}}. []{{clearance=internal}}\n",
        book / "exports.md": "---\nid: exports\ntitle: Exports\n---\nWords.\n",
    }.items():
        path.write_text(text, "utf-8")
    assert checked("--project", str(tmp_path), "check", "--json") == {"old-translation"}
    listed = CliRunner().invoke(main, ["--project", str(tmp_path), "list", "--json"])
    assert list(json.loads(listed.stdout)["publications"][0]["editions"]) == ["public", "public.mn", "press"]


@pytest.mark.parametrize("example", marked("live"), ids=str)
def test_every_live_example_is_followed_by_itself(example: Example) -> None:
    """What the source of a construct is said to make is made from that very source."""
    assert example.after.startswith(example.text + "\n") or example.after == example.text


@pytest.mark.parametrize("example", [*marked("file"), *marked("file", "csv")], ids=str)
def test_every_file_that_is_shown_is_the_file(example: Example) -> None:
    """A file of the handbook is shown as it is."""
    name = next(mark.removeprefix("file=") for mark in example.marks if mark.startswith("file="))
    assert (HANDBOOK / name).read_text("utf-8").strip("\n") == example.text


PROJECT = """\
clearances: [public, press, restricted, internal]
audiences:
  public: {title: The public, clearance: public}
  press: {title: The press, clearance: press}
  analysts: {title: Analysts, clearance: restricted}
  ministers: {title: Ministers, clearance: restricted}
"""
PUBLICATION = """\
title: One example
language: en
date: 2026-11-24
default_clearance: public
sections: [example.md]
editions: {public: {}}
"""


def codes_of(text: str, folder: Path) -> set[str]:
    """The codes of what `builder check` says about a project whose only section has this text."""
    book = folder / "content" / "publications" / "book"
    book.mkdir(parents=True)
    (folder / "content" / "audiences.yaml").write_text(PROJECT, "utf-8")
    (book / "publication.yaml").write_text(PUBLICATION, "utf-8")
    (book / "example.md").write_text(f"---\nid: example\ntitle: Example\n---\n{text}\n", "utf-8")
    return checked("--project", str(folder), "check", "--json")


def checked(*arguments: str) -> set[str]:
    """The codes that a check reports."""
    result = CliRunner().invoke(main, arguments)
    return {problem["code"] for problem in json.loads(result.stdout)}


@pytest.mark.parametrize("example", marked("error"), ids=str)
def test_every_mistake_that_is_shown_is_an_error(example: Example, tmp_path: Path) -> None:
    """What the handbook says stops the build does so, with the code that stands there."""
    code = next(mark.removeprefix("error=") for mark in example.marks if mark.startswith("error="))
    assert code in codes_of(example.text, tmp_path)


def test_the_handbook_checks_without_a_problem() -> None:
    """All editions of the handbook resolve without an error or a warning."""
    assert checked("--project", str(ROOT), "check", "--publication", "handbook", "--json") == set()


def test_the_handbook_names_the_version_that_it_describes() -> None:
    """The variable `version` is the version of the builder."""
    assert f'\n  version: "{__version__}"\n' in (HANDBOOK / "publication.yaml").read_text("utf-8")


def test_every_fence_that_is_marked_is_tried() -> None:
    """No code block carries a mark that no test knows."""
    known = {"live", "error", "file", "brand", *WHOLE}  # The brand is built in test_themes.py.
    assert {mark.split("=")[0] for example in EXAMPLES for mark in example.marks} - known == set()
