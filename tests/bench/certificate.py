"""What the certificate and all other checks cost, as a share of the cold build of each file.

    make bench-checks ARGS="PUBLICATION[/AUDIENCE[/TARGET]] …"

Each file is built in a process of its own, from nothing but decoded fonts; the checks are timed inside it, as processor
seconds, which other work on the machine disturbs less than the clock.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.book import ROOT
from bench.measure import Cost, Failed
from builder import pipeline
from builder.load import load
from builder.model import Job
from builder.world import World

LIMIT = 0.15


def timed(job: Job, root: Path, fonts: Path) -> tuple[float, float]:
    """Processor seconds of all checks of a build, and of the rest of it; raises RuntimeError where it fails."""
    spent = [0.0]

    def counted(check: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            started = time.process_time()
            try:
                return check(*arguments)
            finally:
                spent[0] += time.process_time() - started

        return run

    pipeline.certify = counted(pipeline.certify)
    pipeline.CHECKS = tuple(map(counted, pipeline.CHECKS))
    with tempfile.TemporaryDirectory() as cache:
        if fonts.is_dir():
            shutil.copytree(fonts, Path(cache) / "fonts")
        started = time.process_time()
        made = pipeline.build(pipeline.Order(job, root, root / "templates", Path(cache)))
        whole = time.process_time() - started
    if made.value is None:
        raise RuntimeError("; ".join(map(str, made.problems)))
    return spent[0], whole - spent[0]


def each_job(root: Path, fonts: Path, wanted: list[str]) -> Iterator[tuple[Job, float, float]]:
    """Every job of a project with what its checks cost, and what the rest of its build does."""
    jobs = load(World(root, root / "templates")).value.jobs()
    for job in jobs:
        if not wanted or any(str(job).startswith(name) for name in wanted):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                yield job, *pool.submit(timed, job, root, fonts).result()


def shares(root: Path, fonts: Path) -> list[Cost]:
    """What all checks of all files of a project cost together, and the rest; raises Failed where one can't be built."""
    try:
        found = [times for _, *times in each_job(root, fonts, [])]
    except RuntimeError as problem:
        raise Failed(str(problem)) from None
    return [Cost(sum(times), sum(times)) for times in zip(*found, strict=True)]


def main(wanted: list[str], root: Path = ROOT) -> None:
    """Prints one line for each file of this project, and the share of all together."""
    total = [0.0, 0.0]
    for job, checks, rest in each_job(root, root / "output/.cache/fonts", wanted):
        total = [total[0] + checks, total[1] + rest]
        mark = "" if checks <= LIMIT * rest else "  over the limit"
        print(f"{job!s:40} {rest:7.2f} s and {checks:5.2f} s for the checks: {checks / rest:6.1%}{mark}", flush=True)
    print(f"{'all':40} {total[1]:7.2f} s and {total[0]:5.2f} s for the checks: {total[0] / total[1]:6.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
