"""What the leak certificate and the other checks of finished files cost: their share of a build.

    python -m bench.certificate [--project FOLDER] [PUBLICATION[/AUDIENCE[/TARGET]] …]

Each file is built in a process of its own, first with an empty cache and then again with what that left; the
certificate and the checks are timed inside it, as processor seconds, which other work on the machine disturbs
less than the clock.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.book import ROOT
from bench.measure import Cost, Failed
from builder import pipeline
from builder.desk.capacity import collect_seldom
from builder.load import load
from builder.model import Job
from builder.orders import Order
from builder.verify.leaks import certify as leaks
from builder.world import World

LIMIT = 0.15


@dataclass
class Spent:
    """Processor seconds of one build."""

    rest: float = 0.0
    certificate: float = 0.0
    checks: float = 0.0

    @property
    def looking(self) -> float:
        """What was spent on looking at the file."""
        return self.certificate + self.checks


def timed(job: Job, root: Path, templates: Path, cache: Path) -> Spent:
    """Builds one file, and says where the time went; raises RuntimeError where it can't be built."""
    spent = Spent()

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **more: Any) -> Any:
            started = time.process_time()
            try:
                return real(*arguments, **more)
            finally:
                setattr(spent, name, getattr(spent, name) + time.process_time() - started)

        return run

    leaks.certify = watched("certificate", leaks.certify)
    pipeline.CHECKS = tuple(watched("checks", check) for check in pipeline.CHECKS)
    collect_seldom()  # as the builder's processes do
    started = time.process_time()
    made = pipeline.build(Order(job, root, templates, cache))
    spent.rest = time.process_time() - started - spent.looking
    if made.value is None:
        raise RuntimeError("; ".join(map(str, made.problems)))
    return spent


def each_job(root: Path, fonts: Path, wanted: list[str], builds: int = 2) -> Iterator[tuple[Job, *tuple[Spent, ...]]]:
    """The jobs of a project with what each build takes, a cold one and then those that find all chapters."""
    templates = root / "templates" if (root / "templates").is_dir() else ROOT / "templates"
    jobs = load(World(root, templates)).value.jobs()
    for job in [job for job in jobs if not wanted or any(str(job).startswith(name) for name in wanted)]:
        with tempfile.TemporaryDirectory() as cache:
            if fonts.is_dir():
                shutil.copytree(fonts, Path(cache) / "fonts")
            spent = []
            for _ in range(builds):
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    spent.append(pool.submit(timed, job, root, templates, Path(cache)).result())
            yield job, *spent


def shares(root: Path, fonts: Path) -> list[Cost]:
    """What looking costs in cold builds of all files of a project, and the rest; raises Failed where one can't be built."""
    try:
        found = [cold for _, cold in each_job(root, fonts, [], builds=1)]
    except RuntimeError as problem:
        raise Failed(str(problem)) from None
    looking, rest = sum(each.looking for each in found), sum(each.rest for each in found)
    return [Cost(looking, looking), Cost(rest, rest)]


def main() -> None:
    """Prints two lines for each file: a cold build, and the same again."""
    parser = argparse.ArgumentParser(prog="make bench-checks")
    parser.add_argument("--project", type=Path, default=ROOT)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    print(f"{'':40} {'rest':>8} {'certificate':>12} {'checks':>8} {'share':>7}")
    for job, *builds in each_job(given.project.resolve(), ROOT / "output/.cache/fonts", given.names):
        for state, spent in zip(("cold", "again"), builds, strict=True):
            share = spent.looking / spent.rest
            mark = "  over the limit" if state == "cold" and share > LIMIT else ""
            figures = f"{spent.rest:8.2f} {spent.certificate:12.2f} {spent.checks:8.2f} {share:7.1%}"
            print(f"{job!s:34} {state:5} {figures}{mark}", flush=True)


if __name__ == "__main__":
    main()
