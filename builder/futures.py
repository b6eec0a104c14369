"""Work that somebody else may do: what a floor below is given to ask for it."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

LONG = 1_000_000
"""Bytes of a PDF whose pages are worth another process: some 200 of them."""
Submit = Callable[..., Future]
"""Has a function done with its arguments, all of which can be pickled, and gives the future of what it returns."""


def at_once(fn: Callable, /, *args, **kwargs) -> Future:
    """Does it here and now, where nobody else is to be asked."""
    future: Future = Future()
    try:
        future.set_result(fn(*args, **kwargs))
    except Exception as problem:  # noqa: BLE001 (a future hands on whatever its task raises)
        future.set_exception(problem)
    return future


_LATER: list[Callable[[], object]] = []


def later(fn: Callable[[], object]) -> None:
    """Has something taken apart when nobody waits for it, which in a process that is about to end is never."""
    _LATER.append(fn)


def take_apart() -> None:
    """Does what has been put off until later."""
    while _LATER:
        _LATER.pop()()


def load(*modules: str) -> None:
    """Loads modules, for tasks that are to come."""
    for module in modules:
        importlib.import_module(module)


def call(module: str, name: str, *arguments: Any) -> Any:
    """Calls a function of a module that whoever asks for it need not load."""
    return getattr(importlib.import_module(module), name)(*arguments)


def beside(fn: Callable, /, *args, **kwargs) -> Future:
    """Does it in a thread of its own, while this one waits for others."""
    future: Future = Future()

    def run() -> None:
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as problem:  # noqa: BLE001 (a future hands on whatever its task raises)
            future.set_exception(problem)

    threading.Thread(target=run, daemon=True).start()
    return future
