"""What every command works with: the project folder, and where to speak."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct, field

from builder.diagnostics import BuildProblem, Diagnostic
from builder.world import AUDIENCES, PUBLICATIONS, SHIPPED, World, find_root

# A build that has nothing to make answers before these are needed: they are loaded where they are used.
if TYPE_CHECKING:
    from rich.console import Console

    from builder.project import Project


class Desk(Struct, dict=True):
    """One run of the command line."""

    given_root: Path | None
    """The project folder that was named; else it is looked for from here upwards."""
    is_quiet: bool
    is_debug: bool
    is_json: bool = False
    """Whether a script reads the result."""
    is_sarif: bool = False
    """Whether a code host reads the problems."""
    read: dict[str, str] = field(default_factory=dict)
    """The hash of each file that the project was loaded from, by path."""

    @cached_property
    def root(self) -> Path:
        """The project folder; raises click.UsageError where there is none."""
        found = self.given_root.resolve() if self.given_root else find_root(Path.cwd())
        if found is None or not (found / AUDIENCES).is_file():
            where = self.given_root or "this folder or one above it"
            raise click.UsageError(f"no project: there is no content/audiences.yaml in {where}")
        return found

    def publication_names(self) -> list[str]:
        """The folders of publications, those with errors in them too."""
        paths = self.world.files(PUBLICATIONS, "/publication.yaml")
        return [path.split("/")[2] for path in paths if path.count("/") == 3]

    @property
    def world(self) -> World:
        """The project's files; templates come from the project, else from the builder itself."""
        own = self.root / "templates"
        return World(self.root, own if own.is_dir() else SHIPPED)

    @cached_property
    def out(self) -> Console:
        """Where results go."""
        return _console(is_error=False)

    @cached_property
    def err(self) -> Console:
        """Where problems and progress go."""
        return _console(is_error=True)

    def project(self) -> tuple[Project, tuple[Diagnostic, ...]]:
        """The project and its problems; raises BuildProblem where it can't be used at all."""
        from builder.load import load

        world = self.world
        loaded = load(world)
        self.read = world.log
        if loaded.value is None:
            raise BuildProblem(loaded.problems)
        return loaded.value, loaded.problems


def open_closed_streams() -> None:
    """Puts nothing in the place of standard streams that are closed, before a finished file gets their number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (it stays open)


def _console(is_error: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if is_error else sys.stdout
    # A pipe has no width of its own: lines must not be broken for a script that reads them.
    return Console(
        stderr=is_error, highlight=False, markup=False, emoji=False, width=None if stream.isatty() else 200
    )
