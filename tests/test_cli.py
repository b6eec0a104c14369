"""The command line: what each command prints and writes, how it ends, and what it never touches."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import platform
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from support.project import AUDIENCES, BOOK, PUBLICATION, ROOT, make_project, section

import builder
from builder import pipeline, save
from builder.cli import main
from builder.conditions import TARGETS
from builder.diagnostics import Checked
from builder.store import library_versions
from builder.system import system_versions
from builder.writers import epub as epub_writer

COMMANDS = ("build", "check", "diff", "explain", "list", "matrix", "new", "pictures", "proof", "verify")
SECRET = section("Open text. [Zqsecret words.]{audience=staff}\n")
WITHHOLDS = {
    f"{BOOK}/publication.yaml": PUBLICATION.replace("two.md", "two.md, zqfile.md"),
    f"{BOOK}/one.md": SECRET,
    f"{BOOK}/zqfile.md": section("Zqbody.\n", "clearance: internal\n", "zqid").replace("First", "Zqtitle"),
}
BAD_LINK = {f"{BOOK}/one.md": section("Text.\n", "clearance: restricted\n")}
"""Section two links to a section that the public may not see: the public edition can't be built."""


@pytest.fixture
def quick_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    """One white cover for all ebooks, so that no test waits for the typesetter."""
    picture = io.BytesIO()
    Image.new("L", (16, 24), 255).save(picture, "PNG")
    monkeypatch.setattr(epub_writer, "draw_cover", lambda *_: Checked(picture.getvalue()))


@pytest.fixture
def project(tmp_path: Path, cache: Path, quick_cover: None) -> Path:
    """The stock project."""
    return project_at(tmp_path / "project", cache)


def project_at(root: Path, cache: Path, overlay: dict | None = None) -> Path:
    """A project with warm fonts."""
    make_project(root, overlay)
    (root / "output/.cache").mkdir(parents=True)
    (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    return root


def run(root: Path, *words: str) -> Result:
    """Runs the command line on a project."""
    return CliRunner().invoke(main, ["--project", str(root), *words])


def build_epub(root: Path, *words: str, audience: str = "public") -> Result:
    return run(root, "build", "--audience", audience, "--target", "epub", *words)


def start(root: Path, *words: str, cwd: Path | None = None, **changes) -> subprocess.Popen:
    """Starts the command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **changes.pop("env", {})}
    environment = {key: value for key, value in environment.items() if value}
    command = [sys.executable, *changes.pop("flags", ()), "-m", "builder", "--project", str(root), *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=cwd or root, env=environment, **pipes, **changes)


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    """Waits for a process: how it ended, what it printed, what it complained of."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def written(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the cache and the lock."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: data for name, data in found.items() if not name.startswith((".cache/", ".build.lock"))}


