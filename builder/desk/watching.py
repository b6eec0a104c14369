"""`builder build --watch`: builds again what an edit touches, and says in one line what it built and why."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from builder.desk.crew import Crew, get_to_know
from builder.desk.desk import Desk
from builder.desk.executors import Workers
from builder.desk.interruption import ending_in_order
from builder.desk.keeping import Keeper
from builder.desk.outcome import Outcome, tell
from builder.desk.worker import Worker
from builder.diagnostics import BuildProblem, Diagnostic, unique
from builder.folders import LINK
from builder.futures import load, take_apart
from builder.messages import print_problems, summary
from builder.stamps import Listing, Stamps
from builder.world import PUBLICATIONS

if TYPE_CHECKING:
    from builder.model import Job
    from builder.project import Project

Build = Callable[[Desk, Keeper, Crew], Outcome]
"""A build of what the command line asks for, by a crew."""

_QUIET = 20
"""Milliseconds without a further change after which an editor is taken to have finished saving."""
_LOOK = 2000
"""Milliseconds after which to look without being told: not every disk tells, and folders can be replaced."""
_GONE = "put back into the content what the command names, or begin with another command"
_UNSEEN = (0, 0, 0, 0)
_TEXTS = (".css", ".html", ".xml", ".yaml")
"""What is read afresh for each file that is made; of fonts, a worker remembers the measures."""


def run_watch(desk: Desk, folder: Path, workers: int, build: Build) -> None:
    """Builds, and builds again after each change, until it is told to end.

    Raises Interrupted where that happens in the middle of a build, click.UsageError and BuildProblem where
    nothing could be built whatever the content were, and where the builder itself has changed.
    """
    silent = replace(desk, is_quiet=desk.is_quiet or not desk.err.is_terminal)
    staff = _Staff(workers)
    with ending_in_order(), staff:
        keeper = Keeper(desk.world, folder)
        program, seen = keeper.program, _look(desk, keeper.stamps, {})
        outcome = _first(desk, keeper, staff, build)
        tell(desk, outcome, folder, as_json=False)
        staff.get_ready([folder / each.job.path for each in outcome.made if each.job.kind.base == "pdf"])
        _say(desk, "watching content and templates; Ctrl-C ends it")
        others = _others(outcome, seen)
        changes = _changes(desk, keeper.stamps, seen, others)
        while (found := _next(changes)) is not None:
            last, seen = found
            keeper = Keeper(desk.world, folder)
            if keeper.program != program:
                message = "the builder or one of its packages has changed since the watch began"
                raise BuildProblem([Diagnostic("environment", message, None, "start it again")])
            if any(name.startswith("templates/") and not name.endswith(_TEXTS) for name in last.changes(seen)[0]):
                staff.renew()
            started = time.perf_counter()
            outcome = _build(silent, keeper, staff, build)
            print_problems(desk.err, outcome.problems)
            _say(desk, f"{why(last, seen)}: {what(outcome, time.perf_counter() - started)}")
            others |= _others(outcome, seen)
            take_apart()
        _say(desk, "no longer watching")


def _next(changes: Iterator[tuple[Listing, Listing]]) -> tuple[Listing, Listing] | None:
    """Waits for a change; None where the watch is told to end instead."""
    try:
        return next(changes)
    except KeyboardInterrupt:
        return None


def _changes(
    desk: Desk, stamps: Stamps, seen: Listing, others: dict[str, str]
) -> Iterator[tuple[Listing, Listing]]:
    """What stood there before each change, and what stands there now; `others` may grow meanwhile."""
    for _ in _wakes(desk):
        last = Listing({**{path: (_UNSEEN, sha256) for path, sha256 in others.items()}, **seen.files})
        seen = _look(desk, stamps, others)
        if any(last.changes(seen)):
            yield last, seen


def _first(desk: Desk, keeper: Keeper, staff: _Staff, build: Build) -> Outcome:
    """The first build: what no change to the content can mend ends the watch before it begins."""
    try:
        return build(desk, keeper, staff)
    except BuildProblem as problem:
        if not all(each.span for each in problem.problems):
            raise
        return Outcome((), 0, unique(problem.problems))


def _build(desk: Desk, keeper: Keeper, staff: _Staff, build: Build) -> Outcome:
    """A build whose failure is an outcome, too: the files stay as they are until the content is mended."""
    try:
        return build(desk, keeper, staff)
    except BuildProblem as problem:
        return Outcome((), 0, unique(problem.problems))
    except click.UsageError as problem:
        # A filter that fitted when the watch began: what it named is gone from the content.
        return Outcome((), 0, (Diagnostic("unknown-value", problem.message, None, _GONE),))


class _Staff:
    """The workers of a watch, who stay when a build is over."""

    def __init__(self, count: int):
        self.count = count
        self.workers = self._begin()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.workers.__exit__(kind, *rest)

    def begin(self) -> None:
        """They are ready."""

    def announce(self, project: Project, job: Job, alone: Path | None = None) -> None:
        """They know."""

    def hire(self, files: int, is_long: bool) -> AbstractContextManager[Executor]:
        """The workers, whatever there is to make."""
        return nullcontext(self.workers)

    def get_ready(self, files: list[Path]) -> None:
        """Loads and reads what the first edits would wait for; of one PDF alone, any of them may read the pages."""
        load("builder.desk.building", "builder.writers.bind", "builder.verify.leaks.certify")
        if len(files) == 1:
            with suppress(OSError):
                get_to_know(self.workers, files[0], self.count)

    def renew(self) -> None:
        """Sends the workers home and takes on others, who have seen nothing yet."""
        self.workers.shutdown()
        self.workers = self._begin()

    def _begin(self) -> Workers:
        workers = Workers(Worker, lambda: self.count)
        workers.warm(self.count)
        return workers


def _say(desk: Desk, text: str) -> None:
    if not desk.is_quiet:
        desk.err.print(text, style="bold", soft_wrap=True)


def _look(desk: Desk, stamps: Stamps, others: dict[str, str]) -> Listing:
    """All content and templates, and what else was read; what can't be read is tried again after a moment."""
    world = desk.world
    folders = {"content": world.root / "content", "templates": world.templates}
    folders.update((path, world.root / path) for path in others)
    found = stamps.listing(folders)
    if not found.is_whole:
        time.sleep(_QUIET / 1000)
        found = stamps.listing(folders)
    return found


