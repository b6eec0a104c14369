"""Killed, out of space, two at once, on odd machines: output/ holds whole files, and the next build is right."""

from __future__ import annotations

import errno
import itertools
import json
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import AUDIENCES, BOOK, PUBLICATION, ROOT, section
from test_cli import build_epub, finish, project, project_at, quick_cover, run, start, written  # noqa: F401

from builder.desk import building
from builder.store import whole_file
from builder.writers import fonts

KILLS = int(os.environ.get("BUILDER_KILLS", "12"))
"""How often the random test kills; 50 take five minutes."""
PUBLIC = ("build", "--audience", "public")
EPUB = (*PUBLIC, "--target", "epub")
TEXTS = {"old": "Some first text.\n", "new": "Some first text, and more of it.\n"}


def write(root: Path, text: str) -> None:
    """Puts one of the two texts into the first section."""
    (root / f"{BOOK}/one.md").write_text(section(TEXTS[text]))


def everything(root: Path) -> dict[str, bytes]:
    """Every finished file and report of a project, those for the author alone too."""
    private = {f".private/{name}": data for name, data in written(root / ".private").items()}
    return written(root / "output") | private


def strays(root: Path) -> list[str]:
    """Temporary files in the folders that the builder writes into, but for those of processes that still run."""
    found = [path for name in ("output", ".private") for path in (root / name).rglob(".tmp-*")]
    return [path.name for path in found if not path.name.startswith(f".tmp-{os.getpid()}-")]


def only_whole(found: dict[str, bytes], clean: dict[str, dict[str, bytes]]) -> None:
    """Fails where a file is neither that of the old text nor that of the new one."""
    for name, data in found.items():
        if not re.match(r"(.*/)?\.tmp-\d+-", name):
            assert data in (clean["old"].get(name), clean["new"].get(name)), f"{name} is no whole file"


def other_text(root: Path, clean: dict[str, dict[str, bytes]]) -> str:
    """The text from which the ebook that stands in its place was not made."""
    name = "book/public/book-public.epub"
    return "old" if (root / "output" / name).read_bytes() == clean["new"][name] else "new"


@pytest.fixture
def clean(project: Path, tmp_path: Path, cache: Path) -> dict[str, dict[str, bytes]]:  # noqa: F811
    """What an undisturbed build of the public ebook makes of each text, in a folder of its own."""
    made = {}
    for text in TEXTS:
        root = project_at(tmp_path / f"clean-{text}", cache)
        write(root, text)
        assert build_epub(root).exit_code == 0
        made[text] = everything(root)
    return made


# Killed


@pytest.mark.slow
def test_a_build_that_is_killed_at_any_moment_leaves_whole_files_and_no_process(
    tmp_path: Path, cache: Path
) -> None:
    """Row 35: kill -9 of a build with two workers; each file is old or new, and the next build is as a clean one."""
    clean = {}
    for text in TEXTS:
        root = project_at(tmp_path / text, cache)
        write(root, text)
        begun = time.monotonic()
        code, _, err = finish(start(root, *PUBLIC, "--jobs", "2"))
        assert code == 0, err
        seconds = time.monotonic() - begun
        clean[text] = everything(root)
    dice = random.Random(35)
    moments = [seconds * (0.15 + 0.95 * (number + dice.random()) / KILLS) for number in range(KILLS)]
    root = tmp_path / "old"
    for number, (moment, text) in enumerate(zip(dice.sample(moments, KILLS), itertools.cycle(["new", "old"]), strict=False)):
        write(root, text)
        process = start(root, *PUBLIC, "--jobs", "2", start_new_session=True)
        time.sleep(moment)
        process.kill()
        process.communicate()
        only_whole(everything(root), clean)
        is_gone_soon(process.pid)
        if number % 6 == 5 or number == KILLS - 1:
            code, _, err = finish(start(root, *PUBLIC, "--jobs", "2"))
            assert code == 0, err
            assert everything(root) == clean[text]
            assert strays(root) == []


