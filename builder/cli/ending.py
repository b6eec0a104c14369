"""How a run ends: with what went wrong in one message, and with an exit code."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Iterable
from typing import Any, NoReturn

import click

from builder.desk.desk import Desk, open_closed_streams
from builder.diagnostics import BuildProblem, Diagnostic, did_you_mean, has_errors, unique

GOOD, CONTENT_PROBLEMS, WRONG_USAGE, BAD_ENVIRONMENT = 0, 1, 2, 3
MACHINE = {"internal", "environment", "worker-died", "worker-differs"}
"""Codes of what is no fault of the content."""


class Commands(click.Group):
    """The commands; whatever goes wrong in one of them becomes one message and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        open_closed_streams()
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BuildProblem as problem:
            fail(ctx.obj, problem.problems)
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


def fail(desk: Desk, problems: tuple[Diagnostic, ...]) -> NoReturn:
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
    raise SystemExit(exit_code(found))


def exit_code(problems: Iterable[Diagnostic]) -> int:
    """3 where the builder or its surroundings failed, 1 for problems of the content, else 0."""
    found = list(problems)
    if any(problem.code in MACHINE for problem in found):
        return BAD_ENVIRONMENT
    return CONTENT_PROBLEMS if has_errors(found) else GOOD


def unknown(kind: str, name: str, known: Iterable[str]) -> click.UsageError:
    """The error for a name on the command line that names nothing, with the nearest that does."""
    return click.UsageError(f"unknown {kind} '{name}'; {did_you_mean(name, known)}")