def _others(outcome: Outcome, seen: Listing) -> dict[str, str]:
    """The hashes of the files outside the watched folders that something was made from."""
    return {
        path: sha256 for each in outcome.made for path, sha256 in each.elsewhere.items() if path not in seen.files
    }


def _wakes(desk: Desk) -> Iterator[None]:
    """Yields whenever something may have changed below the watched folders, whatever becomes of these."""
    from watchfiles import watch

    while True:
        places = _places(desk)
        if not places:
            time.sleep(_LOOK / 1000)
            yield
            continue
        try:
            for _ in watch(
                *places, watch_filter=None, step=_QUIET, rust_timeout=_LOOK, yield_on_timeout=True, debug=False
            ):
                yield
                if _places(desk) != places:
                    break
        except (OSError, RuntimeError):
            # A folder went just now, or the system's room for watches is used up: to look will do.
            time.sleep(_LOOK / 1000)
        yield


def _places(desk: Desk) -> dict[str, int]:
    """The folders to watch, those that are there, each with its number on the disk."""
    found: dict[str, int] = {}
    for path in (desk.world.root / "content", desk.world.templates):
        with suppress(OSError):
            found[str(path)] = os.stat(path).st_ino
    return found


def why(before: Listing, now: Listing) -> str:
    """`summary.md changed`, `a.md and 2 other files changed, b.md is new`."""
    changed, new, gone = ([name for name in names if not name.endswith(LINK)] for names in before.changes(now))
    known = [PurePosixPath(path).name for path in {**before.files, **now.files} if not path.endswith(LINK)]

    def short(path: str) -> str:
        name = PurePosixPath(path).name
        return name if known.count(name) == 1 else path.removeprefix(f"{PUBLICATIONS}/")

    parts = []
    for paths, one, many in (
        (changed, "changed", "changed"),
        (new, "is new", "are new"),
        (gone, "is gone", "are gone"),
    ):
        names = [short(path) for path in paths]
        if len(names) == 1:
            parts.append(f"{names[0]} {one}")
        elif len(names) == 2:
            parts.append(f"{names[0]} and {names[1]} {many}")
        elif names:
            parts.append(f"{names[0]} and {len(names) - 1} other files {many}")
    return ", ".join(parts) or "a link leads elsewhere"


def what(outcome: Outcome, seconds: float) -> str:
    """`2 of 12 files built in 1.3 s, 10 unchanged`, and what was said of problems."""
    same = sum(each.is_kept or each.is_same for each in outcome.made)
    built, left = len(outcome.made) - same, outcome.wanted - len(outcome.made)
    files = "file" if outcome.wanted == 1 else "files"
    parts = [f"{built} of {outcome.wanted} {files} built in {seconds:.1f} s" if built else "nothing built"]
    if same:
        parts.append(f"{same} unchanged")
    if left or not outcome.wanted:
        parts.append(f"{left or 'all'} left as {'it was' if left == 1 else 'they were'}")
    return ", ".join(parts) + (f": {summary(outcome.problems)}" if outcome.problems else "")
