"""The command line: options become jobs, jobs go down the pipeline; the only place that prints and exits."""

from __future__ import annotations

from pathlib import Path

import click

from builder import __version__
from builder.cli.asking import check, explain, list_, matrix
from builder.cli.ending import Commands
from builder.cli.making import build, new, verify
from builder.cli.reviewing import diff, pictures, proof
from builder.desk.desk import Desk

COMMANDS = [build, check, diff, explain, list_, matrix, new, pictures, proof, verify]
"""Every command; a new one is a row here."""


@click.group(cls=Commands, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
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
