"""Puts finished files into `output/`: whole or not at all, and never over a folder or a source."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from builder.diagnostics import BuildProblem, Diagnostic
from builder.store import temporary_name, whole_file
from builder.world import PRIVATE


def _refuse(message: str, hint: str) -> BuildProblem:
    return BuildProblem([Diagnostic("bad-output", message, None, hint)])


def prepare_output(folder: Path, root: Path, paths: Iterable[str] = ()) -> None:
    """Makes the output folder before anything is rendered; raises BuildProblem where it can't be."""
    if (part := _source_of(folder, root)) is not None:
        raise _refuse(f"the output folder '{folder}' lies in '{part}'", "choose another folder with --output")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / temporary_name()
        try:
            probe.touch()
        finally:
            probe.unlink(missing_ok=True)
    except OSError as problem:
        raise _refuse(
            f"can't write into '{folder}': {(problem.strerror or '').lower()}",
            "choose another folder with --output",
        ) from None
    for path in paths:
        if (folder / path).is_dir():
            raise _refuse(f"'{folder / path}' is a folder", "move it out of the way")
        if (part := _source_of((folder / path).parent, root)) is not None:
            message = f"'{(folder / path).parent}' is a link that leads into '{part}'"
            raise _refuse(message, "delete the link")


def _source_of(folder: Path, root: Path) -> str | None:
    """The part of the project's sources that a folder really lies in."""
    real = Path(os.path.realpath(folder))
    parts = {part: Path(os.path.realpath(root / part)) for part in ("content", "templates", "builder")}
    return next((part for part, source in parts.items() if real == source or source in real.parents), None)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lets one build at a time add to the records of a folder; the system frees the lock of a dead one."""
    try:
        lock = open(folder / ".build.lock", "w", encoding="utf-8")  # noqa: SIM115 (only opening may fail so)
    except OSError as problem:
        message = f"can't write into '{folder}': {(problem.strerror or '').lower()}"
        raise _refuse(message, "free space, or choose another folder") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def refuse_beside_deliverables(path: Path, root: Path) -> None:
    """Raises BuildProblem for a file that shows what editions withhold, but would lie where files go out."""
    real = path.resolve()
    output = (root / "output").resolve()
    if output in real.parents and (output / PRIVATE) not in real.parents:
        raise _refuse(
            f"'{path}' lies beside the editions, and it shows what they withhold",
            f"write it elsewhere, or into output/{PRIVATE}/",
        )
    if (part := _source_of(path.parent, root)) is not None:
        raise _refuse(f"'{path}' lies in '{part}'", "write it elsewhere")


def save_private(output: Path, path: str, data: bytes) -> None:
    """Writes a file that shows what editions withhold below the output folder; only its owner may read it."""
    folder = output / PRIVATE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as problem:
        reason = (problem.strerror or "").lower()
        raise _refuse(f"can't write into '{folder}': {reason}", "move it out of the way") from None
    save(output / path, data, 0o600)


def save(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Writes a file under a temporary name beside its place and moves it there in one step."""
    if path.is_dir():
        raise _refuse(f"'{path}' is a folder", "move it out of the way")
    try:
        with whole_file(path, mode, is_synced=True) as file:
            file.write(data)
    except OSError as problem:
        raise _refuse(
            f"can't write '{path}': {(problem.strerror or '').lower()}",
            "free space, or choose another folder",
        ) from None
