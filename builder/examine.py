"""What can be found wrong with editions without setting a page, the linter's finds too."""

from __future__ import annotations

from collections.abc import Iterable

from builder.diagnostics import Checked, Diagnostic, has_errors, unique
from builder.document import document_of
from builder.lint.look import look_at
from builder.lint.meant import without_meant
from builder.lint.reading import reading_score
from builder.lint.rules import lint_edition, lint_files
from builder.model import Job
from builder.project import Project
from builder.verify.budget import within_budget
from builder.world import World


def check_all(project: Project, jobs: Iterable[Job], world: World) -> tuple[Diagnostic, ...]:
    """Every problem of the given editions that can be found without setting a page, the linter's too."""
    return examine(project, jobs, world).problems


def examine(
    project: Project, jobs: Iterable[Job], world: World, is_scored: bool = False
) -> Checked[dict[str, int | None]]:
    """Those problems, found in one pass over the editions; where it `is_scored`, the reading scores of those that can be
    made, too, None for one that is too short for a score."""
    problems: list[Diagnostic] = []
    scores: dict[str, int | None] = {}
    chosen = list(jobs)
    for job in chosen:
        made = document_of(project, job, world)
        problems.extend(made.problems)
        if made.value is not None:
            selection, _, _, document = made.value
            problems.extend(within_budget(document, b"", None))
            problems.extend(lint_edition(project, selection, document))
            if is_scored and (name := job.folder) not in scores:
                scores[name] = reading_score(look_at(selection, document))
    if not has_errors(problems):
        for name in dict.fromkeys(job.publication for job in chosen):
            publication = project.publication(name)
            problems.extend(lint_files(project, publication, world))
            is_whole = {job for job in project.jobs() if job.publication == name} <= set(chosen)
            problems = list(without_meant(problems, publication, world, is_whole))
    return Checked(scores, unique(problems))
