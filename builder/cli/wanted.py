"""Which publications and editions a command is about: names from the command line, among those of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from builder.cli.ending import fail, unknown
from builder.desk.desk import Desk
from builder.diagnostics import Diagnostic
from builder.world import PUBLICATIONS

if TYPE_CHECKING:
    from builder.model import Job
    from builder.project import Project


def choose(
    desk: Desk, project: Project, publication: tuple, audience: tuple, language: tuple, target: tuple = ()
) -> list[Job]:
    """The files that fit the filters; raises click.UsageError for a name that the project does not have."""
    known = {
        "publication": desk.publication_names(),
        "audience": list(project.audiences),
        "language": sorted({job.language for job in project.jobs()}),
    }
    for key, values in (("publication", publication), ("audience", audience), ("language", language)):
        for value in values:
            if value not in known[key]:
                raise unknown(key, value, known[key])
    return [
        job
        for job in project.jobs()
        if (not publication or job.publication in publication)
        and (not audience or job.audience in audience)
        and (not language or job.language in language)
        and (not target or job.target in target)
    ]


def about(problems: tuple[Diagnostic, ...], publication: tuple[str, ...]) -> tuple[Diagnostic, ...]:
    """The problems of the wanted publications, and those of the whole project."""
    folders = tuple(f"{PUBLICATIONS}/{name}/" for name in publication)
    return tuple(
        problem
        for problem in problems
        if not folders
        or problem.span is None
        or not problem.span.path.startswith(f"{PUBLICATIONS}/")
        or problem.span.path.startswith(folders)
    )


def stop_if_unreadable(
    desk: Desk, project: Project, problems: tuple[Diagnostic, ...], publication: str
) -> None:
    """Ends the run with the problems of a publication that is there, but could not be read."""
    if publication in desk.publication_names() and publication not in [
        each.id for each in project.publications
    ]:
        fail(desk, about(problems, (publication,)))


def jobs_of(
    desk: Desk, project: Project, problems: tuple[Diagnostic, ...], edition: str, publication: str = ""
) -> list[Job]:
    """The files of one edition, named as `PUBLICATION/EDITION[/TARGET]`, or shorter where that is enough."""
    parts = edition.split("/")
    stop_if_unreadable(desk, project, problems, parts[0])
    jobs = [
        job
        for job in project.jobs()
        if parts
        in ([job.publication, job.edition], [job.publication, job.edition, job.target], [job.edition])
        and publication in ("", job.publication)
    ]
    if not jobs:
        known = sorted({job.folder for job in project.jobs()})
        raise unknown("edition", edition, known)
    if len({job.publication for job in jobs}) > 1:
        raise click.UsageError(
            f"'{edition}' is an edition of several publications; write PUBLICATION/{edition}"
        )
    return jobs