def words_of(data: bytes) -> str:
    """Everything that an ebook says."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if not name.endswith(".png")]
    return "\n".join(texts)


# Help


def test_help_lists_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`builder --help` names each command with a line on what it does, and needs no project."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert set(main.commands) == set(COMMANDS)
    for name in COMMANDS:
        assert f"  {name} " in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_that_needs_no_project(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`builder COMMAND --help` explains every option of the command, wherever it is called."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0, result.output
    for parameter in main.commands[command].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in result.stdout
            assert parameter.help


def test_the_version_is_that_of_the_package() -> None:
    """`builder --version` prints the version that `build.json` names."""
    assert builder.__version__ in CliRunner().invoke(main, ["--version"]).stdout


def test_a_folder_that_is_no_project_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a project a command ends with 2 and names the file that it looked for."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 2
    assert "content/audiences.yaml" in result.stderr


# Build


@pytest.mark.parametrize(
    ("filters", "files"),
    [
        (("--audience", "public"), {"public"}),
        (("--audience", "public", "--audience", "staff"), {"public", "staff"}),
        (("--publication", "book"), {"public", "press", "analysts", "staff"}),
        (("--language", "en", "--audience", "press"), {"press"}),
    ],
)
def test_build_makes_the_files_that_the_filters_leave_and_no_others(
    project: Path, filters: tuple[str, ...], files: set[str]
) -> None:
    """A filter may be repeated; what it leaves is written as publication/edition/file, with build.json."""
    result = run(project, "build", "--target", "epub", "--jobs", "1", *filters)
    assert result.exit_code == 0, result.output
    wanted = {f"book/{name}/book-{name}.epub" for name in files}
    beside = ("leak-report.json", "leak-report.html", "SHA256SUMS")
    reports = {f"book/{name}/{file}" for name in files for file in beside}
    assert set(written(project / "output")) == wanted | reports | {"build.json"}
    for name in wanted:
        assert f"output/{name}" in result.stdout
    assert f"{len(files)} of {len(files)} files built: no problems" in result.stderr


def test_nothing_to_build_is_said(project: Path) -> None:
    """Filters that leave no edition end with 1 and a sentence."""
    make_project(project, {f"{BOOK}/publication.yaml": PUBLICATION.replace("public: {}, ", "")})
    result = build_epub(project)
    assert result.exit_code == 1
    assert "no edition fits" in result.stderr


def test_only_and_without_choose_sections_for_one_run(project: Path) -> None:
    """`--only` keeps the sections that it names, `--without` leaves them out; commas work like repeats."""
    make_project(project, {f"{BOOK}/two.md": section("Second text.\n", identity="two")})
    for words, first, second in (
        (("--only", "one"), True, False),
        (("--without", "one"), False, True),
        (("--only", "one,two"), True, True),
        (("--only", "one", "--only", "two", "--without", "two"), True, False),
    ):
        assert build_epub(project, *words).exit_code == 0
        text = words_of((project / "output/book/public/book-public.epub").read_bytes())
        assert ("Some first text" in text) is first
        assert ("Second text" in text) is second


def test_output_goes_where_it_is_told_to(project: Path, tmp_path: Path, monkeypatch) -> None:
    """`--output` counts from the folder in which the command is called."""
    monkeypatch.chdir(tmp_path)
    result = build_epub(project, "--output", "finished/today")
    assert result.exit_code == 0
    names = ("book-public.epub", "leak-report.json", "leak-report.html", "SHA256SUMS")
    files = {f"book/public/{name}" for name in names}
    assert set(written(tmp_path / "finished/today")) == files | {"build.json"}
    assert written(project / "output") == {}
    private = project / ".private"
    assert set(written(private)) == {"book/public/leaks.json", "book/public/leaks.html"}
    assert private.stat().st_mode & 0o777 == 0o700


def test_json_is_all_that_stands_on_standard_output(project: Path) -> None:
    """`--json` prints the files and the problems as one JSON value, and nothing beside it."""
    make_project(project, {f"{BOOK}/one.md": section("## A\n\n#### B\n")})
    result = build_epub(project, "--json")
    record = json.loads(result.stdout)
    (file,) = record["files"]
    assert file["file"] == "book/public/book-public.epub"
    assert file["bytes"] == (project / "output" / file["file"]).stat().st_size
    (problem,) = record["problems"]
    assert (problem["code"], problem["severity"]) == ("heading-skipped", "warning")
    assert (problem["file"], problem["line"]) == (f"{BOOK}/one.md", 7)
    assert result.stderr == ""


@pytest.mark.parametrize("command", ["build", "check"])
def test_json_holds_also_what_stops_a_run(project: Path, command: str) -> None:
    """Where nothing can be done at all, `--json` says why in the same shape."""
    make_project(project, {"content/audiences.yaml": "clearances: [public]\n"})
    result = run(project, command, "--json")
    record = json.loads(result.stdout)
    problems = record["problems"] if command == "build" else record
    assert result.exit_code == 1
    assert [problem["code"] for problem in problems] == ["missing-key"]


def test_quiet_says_nothing_where_all_is_well(project: Path) -> None:
    """`--quiet` prints problems only."""
    result = run(project, "--quiet", "build", "--audience", "public", "--target", "epub")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    result = run(project, "--quiet", "check")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_strict_makes_an_error_of_a_warning(project: Path) -> None:
    """What is built with a warning is not built with `--strict`."""
    make_project(project, {f"{BOOK}/one.md": section("## A\n\n#### B\n")})
    strict = build_epub(project, "--strict")
    assert strict.exit_code == 1
    assert "error[heading-skipped]" in strict.stderr
    assert written(project / "output") == {}
    loose = build_epub(project)
    assert loose.exit_code == 0
    assert "warning[heading-skipped]" in loose.stderr
    assert run(project, "check", "--strict").exit_code == 1


def test_an_internal_error_ends_with_three_and_shows_its_traceback_only_with_debug(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure that nobody foresaw is one line and a hint; `--debug` shows where it came from."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a test")

    monkeypatch.setattr(pipeline, "render", fail)
    result = build_epub(project)
    assert result.exit_code == 3
    assert "error[internal]: " in result.stderr
    assert "ZeroDivisionError: a test" in result.stderr
    assert "--debug" in result.stderr
    assert "Traceback" not in result.output
    result = run(project, "--debug", "build", "--audience", "public", "--target", "epub")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "in fail" in result.stderr


def test_one_broken_edition_does_not_stop_the_others(project: Path) -> None:
    """What can be built is built; the run ends with 1."""
    make_project(project, BAD_LINK)
    result = run(project, "build", "--target", "epub", "--jobs", "1")
    assert result.exit_code == 1
    assert "error[link-withheld]" in result.stderr
    assert "2 of 4 files built" in result.stderr
    assert "failed book/public/epub" in result.stderr
    assert {name for name in written(project / "output") if name.endswith(".epub")} == {
        "book/analysts/book-analysts.epub", "book/staff/book-staff.epub",
    }  # fmt: skip


def test_one_broken_publication_does_not_stop_another(project: Path) -> None:
    """A publication that can't be read is named with its mistake, and the rest is built."""
    make_project(project, {"content/publications/other/publication.yaml": "title: [\n"})
    result = build_epub(project)
    assert result.exit_code == 1
    assert "content/publications/other/publication.yaml:" in result.stderr
    assert "book/public/book-public.epub" in written(project / "output")
    assert run(project, "check", "--publication", "book").exit_code == 0


