"""Problems and results as people read them: on a terminal, or as JSON for a script."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from builder.diagnostics import Diagnostic, Severity

# What Rich draws with takes a quarter of a build that has nothing to make: it is loaded where something is drawn.
if TYPE_CHECKING:
    from rich.console import Console

    from builder.model import Decision, Deliverable

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def print_problems(console: Console, problems: Iterable[Diagnostic]) -> None:
    """Each problem on its lines: place, weight, code, message, hint."""
    from rich.text import Text

    for problem in problems:
        line = Text()
        if problem.span:
            line.append(f"{problem.span}: ", style="bold")
        line.append(f"{problem.severity.word}[{problem.code}]", style=_COLOURS[problem.severity])
        line.append(f": {problem.text}")
        if problem.hint:
            line.append(f"\n  hint: {problem.hint}", style="dim")
        console.print(line, soft_wrap=True)


def summary(problems: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`, or `no problems`."""
    counted = []
    found = list(problems)
    for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE):
        count = sum(problem.severity is severity for problem in found)
        if count:
            counted.append(f"{count} {severity.word}{'s' if count > 1 else ''}")
    return ", ".join(counted) or "no problems"


def problem_record(problem: Diagnostic) -> dict[str, Any]:
    """A problem for `--json`."""
    span = problem.span
    return {
        "code": problem.code,
        "severity": problem.severity.word,
        "message": problem.text,
        "editions": list(problem.editions),
        "file": span.path if span else None,
        "line": span.line or None if span else None,
        "column": span.column or None if span else None,
        "hint": problem.hint,
    }


def deliverable_record(made: Deliverable) -> dict[str, Any]:
    """A finished file for `--json`."""
    return {
        "file": made.job.path,
        "publication": made.job.publication,
        "edition": made.job.edition,
        "target": made.job.target,
        "pages": made.pages,
        "words": made.words,
        "bytes": made.size,
        "seconds": round(made.seconds, 2),
        "alternatives": dict(made.alternatives),
    }


def print_deliverables(made: list[Deliverable], folder: str) -> None:
    """The table at the end of a build."""
    rows = [("file", "pages", "words", "size", "seconds")]
    for each in made:
        pages = "" if each.pages is None else str(each.pages)
        seconds = "unchanged" if each.is_kept else f"{each.seconds:.1f}"
        rows.append((f"{folder}/{each.job.path}", pages, f"{each.words:,}", size(each.size), seconds))
    first, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    for number, (file, *cells) in enumerate(rows):
        line = "  ".join([file.ljust(first), *map(str.rjust, cells, widths)])
        click.secho(line, bold=True if number == 0 else None)
    for each in made:
        if each.alternatives:
            chosen = ", ".join(f"{section} ({name})" for section, name in each.alternatives)
            click.echo(f"{each.job}: shortened to fit its budget: {chosen}")


def size(count: int) -> str:
    """A file size in kB or MB."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} kB"


def print_decisions(console: Console, decisions: Iterable[Decision]) -> None:
    """Why each unit is in or out."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "unit", "kind", "rule", "written at"):
        table.add_column(name, overflow="fold")
    for each in decisions:
        mark = Text("in", style="green") if each.is_in else Text("out", style="red")
        if each.bar is not None:
            mark = Text(f"redacted {each.bar}".rstrip(), style="yellow")
        table.add_row(mark, each.unit, each.kind, each.rule, str(each.rule_span or ""))
    console.print(table)


def decision_record(decision: Decision) -> dict[str, Any]:
    """A decision for `--json`."""
    return {
        "unit": decision.unit,
        "kind": decision.kind,
        "at": str(decision.span),
        "in": decision.is_in,
        "redacted": decision.bar,
        "rule": decision.rule,
        "rule_at": str(decision.rule_span) if decision.rule_span else None,
    }


def dump(value: Any) -> str:
    """JSON as a script reads it and a person can."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False)
