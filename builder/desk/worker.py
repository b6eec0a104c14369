"""One worker process of this machine: it loads the typesetter while it waits, and ends with its builder."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

GRACE = 2.0
"""Seconds that a worker has to remove what it has begun to write."""


class Worker:
    """The near end of a worker process; a new process follows one that died."""

    def __init__(self, context: Any = None) -> None:
        self._context = context or _context()
        self._lock = threading.Lock()
        self._process: Any = None
        self._pipe: Connection | None = None
        self._is_killed = False

    def start(self) -> None:
        """Starts the process where there is none; says nothing where the machine has no room for one."""
        with suppress(OSError, EOFError):
            self._begin()

    @property
    def is_there(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def do(self, fn: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What the function returns in the other process; raises BrokenExecutor where that dies."""
        order = pickle.dumps((fn, args, kwargs))
        self._begin()
        try:
            self._pipe.send_bytes(order)
            answer = self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise BrokenExecutor(self._bury()) from None
        is_good, value = pickle.loads(answer)
        if is_good:
            return value
        raise value

    def close(self) -> None:
        """Lets the process end, which it does when nobody can give it another task."""
        with self._lock:
            if self._process is not None:
                self._pipe.close()
                self._process.join(GRACE)
        self.kill()

    def kill(self) -> None:
        """Ends the process, at once where it can't be done in peace, and lets no other follow."""
        with self._lock:
            self._is_killed = True
            process = self._process
        end = time.monotonic() + GRACE
        while process is not None and process.is_alive():
            # More than once: what the signal raises is lost where it comes up in a destructor.
            process.terminate() if time.monotonic() < end else process.kill()
            process.join(GRACE / 4)

    def _begin(self) -> None:
        with self._lock:
            if self._is_killed:
                raise BrokenExecutor("given up")
            if self._process is not None and self._process.is_alive():
                return
            is_fork = self._context.get_start_method() == "fork"
            if not is_fork:
                # It lets SIGINT through again when it starts, also to the fork server that is started next.
                resource_tracker.ensure_running()
            here, there = self._context.Pipe()
            ends = (there, here if is_fork else None)
            process = self._context.Process(target=serve, args=ends, daemon=True)
            # Ctrl-C goes to all that run in a terminal; only the builder itself answers, and ends the others.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                there.close()
            self._process, self._pipe = process, here
            if is_fork:
                self._context = _context()

    def _bury(self) -> str:
        """Waits for the end of a process and says how it ended."""
        with self._lock:
            self._pipe.close()
            self._process.join(GRACE)
            code = self._process.exitcode
            if code is None:
                self._process.kill()
                self._process.join()
            self._process = None
        if code is None or code >= 0:
            return f"ended with code {code}" if code is not None else "went silent"
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
        return f"was ended by signal {-code}"


def early() -> Worker:
    """A worker that loads the typesetter already, started before anything else is loaded.

    On Linux it is a plain copy of this process, which costs the least; that asks for a process of one thread, so what
    follows it, where it dies, is started like all other workers.
    """
    worker = Worker(multiprocessing.get_context("fork") if _is_alone() else None)
    worker.start()
    return worker


def _is_alone() -> bool:
    """Whether this process has one thread, those counted that Python did not start."""
    with suppress(OSError):
        return sys.platform.startswith("linux") and len(os.listdir("/proc/self/task")) == 1
    return False


def _context() -> Any:
    """Fork server on Linux: the libraries are loaded once for all workers. Elsewhere forking is not safe.

    Its socket needs a folder for temporary files, which not every machine has.
    """
    if not sys.platform.startswith("linux") or not _has_temporary_folder():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["builder.desk.warm", "pikepdf"])
    return context


def _has_temporary_folder() -> bool:
    try:
        return bool(tempfile.gettempdir())
    except FileNotFoundError:
        return False


def serve(pipe: Connection, far: Connection | None = None) -> None:
    """Does tasks from the pipe until its other end is closed; `far` is a copy of that end that came along."""
    if far is not None:
        far.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_builder, daemon=True).start()
    import builder.desk.warm  # noqa: F401

    # Not before: some libraries abort where an exception comes up while they are loaded.
    signal.signal(signal.SIGTERM, _leave)
    _serve(pipe)


def _leave(*_: object) -> None:
    """Ends the process by an exception, so that files which are half written are removed on the way out.

    What destructors say of what was cut short is for nobody.
    """
    sys.unraisablehook = lambda lost: None
    sys.exit(128 + signal.SIGTERM)


def _serve(pipe: Connection) -> None:
    from builder.futures import take_apart
    from builder.writers.engine import clear_up

    while True:
        try:
            order = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        answer = _answer(order)
        try:
            pipe.send_bytes(answer)
        except OSError:
            return
        clear_up()
        take_apart()


def _answer(order: bytes) -> bytes:
    try:
        fn, args, kwargs = pickle.loads(order)
        return pickle.dumps((True, fn(*args, **kwargs)))
    except Exception as problem:  # noqa: BLE001 (an executor hands on whatever its task raises)
        try:
            answer = pickle.dumps((False, problem))
            pickle.loads(answer)
        except Exception:  # noqa: BLE001 (some exceptions can't cross over: their words can)
            return pickle.dumps((False, RuntimeError(f"{type(problem).__name__}: {problem}")))
        return answer


def _end_with_builder() -> None:
    """A builder that is killed can't end its workers: they watch it."""
    multiprocessing.parent_process().join()
    os._exit(1)
