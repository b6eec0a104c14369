"""Many orders through one executor: chapters first, each once for all files that show it, then the files.

An ebook follows the pages of its edition's PDF: where a run makes both, it is made after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from builder.diagnostics import BuildProblem, Checked, Diagnostic
from builder.futures import at_once
from builder.model import Deliverable
from builder.orders import Order, prepare, twin_of
from builder.pipeline import ALONE, begin, build, pieces_of
from builder.writers.typeset import Piece, set_piece

Done = tuple[Order, Checked[Deliverable | None]]
FIRST = 1e12
"""The weight of finding out what is to be set, and of a file whose chapters are all set: others wait for these."""


def build_all(
    orders: Iterable[Order],
    executor: Executor,
    is_debug: bool = False,
    expect: Callable[[int], None] = lambda count: None,
    advance: Callable[[str], None] = lambda name: None,
) -> Iterator[Done]:
    """Builds many orders through an executor and yields each as it is done.

    Where the executor works beside this process (`is_beside`), the chapters of all documents are set as tasks
    of their own, the longest first, and only once where several editions share them; a single file is
    planned and finished here. `expect` hears of the number of chapters, `advance` of each that is done.
    """
    orders = list(orders)
    if not getattr(executor, "is_beside", False):
        pdf: Deliverable | None = None
        for order in sorted(orders, key=lambda order: (twin_of(order).job, order.job != twin_of(order).job)):
            is_next = pdf is not None and twin_of(order).job == pdf.job
            checked = _result(order, executor.submit(build, order, pdf=pdf if is_next else None), is_debug)
            pdf = None if checked.value is None else _as_told(checked.value)
            yield order, checked
        return
    yield from _Schedule(orders, executor, is_debug, expect, advance).run()


class _Schedule:
    """What is under way: plans of documents, pieces to set, files to finish."""

    def __init__(
        self,
        orders: list[Order],
        executor: Any,
        is_debug: bool,
        expect: Callable[[int], None],
        advance: Callable[[str], None],
    ) -> None:
        self.orders, self.executor, self.is_debug = orders, executor, is_debug
        self.run_id = uuid4().hex
        self.expect, self.advance = expect, advance
        self.plans: dict[Future, Order] = {}
        """What is to be set, for the file that shows it: a PDF, or an ebook whose PDF is not wanted."""
        self.planned: dict[Order, Future] = {}
        """Which task left the document of an order with the worker that did it."""
        self.ebooks: dict[Order, Order] = {}
        """The ebook that follows a PDF which is made as well."""
        self.pieces: dict[Future, tuple[str, str]] = {}
        """Key and name of each piece that is being set."""
        self.files: dict[Future, Order] = {}
        self.known: set[str] = set()
        """Keys of all pieces that were sent out."""
        self.waiting: dict[Order, set[str]] = {}
        """The keys that each file waits for."""

    def run(self) -> Iterator[Done]:
        """Yields each order when it is done."""
        wanted = {order.job: order for order in self.orders}
        for order in self.orders:
            if (pdf := wanted.get(twin_of(order).job, order)) != order:
                self.ebooks[pdf] = order
        followers = set(self.ebooks.values())
        for order in self.orders:
            if order not in followers:
                step, pdf = (begin, order) if twin_of(order) == order else (pieces_of, twin_of(order))
                self.planned[order] = future = self._do(step, pdf)
                self.plans[future] = order
        if len(self.orders) == 2:
            # While a worker finds out what is to be set, the other would have nothing to do.
            self.planned |= {ebook: self._do(prepare, ebook) for ebook in self.ebooks.values()}
        try:
            while open_tasks := {*self.plans, *self.pieces, *self.files}:
                done, _ = wait(open_tasks, return_when=FIRST_COMPLETED)
                for future in done:
                    if future in self.plans:
                        yield from self._plan(self.plans.pop(future), future)
                    elif future in self.pieces:
                        self._set(*self.pieces.pop(future))
                    else:
                        order = self.files.pop(future)
                        yield from self._made(order, _result(order, future, self.is_debug), future)
        finally:
            for future in (*self.plans, *self.pieces, *self.files):
                future.cancel()

    def _plan(self, order: Order, future: Future) -> Iterator[Done]:
        """Sends out the pieces of a document that nobody sets yet; a file without any is finished at once."""
        # What fails here fails again when the file is made, which then says so.
        found: dict[str, Piece] | Checked = future.result() if future.exception() is None else {}
        if isinstance(found, Checked):
            yield from self._made(order, found, future)
            return
        new = {key: piece for key, piece in found.items() if key not in self.known}
        if len(self.orders) == 1 and sum(len(piece.html) for piece in new.values()) < ALONE:
            new = {}
        self.known.update(new)
        self.expect(len(new))
        for key, piece in new.items():
            name, *where = str(order.job), order.root, order.templates, order.cache
            future = self.executor.submit_weighed(len(piece.html), set_piece, name, piece, *where)
            self.pieces[future] = (key, f"{name} {piece.prefix.rstrip('.')}")
        self.waiting[order] = found.keys() & {key for key, _ in self.pieces.values()}
        self._finish()

    def _made(self, order: Order, checked: Checked[Deliverable | None], future: Future) -> Iterator[Done]:
        """Hands out a file, and has the ebook made that follows it, where most of what it says is known."""
        ebook = self.ebooks.pop(order, None)
        if ebook is not None:
            pdf = None if checked.value is None else _as_told(checked.value)
            self.planned.setdefault(ebook, future)
            self.files[self._do(build, ebook, pdf=pdf)] = ebook
        yield order, checked

    def _set(self, key: str, name: str) -> None:
        self.advance(name)
        for keys in self.waiting.values():
            keys.discard(key)
        self._finish()

    def _finish(self) -> None:
        """Sends out the files whose pieces are all set."""
        for order in [order for order, keys in self.waiting.items() if not keys]:
            del self.waiting[order]
            self.files[self._do(build, order)] = order

    def _do(self, step: Callable[..., Any], order: Order, **more: Any) -> Future:
        """Plans or finishes a file before any piece that waits; a single one here, where all of it is known."""
        if len(self.orders) > 1:
            near = self.planned.pop(order, None)
            return self.executor.submit_weighed(FIRST, step, order, self.run_id, near=near, **more)
        beside = () if step is pieces_of else (self.executor.ask,)
        return at_once(step, order, self.run_id, *beside)


def _as_told(pdf: Deliverable) -> Deliverable:
    """What an ebook is told of the PDF that it follows."""
    return replace(pdf, data=b"", certificate=None)


def _result(order: Order, future: Future, is_debug: bool) -> Checked[Deliverable | None]:
    try:
        return future.result()
    except BuildProblem as problem:
        return Checked(None, problem.problems)
    except BrokenExecutor as problem:
        message = f"{order.job}: the worker that built it {problem}"
        hint = "free memory, or build with fewer workers; if it happens again, run with --debug and report it"
        return Checked(None, (Diagnostic("worker-died", message, None, hint),))
    except Exception as problem:
        if is_debug:
            raise
        message = f"{order.job}: {type(problem).__name__}: {re.sub(chr(10), ' ', str(problem))[:300]}"
        hint = "run again with --debug, and report it with what it prints"
        return Checked(None, (Diagnostic("internal", message, None, hint),))
