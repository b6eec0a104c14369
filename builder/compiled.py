"""Templates as Jinja compiles them, which takes a tenth of a short run: kept in a folder that only the user can fill."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket

from builder.store import Store, hash_program, sealed, unsealed
from builder.system import packages

_MOST = 1 << 26
"""Bytes of the folder, which is that of all projects of the user: some thousand templates."""


class Compiled(BytecodeCache):
    """Templates that were compiled, by name, place and source, and by all that compiles them.

    What is kept is run as it stands, outside the sandbox if it likes. So it must never lie in a project, which a
    stranger may have handed over, nor be shared with programs that compile without one.
    """

    def __init__(self, root: Path):
        self.root = root
        self._known: dict[str, bytes] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """A hash of the name and the place of a template, the builder, Python, and every package."""
        return hashlib.sha256(json.dumps([name, filename, *self._compilers]).encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives a template its code, where it is known; what was damaged is as good as gone."""
        key = _key(bucket)
        if key not in self._known and self._store is not None:
            code = unsealed(key, self._store.recall_bytes(key))
            if code is not None:
                self._known[key] = code
        if key in self._known:
            bucket.bytecode_from_string(self._known[key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the code of a template; a folder that can't be written costs time and nothing else."""
        key, code = _key(bucket), bucket.bytecode_to_string()
        self._known[key] = code
        if self._store is not None:
            self._store.remember_bytes(key, sealed(key, code))

    @cached_property
    def _compilers(self) -> list[Any]:
        """What this process has loaded: to list the packages again for each template takes as long as to fill it."""
        return [hash_program(), packages()]

    @cached_property
    def _store(self) -> Store | None:
        folder = private_folder(self.root)
        return None if folder is None else Store(folder, _MOST)


@cache
def compiled(root: Path) -> Compiled:
    """The compiled templates of a project, once for each process."""
    return Compiled(root)


def private_folder(root: Path) -> Path | None:
    """A folder of temporary files that nobody but the user can write to; None where there is none outside a project."""
    try:
        folder = Path(os.path.realpath(FileSystemBytecodeCache().directory))  # Jinja refuses that of anybody else
    except (OSError, RuntimeError):
        return None
    # Where the system has no place for temporary files, Python takes the folder that a program was started in.
    is_apart = folder.parent != Path(os.path.realpath(os.curdir)) and not folder.is_relative_to(root)
    return folder / "edition-builder" if is_apart else None


def _key(bucket: Bucket) -> str:
    return f"{bucket.key}-{bucket.checksum}"
