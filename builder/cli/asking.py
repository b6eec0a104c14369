"""Commands that answer a question about the content, and build nothing."""

from __future__ import annotations

import click

from builder.cli.ending import CONTENT_PROBLEMS, GOOD, exit_code, unknown
from builder.cli.options import FILE, filters, json_option, output_option, remember, strict_option
from builder.cli.wanted import about, choose, jobs_of
from builder.desk.desk import Desk
from builder.diagnostics import has_errors, unique


@click.command()
@filters
@strict_option
@click.option(
    "--sarif", is_flag=True, callback=remember("is_sarif"), help="Print the problems as SARIF 2.1.0."
)
@click.option("--readability", is_flag=True, help="Print how hard each edition is to read, too.")
@json_option("Print the problems as JSON.")
@click.pass_obj
def check(desk: Desk, publication, audience, language, strict, sarif, readability, as_json) -> None:
    """Find every problem of every edition; build nothing."""
    from builder.desk.sarif import sarif_log
    from builder.examine import examine
    from builder.messages import dump, print_problems, problem_record, summary
    from builder.pipeline import weighed

    if sum((sarif, readability, as_json)) > 1:
        raise click.UsageError("choose one of --json, --sarif and --readability")
    project, loaded = desk.project()
    chosen = choose(desk, project, publication, audience, language)
    examined = examine(project, chosen, desk.world, readability)
    found = weighed([*about(loaded, publication), *examined.problems], strict)
    if as_json:
        click.echo(dump([problem_record(problem) for problem in found]))
    elif sarif:
        click.echo(dump(sarif_log(found)))
    else:
        print_problems(desk.err, found)
        for edition, score in examined.value.items():
            desk.out.print(f"{edition}: {'too short to score' if score is None else score}")
        if not desk.is_quiet:
            desk.out.print(f"{len(chosen)} deliverables checked: {summary(found)}")
            if not chosen and not has_errors(found):
                desk.err.print("nothing to check: no edition fits the filters", style="bold")
    raise SystemExit(exit_code(found) or (GOOD if chosen else CONTENT_PROBLEMS))


@click.command("list")
@json_option("Print the list as JSON.")
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
    raise SystemExit(exit_code(problems))


@click.command()
@click.argument("edition", metavar="PUBLICATION/EDITION[/TARGET]")
@click.argument("section", required=False, metavar="[SECTION|FILE:LINE]")
@json_option("Print the answer as JSON.")
@click.pass_obj
def explain(desk: Desk, edition: str, section: str | None, as_json: bool) -> None:
    """Say why each unit is in or out of an edition, and where the rule is written."""
    from builder.desk.listing import explain_edition
    from builder.messages import decision_record, dump, print_decisions

    project, problems = desk.project()
    jobs = jobs_of(desk, project, problems, edition)
    try:
        decisions = explain_edition(project, jobs[0], desk.world, section)
    except LookupError as problem:
        raise click.UsageError(str(problem)) from None
    if decisions is None:
        known = [each.id for each in project.publication(jobs[0].publication).walk()]
        if ":" in (section or ""):
            raise click.UsageError(f"'{section}' is no place in a file of '{jobs[0].publication}'")
        raise unknown("section", section or "", known)
    if as_json:
        click.echo(dump([decision_record(decision) for decision in decisions]))
    else:
        print_decisions(desk.out, decisions)


@click.command()
@click.argument("publication", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--html", "page", type=FILE, help="Write a page of HTML into this file.")
@output_option("Where files were built")
@json_option("Print the matrix as JSON.")
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
    choose(desk, project, wanted, (), ())
    built = read_built(output or desk.root / "output")
    made = [
        make_matrix(project, each, desk.world, built)
        for each in project.publications
        if publication in (None, each.id)
    ]
    found = unique(
        [*about(problems, wanted), *unused_audiences(project), *(p for each in made for p in each.problems)]
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
    raise SystemExit(exit_code(found))
