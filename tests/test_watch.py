"""`builder build --watch` builds again what an edit touches, says why in one line, and never gives up a good file."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchfiles
from support.project import BOOK, PUBLICATION, ROOT, make_project, section

from builder.desk import watching
from builder.desk.desk import Desk
from builder.desk.outcome import Outcome
from builder.desk.watching import what, why
from builder.diagnostics import Diagnostic
from builder.model import Deliverable, Job
from builder.stamps import Listing

PATIENCE = 120.0
"""Seconds after which a line is not expected to come any more."""
FILES = {
    f"{BOOK}/publication.yaml": PUBLICATION.replace(", analysts: {}, staff: {}", ""),
    f"{BOOK}/two.md": section("Second text. [For the press alone.]{audience=press}", identity="two"),
    "shared/dot.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>',
    f"{BOOK}/one.md": section("See ![A dot](../../../shared/dot.svg)."),
}
"""Two editions; one paragraph is in one of them only, and a picture lies outside the content."""


class Watch:
    """A watch of the stock book's ebooks in a process of its own."""

    def __init__(self, root: Path, *options: str):
        self.root = root
        arguments = ["-m", "builder", "--project", str(root), "build", "--watch", "--target", "epub", "--jobs", "1"]
        self.process = subprocess.Popen(
            [sys.executable, *arguments, *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
            env={"PYTHONPATH": str(ROOT), **os.environ},
        )  # fmt: skip
        self.lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stderr:
            self.lines.put(line.rstrip())
        self.lines.put(None)

    def until(self, pattern: str) -> list[str]:
        """The lines up to the first that fits."""
        found: list[str] = []
        while not (found and re.search(pattern, found[-1])):
            found.append(self.lines.get(timeout=PATIENCE))
            assert found[-1] is not None, f"it ended before a line came like '{pattern}': {found}"
        return found

    def is_silent(self, seconds: float = 3.0) -> bool:
        """Whether no line comes for a while."""
        time.sleep(seconds)
        return self.lines.empty()

    def end(self, number: int = signal.SIGINT) -> int:
        """Sends a signal to all its processes, as Ctrl-C does, and returns the exit code."""
        os.killpg(self.process.pid, number)
        return self.process.wait(PATIENCE)

    def write(self, path: str, text: str) -> None:
        """Writes a file in place."""
        (self.root / path).write_text(text)

    def book(self, audience: str = "public") -> bytes:
        """The finished file of an edition."""
        return (self.root / f"output/book/{audience}/book-{audience}.epub").read_bytes()


@pytest.fixture
def project(tmp_path: Path, cache: Path) -> Path:
    """The stock book, and fonts that are decoded already."""
    root = make_project(tmp_path / "project", FILES).root
    (root / "output/.cache").mkdir(parents=True)
    (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    return root


@pytest.fixture
def begin(project: Path) -> Iterator[Callable[..., Watch]]:
    """Begins a watch and waits until it has built everything; it is gone when the test is over."""
    begun: list[Watch] = []

    def begin_now(*options: str) -> Watch:
        watch = Watch(project, *options)
        begun.append(watch)
        watch.until("^watching content and templates; Ctrl-C ends it$")
        return watch

    yield begin_now
    for watch in begun:
        if watch.process.poll() is None:
            os.killpg(watch.process.pid, signal.SIGKILL)
        watch.process.wait()


def test_an_edit_builds_what_it_touches_and_says_so_in_one_line(begin) -> None:
    """The edition that does not show what was edited stays as it is; Ctrl-C ends the watch with 0."""
    watch = begin()
    public, press = watch.book(), watch.book("press")
    watch.write(f"{BOOK}/two.md", section("Second text. [For nobody else.]{audience=press}", identity="two"))
    (line,) = watch.until("changed")
    assert re.fullmatch(r"two\.md changed: 1 of 2 files built in \d+\.\d s, 1 unchanged", line)
    assert watch.book() == public
    assert watch.book("press") != press
    watch.write(f"{BOOK}/one.md", section("Other text."))
    (line,) = watch.until("changed")
    assert re.fullmatch(r"one\.md changed: 2 of 2 files built in \d+\.\d s", line)
    assert watch.is_silent(), "an edit is told once"
    assert watch.end() == 0
    assert watch.until("no longer") == ["no longer watching"]


def test_filters_and_quiet_hold_in_a_watch(begin) -> None:
    """Only the chosen edition is built again."""
    watch = begin("--audience", "press")
    watch.write(f"{BOOK}/one.md", section("Other text."))
    (line,) = watch.until("changed")
    assert re.fullmatch(r"one\.md changed: 1 of 1 file built in \d+\.\d s", line)
    assert not (watch.root / "output/book/public").exists()


def test_a_mistake_is_said_and_the_last_good_files_stay(begin) -> None:
    """Until it is mended: then the files are made."""
    watch = begin()
    good = watch.book()
    watch.write(f"{BOOK}/one.md", section("To [nowhere](#sec-nowhere)."))
    lines = watch.until("one.md changed")
    assert any(f"{BOOK}/one.md:5" in line and "error[" in line for line in lines)
    assert re.fullmatch(r"one\.md changed: nothing built, 2 left as they were: 1 error", lines[-1])
    watch.write(f"{BOOK}/publication.yaml", "title: [\n")
    lines = watch.until("publication.yaml changed")
    assert any("error[yaml-syntax]" in line for line in lines)
    assert re.fullmatch(r"publication\.yaml changed: nothing built, all left as they were: 1 error", lines[-1])
    assert watch.book() == good
    watch.write(f"{BOOK}/publication.yaml", FILES[f"{BOOK}/publication.yaml"])
    watch.until("publication.yaml changed")
    watch.write(f"{BOOK}/one.md", section("To nowhere."))
    (line,) = watch.until("one.md changed")
    assert "2 of 2 files built" in line
    assert watch.book() != good


def test_however_an_editor_saves_it_is_one_change(begin) -> None:
    """A backup and a new file in the place of the old, a file in pieces, a temporary file that goes: one line each."""
    watch = begin("--audience", "public")
    path = watch.root / f"{BOOK}/two.md"
    path.rename(path.with_name("two.md.bak"))
    path.write_text(section("Saved over.", identity="two"))
    path.with_name("two.md.bak").unlink()
    assert watch.until("changed")[-1].startswith("two.md changed: 1 of 1 file built")
    fresh = path.with_name(".two.md.swp")
    fresh.write_text(section("Renamed over.", identity="two"))
    fresh.replace(path)
    assert watch.until("changed")[-1].startswith("two.md changed: 1 of 1 file built")
    text = section("In pieces.", identity="two")
    with path.open("w") as file:
        for start in range(0, len(text), 12):
            file.write(text[start : start + 12])
            file.flush()
            time.sleep(0.01)
    assert watch.until("changed")[-1].startswith("two.md changed: 1 of 1 file built")
    os.utime(path)
    path.write_text(text)
    watch.write(f"{BOOK}/.hidden.md", "x")
    watch.write("output/odd.txt", "x")
    assert watch.is_silent()


def test_files_come_and_go_even_outside_the_content_and_with_its_folder(begin) -> None:
    """A new section, a deleted one, a picture elsewhere in the project, and all the content gone and back."""
    watch = begin("--audience", "public")
    yaml = FILES[f"{BOOK}/publication.yaml"]
    watch.write(f"{BOOK}/three.md", section("Third.", identity="three"))
    assert watch.until("three.md")[-1].startswith("three.md is new: ")
    watch.write(f"{BOOK}/publication.yaml", yaml.replace("two.md]", "two.md, three.md]"))
    assert watch.until("changed")[-1].startswith("publication.yaml changed: 1 of 1 file built")
    (watch.root / f"{BOOK}/three.md").unlink()
    lines = watch.until("three.md is gone")
    assert lines[-1] == "three.md is gone: nothing built, all left as they were: 1 error"
    watch.write(f"{BOOK}/publication.yaml", yaml)
    assert watch.until("changed")[-1].startswith("publication.yaml changed: 1 of 1 file built")
    watch.write("shared/dot.svg", FILES["shared/dot.svg"].replace("h9v9", "h8v8"))
    assert watch.until("changed")[-1].startswith("dot.svg changed: 1 of 1 file built")
    good = watch.book()
    (watch.root / "content").rename(watch.root / "away")
    assert watch.until("gone")[-1].endswith("other files are gone: nothing built, all left as they were: 1 error")
    assert watch.book() == good
    (watch.root / "away").rename(watch.root / "content")
    assert re.search(r"other files are new: (nothing built, 1 unchanged|1 of 1)", watch.until("are new")[-1])
    watch.write(f"{BOOK}/two.md", section("After all that.", identity="two"))
    assert watch.until("changed")[-1].startswith("two.md changed: 1 of 1 file built")


def test_styles_and_fonts_are_watched_too(begin, project: Path) -> None:
    """Workers that know the measures of the old font are sent home."""
    shutil.copytree(ROOT / "templates", project / "templates")
    watch = begin("--audience", "public")
    style = project / "templates/epub/book.css"
    style.write_text(style.read_text() + "\np { color: red }\n")
    assert re.match(r"epub/book\.css changed: 1 of 1 file built|book\.css changed: 1 of 1", watch.until("changed")[-1])
    (font, other) = sorted((project / "templates/fonts").rglob("*.ttf"))[:2]
    font.write_bytes(other.read_bytes())
    assert re.match(r"\S+ changed: ", watch.until("changed")[-1])


def test_ctrl_c_in_the_middle_of_a_build_ends_it_with_130(project: Path) -> None:
    """What was finished by then is saved, and no process is left."""
    watch = Watch(project)
    first = watch.until("^done ")[-1].split()[1].split("/")[1]
    assert watch.end() == 130
    assert watch.until("interrupted") == ["interrupted: 1 of 2 files built, the others are as they were"]
    assert watch.book(first)
    for _ in range(100):
        try:
            os.killpg(watch.process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a worker lives on")


def test_where_the_system_tells_of_nothing_one_looks_from_time_to_time(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's room for watches may be used up, and a folder may go just when it is to be watched."""

    def refuse(*places, **options):
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watchfiles, "watch", refuse)
    monkeypatch.setattr(watching, "_LOOK", 1)
    wakes = watching._wakes(Desk(project, is_quiet=False, is_debug=False))
    assert [next(wakes) for _ in range(3)] == [None] * 3


@pytest.mark.parametrize("option", [["--json"], ["--executor", "tcp://localhost:8786"]])
def test_a_watch_is_for_a_person_at_this_machine(project: Path, option: list[str]) -> None:
    """A result for scripts has an end, which a watch has not."""
    watch = Watch(project, *option)
    assert watch.process.wait(PATIENCE) == 2
    assert watch.until("can't be used")[-1] == f"Error: --watch can't be used with {option[0]}"


def test_a_watch_ends_when_the_builder_changes(begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs would be another program than the one that files are remembered as the work of."""
    packages = tmp_path / "packages"
    packages.mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{packages}")
    watch = begin("--audience", "public")
    (packages / "odd-1.0.dist-info").mkdir()
    watch.write(f"{BOOK}/one.md", section("Other text."))
    assert watch.process.wait(PATIENCE) == 3
    assert "changed since the watch began" in watch.until("changed")[-1]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("a", "b", "one.md changed"),
        ({"x/one.md": "a", "y/one.md": "a"}, {"x/one.md": "b", "y/one.md": "a"}, "x/one.md changed"),
        ({"a.md": "a", "b.md": "a"}, {"a.md": "b", "b.md": "b"}, "a.md and b.md changed"),
        ({"a.md": "a"}, {"b.md": "a", "c.md": "a", "d.md": "a"}, "b.md and 2 other files are new, a.md is gone"),
        ({"a.md (link)": "link to x", "a.md": "a"}, {"a.md (link)": "link to y", "a.md": "a"}, "a link leads elsewhere"),
    ],
)  # fmt: skip
def test_a_line_says_why(before, now, said: str) -> None:
    """The name alone where there is one such file, the folder of its publication where there are more."""
    listings = [
        Listing(
            {
                f"content/publications/{name}": ((0, 0, 0, 0), digest)
                for name, digest in ({"book/one.md": each} if isinstance(each, str) else each).items()
            }
        )
        for each in (before, now)
    ]
    assert why(*listings) == said


def test_a_line_says_what() -> None:
    """Built, unchanged, left as it was, and what problems there are."""
    job = Job("book", "public", "en", "epub")
    new, kept = Deliverable(job, b"x", None, 1, 1.0), Deliverable(job, b"", None, 1, 0.0, is_kept=True)
    same = Deliverable(job, b"x", None, 1, 1.0, is_same=True)
    warning = Diagnostic("internal", "x", None)
    assert what(Outcome((new, kept, same), 3), 1.26) == "1 of 3 files built in 1.3 s, 2 unchanged"
    assert what(Outcome((kept,), 1), 0.1) == "nothing built, 1 unchanged"
    assert what(Outcome((new,), 2, (warning,)), 1.0) == "1 of 2 files built in 1.0 s, 1 left as it was: 1 error"
    assert what(Outcome((), 3, (warning,)), 1.0) == "nothing built, 3 left as they were: 1 error"
    assert what(Outcome((), 0, (warning,)), 1.0) == "nothing built, all left as they were: 1 error"
