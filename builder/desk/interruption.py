"""Ctrl-C and SIGTERM end a run in order: once, with a word, and with nothing left behind."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """The run was told to end; `code` is the exit code, 128 and the number of the signal, as shells have it."""

    def __init__(self, number: int = signal.SIGINT, message: str = "interrupted"):
        super().__init__(message)
        self.message, self.code = message, 128 + number


class Ending:
    """Whether a run may be ended just now."""

    def __init__(self) -> None:
        self.is_told = self._is_held = False
        self._number: int | None = None

    def end(self, number: int) -> None:
        """Ends the run, or remembers to."""
        self._number, self.is_told = number, True
        if not self._is_held:
            raise Interrupted(number)

    def heard(self) -> None:
        """Says that Interrupted has come to where it should: it is lost where it comes up in a destructor."""
        self._number = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lets what belongs together be done whole; raises Interrupted after it where a signal was not heard."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._number is not None:
            raise Interrupted(self._number)


@contextmanager
def _silent_in_destructors(is_ending: Callable[[], bool]) -> Iterator[None]:
    """Keeps Python from printing what comes up in a destructor of something that was cut short."""
    before = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if is_ending() else before(lost)
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def ending_in_order() -> Iterator[Ending]:
    """Raises Interrupted in the main thread at the first signal to end; later ones can't disturb the clearing up."""
    ending = Ending()
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return
    # A signal that is ignored from outside, as `nohup` does, stays ignored.
    heard = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    ]

    def end(number: int, frame: FrameType | None) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_IGN)
        ending.end(number)

    before = {number: signal.signal(number, end) for number in heard}
    try:
        with _silent_in_destructors(lambda: ending.is_told):
            yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
