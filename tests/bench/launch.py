"""Runs one command, and says what it and all that it started cost.

    python -m bench.launch REPORT COMMAND …

The report is JSON: seconds by the clock, seconds of processors, MB of the largest process, and the exit code. A
process whose parent ended before it, as workers of a pool and parts of a browser do, comes to this one on Linux
and is counted, too; elsewhere only those count that were waited for.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_GRACE = 10
"""Seconds that what was left behind has to end."""


def main(report: str, command: list[str]) -> None:
    """Runs the command and all that it leaves behind to the end, and writes the report."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGALRM, lambda *_: _end_children())
    started = time.perf_counter()
    process = subprocess.Popen(command)
    wall, cpu, peak, code = 0.0, 0.0, 0, 0
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
        if pid == process.pid:
            wall = time.perf_counter() - started
            code = process.returncode = os.waitstatus_to_exitcode(status)
            signal.alarm(_GRACE)
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    Path(report).write_text(json.dumps({"wall": wall, "cpu": cpu, "peak": peak / unit, "code": code}), "utf-8")


def _end_children() -> None:
    """What does not end by itself is told to; only children of this process are, which are its own."""
    own = Path(f"/proc/self/task/{os.getpid()}/children")
    for pid in own.read_text("ascii").split() if own.exists() else ():
        os.kill(int(pid), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
