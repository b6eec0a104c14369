"""The content of a project as it was at a git revision, in a temporary folder."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from builder.diagnostics import BuildProblem, Diagnostic
from builder.world import World


def revisions_of(text: str) -> tuple[str, str] | None:
    """The older and the newer revision of `OLD..NEW`; the newer one is empty for the files as they are.

    None where the text is no range; raises BuildProblem for three dots, or no older revision.
    """
    if ".." not in text:
        return None
    old, _, new = text.partition("..")
    if not old or new.startswith("."):
        hint = "write OLD..NEW, or OLD.. for the files as they are now"
        raise _unknown(f"'{text}' is no range of two revisions", hint)
    return old, new


def source_of(root: Path) -> dict[str, Any] | None:
    """The commit that a project stands at, and whether nothing in it has changed since; None outside git."""
    try:
        words = ("status", "--porcelain=v2", "--branch", "--no-ahead-behind")
        state = _git(root, *words, "--", ".", ":(exclude)output", ":(exclude).private")
    except BuildProblem:
        return None
    lines = state.stdout.splitlines()
    revision = next((line[13:].decode() for line in lines if line.startswith(b"# branch.oid ")), "(initial)")
    if state.returncode or revision == "(initial)":
        return None
    return {"revision": revision, "is_clean": all(line.startswith(b"# ") for line in lines)}


@contextmanager
def world_at(revision: str, world: World) -> Iterator[World]:
    """The project's content at a revision, with the templates of today; raises BuildProblem without one.

    Only what git has stored is read: a file that was never committed is not there.
    """
    import tarfile  # every build reads this module, few of them an archive
    from tempfile import TemporaryDirectory

    commit = _commit(revision, world.root)
    archive = _git(world.root, "archive", "--format=tar", commit, "content")
    if archive.returncode:
        raise _unknown(f"the revision '{revision}' has no folder 'content'", "name a later revision")
    with TemporaryDirectory(prefix="edition-") as folder:
        try:
            with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as problem:
            hint = "name a revision whose links stay inside the project"
            raise _unknown(f"the revision '{revision}' can't be unpacked: {problem}", hint) from None
        yield World(Path(folder), world.templates)


def _commit(revision: str, root: Path) -> str:
    if _git(root, "rev-parse", "--is-inside-work-tree").returncode:
        hint = "compare two editions instead: builder diff EDITION EDITION"
        raise _unknown("the project is not kept in git, so it has no revisions", hint)
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        raise _unknown(f"git knows no revision '{revision}'", "see which there are with: git log --oneline")
    return found.stdout.decode().strip()


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(["git", *words], cwd=root, env=quiet, capture_output=True, check=False)
    except OSError:
        message = "git, which the comparison of revisions needs, can't be started"
        raise BuildProblem([Diagnostic("environment", message, None, "install git")]) from None


def _unknown(message: str, hint: str) -> BuildProblem:
    return BuildProblem([Diagnostic("unknown-revision", message, None, hint)])