def is_gone_soon(group: int) -> None:
    """Fails where a process of a killed build still runs after ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)
    pytest.fail("a worker outlives its build")


DYING = """
import io, itertools, os, signal
from PIL import Image
from builder.diagnostics import Checked
from builder.writers import epub
cover = io.BytesIO()
Image.new("L", (16, 24), 255).save(cover, "PNG")
epub.draw_cover = lambda *_: Checked(cover.getvalue())
count = itertools.count(1)
def step(plain):
    def stepped(*arguments, **more):
        if next(count) == int(os.environ["DIE_AT"]):
            os.kill(os.getpid(), signal.SIGKILL)
        return plain(*arguments, **more)
    return stepped
os.fsync, os.replace = step(os.fsync), step(os.replace)
"""


@pytest.mark.slow
def test_a_build_that_is_killed_between_two_steps_of_saving_leaves_whole_files(
    project: Path, tmp_path: Path, clean: dict  # noqa: F811
) -> None:
    """Row 35: before each file is moved into its place, and before each is on the disk."""
    (tmp_path / "dying").mkdir()
    (tmp_path / "dying/sitecustomize.py").write_text(DYING)
    path = os.pathsep.join([str(tmp_path / "dying"), str(ROOT)])
    write(project, "old")
    assert build_epub(project).exit_code == 0
    for step in itertools.count(1):
        text = other_text(project, clean)
        write(project, text)
        code, _, _ = finish(start(project, *EPUB, env={"PYTHONPATH": path, "DIE_AT": str(step)}))
        only_whole(everything(project), clean)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        if step % 2:
            assert build_epub(project).exit_code == 0
            found = everything(project)
            assert found == clean[text]
    assert step > 12
    assert strays(project) == []


# No space


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_step_keeps_each_file_whole(
    project: Path, clean: dict, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:
    """Row 34: whichever call finds no space, the message says so, files are old or new, and none is left half."""
    write(project, "old")
    assert build_epub(project).exit_code == 0
    failed = 0
    for step in itertools.count(1):
        text = other_text(project, clean)
        write(project, text)
        with monkeypatch.context() as patch:
            is_full = fill_up(patch, step)
            result = build_epub(project)
        assert "Traceback" not in result.output
        only_whole(everything(project), clean)
        assert strays(project) == []
        if result.exit_code:
            failed += 1
            assert "no space left on device" in result.stderr
            assert "error[internal]" not in result.stderr
        else:
            assert everything(project) == clean[text]
        if not is_full():
            break
    assert failed > 20
    assert build_epub(project).exit_code == 0
    assert everything(project) == clean[text]


def fill_up(patch: pytest.MonkeyPatch, step: int) -> Callable[[], bool]:
    """Makes the disk full at a call that needs space; the answer says whether so many calls were made."""
    count = itertools.count(1)

    def until(plain: Callable) -> Callable:
        def call(*arguments: object, **more: object) -> object:
            if next(count) == step:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return plain(*arguments, **more)

        return call

    plain = os.open

    def begin(path: object, flags: int, *arguments: object, **more: object) -> int:
        return (making if flags & os.O_CREAT else plain)(path, flags, *arguments, **more)

    making = until(plain)
    patch.setattr(os, "open", begin)
    for name in ("fsync", "replace"):
        patch.setattr(os, name, until(getattr(os, name)))
    return lambda: next(count) > step


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_changes_no_page(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 34: fonts that can't be kept are decoded again, and never left out of the page."""
    good, full = project_at(tmp_path / "good", cache), project_at(tmp_path / "full", cache)
    (full / "output/.cache/fonts").unlink()
    plain = fonts.whole_file

    def whole_file(path: Path) -> object:
        if path.suffix == ".ttf":
            raise OSError(errno.ENOSPC, "no space")
        return plain(path)

    monkeypatch.setattr(fonts, "whole_file", whole_file)
    for root in (good, full):
        result = run(root, *PUBLIC, "--target", "pdf")
        assert result.exit_code == 0, result.output
    assert everything(full) == everything(good)


