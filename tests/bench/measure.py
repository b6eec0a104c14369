"""Runs a program as a whole process and says what it cost; tables of medians and ratios."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a program took."""

    wall: float
    """Seconds by the clock."""
    cpu: float
    """Seconds of processors, of the process and of all its children that it waited for."""
    peak: float
    """MB of the largest of these processes; never less than this one has, so that it imports little."""


def run(command: Sequence[str], folder: Path, surroundings: Mapping[str, str] | None = None) -> Cost:
    """Runs a command in a folder; raises RuntimeError with what it printed where it fails."""
    started = time.perf_counter()
    with open(folder / "log.txt", "wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **(surroundings or {})}
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        printed = (folder / "log.txt").read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}\n{printed}")
    kilobytes = usage.ru_maxrss if os.uname().sysname == "Linux" else usage.ru_maxrss / 1024
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, kilobytes / 1024)


def interleaved(programs: Mapping[str, Callable[[], Cost]], runs: int) -> dict[str, list[Cost]]:
    """Runs each program in turn, and all of them again: what disturbs the machine disturbs each alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            costs[name].append(program())
    return costs


def median(costs: Sequence[Cost], what: str) -> float:
    """The median of one of the figures."""
    return statistics.median(getattr(cost, what) for cost in costs)


def spread(costs: Sequence[Cost], what: str) -> float:
    """Half the way from the smallest to the largest figure, as a part of the median."""
    values = [getattr(cost, what) for cost in costs]
    middle = statistics.median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0.0


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows as text: the first column to the left, figures to the right."""
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [cell.ljust(w) if at == 0 else cell.rjust(w) for at, (cell, w) in enumerate(zip(row, widths, strict=True))]
        return "  ".join(cells).rstrip()

    return "\n".join([line(head), line(["-" * width for width in widths]), *map(line, rows)])
