"""Whether files are as they were: by their stamps where these say so for certain, else by their bytes."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from builder.folders import UNREAD, files_in
from builder.store import CODE, Store
from builder.system import packages, system_versions

_ENVIRONMENT = ("DYLD_", "FC_", "FRIBIDI_", "HB_", "LD_", "PANGO_", "SOURCE_DATE_EPOCH")
"""How the names begin of variables that libraries read, so that they could change a page."""
_TICK = 2_000_000_000
"""The coarsest clock of a file system, in nanoseconds: two changes within it may bear the same time."""

_NO_STAMP = (0, 0, 0, 0)

Stamp = tuple[int, int, int, int]
"""Size, time of the last change of the bytes, number of the file on its disk, time of its last change of any kind.

The last can't be put back, so a file that was edited and given its old size and time again bears another stamp.
"""


class Listing(Struct, frozen=True):
    """The files below some folders at one moment; equal to another where nobody has touched a file in between."""

    files: dict[str, tuple[Stamp, str]]
    """The stamp and the hash of each file by the name of its folder and its path in it; links name where they lead."""

    @property
    def is_whole(self) -> bool:
        """Whether everything could be read."""
        return not any(sha256.startswith(UNREAD) for _, sha256 in self.files.values())

    def below(self, *names: str) -> Listing:
        """What stands at some names or below them."""
        return Listing(
            {path: each for path, each in self.files.items() if any(_is_below(path, name) for name in names)}
        )

    @property
    def digest(self) -> str:
        """A hash of names and bytes alone."""
        digest = hashlib.sha256()
        for path, (_, sha256) in sorted(self.files.items()):
            digest.update(f"{path}\0{sha256}\0".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def changes(self, later: Listing) -> tuple[list[str], list[str], list[str]]:
        """The names whose bytes are others in a later listing, those that are new in it, those that are gone."""
        changed = [name for name, each in self.files.items() if later.files.get(name, each)[1] != each[1]]
        return (
            sorted(changed),
            sorted(later.files.keys() - self.files.keys()),
            sorted(self.files.keys() - later.files.keys()),
        )


class Stamps:
    """Hashes of files; what is known of a file is read again only where its stamp has changed.

    The store keeps them from run to run. Without it, each process reads everything once.
    """

    def __init__(self, store: Store | None = None):
        self.store = store
        kept = store.recall("stamps") if store is not None else None
        self.known = {path: tuple(each) for path, each in (kept or {}).items() if _is_entry(each)}
        self.is_new = False

    def look(self, path: str) -> tuple[Stamp, str]:
        """The stamp and the SHA-256 of a file; raises OSError for what is no plain file that can be read."""
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"'{path}' is no plain file")
        stamp = (found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)
        known = self.known.get(path)
        # A file may have been changed again within the tick in which it was read, and bear the same stamp.
        if known and known[:4] == stamp and max(stamp[1], stamp[3]) + _TICK < known[4]:
            return stamp, known[5]
        now = time.time_ns()
        with open(path, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self.known[path] = (*stamp, now, sha256)
        self.is_new = True
        return stamp, sha256

    def listing(self, folders: Mapping[str, Path]) -> Listing:
        """Every file below some folders, or a file, each under a name; hidden ones are left out."""
        files: dict[str, tuple[Stamp, str]] = {}
        for name, folder in folders.items():
            start = str(folder)
            for path, note in files_in(start):
                at = f"{name}{path[len(start) :]}"
                try:
                    files[at] = (_NO_STAMP, note) if note else self.look(path)
                except OSError as problem:
                    files[at] = (_NO_STAMP, f"{UNREAD}{problem.strerror or problem}")
        return Listing(files)

    def save(self) -> None:
        """Keeps what is known for the next run, but not of files that are gone."""
        if self.is_new and self.store is not None:
            self.store.remember("stamps", {path: each for path, each in self.known.items() if os.path.exists(path)})
            self.is_new = False


_BEGAN = time.time_ns()
"""When this process began to load the program."""
_LAG = 100_000_000
"""By how much the times of files may lag behind the clock, and this module behind the first that was loaded."""


def hash_machine(stamps: Stamps) -> tuple[str, bool]:
    """A hash of all that makes files of content: the builder's code, Python, its packages, the system's libraries.

    Every package counts, with its version: which of them a page depends on is more than anybody can list. The second
    value is whether the code is for certain what this process has loaded: nobody touched it since, or just before.
    """
    environment = {key: value for key, value in os.environ.items() if key.startswith(_ENVIRONMENT)}
    words = json.dumps([sys.version, sys.platform, packages(), system_versions(), environment], sort_keys=True)
    code = stamps.listing({"builder": CODE})
    is_as_loaded = all(stamp[3] + _LAG < _BEGAN for stamp, _ in code.files.values())
    return hashlib.sha256(f"{code.digest}\0{words}".encode()).hexdigest(), is_as_loaded


def _is_below(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name}/")


def _is_entry(each: object) -> bool:
    return isinstance(each, list) and [type(part) for part in each] == [int] * 5 + [str]
