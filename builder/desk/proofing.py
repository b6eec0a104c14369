"""`builder proof`: makes the proof copy, and keeps it away from what goes out."""

from __future__ import annotations

from typing import Any

import click

from builder.desk.desk import Desk
from builder.diagnostics import Diagnostic, Severity, unique
from builder.messages import dump, print_problems, problem_record, size, summary
from builder.project import Project
from builder.proof.copy import Proof, make_proof
from builder.save import PRIVATE, prepare_output, save_private


def run_proof(
    desk: Desk, project: Project, problems: tuple[Diagnostic, ...], name: str, language: str, as_json: bool
) -> tuple[Diagnostic, ...]:
    """Makes and saves the proof copy of one publication in one language; returns every problem.

    It has no place to choose and no line in `build.json`: nothing that sends files out finds it.
    """
    folder = desk.root / "output"
    prepare_output(folder, desk.root)
    made = make_proof(project, name, desk.world, folder / ".cache", language)
    found = [*problems, *made.problems]
    path = f"{PRIVATE}/{name}/{name}-proof{'.' if language else ''}{language}.pdf"
    if made.value is not None:
        save_private(folder, path, made.value.data)
        found.append(
            not_for_distribution(
                f"output/{path}", f"everything that '{name}' withholds", made.value.clearance
            )
        )
    everything = unique(found)
    if as_json:
        files = [] if made.value is None else [_record(made.value, path)]
        click.echo(dump({"files": files, "problems": [problem_record(each) for each in everything]}))
        return everything
    print_problems(desk.err, everything)
    if made.value is not None and not desk.is_quiet:
        proof = made.value
        desk.out.print(f"output/{path}  {proof.pages} pages  {proof.words:,} words  {size(len(proof.data))}")
    if not desk.is_quiet:
        desk.err.print(
            f"{int(made.value is not None)} of 1 proof copy made: {summary(everything)}", style="bold"
        )
    return everything


def not_for_distribution(file: str, what: str, clearance: str) -> Diagnostic:
    """The note that goes with every file that shows what editions withhold."""
    message = f"'{file}' holds {what}, up to the clearance '{clearance}'"
    hint = "give it to nobody who may not see all of it"
    return Diagnostic("not-for-distribution", message, None, hint, Severity.NOTE)


def _record(proof: Proof, path: str) -> dict[str, Any]:
    return {
        "file": path,
        "publication": proof.publication,
        "for_distribution": False,
        "clearance": proof.clearance,
        "pages": proof.pages,
        "words": proof.words,
        "bytes": len(proof.data),
        "conditions": [
            {"key": key.letter, "condition": key.label, "editions": list(key.editions), "units": key.units}
            for key in proof.marked.keys.values()
        ],
    }