@pytest.mark.parametrize("command", ["build", "check"])
def test_a_publication_that_cannot_be_read_is_not_called_unknown(project: Path, command: str) -> None:
    """A filter that names a broken publication shows what is broken."""
    make_project(project, {"content/publications/other/publication.yaml": "title: Other\n"})
    result = run(project, command, "--publication", "other")
    assert result.exit_code == 1
    assert "error[missing-key]: 'language' is missing" in result.stderr


# A good file is never replaced by a worse one


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root, patch: make_project(root, BAD_LINK),
        lambda root, patch: make_project(root, {f"{BOOK}/one.md": "no front matter"}),
        lambda root, patch: make_project(root, {"content/audiences.yaml": ""}) and no_audiences(root),
        lambda root, patch: patch.setattr(pipeline, "render", no_space),
        lambda root, patch: patch.setattr(epub_writer, "pack", no_space),
        lambda root, patch: patch.setattr(save.os, "fsync", no_space),
        lambda root, patch: patch.setattr(save.os, "replace", no_space),
    ],
    ids=["link", "front-matter", "no-project", "render", "pack", "disk-full", "rename"],
)
def test_a_build_that_fails_leaves_the_old_file_as_it_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable
) -> None:
    """Whatever goes wrong, the last good file keeps its bytes and no half of a new one lies about."""
    assert build_epub(project).exit_code == 0
    before = written(project / "output")
    # What is printed has changed, so that the file must be set again.
    make_project(project, {f"{BOOK}/one.md": section("Other words.")})
    spoil(project, monkeypatch)
    result = build_epub(project)
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert written(project / "output") == before


def no_audiences(root: Path) -> None:
    (root / "content/audiences.yaml").unlink()


