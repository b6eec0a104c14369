"""What a build came to, and how it is told when the build is over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from builder.desk.desk import Desk
from builder.diagnostics import Diagnostic, has_errors
from builder.messages import (
    deliverable_record,
    dump,
    print_deliverables,
    print_problems,
    problem_record,
    summary,
)

if TYPE_CHECKING:
    from builder.model import Deliverable


class Outcome(Struct, frozen=True):
    """The files that are good now, and every problem."""

    made: tuple[Deliverable, ...]
    """In the order of their jobs; those that were there already, too."""
    wanted: int
    """How many files were asked for."""
    problems: tuple[Diagnostic, ...] = ()

    @property
    def kept(self) -> int:
        """How many files were there already, made from the same."""
        return sum(each.is_kept for each in self.made)


def tell(desk: Desk, outcome: Outcome, folder: Path, as_json: bool) -> None:
    """Prints the problems, a line for each file, and how many were built."""
    made, problems, kept = list(outcome.made), outcome.problems, outcome.kept
    if as_json:
        files = [deliverable_record(each) for each in made]
        click.echo(dump({"files": files, "problems": [problem_record(problem) for problem in problems]}))
        return
    if problems:
        print_problems(desk.err, problems)
    if made and not desk.is_quiet:
        shown = str(folder.relative_to(desk.root)) if folder.is_relative_to(desk.root) else str(folder)
        print_deliverables(made, shown)
    if not desk.is_quiet or has_errors(problems):
        stale = outcome.wanted - kept
        count = f"{len(made) - kept} of {stale} files built" if stale or not kept else ""
        if kept:
            count += f"{', ' if count else 'nothing to build, '}{kept} unchanged"
        click.secho(f"{count}: {summary(problems)}", err=True, bold=True)
    if not outcome.wanted and not has_errors(problems):
        click.secho("nothing to build: no edition fits the filters", err=True, bold=True)
