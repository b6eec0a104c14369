"""The command line: options become jobs, jobs go down the pipeline; the only place that prints and exits."""

from __future__ import annotations

import re
import signal
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from builder import __version__
from builder.conditions import TARGETS
from builder.desk.capacity import default_jobs
from builder.desk.desk import Desk, open_closed_streams
from builder.diagnostics import BuildProblem, Diagnostic, did_you_mean, has_errors, unique
from builder.world import PUBLICATIONS

if TYPE_CHECKING:
    from builder.desk.outcome import Outcome
    from builder.model import Job
    from builder.project import Project

GOOD, CONTENT_PROBLEMS, WRONG_USAGE, BAD_ENVIRONMENT = 0, 1, 2, 3
MACHINE = {"internal", "environment", "worker-died", "worker-differs"}
"""Codes of what is no fault of the content."""


class _Group(click.Group):
    """Turns what goes wrong into one message and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        open_closed_streams()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BuildProblem as problem:
            _fail(ctx.obj, problem.problems)
        except (click.ClickException, click.exceptions.Exit, click.Abort, SystemExit, BrokenPipeError):
            # Who reads a pipe only to the tenth line is not told of it; click ends the run in silence.
            raise
        except KeyboardInterrupt as stop:
            click.echo(getattr(stop, "message", "interrupted"), err=True)
            raise SystemExit(getattr(stop, "code", 128 + signal.SIGINT)) from None
        except Exception as problem:  # noqa: BLE001 (the last door: whatever comes is told in one line)
            if ctx.params.get("debug"):
                traceback.print_exc()
                raise SystemExit(BAD_ENVIRONMENT) from None
            click.echo(f"error[internal]: {type(problem).__name__}: {problem}", err=True)
            click.echo("  hint: run again with --debug, and report it with what it prints", err=True)
            raise SystemExit(BAD_ENVIRONMENT) from None


def _fail(desk: Desk, problems: tuple[Diagnostic, ...]) -> NoReturn:
    """Prints the problems and ends the run."""
    from builder.messages import dump, print_problems, problem_record, summary

    found = unique(problems)
    if desk.is_sarif:
        from builder.desk.sarif import sarif_log

        click.echo(dump(sarif_log(found)))
    elif desk.is_json:
        records = [problem_record(problem) for problem in found]
        is_check = click.get_current_context().invoked_subcommand == "check"
        click.echo(dump(records if is_check else {"files": [], "problems": records}))
    else:
        print_problems(desk.err, found)
        desk.err.print(summary(found), style="bold")
    raise SystemExit(_exit_code(found))


def _exit_code(problems: Iterable[Diagnostic]) -> int:
    """3 where the builder or its surroundings failed, 1 for problems of the content, else 0."""
    found = list(problems)
    if any(problem.code in MACHINE for problem in found):
        return BAD_ENVIRONMENT
    return CONTENT_PROBLEMS if has_errors(found) else GOOD


def _remember(name: str) -> Callable:
    """Keeps an option on the desk, for a run that ends before its command has begun."""

    def remember(ctx: click.Context, parameter: click.Parameter, value: bool) -> bool:
        if ctx.obj is not None:
            setattr(ctx.obj, name, value)
        return value

    return remember


def _json_option(text: str) -> Callable:
    remember = _remember("is_json")
    return click.option("--json", "as_json", is_flag=True, callback=remember, help=text)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="builder")
@click.option(
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    help="The project folder; else it is looked for from here upwards.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
@click.option("--debug", is_flag=True, help="Print the traceback of an internal error.")
@click.pass_context
def main(ctx: click.Context, project: Path | None, quiet: bool, debug: bool) -> None:
    """One source, an edition for every audience, as printed briefing and as ebook."""
    ctx.obj = Desk(project, quiet, debug)


def _filters(command: Callable) -> Callable:
    """The options that choose editions, the same for each command."""
    for name, text in (
        ("language", "Only editions in this language."),
        ("audience", "Only editions for this audience."),
        ("publication", "Only this publication."),
    ):
        command = click.option(f"--{name}", multiple=True, help=text)(command)
    return command


def _choose(
    desk: Desk, project: Project, publication: tuple, audience: tuple, language: tuple, target: tuple = ()
) -> list[Job]:
    known = {
        "publication": desk.publication_names(),
        "audience": list(project.audiences),
        "language": sorted({job.language for job in project.jobs()}),
    }
    for key, values in (("publication", publication), ("audience", audience), ("language", language)):
        for value in values:
            if value not in known[key]:
                raise click.UsageError(f"unknown {key} '{value}'; {did_you_mean(value, known[key])}")
    return [
        job
        for job in project.jobs()
        if (not publication or job.publication in publication)
        and (not audience or job.audience in audience)
        and (not language or job.language in language)
        and (not target or job.target in target)
    ]


def _about(problems: tuple[Diagnostic, ...], publication: tuple[str, ...]) -> tuple[Diagnostic, ...]:
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


def _address(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", value):
        raise click.BadParameter(f"expected an address like tcp://scheduler:8786, found '{value}'")
    return value


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


@main.command()
@_filters
@click.option("--target", multiple=True, type=click.Choice(list(TARGETS)), help="Only this kind of file.")
@click.option("--only", multiple=True, metavar="IDS", help="Only these sections, by id, for this run.")
@click.option("--without", multiple=True, metavar="IDS", help="Leave these sections out, for this run.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where the files go; else output/ in the project."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    help=f"Files to make at the same time; else what processors and memory allow, here {default_jobs()}.",
)
@click.option(
    "--executor",
    metavar="ADDRESS",
    callback=_address,
    help="Build on the workers of this dask scheduler, as in tcp://scheduler:8786.",
)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option(
    "--sign",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="KEY",
    help="Sign the sums of each edition with this secret key, of minisign or SSH.",
)
@click.option("--watch", is_flag=True, help="Go on: build again what each change touches, until Ctrl-C.")
@_json_option("Print the result as JSON.")
@click.pass_obj
def build(
    desk: Desk, publication, audience, language, target, only, without, output, jobs, executor, strict, sign, watch,
    as_json,
) -> None:  # fmt: skip
    """Build editions into output/."""
    from builder.desk.keeping import Keeper
    from builder.desk.outcome import Outcome, tell

    if watch and (executor or as_json or sign):
        other = "--executor" if executor else "--json" if as_json else "--sign"
        raise click.UsageError(f"--watch can't be used with {other}")
    if jobs and executor:
        raise click.UsageError("choose one of --jobs and --executor: a cluster has its own number of workers")
    folder = output or desk.root / "output"
    request = [publication, audience, language, target, _split(only), _split(without)]

    def build_once(desk: Desk, keeper: Keeper, hire: Any) -> Outcome:
        kept = keeper.recall(request)
        if kept is not None:
            return Outcome(tuple(kept), len(kept))
        from builder.desk.building import run_build
        from builder.selection import Choice

        project, problems = desk.project()
        try:
            chosen = _choose(desk, project, publication, audience, language, target)
        except click.UsageError:
            if has_errors(problems):  # the language may be that of a publication which can't be read
                raise BuildProblem(problems) from None
            raise
        choice = Choice(_split(only), _split(without))
        found = _about(problems, publication)
        outcome = run_build(desk, keeper, found, chosen, choice, folder, strict, hire)
        if not outcome.problems and len(outcome.made) == len(chosen):
            keeper.settle(request, list(outcome.made), desk.read)
        return outcome

    if watch:
        from builder.desk.watching import run_watch

        run_watch(desk, folder, jobs or default_jobs(), build_once)
        return
    key = None
    if sign is not None:
        from builder.desk.signing import needed_key, signed

        key = needed_key(sign)
    outcome = build_once(desk, Keeper(desk.world, folder), _hire(desk, jobs, executor))
    if key is not None:
        outcome = signed(outcome, folder, key)
    tell(desk, outcome, folder, as_json)
    if key is not None and outcome.wanted and not (as_json or desk.is_quiet):
        is_well = not has_errors(outcome.problems)
        done = f"signed with {key.tool.command}" if is_well else "nothing is signed, since not all is well"
        desk.err.print(done, style="bold")
    raise SystemExit(_exit_code(outcome.problems) or (GOOD if outcome.wanted else CONTENT_PROBLEMS))


def _hire(desk: Desk, jobs: int | None, executor: str | None) -> Callable:
    """Who makes the files of one build, from their number."""

    def hire(files: int) -> Any:
        from builder.desk.building import hire_for_once

        return hire_for_once(desk, jobs or default_jobs(), executor, files)

    return hire


@main.command()
@_filters
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option(
    "--sarif", is_flag=True, callback=_remember("is_sarif"), help="Print the problems as SARIF 2.1.0."
)
@click.option("--readability", is_flag=True, help="Print how hard each edition is to read, too.")
@_json_option("Print the problems as JSON.")
@click.pass_obj
def check(desk: Desk, publication, audience, language, strict, sarif, readability, as_json) -> None:
    """Find every problem of every edition; build nothing."""
    from builder.desk.sarif import sarif_log
    from builder.messages import dump, print_problems, problem_record, summary
    from builder.pipeline import check_all, reading_scores, weighed

    if sum((sarif, readability, as_json)) > 1:
        raise click.UsageError("choose one of --json, --sarif and --readability")
    project, loaded = desk.project()
    chosen = _choose(desk, project, publication, audience, language)
    problems = [*_about(loaded, publication), *check_all(project, chosen, desk.world)]
    found = weighed(problems, strict)
    if as_json:
        click.echo(dump([problem_record(problem) for problem in found]))
    elif sarif:
        click.echo(dump(sarif_log(found)))
    else:
        print_problems(desk.err, found)
        if readability:
            for edition, score in reading_scores(project, chosen, desk.world):
                desk.out.print(f"{edition}: {'too short to score' if score is None else score}")
        if not desk.is_quiet:
            desk.out.print(f"{len(chosen)} deliverables checked: {summary(found)}")
            if not chosen and not has_errors(found):
                desk.err.print("nothing to check: no edition fits the filters", style="bold")
    raise SystemExit(_exit_code(found) or (GOOD if chosen else CONTENT_PROBLEMS))


@main.command("list")
@_json_option("Print the list as JSON.")
@click.pass_obj
def list_(desk: Desk, as_json) -> None:
    """List publications, audiences, editions and sections."""
    from builder.desk.listing import listing_record, print_listing
    from builder.messages import dump, print_problems

    project, problems = desk.project()
    if as_json:
        click.echo(dump(listing_record(project)))
    else:
        print_listing(desk.out, project)
        print_problems(desk.err, problems)
    raise SystemExit(_exit_code(problems))


def _jobs_of(
    desk: Desk, project: Project, problems: tuple[Diagnostic, ...], edition: str, publication: str = ""
) -> list[Job]:
    """The files of one edition, named as `PUBLICATION/EDITION[/TARGET]`, or shorter where that is enough."""
    parts = edition.split("/")
    if parts[0] in desk.publication_names() and parts[0] not in [p.id for p in project.publications]:
        _fail(desk, _about(problems, (parts[0],)))
    jobs = [
        job
        for job in project.jobs()
        if parts
        in ([job.publication, job.edition], [job.publication, job.edition, job.target], [job.edition])
        and publication in ("", job.publication)
    ]
    if not jobs:
        known = sorted({f"{job.publication}/{job.edition}" for job in project.jobs()})
        raise click.UsageError(f"unknown edition '{edition}'; {did_you_mean(edition, known)}")
    if len({job.publication for job in jobs}) > 1:
        raise click.UsageError(
            f"'{edition}' is an edition of several publications; write PUBLICATION/{edition}"
        )
    return jobs


@main.command()
@click.argument("edition", metavar="PUBLICATION/EDITION[/TARGET]")
@click.argument("section", required=False, metavar="[SECTION|FILE:LINE]")
@_json_option("Print the answer as JSON.")
@click.pass_obj
def explain(desk: Desk, edition: str, section: str | None, as_json: bool) -> None:
    """Say why each unit is in or out of an edition, and where the rule is written."""
    from builder.desk.listing import explain_edition
    from builder.messages import decision_record, dump, print_decisions

    project, problems = desk.project()
    jobs = _jobs_of(desk, project, problems, edition)
    try:
        decisions = explain_edition(project, jobs[0], desk.world, section)
    except LookupError as problem:
        raise click.UsageError(str(problem)) from None
    if decisions is None:
        known = [each.id for each in project.publication(jobs[0].publication).walk()]
        if ":" in (section or ""):
            raise click.UsageError(f"'{section}' is no place in a file of '{jobs[0].publication}'")
        raise click.UsageError(f"unknown section '{section}'; {did_you_mean(section or '', known)}")
    if as_json:
        click.echo(dump([decision_record(decision) for decision in decisions]))
    else:
        print_decisions(desk.out, decisions)


@main.command()
@click.argument("edition", metavar="PUBLICATION/EDITION[/TARGET]")
@click.argument("picture", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.png")
@click.option("--pages", metavar="RANGES", help="Only these pages, as in 1-3,7; else all.")
@click.option("--columns", type=click.IntRange(1, 20), default=4, help="Pages in a row; else 4.")
@click.option("--width", type=click.IntRange(50, 2000), default=300, help="Pixels of a page; else 300.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Where the finished files are; else output/ in the project.",
)
@click.pass_obj
def pictures(desk: Desk, edition: str, picture: Path, pages, columns: int, width: int, output) -> None:
    """Show pages of a finished PDF side by side in one picture."""
    from builder.desk.pictures import contact_sheet
    from builder.save import save

    project, problems = desk.project()
    jobs = _jobs_of(desk, project, problems, edition)
    job = next((each for each in jobs if each.file_name.endswith(".pdf")), None)
    if job is None:
        raise click.UsageError(f"'{edition}' is not made as a PDF")
    file = (output or desk.root / "output") / job.path
    if not file.is_file():
        command = (
            f"builder build --publication {job.publication} --audience {job.audience} --target {job.target}"
        )
        problem = Diagnostic("missing-file", f"'{file}' does not exist", None, f"build it first: {command}")
        _fail(desk, (problem,))
    if picture.suffix.casefold() != ".png":
        raise click.BadParameter("the picture is a PNG: give it a name that ends in .png", param_hint="FILE.png")
    save(picture, contact_sheet(file.read_bytes(), pages, columns, width))
    if not desk.is_quiet:
        desk.out.print(f"made {picture}")


@main.command()
@click.argument("publication", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page of HTML into this file.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where files were built; else output/ in the project."
)
@_json_option("Print the matrix as JSON.")
@click.pass_obj
def matrix(desk: Desk, publication, as_csv, page, output, as_json) -> None:
    """Show which edition gets which unit, by which rule, with words and pages."""
    from builder.desk.table import matrix_csv, matrix_html, matrix_record, print_matrix, read_built
    from builder.matrix import make_matrix, unused_audiences
    from builder.messages import dump, print_problems, problem_record
    from builder.save import save

    if as_csv and as_json:
        raise click.UsageError("choose one of --csv and --json")
    project, problems = desk.project()
    wanted = () if publication is None else (publication,)
    _choose(desk, project, wanted, (), ())
    built = read_built(output or desk.root / "output")
    made = [
        make_matrix(project, each, desk.world, built)
        for each in project.publications
        if publication in (None, each.id)
    ]
    found = unique(
        [*_about(problems, wanted), *unused_audiences(project), *(p for each in made for p in each.problems)]
    )
    if page is not None:
        save(page, matrix_html(made, desk.world).encode())
    if as_csv:
        click.echo(matrix_csv(made), nl=False)
    elif as_json:
        records = [matrix_record(each) for each in made]
        click.echo(dump({"publications": records, "problems": [problem_record(each) for each in found]}))
    elif page is None:
        for each in made:
            print_matrix(desk.out, each)
    if not as_json:
        print_problems(desk.err, found)
    raise SystemExit(_exit_code(found))


@main.command()
@click.argument("old", metavar="EDITION|REV..[REV]")
@click.argument("new", metavar="EDITION")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the changes as HTML, too."
)
@click.option(
    "--pdf",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the newer edition with its changes marked, too.",
)
@_json_option("Print the changes as JSON.")
@click.pass_obj
def diff(desk: Desk, old: str, new: str, html: Path | None, pdf: Path | None, as_json: bool) -> None:
    """Say what changed between two editions, or between two git revisions of one; not for distribution."""
    from builder.desk.comparing import Request, run_diff
    from builder.desk.history import revisions_of

    project, problems = desk.project()
    later = _jobs_of(desk, project, problems, new)
    revisions = revisions_of(old)
    beside = "" if "/" in old else later[0].publication
    earlier = later if revisions else _jobs_of(desk, project, problems, old, beside)
    if earlier[0].publication != later[0].publication:
        raise click.UsageError(f"'{old}' and '{new}' are editions of different publications")
    shared = {job.target for job in earlier} & {job.target for job in later}
    # The first of the targets is the PDF, which has pages to mark.
    pair = [next((job for job in jobs if job.target in shared), jobs[0]) for jobs in (earlier, later)]
    names = [f"{job.publication}/{job.edition}" for job in pair]
    ends = [None, None]
    if revisions:
        names = [f"{name} at {end or 'the working tree'}" for name, end in zip(names, revisions, strict=True)]
        ends = [end or None for end in revisions]
    requests = [Request(*each) for each in zip(names, pair, ends, strict=True)]
    found = run_diff(desk, project, _about(problems, (later[0].publication,)), *requests, html, pdf, as_json)
    raise SystemExit(_exit_code(found))


@main.command()
@click.argument("publication")
@click.option("--language", help="In this language; else in the publication's own.")
@_json_option("Print the result as JSON.")
@click.pass_obj
def proof(desk: Desk, publication: str, language: str | None, as_json: bool) -> None:
    """Make a copy for reviewers with every unit, each condition marked; not for distribution."""
    from builder.desk.proofing import run_proof

    project, problems = desk.project()
    known = [each.id for each in project.publications]
    if publication not in known:
        if publication in desk.publication_names():
            _fail(desk, _about(problems, (publication,)))
        raise click.UsageError(f"unknown publication '{publication}'; {did_you_mean(publication, known)}")
    shape = project.publication(publication).shape
    languages = [shape.language, *shape.translations]
    if language is not None and language not in languages:
        raise click.UsageError(f"unknown language '{language}'; {did_you_mean(language, languages)}")
    chosen = "" if language in (None, shape.language) else language
    found = run_proof(desk, project, _about(problems, (publication,)), publication, chosen, as_json)
    raise SystemExit(_exit_code(found))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PUBLIC",
    help="Check the signature first, with a public key or a file of allowed signers.",
)
@_json_option("Print the result as JSON.")
@click.pass_obj
def verify(desk: Desk, file: Path, key: Path | None, as_json: bool) -> None:
    """Say whether a finished file is what this project builds, byte for byte."""
    from builder.desk.signing import read_key
    from builder.desk.verifying import run_verify

    public = None if key is None else read_key(key, "--key", is_secret=False)
    project, _ = desk.project()
    if not file.is_file():
        hint = "name a finished file, as in output/handbook/author/handbook-author.pdf"
        _fail(desk, (Diagnostic("missing-file", f"'{file}' does not exist", None, hint),))
    raise SystemExit(_exit_code(run_verify(desk, project, file, as_json, public)))


@main.command()
@click.argument("name")
@click.option("--title", help="The title; else made from the name.")
@click.pass_obj
def new(desk: Desk, name: str, title: str | None) -> None:
    """Make a publication to start from."""
    from builder.desk.starting import start_publication

    project, _ = desk.project()
    made = start_publication(desk.root, project, name, title)
    if not desk.is_quiet:
        for path in made:
            desk.out.print(f"made {path}")
        desk.out.print(f"next: builder build --publication {name}")
