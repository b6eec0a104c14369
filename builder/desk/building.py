"""`builder build`: runs the jobs, shows how far they are, saves what is good, says what was made."""

from __future__ import annotations

import json
import platform
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from builder import __version__
from builder.desk.certificates import Certificates, without_names
from builder.desk.crew import Crew
from builder.desk.desk import Desk
from builder.desk.history import source_of
from builder.desk.interruption import Interrupted, ending_in_order
from builder.desk.keeping import Keeper
from builder.desk.outcome import Outcome
from builder.desk.progress import Meter
from builder.desk.signing import save_sums
from builder.diagnostics import BuildProblem, Diagnostic, unique
from builder.messages import dump
from builder.model import Deliverable, Job
from builder.orders import Order
from builder.pipeline import ALONE, weighed
from builder.save import locked, prepare_output, save
from builder.scheduling import build_all
from builder.selection import Choice
from builder.store import clear_strays, library_versions
from builder.system import system_versions
from builder.world import PRIVATE, PUBLICATIONS, PathRefused, World

MANIFEST = "build.json"


def run_build(
    desk: Desk,
    keeper: Keeper,
    problems: tuple[Diagnostic, ...],
    jobs: list[Job],
    choice: Choice,
    folder: Path,
    is_strict: bool,
    crew: Crew,
) -> Outcome:
    """Builds the jobs and saves what is good; `crew` are those who build.

    Each file is saved when it is made, and its certificate with that of its edition, so that a run of thousands
    holds no more than a few. Raises Interrupted where the run was told to end: what was finished by then is saved.
    """
    prepare_output(folder, desk.root, [job.path for job in jobs])
    world = desk.world
    cache = desk.root / "output" / ".cache"
    clear_strays(folder, cache, desk.root / PRIVATE)
    orders = [
        Order(job, world.root, world.templates, cache, choice, is_strict, folder / job.path, keeper.tools)
        for job in _by_weight(jobs)
    ]
    kept = {order: there for order in orders if (there := keeper.find(order)) is not None}
    made: list[Deliverable] = list(kept.values())
    found = list(weighed(problems, is_strict))
    stale = [order for order in orders if order not in kept]
    terminal = desk.err if sys.stderr.isatty() else None
    meter = Meter(terminal, len(stale), is_shown=not (desk.is_quiet or desk.is_json))
    certificates = Certificates(folder, desk.root, [order.job for order in stale])
    with ending_in_order() as ending:
        interrupted: Interrupted | None = None
        try:
            with crew.hire(len(stale), _is_long(stale)) as executor, meter:
                for order, checked in build_all(stale, executor, desk.is_debug, meter.expect, meter.advance):
                    found.extend(checked.problems)
                    with ending.held():
                        saved = None if checked.value is None else _save(folder, checked.value, found)
                        if saved is not None:
                            keeper.keep(order, saved)
                            made.append(without_names(saved))
                        found.extend(certificates.add(order.job, saved))
                    meter.step(str(order.job), saved is not None)
        except Interrupted as stop:
            interrupted = stop
            ending.heard()
            clear_strays(folder, cache)  # of workers that could not be ended in peace
        made.sort(key=lambda each: each.job)
        with ending.held():
            keeper.finish()
            found.extend(certificates.finish())
            if made and not certificates.has_failed:
                try:
                    source = source_of(desk.root)
                    with locked(folder):
                        _write_manifest(folder / MANIFEST, folder, made, choice, source)
                except BuildProblem as problem:
                    found.extend(problem.problems)
        if interrupted is not None:
            interrupted.message = f"interrupted: {len(made) - len(kept)} of {len(stale)} files built, the others are as they were"
            raise interrupted
    return Outcome(tuple(made), len(orders), unique(found))


def _save(folder: Path, made: Deliverable, found: list[Diagnostic]) -> Deliverable | None:
    path, is_same = folder / made.job.path, False
    with suppress(OSError):
        is_same = path.read_bytes() == made.data
    try:
        save(path, made.data)
    except BuildProblem as problem:
        found.extend(problem.problems)
        return None
    return replace(made, data=b"", paged=None, is_same=is_same)


def _by_weight(jobs: list[Job]) -> list[Job]:
    """PDFs first: they take the longest, so that no worker is left with one at the end."""
    return sorted(jobs, key=lambda job: (job.kind.base != "pdf", job))


def _is_long(stale: list[Order]) -> bool:
    """Whether there is one file alone, and so much text that several set its chapters, or read its pages, side by side."""
    if len(stale) != 1:
        return False
    (order,) = stale
    with suppress(OSError, PathRefused):
        texts = World(order.root, order.templates).files(f"{PUBLICATIONS}/{order.job.publication}", ".md")
        return sum((order.root / path).stat().st_size for path in texts) > ALONE
    return False


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
            "sha256": each.sha256,
            "bytes": each.size,
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
    versions = {"builder": __version__, "python": platform.python_version()}
    versions |= {**library_versions(), **system_versions()}
    save(path, (dump({"versions": versions, "files": dict(sorted(files.items()))}) + "\n").encode())
    for edition in sorted({each.job.folder for each in made}):
        # Each edition names its own files and no other's: what else there is may be nobody's business.
        own = {name: entry for name, entry in files.items() if name.rpartition("/")[0] == edition}
        lines = [f"{entry['sha256']}  {name.rpartition('/')[2]}\n" for name, entry in sorted(own.items())]
        save_sums(folder / edition, "".join(lines).encode())
