"""Workers on other machines, through `dask.distributed`: they share the project's folder, or do nothing.

A worker that sees other words than this machine would print them. So each is asked for a hash of the
program and of the content when a run begins, and before each task; one that differs does no work.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor
from pathlib import Path
from typing import Any

from msgspec import Struct

from builder.desk.executors import Workers
from builder.diagnostics import BuildProblem, Diagnostic
from builder.store import hash_folders, hash_program

PATIENCE = 30.0
"""Seconds that a run waits for a worker when none is left."""
CONNECT = 10.0
"""Seconds that a run waits for the answer of a scheduler."""
AHEAD = 2
"""Tasks for each worker: one that it does, and one that is there when it has done it."""


class Sight(Struct, frozen=True):
    """What a machine sees, as hashes."""

    program: str
    """The builder, Python, and the libraries."""
    content: str
    """The content folder and the templates."""


def sight_of(root: Path, templates: Path) -> Sight:
    """What this machine sees of the program and of a project; raises OSError where it can't read the project."""
    for folder in (root / "content", templates):
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder '{folder}'")
    return Sight(hash_program(), hash_folders([root / "content", templates]))


def do_seeing(sight: Sight, root: Path, templates: Path, fn: Callable, args: tuple, kwargs: dict) -> Any:
    """Does a task on a worker that sees what the run saw when it began; raises BuildProblem on any other."""
    import builder.desk.warm  # noqa: F401 (once, as the workers of this machine do)

    try:
        problem = difference(sight, sight_of(root, templates))
    except OSError as trouble:
        problem = str(trouble)
    if problem:
        from distributed import get_worker

        raise BuildProblem([_differs(get_worker().address, problem)])
    return fn(*args, **kwargs)


def difference(wanted: Sight, seen: Sight) -> str:
    """What is not the same, in words; nothing where all is."""
    if wanted.program != seen.program:
        return "it runs another version of the builder, of Python or of a library"
    return "" if wanted.content == seen.content else "it sees other content or templates"


def _differs(worker: str, problem: str) -> Diagnostic:
    hint = "share the project's folder under the same path, leave it alone while it is built, and start the worker again"
    return Diagnostic("worker-differs", f"the worker {worker} can't do the work: {problem}", None, hint)


def join_cluster(address: str, root: Path, templates: Path) -> Workers:
    """The workers of a scheduler; raises BuildProblem where there are none, or one that differs."""
    client = _connect(address)
    try:
        sight = sight_of(root, templates)
        _inspect(client, address, sight, root, templates)
    except BaseException:
        client.close()
        raise
    return Cluster(client, (sight, root, templates))


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        hint = "run: python -m pip install 'edition-builder[cluster]'"
        raise _missing("a cluster needs the library distributed, which is not installed", hint) from None
    # What it has to say of lost connections is said here, as an error of the file that it hits.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as problem:
        message = f"no scheduler answers at {address}: {str(problem).splitlines()[0] if str(problem) else 'no answer'}"
        raise _missing(message, "start one with: dask scheduler, and give its address") from None


def _missing(message: str, hint: str) -> BuildProblem:
    return BuildProblem([Diagnostic("environment", message, None, hint)])


def _inspect(client: Any, address: str, sight: Sight, root: Path, templates: Path) -> None:
    threads = client.nthreads()
    if not threads:
        raise _missing(f"the scheduler {address} has no workers", f"start one with: dask worker {address} --nthreads 1")
    found = []
    for worker, seen in client.run(sight_of, root, templates, on_error="return").items():
        problem = difference(sight, seen) if isinstance(seen, Sight) else f"{type(seen).__name__}: {seen}"
        if problem:
            found.append(_differs(worker, problem.splitlines()[0]))
        elif threads.get(worker, 1) != 1:
            # The typesetter is not made for threads.
            hint = f"start it with: dask worker {address} --nthreads 1"
            message = f"the worker {worker} can't do the work: it has {threads[worker]} threads"
            found.append(Diagnostic("worker-differs", message, None, hint))
    if found:
        raise BuildProblem(found)


class Cluster(Workers):
    """The workers of a scheduler, which others may use, too; it outlives the run."""

    def __init__(self, client: Any, where: tuple[Sight, Path, Path]):
        self._client = client
        self._asking = threading.Lock()
        self._asked, self._known = 0.0, 0
        executor = client.get_executor(pure=False)
        # The scheduler itself gives the task of a dead worker to another one.
        super().__init__(lambda: _Link(client, executor, where, self.alive), self._places, patience=1)

    def alive(self) -> int:
        """How many workers there are, as of a second ago."""
        with self._asking:
            if time.monotonic() - self._asked > 1:
                self._known = len(self._client.scheduler_info().get("workers", ()))
                self._asked = time.monotonic()
            return self._known

    def _places(self) -> int:
        return AHEAD * max(1, self.alive())

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the run on the cluster, not the cluster."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            self._client.close()


class _Link:
    """A place in the scheduler's queue."""

    def __init__(
        self, client: Any, executor: Executor, where: tuple[Sight, Path, Path], alive: Callable[[], int]
    ):
        self._client, self._executor, self._where, self._alive = client, executor, where, alive
        self._is_killed = False

    def start(self) -> None:
        """Nothing is to be done: the workers are there."""

    def do(self, fn: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What the function returns on some worker; raises BrokenExecutor where there is none, or several died."""
        from distributed.scheduler import KilledWorker

        future = self._executor.submit(do_seeing, *self._where, fn, args, kwargs)
        seen = time.monotonic()
        while True:
            try:
                return future.result(timeout=0.5)
            except TimeoutError:
                if future.done():
                    raise  # by the task itself
                if self._alive():
                    seen = time.monotonic()
            except CancelledError:
                raise BrokenExecutor("was lost, and its scheduler, too") from None
            except KilledWorker:
                raise BrokenExecutor("died, and so did others with the same task") from None
            if self._is_killed or self._client.status != "running" or time.monotonic() - seen > PATIENCE:
                future.cancel()
                is_here = self._client.status == "running"
                raise BrokenExecutor(f"was lost, and {'no other has come' if is_here else 'its scheduler, too'}")

    def close(self) -> None:
        """Nothing is to be done."""

    def kill(self) -> None:
        """Takes back the task; a worker that has begun it goes on in vain."""
        self._is_killed = True
