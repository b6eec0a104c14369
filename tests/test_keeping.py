"""A file whose inputs are unchanged is not made again, and one whose inputs changed always is."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from support.project import AUDIENCES, BOOK, PUBLICATION, TEMPLATES, make_project, section
from test_hostile import COVER

from builder import pipeline
from builder import stamps as stamps_module
from builder.cli import main
from builder.desk.desk import Desk
from builder.desk.keeping import Keeper
from builder.diagnostics import Checked
from builder.folders import hash_folders
from builder.load import load, load_again
from builder.model import Job
from builder.orders import Order, load_for
from builder.stamps import Stamps, hash_machine
from builder.store import Store
from builder.system import system_versions
from builder.world import World
from builder.writers import epub as epub_writer

FILE = "book/public/book-public.epub"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Builds the stock book's public ebook and returns the paths of the files that were made this time."""
    monkeypatch.setattr(epub_writer, "draw_cover", lambda *_: Checked(COVER))
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
    (desk.root / f"{BOOK}/two.md").write_text(section("![Elsewhere](https://example.org/map.png)", identity="two"))
    assert desk() == ["book-public.epub"]
    assert desk() == ["book-public.epub"]


def test_a_record_that_is_broken_is_no_record(desk) -> None:
    """Whatever lies in the cache, a build is right."""
    desk()
    records = list((desk.root / "output/.cache/done").iterdir())
    assert len(records) == 4, "of the file, of what it was set from, of the build, and the stamps"
    for spoiled in ("", "[]", "{", *(json.dumps({key: 3}) for key in ("sha256", "elsewhere", "files"))):
        for record in records:
            record.write_text(spoiled)
        assert desk() == ["book-public.epub"]
    (own,) = (record for record in records if len(record.name) == 64)
    (request,) = (record for record in records if record.name.startswith("request-"))
    own.unlink()
    whole = json.loads(request.read_text())
    for key in whole:
        request.write_text(json.dumps({**whole, key: 3}))
        own.unlink(missing_ok=True)
        assert desk() == ["book-public.epub"], key


def test_what_would_be_set_is_set_only_where_it_differs(desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit of withheld words renews the certificate alone; one of metadata, or a spoiled file, sets the edition again."""
    real, calls = pipeline.WRITERS["epub"], []

    def write(*arguments):
        calls.append(arguments)
        return real(*arguments)

    def edit(path: str, old: str, new: str) -> int:
        calls.clear()
        file = desk.root / path
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
        desk()
        return len(calls)

    monkeypatch.setitem(pipeline.WRITERS, "epub", write)
    text = "Seen. [Secretly kept words.]{audience=staff}"
    (desk.root / f"{BOOK}/two.md").write_text(section(text, identity="two"))
    desk()
    file, leaks = desk.root / "output" / FILE, desk.root / ".private/book/public/leaks.json"
    good, certificate = file.read_bytes(), leaks.read_bytes()
    assert edit(f"{BOOK}/two.md", "Secretly kept words", "Secretly kept and longer words") == 0
    assert (file.read_bytes(), is_answered(desk.root)) == (good, True)
    assert leaks.read_bytes() != certificate
    assert edit(f"{BOOK}/publication.yaml", "date: 2026-11-24", "date: 2026-11-25") == 1
    assert file.read_bytes() != good
    assert edit("templates/epub/book.css", "body", "body ") == 1
    good = file.read_bytes()
    file.write_bytes(good + b" ")
    assert edit(f"{BOOK}/two.md", "longer", "much longer") == 1
    assert file.read_bytes() == good


def test_words_that_are_withheld_only_now_are_looked_for_in_a_file_that_is_not_set_again(desk) -> None:
    """What stands elsewhere in the open is a leak as soon as it is withheld, whoever set the file when."""
    (desk.root / f"{BOOK}/two.md").write_text(section("The hidden zebra count.", identity="two"))
    desk()
    publication = desk.root / f"{BOOK}/publication.yaml"
    (desk.root / f"{BOOK}/three.md").write_text(
        "---\nid: three\ntitle: Third\naudience: staff\n---\nThe hidden zebra count.\n"
    )
    publication.write_text(publication.read_text().replace("two.md]", "two.md, three.md]"))
    before = json.loads((desk.root / ".private/book/public/leaks.json").read_text())
    desk()
    after = json.loads((desk.root / ".private/book/public/leaks.json").read_text())
    name = FILE.rpartition("/")[2]
    assert len(after["files"][name]["withheld"]) > len(before["files"][name]["withheld"])


def test_a_file_that_was_edited_while_it_was_read_and_put_back_is_made_again(
    desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a build made of other words than stand there now is not taken for the file that these words make."""
    text, loads = desk.root / f"{BOOK}/two.md", Desk.project
    desk()
    good, then = text.read_bytes(), text.stat()

    def edited(self: Desk):
        text.write_text(section("Other words.", identity="two"))
        return loads(self)

    def put_back(*_):
        text.write_bytes(good)
        os.utime(text, ns=(then.st_atime_ns, then.st_mtime_ns))
        return Checked(COVER)

    (desk.root / "content/audiences.yaml").write_text(AUDIENCES.replace("The public", "Everybody"))
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "project", edited)
        patch.setattr(epub_writer, "draw_cover", put_back)
        assert desk() == ["book-public.epub"]
    assert b"Other words" in chapters(desk.root / "output" / FILE)
    assert desk() == ["book-public.epub"]
    assert b"Other words" not in chapters(desk.root / "output" / FILE)
    assert desk() == []


