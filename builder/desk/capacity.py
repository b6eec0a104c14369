"""How many workers this machine has room for, and how a process spends its time on memory."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

WORKER_BYTES = 350_000_000
"""What a worker takes at its peak, measured: 216 MB for a brief of 3 pages, 331 MB for a report of 46."""


def default_jobs(root: Path = Path("/")) -> int:
    """One worker for each processor that this process may use, as far as there is memory for them; at least 1.

    `root` is where the system keeps /proc and /sys.
    """
    memory = min((size for size in (*_free(root), *_group_memory(root)) if size >= 0), default=None)
    room = processors(root) if memory is None else memory // WORKER_BYTES
    return max(1, min(processors(root), room))


def processors(root: Path = Path("/")) -> int:
    """The processors that this process may use: those of its affinity, and no more than its control group's share."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    shares = [own]
    for group in _groups(root):
        with suppress(OSError, ValueError, ZeroDivisionError):
            quota, period = (group / "cpu.max").read_text().split()
            shares.append(int(quota) // int(period))
    with suppress(OSError, ValueError, ZeroDivisionError):
        folder = root / "sys/fs/cgroup/cpu"
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        if quota > 0:
            shares.append(quota // int((folder / "cpu.cfs_period_us").read_text()))
    return max(1, min(shares))


def _groups(root: Path) -> Iterator[Path]:
    """The control group of this process and those around it, the innermost first (cgroups, version 2)."""
    top = root / "sys/fs/cgroup"
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/"):
                own = top / line.removeprefix("0::/").strip("/")
                yield own
                yield from (each for each in own.parents if each.is_relative_to(top))
                return
    yield top


def _free(root: Path) -> Iterator[int]:
    """The bytes that programs can still get from the machine; all of its memory where nobody counts these."""
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        yield from (int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError):
        with suppress(OSError, ValueError):
            yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _group_memory(root: Path) -> Iterator[int]:
    """The bytes that are left below the limit of each control group."""
    for group in _groups(root):
        with suppress(OSError, ValueError):
            limit = int((group / "memory.max").read_text())
            yield max(0, limit - int((group / "memory.current").read_text()))
    with suppress(OSError, ValueError):
        folder = root / "sys/fs/cgroup/memory"
        limit = int((folder / "memory.limit_in_bytes").read_text())
        yield max(0, limit - int((folder / "memory.usage_in_bytes").read_text()))


def collect_seldom() -> None:
    """Lets Python look for garbage seldom.

    A program and a document are a million small things that stay until a file is made: to look among them as often as
    Python does by itself costs a tenth of the time of a book whose pages are all kept, and of a brief of one page.
    """
    gc.set_threshold(1_000_000, 20, 50)