def test_a_full_disk_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which file could not be written and why, in a small letter."""
    monkeypatch.setattr(save.os, "fsync", no_space)
    result = build_epub(project)
    assert result.exit_code == 1
    assert "error[bad-output]: can't write '" in result.stderr
    assert "book-public.epub': no space left on device" in result.stderr


def test_a_file_size_limit_leaves_no_half_of_a_file(tmp_path: Path, cache: Path) -> None:
    """Where the system refuses to write on, the build ends with a message and without a file."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    root = project_at(tmp_path / "project", cache)
    old = root / "output/book/public/book-public.epub"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"the last good file")
    code, _, err = finish(start(root, "build", "--audience", "public", "--target", "epub", preexec_fn=limit))
    assert code in (1, 3), err
    assert "error[bad-output]" in err
    assert "file too large" in err
    assert "Traceback" not in err
    assert written(root / "output") == {"book/public/book-public.epub": b"the last good file"}


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("a-file", "file exists"),
        ("a-file/below", "not a directory"),
        ("content", "lies in 'content'"),
        ("content/publications/book/finished", "lies in 'content'"),
        ("other/../content/x", "lies in 'content'"),
        ("link-to-content", "lies in 'content'"),
        ("taken", "is a folder"),
    ],
)
def test_a_bad_output_folder_is_refused_before_anything_is_set(
    project: Path, monkeypatch: pytest.MonkeyPatch, output: str, message: str
) -> None:
    """An output folder that can't be, or that lies among the sources, ends the run at once."""
    (project / "a-file").write_text("text")
    (project / "link-to-content").symlink_to("content")
    (project / "taken/book/public/book-public.epub").mkdir(parents=True)
    monkeypatch.setattr(pipeline, "render", lambda *_: pytest.fail("rendered"))
    before = written(project / "content")
    monkeypatch.chdir(project)
    result = build_epub(project, "--output", output)
    assert result.exit_code == 1
    assert "error[bad-output]" in result.stderr
    assert message in result.stderr
    assert "--output" in result.stderr or "out of the way" in result.stderr
    assert written(project / "content") == before


def test_only_what_the_builder_left_behind_is_cleared_away(project: Path) -> None:
    """A temporary file of a dead build goes; a hidden file of the author stays."""
    mine = project / "output/.tmp-notes"
    mine.write_text("mine")
    dead = project / f"output/.tmp-{2**22 + 1}-abc"
    dead.write_text("half")
    assert build_epub(project).exit_code == 0
    assert mine.exists()
    assert not dead.exists()


# The same input, the same bytes


ODD_CLOCK = """
import time
for name in ("time", "gmtime", "localtime"):
    def shifted(seconds=None, plain=getattr(time, name), now=time.time):
        shift = now() + 3e8
        return shift if plain.__name__ == "time" else plain(shift if seconds is None else seconds)
    setattr(time, name, shifted)
"""
"""Ten years are gone when Python has started."""
SURROUNDINGS = {
    "as usual": {"TZ": "UTC", "PYTHONHASHSEED": "1"},
    "another user": {"HOME": "", "USER": "nobody", "LOGNAME": "nobody", "TZ": "Pacific/Kiritimati"},
    "another language": {
        "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "7",
    },
    "another day": {"SOURCE_DATE_EPOCH": "86400", "PYTHONPATH": "clock"},
}  # fmt: skip


