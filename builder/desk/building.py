"""`builder build`: runs the jobs, shows how far they are, saves what is good, says what was made."""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from builder import __version__
from builder.desk.certificates import save_certificates
from builder.desk.desk import Desk
from builder.desk.history import source_of
from builder.desk.keeping import Keeper
from builder.diagnostics import BuildProblem, Diagnostic, has_errors, unique
from builder.messages import (
    deliverable_record,
    dump,
    print_deliverables,
    print_problems,
    problem_record,
    summary,
)
from builder.model import Deliverable, Job
from builder.pipeline import Order, build_all, weighed
from builder.project import Project
from builder.save import prepare_output, save
from builder.select import Choice
from builder.store import library_versions

MANIFEST = "build.json"
SUMS = "SHA256SUMS"
"""In the folder of each edition, as `sha256sum --check` reads it."""


class InProcess(Executor):
    """An executor that does each order at once, for a single job and for debugging."""

    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as problem:  # noqa: BLE001 (an executor hands on whatever its task raises)
            future.set_exception(problem)
        return future


def run_build(
    desk: Desk,
    project: Project,
    problems: tuple[Diagnostic, ...],
    jobs: list[Job],
    choice: Choice,
    folder: Path,
    workers: int,
    is_strict: bool,
    as_json: bool,
) -> tuple[Diagnostic, ...]:
    """Builds the jobs and saves what is good; returns every problem."""
    prepare_output(folder, desk.root, [job.path for job in jobs])
    world = desk.world
    cache = desk.root / "output" / ".cache"
    orders = [Order(job, world.root, world.templates, cache, choice, is_strict) for job in _by_weight(jobs)]
    keeper = Keeper(world, folder, cache)
    kept = {order: there for order in orders if (there := keeper.find(order)) is not None}
    made: list[Deliverable] = list(kept.values())
    found = list(weighed(problems, is_strict))
    stale = [order for order in orders if order not in kept]
    done = _progress(desk, len(stale), as_json)
    with done, _executor(min(workers, len(stale)), desk.is_debug) as executor:
        for order, checked in build_all(stale, executor, desk.is_debug):
            found.extend(checked.problems)
            is_saved = checked.value is not None and _save(folder, checked.value, found)
            if is_saved:
                keeper.keep(order, checked.value)
                made.append(checked.value)
            done.step(str(order.job), is_saved)
    made.sort(key=lambda each: each.job)
    if made:
        try:
            save_certificates(folder, desk.root, made)
            _save_manifest(folder, made, choice, source_of(desk.root))
        except BuildProblem as problem:
            found.extend(problem.problems)
    everything = unique(found)
    shown = str(folder.relative_to(desk.root)) if folder.is_relative_to(desk.root) else str(folder)
    if as_json:
        files = [deliverable_record(each) for each in made]
        click.echo(dump({"files": files, "problems": [problem_record(problem) for problem in everything]}))
    else:
        print_problems(desk.err, everything)
        if made and not desk.is_quiet:
            print_deliverables(desk.out, made, shown)
        if not desk.is_quiet or has_errors(everything):
            count = f"{len(made) - len(kept)} of {len(stale)} files built" if stale or not kept else ""
            if kept:
                count += f"{', ' if count else 'nothing to build, '}{len(kept)} unchanged"
            desk.err.print(f"{count}: {summary(everything)}", style="bold")
        if not orders and not has_errors(everything):
            desk.err.print("nothing to build: no edition fits the filters", style="bold")
    return everything


def _save(folder: Path, made: Deliverable, found: list[Diagnostic]) -> bool:
    try:
        save(folder / made.job.path, made.data)
    except BuildProblem as problem:
        found.extend(problem.problems)
        return False
    return True


def _by_weight(jobs: list[Job]) -> list[Job]:
    """PDFs first: they take the longest, so that no worker is left with one at the end."""
    return sorted(jobs, key=lambda job: (job.kind.base != "pdf", job))


def _executor(workers: int, is_debug: bool) -> Executor:
    if workers <= 1 or is_debug:
        return InProcess()
    # A forked child would share Pango's and the progress display's threads with its parent.
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def _save_manifest(
    folder: Path, made: list[Deliverable], choice: Choice, source: dict[str, Any] | None
) -> None:
    """Adds the deliverables to `build.json`; those of other editions stay as they are."""
    with open(folder / ".build.lock", "w", encoding="utf-8") as lock:
        # Two builds of different editions may end at the same time; the system frees the lock of a dead one.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write_manifest(folder / MANIFEST, folder, made, choice, source)


def _write_manifest(
    path: Path, folder: Path, made: list[Deliverable], choice: Choice, source: dict[str, Any] | None
) -> None:
    files: dict[str, Any] = {}
    if path.is_file():
        try:
            files = json.loads(path.read_text(encoding="utf-8")).get("files", {})
        except (ValueError, AttributeError):
            files = {}
    for each in made:
        job = each.job
        files[job.path] = {
            "job": {
                "publication": job.publication,
                "audience": job.audience,
                "language": job.language,
                "target": job.target,
            },
            "sha256": hashlib.sha256(each.data).hexdigest(),
            "bytes": len(each.data),
            "pages": each.pages,
            "words": each.words,
            "inputs": each.fingerprint,
            # A file is kept only where its certificate is, and is not saved where anything leaked.
            "is_certified": each.is_kept or each.certificate is not None,
            "source": source,
        }
        if each.alternatives:
            files[job.path]["alternatives"] = dict(each.alternatives)
        for key, sections in (("only", choice.only), ("without", choice.without)):
            if sections:
                files[job.path][key] = list(sections)
    files = {name: entry for name, entry in files.items() if (folder / name).is_file()}
    versions = {"builder": __version__, "python": platform.python_version(), **library_versions()}
    save(path, (dump({"versions": versions, "files": dict(sorted(files.items()))}) + "\n").encode())
    for edition in sorted({f"{each.job.publication}/{each.job.edition}" for each in made}):
        # Each edition names its own files and no other's: what else there is may be nobody's business.
        own = {name: entry for name, entry in files.items() if name.rpartition("/")[0] == edition}
        lines = [f"{entry['sha256']}  {name.rpartition('/')[2]}\n" for name, entry in sorted(own.items())]
        save(folder / edition / SUMS, "".join(lines).encode())


def _progress(desk: Desk, total: int, as_json: bool):
    return _Progress(desk.err, total, is_shown=not (desk.is_quiet or as_json))


class _Progress:
    """A bar on a terminal; a line for each file elsewhere."""

    def __init__(self, console: Any, total: int, is_shown: bool):
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self.console, self.is_shown = console, is_shown
        self.bar = None
        if is_shown and console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self.bar = Progress(*columns, console=console, transient=True)
            self.task = self.bar.add_task("building", total=total)

    def __enter__(self) -> _Progress:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def step(self, name: str, is_good: bool) -> None:
        """Says that one file is done, or that it could not be made."""
        if self.bar is not None:
            self.bar.update(self.task, advance=1, description=name)
        elif self.is_shown:
            self.console.print(f"{'done' if is_good else 'failed'} {name}")