# Two at once


@pytest.mark.slow
def test_builds_of_one_edition_at_once_make_what_one_build_makes(tmp_path: Path, cache: Path) -> None:
    """Row 36: three builds of the same files and of parts of them, at the same time, in one folder."""
    alone, shared = project_at(tmp_path / "alone", cache), project_at(tmp_path / "shared", cache)
    assert finish(start(alone, *PUBLIC))[0] == 0
    targets = [(), ("--target", "pdf"), ("--target", "epub")]
    for process in [start(shared, *PUBLIC, "--jobs", "1", *words) for words in targets]:
        code, _, err = finish(process)
        assert code == 0, err
    assert everything(shared) == everything(alone)
    assert "nothing to build, 2 unchanged" in finish(start(shared, *PUBLIC))[2]


# Folders


def test_an_output_folder_that_is_a_link_is_written_through(project: Path, tmp_path: Path, clean: dict) -> None:  # noqa: F811
    """Row 33: the files lie where the link leads, and the link stays."""
    write(project, "new")
    elsewhere = tmp_path / "elsewhere"
    shutil.move(project / "output", elsewhere)
    (project / "output").symlink_to(elsewhere)
    assert build_epub(project).exit_code == 0
    assert (project / "output").is_symlink()
    assert written(elsewhere) == {name: data for name, data in clean["new"].items() if name[0] != "."}


def test_a_finished_file_that_is_a_link_is_replaced_and_not_followed(project: Path, tmp_path: Path) -> None:  # noqa: F811
    """Row 33: what a link in the place of a finished file leads to is never written over."""
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    link = project / "output/book/public/book-public.epub"
    link.parent.mkdir(parents=True)
    link.symlink_to(mine)
    assert build_epub(project).exit_code == 0
    assert mine.read_text() == "mine"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [
        ("output/book", "../content/publications/book", "is a link that leads into 'content'"),
        ("output/book/public", "../../templates", "is a link that leads into 'templates'"),
        ("there", "there", "can't write into"),
        ("there", "nowhere/at/all", "can't write into"),
    ],
)
def test_a_link_that_leads_among_the_sources_or_nowhere_is_refused(
    project: Path, name: str, target: str, message: str  # noqa: F811
) -> None:
    """Row 33: before anything is rendered, and nothing is written behind the link."""
    (project / "templates").symlink_to(ROOT / "templates")
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).symlink_to(target)
    before = written(project / "content")
    result = build_epub(project, *(("--output", str(project / "there")) if name == "there" else ()))
    assert result.exit_code == 1
    assert "error[bad-output]" in result.stderr
    assert message in result.stderr
    assert written(project / "content") == before


@pytest.mark.parametrize("reason", [errno.EACCES, errno.EROFS])
def test_a_folder_that_may_not_be_written_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, reason: int  # noqa: F811
) -> None:
    """Row 33: rights and read-only disks are said before anything is rendered."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(Path, "touch", refuse)
    result = build_epub(project)
    assert result.exit_code == 1
    assert f"can't write into '{project}/output': {os.strerror(reason).lower()}" in result.stderr


@pytest.mark.parametrize("name", ["con", "lpt1", "My Book", "a\nb", "-x", "a;rm -rf ~", "book.", "x" * 65])
def test_a_publication_in_an_odd_folder_is_an_error(project: Path, name: str) -> None:  # noqa: F811
    """Row 26: a name that some system, shell or address would take otherwise names no finished file."""
    (project / BOOK).rename(project / BOOK.replace("book", name))
    result = run(project, "build", "--target", "epub")
    assert result.exit_code == 1
    assert "error[bad-name]" in result.stderr
    assert written(project / "output") == {}


@pytest.mark.parametrize("name", ["aux", "nul", "com1"])
def test_an_audience_with_the_name_of_a_device_is_an_error(project: Path, name: str) -> None:  # noqa: F811
    """Row 26: its folder could not be copied to Windows."""
    text = AUDIENCES.replace("  press:", f"  {name}:")
    (project / "content/audiences.yaml").write_text(text)
    (project / f"{BOOK}/publication.yaml").write_text(PUBLICATION.replace("press", name))
    assert f"error[bad-name]: '{name}' can't name an audience" in run(project, "check").stderr


@pytest.mark.parametrize("name", ["nul.md", "con.md", "com1.md", "aux", "trailing .md"])
def test_an_odd_name_of_a_section_file_reaches_no_reader(project: Path, name: str) -> None:  # noqa: F811
    """Row 26: files inside an ebook have names of the builder's own."""
    (project / f"{BOOK}/one.md").rename(project / f"{BOOK}/{name}")
    text = PUBLICATION.replace("one.md", json.dumps(name))
    (project / f"{BOOK}/publication.yaml").write_text(text)
    result = build_epub(project)
    assert result.exit_code == 0, result.output