def test_every_kind_of_file_is_the_same_wherever_and_whenever_it_is_made(tmp_path: Path, cache: Path) -> None:
    """Folder, user, home, time zone, locale, encoding, hash seed, clock, file times, umask, jobs: the same bytes."""
    photo = io.BytesIO()
    Image.new("RGB", (9, 9), (200, 80, 40)).save(photo, "JPEG")
    overlay = {
        f"{BOOK}/publication.yaml": PUBLICATION.replace(
            "public: {}", f"public: {{targets: [{', '.join(TARGETS)}]}}"
        ),
        f"{BOOK}/one.md": section(
            "Өвөл, ‘quoted’.[^a]\n\n- {audience=press}\n  x\n\n![Photo](photo.jpg)\n\n[^a]: Note.\n"
        ),
        f"{BOOK}/two.md": section("| a | b |\n|---|---|\n| 1 | 2 |\n\n## Heading\n", identity="two"),
        f"{BOOK}/photo.jpg": photo.getvalue(),
    }
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock/sitecustomize.py").write_text(ODD_CLOCK)
    runs = {}
    for number, (name, variables) in enumerate(SURROUNDINGS.items()):
        root = project_at(tmp_path / (f"{name}/Ө" if number else "plain"), cache, overlay)
        if number:
            for path in (root / "content").rglob("*"):
                os.utime(path, (1e9 + number, 1e9 + number))
        paths = [str(tmp_path / "clock")] * ("PYTHONPATH" in variables) + [str(ROOT)]
        variables = {**variables, "PYTHONPATH": os.pathsep.join(paths)}
        words = ("build", "--audience", "public", "--jobs", str(1 + number % 2))
        mask = (0o022, 0o077, 0o002, 0o027)[number]
        runs[root] = start(root, *words, cwd=tmp_path, env=variables, preexec_fn=lambda m=mask: os.umask(m))
    made = []
    for root, process in runs.items():
        code, _, err = finish(process)
        assert code == 0, err
        made.append(written(root / "output") | written(root / ".private"))
        assert {path.stat().st_mode & 0o777 for path in (root / "output/book/public").iterdir()} == {0o644}
    assert {name.removeprefix("book/public/") for name in made[0]} >= {
        f"book-public{kind.ending}" for kind in TARGETS.values()
    }
    for name, each in zip(list(SURROUNDINGS)[1:], made[1:], strict=True):
        assert {path for path in made[0] if each.get(path) != made[0][path]} == set(), name
        assert each.keys() == made[0].keys()


def test_two_builds_at_once_lose_nothing(tmp_path: Path, cache: Path) -> None:
    """Two processes that build different editions into one folder leave both, and build.json names both."""
    root = project_at(tmp_path / "project", cache)
    names = ("public", "staff")
    processes = [start(root, "build", "--audience", name, "--target", "epub") for name in names]
    for process in processes:
        code, _, err = finish(process)
        assert code == 0, err
    files = json.loads((root / "output/build.json").read_text())["files"]
    assert set(files) == {f"book/{name}/book-{name}.epub" for name in names}