def test_a_finished_file_that_is_touched_before_the_build_ends_is_made_again(
    desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of a build is of the files that it made, not of what lies in their places when it ends."""
    settle = Keeper.settle
    file = desk.root / "output" / FILE

    def spoiled(self: Keeper, *arguments) -> None:
        file.write_bytes(file.read_bytes() + b" ")
        settle(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "settle", spoiled)
        assert desk() == ["book-public.epub"]
    assert not is_answered(desk.root)
    assert desk() == ["book-public.epub"]
    assert is_answered(desk.root)


def chapters(book: Path) -> bytes:
    with zipfile.ZipFile(book) as packed:
        return b"".join(packed.read(name) for name in packed.namelist() if name.endswith(".xhtml"))


def test_a_file_that_changes_between_two_readings_has_no_hash(tmp_path: Path) -> None:
    """What was made of two states of a file fits neither."""
    world = make_project(tmp_path)
    world.read_bytes(f"{BOOK}/one.md")
    once = world.log[f"{BOOK}/one.md"]
    world.read_bytes(f"{BOOK}/one.md")
    assert world.log[f"{BOOK}/one.md"] == once
    (tmp_path / f"{BOOK}/one.md").write_text("other")
    world.read_bytes(f"{BOOK}/one.md")
    assert world.log[f"{BOOK}/one.md"] == "changed while it was read"


REQUEST = [(), ("public",), (), ("epub",), (), ()]


def is_answered(root: Path) -> bool:
    """Whether the stock build is answered from the record of the last one, without loading the project."""
    folder = root / "output"
    return Keeper(World(root, root / "templates"), folder).recall(REQUEST) is not None


def test_a_build_without_anything_to_make_is_answered_from_the_record(desk) -> None:
    """Right after a build, and in the same words as the build that looks at everything."""
    desk()
    assert is_answered(desk.root)
    arguments = ["--project", str(desk.root), "build", "--audience", "public", "--target", "epub"]
    for more in ([], ["--json"]):
        answered = CliRunner().invoke(main, [*arguments, *more]).output
        for record in (desk.root / "output/.cache/done").glob("request-*"):
            record.unlink()
        assert not is_answered(desk.root)
        assert CliRunner().invoke(main, [*arguments, *more]).output == answered
        assert is_answered(desk.root)
    assert not CliRunner().invoke(main, ["-q", *arguments]).output


def test_whatever_a_build_would_see_is_seen_before_it_is_answered_from_the_record(
    desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content, templates, finished files, certificates, the program, its packages, what libraries read, the revision."""
    root = desk.root
    output = root / "output"
    edition = output / "book/public"
    git(root, "init")
    desk()

    def edit(path: Path) -> Callable[[], None]:
        """Changes one letter and puts size and time back."""

        def spoil() -> None:
            then, data = path.stat(), path.read_bytes()
            path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
            os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))

        return spoil

    ways: list[tuple[str, Callable[[], None]]] = [
        ("a new publication", lambda: write(root, {"content/publications/new/publication.yaml": "title: x"})),
        ("a new file in no publication", lambda: write(root, {"content/new.txt": ""})),
        ("a section that is gone", (root / f"{BOOK}/two.md").unlink),
        ("a section", edit(root / f"{BOOK}/two.md")),
        ("a style", edit(root / "templates/epub/book.css")),
        ("a new theme", lambda: write(root, {"templates/themes/new/theme.yaml": ""})),
        ("the file", edit(output / FILE)),
        ("no file", (output / FILE).unlink),
        ("the list of files", edit(output / "build.json")),
        ("no list of files", (output / "build.json").unlink),
        ("the sums", edit(edition / "SHA256SUMS")),
        ("the certificate", edit(edition / "leak-report.json")),
        ("the certificate's page", (edition / "leak-report.html").unlink),
        ("the private certificate", (root / ".private/book/public/leaks.json").unlink),
        ("a new revision", lambda: git(root, "add", "content") or git(root, "commit", "-m", "one")),
    ]
    for name, way in ways:
        assert is_answered(root), f"before {name}"
        saved = root.with_name("saved")
        shutil.copytree(root, saved, symlinks=True)
        way()
        assert not is_answered(root), name
        shutil.rmtree(root)
        saved.rename(root)
    monkeypatch.setenv("PANGO_LANGUAGE", "mn")
    assert not is_answered(root)
    monkeypatch.delenv("PANGO_LANGUAGE")
    package = root / "packages"
    (package / "odd-1.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(package)
    assert not is_answered(root)


def git(root: Path, *words: str) -> None:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *names, *words], cwd=root, check=True, capture_output=True)


