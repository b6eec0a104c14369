"""Runs a program as a whole process and says what it cost; tables of medians and ratios."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


class Failed(Exception):
    """A program that can't be measured, in one line why."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a program took."""

    wall: float
    """Seconds by the clock."""
    cpu: float
    """Seconds of processors, of the process and of all that it started."""
    peak: float = 0.0
    """MB of the largest of these processes; never less than the 15 of the one that starts them."""

    def __add__(self, other: Cost) -> Cost:
        """The cost of both, one after the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))

    def per(self, count: float) -> Cost:
        """The time of one of so many."""
        return Cost(self.wall / count, self.cpu / count, self.peak)


def run(command: Sequence[str], folder: Path, surroundings: Mapping[str, str] | None = None) -> Cost:
    """Runs a command in a folder, what it prints in `log.txt`; raises Failed with its first error where it fails."""
    report = folder / ".cost.json"
    report.unlink(missing_ok=True)
    launch = [sys.executable, str(TESTS / "bench/launch.py"), str(report), *command]
    with open(folder / "log.txt", "wb") as log:
        subprocess.run(launch, cwd=folder, stdout=log, stderr=log, env={**os.environ, **(surroundings or {})}, check=False)
    printed = (folder / "log.txt").read_text("utf-8", "replace").strip() or "it printed nothing"
    lines = printed.splitlines()
    said = next((line for line in lines if "error" in line.lower()), lines[-1])
    if not report.is_file():
        raise Failed(said)
    found = json.loads(report.read_text("utf-8"))
    if code := found.pop("code"):
        raise Failed(f"{Path(command[0]).name}: exit code {code}: {said}")
    return Cost(**found)


def measured(name: str, program: Callable[[], Cost]) -> Cost:
    """The cost of one run, which is shown on the terminal while it lasts and when it is done; raises Failed."""
    is_terminal = sys.stderr.isatty()
    if is_terminal:
        print(f"  {name} …", end="", file=sys.stderr, flush=True)
    started = time.perf_counter()
    said = "failed"
    try:
        cost = program()
        said = f"{cost.wall:.2f} s, {cost.cpu:.2f} s of processors"
        return cost
    finally:
        took = f" after {time.perf_counter() - started:.0f} s" if said == "failed" else ""
        start = "\r" if is_terminal else ""
        print(f"{start}  {name}: {said}{took}", file=sys.stderr, flush=True)


Costs = list[Cost] | str
"""The runs of a program, or why it could not be measured."""


def interleaved(programs: Mapping[str, Callable[[], Cost]], runs: int) -> dict[str, Costs]:
    """Runs each program in turn, and all of them again: what disturbs the machine disturbs each alike.

    A program that fails is left out from then on, and has its reason in the place of costs.
    """
    costs: dict[str, Costs] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            found = costs[name]
            if isinstance(found, list):
                try:
                    found.append(measured(name, program))
                except Failed as problem:
                    costs[name] = str(problem)
    return costs


def median(costs: Sequence[Cost], what: str) -> float:
    """The median of one of the figures."""
    return statistics.median(getattr(cost, what) for cost in costs)


def spread(costs: Sequence[Cost], what: str) -> float:
    """Half the way from the smallest to the largest figure, as a part of the median."""
    values = [getattr(cost, what) for cost in costs]
    middle = statistics.median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0.0


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Rows as text: the first columns to the left, figures to the right; a row may end early."""
    cells = [[*row, *[""] * (len(head) - len(row))] for row in [head, *rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]

    def line(row: Sequence[str]) -> str:
        parts = [cell.ljust(w) if at < left else cell.rjust(w) for at, (cell, w) in enumerate(zip(row, widths, strict=True))]
        return "  ".join(parts).rstrip()

    return "\n".join([line(cells[0]), line(["-" * width for width in widths]), *map(line, cells[1:])])
