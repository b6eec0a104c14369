"""What was built from what: a finished file whose inputs are unchanged is not made again."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

_CODE = Path(__file__).resolve().parent
_LIBRARIES = (
    "/usr/lib/*/libpango-1.0.so.0", "/usr/lib/*/libharfbuzz.so.0", "/usr/lib*/libpango-1.0.so.0",
    "/usr/lib*/libharfbuzz.so.0", "/opt/homebrew/lib/libpango-1.0.0.dylib", "/usr/local/lib/libpango-1.0.0.dylib",
)  # fmt: skip
"""Where the system keeps what WeasyPrint draws with; the real name of each file says its version."""


def hash_folders(folders: Iterable[Path]) -> str:
    """A hash of the names and bytes of every file below some folders, or of a file; hidden ones are left out."""
    digest = hashlib.sha256()
    for number, folder in enumerate(folders):
        files = [folder] if folder.is_file() else sorted(_below(folder))
        for file in files:
            name = file.relative_to(folder).as_posix()
            data = file.read_bytes()
            digest.update(f"{number}\0{name}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return digest.hexdigest()


def hash_program(versions: dict[str, str]) -> str:
    """A hash of the builder's own program, of Python, of the given libraries and of those of the system."""
    system = sorted(os.path.realpath(path) for pattern in _LIBRARIES for path in glob.glob(pattern))
    words = json.dumps([sys.version, sorted(versions.items()), system])
    return hashlib.sha256(f"{hash_folders([_CODE])}\0{words}".encode()).hexdigest()


def _below(folder: Path) -> Iterable[Path]:
    for place, folders, names in os.walk(folder, followlinks=True):
        here = Path(place)
        if here.is_symlink() and folder.resolve().is_relative_to(here.resolve()):
            raise OSError(f"'{here}' is a link in a circle")
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        yield from (here / name for name in names if not name.startswith("."))


class Store:
    """Records by key in a folder that may be deleted at any time."""

    def __init__(self, folder: Path):
        self.folder = folder

    def recall(self, key: str) -> dict[str, Any] | None:
        """The record of a key; None where there is none, or none that can be read."""
        try:
            found = json.loads((self.folder / key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def remember(self, key: str, record: dict[str, Any]) -> None:
        """Keeps a record, whole or not at all; a store that can't be written costs time and nothing else."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".tmp-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(record, file, sort_keys=True)
            os.replace(name, self.folder / key)
