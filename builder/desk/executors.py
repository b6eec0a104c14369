"""Who does the work: this process, warm workers of this machine, or those of a cluster; one interface for all.

Each is a `concurrent.futures.Executor` that takes any picklable function with its arguments, at any
time, also while other tasks run. `submit_weighed` says how long a task takes, in any unit: the longest goes first;
and `near` which other task has left something that this one can use, where the same worker does it.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from msgspec import Struct, field

from builder.futures import at_once


class InProcess(Executor):
    """An executor that does each task at once, for a single worker and for debugging."""

    is_beside = False

    def submit_weighed(self, weight: float, fn: Callable, /, *args, near: Future | None = None, **kwargs) -> Future:
        """Does the task now: nothing waits that could be longer."""
        return self.submit(fn, *args, **kwargs)

    def submit(self, fn: Callable, /, *args, **kwargs) -> Future:
        """Does the task now."""
        return at_once(fn, *args, **kwargs)


class Hand(Protocol):
    """One worker as its executor sees it: it does one task at a time."""

    def start(self) -> None:
        """Gets ready before there is a task; what goes wrong is said of the first task."""

    def do(self, fn: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Does a task and waits for it; raises what the task raises, and BrokenExecutor where the worker died."""

    def close(self) -> None:
        """Ends the worker, which has no task."""

    def kill(self) -> None:
        """Ends the worker at once, from another thread, whatever it does."""


class _Task(Struct, eq=False):
    fn: Callable
    args: tuple
    kwargs: dict[str, Any]
    future: Future = field(default_factory=Future)
    deaths: int = 0
    """How many workers died of it."""


class Workers(Executor):
    """A row of workers, each with a thread here that gives it the heaviest task that waits.

    A worker that dies harms its own task only. That task is tried once more, after all that wait, for
    most often memory was short; whoever kills `patience` workers fails with BrokenExecutor.
    """

    is_beside = True
    """Tasks are done beside this process: it pays to make many small ones."""

    def __init__(self, hire: Callable[[], Hand], limit: Callable[[], int], patience: int = 2):
        self._hire, self._limit, self._patience = hire, limit, patience
        self._changed = threading.Condition()
        self._waiting: dict[Hand | None, list[tuple[float, int, _Task]]] = {}
        """Tasks by rank, those near others with the hand that did these, the rest with None."""
        self._spare: deque[_Task] = deque()
        """Tasks that nobody waits for."""
        self._numbers = itertools.count()
        self._hands: list[Hand] = []
        self._done_by: WeakKeyDictionary[Future, Hand] = WeakKeyDictionary()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._is_closed = self._is_abandoned = False

    def warm(self, count: int) -> None:
        """Starts so many workers, so that they have loaded their libraries when the first tasks come."""
        with self._changed:
            while len(self._hands) < min(count, self._limit()):
                self._add_hand()

    def submit(self, fn: Callable, /, *args, **kwargs) -> Future:
        """A task of no weight: after those that have one, in the order of coming."""
        return self.submit_weighed(0.0, fn, *args, **kwargs)

    def ask(self, fn: Callable, /, *args, **kwargs) -> Future:
        """The same for those who are there, whom it may keep waiting: until another had begun, one of them is free."""
        return self._take(_Task(fn, args, kwargs), 0.0, None, is_patient=bool(self._hands))

    def spare(self, fn: Callable, /, *args, **kwargs) -> Future:
        """A task for whoever has nothing else to do: nobody is taken on for it, and who may go home leaves it."""
        task = _Task(fn, args, kwargs)
        with self._changed:
            if self._is_closed:
                raise RuntimeError("the workers have been sent home")
            self._spare.append(task)
            self._changed.notify()
        return task.future

    def submit_weighed(self, weight: float, fn: Callable, /, *args, near: Future | None = None, **kwargs) -> Future:
        """A task that is done before all lighter ones that wait.

        Of equal ones, a worker takes first what is `near` a task of its own; another does it rather than nothing.
        """
        return self._take(_Task(fn, args, kwargs), weight, near, is_patient=False)

    def _take(self, task: _Task, weight: float, near: Future | None, is_patient: bool) -> Future:
        with self._changed:
            if self._is_closed:
                raise RuntimeError("the workers have been sent home")
            self._put(-weight, task, self._done_by.get(near) if near is not None else None)
            is_short = sum(map(len, self._waiting.values())) > self._idle and not is_patient
            if is_short and len(self._hands) < self._limit():
                self._add_hand()
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the workers once everything is done; `cancel_futures` gives up what has not begun."""
        with self._changed:
            self._is_closed = True
            self._give_up(is_all=cancel_futures)
            self._changed.notify_all()
        if wait:
            for thread in self._threads:
                thread.join()

    def abandon(self) -> None:
        """Ends the workers at once and gives up every task, begun or not; nothing of them is left behind."""
        with self._changed:
            self._is_closed = self._is_abandoned = True
            self._give_up()
            self._changed.notify_all()
        for hand in self._hands:
            hand.kill()
        self.shutdown()

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.shutdown() if kind is None else self.abandon()

    def _add_hand(self) -> None:
        hand = self._hire()
        thread = threading.Thread(target=self._work, args=(hand,), daemon=True)
        self._hands.append(hand)
        self._threads.append(thread)
        thread.start()

    def _put(self, rank: float, task: _Task, home: Hand | None = None) -> None:
        heapq.heappush(self._waiting.setdefault(home, []), (rank, next(self._numbers), task))
        self._changed.notify()

    def _give_up(self, is_all: bool = True) -> None:
        """Gives up the tasks that wait, or those alone that nobody waits for."""
        given = list(self._spare)
        self._spare.clear()
        if is_all:
            given += [task for *_, task in itertools.chain(*self._waiting.values())]
            self._waiting.clear()
        for task in given:
            if task.deaths:
                task.future.set_exception(BrokenExecutor("given up"))
            else:
                task.future.cancel()
                task.future.set_running_or_notify_cancel()

    def _next(self, hand: Hand) -> _Task | None:
        with self._changed:
            self._idle += 1
            try:
                while not (self._waiting or self._spare):
                    if self._is_closed:
                        return None
                    self._changed.wait()
                if self._waiting:
                    home = min(self._waiting, key=lambda home: self._turn(home, hand))
                    *_, task = heapq.heappop(self._waiting[home])
                    if not self._waiting[home]:
                        del self._waiting[home]
                else:
                    task = self._spare.popleft()
                self._done_by[task.future] = hand
                return task
            finally:
                self._idle -= 1

    def _turn(self, home: Hand | None, hand: Hand) -> tuple[float, bool, int]:
        rank, number, _ = self._waiting[home][0]
        return rank, home not in (None, hand), number

    def _work(self, hand: Hand) -> None:
        hand.start()
        while (task := self._next(hand)) is not None:
            if task.deaths or task.future.set_running_or_notify_cancel():
                self._do(hand, task)
        hand.close()

    def _do(self, hand: Hand, task: _Task) -> None:
        try:
            result = hand.do(task.fn, task.args, task.kwargs)
        except BrokenExecutor as problem:
            task.deaths += 1
            with self._changed:
                if task.deaths < self._patience and not self._is_abandoned:
                    self._put(float("inf"), task)
                    return
            task.future.set_exception(BrokenExecutor(f"{problem}, each time") if task.deaths > 1 else problem)
        except BaseException as problem:  # noqa: BLE001 (an executor hands on whatever its task raises)
            task.future.set_exception(problem)
        else:
            task.future.set_result(result)