def test_build_json_says_what_was_made_and_nothing_of_what_was_withheld(tmp_path: Path, cache: Path) -> None:
    """build.json names each job, its hash, pages, words, inputs and versions, and no withheld word."""
    root = project_at(tmp_path / "project", cache, WITHHOLDS)
    result = run(root, "build", "--audience", "public", "--jobs", "1")
    assert result.exit_code == 0, result.output
    text = (root / "output/build.json").read_text()
    record = json.loads(text)
    assert record["versions"] == {
        "builder": builder.__version__, "python": platform.python_version(), **library_versions(),
        **system_versions(),
    }  # fmt: skip
    assert list(record["files"]) == ["book/public/book-public.epub", "book/public/book-public.pdf"]
    for name, entry in record["files"].items():
        data = (root / "output" / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        assert entry["bytes"] == len(data)
        assert entry["words"] > 0
        assert len(entry["inputs"]) == 64
        target = name.rsplit(".", 1)[1]
        assert (entry["pages"] is None) is (target == "epub")
        job = {"publication": "book", "audience": "public", "language": "en", "target": target}
        assert {key: entry["job"][key] for key in job} == job
    assert "zq" not in (text + result.output).lower()


def test_build_json_says_that_sections_were_chosen(project: Path) -> None:
    """A file that holds a choice of sections does not pass for the whole edition."""
    assert build_epub(project, "--only", "one").exit_code == 0
    text = (project / "output/build.json").read_text()
    assert '"only"' in text
    assert build_epub(project).exit_code == 0
    assert '"only"' not in (project / "output/build.json").read_text()


def test_inputs_change_with_what_is_seen_and_not_with_what_is_withheld(project: Path) -> None:
    """The hash of the inputs gives no withheld change away."""

    def inputs(overlay: dict) -> str:
        make_project(project, overlay)
        assert build_epub(project).exit_code == 0
        return json.loads((project / "output/build.json").read_text())["files"][
            "book/public/book-public.epub"
        ]["inputs"]

    first = inputs(WITHHOLDS)
    assert inputs({**WITHHOLDS, f"{BOOK}/one.md": SECRET.replace("words", "other words")}) == first
    assert inputs({**WITHHOLDS, f"{BOOK}/one.md": SECRET.replace("Open", "Opened")}) != first


# Check, list, explain, new


def test_check_finds_every_problem_and_writes_nothing(project: Path) -> None:
    """`check` ends with 0 or 1, prints each problem once and makes no file."""
    result = run(project, "check")
    assert result.exit_code == 0
    assert "8 deliverables checked: no problems" in result.stdout
    make_project(project, BAD_LINK)
    result = run(project, "check")
    assert result.exit_code == 1
    assert result.stderr.count("error[link-withheld]") == 1
    assert "in the editions public, press" in result.stderr
    assert written(project / "output") == {}


def test_check_prints_problems_as_json(project: Path) -> None:
    """`check --json` prints a list of problems with code, severity, message, editions, file, line, column and hint."""
    make_project(project, BAD_LINK)
    result = run(project, "check", "--json", "--audience", "public")
    (problem,) = json.loads(result.stdout)
    assert set(problem) == {"code", "severity", "message", "editions", "file", "line", "column", "hint"}
    assert problem["code"] == "link-withheld"
    assert problem["editions"] == ["public"]
    assert result.exit_code == 1


def test_a_problem_reads_as_the_handbook_says(project: Path) -> None:
    """A problem is `path:line:column: severity[code]: message`, and its hint below it, unbroken."""
    make_project(project, {f"{BOOK}/one.md": section("[Secret.]{audience=pres}\n")})
    result = run(project, "check", "--audience", "public")
    lines = [
        f"{BOOK}/one.md:5:1: error[unknown-audience]: unknown audience 'pres'",
        "  hint: did you mean 'press'?",
    ]
    assert result.stderr.splitlines()[:2] == lines


def test_list_shows_the_whole_project(project: Path) -> None:
    """`list` shows audiences with ceilings, editions with targets, sections with conditions."""
    make_project(project, WITHHOLDS)
    text = run(project, "list").stdout
    for words in (
        "public: The public (up to public; pdf, epub)", "book: A stock book", "book/staff (pdf, epub)",
        "one: First things", "zqid: Zqtitle things  (clearance internal)",
    ):  # fmt: skip
        assert words in text
    record = json.loads(run(project, "list", "--json").stdout)
    assert record["clearances"] == ["public", "restricted", "internal"]
    assert record["publications"][0]["editions"]["public"] == ["pdf", "epub"]
    assert record["publications"][0]["sections"][2]["conditions"] == {"clearance": "internal"}


def test_titles_are_printed_as_they_are_written(project: Path) -> None:
    """Signs that the terminal library reads as markup are only text in titles and names."""
    title = "A [/] stock [red]book[/red] :smile: [link=x]y[/link]"
    make_project(
        project,
        {
            f"{BOOK}/publication.yaml": PUBLICATION.replace("A stock book", f"'{title}'"),
            "content/audiences.yaml": AUDIENCES.replace("The public", "'The [b]public[/b]'"),
        },
    )
    result = run(project, "list")
    assert result.exit_code == 0, result.output
    assert title in result.stdout
    assert "The [b]public[/b]" in result.stdout
    folder = project / "a [b]folder[/b]"
    assert "a [b]folder[/b]/book" in build_epub(project, "--output", str(folder)).stdout


def test_explain_names_the_rule_and_where_it_is_written(project: Path) -> None:
    """`explain` says of each unit whether it is in or out, by which rule, at which line of which file."""
    make_project(project, WITHHOLDS)
    result = run(project, "explain", "book/public", "--json")
    assert result.exit_code == 0
    decisions = {(each["unit"], each["kind"]): each for each in json.loads(result.stdout)}
    section_out = decisions["zqid", "section"]
    assert section_out["in"] is False
    assert section_out["rule"] == "clearance internal is above the ceiling public"
    assert section_out["rule_at"] == f"{BOOK}/zqfile.md:4:12"
    span_out = decisions[f"{BOOK}/one.md:5:12", "inline"]
    assert span_out["in"] is False
    assert span_out["rule"] == "audience 'staff' does not hold for public"
    text = run(project, "explain", "book/public", "zqid").stdout
    assert "out" in text
    assert f"{BOOK}/zqfile.md:4:12" in text
    assert "one.md" not in text


def test_explain_knows_what_comes_after_a_part_that_is_out(project: Path) -> None:
    """A part without a section for this audience hides no decision about snippets and data that follow it."""
    parts = "[{part: Gone, sections: [zqfile.md]}, one.md, two.md]"
    text = "::: snippet {ref=note}\n:::\n\n::: table {data=data/t.csv caption=Towns}\n:::\n"
    make_project(
        project,
        WITHHOLDS
        | {
            f"{BOOK}/publication.yaml": PUBLICATION.replace("[one.md, two.md]", parts),
            f"{BOOK}/one.md": section(text),
            f"{BOOK}/snippets/note.md": "---\nclearance: public\n---\nA note.\n",
            f"{BOOK}/data/t.csv": "town,loan,_clearance\nA,1,\nB,2,internal\n",
        },
    )
    result = run(project, "explain", "book/public", "--json")
    assert result.exit_code == 0, result.output
    decisions = {each["unit"]: each["in"] for each in json.loads(result.stdout)}
    assert decisions["part-1"] is False
    assert decisions["snippet note"] is True
    assert decisions[f"{BOOK}/data/t.csv:3"] is False


def test_explain_refuses_a_line_that_the_file_does_not_have(project: Path) -> None:
    """A line behind the end of a file is wrong usage, and the message says where the file ends."""
    make_project(project, WITHHOLDS)
    result = run(project, "explain", "book/public", "one.md:9999")
    assert result.exit_code == 2
    lines = len((project / BOOK / "one.md").read_text().splitlines())
    assert f"{BOOK}/one.md has no line 9999: it has {lines} lines" in " ".join(result.stderr.split())


def test_a_new_publication_checks_and_builds_without_a_problem(project: Path) -> None:
    """`new` makes files that are right as they stand, whatever its title."""
    title = 'Energy: a "guide" \\ #1 {{ x }} 100 % — Өвөл'
    result = run(project, "new", "energy-brief", "--title", title)
    assert result.exit_code == 0, result.output
    made = {line.removeprefix("made ") for line in result.stdout.splitlines() if line.startswith("made ")}
    assert {f"content/{name}" for name in written(project / "content") if "energy-brief" in name} == made
    check = run(project, "check", "--publication", "energy-brief")
    assert (check.exit_code, check.stderr) == (0, "")
    assert "no problems" in check.stdout
    record = json.loads(run(project, "list", "--json").stdout)
    assert title in [publication["title"] for publication in record["publications"]]
    build = run(project, "build", "--publication", "energy-brief", "--audience", "public", "--jobs", "1")
    assert build.exit_code == 0, build.output
    assert "2 of 2 files built: no problems" in build.stderr


@pytest.mark.parametrize("words", [("Book",), ("a--b",), ("../x",), ("book",), ("x", "--title", "  ")])
def test_a_bad_name_makes_no_publication(project: Path, words: tuple[str, ...]) -> None:
    """`new` refuses a name or title that can't be, before it writes anything."""
    before = written(project / "content")
    result = run(project, "new", *words)
    assert result.exit_code in (1, 2)
    assert "hint: " in result.stderr
    assert written(project / "content") == before


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("biuld",), "'build'"),
        (("build", "--audience", "pubic"), "'public'"),
        (("build", "--publication", "bok"), "'book'"),
        (("check", "--language", "enn"), "'en'"),
        (("build", "--target", "epub", "--audience", "public", "--only", "tow"), "'two'"),
        (("build", "--target", "epub", "--audience", "public", "--without", "tow"), "'two'"),
        (("explain", "book/pubic"), "'book/public'"),
        (("explain", "book/public", "tow"), "'two'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_known_one(
    project: Path, words: tuple[str, ...], meant: str
) -> None:
    """A slip in a name ends with an error that offers the right one."""
    result = run(project, *words)
    assert result.exit_code in (1, 2)
    assert f"id you mean {meant}?" in result.stderr
    assert written(project / "output") == {}


