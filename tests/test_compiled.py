"""A template is compiled once for all runs, and what is kept of it can neither be slipped in nor break out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest

from builder import compiled as compiled_module
from builder import templating
from builder.compiled import Compiled, private_folder
from builder.diagnostics import BuildProblem
from builder.templating import environment, fill
from builder.world import World

Render = Callable[[], tuple[str, bool]]
"""What the template makes in a run of its own, and whether it had to be compiled."""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that is this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A project with one template."""
    templates = tmp_path / "project/templates"
    templates.mkdir(parents=True)
    (templates / "a.html").write_text("{% for each in values %}<b>{{ each }}</b>{% endfor %}")
    return World(tmp_path / "project", templates)


@pytest.fixture
def run(world: World, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Render:
    """Fills the template as a process does that has just begun."""

    def run() -> tuple[str, bool]:
        fresh = Compiled(world.root)
        monkeypatch.setattr(templating, "compiled", lambda _: fresh)
        env, seen = environment(world), []
        plain = env._compile
        monkeypatch.setattr(env, "_compile", lambda *values: seen.append(values) or plain(*values))
        return fill(env, "a.html", values=["<i>"]), bool(seen)

    return run


def kept(folder: Path) -> list[Path]:
    """The files in which compiled templates are kept."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_template_is_compiled_once_for_all_runs(run: Render, world: World) -> None:
    """The second run makes the same of it, and compiles it only where it has changed."""
    assert run() == ("<b>&lt;i&gt;</b>", True)
    assert run() == ("<b>&lt;i&gt;</b>", False)
    (world.templates / "a.html").write_text("{{ values[0] }}")
    assert run() == ("&lt;i&gt;", True)
    assert run() == ("&lt;i&gt;", False)


@pytest.mark.parametrize("cause", ["hash_program", "packages"])
def test_what_another_program_compiled_is_not_taken(
    run: Render, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code belongs to the builder, Python and packages that made it."""
    run()
    monkeypatch.setattr(compiled_module, cause, lambda: "another")
    assert run()[1]


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: data[:40], lambda data: data[:-1], lambda data: data[:60] + b"\xff" + data[61:]],
    ids=["empty", "cut short", "cut at the end", "changed"],
)
def test_what_was_damaged_is_compiled_anew(run: Render, temporary: Path, damage: Callable[[bytes], bytes]) -> None:
    """A file that a machine lost half of when it lost power is as good as gone, and is mended."""
    run()
    (path,) = kept(temporary)
    path.write_bytes(damage(path.read_bytes()))
    assert run() == ("<b>&lt;i&gt;</b>", True)
    assert run() == ("<b>&lt;i&gt;</b>", False)


def test_the_code_of_one_template_is_not_that_of_another(run: Render, world: World, temporary: Path) -> None:
    """What is kept under the name of something else is known by its seal."""
    run()
    (first,) = kept(temporary)
    (world.templates / "a.html").write_text("another")
    run()
    second = next(path for path in kept(temporary) if path != first)
    second.write_bytes(first.read_bytes())
    assert run() == ("another", True)


def test_only_the_user_can_write_where_code_is_kept(run: Render, temporary: Path) -> None:
    """The folder is the user's alone."""
    run()
    (path,) = kept(temporary)
    assert (temporary / path.relative_to(temporary).parts[0]).stat().st_mode & 0o777 == 0o700


def taken(temporary: Path) -> None:
    """Somebody else has put something in the place of the folder."""
    (temporary / "elsewhere").mkdir()
    os.symlink("elsewhere", temporary / f"_jinja2-cache-{os.getuid()}")


def foreign(temporary: Path) -> None:
    """Somebody else has made the folder."""
    if os.getuid():
        pytest.skip("only root can give a folder away")
    (temporary / "_jinja2-cache-0").mkdir()
    os.chown(temporary / "_jinja2-cache-0", 4711, 4711)


@pytest.mark.parametrize("hinder", [taken, foreign, Path.rmdir], ids=["link", "foreign", "missing"])
def test_without_a_folder_of_its_own_each_run_compiles(
    run: Render, temporary: Path, hinder: Callable[[Path], None]
) -> None:
    """Where the folder is not the user's, or can't be made, nothing is taken from it or put there."""
    hinder(temporary)
    assert run() == ("<b>&lt;i&gt;</b>", True)
    assert run() == ("<b>&lt;i&gt;</b>", True)
    assert kept(temporary) == []


def test_a_folder_that_is_full_costs_time_and_nothing_else(run: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept where nothing can be written."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert run() == ("<b>&lt;i&gt;</b>", True)
    assert run() == ("<b>&lt;i&gt;</b>", True)


def test_code_is_never_taken_from_a_project(world: World, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger hands over a project with all that lies in it, and a program may be started in there."""
    assert private_folder(world.root) is not None
    assert private_folder(temporary) is None
    assert private_folder(temporary.parent) is None
    monkeypatch.chdir(temporary)
    assert private_folder(world.root) is None


def test_code_from_outside_the_sandbox_is_not_taken(world: World, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program of the user may keep the same template in the same folder, compiled without a sandbox."""

    def forbidden() -> str:
        return "called"

    forbidden.unsafe_callable = True
    (world.templates / "a.html").write_text("{{ call() }}")
    loader = jinja2.FileSystemLoader(world.templates)
    other = jinja2.Environment(loader=loader, bytecode_cache=jinja2.FileSystemBytecodeCache())
    assert other.get_template("a.html").render(call=forbidden) == "called"
    assert len(kept(temporary)) == 1
    for _ in range(2):
        monkeypatch.setattr(templating, "compiled", Compiled)
        with pytest.raises(BuildProblem, match="not safely callable"):
            fill(environment(world), "a.html", call=forbidden)
