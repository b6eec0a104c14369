"""What every command works with: the project folder, and where to speak."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.console import Console

from builder.diagnostics import BuildProblem, Diagnostic
from builder.load import load
from builder.project import Project
from builder.world import World


@dataclass
class Desk:
    """One run of the command line."""

    root: Path
    is_quiet: bool
    is_debug: bool

    @property
    def world(self) -> World:
        """The project's files; templates come from the project, else from the builder itself."""
        own = self.root / "templates"
        shipped = Path(__file__).resolve().parents[2] / "templates"
        return World(self.root, own if own.is_dir() else shipped)

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
        loaded = load(self.world)
        if loaded.value is None:
            raise BuildProblem(loaded.problems)
        return loaded.value, loaded.problems


def _console(is_error: bool) -> Console:
    stream = sys.stderr if is_error else sys.stdout
    # A pipe has no width of its own: lines must not be broken for a script that reads them.
    return Console(stderr=is_error, highlight=False, width=None if stream.isatty() else 200)