def test_a_pipe_among_the_files_keeps_nobody_waiting(project: Path) -> None:  # noqa: F811
    """Row 11: what is neither file nor folder is read by nobody, whether it is named or not."""
    os.mkfifo(project / f"{BOOK}/notes.md")
    assert finish(start(project, *EPUB))[0] == 0
    (project / f"{BOOK}/one.md").unlink()
    os.mkfifo(project / f"{BOOK}/one.md")
    code, _, err = finish(start(project, *EPUB))
    assert code == 1
    assert "is neither a file nor a folder" in err


@pytest.mark.parametrize("gone", [f"{BOOK}/one.md", f"{BOOK}/publication.yaml", BOOK, "content"])
def test_content_that_goes_while_it_is_built_is_an_error(
    project: Path, monkeypatch: pytest.MonkeyPatch, clean: dict, gone: str  # noqa: F811
) -> None:
    """Row 39: removed between the first look and the build, it is named, and the last good file stays."""
    write(project, "old")
    assert build_epub(project).exit_code == 0
    write(project, "new")
    plain = building.build_all

    def build_without(*arguments: object) -> object:
        path = project / gone
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return plain(*arguments)

    monkeypatch.setattr(building, "build_all", build_without)
    result = build_epub(project)
    assert result.exit_code == 1
    assert "error[" in result.stderr
    assert "error[internal]" not in result.stderr
    assert everything(project) == clean["old"]


# Machines

NO_TEMPORARY_FOLDER = "import tempfile\ntempfile._candidate_tempdir_list = lambda: []\n"
EPOCH = "import time\ntime.time = lambda: 0.0\n"


def closed(*numbers: int) -> Callable[[], None]:
    """Closes standard streams before the program begins."""
    return lambda: [os.close(number) for number in numbers] and None


