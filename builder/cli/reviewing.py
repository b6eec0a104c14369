"""Commands for those who review: proof copies, comparisons, pages in a picture."""

from __future__ import annotations

from pathlib import Path

import click

from builder.cli.ending import exit_code, fail, unknown
from builder.cli.options import FILE, json_option, output_option
from builder.cli.wanted import about, jobs_of, stop_if_unreadable
from builder.desk.desk import Desk
from builder.diagnostics import Diagnostic


@click.command()
@click.argument("publication")
@click.option("--language", help="In this language; else in the publication's own.")
@json_option("Print the result as JSON.")
@click.pass_obj
def proof(desk: Desk, publication: str, language: str | None, as_json: bool) -> None:
    """Make a copy for reviewers with every unit, each condition marked; not for distribution."""
    from builder.desk.proofing import run_proof

    project, problems = desk.project()
    stop_if_unreadable(desk, project, problems, publication)
    known = [each.id for each in project.publications]
    if publication not in known:
        raise unknown("publication", publication, known)
    shape = project.publication(publication).shape
    languages = [shape.language, *shape.translations]
    if language is not None and language not in languages:
        raise unknown("language", language, languages)
    chosen = "" if language in (None, shape.language) else language
    found = run_proof(desk, project, about(problems, (publication,)), publication, chosen, as_json)
    raise SystemExit(exit_code(found))


@click.command()
@click.argument("old", metavar="EDITION|REV..[REV]")
@click.argument("new", metavar="EDITION")
@click.option("--html", type=FILE, help="Write the changes as HTML, too.")
@click.option("--pdf", type=FILE, help="Write the newer edition with its changes marked, too.")
@json_option("Print the changes as JSON.")
@click.pass_obj
def diff(desk: Desk, old: str, new: str, html: Path | None, pdf: Path | None, as_json: bool) -> None:
    """Say what changed between two editions, or between two git revisions of one; not for distribution."""
    from builder.desk.comparing import Request, run_diff
    from builder.desk.history import revisions_of

    project, problems = desk.project()
    later = jobs_of(desk, project, problems, new)
    revisions = revisions_of(old)
    beside = "" if "/" in old else later[0].publication
    earlier = later if revisions else jobs_of(desk, project, problems, old, beside)
    if earlier[0].publication != later[0].publication:
        raise click.UsageError(f"'{old}' and '{new}' are editions of different publications")
    shared = {job.target for job in earlier} & {job.target for job in later}
    # The first of the targets is the PDF, which has pages to mark.
    pair = [next((job for job in jobs if job.target in shared), jobs[0]) for jobs in (earlier, later)]
    names = [job.folder for job in pair]
    ends = [None, None]
    if revisions:
        names = [f"{name} at {end or 'the working tree'}" for name, end in zip(names, revisions, strict=True)]
        ends = [end or None for end in revisions]
    requests = [Request(*each) for each in zip(names, pair, ends, strict=True)]
    found = run_diff(desk, project, about(problems, (later[0].publication,)), *requests, html, pdf, as_json)
    raise SystemExit(exit_code(found))


@click.command()
@click.argument("edition", metavar="PUBLICATION/EDITION[/TARGET]")
@click.argument("picture", type=FILE, metavar="FILE.png")
@click.option("--pages", metavar="RANGES", help="Only these pages, as in 1-3,7; else all.")
@click.option("--columns", type=click.IntRange(1, 20), default=4, help="Pages in a row; else 4.")
@click.option("--width", type=click.IntRange(50, 2000), default=300, help="Pixels of a page; else 300.")
@output_option("Where the finished files are")
@click.pass_obj
def pictures(desk: Desk, edition: str, picture: Path, pages, columns: int, width: int, output) -> None:
    """Show pages of a finished PDF side by side in one picture."""
    from builder.desk.pictures import contact_sheet
    from builder.save import save

    project, problems = desk.project()
    jobs = jobs_of(desk, project, problems, edition)
    job = next((each for each in jobs if each.file_name.endswith(".pdf")), None)
    if job is None:
        raise click.UsageError(f"'{edition}' is not made as a PDF")
    file = (output or desk.root / "output") / job.path
    if not file.is_file():
        command = (
            f"builder build --publication {job.publication} --audience {job.audience} --target {job.target}"
        )
        problem = Diagnostic("missing-file", f"'{file}' does not exist", None, f"build it first: {command}")
        fail(desk, (problem,))
    if picture.suffix.casefold() != ".png":
        raise click.BadParameter(
            "the picture is a PNG: give it a name that ends in .png", param_hint="FILE.png"
        )
    save(picture, contact_sheet(file.read_bytes(), pages, columns, width))
    if not desk.is_quiet:
        desk.out.print(f"made {picture}")
