"""Saves the leak certificates: counts beside the files of an edition, names where no reader gets them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from builder.diagnostics import BuildProblem, Diagnostic
from builder.messages import dump
from builder.model import Certificate, Deliverable, Job
from builder.save import locked, save
from builder.verify.leaks.report import FILE, PRIVATE, merged, page, private_record, public_record
from builder.world import PRIVATE as PRIVATE_FOLDER


class Certificates:
    """Saves the reports of an edition when the last of its files is there, and then forgets them."""

    def __init__(self, folder: Path, root: Path, jobs: Iterable[Job]):
        self._folder, self._root = folder, root
        self._left = Counter(job.folder for job in jobs)
        self._made: dict[str, list[Deliverable]] = {}
        self.has_failed = False
        """Whether some could not be written."""

    def add(self, job: Job, made: Deliverable | None) -> Sequence[Diagnostic]:
        """Hears of a file that was saved, or that there is none; the value is what can't be written now."""
        edition = job.folder
        if made is not None:
            self._made.setdefault(edition, []).append(made)
        self._left[edition] -= 1
        return () if self._left[edition] else self._save(edition)

    def finish(self) -> list[Diagnostic]:
        """Saves the reports of editions that were left unfinished."""
        return [problem for edition in sorted(self._made) for problem in self._save(edition)]

    def _save(self, edition: str) -> Sequence[Diagnostic]:
        made = [each for each in self._made.pop(edition, ()) if each.certificate is not None]
        try:
            if made:
                with locked(self._folder):
                    _save_edition(self._folder, self._root, made)
        except BuildProblem as problem:
            self.has_failed = True
            return problem.problems
        return ()


def without_names(made: Deliverable) -> Deliverable:
    """A file without what its private report names, which may be a hundred times its own size."""
    return replace(made, certificate=made.certificate and replace(made.certificate, names=()))


def _save_edition(folder: Path, root: Path, made: list[Deliverable]) -> None:
    job = made[0].job
    edition, private = job.folder, _private(root, job)
    hashes = _hashes(folder / edition)
    certificates = [each.certificate for each in made if each.certificate is not None]
    _save(folder / edition / FILE, edition, certificates, hashes, public_record)
    try:
        private.mkdir(parents=True, exist_ok=True)
        (root / PRIVATE_FOLDER).chmod(0o700)
    except OSError as problem:
        message = f"can't write '{private}': {(problem.strerror or '').lower()}"
        hint = "make the project folder writable"
        raise BuildProblem([Diagnostic("bad-output", message, None, hint)]) from None
    _save(private / PRIVATE, edition, certificates, hashes, private_record)


def is_certified(folder: Path, root: Path, job: Job, sha256: str) -> bool:
    """Whether both reports of an edition are there and speak of this very file."""
    for path in (folder / job.folder / FILE, _private(root, job) / PRIVATE):
        try:
            files = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))["files"]
            if files[job.file_name]["sha256"] != sha256:
                return False
        except (OSError, ValueError, LookupError, TypeError):
            return False
    return True


def _private(root: Path, job: Job) -> Path:
    return root / PRIVATE_FOLDER / job.folder


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.suffix in (".pdf", ".epub")
    }


def _save(
    path: Path,
    edition: str,
    certificates: list[Certificate],
    hashes: dict[str, str],
    record_of: Callable[[Certificate], dict[str, Any]],
) -> None:
    file = path.with_name(f"{path.name}.json")
    old = file.read_text(encoding="utf-8") if file.is_file() else ""
    record = merged(old, [(each.file, record_of(each)) for each in certificates], hashes)
    save(file, (dump(record) + "\n").encode())
    save(path.with_name(f"{path.name}.html"), page(record, edition).encode())
