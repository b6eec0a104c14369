"""A file whose inputs are unchanged is not made again, and one whose inputs changed always is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.project import BOOK, PUBLICATION, TEMPLATES, make_project, section

from builder.cli import main
from builder.diagnostics import Checked
from builder.load import load, load_again
from builder.store import hash_folders
from builder.world import World
from builder.writers import epub as epub_writer

FILE = "book/public/book-public.epub"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Builds the stock book's public ebook and returns the paths of the files that were made this time."""
    from test_hostile import COVER

    monkeypatch.setattr(epub_writer, "_cover", lambda *_: Checked(COVER))
    files = {f"{BOOK}/one.md": section("See ![A dot](../../shared/dot.svg)."), "content/shared/dot.svg": SVG}
    root = make_project(tmp_path / "project", files).root
    templates = root / "templates"
    for source in TEMPLATES.rglob("*"):
        target = templates / source.relative_to(TEMPLATES)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())

    def build(*options: str) -> list[str]:
        before = {path: path.stat().st_mtime_ns for path in (root / "output").rglob("*.epub")}
        arguments = ["--project", str(root), "build", "--audience", "public", "--target", "epub", *options]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        after = {path: path.stat().st_mtime_ns for path in (root / "output").rglob("*.epub")}
        return [path.name for path, time in after.items() if before.get(path) != time]

    build.root = root
    return build


def test_a_second_build_makes_nothing_and_says_the_same(desk) -> None:
    """Nothing is written, and build.json stays byte for byte as it was."""
    assert desk() == ["book-public.epub"]
    manifest = (desk.root / "output/build.json").read_bytes()
    assert desk() == []
    assert (desk.root / "output/build.json").read_bytes() == manifest


def test_whatever_a_file_was_made_from_makes_it_stale(desk) -> None:
    """A word of a section, an audience's title, a style, a picture of another folder, a new file beside the text."""
    desk()
    for path, old, new in (
        (f"{BOOK}/two.md", "second text", "other text"),
        ("content/audiences.yaml", "The public", "Everybody"),
        ("templates/epub/book.css", "body", "body "),
        ("content/shared/dot.svg", "h9v9", "h8v8"),
        (f"{BOOK}/publication.yaml", "A stock book", "Another book"),
    ):
        file = desk.root / path
        assert old in file.read_text("utf-8"), path
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
        assert desk() == ["book-public.epub"], path
        assert desk() == [], path
    (desk.root / f"{BOOK}/unused.csv").write_text("a\n1\n")
    assert desk() == ["book-public.epub"]


def test_a_finished_file_that_was_touched_is_made_again(desk) -> None:
    """A file that somebody changed, emptied or removed is not taken for the one that was built."""
    desk()
    file = desk.root / "output" / FILE
    good = file.read_bytes()
    for spoil in (lambda: file.write_bytes(good + b" "), lambda: file.write_bytes(b""), file.unlink):
        spoil()
        desk()
        assert file.read_bytes() == good


def test_a_choice_of_sections_is_a_file_of_its_own(desk) -> None:
    """What was built with `--without` is never taken for the whole edition."""
    desk()
    whole = (desk.root / "output" / FILE).read_bytes()
    (desk.root / f"{BOOK}/two.md").write_text(section("Second.", identity="two"))
    desk("--without", "one")
    assert (desk.root / "output" / FILE).read_bytes() != whole
    assert desk() == ["book-public.epub"]


def test_a_warning_is_said_at_every_build(desk) -> None:
    """A file with a warning is made again, so that nobody misses what it says."""
    (desk.root / f"{BOOK}/two.md").write_text(section("![Gone](gone.png)", identity="two"))
    assert desk() == ["book-public.epub"]
    assert desk() == ["book-public.epub"]


def test_a_record_that_is_broken_is_no_record(desk) -> None:
    """Whatever lies in the cache, a build is right."""
    desk()
    for record in (desk.root / "output/.cache/done").iterdir():
        for spoiled in ("", "[]", "{", json.dumps({"sha256": 1}), json.dumps({"elsewhere": 3})):
            record.write_text(spoiled)
            assert desk() == ["book-public.epub"]


def test_builds_after_random_edits_are_those_of_a_clean_folder(desk, tmp_path: Path) -> None:
    """Each of a row of edits, some taken back, gives byte for byte what a build without a cache gives."""
    dice = random.Random(20261125)
    words = ["alpha", "beta", "gamma"]
    for step in range(8):
        number = dice.choice(["one", "two"])
        (desk.root / f"{BOOK}/{number}.md").write_text(
            section(" ".join(dice.choices(words, k=3)), identity=number)
        )
        desk()
        clean = tmp_path / f"clean-{step}"
        cache = desk.root / "output/.cache/done"
        cache.rename(tmp_path / "aside")
        desk("--output", str(clean))
        if cache.exists():
            for record in cache.iterdir():
                record.unlink()
            cache.rmdir()
        (tmp_path / "aside").rename(cache)
        assert (desk.root / "output" / FILE).read_bytes() == (clean / FILE).read_bytes()


def test_a_publication_is_read_once_while_it_is_as_it_was(tmp_path: Path) -> None:
    """The second reading gives the same value and logs the same inputs; a change here or in another folder is seen."""
    shared = '[{"id": "a", "type": "book", "title": "One"}]'
    own = PUBLICATION + "references: ../../shared/references.json\n"
    files = {"content/shared/references.json": shared, f"{BOOK}/publication.yaml": own}
    root = make_project(tmp_path, files).root

    def read() -> tuple[object, dict[str, str]]:
        world = World(root, TEMPLATES)
        made = load_again(world, "book")
        assert made.problems == ()
        return made.value, world.log

    first, log = read()
    assert (first, log) == (load(world := World(root, TEMPLATES), "book").value, world.log)
    assert read()[0] is first
    assert read()[1] == log
    for path, old, new in (
        (f"{BOOK}/one.md", "first text", "other text"),
        ("content/audiences.yaml", "The public", "Everybody"),
        ("content/shared/references.json", "One", "Two"),
    ):
        (root / path).write_text((root / path).read_text("utf-8").replace(old, new), "utf-8")
        assert read()[0] is not first, path
        first = read()[0]
        assert read()[0] is first, path
    (root / f"{BOOK}/two.md").unlink()
    assert load_again(World(root, TEMPLATES), "book").problems != ()
    assert load_again(World(root, TEMPLATES), "book").problems != ()


def test_the_hash_of_folders_sees_names_bytes_and_which_folder(tmp_path: Path) -> None:
    """Moving a byte from one file to the next, renaming one, or changing folders changes the hash; hidden files do not."""
    seen: list[str] = []
    for files in (
        {"a": "x", "b": "y"},
        {"a": "xy", "b": ""},
        {"a": "x", "c": "y"},
        {"b": "y", "a": "x", ".c": "z"},
    ):
        folder = tmp_path / str(len(seen)) / "f"
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        seen.append(hash_folders([folder]))
    assert len(set(seen)) == 3
    assert seen[3] == seen[0]
