"""`builder verify`: builds the edition of a finished file again, and says whether it is the same file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from builder.desk.desk import Desk
from builder.desk.differing import differences
from builder.desk.history import source_of
from builder.desk.recorded import recorded
from builder.desk.signing import Key, signer_of
from builder.diagnostics import BuildProblem, Checked, Diagnostic, Span, unique
from builder.messages import dump, print_problems, problem_record
from builder.model import Deliverable, Job
from builder.orders import Order
from builder.pipeline import build
from builder.project import Project
from builder.selection import WHOLE, Choice


def run_verify(
    desk: Desk, project: Project, file: Path, as_json: bool, key: Key | None = None
) -> tuple[Diagnostic, ...]:
    """Builds the file's edition apart from all caches and compares every byte; returns the problems.

    With a key, the signature of the sums beside the file is checked first; where it does not hold, nothing is built.
    """
    given = file.read_bytes()
    job, entry = recorded(project, file, given, desk.root / "output")
    who, made, found, places = None, Checked(None), [], []
    try:
        who = None if key is None else signer_of(file, _shown(desk, file), key)
        made = _made(desk, job, entry)
        found.extend(made.problems)
    except BuildProblem as problem:
        found.extend(problem.problems)
    if made.value is not None:
        places = differences(given, made.value.data, job.kind.ending[-5:])
        if places:
            found.append(_differs(desk, file, job, places, entry))
    is_same = made.value is not None and not places
    everything = unique(found)
    if as_json:
        record = {
            "file": str(file),
            "job": str(job),
            "sha256": hashlib.sha256(given).hexdigest(),
            "is_same": is_same,
            "differences": places,
            "source": entry.get("source"),
            "signed_by": who,
            "problems": [problem_record(problem) for problem in everything],
        }
        click.echo(dump(record))
    else:
        print_problems(desk.err, everything)
        if is_same and not desk.is_quiet:
            signed = f", and signed by {who}" if who else ""
            desk.out.print(f"{file} is what this project builds for {job}{signed}", soft_wrap=True)
    return everything


def _made(desk: Desk, job: Job, entry: dict[str, Any]) -> Checked[Deliverable | None]:
    """The edition built afresh, with the sections that were chosen then."""
    choice = Choice(tuple(entry["only"]), tuple(entry["without"])) if _is_chosen(entry) else WHOLE
    with TemporaryDirectory(prefix="verify-") as folder:
        return build(Order(job, desk.world.root, desk.world.templates, Path(folder), choice))


def _is_chosen(entry: dict[str, Any]) -> bool:
    return bool(entry["only"] or entry["without"])


def _differs(desk: Desk, file: Path, job: Job, places: list[str], entry: dict[str, Any]) -> Diagnostic:
    message = f"the file is not what the project builds for {job}: {'; '.join(places)}"
    hint = "if the content has changed since, build it again; else ask where the file comes from"
    then, now = entry.get("source"), source_of(desk.root)
    if then and then != now:
        state = then["revision"][:12] + ("" if then["is_clean"] else " with changes of its own")
        hint = f"it was built from revision {state}: compare it there, or build it again"
    return Diagnostic("file-differs", message, Span(_shown(desk, file)), hint)


def _shown(desk: Desk, file: Path) -> str:
    real = file.resolve()
    return real.relative_to(desk.root).as_posix() if real.is_relative_to(desk.root) else str(file)