@pytest.mark.parametrize(
    ("site", "changes"),
    [
        (NO_TEMPORARY_FOLDER, {"env": {"TMPDIR": "/nowhere"}}),
        (EPOCH, {}),
        ("", {"env": {"HOME": "", "USER": "", "PATH": "", "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}}),
        ("", {"preexec_fn": closed(0)}),
        ("", {"preexec_fn": closed(1)}),
        ("", {"preexec_fn": closed(0, 1, 2)}),
    ],
    ids=["no /tmp", "1970", "bare environment", "no stdin", "no stdout", "no streams"],
)
def test_an_odd_machine_makes_the_same_files(
    tmp_path: Path, cache: Path, plain: dict[str, bytes], site: str, changes: dict
) -> None:
    """Row 37: without temporary folder, clock, home, language or standard streams, with two workers."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(site)
    paths = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)])}
    root = project_at(tmp_path / "project", cache)
    changes = {**changes, "env": {**changes.get("env", {}), **paths}}
    code, _, err = finish(start(root, *PUBLIC, "--jobs", "2", **changes))
    assert code == 0, err
    assert everything(root) == plain


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> dict[str, bytes]:
    """What a usual machine makes."""
    root = project_at(tmp_path_factory.mktemp("usual") / "project", cache)
    assert finish(start(root, *PUBLIC))[0] == 0
    return everything(root)


@pytest.mark.parametrize(
    "words", [("list",), ("matrix",), ("check", "--json"), ("--help",), ("build", "--help"), EPUB], ids=" ".join
)
def test_a_reader_who_leaves_ends_the_run_in_silence(project: Path, words: tuple[str, ...]) -> None:  # noqa: F811
    """Row 38: `builder list | head -0` says nothing about a broken pipe; a build makes its files all the same."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "builder", "--project", str(project), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=120, check=False
    )
    os.close(writer)
    assert "error" not in done.stderr.lower()
    assert "Traceback" not in done.stderr
    if words == EPUB:
        assert (project / "output/book/public/book-public.epub").is_file()
        assert (project / "output/build.json").is_file()


@pytest.mark.parametrize("words", [("list",), ("matrix",), ("check",), EPUB], ids=" ".join)
def test_a_terminal_twenty_columns_wide_is_enough(project: Path, words: tuple[str, ...]) -> None:  # noqa: F811
    """Row 38: tables and progress fold; nothing fails and no name is lost."""
    (project / f"{BOOK}/one.md").write_text(section("![A map](https://example.org/map.png)\n"))
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 20))
    command = [sys.executable, "-m", "builder", "--project", str(project), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    environment.pop("COLUMNS", None)
    process = subprocess.Popen(command, env=environment, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    assert process.wait(timeout=120) == 0, shown.decode()
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|\s", b"", shown).decode()
    assert "Traceback" not in text
    assert "book" in text


def test_a_signal_at_any_moment_of_writing_leaves_nothing_half_made(tmp_path: Path) -> None:
    """Also while the system makes the file: the name is known before."""

    class Told(BaseException):
        pass

    def tell(*_: object) -> None:
        raise Told

    before = signal.signal(signal.SIGALRM, tell)
    told, path = 0, tmp_path / "file"
    try:
        for delay in random.Random(1).sample(range(10, 1010), 500):
            try:
                signal.setitimer(signal.ITIMER_REAL, delay / 1e6)
                with whole_file(path) as file:
                    file.write(b"whole")
                time.sleep(0.2)
            except Told:
                told += 1
            assert [each.name for each in tmp_path.iterdir()] in ([], ["file"])
            path.unlink(missing_ok=True)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert told == 500


def test_a_build_with_nothing_to_make_clears_away_what_a_killed_one_left(project: Path) -> None:  # noqa: F811
    """Half-written files and folders of processes that are gone go at every build; those of living ones stay."""
    assert build_epub(project).exit_code == 0
    before = everything(project)
    dead = subprocess.Popen(["true"])
    dead.wait()
    for folder in ("output", "output/book/public", "output/.cache/done", ".private/book/public"):
        (project / folder / f".tmp-{dead.pid}-ab_c1").write_bytes(b"half")
    (project / f"output/.cache/.tmp-{dead.pid}-fonts").mkdir()
    living = project / "output/book/public" / f".tmp-{os.getpid()}-ab_c1"
    living.write_bytes(b"half")
    done = run(project, *EPUB)
    assert "nothing to build, 1 unchanged" in done.output
    assert strays(project) == []
    assert living.exists()
    living.unlink()
    assert everything(project) == before


HASTY = """
import os, signal, sys, time
class Stop:
    def find_spec(self, name, *_):
        if name == "builder.desk.desk":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(9)
sys.meta_path.insert(0, Stop())
sys.argv = ["builder", "--help"]
from builder.__main__ import main
main()
"""


def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_word() -> None:
    """Whoever is quick with Ctrl-C sees no traceback, and a script sees 130."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", HASTY], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
