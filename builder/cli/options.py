"""Options that several commands have, and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


def remember(name: str) -> Callable:
    """Keeps an option on the desk, for a run that ends before its command has begun."""

    def remember(ctx: click.Context, parameter: click.Parameter, value: bool) -> bool:
        if ctx.obj is not None:
            setattr(ctx.obj, name, value)
        return value

    return remember


def json_option(text: str) -> Callable:
    """`--json`, for scripts."""
    return click.option("--json", "as_json", is_flag=True, callback=remember("is_json"), help=text)


def output_option(text: str) -> Callable:
    """`--output`, the folder of finished files."""
    return click.option(
        "--output", type=click.Path(path_type=Path), help=f"{text}; else output/ in the project."
    )


def strict_option(command: Callable) -> Callable:
    """`--strict`, which lets no warning pass."""
    return click.option("--strict", is_flag=True, help="Treat warnings as errors.")(command)


def filters(command: Callable) -> Callable:
    """`--publication`, `--audience` and `--language`, which choose editions."""
    for name, text in (
        ("language", "Only editions in this language."),
        ("audience", "Only editions for this audience."),
        ("publication", "Only this publication."),
    ):
        command = click.option(f"--{name}", multiple=True, help=text)(command)
    return command


def address(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The address of a scheduler; raises click.BadParameter for anything else."""
    if value is not None and not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d{1,5}", value):
        raise click.BadParameter(f"expected an address like tcp://scheduler:8786, found '{value}'")
    return value


def split(values: tuple[str, ...]) -> tuple[str, ...]:
    """The names in a repeated option, each of which may be several with commas."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