# The machine


def test_python_without_asserts_checks_alike(tmp_path: Path) -> None:
    """`python -O` changes nothing."""
    make_project(tmp_path, BAD_LINK)
    plain = start(tmp_path, "check")
    optimised = start(tmp_path, "check", flags=("-O",))
    assert finish(plain) == finish(optimised)
    assert plain.returncode == 1


def test_a_typesetter_that_cannot_start_is_named(tmp_path: Path, cache: Path) -> None:
    """Without Pango the first line says what is missing, and the run ends with 3."""
    root = project_at(tmp_path / "project", cache)
    fake = tmp_path / "fake/weasyprint"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    path = f"{fake.parent}{os.pathsep}{ROOT}"
    code, _, err = finish(
        start(root, "build", "--audience", "public", "--jobs", "1", env={"PYTHONPATH": path})
    )
    assert code == 3
    first = next(line for line in err.splitlines() if "error[" in line)
    assert "WeasyPrint" in first
    assert "libpango" in first
    assert "Traceback" not in err


PAGES = {"ebooklib", "fontTools", "pikepdf", "pypdfium2", "weasyprint"}
"""What sets, packs and reads finished files."""
PROJECT = {"babel", "jinja2", "lxml", "markdown_it", "pydantic", "yaml", "importlib.metadata", "builder.load", "builder.pipeline"}
"""What loads a project."""
NETWORK = {"importlib.metadata", "email", "http", "ssl", "urllib.request"}
"""What libraries load to look for plugins and to fetch what nobody asks for."""


