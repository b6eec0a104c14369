"""`builder diff`: what changed between two editions, or between two revisions of one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click
from msgspec import Struct

from builder.desk.changes import changes_record, print_changes
from builder.desk.desk import Desk
from builder.desk.history import world_at
from builder.desk.proofing import not_for_distribution
from builder.diagnostics import BuildProblem, Diagnostic, has_errors, unique
from builder.diff.bars import write_changes
from builder.diff.compare import UnitChange, compare
from builder.diff.sides import Side, higher, read_side
from builder.load import load
from builder.messages import dump, print_problems, problem_record, summary
from builder.model import Job
from builder.project import Project
from builder.save import refuse_beside_deliverables, save
from builder.templating import environment, fill


class Request(Struct, frozen=True):
    """One side of a comparison as it was asked for."""

    name: str
    job: Job
    revision: str | None = None
    """A git revision, or None for the files as they are."""


def run_diff(
    desk: Desk,
    project: Project,
    problems: tuple[Diagnostic, ...],
    old: Request,
    new: Request,
    html: Path | None,
    pdf: Path | None,
    as_json: bool,
) -> tuple[Diagnostic, ...]:
    """Compares, prints, and writes the files that were asked for; returns every problem."""
    for path in filter(None, (html, pdf)):
        refuse_beside_deliverables(path, desk.root)
    if pdf is not None and new.job.kind.base != "pdf":
        raise click.UsageError(f"'{new.name}' is compared as an ebook: --pdf needs an edition with pages")
    found = list(problems)
    sides = [_read(desk, project, request, found) for request in (old, new)]
    before, after = sides
    if before is None or after is None:
        return _finish(desk, found, as_json)
    changes = compare(before.text, after.text)
    clearance = higher(project.vocabulary, before.ceiling, after.ceiling)
    record = changes_record(before.name, after.name, clearance, changes)
    if as_json:
        files = [str(path) for path in (html, pdf) if path is not None]
        click.echo(
            dump({**record, "files": files, "problems": [problem_record(each) for each in unique(found)]})
        )
    else:
        print_changes(desk.out, record)
    if html is not None:
        env = environment(desk.world)
        _write(
            html,
            lambda: fill(env, "html/diff.html", changes=record).encode(),
            clearance,
            found,
        )
    if pdf is not None:
        _write(pdf, lambda: _pages(desk, before, after, changes, clearance, found), clearance, found)
    return _finish(desk, found, as_json)


def _read(desk: Desk, project: Project, request: Request, found: list[Diagnostic]) -> Side | None:
    """One side; the problems of an older state are only told where it can't be read."""
    if request.revision is None:
        made = read_side(request.name, project, request.job, desk.world)
        found.extend(made.problems)
        return made.value
    with ExitStack() as stack:
        world = stack.enter_context(world_at(request.revision, desk.world))
        loaded = load(world, request.job.publication)
        past = loaded.value
        jobs = past.jobs() if past is not None else []
        if past is None or request.job not in jobs:
            found.extend(each for each in loaded.problems if has_errors([each]))
            edition = request.job.folder
            message = f"the edition '{edition}' can't be read at '{request.revision}'"
            hint = "name a revision in which it is declared and has no error"
            found.append(Diagnostic("unknown-revision", message, None, hint))
            return None
        made = read_side(request.name, past, request.job, world)
    if made.value is None:
        found.extend(made.problems)
    return made.value


def _pages(
    desk: Desk,
    before: Side,
    after: Side,
    changes: tuple[UnitChange, ...],
    clearance: str,
    found: list[Diagnostic],
) -> bytes:
    made = write_changes(before, after, changes, clearance, desk.world, desk.root / "output" / ".cache")
    found.extend(made.problems)
    return made.value.data


def _write(path: Path, make: Callable[[], bytes], clearance: str, found: list[Diagnostic]) -> None:
    try:
        save(path, make(), 0o600)
    except BuildProblem as problem:
        found.extend(problem.problems)
        return
    found.append(not_for_distribution(str(path), "the text of both sides", clearance))


def _finish(desk: Desk, found: list[Diagnostic], as_json: bool) -> tuple[Diagnostic, ...]:
    everything = unique(found)
    if not as_json:
        print_problems(desk.err, everything)
        if has_errors(everything) and not desk.is_quiet:
            desk.err.print(summary(everything), style="bold")
    elif has_errors(everything):
        click.echo(dump({"changes": [], "problems": [problem_record(each) for each in everything]}))
    return everything