def test_a_changed_program_makes_everything_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of the builder's own code counts as much as one of the content."""
    code = write(tmp_path, {"code/a.py": "1"}) / "code"
    monkeypatch.setattr(stamps_module, "CODE", code)
    store = Store(tmp_path / "store")
    before, _ = hash_machine(Stamps(store))
    assert hash_machine(Stamps(store))[0] == before
    (code / "a.py").write_text("2")
    assert hash_machine(Stamps(store))[0] != before


def test_what_a_program_made_is_not_kept_where_it_was_touched_while_it_was_loaded(
    desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was loaded may be older than what lies there: the next build makes everything again."""
    code = write(tmp_path, {"code/a.py": "1"}) / "code"
    touched = (code / "a.py").stat().st_ctime_ns
    monkeypatch.setattr(stamps_module, "CODE", code)
    monkeypatch.setattr(stamps_module, "_BEGAN", touched + 1)
    assert desk() == ["book-public.epub"]
    assert not is_answered(desk.root)
    assert desk() == ["book-public.epub"]
    monkeypatch.setattr(stamps_module, "_BEGAN", touched + 200_000_000)
    assert desk() == ["book-public.epub"]
    assert is_answered(desk.root)


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


def test_a_publication_is_read_again_where_a_theme_comes_and_not_where_a_style_changes(tmp_path: Path) -> None:
    """Of the templates, what is read of a publication depends on their names alone."""
    root, templates = make_project(tmp_path).root, tmp_path / "own"
    shutil.copytree(TEMPLATES, templates)
    first = load_again(World(root, templates), "book").value
    with (templates / "pdf/base.css").open("a") as style:
        style.write("p { color: red }")
    assert load_again(World(root, templates), "book").value is first
    shutil.copytree(templates / "themes/meridian", templates / "themes/own")
    assert load_again(World(root, templates), "book").value is not first


def test_a_publication_stays_as_it_was_read_for_a_run(tmp_path: Path) -> None:
    """All editions of one run are made from the same words, whatever is saved meanwhile; the next run reads again."""
    root = make_project(tmp_path).root
    order = Order(Job("book", "public", "en", "epub"), root, TEMPLATES, tmp_path / "cache")
    world, first = load_for(order, "run")
    (root / f"{BOOK}/one.md").write_text(section("Other words."), "utf-8")
    again, same = load_for(replace(order, job=replace(order.job, target="pdf")), "run")
    assert (same, again.log) == (first, world.log)
    assert load_for(order, "another run")[1].value != first.value
    assert load_for(order, "")[1].value != first.value


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


def test_the_hash_of_folders_follows_links_and_refuses_circles(tmp_path: Path) -> None:
    """A link counts as what it leads to, wherever that lies; one that leads round in a circle can't be hashed."""
    plain, linked = tmp_path / "plain", tmp_path / "linked"
    write(plain, {"a": "x", "more/b": "y"})
    write(tmp_path, {"else/b": "y", "linked/a": "x"})
    (linked / "more").symlink_to(tmp_path / "else")
    assert hash_folders([linked]) == hash_folders([plain])
    (plain / "more" / "round").symlink_to(plain)
    with pytest.raises(OSError, match="link in a linked folder"):
        hash_folders([plain])


@pytest.fixture
def stamps(tmp_path: Path) -> Stamps:
    """What is known of files, kept in a store of its own."""
    return Stamps(Store(tmp_path / "store"))


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_the_digest_of_folders_sees_names_and_bytes(stamps: Stamps, tmp_path: Path) -> None:
    """Moving a byte from one file to the next, or renaming one, changes the digest; hidden files do not."""
    kinds = (
        {"a": "x", "b": "y"},
        {"a": "xy", "b": ""},
        {"a": "x", "c": "y"},
        {"b": "y", "a": "x", ".c": "z", "__pycache__/d": "z"},
    )
    seen = [
        stamps.listing({"f": write(tmp_path / str(number), files)}).digest for number, files in enumerate(kinds)
    ]
    assert len(set(seen)) == 3
    assert seen[3] == seen[0]


def test_a_listing_sees_that_a_link_leads_elsewhere(stamps: Stamps, tmp_path: Path) -> None:
    """A link to another file of the same bytes is another link; one in a circle can't be listed."""
    write(tmp_path, {"one": "x", "two": "x", "f/g/h": "x"})
    link = tmp_path / "f/link"
    link.symlink_to(tmp_path / "one")
    before = stamps.listing({"f": tmp_path / "f"}).digest
    link.unlink()
    link.symlink_to(tmp_path / "two")
    assert stamps.listing({"f": tmp_path / "f"}).digest != before
    (tmp_path / "f/g/up").symlink_to(tmp_path / "f")
    assert not stamps.listing({"f": tmp_path / "f"}).is_whole


def age(path: Path, seconds: float = 100) -> None:
    """Gives a file a time that lies back."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_file_with_its_old_size_and_time_is_read_again(stamps: Stamps, tmp_path: Path) -> None:
    """Whoever puts the time of the last change back, or another file in its place, is found out."""
    file = write(tmp_path, {"a": "old"}) / "a"
    age(file)
    stamp, digest = stamps.look(str(file))
    kept = file.stat()
    file.write_text("new")
    os.utime(file, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == stamp[:2]
    assert stamps.look(str(file))[1] != digest
    other = write(tmp_path, {"b": "odd"}) / "b"
    os.utime(other, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    other.replace(file)
    assert stamps.look(str(file))[1] == hashlib.sha256(b"odd").hexdigest()


def test_bytes_are_read_again_only_where_a_stamp_can_not_be_trusted(
    stamps: Stamps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that lay still for a while is read once; one that was changed a moment ago, each time."""
    read: list[str] = []
    real = hashlib.file_digest

    def counted(file, kind):
        read.append(Path(file.name).name)
        return real(file, kind)

    file = str(write(tmp_path, {"a": "x"}) / "a")
    monkeypatch.setattr(hashlib, "file_digest", counted)
    stamps.look(file)
    stamps.look(file)
    assert read == ["a", "a"]
    later = time.time_ns() + 10_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: later)
    stamps.look(file)
    stamps.look(file)
    stamps.save()
    assert Stamps(stamps.store).look(file) == stamps.look(file)
    assert read == ["a", "a", "a"]