def check_in_process(program: str) -> None:
    """A program that asserts something ends well in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("modules", "without"),
    [
        ("builder.verify.leaks.engines", {"asyncio", "ssl", "pydantic"}),
        ("builder.verify.leaks.pdf_pages", {"pydantic", "markdown_it", "yaml", "weasyprint"}),
        ("builder.verify.leaks.pdf_places", {"pydantic", "markdown_it", "yaml", "weasyprint"}),
    ],
)
def test_readers_of_finished_files_load_nothing_that_they_do_not_read(modules: str, without: set[str]) -> None:
    """A worker that reads pages need not know what is looked for, nor what an engine has beside."""
    program = (
        f"import sys, {modules} as found\n"
        "getattr(found, 'load_engines', list)()\n"
        f"assert not (found := sorted({without!r} & set(sys.modules))), found\n"
    )
    check_in_process(program)


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["--help"], PAGES | PROJECT | {"rich", "subprocess", "tempfile"}),
        (["build", "--help"], PAGES | PROJECT | {"rich", "subprocess", "tempfile"}),
        (["build", "--target", "epub", "--audience", "public"], PAGES | PROJECT | {"rich", "tarfile"}),
        (["list"], PAGES | {"babel", "builder.pipeline"}),
        (["check"], PAGES | NETWORK),
        (["explain", "book/public"], PAGES | NETWORK),
    ],
    ids=lambda value: "-".join(value).replace("--", "") if isinstance(value, list) else "",
)
def test_a_command_loads_what_it_needs_and_no_more(project: Path, arguments: list[str], without: set[str]) -> None:
    """Help, lists, checks, and a build that has nothing to make start without what takes half a second to load."""
    if "--target" in arguments:
        assert build_epub(project).exit_code == 0
    program = (
        "import sys\nfrom builder.cli import main\n"
        f"try: main({['--project', str(project), *arguments]!r})\n"
        "except SystemExit as ended: assert not ended.code, ended.code\n"
        f"assert not (found := sorted({without!r} & set(sys.modules))), found\n"
    )
    check_in_process(program)
