"""Limits on what one unit of work may take: pages that never end stop as a message that names them.

How much is honest grows with the unit: about fifteen times what one of its size needs, so that a brief that
runs in a circle is stopped after a minute, and a book of 3,000 pages is never stopped.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from builder.diagnostics import BuildProblem, Diagnostic

VARIABLE = "BUILDER_LIMITS"
"""The environment variable that multiplies all limits, or lifts them with `no`."""
SECONDS, SECONDS_OF_SIGN, SECONDS_OF_BYTE = 60.0, 1 / 2_000, 1 / 100_000
"""The computing time of every unit, and what each sign of its HTML and each byte of its pictures adds."""
MEMORY, MEMORY_OF_SIGN, MEMORY_OF_BYTE = 2_000_000_000, 2_000, 10
"""The memory in bytes, likewise; beyond what the process held before."""
PAGES = 10_000
"""The pages of a unit."""
_TICK = 0.25
"""Seconds of computing time between two looks at what a unit has taken."""
_GRACE = 30
"""Seconds of computing time that a unit has to stop by itself, before the system ends its process."""
_PAGE_SIZE = resource.getpagesize()
_LARGEST = 2**62
_TURN = threading.Lock()
"""Held by the unit whose limits are those of the process."""


class OverLimit(BaseException):
    """A unit took more than it may; nothing that catches errors on the way may catch it."""


class Limits(Struct, frozen=True):
    """What a unit may take."""

    seconds: float
    """Computing time: a machine that is busy with other things counts for nothing."""
    memory: float
    """Bytes, beyond what the process holds already."""

    @property
    def too_long(self) -> str:
        """What to say of a unit that takes more time."""
        return f"takes more than {self.seconds:,.0f} s of computing time"

    @property
    def too_large(self) -> str:
        """What to say of a unit that takes more memory."""
        return f"needs more than {self.memory / 1e6:,.0f} MB of memory, or more than there is"


def limits_of(html: str, files: Mapping[str, bytes]) -> Limits | None:
    """What a unit of this size may take; None where limits are lifted.

    Raises BuildProblem (`environment`) where the variable holds neither a number above 0 nor `no`.
    """
    factor = _factor()
    if factor is None:
        return None
    signs, size = len(html), sum(map(len, files.values()))
    seconds = SECONDS + signs * SECONDS_OF_SIGN + size * SECONDS_OF_BYTE
    return Limits(factor * seconds, factor * (MEMORY + signs * MEMORY_OF_SIGN + size * MEMORY_OF_BYTE))


def _factor() -> float | None:
    text = os.environ.get(VARIABLE, "1")
    if text == "no":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        message = f"{VARIABLE} is '{text}', which is neither a number above 0 nor 'no'"
        hint = "write 4 for four times the time and memory, or no for no limits"
        raise BuildProblem([Diagnostic("environment", message, None, hint)])
    return factor


def page_limit() -> float:
    """How many pages a unit may have."""
    factor = _factor()
    return float("inf") if factor is None else PAGES * factor


@contextmanager
def limited(name: str, html: str = "", files: Mapping[str, bytes] | None = None) -> Iterator[None]:
    """Stops what is done with a unit when it takes far more time or memory than one of its size needs.

    Raises BuildProblem (`over-limit`) with the unit's name. Code that can't be interrupted is ended with
    its process half a minute later. Outside the main thread only what the system itself enforces holds, and
    inside another unit, or beside one in another thread, that one's limits.
    """
    limits = limits_of(html, files or {})
    if limits is None or not _TURN.acquire(blocking=False):
        yield
        return
    try:
        with _enforced(limits), _watched(limits):
            yield
    except OverLimit as over:
        raise _problem(name, str(over)) from None
    except MemoryError:
        raise _problem(name, limits.too_large) from None
    finally:
        _TURN.release()


def _problem(name: str, what: str) -> BuildProblem:
    hint = (
        "look for styles, templates or pictures that never end; where all is as it should be, "
        f"build with {VARIABLE}=4, which allows four times as much"
    )
    return BuildProblem([Diagnostic("over-limit", f"{name}: {what}", None, hint)])


@contextmanager
def _enforced(limits: Limits) -> Iterator[None]:
    """Lowers the system's own limits, which hold in foreign code too: a last wall behind the watch."""
    wanted = {resource.RLIMIT_CPU: time.process_time() + limits.seconds + _GRACE}
    if (pages := _pages_of_memory()) is not None:
        # A failed allocation ends the process where Pango meets it, so that the watch, which has a name to
        # say, comes first. Systems other than Linux do not count what programs of today allocate.
        wanted[resource.RLIMIT_DATA] = pages[5] * _PAGE_SIZE + 1.25 * limits.memory
    old = {kind: resource.getrlimit(kind) for kind in wanted}
    for kind, value in wanted.items():
        bounds = [bound for bound in old[kind] if bound != resource.RLIM_INFINITY]
        resource.setrlimit(kind, (min(math.ceil(value), _LARGEST, *bounds), old[kind][1]))
    try:
        yield
    finally:
        for kind, pair in old.items():
            resource.setrlimit(kind, pair)


@contextmanager
def _watched(limits: Limits) -> Iterator[None]:
    """Looks every quarter of a second of computing time at what has been taken."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch = _Watch(limits)
    handler = signal.signal(signal.SIGPROF, watch.look)
    timer = signal.setitimer(signal.ITIMER_PROF, _TICK, _TICK)
    try:
        yield
    finally:
        watch.is_over = True
        signal.setitimer(signal.ITIMER_PROF, *timer)
        if callable(handler):
            # Without one before, ours stays: a signal that is still on its way would end the process.
            signal.signal(signal.SIGPROF, handler)
        if watch.found:
            # The engine goes on without a picture that it could not draw; what is left is not the document, and
            # this is the cause of whatever was found wrong with it.
            raise OverLimit(watch.found)


class _Watch:
    def __init__(self, limits: Limits):
        self.limits, self.is_over = limits, False
        self.begun, self.held = time.process_time(), _held()
        self.found, self.next = "", 0.0

    def look(self, *_: Any) -> None:
        """The signal handler; raises OverLimit, and again after five seconds if somebody has swallowed it."""
        now = time.process_time()
        if self.is_over or now < self.next:
            return
        if _held() - self.held > self.limits.memory:
            self.found = self.limits.too_large
        elif now - self.begun > self.limits.seconds:
            self.found = self.limits.too_long
        else:
            return
        self.next = now + 5
        raise OverLimit(self.found)


def _held() -> int:
    """The bytes of memory that this process holds, or else the most that it ever held."""
    if (pages := _pages_of_memory()) is not None:
        return pages[1] * _PAGE_SIZE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _pages_of_memory() -> list[int] | None:
    """What Linux says of this process: the second number is what it holds, the sixth what it may write to."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return None
