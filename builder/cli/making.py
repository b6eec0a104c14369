"""Commands that make files, and the one that says whether a file is what would be made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from builder.cli.ending import CONTENT_PROBLEMS, GOOD, exit_code, fail
from builder.cli.options import FILE, address, filters, json_option, output_option, split, strict_option
from builder.cli.wanted import about, choose
from builder.conditions import TARGETS
from builder.desk.capacity import default_jobs
from builder.desk.desk import Desk
from builder.diagnostics import BuildProblem, Diagnostic, has_errors
from builder.world import PRIVATE

if TYPE_CHECKING:
    from builder.desk.crew import Crew
    from builder.desk.keeping import Keeper
    from builder.desk.outcome import Outcome


@click.command()
@filters
@click.option("--target", multiple=True, type=click.Choice(list(TARGETS)), help="Only this kind of file.")
@click.option("--only", multiple=True, metavar="IDS", help="Only these sections, by id, for this run.")
@click.option("--without", multiple=True, metavar="IDS", help="Leave these sections out, for this run.")
@output_option("Where the files go")
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    help=f"Files to make at the same time; else what processors and memory allow, here {default_jobs()}.",
)
@click.option(
    "--executor",
    metavar="ADDRESS",
    callback=address,
    help="Build on the workers of this dask scheduler, as in tcp://scheduler:8786.",
)
@strict_option
@click.option(
    "--sign",
    type=FILE,
    metavar="KEY",
    help="Sign the sums of each edition with this secret key, of minisign or SSH.",
)
@click.option("--watch", is_flag=True, help="Go on: build again what each change touches, until Ctrl-C.")
@json_option("Print the result as JSON.")
@click.pass_obj
def build(
    desk: Desk, publication, audience, language, target, only, without, output, jobs, executor, strict, sign, watch,
    as_json
) -> None:  # fmt: skip
    """Build editions into output/."""
    from builder.desk.crew import OneRun
    from builder.desk.keeping import Keeper, has_record
    from builder.desk.outcome import Outcome, tell
    from builder.store import clear_strays

    if watch and (executor or as_json or sign):
        other = "--executor" if executor else "--json" if as_json else "--sign"
        raise click.UsageError(f"--watch can't be used with {other}")
    if jobs and executor:
        raise click.UsageError("choose one of --jobs and --executor: a cluster has its own number of workers")
    folder = output or desk.root / "output"
    request = [publication, audience, language, target, split(only), split(without)]

    def build_once(desk: Desk, keeper: Keeper, crew: Crew) -> Outcome:
        kept = keeper.recall(request)
        if kept is not None:
            clear_strays(folder, desk.root / "output" / ".cache", desk.root / PRIVATE)
            return Outcome(tuple(kept), len(kept))
        crew.begin()
        project, problems = desk.project()
        try:
            chosen = choose(desk, project, publication, audience, language, target)
        except click.UsageError:
            if has_errors(problems):  # the language may be that of a publication which can't be read
                raise BuildProblem(problems) from None
            raise
        if chosen:
            crew.announce(project, chosen[0], folder / chosen[0].path if len(chosen) == 1 else None)
        from builder.desk.building import run_build
        from builder.selection import Choice

        choice = Choice(split(only), split(without))
        found = about(problems, publication)
        outcome = run_build(desk, keeper, found, chosen, choice, folder, strict, crew)
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
    with OneRun(desk, jobs or default_jobs(), executor) as crew:
        if not has_record(request, desk.world, folder):
            crew.begin()
        outcome = build_once(desk, Keeper(desk.world, folder), crew)
    if key is not None:
        outcome = signed(outcome, folder, key)
    tell(desk, outcome, folder, as_json)
    if key is not None and outcome.wanted and not (as_json or desk.is_quiet):
        is_well = not has_errors(outcome.problems)
        done = f"signed with {key.tool.command}" if is_well else "nothing is signed, since not all is well"
        desk.err.print(done, style="bold")
    raise SystemExit(exit_code(outcome.problems) or (GOOD if outcome.wanted else CONTENT_PROBLEMS))


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--key",
    type=FILE,
    metavar="PUBLIC",
    help="Check the signature first, with a public key or a file of allowed signers.",
)
@json_option("Print the result as JSON.")
@click.pass_obj
def verify(desk: Desk, file: Path, key: Path | None, as_json: bool) -> None:
    """Say whether a finished file is what this project builds, byte for byte."""
    from builder.desk.signing import read_key
    from builder.desk.verifying import run_verify

    public = None if key is None else read_key(key, "--key", is_secret=False)
    project, _ = desk.project()
    if not file.is_file():
        hint = "name a finished file, as in output/handbook/author/handbook-author.pdf"
        fail(desk, (Diagnostic("missing-file", f"'{file}' does not exist", None, hint),))
    raise SystemExit(exit_code(run_verify(desk, project, file, as_json, public)))


@click.command()
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
