"""What a command costs that makes nothing: medians of whole processes, the clock and the processor.

Not a test, and not run by `make test`, which says what must not be loaded (`test_cli.py`):

    .venv/bin/python tests/bench_startup.py [RUNS]

Builds the publication `mongolia` once in a copy of this project, then runs each command as often as asked
for, in turns, so that other work on the machine disturbs all alike.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 0.1
"""Seconds that a build of six editions may take when nothing has changed."""
BUILD = ["-m", "builder", "build", "--publication", "mongolia"]
COMMANDS: dict[str, list[str]] = {
    "python -c pass": ["-c", "pass"],
    "builder --help": ["-m", "builder", "--help"],
    "builder list": ["-m", "builder", "list"],
    "builder check": ["-m", "builder", "check", "--publication", "mongolia"],
    "build, nothing changed": BUILD,
    "build, nothing changed, record gone": BUILD,
}


def timed(arguments: list[str], root: Path) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    hidden = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], cwd=root, env={**environment, "PYTHONPATH": str(root)}, check=True,
        capture_output=True,
    )  # fmt: skip
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(runs: int) -> None:
    """Prints a line for each command."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        for name in ("builder", "content", "templates"):
            shutil.copytree(ROOT / name, root / name)
        timed(BUILD, root)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
        time.sleep(3)  # what was changed a moment ago is read again, once
        for run in range(runs + 1):
            for name, arguments in COMMANDS.items():
                if name.endswith("gone"):
                    for record in (root / "output/.cache/done").glob("request-*"):
                        record.unlink()
                found = timed(arguments, root)
                if run:
                    times[name].append(found)
    for name, found in times.items():
        clock, processor = ([each[part] for each in found] for part in (0, 1))
        mark = f"  over the limit of {LIMIT} s" if name.endswith("changed") and median(processor) > LIMIT else ""
        print(
            f"{name:38} {median(clock):6.3f} s ({min(clock):.3f} to {max(clock):.3f}), "
            f"processor {median(processor):6.3f} s{mark}"
        )


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["11"])[0]))
