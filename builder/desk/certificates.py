"""Saves the leak certificates: counts beside the files of an edition, names where no reader gets them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from builder.diagnostics import BuildProblem, Diagnostic
from builder.messages import dump
from builder.model import Certificate, Deliverable, Job
from builder.save import save
from builder.verify.leaks.report import FILE, PRIVATE, merged, page, private_record, public_record
from builder.world import PRIVATE as PRIVATE_FOLDER


def save_certificates(folder: Path, root: Path, made: list[Deliverable]) -> None:
    """Writes the reports of every edition of which a file was made; raises BuildProblem where it can't."""
    editions: dict[str, list[Deliverable]] = {}
    for each in made:
        if each.certificate is not None:
            editions.setdefault(f"{each.job.publication}/{each.job.edition}", []).append(each)
    for edition, files in sorted(editions.items()):
        hashes = _hashes(folder / edition)
        certificates = [each.certificate for each in files if each.certificate is not None]
        _save(folder / edition / FILE, edition, certificates, hashes, public_record)
        private = _private(root, files[0].job)
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
    for path in (folder / f"{job.publication}/{job.edition}/{FILE}", _private(root, job) / PRIVATE):
        try:
            files = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))["files"]
            if files[job.file_name]["sha256"] != sha256:
                return False
        except (OSError, ValueError, LookupError, TypeError):
            return False
    return True


def _private(root: Path, job: Job) -> Path:
    return root / PRIVATE_FOLDER / job.publication / job.edition


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
