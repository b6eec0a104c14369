"""What the leak certificate costs: its share of the cold build of each edition, by ratio on one machine.

Not a test, and not run by `make test`:

    .venv/bin/python tests/bench_certificate.py [PUBLICATION[/AUDIENCE[/TARGET]] …]

Each build runs in a process of its own with an empty cache; the certificate is timed inside it, as
processor seconds, which other work on the machine disturbs less than the clock.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from builder import pipeline
from builder.load import load
from builder.model import Job
from builder.world import World

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 0.15


def timed(job: Job) -> tuple[float, float]:
    """Processor seconds of a whole build, and of the certificate within it."""
    spent = [0.0]
    real = pipeline.certify

    def certify(*arguments):
        started = time.process_time()
        try:
            return real(*arguments)
        finally:
            spent[0] += time.process_time() - started

    pipeline.certify = certify
    with tempfile.TemporaryDirectory() as cache:
        (Path(cache) / "fonts").mkdir()
        started = time.process_time()
        made = pipeline.build(pipeline.Order(job, ROOT, ROOT / "templates", Path(cache)))
        whole = time.process_time() - started
    assert made.value is not None, "\n".join(map(str, made.problems))
    return whole, spent[0]


def main(wanted: list[str]) -> None:
    """Prints one line for each edition, and the share of all together."""
    jobs = load(World(ROOT, ROOT / "templates")).value.jobs()
    jobs = [job for job in jobs if not wanted or any(str(job).startswith(name) for name in wanted)]
    total = [0.0, 0.0]
    for job in jobs:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            whole, spent = pool.submit(timed, job).result()
        rest = whole - spent
        total = [total[0] + rest, total[1] + spent]
        mark = "" if spent <= LIMIT * rest else "  over the limit"
        print(f"{job!s:40} {rest:7.2f} s and {spent:5.2f} s for the certificate: {spent / rest:6.1%}{mark}")
    print(
        f"{'all':40} {total[0]:7.2f} s and {total[1]:5.2f} s for the certificate: {total[1] / total[0]:6.1%}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