@pytest.mark.parametrize("odd", ["[]", "{", '{"PATH": 1}', '{"PATH": [1, 2, 3, 4, 5]}', '{"PATH": [1, 2, 3, 4, 5, 6]}'])
def test_stamps_that_can_not_be_read_are_none(tmp_path: Path, odd: str) -> None:
    """Whatever lies in the store, a file is read."""
    file = write(tmp_path, {"a": "x"}) / "a"
    write(tmp_path / "store", {"stamps": odd.replace("PATH", str(file))})
    assert Stamps(Store(tmp_path / "store")).look(str(file))[1] == hashlib.sha256(b"x").hexdigest()


def test_the_systems_own_libraries_are_named_as_the_engine_finds_them() -> None:
    """The versions are those of the libraries that WeasyPrint draws with, and each looks like one."""
    from weasyprint.text import ffi

    found = system_versions()
    number = ffi.pango.pango_version()
    assert found["pango"] == f"{number // 10_000}.{number // 100 % 100}.{number % 100}"
    assert {"pango", "harfbuzz", "fontconfig", "freetype", "fribidi", "zlib"} <= set(found)
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in found.values())
    assert ("harfbuzz-subset" in found) == (ffi.harfbuzz_subset is not None)


def test_versions_are_known_without_the_engine() -> None:
    """Asking for the versions loads neither WeasyPrint nor what it loads."""
    code = "import sys; from builder.system import system_versions; assert system_versions(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"weasyprint", "cffi", "pydyf", "fontTools"} & set(run.stdout.split())
