"""What the leak certificate and the other checks of finished files cost: their share of a build, by ratio on one machine.

Not a test, and not run by `make test`:

    .venv/bin/python tests/bench_certificate.py [--project FOLDER] [PUBLICATION[/AUDIENCE[/TARGET]] …]

Without a name it takes the public edition of `mongolia`, or every edition of the given project. Each build runs in a
process of its own, first with an empty cache and then again with what that left; the certificate and the checks are
timed inside it, as processor seconds, which other work on the machine disturbs less than the clock.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from builder import pipeline
from builder.load import load
from builder.model import Job
from builder.world import World

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 0.15
STOCK = ["mongolia/public/pdf", "mongolia/public/epub"]


@dataclass
class Spent:
    """Processor seconds of one build."""

    rest: float = 0.0
    certificate: float = 0.0
    checks: float = 0.0

    @property
    def share(self) -> float:
        """What is spent on looking, for each second that is spent on making."""
        return (self.certificate + self.checks) / self.rest


def timed(job: Job, project: Path, cache: Path) -> Spent:
    """Builds one file, and says where the time went."""
    spent = Spent()

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            started = time.process_time()
            try:
                return real(*arguments)
            finally:
                setattr(spent, name, getattr(spent, name) + time.process_time() - started)

        return run

    pipeline.certify = watched("certificate", pipeline.certify)
    pipeline.CHECKS = tuple(watched("checks", check) for check in pipeline.CHECKS)
    started = time.process_time()
    made = pipeline.build(pipeline.Order(job, project, ROOT / "templates", cache))
    spent.rest = time.process_time() - started - spent.certificate - spent.checks
    assert made.value is not None, "\n".join(map(str, made.problems))
    return spent


def main() -> None:
    """Prints two lines for each file: a cold build, and the same again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", type=Path, default=ROOT)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    names = given.names or (STOCK if given.project == ROOT else [""])
    jobs = load(World(given.project, ROOT / "templates")).value.jobs()
    print(f"{'':40} {'rest':>8} {'certificate':>12} {'checks':>8} {'share':>7}")
    for job in [job for job in jobs if any(str(job).startswith(name) for name in names)]:
        with tempfile.TemporaryDirectory() as cache:
            (Path(cache) / "fonts").mkdir()
            for state in ("cold", "again"):
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    spent = pool.submit(timed, job, given.project, Path(cache)).result()
                mark = "  over the limit" if state == "cold" and spent.share > LIMIT else ""
                figures = f"{spent.rest:8.2f} {spent.certificate:12.2f} {spent.checks:8.2f} {spent.share:7.1%}"
                print(f"{job!s:34} {state:5} {figures}{mark}", flush=True)


if __name__ == "__main__":
    main()
